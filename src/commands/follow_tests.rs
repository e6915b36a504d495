//! What only a network can cause: outages, ids that are not visible yet, refusals. Looks come from a script.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use super::follow;
use crate::api::{ApiError, Decoded};
use crate::client::{AttemptError, RequestError, TransportError};
use crate::host::{Host, Terminal, TestHost};
use crate::intent::Following;
use crate::model::{Channel, Goal, Message, MessageStatus, Notification, NotificationStatus};
use crate::report::{Audience, Sink, StopReason, Update, Watched};

/// What one look brings.
#[derive(Clone, Copy)]
enum Look {
    Status(&'static str),
    Http(u16),
    Silence,
}

const EVER: Following = Following {
    goal: Goal::Settled,
    any: false,
    fail_fast: false,
    interval: Some(Duration::from_secs(1)),
    max_errors: None,
    timeout: Some(Duration::from_secs(600)),
    grace: Duration::ZERO,
};

/// Follows one notification through a script, whose last look repeats for ever. Returns what was found, and the updates
/// in short.
fn watch(following: &Following, script: &[Look]) -> (Watched, Vec<String>) {
    let host = host();
    let mut told = Told(Vec::new());
    let looks = RefCell::new(0);
    let look = async |_: &str| {
        let index = (*looks.borrow()).min(script.len() - 1);
        *looks.borrow_mut() += 1;
        answer(script[index])
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let watched = runtime.unwrap().block_on(follow(
        vec!["n1".to_owned()],
        following,
        &host,
        1,
        look,
        &mut told,
    ));
    (watched, told.0)
}

fn answer(look: Look) -> Result<Decoded<Notification>, RequestError> {
    match look {
        Look::Status(status) => Ok(Decoded {
            body: notification(status),
            replayed: false,
            simulated: false,
            answered_at: None,
        }),
        Look::Http(status) => {
            let mut api_error = Box::new(ApiError::read(status, b"", None));
            if matches!(status, 429 | 503) {
                api_error.retry_after = Some(Duration::from_secs(30));
            }
            Err(RequestError::of_read(AttemptError::Api(api_error)))
        }
        Look::Silence => Err(RequestError::of_read(AttemptError::Transport(
            TransportError::Reset,
        ))),
    }
}

fn notification(status: &str) -> Notification {
    Notification {
        id: "n1".to_owned(),
        event: "welcome".to_owned(),
        contact: serde_json::json!({"email": "ada@example.com"}),
        fallback_recipient: None,
        status: NotificationStatus::Processing,
        started_at: None,
        completed_at: None,
        messages: vec![Message {
            id: "m1".to_owned(),
            channel: Channel::Email,
            status: MessageStatus::from_wire(status),
            template: None,
            queued_at: None,
            sent_at: None,
            delivered_at: None,
            failed_at: None,
            error: None,
            decided_by: None,
        }],
    }
}

fn host() -> Host {
    TestHost {
        arguments: Vec::new(),
        environment: BTreeMap::new(),
        terminal: Terminal::default(),
        clock: Arc::new(AtomicI64::new(0)),
        seed: Arc::new(AtomicU64::new(1)),
        interrupt: None,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(std::io::sink()),
        stderr: Box::new(std::io::sink()),
    }
    .build()
}

struct Told(Vec<String>);

impl Sink for Told {
    fn take(&mut self, update: Update) -> Audience {
        match update {
            Update::Change(change) => self.0.push(change.to.to_string()),
            Update::Settled { .. } => self.0.push("settled".to_owned()),
            Update::Outage { .. } => self.0.push("outage".to_owned()),
            Update::Recovered { after } => self.0.push(format!("back after {} s", after.as_secs())),
            _ => {}
        }
        Audience::Listening
    }
}

#[test]
fn an_outage_is_told_once_and_does_not_end_the_watch() {
    let script = [
        Look::Status("queued"),
        Look::Silence,
        Look::Silence,
        Look::Silence,
        Look::Status("delivered"),
    ];
    let (watched, told) = watch(&EVER, &script);
    assert_eq!(watched.ended, StopReason::Settled);
    assert_eq!(
        told,
        ["queued", "outage", "back after 3 s", "delivered", "settled"]
    );
}

#[test]
fn so_many_failures_in_a_row_as_are_allowed_end_it_and_a_success_begins_the_count_anew() {
    let following = Following {
        max_errors: Some(2),
        ..EVER
    };
    let script = [
        Look::Silence,
        Look::Status("queued"),
        Look::Silence,
        Look::Silence,
    ];
    let (watched, told) = watch(&following, &script);
    assert!(
        matches!(watched.ended, StopReason::Unavailable(_)),
        "{:?}",
        watched.ended
    );
    assert_eq!(told, ["outage", "back after 1 s", "queued", "outage"]);
}

#[test]
fn a_service_that_asks_to_be_left_alone_is() {
    let (watched, _) = watch(&EVER, &[Look::Http(429), Look::Status("delivered")]);
    assert_eq!(watched.ended, StopReason::Settled);
    assert_eq!(watched.took, Duration::from_secs(30));
}

#[test]
fn an_outage_to_the_end_is_no_verdict_and_a_deadline_only_after_some_news() {
    let (watched, told) = watch(&EVER, &[Look::Http(503)]);
    assert!(
        matches!(&watched.ended, StopReason::Unavailable(reason) if reason.contains("503")),
        "{:?}",
        watched.ended
    );
    assert_eq!(watched.counts.pending, 1);
    assert_eq!(told, ["outage"]);
    assert_eq!(watched.took, Duration::from_secs(600));
    let (watched, told) = watch(&EVER, &[Look::Status("queued"), Look::Http(503)]);
    assert_eq!(watched.ended, StopReason::Deadline);
    assert!(watched.fault.is_some_and(|fault| fault.contains("503")));
    assert_eq!(told, ["queued", "outage"]);
}

#[test]
fn an_id_that_is_unknown_to_the_end_of_a_short_wait_is_no_verdict_and_says_so() {
    let following = Following {
        grace: Duration::from_secs(10),
        timeout: Some(Duration::from_secs(5)),
        ..EVER
    };
    let (watched, _) = watch(&following, &[Look::Http(404)]);
    let StopReason::Unavailable(reason) = watched.ended else {
        panic!("{:?}", watched.ended);
    };
    assert_eq!(reason, "the service does not know n1 yet (HTTP 404)");
    assert!(!watched.found[0].missing);
}

#[test]
fn an_id_may_be_unknown_for_a_while_after_it_was_accepted() {
    let following = Following {
        grace: Duration::from_secs(10),
        ..EVER
    };
    let (watched, told) = watch(&following, &[Look::Http(404), Look::Status("delivered")]);
    assert_eq!(watched.ended, StopReason::Settled);
    assert_eq!(told, ["delivered", "settled"]);
    let (watched, _) = watch(&following, &[Look::Http(404)]);
    assert!(watched.found[0].missing);
    assert_eq!(watched.took, Duration::from_secs(10));
}

#[test]
fn a_refusal_ends_the_watch_at_once() {
    let (watched, _) = watch(&EVER, &[Look::Status("queued"), Look::Http(401)]);
    assert!(
        matches!(&watched.ended, StopReason::Refused(api_error) if api_error.status == 401),
        "{:?}",
        watched.ended
    );
}

#[test]
fn a_status_that_nobody_knows_is_pending_and_shown_as_it_came() {
    let (watched, told) = watch(&EVER, &[Look::Status("held"), Look::Status("delivered")]);
    assert_eq!(watched.ended, StopReason::Settled);
    assert_eq!(told, ["held", "delivered", "settled"]);
}

#[test]
fn a_status_that_comes_out_of_order_does_not_reopen_what_has_settled() {
    let (watched, told) = watch(&EVER, &[Look::Status("delivered"), Look::Status("sent")]);
    assert_eq!(watched.ended, StopReason::Settled);
    assert_eq!(told, ["delivered", "settled"]);
}

#[test]
fn one_look_that_fails_is_no_verdict() {
    let following = Following {
        timeout: Some(Duration::ZERO),
        ..EVER
    };
    let (watched, _) = watch(&following, &[Look::Silence]);
    assert!(
        matches!(watched.ended, StopReason::Unavailable(_)),
        "{:?}",
        watched.ended
    );
}
