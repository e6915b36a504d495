//! Transports: what carries a request and brings the answer.

use std::time::Duration;

use http::Request;

use super::TransportError;
use super::network::Network;
use crate::api::RawResponse;
use crate::host::Clock;
use crate::simulator::{Fault, Simulator};

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
    /// [`TransportError`] when none came.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        limit: Duration,
        clock: &Clock,
    ) -> Result<RawResponse, TransportError> {
        match self {
            Self::Simulator(simulator) => {
                let (parts, body) = simulator.call(request).await.into_parts();
                match parts.extensions.get::<Fault>() {
                    None => Ok(RawResponse {
                        status: parts.status.as_u16(),
                        headers: parts.headers,
                        body,
                        whole: true,
                    }),
                    Some(Fault::Reset | Fault::LostAnswer) => Err(TransportError::Reset),
                    Some(Fault::Timeout) => {
                        clock.sleep(limit).await;
                        Err(TransportError::Timeout(limit))
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
