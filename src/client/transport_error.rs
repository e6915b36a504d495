//! What can go wrong on the way, told apart by what a user can do about it.

use std::time::Duration;

use crate::text;

/// No answer came. Whether the service has taken the request is not known, unless [`TransportError::is_before_request`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The time for one try ran out.
    #[error("no answer within {}", text::format_duration(*.0))]
    Timeout(Duration),
    /// The connection was cut before the answer.
    #[error("the connection was cut before an answer came")]
    Reset,
    /// What came is not HTTP.
    #[error("what {host} answered is not HTTP")]
    NotHttp {
        /// Who answered.
        host: String,
    },
    /// The name of the host could not be resolved.
    #[error("the name {host} could not be resolved (DNS)")]
    Unresolved {
        /// The name.
        host: String,
    },
    /// Nobody listens there.
    #[error("{host} refused the connection")]
    Refused {
        /// Host and port.
        host: String,
    },
    /// No connection came about.
    #[error("{host} could not be reached: {reason}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The proxy in between leads nowhere.
    #[error("the proxy that the environment names {reason}")]
    Proxy {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The certificate is not one for this host that anybody trusted vouches for.
    #[error("the certificate of {host} is not trusted: {reason}")]
    Certificate {
        /// The host.
        host: String,
        /// What is wrong with it.
        reason: &'static str,
        /// What can be done about it.
        advice: &'static str,
    },
    /// The two could not agree on encryption.
    #[error("no secure connection to {host}: {reason}")]
    Tls {
        /// The host.
        host: String,
        /// What went wrong.
        reason: String,
    },
}

impl TransportError {
    /// Returns whether the fault came before the request could have been sent.
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

    /// Returns whether the same would come of another try: a certificate does not mend itself within seconds.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Certificate { .. })
    }

    /// Returns what can be done about it, if that is more than trying again.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Timeout(_) | Self::Reset => return None,
            Self::NotHttp { .. } => "Check the address and its port.",
            Self::Unresolved { .. } => "Check the address, the network and its DNS server.",
            Self::Refused { .. } | Self::Unreachable { .. } => {
                "Check the address and its port, the network, and whether a proxy is needed."
            }
            Self::Proxy { .. } => "Check the proxy's address, and the name and the password in it.",
            Self::Certificate { advice, .. } => advice,
            Self::Tls { .. } => "Check that the address speaks https, and the proxy in between.",
        })
    }
}
