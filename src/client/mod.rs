//! The client: one way to the service, whether it is the network's or the simulator.
//!
//! A request is described in [`crate::api`], given to a [`Transport`], and its answer is read; whether to try again is a
//! pure decision in [`retry`].

mod operations;
pub mod retry;
mod transport;

pub use operations::{Client, Failure, LastTry};
pub use transport::{Transport, TransportFault};
