//! The words of machine output that several formats share.

use crate::model::Verdict;
use crate::report::{Report, SendOutcome, SendResult};

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
        SendOutcome::Refused(refusal) | SendOutcome::RateLimited { refusal, .. } => {
            Some(refusal.to_string())
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

/// Returns the ids of a report, one per line; those that were printed on the way are not repeated.
pub fn ids(report: &Report) -> String {
    let lines = |ids: Vec<&String>| ids.iter().map(|id| format!("{id}\n")).collect();
    match report {
        Report::Looked(looked) => {
            let found = looked
                .found
                .iter()
                .filter(|found| found.notification.is_some());
            lines(found.map(|found| &found.id).collect())
        }
        Report::Activity(list) => {
            let mut ids: Vec<&String> = list.messages.iter().map(|row| &row.notification).collect();
            ids.dedup();
            lines(ids)
        }
        Report::Plan(plan) => format!("{}\n", plan.id),
        Report::Text(text) => text.clone(),
        _ => String::new(),
    }
}
