//! What was found about webhooks.

use std::time::Duration;

use crate::api::signature::Scheme;
use crate::api::webhooks::{DeliveriesResponse, DeliveryDetail};
use crate::model::Timestamp;

/// What was found about webhooks.
#[derive(Debug)]
pub enum WebhooksReport {
    /// `simulator webhooks list`
    List(DeliveriesResponse),
    /// `simulator webhooks show`
    Shown(Box<DeliveryDetail>),
    /// `simulator webhooks replay|trigger`: the delivery after the attempt
    Tried(Box<DeliveryDetail>),
    /// `webhook verify`
    Verified(Verification),
}

impl WebhooksReport {
    /// Returns whether it is an answer, and the answer is no.
    pub fn is_no(&self) -> bool {
        match self {
            Self::List(_) | Self::Shown(_) => false,
            Self::Tried(detail) => detail.has_failed(),
            Self::Verified(found) => found.fault.is_some(),
        }
    }
}

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
    Mismatch(Option<MismatchHint>),
    /// It is right, but older than allowed.
    TooOld,
    /// It is right, but from the future.
    TooNew,
}

/// What would fit in place of what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MismatchHint {
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
