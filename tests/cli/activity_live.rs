//! `activity` of a live service: which notifications are requested, which snapshots are stored, and which profile owns
//! them.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use expect_test::expect;
use rusqlite::Connection;
use sendivent::host::Interrupt;
use serde_json::{Value, json};

use crate::harness::{RunOutput, TestEnv};
use crate::process::{query_number, query_texts};
use crate::stub_service::{StubRequest, StubResponse, StubService, unused_url};

const KEY: &str = "test_ledgerledger";

/// State of the service: a response for each notification, and responses that override all of them.
#[derive(Default)]
struct StoredNotification {
    sends: usize,
    notifications: BTreeMap<String, StubResponse>,
    set_failing: Vec<StubResponse>,
}

/// A stateful stub service, and an environment that is configured to call it.
struct LiveService {
    state: Arc<Mutex<StoredNotification>>,
    service: StubService,
    env: TestEnv,
}

/// Returns the id of the notification with this number.
fn id(number: usize) -> String {
    format!("019d48ea-2e00-7000-8000-{number:012}")
}

impl LiveService {
    fn open() -> Self {
        let state: Arc<Mutex<StoredNotification>> = Arc::default();
        let inside = Arc::clone(&state);
        let service =
            StubService::start(move |request| answer(&mut inside.lock().unwrap(), request));
        let env = TestEnv::bare();
        env.set("SENDIVENT_API_KEY", KEY);
        env.set("SENDIVENT_API_URL", &service.url());
        Self {
            state,
            service,
            env,
        }
    }

    /// Sends and returns the number of the first notification.
    fn send(&self, arguments: &str) -> usize {
        let first = self.state.lock().unwrap().sends + 1;
        self.env.ok(&format!("send {arguments}"));
        self.service.take_requests();
        first
    }

    /// Sets the status and the messages of a notification.
    fn set_status(&self, number: usize, status: &str, messages: Value) {
        let body = json!({"id": id(number), "event": "welcome", "status": status,
            "contact": {"id": "c", "name": "Rosebud"}, "messages": messages});
        self.state
            .lock()
            .unwrap()
            .notifications
            .insert(id(number), StubResponse::json(200, &body));
    }

    /// Gives a notification one email message with this status.
    fn set_email_status(&self, number: usize, status: &str) {
        let assert_integrity = if status == "queued" {
            "processing"
        } else {
            "completed"
        };
        self.set_status(number, assert_integrity, json!([message("email", status)]));
    }

    /// Sets the responses to the next requests; the last one repeats.
    fn set_failing(&self, answers: &[StubResponse]) {
        self.state.lock().unwrap().set_failing = answers.to_vec();
    }

    /// Returns the numbers of the requested notifications, sorted.
    fn requests(&self) -> Vec<usize> {
        let received = self.service.take_requests();
        let numbers = received.iter().map(|received| {
            assert_eq!(received.method, "GET");
            received.id().rsplit('-').next().unwrap().parse().unwrap()
        });
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        numbers
    }

    fn journal(&self) -> std::path::PathBuf {
        self.env.path(".local/state/sendivent/journal.db")
    }

    fn run(&self, command: &str) -> RunOutput {
        let mut output = self.env.run(command);
        output.stderr = output.stderr.replace(&self.service.url(), "[SERVICE]");
        output
    }

    /// Returns the listed ids.
    #[track_caller]
    fn list_json(&self, flags: &str) -> Vec<usize> {
        let ids = self.env.ok(&format!("activity -q {flags}"));
        let numbers = ids
            .lines()
            .map(|id| id.rsplit('-').next().unwrap().parse().unwrap());
        numbers.collect()
    }
}

