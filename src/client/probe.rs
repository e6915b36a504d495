//! The way to the service, step by step, for who has to find out where it ends.

use std::net::SocketAddr;
use std::time::Duration;

use http::header::DATE;

use super::attempt_error::AttemptError;
use super::{Client, TransportError};
use crate::api::{self, Address};
use crate::host::Interrupt;

/// How long one step may take.
pub const LIMIT: Duration = Duration::from_secs(5);

/// An id that no notification has.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What the service answered to a question that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The HTTP status.
    pub status: u16,
    /// The service's clock, milliseconds since the Unix epoch, if it told.
    pub date: Option<i64>,
    /// Whether something else than JSON came: whoever answered is not the service.
    pub is_foreign: bool,
    /// Whether the simulator answered.
    pub simulated: bool,
}

/// Why a step came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// The way ends here.
    #[error("{0}")]
    Fault(TransportError),
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted(Interrupt),
}

/// Looks the host up.
///
/// # Errors
/// [`TransportError::Unresolved`].
pub async fn resolve(address: &Address) -> Result<Vec<SocketAddr>, TransportError> {
    let host = address.host().to_owned();
    let lookup = tokio::net::lookup_host((host.clone(), address.port()));
    match tokio::time::timeout(LIMIT, lookup).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(_)) | Err(_) => Err(TransportError::Unresolved { host }),
    }
}

/// Connects to the first address that answers, and hangs up.
///
/// # Errors
/// [`TransportError::Unreachable`].
pub async fn connect(
    address: &Address,
    found: &[SocketAddr],
) -> Result<SocketAddr, TransportError> {
    let host = address.place();
    let mut reason = format!(
        "no connection within {}",
        crate::text::format_duration(LIMIT)
    );
    for place in found {
        match tokio::time::timeout(LIMIT, tokio::net::TcpStream::connect(place)).await {
            Ok(Ok(_)) => return Ok(*place),
            Ok(Err(error)) => reason = error.kind().to_string(),
            Err(_) => {}
        }
    }
    Err(TransportError::Unreachable { host, reason })
}

impl Client<'_> {
    /// Asks for a notification that does not exist, once.
    ///
    /// # Errors
    /// [`Stopped`] when no answer came.
    pub async fn probe(&self) -> Result<Probe, Stopped> {
        let request = api::notification(NOBODY, &self.key);
        let answer = match self.exchange(request, 1).await {
            Ok(answer) => answer,
            Err(AttemptError::Fault(transport_error)) => {
                return Err(Stopped::Fault(transport_error));
            }
            Err(AttemptError::Interrupted(interrupt)) => {
                return Err(Stopped::Interrupted(interrupt));
            }
            Err(
                AttemptError::TooLate | AttemptError::Refused(..) | AttemptError::DecodeError(_),
            ) => {
                return Err(Stopped::Fault(TransportError::Timeout(LIMIT)));
            }
        };
        let date = answer.header(DATE.as_str());
        let date = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        Ok(Probe {
            status: answer.status,
            date: date.map(|date| date.timestamp().as_millisecond()),
            is_foreign: serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_err(),
            simulated: answer.is_simulated(),
        })
    }
}
