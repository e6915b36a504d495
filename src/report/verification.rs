//! What the check of a webhook's signature found.

use std::time::Duration;

use crate::api::signature::Scheme;
use crate::model::Timestamp;

/// What the check of a webhook's signature found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Why the signature does not hold; none when it does.
    pub fault: Option<SignatureFault>,
    /// When it says that it was made.
    pub signed_at: Option<Timestamp>,
    /// How long ago that was; none when it lies ahead.
    pub age: Option<Duration>,
    /// How old it may be; none when it may have any age.
    pub tolerance: Option<Duration>,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureFault {
    /// There is no header.
    Missing,
    /// The header cannot be read.
    Malformed(String),
    /// It is of another body, or was made with another secret.
    Mismatch(Option<Near>),
    /// It is right, but older than allowed.
    TooOld,
    /// It is right, but from the future.
    TooNew,
}

/// What would fit in place of what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Near {
    /// Another scheme than the one that is assumed.
    Scheme(Scheme),
    /// The body without the line break at its end, which whoever saved it may have added.
    WithoutLineBreak,
}

impl SignatureFault {
    /// Returns the stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed(_) => "malformed",
            Self::Mismatch(_) => "mismatch",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
        }
    }
}
