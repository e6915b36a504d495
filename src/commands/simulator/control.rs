//! Requests to the simulator's control plane.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;

/// How errors name the requests.
const WHAT: &str = "the simulator";

/// Reads from the control plane: path segments below `/_simulator/`, and a query; `()` for none.
pub async fn get<T: DeserializeOwned>(
    client: &Client<'_>,
    segments: &[&str],
    query: &impl Serialize,
) -> Result<T, Error> {
    let response = client.control_get(segments, query).await;
    Ok(response
        .map_err(|error| Error::of_request(WHAT, error))?
        .body)
}

/// Sends a command to the control plane.
pub async fn post<T: DeserializeOwned>(
    client: &Client<'_>,
    segments: &[&str],
    body: &impl Serialize,
) -> Result<T, Error> {
    let response = client.control_post(segments, body).await;
    Ok(response
        .map_err(|error| Error::of_request(WHAT, error))?
        .body)
}

/// Returns the error of something that does not exist, if a response with this status says so.
pub fn missing(error: Error, status: u16, message: String, hint: &str) -> Error {
    match error.api_error() {
        Some(api_error) if api_error.status == status => Error::NotFound {
            message,
            hint: hint.to_owned(),
        },
        _ => error,
    }
}
