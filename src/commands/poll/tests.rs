//! What only a network can cause: outages, ids that are not visible yet, error responses. Responses are scripted.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use super::{PollOptions, StopReason, WatchReport, poll};
use crate::api::{ApiError, Decoded};
use crate::client::{AttemptError, HttpEvent, HttpObserver, RequestError, TransportError};
use crate::commands::GlobalArgs;
use crate::commands::command::{Context, Setup};
use crate::config::Settings;
use crate::host::{Host, Terminal, TestHost};
use crate::model::{Channel, Goal, Message, MessageStatus, Notification, NotificationStatus};
use crate::output::{Format, Reporter};
use crate::redact::Redactor;

/// The response to one poll.
#[derive(Clone, Copy)]
enum Scripted {
    Status(&'static str),
    Http(u16),
    NoResponse,
}

const UNTIL_SETTLED: PollOptions = PollOptions {
    goal: Goal::Settled,
    any: false,
    fail_fast: false,
    interval: Some(Duration::from_secs(1)),
    max_errors: None,
    timeout: Some(Duration::from_secs(600)),
    grace: Duration::ZERO,
    prints_ids: true,
};

/// Polls one notification with scripted responses, the last of which repeats. Returns the report, and the updates in short.
fn watch(options: &PollOptions, script: &[Scripted]) -> (WatchReport, Vec<String>) {
    let output = Output::default();
    let host = host(&output);
    let Settings {
        session,
        output_settings,
    } = GlobalArgs::default().settings(&host).unwrap();
    let redactor = Rc::new(Redactor::new(false));
    let reporter = Reporter::new(
        &host,
        Format::Json,
        output_settings,
        false,
        true,
        Rc::clone(&redactor),
    );
    let context = Context {
        setup: Setup {
            session: &session,
            host: &host,
            redactor: &redactor,
        },
        reporter: &reporter,
        observer: &Unobserved,
        program: "sendivent",
    };
    let polls = RefCell::new(0);
    let fetch = async |_: &str| {
        let index = (*polls.borrow()).min(script.len() - 1);
        *polls.borrow_mut() += 1;
        let response = respond(script[index])?;
        Ok(response.map(|notification| redactor.notification(notification)))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let report = runtime
        .unwrap()
        .block_on(poll(vec!["n1".to_owned()], options, context, 1, fetch));
    (report, output.updates())
}

struct Unobserved;

impl HttpObserver for Unobserved {
    fn on_event(&self, _event: HttpEvent<'_>) {}
}

/// Collects stdout.
#[derive(Clone, Default)]
struct Output(Rc<RefCell<Vec<u8>>>);

impl std::io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Output {
    /// Returns each JSON line in short.
    fn updates(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.borrow().clone()).unwrap();
        let lines = text.lines().map(|line| {
            let update: serde_json::Value = serde_json::from_str(line).unwrap();
            match update["type"].as_str().unwrap() {
                "change" => Some(update["status"].as_str().unwrap().to_owned()),
                "recovered" => {
                    let after = update["after_ms"].as_u64().unwrap() / 1000;
                    Some(format!("back after {after} s"))
                }
                "warning" => None,
                other => Some(other.to_owned()),
            }
        });
        lines.flatten().collect()
    }
}

fn respond(response: Scripted) -> Result<Decoded<Notification>, RequestError> {
    match response {
        Scripted::Status(status) => Ok(Decoded {
            body: notification(status),
            replayed: false,
            simulated: false,
            server_time: None,
        }),
        Scripted::Http(status) => {
            let mut api_error = Box::new(ApiError::read(status, b"", None));
            if matches!(status, 429 | 503) {
                api_error.retry_after = Some(Duration::from_secs(30));
            }
            Err(RequestError::of_read(AttemptError::Api(api_error)))
        }
        Scripted::NoResponse => Err(RequestError::of_read(AttemptError::Transport(
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
            ..Message::default()
        }],
    }
}

fn host(output: &Output) -> Host {
    TestHost {
        arguments: Vec::new(),
        environment: BTreeMap::new(),
        terminal: Terminal::default(),
        clock: Arc::new(AtomicI64::new(0)),
        seed: Arc::new(AtomicU64::new(1)),
        interrupt: None,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(output.clone()),
        stderr: Box::new(std::io::sink()),
    }
    .build()
}

#[test]
fn an_outage_is_reported_once_and_does_not_end_the_watch() {
    let script = [
        Scripted::Status("queued"),
        Scripted::NoResponse,
        Scripted::NoResponse,
        Scripted::NoResponse,
        Scripted::Status("delivered"),
    ];
    let (report, updates) = watch(&UNTIL_SETTLED, &script);
    assert_eq!(report.stop_reason, StopReason::Settled);
    assert_eq!(
        updates,
        ["queued", "outage", "back after 3 s", "delivered", "settled"]
    );
}

#[test]
fn consecutive_failures_end_it_and_a_success_resets_their_count() {
    let options = PollOptions {
        max_errors: Some(2),
        ..UNTIL_SETTLED
    };
    let script = [
        Scripted::NoResponse,
        Scripted::Status("queued"),
        Scripted::NoResponse,
        Scripted::NoResponse,
    ];
    let (report, updates) = watch(&options, &script);
    assert!(
        matches!(report.stop_reason, StopReason::Unavailable(_)),
        "{:?}",
        report.stop_reason
    );
    assert_eq!(updates, ["outage", "back after 1 s", "queued", "outage"]);
}

#[test]
fn retry_after_is_obeyed() {
    let (report, _) = watch(
        &UNTIL_SETTLED,
        &[Scripted::Http(429), Scripted::Status("delivered")],
    );
    assert_eq!(report.stop_reason, StopReason::Settled);
    assert_eq!(report.took, Duration::from_secs(30));
}

#[test]
fn an_outage_to_the_end_has_no_verdict() {
    let (report, updates) = watch(&UNTIL_SETTLED, &[Scripted::Http(503)]);
    assert!(
        matches!(&report.stop_reason, StopReason::Unavailable(reason) if reason.contains("503")),
        "{:?}",
        report.stop_reason
    );
    assert_eq!(report.counts.pending, 1);
    assert_eq!(updates, ["outage"]);
    assert_eq!(report.took, Duration::from_secs(600));
    let (report, updates) = watch(
        &UNTIL_SETTLED,
        &[Scripted::Status("queued"), Scripted::Http(503)],
    );
    assert_eq!(report.stop_reason, StopReason::Deadline);
    assert!(report.reason.is_some_and(|fault| fault.contains("503")));
    assert_eq!(updates, ["queued", "outage"]);
}

#[test]
fn an_id_unknown_until_the_deadline_has_no_verdict() {
    let options = PollOptions {
        grace: Duration::from_secs(10),
        timeout: Some(Duration::from_secs(5)),
        ..UNTIL_SETTLED
    };
    let (report, _) = watch(&options, &[Scripted::Http(404)]);
    let StopReason::Unavailable(reason) = report.stop_reason else {
        panic!("{:?}", report.stop_reason);
    };
    assert_eq!(reason, "the service does not know n1 yet (HTTP 404)");
    assert!(!report.lookups[0].missing);
}

#[test]
fn an_id_may_be_unknown_within_the_grace_period() {
    let options = PollOptions {
        grace: Duration::from_secs(10),
        ..UNTIL_SETTLED
    };
    let (report, updates) = watch(
        &options,
        &[Scripted::Http(404), Scripted::Status("delivered")],
    );
    assert_eq!(report.stop_reason, StopReason::Settled);
    assert_eq!(updates, ["delivered", "settled"]);
    let (report, _) = watch(&options, &[Scripted::Http(404)]);
    assert!(report.lookups[0].missing);
    assert_eq!(report.took, Duration::from_secs(10));
}

#[test]
fn a_rejection_ends_the_watch_at_once() {
    let (report, _) = watch(
        &UNTIL_SETTLED,
        &[Scripted::Status("queued"), Scripted::Http(401)],
    );
    assert!(
        matches!(&report.stop_reason, StopReason::Refused(api_error) if api_error.status == 401),
        "{:?}",
        report.stop_reason
    );
}

#[test]
fn an_unknown_status_is_pending_and_printed_unchanged() {
    let (report, updates) = watch(
        &UNTIL_SETTLED,
        &[Scripted::Status("held"), Scripted::Status("delivered")],
    );
    assert_eq!(report.stop_reason, StopReason::Settled);
    assert_eq!(updates, ["held", "delivered", "settled"]);
}

#[test]
fn a_settled_notification_stays_settled() {
    let (report, updates) = watch(
        &UNTIL_SETTLED,
        &[Scripted::Status("delivered"), Scripted::Status("sent")],
    );
    assert_eq!(report.stop_reason, StopReason::Settled);
    assert_eq!(updates, ["delivered", "settled"]);
}

#[test]
fn a_failed_single_poll_has_no_verdict() {
    let options = PollOptions {
        timeout: Some(Duration::ZERO),
        ..UNTIL_SETTLED
    };
    let (report, _) = watch(&options, &[Scripted::NoResponse]);
    assert!(
        matches!(report.stop_reason, StopReason::Unavailable(_)),
        "{:?}",
        report.stop_reason
    );
}
