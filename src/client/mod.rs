//! The client: one way to the service, whether it is the network's or the simulator.
//!
//! A request is described in [`crate::api`], given to a [`Transport`], and its answer is read; whether to try again is a
//! pure decision in [`retry`].

mod attempt_error;
mod endpoints;
mod network;
pub mod probe;
mod proxy;
mod rate_limiter;
mod request;
pub mod retry;
mod tls;
mod transport;
mod transport_error;

pub use network::{ClientBuildError, Network};
pub use proxy::ProxySettings;
pub use rate_limiter::RateLimiter;
pub use request::{Client, Failure, LastTry};
pub use transport::Transport;
pub use transport_error::TransportError;
