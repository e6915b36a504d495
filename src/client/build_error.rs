//! Why the HTTP client cannot be built.

/// The HTTP client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientBuildError {
    /// The environment names a proxy with an unusable address.
    #[error("{variable}: the proxy address is not valid: it must begin with http:// or https://")]
    Proxy {
        /// The variable.
        variable: &'static str,
    },
    /// The environment names an unusable file of certificate authorities.
    #[error("{variable}: {reason}")]
    Authorities {
        /// The variable.
        variable: &'static str,
        /// Why the file cannot be used.
        reason: &'static str,
    },
    /// TLS cannot be initialized.
    #[error("TLS cannot be initialized")]
    Tls(#[source] reqwest::Error),
}

impl ClientBuildError {
    /// Returns what the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Proxy { variable } => Some(format!(
                "Set {variable}=http://proxy.example.com:3128, or unset it."
            )),
            Self::Authorities { variable, .. } => Some(format!(
                "Set {variable} to a file of certificates (PEM), or unset it."
            )),
            Self::Tls(_) => None,
        }
    }
}
