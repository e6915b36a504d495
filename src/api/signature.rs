//! The signature header of webhooks: how it is created and verified.
//!
//! The service documents the format of the header and the algorithm, HMAC-SHA256 in hexadecimal digits. Two things are
//! assumed. The signed string is `t.body`: the time, a dot and the body. The HMAC key is the whole secret, including
//! `whsec_`.

use std::fmt;
use std::str::FromStr;

use hex::FromHex;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header with the signature of a webhook, `t=<seconds since the Unix epoch>,v1=<64 hexadecimal digits>`.
pub const SIGNATURE: &str = "x-sendivent-signature";
/// The header with the id of a delivery attempt. Each attempt has a new id.
pub const WEBHOOK_ID: &str = "x-sendivent-webhook-id";

/// The signing secret of a webhook endpoint, `whsec_…`. Only [`Secret::expose`] returns it; `Debug` does not print it.
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
    /// The time of the signature, in seconds since the Unix epoch.
    pub at: i64,
    /// The digests in the `v1=` parts. There are two while a secret is being replaced, and one matching digest is
    /// enough.
    digests: Vec<[u8; 32]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignature {
    #[error("it has no time `t=`, in seconds")]
    NoTime,
    #[error("it has no digest `v1=` of 64 hexadecimal digits")]
    NoDigest,
}

/// What is signed, and with which key. This program expects `Assumed`. If a webhook's signature does not match
/// `Assumed` but matches another scheme, the secret is right, and the assumption about the service is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Signs the time, a dot and the body, with the whole secret.
    Assumed,
    /// Signs the time, a dot and the body, with the part of the secret after `whsec_`.
    BareSecret,
    /// Signs the body alone with the whole secret, as the service's skill file describes.
    BodyAlone,
}

impl Scheme {
    /// All schemes. The expected scheme, `Assumed`, is first.
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

/// Returns the signature header for a body that is signed at a time in seconds since the Unix epoch.
pub fn sign(secret: &Secret, at: i64, body: &[u8]) -> String {
    let mac = Scheme::Assumed.mac(secret, at, body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

impl Signature {
    /// Returns whether a digest of the header matches the body. The comparison takes constant time.
    pub fn matches(&self, scheme: Scheme, secret: &Secret, body: &[u8]) -> bool {
        let mac = scheme.mac(secret, self.at, body);
        let is_digest = |digest: &[u8; 32]| mac.clone().verify_slice(digest).is_ok();
        self.digests.iter().any(is_digest)
    }
}

impl FromStr for Signature {
    type Err = InvalidSignature;

    /// Parses the header. Unknown parts, such as the digests of a future scheme `v2=`, are ignored.
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
        // Digests of the same openssl command: with `-hmac test`, and with the body alone as the input.
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
