//! `webhook verify`, and `simulator webhooks`.

use std::time::Duration;

use crate::api::signature::{Scheme, Signature};
use crate::api::webhooks::DeliveryDetail;
use crate::client::{Client, RequestError};
use crate::error::Error;
use crate::host::Host;
use crate::intent::{Verify, WebhooksOrder};
use crate::model::from_millis;
use crate::report::{MismatchHint, Report, SignatureFault, Verification, WebhooksReport};

/// Checks a signature.
pub fn verify(verify: &Verify, host: &Host) -> Report {
    let now = host.clock.now();
    let tolerance = verify.tolerance;
    let read = match &verify.signature {
        None => Err(SignatureFault::Missing),
        Some(header) => header
            .parse::<Signature>()
            .map_err(|error| SignatureFault::Malformed(error.to_string())),
    };
    let signature = match read {
        Ok(signature) => signature,
        Err(fault) => {
            return found(Verification {
                fault: Some(fault),
                signed_at: None,
                age: None,
                tolerance,
            });
        }
    };
    // To the second, as the header has it.
    let age = now.div_euclid(1000).saturating_sub(signature.at);
    let length = Duration::from_secs(age.unsigned_abs());
    let outside = tolerance.is_some_and(|tolerance| length > tolerance);
    let fault = if !signature.matches(Scheme::Assumed, &verify.secret, verify.body.as_bytes()) {
        Some(SignatureFault::Mismatch(near(&signature, verify)))
    } else if outside && age > 0 {
        Some(SignatureFault::TooOld)
    } else if outside {
        Some(SignatureFault::TooNew)
    } else {
        None
    };
    found(Verification {
        fault,
        signed_at: Some(from_millis(signature.at.saturating_mul(1000))),
        age: (age >= 0).then_some(length),
        tolerance,
    })
}

fn found(verification: Verification) -> Report {
    Report::Webhooks(WebhooksReport::Verified(verification))
}

fn tried(detail: DeliveryDetail) -> Report {
    Report::Webhooks(WebhooksReport::Tried(Box::new(detail)))
}

/// Returns what would fit in place of what was given.
fn near(signature: &Signature, verify: &Verify) -> Option<MismatchHint> {
    let body = verify.body.as_bytes();
    let matches = |scheme: &Scheme| signature.matches(*scheme, &verify.secret, body);
    if let Some(scheme) = Scheme::ALL.into_iter().find(matches) {
        return Some(MismatchHint::Scheme(scheme));
    }
    let shorter = verify.body.strip_suffix('\n')?;
    let shorter = shorter.strip_suffix('\r').unwrap_or(shorter);
    signature
        .matches(Scheme::Assumed, &verify.secret, shorter.as_bytes())
        .then_some(MismatchHint::WithoutLineBreak)
}

/// Carries out an order about webhooks.
pub async fn run(order: WebhooksOrder, client: &Client<'_>) -> Result<Report, Error> {
    let failed = |error| Error::of_request("the simulator", error);
    match order {
        WebhooksOrder::List(limit) => {
            let query = [("limit", limit)];
            let list = client
                .control_get(&["webhooks"], &query)
                .await
                .map_err(failed)?;
            Ok(Report::Webhooks(WebhooksReport::List(list.body)))
        }
        WebhooksOrder::Show(id) => {
            let found = client
                .control_get::<DeliveryDetail>(&["webhooks", &id], &())
                .await;
            let detail = found.map_err(|error| not_known(&id, error))?;
            Ok(Report::Webhooks(WebhooksReport::Shown(Box::new(
                detail.body,
            ))))
        }
        WebhooksOrder::Replay(id) => {
            let done = client
                .control_post::<DeliveryDetail>(
                    &["webhooks", &id, "replay"],
                    &serde_json::json!({}),
                )
                .await;
            let detail = done.map_err(|error| not_known(&id, error))?;
            Ok(tried(detail.body))
        }
        WebhooksOrder::Trigger(order) => {
            let done = client
                .control_post::<DeliveryDetail>(&["webhooks", "trigger"], &order)
                .await;
            let detail = done.map_err(|error| match error.is_rejected_with(409) {
                true => Error::NotFound {
                    message: "there is no active webhook endpoint".to_owned(),
                    hint: "Register one with POST /v1/webhooks, or with `sendivent simulator serve --webhook URL`."
                        .to_owned(),
                },
                false => failed(error),
            })?;
            Ok(tried(detail.body))
        }
    }
}

fn not_known(id: &str, error: RequestError) -> Error {
    match error.is_rejected_with(404) {
        true => Error::NotFound {
            message: format!("the simulator knows no webhook delivery {id}"),
            hint: "`sendivent simulator webhooks list` lists them.".to_owned(),
        },
        false => Error::of_request("the simulator", error),
    }
}
