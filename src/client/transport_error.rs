//! Transport errors, classified by what a user can do about them.

use std::time::Duration;

use crate::text;

/// No response was received. The service may have accepted the request, unless [`TransportError::is_before_request`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    #[error("no response within {}", text::format_duration(*.0))]
    Timeout(Duration),
    #[error("the connection was closed before a response")]
    Reset,
    #[error("the response of {host} is not HTTP")]
    NotHttp { host: String },
    #[error("the name {host} could not be resolved (DNS)")]
    Unresolved { host: String },
    /// `host` includes the port, here and in the next variant.
    #[error("{host} refused the connection")]
    Refused { host: String },
    #[error("{host} could not be reached: {reason}")]
    Unreachable { host: String, reason: String },
    #[error("the proxy that the environment names {reason}")]
    Proxy {
        /// Why: a predicate whose subject is the proxy.
        reason: &'static str,
    },
    #[error("the certificate of {host} is not trusted: {reason}")]
    Certificate {
        host: String,
        reason: &'static str,
        advice: &'static str,
    },
    #[error("no secure connection to {host}: {reason}")]
    Tls { host: String, reason: String },
}

impl TransportError {
    /// Returns whether the request cannot have been sent.
    pub fn is_before_request(&self) -> bool {
        match self {
            Self::Unresolved { .. }
            | Self::Refused { .. }
            | Self::Unreachable { .. }
            | Self::Proxy { .. }
            | Self::Certificate { .. }
            | Self::Tls { .. } => true,
            Self::Timeout(_) | Self::Reset | Self::NotHttp { .. } => false,
        }
    }

    /// Returns whether another attempt would fail the same way: a certificate is not renewed within seconds.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Certificate { .. })
    }

    /// Returns what the user can do about it, if that is more than trying again.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Timeout(_) | Self::Reset => return None,
            Self::NotHttp { .. } => "Check the address and its port.",
            Self::Unresolved { .. } => "Check the address, the network and its DNS server.",
            Self::Refused { .. } | Self::Unreachable { .. } => {
                "Check the address and its port, the network, and whether a proxy is needed."
            }
            Self::Proxy { .. } => {
                "Check the proxy's address, and the user name and password in it."
            }
            Self::Certificate { advice, .. } => advice,
            Self::Tls { .. } => {
                "Check that the address is an https one, and whether a proxy intercepts the connection."
            }
        })
    }
}
