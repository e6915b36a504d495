//! What became of a send: the outcome out of an answer or a failure, and what follows from it for the run.

use crate::api::{Decoded, SendResponse};
use crate::error::{Error, Repeat};
use crate::model::{Audience, Recipient};
use crate::report::{SendOutcome, SendResult};

/// Returns the outcome of a send that was accepted: who got which id.
pub fn accepted_outcome(answer: Decoded<SendResponse>, to: &Audience) -> SendOutcome {
    let body = answer.body;
    // The older shapes do not say which id is whose.
    let whole = || match to {
        Audience::One(_) => to.label(),
        Audience::Many(_) | Audience::Listeners => String::new(),
    };
    let receipts = match body.notifications {
        Some(receipts) if !receipts.is_empty() => receipts
            .into_iter()
            .map(|receipt| {
                let to = receipt
                    .to
                    .as_ref()
                    .and_then(|to| Recipient::from_wire(to).ok());
                let label = to.map(|to| to.label().to_owned());
                (receipt.id, label.unwrap_or_else(whole))
            })
            .collect(),
        _ => vec![(body.id, to.label())],
    };
    SendOutcome::Accepted {
        receipts,
        replayed: answer.replayed,
    }
}

/// Returns the ids that came of a send.
pub fn ids_of(outcome: &SendOutcome) -> Vec<String> {
    match outcome {
        SendOutcome::Accepted { receipts, .. } => {
            receipts.iter().map(|(id, _)| id.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns whom the notification of an id was sent to, if that is known.
pub fn recipient_of(id: &str, results: &[SendResult]) -> Option<String> {
    let receipts = results.iter().flat_map(|result| match &result.outcome {
        SendOutcome::Accepted { receipts, .. } => receipts.as_slice(),
        _ => &[],
    });
    let mut of = receipts.filter(|(receipt, to)| receipt == id && !to.is_empty());
    of.next().map(|(_, to)| to.clone())
}

/// Returns the ids of all that was accepted, each once.
pub fn accepted(results: &[SendResult]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in results.iter().flat_map(|result| ids_of(&result.outcome)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// Returns whether the requests that come after this one would end the same way.
pub fn stops_the_run(outcome: &SendOutcome) -> bool {
    match outcome {
        SendOutcome::Refused(api_error) => api_error.status == 401,
        SendOutcome::RateLimited { .. } | SendOutcome::Unknown { .. } => true,
        SendOutcome::Accepted { .. }
        | SendOutcome::NotUnderstood { .. }
        | SendOutcome::Unsent
        | SendOutcome::TooLate => false,
    }
}

/// Returns the error of a run that had one request only, and whose key was `given` or not. With several, each result
/// stands for itself.
pub fn error_of(result: &SendResult, given: bool) -> Result<(), Error> {
    let repeat = match given {
        true => Repeat::Unchanged,
        false => Repeat::WithKey,
    };
    let what = format!("`{}` to {}", result.event, result.recipient);
    match &result.outcome {
        SendOutcome::Refused(api_error) => Err(Error::Refused {
            what,
            api_error: Box::new(api_error.clone()),
            idempotency_key: Some(result.idempotency_key.clone()),
        }),
        SendOutcome::RateLimited {
            api_error,
            attempts,
        } => Err(Error::RateLimited {
            what,
            api_error: Box::new(api_error.clone()),
            attempts: *attempts,
            idempotency_key: Some(result.idempotency_key.clone()),
        }),
        SendOutcome::Unknown { reason, advice, .. } => Err(Error::OutcomeUnknown {
            what,
            reason: reason.clone(),
            idempotency_key: result.idempotency_key.clone(),
            advice: *advice,
            repeat,
        }),
        SendOutcome::NotUnderstood { reason } => Err(Error::ReceiptLost {
            what,
            reason: reason.clone(),
            idempotency_key: result.idempotency_key.clone(),
            repeat,
        }),
        SendOutcome::Accepted { .. } | SendOutcome::Unsent | SendOutcome::TooLate => Ok(()),
    }
}
