//! The error of a single attempt of a request.

use super::TransportError;
use crate::api::{ApiError, DecodeError, EncodeError, INTERMEDIARY_HINT};
use crate::host::Interrupt;

/// Why an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// The service or an intermediary returned an error response.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// The status is a success, but the body cannot be decoded.
    #[error("{0}")]
    Decode(DecodeError),
    /// No response arrived.
    #[error("{0}")]
    Transport(TransportError),
    /// Ctrl-C or SIGTERM arrived before the response.
    #[error("interrupted")]
    Interrupted(Interrupt),
    #[error("the deadline passed before the next attempt")]
    DeadlineExceeded,
    /// The request cannot be built, for example because an id is too long for a URL.
    #[error("{0}")]
    Encode(#[from] EncodeError),
}

impl AttemptError {
    /// Returns whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Api(api_error) => api_error.is_transient(),
            Self::Decode(_) | Self::Transport(_) => true,
            Self::Interrupted(_) | Self::DeadlineExceeded | Self::Encode(_) => false,
        }
    }

    /// Returns whether the service may have accepted the request despite this error.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            // A 501, 505 or 507 rejects the request; any other 5xx may come after the work was done.
            Self::Api(api_error) => api_error.status >= 500 && api_error.is_transient(),
            Self::Transport(transport_error) => !transport_error.is_before_request(),
            Self::Decode(_) | Self::Interrupted(_) => true,
            Self::DeadlineExceeded | Self::Encode(_) => false,
        }
    }

    pub fn is_timeout(&self) -> bool {
        matches!(
            self,
            Self::DeadlineExceeded | Self::Transport(TransportError::Timeout(_))
        )
    }

    /// Returns what the user can do about the error. `None` if there is nothing to do but try again.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Transport(transport_error) => transport_error.hint(),
            Self::Api(api_error) => api_error
                .is_from_intermediary()
                .then_some(INTERMEDIARY_HINT),
            Self::Decode(decode_error) => decode_error.page.then_some(INTERMEDIARY_HINT),
            Self::Interrupted(_) | Self::DeadlineExceeded | Self::Encode(_) => None,
        }
    }
}
