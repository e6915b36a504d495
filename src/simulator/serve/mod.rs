//! The HTTP/1.1 server around the simulator's router.
//!
//! `bind` opens the port, `server` starts and stops the server, and `connection` serves one connection. `host_policy`
//! decides which requests are accepted. `inject_faults` and `faulty_stream` produce the faults that need a real socket,
//! such as a reset.

mod bind;
mod connection;
mod faulty_stream;
mod host_policy;
mod inject_faults;
mod request_log;
mod server;
mod shared;

#[cfg(test)]
mod tests;

pub use bind::{BindError, DEFAULT_PORT, ListenOptions};
pub use request_log::{RequestLog, ServedRequest};
pub use server::{RunningServer, ServeSummary, Server};
