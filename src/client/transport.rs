//! Transports: what carries a request and brings the answer.

use std::time::Duration;

use http::Request;

use crate::api::Answer;
use crate::simulator::{Fault, Simulator};
use crate::world::Clock;

/// A way to the service.
pub enum Transport {
    /// The simulator, called inside this process.
    Simulator(Simulator),
}

/// No answer came. Whether the service has taken the request is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransportFault {
    /// The time for one try ran out.
    #[error("no answer within {}", crate::words::duration(*.0))]
    Timeout(Duration),
    /// The connection was cut before the answer.
    #[error("the connection was cut before an answer came")]
    Reset,
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
                    }),
                    Some(Fault::Reset | Fault::LostAnswer) => Err(TransportFault::Reset),
                    Some(Fault::Timeout) => {
                        clock.sleep(limit).await;
                        Err(TransportFault::Timeout(limit))
                    }
                }
            }
        }
    }
}
