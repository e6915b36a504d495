//! The client: one way to the service, whether it is the network's or the simulator.
//!
//! A request is described in [`crate::api`], given to a [`Transport`], and its answer is read; whether to try again is a
//! pure decision in [`retry`].

mod calls;
mod fault;
mod missed;
mod network;
mod operations;
mod pace;
pub mod probe;
mod proxy;
pub mod retry;
mod tls;
mod transport;

pub use fault::TransportFault;
pub use network::{Network, NoClient};
pub use operations::{Client, Failure, LastTry};
pub use pace::Pace;
pub use proxy::InBetween;
pub use transport::Transport;