/// Returns a message with this status and matching times.
fn message(channel: &str, status: &str) -> Value {
    let at = |second: u8| format!("2026-04-01T12:00:{second:02}.000Z");
    let reached = |of: &[&str], second: u8| match of.contains(&status) {
        true => json!(at(second)),
        false => Value::Null,
    };
    json!({"id": format!("m-{channel}"), "channel": channel, "status": status, "template": "Welcome",
    "queued_at": at(0), "sent_at": reached(&["sent", "delivered", "failed"], 1),
    "delivered_at": reached(&["delivered"], 3), "failed_at": reached(&["failed"], 4),
    "error": if status == "failed" {
        json!({"code": "HARD_BOUNCE", "message": "mailbox does not exist"})
    } else {
        Value::Null
    }})
}

fn answer(state: &mut StoredNotification, request: &StubRequest) -> StubResponse {
    match state.set_failing.as_slice() {
        [] => {}
        [last] => return last.clone(),
        _ => return state.set_failing.remove(0),
    }
    if request.method == "POST" {
        state.sends += 1;
        let body = json!({"id": id(state.sends), "event": "welcome", "status": "accepted"});
        return StubResponse::json(200, &body);
    }
    match state.notifications.get(request.id()) {
        Some(response) => response.clone(),
        None => StubResponse::error(404, "Notification not found"),
    }
}

#[test]
fn unfinished_notifications_are_refreshed_and_final_ones_are_not() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.env.advance(60_000);
    service.send("welcome --to bob@example.com --to +14155550123 --to '#ops'");
    service.set_email_status(1, "delivered");
    service.set_email_status(2, "failed");
    service.set_status(3, "processing", json!([message("sms", "queued")]));
    service.set_status(4, "accepted", json!([]));
    service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR        ID
        2026-04-01 12:01:00Z  accepted                  #ops             welcome                019d48ea-2e00-7000-8000-000000000004
        2026-04-01 12:00:00Z  queued           sms      +14155550123     Welcome                019d48ea-2e00-7000-8000-000000000003
        2026-04-01 12:00:00Z  failed     4 s   email    bob@example.com  Welcome   HARD_BOUNCE  019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome                019d48ea-2e00-7000-8000-000000000001
        --- stderr
        4 messages sent from here to [SERVICE] (profile default)
        --- exit 0
    "#]]);
    assert_eq!(service.requests(), [1, 2, 3, 4]);
    // Two have a final status, so they are not requested again.
    service.set_status(
        4,
        "completed",
        json!([message("slack", "sent"), message("push", "failed")]),
    );
    service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR        ID
        2026-04-01 12:00:00Z  sent       1 s   slack    #ops             Welcome                019d48ea-2e00-7000-8000-000000000004
        2026-04-01 12:00:00Z  failed     4 s   push     #ops             Welcome   HARD_BOUNCE  019d48ea-2e00-7000-8000-000000000004
        2026-04-01 12:00:00Z  queued           sms      +14155550123     Welcome                019d48ea-2e00-7000-8000-000000000003
        2026-04-01 12:00:00Z  failed     4 s   email    bob@example.com  Welcome   HARD_BOUNCE  019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome                019d48ea-2e00-7000-8000-000000000001
        --- stderr
        5 messages sent from here to [SERVICE] (profile default)
        --- exit 0
    "#]]);
    assert_eq!(service.requests(), [3, 4]);
    service.env.ok("activity");
    assert_eq!(service.requests(), [3]);
    // The snapshot is stored without the contact's data.
    let kept = query_texts(
        &service.journal(),
        "SELECT group_concat(snapshot) FROM receipts",
    );
    assert!(
        kept[0].contains("HARD_BOUNCE") && !kept[0].contains("Rosebud"),
        "{kept:?}"
    );
}

