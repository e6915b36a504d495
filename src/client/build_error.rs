//! Errors that prevent the creation of the HTTP client.

#[derive(Debug, thiserror::Error)]
pub enum ClientBuildError {
    #[error("{variable}: the proxy address is not valid: it must begin with http:// or https://")]
    Proxy { variable: &'static str },
    #[error("{variable}: {reason}")]
    Authorities {
        variable: &'static str,
        reason: &'static str,
    },
    #[error("TLS cannot be initialized")]
    Tls(#[source] reqwest::Error),
}

impl ClientBuildError {
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
