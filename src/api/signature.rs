//! The signature of a webhook: the header, how it is made and how it is checked.
//!
//! Documented are the header's form, HMAC-SHA256 and hexadecimal digits. That the signed string is `t.body` and the key the
//! whole `whsec_…` secret is assumed: the service's page was not seen further.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header: the signature of a webhook, `t=<unix seconds>,v1=<64 hexadecimal digits>`.
pub const SIGNATURE: &str = "x-sendivent-signature";
/// Header: an id of one attempt to deliver a webhook.
pub const WEBHOOK_ID: &str = "x-sendivent-webhook-id";

/// The secret of an endpoint, `whsec_…`. It is never shown but by whoever asks for it by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// A signature, read from its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// When it was made, in seconds since the Unix epoch.
    pub at: i64,
    /// The digests. One that fits is enough: there are two while a secret is exchanged.
    digests: Vec<[u8; 32]>,
}

/// The text is no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    /// No time.
    #[error("it has no time `t=`, in seconds")]
    NoTime,
    /// No digest.
    #[error("it has no digest `v1=` of 64 hexadecimal digits")]
    NoDigest,
}

/// What is signed and with what. The first is what we assume of the service; the others tell a wrong guess from a wrong
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `t.body` with the whole secret.
    Assumed,
    /// `t.body` with what follows `whsec_`.
    BareSecret,
    /// The body alone, with the whole secret, as the service's skill file has it.
    BodyAlone,
}

impl Scheme {
    /// Every scheme that is known.
    pub const ALL: [Self; 3] = [Self::Assumed, Self::BareSecret, Self::BodyAlone];

    fn mac(self, secret: &Secret, at: i64, body: &[u8]) -> Option<Hmac<Sha256>> {
        let key = match self {
            Self::BareSecret => secret.0.strip_prefix("whsec_").unwrap_or(&secret.0),
            Self::Assumed | Self::BodyAlone => &secret.0,
        };
        // HMAC takes keys of every length.
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
        if self != Self::BodyAlone {
            mac.update(format!("{at}.").as_bytes());
        }
        mac.update(body);
        Some(mac)
    }
}

/// Returns the header of a body that is signed at a time, in seconds since the Unix epoch.
pub fn sign(secret: &Secret, at: i64, body: &[u8]) -> String {
    let mac = Scheme::Assumed.mac(secret, at, body);
    let digest: String = mac
        .map(|mac| mac.finalize().into_bytes())
        .iter()
        .flatten()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("t={at},v1={digest}")
}

impl Signature {
    /// Returns whether a digest is that of a body. The time that this takes does not tell how much of it fits.
    pub fn fits(&self, scheme: Scheme, secret: &Secret, body: &[u8]) -> bool {
        let Some(mac) = scheme.mac(secret, self.at, body) else {
            return false;
        };
        self.digests
            .iter()
            .any(|digest| mac.clone().verify_slice(digest).is_ok())
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    /// Reads the header. Parts that are not known are passed over, as a later scheme beside `v1` would be.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            text.split(',')
                .filter_map(|part| part.trim().split_once('='))
        };
        let time = parts().find(|(name, _)| *name == "t");
        let digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let at = time
            .map(|(_, seconds)| seconds)
            .filter(digits)
            .and_then(|seconds| seconds.parse().ok())
            .ok_or(InvalidSignature::NoTime)?;
        let digests: Vec<[u8; 32]> = parts()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, digest)| bytes(digest))
            .collect();
        if digests.is_empty() {
            return Err(InvalidSignature::NoDigest);
        }
        Ok(Self { at, digests })
    }
}

/// Reads 64 hexadecimal digits.
fn bytes(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{InvalidSignature, Scheme, Secret, Signature, sign};

    fn secret() -> Secret {
        Secret::new("whsec_test")
    }

    const BODY: &[u8] = br#"{"event":"delivery.sent"}"#;
    // printf '%s' '1775044800.{"event":"delivery.sent"}' | openssl dgst -sha256 -hmac whsec_test
    const DIGEST: &str = "339d734dafc21ef25a7fea87d37a0180c9131ee03edd313099aed667af2971e7";

    fn read(text: &str) -> Result<Signature, InvalidSignature> {
        text.parse()
    }

    #[test]
    fn a_signature_is_what_openssl_makes_of_it() {
        let header = sign(&secret(), 1_775_044_800, BODY);
        assert_eq!(header, format!("t=1775044800,v1={DIGEST}"));
        let signature = read(&header).unwrap();
        assert!(signature.fits(Scheme::Assumed, &secret(), BODY));
        for (secret, body) in [
            ("whsec_tess", BODY),
            ("whsec_test", b"{}".as_slice()),
            ("", BODY),
        ] {
            assert!(!signature.fits(Scheme::Assumed, &Secret::new(secret), body));
        }
    }

    #[test]
    fn other_schemes_are_told_apart() {
        // The same with `-hmac test`, and of the body alone.
        let bare =
            "t=1775044800,v1=5a7a61de6818b6a2eb4e9766910fc0e8c2a907b3182bf690ee0a3d04b3c81981";
        let alone =
            "t=1775044800,v1=dfe33a321efcdae772d00e91b805fcfdff80d2af88e086616f6fb9d7a5c02c41";
        for (header, scheme) in [(bare, Scheme::BareSecret), (alone, Scheme::BodyAlone)] {
            let signature = read(header).unwrap();
            for other in Scheme::ALL {
                assert_eq!(signature.fits(other, &secret(), BODY), other == scheme);
            }
        }
    }

    #[test]
    fn a_header_is_read_whatever_else_it_has() {
        let zeros = "0".repeat(64);
        let header = format!(
            " v0=1, t=1775044800 ,v1={zeros}, v1={}",
            DIGEST.to_uppercase()
        );
        let signature = read(&header).unwrap();
        assert!(
            signature.fits(Scheme::Assumed, &secret(), BODY),
            "one that fits is enough"
        );
        for bad in [
            "",
            "t=,v1=",
            "v1=00",
            &format!("t=-1,v1={zeros}"),
            &format!("t=1e9,v1={zeros}"),
        ] {
            assert_eq!(read(bad), Err(InvalidSignature::NoTime), "{bad}");
        }
        for bad in [
            "t=1",
            "t=1,v1=",
            "t=1,v1=00",
            &format!("t=1,v1=+{}", &zeros[1..]),
        ] {
            assert_eq!(read(bad), Err(InvalidSignature::NoDigest), "{bad}");
        }
    }
}