#[test]
fn offline_lists_the_journal_without_requests() {
    let live_service = LiveService::open();
    live_service.send("welcome --to ada@example.com");
    live_service.set_email_status(1, "delivered");
    live_service.run("activity --offline").assert_transcript(expect![[r#"
        $ sendivent activity --offline
        QUEUED                STATUS    TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  accepted                 ada@example.com  welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to any address (profile default), as last recorded (--offline)
        --- exit 0
    "#]]);
    live_service.env.ok("activity");
    live_service.service.take_requests();
    live_service.set_failing(&[StubResponse::error(500, "asked")]);
    live_service.run("activity --offline").assert_transcript(expect![[r#"
        $ sendivent activity --offline
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to any address (profile default), as last recorded (--offline)
        --- exit 0
    "#]]);
    assert_eq!(live_service.service.requests().len(), 0);
    live_service.env.ok("activity --offline --stats");
    live_service
        .env
        .ok("activity --offline --follow --idle-timeout 5s");
    assert_eq!(live_service.service.requests().len(), 0);
}

#[test]
fn an_empty_journal_is_an_empty_list() {
    let live_service = LiveService::open();
    live_service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        --- stderr
        0 messages sent from here to [SERVICE] (profile default)
        --- exit 0
    "#]]);
    assert_eq!(live_service.env.ok("activity -q"), "");
    assert_eq!(live_service.service.requests().len(), 0);
}

#[test]
fn filters_narrow_the_list() {
    let service = LiveService::open();
    service.send("early --to ada@example.com");
    service.env.advance(3_600_000);
    service.send("welcome --to bob@example.com --to +14155550123 --to eve@example.com");
    service.set_email_status(1, "delivered");
    service.set_email_status(2, "failed");
    service.set_status(3, "completed", json!([message("sms", "delivered")]));
    service.set_status(
        4,
        "completed",
        json!([message("email", "sent"), message("slack", "sent")]),
    );
    for (filter, expected) in [
        ("", &[4, 3, 2, 1][..]),
        // Statistics count messages; the fourth notification has two.
        ("-n 2", &[4]),
        ("-n 3", &[4, 3]),
        ("-n 0", &[]),
        ("--status failed", &[2]),
        ("--status failed --status delivered", &[3, 2, 1]),
        ("--status delivered -n 1", &[3]),
        ("--channel sms", &[3]),
        ("--channel sms --channel slack", &[4, 3]),
        ("--event early", &[1]),
        ("--event nothing", &[]),
        ("--to BOB@example.com", &[2]),
        ("--to nobody@example.com", &[]),
        ("--since 30m", &[4, 3, 2]),
        ("--until 30m", &[1]),
        ("--since 2026-04-01T12:30:00Z --channel email", &[4, 2]),
    ] {
        assert_eq!(service.list_json(filter), expected, "{filter}");
    }
}

#[test]
fn a_truncated_list_is_marked() {
    let live_service = LiveService::open();
    live_service.send("welcome --to a@example.com --to b@example.com --to c@example.com");
    for (flags, listed, more) in [
        ("-n 2", "2 messages", true),
        ("-n 3", "3 messages", false),
        ("-n 1 --event welcome", "1 message ", true),
        ("-n 1 --to b@example.com", "1 message ", false),
    ] {
        let output = live_service.run(&format!("activity {flags}"));
        output
            .assert_code(0)
            .assert_stderr_contains(&[listed, "sent from here to [SERVICE] (profile default)"]);
        assert_eq!(
            output.stderr.contains("-n shows more"),
            more,
            "{flags}: {}",
            output.stderr
        );
        let document: Value =
            serde_json::from_str(&live_service.env.ok(&format!("activity {flags} --json")))
                .unwrap();
        assert_eq!(document["more"], more, "{flags}");
    }
    // Only listed rows are requested, and one more that shows whether the list is truncated.
    live_service.service.take_requests();
    live_service.env.ok("activity -n 1");
    assert_eq!(live_service.requests(), [2, 3]);
}

#[test]
fn statistics_count_the_journal() {
    let service = LiveService::open();
    service.send("welcome --to a@example.com --to b@example.com --to +14155550123");
    service.set_email_status(1, "delivered");
    service.set_email_status(2, "failed");
    service.set_status(3, "processing", json!([message("sms", "queued")]));
    service.run("activity --stats -n 0").assert_transcript(expect![[r#"
        $ sendivent activity --stats -n 0
        CHANNEL  QUEUED  SENT  DELIVERED  FAILED  SUPPRESSED  ALL
        email    -       -     1          1       -           2
        sms      1       -     -          -       -           1
        all      1       -     1          1       -           3

        Reasons
                1  HARD_BOUNCE  The receiving server rejected the message permanently: the mailbox does not exist. The contact is suppressed from now on.

        From queued to delivered  half within 3 s, 90 % within 3 s, 99 % within 3 s
          up to 4 s  ██████████████████████████████  1
        --- stderr
        what was sent from here to [SERVICE] (profile default)
        --- exit 0
    "#]]);
}

#[test]
fn several_notifications_are_requested_at_once() {
    let counts = Arc::new((Mutex::new((0_u32, 0_u32)), Condvar::new()));
    let shared = Arc::clone(&counts);
    let service = StubService::start(move |request| {
        if request.method == "POST" {
            let id = request.header("x-idempotency-key");
            return StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "accepted"}),
            );
        }
        let (count, changed) = &*shared;
        let mut now = count.lock().unwrap();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        changed.notify_all();
        // The barrier opens with four pending requests; sequential requests would run into its timeout and fail the
        // test.
        let wait = changed.wait_timeout_while(now, Duration::from_secs(20), |now| now.1 < 4);
        wait.unwrap().0.0 -= 1;
        StubResponse::error(404, "Notification not found")
    });
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", &service.url());
    env.ok("send welcome --to a@x.se --to b@x.se --to c@x.se --to d@x.se --to e@x.se");
    env.ok("activity");
    let (count, _) = &*counts;
    assert!((4..=8).contains(&count.lock().unwrap().1));
}

#[test]
fn a_notification_unknown_to_the_service_keeps_its_last_snapshot() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.set_email_status(1, "queued");
    service.env.ok("activity");
    service.state.lock().unwrap().notifications.clear();
    let output = service.run("activity -o csv");
    output.assert_code(0);
    assert!(output.stdout.contains("queued"), "{}", output.stdout);
}

#[test]
fn a_list_that_cannot_be_refreshed_is_shown_without_a_verdict() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com --to bob@example.com");
    service.set_email_status(1, "delivered");
    service.set_email_status(2, "queued");
    service.env.ok("activity");
    // A temporary error is retried.
    let found = service.state.lock().unwrap().notifications[&id(2)].clone();
    service.set_failing(&[
        StubResponse::error(503, "soon"),
        StubResponse::error(500, "oh"),
        found,
    ]);
    service.env.ok("activity");
    service.set_failing(&[StubResponse::error(429, "Rate limit exceeded")]);
    service
        .run("activity")
        .assert_code(7)
        .assert_stderr_contains(&["not brought up to date"]);
    service.set_failing(&[StubResponse::error(503, "maintenance")]);
    service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  queued           email    bob@example.com  Welcome          019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        2 messages sent from here to [SERVICE] (profile default), not brought up to date: maintenance (HTTP 503) (4 attempts)
        --- exit 69
    "#]]);
    service.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  queued           email    bob@example.com  Welcome          019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        2 messages sent from here to [SERVICE] (profile default), not brought up to date: Invalid API key (HTTP 401, key from SENDIVENT_API_KEY)
        --- exit 4
    "#]]);
    for (response, code) in [
        (StubResponse::error(403, "inactive"), 5),
        (StubResponse::html(200, "<h1>Log in</h1>"), 69),
        (StubResponse::html(302, ""), 69),
    ] {
        service.set_failing(&[response]);
        let output = service.run("activity");
        output
            .assert_code(code)
            .assert_stderr_contains(&["not brought up to date"]);
        assert!(
            output.stdout.contains("bob@example.com"),
            "{}",
            output.transcript()
        );
        let output = service.run("activity --json");
        output.assert_code(code);
        let document: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(document["refreshed"], false);
        crate::json::assert_valid(&document, "activity");
    }
}

#[test]
fn an_unreachable_service_falls_back_to_the_journal() {
    let live_service = LiveService::open();
    live_service.send("welcome --to ada@example.com");
    // The journal is kept per URL: here the same URL, with nothing listening.
    let LiveService { service, env, .. } = live_service;
    drop(service);
    let output = env.run("activity");
    output
        .assert_code(69)
        .assert_stderr_contains(&["not brought up to date", "refused the connection"]);
    assert!(
        output.stdout.contains("ada@example.com"),
        "{}",
        output.transcript()
    );
    env.ok("activity --offline");
}

#[test]
fn sends_with_an_unknown_outcome_are_counted_until_resolved() {
    let live_service = LiveService::open();
    live_service.send("welcome --to ada@example.com");
    live_service.set_email_status(1, "delivered");
    live_service.set_failing(&[StubResponse::error(500, "oh")]);
    live_service
        .run("send welcome --to bob@example.com --idempotency-key once")
        .assert_code(69);
    live_service.set_failing(&[]);
    live_service.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to [SERVICE] (profile default)
        outcome unknown: welcome to bob@example.com; to send it only once, repeat it with --idempotency-key once
        --- exit 0
    "#]]);
    let document: Value = serde_json::from_str(&live_service.env.ok("activity --json")).unwrap();
    assert_eq!(document["unknown_outcomes"], 1);
    // Another profile does not list it.
    live_service.env.set("SENDIVENT_API_URL", &unused_url());
    let document: Value = serde_json::from_str(&live_service.env.ok("activity --json")).unwrap();
    assert_eq!(document["unknown_outcomes"], 0);
    live_service
        .env
        .set("SENDIVENT_API_URL", &live_service.service.url());
    live_service.send("welcome --to bob@example.com --idempotency-key once");
    let output = live_service.run("activity");
    output.assert_code(0);
    assert!(
        !output.stderr.contains("outcome unknown"),
        "{}",
        output.stderr
    );
}

#[test]
fn every_format_lists_the_same() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.set_email_status(1, "failed");
    service.run("activity -o csv").assert_transcript(expect![[r#"
        $ sendivent activity -o csv
        id,message_id,event,recipient,notification_status,channel,status,template,queued_at,sent_at,delivered_at,failed_at,error_code,error_message,decided_by,found
        019d48ea-2e00-7000-8000-000000000001,m-email,welcome,ada@example.com,completed,email,failed,Welcome,2026-04-01T12:00:00.000Z,2026-04-01T12:00:01.000Z,,2026-04-01T12:00:04.000Z,HARD_BOUNCE,mailbox does not exist,,true
        --- exit 0
    "#]]);
    assert_eq!(service.env.ok("activity -q"), id(1));
    let document: Value = serde_json::from_str(&service.env.ok("activity --json --stats")).unwrap();
    crate::json::assert_valid(&document, "activity");
    assert_eq!(document["of"], "journal");
    assert_eq!(document["refreshed"], true);
    assert_eq!(document["simulated"], false);
    let row = &document["messages"][0];
    assert_eq!(row["id"], id(1));
    assert_eq!(row["recipient"], "ada@example.com");
    assert_eq!(row["message"]["error"]["code"], "HARD_BOUNCE");
    let document: Value =
        serde_json::from_str(&service.env.ok("activity --json --offline")).unwrap();
    assert_eq!(document["refreshed"], false);
}

#[test]
fn follow_shows_the_newest_and_then_each_change() {
    let live_service = LiveService::open();
    live_service.send("welcome --to a@example.com --to b@example.com --to c@example.com");
    live_service.set_email_status(1, "delivered");
    live_service.set_email_status(2, "delivered");
    let queued = json!({"id": id(3), "event": "welcome", "status": "processing",
        "messages": [message("email", "queued")]});
    let delivered = json!({"id": id(3), "event": "welcome", "status": "completed",
        "messages": [message("email", "delivered")]});
    // The third changes its status during `--follow`.
    let polls = Mutex::new(0);
    let office_of_three = StubService::start(move |request| {
        let mut polls = polls.lock().unwrap();
        if request.id() != id(3) {
            return StubResponse::error(404, "no");
        }
        *polls += 1;
        StubResponse::json(200, if *polls < 4 { &queued } else { &delivered })
    });
    live_service.env.ok("activity");
    rename(
        &live_service.journal(),
        &live_service.service.url(),
        &office_of_three.url(),
    );
    live_service
        .env
        .set("SENDIVENT_API_URL", &office_of_three.url());
    live_service
        .run("activity --follow -n 2 --idle-timeout 10s")
        .assert_transcript(expect![[r#"
            $ sendivent activity --follow -n 2 --idle-timeout 10s
            2026-04-01 12:00:03Z  delivered   019d48ea-2e00-7000-8000-000000000002  email     welcome  b@example.com
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-7000-8000-000000000003  email     welcome  c@example.com
            2026-04-01 12:00:03Z  delivered   019d48ea-2e00-7000-8000-000000000003  email     welcome  c@example.com
            --- exit 0
        "#]]);
    // Only later changes are printed.
    assert_eq!(
        live_service
            .env
            .ok("activity --follow -n 0 --idle-timeout 5s"),
        ""
    );
    // A filter also applies to later changes.
    let lines = live_service
        .env
        .ok("activity --follow --status failed --idle-timeout 5s");
    assert_eq!(lines, "");
}

/// Returns the same journal under another service's name.
fn rename(journal: &std::path::Path, from: &str, to: &str) {
    let connection = Connection::open(journal).unwrap();
    connection
        .execute(
            "UPDATE sends SET service_id = replace(service_id, ?1, ?2)",
            [from, to],
        )
        .unwrap();
}

#[test]
fn follow_survives_an_outage() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.set_email_status(1, "delivered");
    let soon = || StubResponse::error(503, "maintenance");
    let found = service.state.lock().unwrap().notifications[&id(1)].clone();
    service.set_failing(&[soon(), soon(), soon(), found]);
    service
        .run("activity --follow --idle-timeout 10s")
        .assert_transcript(expect![[r#"
            $ sendivent activity --follow --idle-timeout 10s
            2026-04-01 12:00:00Z  accepted    019d48ea-2e00-7000-8000-000000000001            welcome  ada@example.com
            2026-04-01 12:00:03Z  delivered   019d48ea-2e00-7000-8000-000000000001  email     welcome  ada@example.com
            --- stderr
            polling failed, retrying: maintenance (HTTP 503) (1 attempt)
            responding again, after 2.2 s
            --- exit 0
        "#]]);

    // Ending during an outage is an error: changes may have been missed.
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.set_failing(&[soon()]);
    service
        .run("activity --follow --idle-timeout 5s")
        .assert_code(69)
        .assert_stderr_contains(&["polling failed, retrying", "error: the activity: "]);
    let output = service.run("activity --follow --idle-timeout 5s --json");
    output.assert_code(69);
    let lines: Vec<Value> = output
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    for line in &lines {
        crate::json::assert_valid(line, "activity --follow");
    }
    assert!(
        lines.iter().any(|line| line["type"] == "outage"),
        "{lines:#?}"
    );

    // An error response that is permanent ends it at once.
    service.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    service
        .run("activity --follow")
        .assert_code(4)
        .assert_stderr_contains(&["SENDIVENT_API_KEY"]);
    // Ctrl-C ends it in any state.
    service.set_failing(&[soon()]);
    service.env.interrupt_in(60_000, Interrupt::Interrupted);
    service.run("activity --follow").assert_code(130);
}

#[test]
fn follow_respects_retry_after() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    let busy = StubResponse::error(429, "Rate limit exceeded").with("Retry-After", "60");
    service.set_failing(&[busy]);
    service.env.interrupt_in(119_000, Interrupt::Interrupted);
    service.run("activity --follow").assert_code(130);
    assert_eq!(service.requests(), [1, 1]);
}

#[test]
fn the_last_send_can_be_polled_and_watched() {
    let service = LiveService::open();
    service.send("early --to eve@example.com");
    service.send("welcome --to ada@example.com --to bob@example.com");
    service.set_email_status(2, "delivered");
    service.set_email_status(3, "delivered");
    service.env.ok("status --last --exit-status");
    assert_eq!(service.requests(), [2, 3]);
    service.env.ok("watch --last");
    assert_eq!(service.requests(), [2, 3]);
    service.set_email_status(1, "failed");
    service.run("watch --last 2").assert_code(9);
    assert_eq!(service.requests(), [1, 2, 3]);
    service.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    service.run("watch --last").assert_code(4);
    service.set_failing(&[]);
    service.run("status --last --no-journal").assert_code(2);
}

#[test]
fn profiles_and_environments_are_separate() {
    let live_service = LiveService::open();
    let directory = live_service.env.path(".config/sendivent");
    std::fs::create_dir_all(&directory).unwrap();
    let settings = "[profiles.other]\nlive = true\n";
    std::fs::write(directory.join("config.toml"), settings).unwrap();
    live_service.send("welcome --to ada@example.com");
    live_service.set_email_status(1, "delivered");
    assert_eq!(live_service.list_json(""), [1]);
    assert_eq!(live_service.list_json("-P other"), [0; 0]);
    live_service
        .run("status --last -P other")
        .assert_code(6)
        .assert_stderr_contains(&["no accepted send"]);
    live_service.send("welcome --to bob@example.com -P other");
    assert_eq!(live_service.list_json("-P other"), [2]);
    assert_eq!(live_service.list_json(""), [1]);
    // Where the URL is the same, the key's prefix selects the environment.
    live_service
        .env
        .set("SENDIVENT_API_KEY", "live_ledgerledger");
    assert_eq!(live_service.list_json(""), [0; 0]);
    live_service
        .run("status --last")
        .assert_code(6)
        .assert_stderr_contains(&["no accepted send"]);
    let output = live_service.run(&format!("status {}", id(99)));
    output.assert_code(6);
    live_service.env.set("SENDIVENT_API_KEY", KEY);
    // Another URL is another service.
    let other_env = LiveService::open();
    live_service
        .env
        .set("SENDIVENT_API_URL", &other_env.service.url());
    assert_eq!(live_service.list_json(""), [0; 0]);
    // The simulator is a separate service.
    assert_eq!(live_service.list_json("--simulate"), [0; 0]);

    // A hint names the service that an id belongs to.
    for (command, code) in [
        ("status", 6),
        ("watch", 6),
        ("explain", 6),
        ("status 019d48ea-2e00-7000-8000-000000000077", 6),
    ] {
        let output = live_service.run(&format!("{command} {}", id(1)));
        output.assert_code(code);
        let expected = "profile default at [SERVICE]";
        assert!(output.stderr.contains(expected), "{}", output.transcript());
    }
    let output = live_service.run(&format!("status --simulate {}", id(1)));
    output
        .assert_code(6)
        .assert_stderr_contains(&["profile default at "]);
    let simulated = live_service
        .env
        .ok("--simulate send welcome --to ada@example.com -q");
    let output = live_service.run(&format!("status {simulated}"));
    output.assert_code(6).assert_stderr_contains(&["simulator"]);
    let output = live_service.run(&format!("status {}", id(99)));
    output
        .assert_code(6)
        .assert_stderr_contains(&["there is no notification", "activity"]);
    assert!(
        !output.stderr.contains("another service"),
        "{}",
        output.stderr
    );
}

#[test]
fn the_journal_has_a_path_and_prunes_old_rows() {
    let live_service = LiveService::open();
    let path = live_service.env.ok("journal path");
    assert_eq!(path, live_service.journal().display().to_string());
    assert!(
        !live_service.journal().exists(),
        "looking at the path makes nothing"
    );
    live_service.send("welcome --to ada@example.com --to bob@example.com");
    live_service.set_failing(&[StubResponse::error(500, "oh")]);
    live_service
        .run("send welcome --to eve@example.com")
        .assert_code(69);
    live_service.set_failing(&[]);
    live_service.env.advance(80 * 86_400_000);
    live_service.send("welcome --to new@example.com");
    let count = |table: &str| {
        query_number(
            &live_service.journal(),
            &format!("SELECT count(*) FROM {table}"),
        )
    };
    live_service
        .run("journal prune --older-than 90d")
        .assert_transcript(expect![[r#"
            $ sendivent journal prune --older-than 90d
            Deleted: 0 sends of all profiles.
            --- exit 0
        "#]]);
    assert_eq!((count("sends"), count("receipts")), (Some(4), Some(3)));
    live_service.env.advance(11 * 86_400_000);
    live_service
        .run("journal prune --older-than 90d")
        .assert_transcript(expect![[r#"
            $ sendivent journal prune --older-than 90d
            Deleted: 3 sends of all profiles.
            --- exit 0
        "#]]);
    assert_eq!((count("sends"), count("receipts")), (Some(1), Some(1)));
    assert_eq!(live_service.list_json(""), [3]);
    let document: Value =
        serde_json::from_str(&live_service.env.ok("journal prune --older-than 1h --json")).unwrap();
    crate::json::assert_valid(&document, "journal prune");
    assert_eq!(document["deleted"], 1);
    for (flags, expected) in [
        ("--older-than 90", "--older-than"),
        ("--older-than -5d", "--older-than"),
        ("--older-than soon", "--older-than"),
        ("", "--older-than"),
        ("--older-than 90d --no-journal", "switched off"),
    ] {
        live_service
            .run(&format!("journal prune {flags}"))
            .assert_code(2)
            .assert_stderr_contains(&[expected]);
    }
    live_service
        .run("journal path --no-journal")
        .assert_code(2)
        .assert_stderr_contains(&["switched off"]);
    // It needs no key and sends no request.
    live_service.service.take_requests();
    live_service.env.unset("SENDIVENT_API_KEY");
    live_service.env.ok("journal path --json");
    live_service.env.ok("journal prune --older-than 90d");
    assert_eq!(live_service.service.requests().len(), 0);
}

#[test]
fn only_the_selected_profile_is_pruned() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.env.advance(90 * 86_400_000);
    let directory = service.env.path(".config/sendivent");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), "[profiles.work]\n").unwrap();
    let text = service.env.ok("-P work journal prune --older-than 1d");
    assert_eq!(text, "Deleted: 0 sends of the profile work.");
    service
        .run("-P nobody journal prune --older-than 1d")
        .assert_code(6);
    service.env.set("SENDIVENT_PROFILE", "default");
    let text = service.env.ok("journal prune --older-than 1d");
    assert_eq!(text, "Deleted: 1 send of the profile default.");
}

#[test]
fn offline_needs_no_key_and_lists_the_whole_profile() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com");
    service.env.unset("SENDIVENT_API_KEY");
    service.env.unset("SENDIVENT_API_URL");
    let output = service.run("activity --offline");
    output
        .assert_code(0)
        .assert_stderr_contains(&["1 message sent from here to any address (profile default)"]);
    assert!(
        output.stdout.contains("ada@example.com"),
        "{}",
        output.transcript()
    );
    service.run("-P nobody activity --offline").assert_code(6);
    service.run("activity").assert_code(4);
}

#[test]
fn no_journal_sends_without_writing_a_file() {
    let service = LiveService::open();
    service.send("welcome --to ada@example.com --no-journal");
    assert!(!service.journal().exists());
    service
        .run("activity --no-journal")
        .assert_code(2)
        .assert_stderr_contains(&["lists the journal, which is switched off"]);
    assert_eq!(service.state.lock().unwrap().sends, 1);
}
