//! Encryption: who is trusted, and what goes wrong with it, in words for people.

use std::error::Error as HelpTopic;
use std::io;

use rustls::CertificateError as Wrong;

use super::{ClientBuildError, TransportError};
use crate::host::Host;

/// The variable that names a file of authorities. It is read by the library that verifies certificates.
const AUTHORITIES: &str = "SSL_CERT_FILE";
/// What a certificate in a file of them begins with.
const BEGINNING: &[u8] = b"-----BEGIN ";

/// Returns whether the environment names a file of authorities.
///
/// # Errors
/// [`ClientBuildError::Authorities`] when there is none in it.
pub fn own_authorities(host: &Host) -> Result<bool, ClientBuildError> {
    let Some(path) = host.variable(AUTHORITIES) else {
        return Ok(false);
    };
    let reason = match std::fs::read(path) {
        Ok(text) if text.windows(BEGINNING.len()).any(|part| part == BEGINNING) => return Ok(true),
        Ok(_) => "the file holds no certificate",
        Err(error) if error.kind() == io::ErrorKind::NotFound => "there is no such file",
        Err(_) => "the file cannot be read",
    };
    Err(ClientBuildError::Authorities {
        variable: AUTHORITIES,
        reason,
    })
}

/// Finds the error of the encryption, which lies inside an error of the system.
pub fn tls_of<'e>(error: &'e (dyn HelpTopic + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    system_of(error)?.get_ref()?.downcast_ref::<rustls::Error>()
}

/// Finds the innermost of the system's errors: one may be wrapped in another, which is not its source but in its place.
pub fn system_of<'e>(error: &'e (dyn HelpTopic + 'static)) -> Option<&'e io::Error> {
    let mut system = error.downcast_ref::<io::Error>()?;
    while let Some(inner) = system
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<io::Error>())
    {
        system = inner;
    }
    Some(system)
}

/// Returns what went wrong with the encryption.
pub fn transport_error(
    error: &rustls::Error,
    host: String,
    own_authorities: bool,
) -> TransportError {
    let rustls::Error::InvalidCertificate(wrong) = error else {
        return TransportError::Tls {
            host,
            reason: of_handshake(error).to_owned(),
        };
    };
    let advice = match wrong {
        Wrong::UnknownIssuer | Wrong::BadSignature if own_authorities => {
            "The file that SSL_CERT_FILE names does not vouch for it: put its authority there, or unset it."
        }
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "A proxy may stand in between. If it is your company's, name its authority: SSL_CERT_FILE=FILE."
        }
        _ => "Check the address. A proxy may stand in between, and answer in the service's place.",
    };
    TransportError::Certificate {
        host,
        reason: of_certificate(wrong),
        advice,
    }
}

fn of_certificate(wrong: &Wrong) -> &'static str {
    match wrong {
        Wrong::Expired | Wrong::ExpiredContext { .. } => "it has expired",
        Wrong::NotValidYet | Wrong::NotValidYetContext { .. } => {
            "it is not valid yet; is the clock of this machine right?"
        }
        Wrong::NotValidForName | Wrong::NotValidForNameContext { .. } => "it is for another name",
        // A bad signature is one by somebody else of the same name.
        Wrong::UnknownIssuer | Wrong::BadSignature => {
            "nobody that this machine trusts vouches for it"
        }
        Wrong::Revoked => "it was revoked",
        Wrong::BadEncoding => "it cannot be read",
        Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } => "it is not one of a server",
        // An error of the verifier, which has no type that can be asked.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority, not of a server"
        }
        _ => "it is not valid",
    }
}

fn of_handshake(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription as Alert, Error};
    match error {
        Error::InvalidMessage(_) => "it does not speak https",
        Error::AlertReceived(Alert::ProtocolVersion | Alert::HandshakeFailure)
        | Error::PeerIncompatible(_) => "the two have no form of encryption in common",
        Error::AlertReceived(Alert::UnrecognisedName) => "it does not go by that name",
        Error::AlertReceived(_) => "it refused the encryption",
        _ => "the encryption could not be set up",
    }
}
