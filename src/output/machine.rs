//! The words of machine output that several formats share.

use crate::model::Verdict;
use crate::report::{SendOutcome, SendResult};

/// Returns the word for what became of a request.
pub fn outcome(outcome: &SendOutcome) -> &'static str {
    match outcome {
        SendOutcome::Accepted { .. } => "accepted",
        SendOutcome::NotUnderstood { .. } => "not_understood",
        SendOutcome::Refused(_) => "refused",
        SendOutcome::RateLimited { .. } => "rate_limited",
        SendOutcome::Unknown { .. } => "unknown",
        SendOutcome::Unsent | SendOutcome::TooLate => "unsent",
    }
}

/// Returns why a request was not accepted.
pub fn reason(outcome: &SendOutcome) -> Option<String> {
    match outcome {
        SendOutcome::Accepted { .. } => None,
        SendOutcome::NotUnderstood { reason } | SendOutcome::Unknown { reason, .. } => {
            Some(reason.clone())
        }
        SendOutcome::Refused(api_error) | SendOutcome::RateLimited { api_error, .. } => {
            Some(api_error.to_string())
        }
        SendOutcome::Unsent => Some("not tried: the run stopped before".to_owned()),
        SendOutcome::TooLate => Some("not tried: the deadline passed before".to_owned()),
    }
}

/// Returns the receipts of a request: the id and the contact in words.
pub fn receipts(result: &SendResult) -> &[(String, String)] {
    match &result.outcome {
        SendOutcome::Accepted { receipts, .. } => receipts,
        _ => &[],
    }
}

/// Returns the word for a verdict.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Reached => "reached",
        Verdict::NotDelivered => "not_delivered",
        Verdict::Partial => "partial",
        Verdict::Pending => "pending",
    }
}
