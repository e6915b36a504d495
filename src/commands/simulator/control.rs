//! Requests to the simulator's control plane, the endpoints below `/_simulator/`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::error::Error;

/// How error messages name the target of a control-plane request.
const WHAT: &str = "the simulator";

/// Sends a GET request to the control plane. `segments` are the path segments after `/_simulator/`. Pass `&()` as
/// `query` for no query string.
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

/// Sends a POST request with a JSON body to the control plane. `segments` are the path segments after `/_simulator/`.
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

/// Returns an [`Error::NotFound`] with this message and hint if `error` is an error response with the given status
/// code. Returns every other error unchanged.
pub fn missing(error: Error, status: u16, message: String, hint: &str) -> Error {
    match error.api_error() {
        Some(api_error) if api_error.status == status => Error::NotFound {
            message,
            hint: hint.to_owned(),
        },
        _ => error,
    }
}
