//! What one try brought that was no usable success, and the failure that comes of it.

use std::time::Duration;

use super::{Failure, LastTry, TransportFault};
use crate::api::{Refusal, Unreadable};
use crate::world::Interrupt;

/// A try that brought no usable success.
pub enum Missed {
    /// An answer that is no success, and what it said in `Retry-After`.
    Refused(Box<Refusal>, Option<Duration>),
    /// A success that cannot be understood.
    Unreadable(Unreadable),
    /// No answer.
    Fault(TransportFault),
    /// The run was interrupted.
    Interrupted(Interrupt),
    /// Time ran out before it was begun.
    TooLate,
}

impl Missed {
    /// Returns the failure of a try that is taken as it is.
    pub fn taken(self) -> Failure {
        match self {
            Self::Refused(refusal, _) => Failure::Refused(refusal),
            Self::TooLate => Self::TooLate.given_up(1, false),
            other => other.given_up(1, true),
        }
    }

    /// Returns whether the service may have taken the request all the same.
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Refused(refusal, _) => refusal.status >= 500,
            Self::Fault(fault) => !fault.is_before_request(),
            Self::Unreadable(_) | Self::Interrupted(_) => true,
            Self::TooLate => false,
        }
    }

    /// Returns whether it came to nothing because time ran out.
    pub fn is_late(&self) -> bool {
        matches!(
            self,
            Self::TooLate | Self::Fault(TransportFault::Timeout(_))
        )
    }

    /// Returns the failure after the last of several tries.
    pub fn given_up(self, tries: u32, ambiguous: bool) -> Failure {
        let (last, retry_after) = match self {
            Self::Refused(refusal, after) => (LastTry::Refused(refusal), after),
            Self::Fault(fault) => (LastTry::Fault(fault), None),
            Self::TooLate => (
                LastTry::Fault(TransportFault::Timeout(Duration::ZERO)),
                None,
            ),
            Self::Unreadable(unreadable) => return Failure::NotUnderstood(unreadable),
            Self::Interrupted(interrupt) => return Failure::Interrupted(interrupt),
        };
        Failure::GaveUp {
            last,
            tries,
            retry_after,
            ambiguous,
        }
    }
}
