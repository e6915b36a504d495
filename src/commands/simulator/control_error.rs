//! The error of a request to the simulator's control plane.

use crate::client::RequestError;
use crate::error::Error;

/// Returns the error of a request to the control plane.
pub fn control_error(error: RequestError) -> Error {
    Error::of_request("the simulator", error)
}
