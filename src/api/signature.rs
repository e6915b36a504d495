//! The signature of a webhook: creating and verifying the header.
//!
//! The service documents the form of the header, HMAC-SHA256 and hexadecimal digits. It is assumed that the signed string
//! is `t.body`, and that the key is the whole `whsec_…` secret.

use std::fmt;
use std::str::FromStr;

use hex::FromHex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header: the signature of a webhook, `t=<unix seconds>,v1=<64 hexadecimal digits>`.
pub const SIGNATURE: &str = "x-sendivent-signature";
/// Header: the id of one attempt at a delivery.
pub const WEBHOOK_ID: &str = "x-sendivent-webhook-id";

/// The secret of an endpoint, `whsec_…`. Only [`Secret::expose`] returns it; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// When the webhook was signed, in seconds since the Unix epoch.
    pub at: i64,
    /// One match is enough: there are two digests while a secret is being replaced.
    digests: Vec<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    #[error("it has no time `t=`, in seconds")]
    NoTime,
    #[error("it has no digest `v1=` of 64 hexadecimal digits")]
    NoDigest,
}

/// Which string is signed with which key. `Assumed` is what this program expects of the service; the others detect that
/// the assumption is wrong, and not the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `t.body` with the whole secret.
    Assumed,
    /// `t.body` with what follows `whsec_`.
    BareSecret,
    /// The body alone with the whole secret, as in the service's skill file.
    BodyAlone,
}

impl Scheme {
    /// All schemes, the expected one first.
    pub const ALL: [Self; 3] = [Self::Assumed, Self::BareSecret, Self::BodyAlone];

    fn mac(self, secret: &Secret, at: i64, body: &[u8]) -> Hmac<Sha256> {
        let key = match self {
            Self::BareSecret => secret.0.strip_prefix("whsec_").unwrap_or(&secret.0),
            Self::Assumed | Self::BodyAlone => &secret.0,
        };
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .expect("HMAC accepts keys of any length");
        if self != Self::BodyAlone {
            mac.update(format!("{at}.").as_bytes());
        }
        mac.update(body);
        mac
    }
}

/// Returns the signature header of a body. The time is in seconds since the Unix epoch.
pub fn sign(secret: &Secret, at: i64, body: &[u8]) -> String {
    let mac = Scheme::Assumed.mac(secret, at, body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

impl Signature {
    /// Returns whether a digest is that of the body, comparing in constant time.
    pub fn matches(&self, scheme: Scheme, secret: &Secret, body: &[u8]) -> bool {
        let mac = scheme.mac(secret, self.at, body);
        let is_digest = |digest: &[u8; 32]| mac.clone().verify_slice(digest).is_ok();
        self.digests.iter().any(is_digest)
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    /// Parses the header, and ignores unknown parts, such as a future scheme besides `v1`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = || {
            text.split(',')
                .filter_map(|part| part.trim().split_once('='))
        };
        let time = parts().find(|(name, _)| *name == "t");
        let is_digits = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        let at = time
            .map(|(_, seconds)| seconds)
            .filter(is_digits)
            .and_then(|seconds| seconds.parse().ok())
            .ok_or(InvalidSignature::NoTime)?;
        let digests: Vec<[u8; 32]> = parts()
            .filter(|(name, _)| *name == "v1")
            .filter_map(|(_, digest)| <[u8; 32]>::from_hex(digest).ok())
            .collect();
        if digests.is_empty() {
            return Err(InvalidSignature::NoDigest);
        }
        Ok(Self { at, digests })
    }
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

    fn parse(text: &str) -> Result<Signature, InvalidSignature> {
        text.parse()
    }

    #[test]
    fn a_signature_equals_that_of_openssl() {
        let header = sign(&secret(), 1_775_044_800, BODY);
        assert_eq!(header, format!("t=1775044800,v1={DIGEST}"));
        let signature = parse(&header).unwrap();
        assert!(signature.matches(Scheme::Assumed, &secret(), BODY));
        for (secret, body) in [
            ("whsec_tess", BODY),
            ("whsec_test", b"{}".as_slice()),
            ("", BODY),
        ] {
            assert!(!signature.matches(Scheme::Assumed, &Secret::new(secret), body));
        }
    }

    #[test]
    fn each_signature_matches_one_scheme() {
        // The same with `-hmac test`, and of the body alone.
        let bare =
            "t=1775044800,v1=5a7a61de6818b6a2eb4e9766910fc0e8c2a907b3182bf690ee0a3d04b3c81981";
        let alone =
            "t=1775044800,v1=dfe33a321efcdae772d00e91b805fcfdff80d2af88e086616f6fb9d7a5c02c41";
        for (header, scheme) in [(bare, Scheme::BareSecret), (alone, Scheme::BodyAlone)] {
            let signature = parse(header).unwrap();
            for other in Scheme::ALL {
                assert_eq!(signature.matches(other, &secret(), BODY), other == scheme);
            }
        }
    }

    #[test]
    fn unknown_parts_of_a_header_are_ignored() {
        let zeros = "0".repeat(64);
        let header = format!(
            " v0=1, t=1775044800 ,v1={zeros}, v1={}",
            DIGEST.to_uppercase()
        );
        let signature = parse(&header).unwrap();
        assert!(
            signature.matches(Scheme::Assumed, &secret(), BODY),
            "one matching digest is enough"
        );
        for invalid in [
            "",
            "t=,v1=",
            "v1=00",
            &format!("t=-1,v1={zeros}"),
            &format!("t=1e9,v1={zeros}"),
        ] {
            assert_eq!(parse(invalid), Err(InvalidSignature::NoTime), "{invalid}");
        }
        for invalid in [
            "t=1",
            "t=1,v1=",
            "t=1,v1=00",
            &format!("t=1,v1=+{}", &zeros[1..]),
        ] {
            assert_eq!(parse(invalid), Err(InvalidSignature::NoDigest), "{invalid}");
        }
    }
}
