//! Transport errors, classified by what the user can do about them.

use std::time::Duration;

use crate::text;

/// Why no response arrived. Unless [`TransportError::is_before_request`] is true, the service may have accepted the
/// request.
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
    /// `host` includes the port.
    #[error("{host} refused the connection")]
    ConnectionRefused { host: String },
    /// `host` includes the port.
    #[error("{host} could not be reached: {reason}")]
    Unreachable { host: String, reason: String },
    /// The proxy from the environment, such as `https_proxy`, did not connect to the service.
    #[error("the proxy that the environment names {reason}")]
    Proxy {
        /// A predicate whose subject is the proxy, such as "requires a login".
        reason: &'static str,
    },
    #[error("the certificate of {host} is not trusted: {reason}")]
    Certificate {
        host: String,
        reason: &'static str,
        /// The text that [`TransportError::hint`] returns.
        advice: &'static str,
    },
    #[error("no secure connection to {host}: {reason}")]
    Tls { host: String, reason: String },
}

impl TransportError {
    /// Returns whether the connection failed before the request could be sent.
    pub fn is_before_request(&self) -> bool {
        match self {
            Self::Unresolved { .. }
            | Self::ConnectionRefused { .. }
            | Self::Unreachable { .. }
            | Self::Proxy { .. }
            | Self::Certificate { .. }
            | Self::Tls { .. } => true,
            Self::Timeout(_) | Self::Reset | Self::NotHttp { .. } => false,
        }
    }

    /// Returns whether another attempt would fail in the same way. This is so for a rejected certificate, which is not
    /// replaced within seconds.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Certificate { .. })
    }

    /// Returns what the user can do about the error. `None` if there is nothing to do but try again.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Timeout(_) | Self::Reset => return None,
            Self::NotHttp { .. } => "Check the address and its port.",
            Self::Unresolved { .. } => "Check the address, the network and its DNS server.",
            Self::ConnectionRefused { .. } | Self::Unreachable { .. } => {
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
