//! Certificate authorities, and the conversion of TLS errors to errors with advice for the user.

use std::error::Error;
use std::io;

use rustls::CertificateError;

use super::{ClientBuildError, TransportError};
use crate::host::Host;

/// The environment variable with the path of a file of certificate authorities. rustls-platform-verifier reads this
/// file.
const AUTHORITIES_VARIABLE: &str = "SSL_CERT_FILE";
const PEM_HEADER: &[u8] = b"-----BEGIN ";

/// Returns whether `SSL_CERT_FILE` is set. Fails if that file contains no certificate, because the verifier would then
/// reject every server without an explanation.
pub fn has_custom_authorities(host: &Host) -> Result<bool, ClientBuildError> {
    let Some(path) = host.variable(AUTHORITIES_VARIABLE) else {
        return Ok(false);
    };
    let reason = match std::fs::read(path) {
        Ok(text)
            if text
                .windows(PEM_HEADER.len())
                .any(|part| part == PEM_HEADER) =>
        {
            return Ok(true);
        }
        Ok(_) => "the file contains no certificate",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is no such file",
        Err(_) => "the file cannot be read",
    };
    Err(ClientBuildError::Authorities {
        variable: AUTHORITIES_VARIABLE,
        reason,
    })
}

/// Returns the TLS error if `error` is one, or is an I/O error that wraps one.
pub fn rustls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    innermost_io_error(error)?
        .get_ref()?
        .downcast_ref::<rustls::Error>()
}

/// Returns the innermost I/O error. An I/O error can wrap another one that its `source` does not return.
pub fn innermost_io_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    let mut io_error = error.downcast_ref::<io::Error>()?;
    while let Some(inner) = io_error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<io::Error>())
    {
        io_error = inner;
    }
    Some(io_error)
}

pub fn transport_error(
    error: &rustls::Error,
    host: String,
    custom_authorities: bool,
) -> TransportError {
    let rustls::Error::InvalidCertificate(certificate_error) = error else {
        return TransportError::Tls {
            host,
            reason: handshake_reason(error).to_owned(),
        };
    };
    let advice = match certificate_error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature if custom_authorities => {
            "Add its certificate authority to the file that SSL_CERT_FILE names, or unset SSL_CERT_FILE."
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "If a company proxy intercepts TLS, set SSL_CERT_FILE to a file with its certificate authority."
        }
        _ => "Check the address, and whether a proxy intercepts the connection.",
    };
    TransportError::Certificate {
        host,
        reason: certificate_reason(certificate_error),
        advice,
    }
}

fn certificate_reason(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet, or the clock of this machine is wrong"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name"
        }
        // The signature is bad if a trusted authority has the same name as the one that signed.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "it is signed by an unknown certificate authority"
        }
        CertificateError::Revoked => "it has been revoked",
        CertificateError::BadEncoding => "it cannot be parsed",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not a server certificate"
        }
        CertificateError::Other(other)
            if matches!(
                other.0.downcast_ref(),
                Some(webpki::Error::CaUsedAsEndEntity)
            ) =>
        {
            "it is the certificate of an authority, not of a server"
        }
        _ => "it is not valid",
    }
}

fn handshake_reason(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription as Alert, Error};
    match error {
        Error::InvalidMessage(_) => "the server does not speak TLS",
        Error::AlertReceived(Alert::ProtocolVersion | Alert::HandshakeFailure)
        | Error::PeerIncompatible(_) => "the server supports no common TLS version or cipher",
        Error::AlertReceived(Alert::UnrecognisedName) => "the server does not know this host name",
        Error::AlertReceived(_) => "the server rejected the TLS handshake",
        _ => "the TLS handshake failed",
    }
}
