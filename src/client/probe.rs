//! Connects to the service step by step, so that `doctor` can report which step fails.

use std::net::SocketAddr;
use std::time::Duration;

use http::header::DATE;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::endpoints::notification_request;
use super::{AttemptError, Client, TransportError};
use crate::api::Address;
use crate::text::format_duration;

pub const STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// An id that no notification has. A request for it checks the API key and changes nothing.
const UNKNOWN_ID: &str = "00000000-0000-0000-0000-000000000000";

/// The response to a request for [`UNKNOWN_ID`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub status: u16,
    /// The `Date` header in milliseconds since the Unix epoch. `None` if the header is missing or invalid.
    pub date: Option<i64>,
    /// Whether the body is not JSON, which means that something other than the service sent the response, such as a
    /// proxy.
    pub is_foreign: bool,
    /// Whether the simulator sent the response.
    pub simulated: bool,
}

pub async fn resolve(address: &Address) -> Result<Vec<SocketAddr>, TransportError> {
    let host = address.host.to_owned();
    let lookup = tokio::net::lookup_host((host.clone(), address.port()));
    match timeout(STEP_TIMEOUT, lookup).await {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(_)) | Err(_) => Err(TransportError::Unresolved { host }),
    }
}

/// Connects to the addresses in turn until one accepts, then closes the connection. Returns the address that accepted
/// it.
pub async fn connect(
    address: &Address,
    addresses: &[SocketAddr],
) -> Result<SocketAddr, TransportError> {
    let host = address.host_and_port();
    let limit = format_duration(STEP_TIMEOUT);
    let mut reason = format!("no connection within {limit}");
    for socket_address in addresses {
        match timeout(STEP_TIMEOUT, TcpStream::connect(socket_address)).await {
            Ok(Ok(_)) => return Ok(*socket_address),
            Ok(Err(error)) => reason = error.kind().to_string(),
            Err(_) => {}
        }
    }
    Err(TransportError::Unreachable { host, reason })
}

impl Client<'_> {
    /// Requests a notification that does not exist, with a single attempt.
    pub async fn probe(&self) -> Result<Probe, AttemptError> {
        let request = notification_request(UNKNOWN_ID, &self.key)?;
        let response = self.exchange(request, 1).await?;
        let date = response.header(DATE.as_str());
        let date = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok());
        Ok(Probe {
            status: response.status,
            date: date.map(|date| date.timestamp().as_millisecond()),
            is_foreign: serde_json::from_slice::<serde::de::IgnoredAny>(&response.body).is_err(),
            simulated: response.is_simulated(),
        })
    }
}
