//! Transports: what carries a request and brings the answer.

use std::time::Duration;

use http::Request;

use super::TransportFault;
use super::network::Network;
use crate::api::Answer;
use crate::simulator::{Fault, Simulator};
use crate::world::Clock;

/// A way to the service.
pub enum Transport {
    /// The simulator, called inside this process.
    Simulator(Simulator),
    /// The network.
    Network(Network),
}

impl Transport {
    /// Sends a request and waits for its answer, at most for `limit`.
    ///
    /// # Errors
    /// [`TransportFault`] when none came.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        limit: Duration,
        clock: &Clock,
    ) -> Result<Answer, TransportFault> {
        match self {
            Self::Simulator(simulator) => {
                let (parts, body) = simulator.call(request).await.into_parts();
                match parts.extensions.get::<Fault>() {
                    None => Ok(Answer {
                        status: parts.status.as_u16(),
                        headers: parts.headers,
                        body,
                        whole: true,
                    }),
                    Some(Fault::Reset | Fault::LostAnswer) => Err(TransportFault::Reset),
                    Some(Fault::Timeout) => {
                        clock.sleep(limit).await;
                        Err(TransportFault::Timeout(limit))
                    }
                }
            }
            Self::Network(network) => network.call(request, limit).await,
        }
    }

    /// Returns what the addresses of requests begin with; nothing inside the process.
    pub fn base(&self) -> &str {
        match self {
            Self::Simulator(_) => "",
            Self::Network(network) => network.address().as_str(),
        }
    }
}
