//! Sends requests to the service over the network, or to the simulator in this process.

use std::time::Duration;

use http::Request;

use super::TransportError;
use super::network::Network;
use crate::api::RawResponse;
use crate::host::Clock;
use crate::simulator::{Fault, Simulator};

pub enum Transport {
    /// Calls the simulator's router in this process, as `--simulate` does.
    Simulator(Simulator),
    /// Sends requests over the network, to the service or to `sendivent simulator serve`.
    Network(Network),
}

impl Transport {
    /// Sends a request and waits at most `timeout` for the response. A timeout that the simulator injects takes the
    /// full `timeout` on `clock`.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
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
                        is_complete: true,
                    }),
                    Some(Fault::Reset | Fault::LostResponse) => Err(TransportError::Reset),
                    Some(Fault::Timeout) => {
                        clock.sleep(timeout).await;
                        Err(TransportError::Timeout(timeout))
                    }
                }
            }
            Self::Network(network) => network.call(request, timeout).await,
        }
    }

    /// Returns the base address, such as `https://api.sendivent.com`. Empty for the simulator in this process.
    pub fn base(&self) -> &str {
        match self {
            Self::Simulator(_) => "",
            Self::Network(network) => &network.address.text,
        }
    }
}
