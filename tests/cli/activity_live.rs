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
use crate::process::{number, texts};
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
    held: Arc<Mutex<StoredNotification>>,
    service: StubService,
    scene: TestEnv,
}

/// Returns the id of the notification with this number.
fn id(number: usize) -> String {
    format!("019d48ea-2e00-7000-8000-{number:012}")
}

impl LiveService {
    fn open() -> Self {
        let held: Arc<Mutex<StoredNotification>> = Arc::default();
        let inside = Arc::clone(&held);
        let service = StubService::start(move |asked| answer(&mut inside.lock().unwrap(), asked));
        let scene = TestEnv::bare();
        scene.set("SENDIVENT_API_KEY", KEY);
        scene.set("SENDIVENT_API_URL", &service.url());
        Self {
            held,
            service,
            scene,
        }
    }

    /// Sends and returns the number of the first notification.
    fn send(&self, arguments: &str) -> usize {
        let first = self.held.lock().unwrap().sends + 1;
        self.scene.ok(&format!("send {arguments}"));
        self.service.take_requests();
        first
    }

    /// Sets the status and the messages of a notification.
    fn set_status(&self, number: usize, status: &str, messages: Value) {
        let body = json!({"id": id(number), "event": "welcome", "status": status,
            "contact": {"id": "c", "name": "Rosebud"}, "messages": messages});
        self.held
            .lock()
            .unwrap()
            .notifications
            .insert(id(number), StubResponse::json(200, &body));
    }

    /// Gives a notification one email message with this status.
    fn is(&self, number: usize, status: &str) {
        let assert_integrity = if status == "queued" {
            "processing"
        } else {
            "completed"
        };
        self.set_status(number, assert_integrity, json!([message("email", status)]));
    }

    /// Sets the responses to the next requests; the last one repeats.
    fn set_failing(&self, answers: &[StubResponse]) {
        self.held.lock().unwrap().set_failing = answers.to_vec();
    }

    /// Returns the numbers of the requested notifications, sorted.
    fn requests(&self) -> Vec<usize> {
        let asked = self.service.take_requests();
        let numbers = asked.iter().map(|asked| {
            assert_eq!(asked.method, "GET");
            asked.id().rsplit('-').next().unwrap().parse().unwrap()
        });
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        numbers
    }

    fn journal(&self) -> std::path::PathBuf {
        self.scene.path(".local/state/sendivent/journal.db")
    }

    fn run(&self, command: &str) -> RunOutput {
        let mut ran = self.scene.run(command);
        ran.stderr = ran.stderr.replace(&self.service.url(), "[SERVICE]");
        ran
    }

    /// Returns the listed ids.
    #[track_caller]
    fn list_json(&self, flags: &str) -> Vec<usize> {
        let ids = self.scene.ok(&format!("activity -q {flags}"));
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

fn answer(held: &mut StoredNotification, asked: &StubRequest) -> StubResponse {
    match held.set_failing.as_slice() {
        [] => {}
        [last] => return last.clone(),
        _ => return held.set_failing.remove(0),
    }
    if asked.method == "POST" {
        held.sends += 1;
        let body = json!({"id": id(held.sends), "event": "welcome", "status": "accepted"});
        return StubResponse::json(200, &body);
    }
    match held.notifications.get(asked.id()) {
        Some(answer) => answer.clone(),
        None => StubResponse::error(404, "Notification not found"),
    }
}

#[test]
fn unfinished_notifications_are_refreshed_and_final_ones_are_not() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.scene.advance(60_000);
    office.send("welcome --to bob@example.com --to +14155550123 --to '#ops'");
    office.is(1, "delivered");
    office.is(2, "failed");
    office.set_status(3, "processing", json!([message("sms", "queued")]));
    office.set_status(4, "accepted", json!([]));
    office.run("activity").assert_transcript(expect![[r#"
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
    assert_eq!(office.requests(), [1, 2, 3, 4]);
    // Two have a final status, so they are not requested again.
    office.set_status(
        4,
        "completed",
        json!([message("slack", "sent"), message("push", "failed")]),
    );
    office.run("activity").assert_transcript(expect![[r#"
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
    assert_eq!(office.requests(), [3, 4]);
    office.scene.ok("activity");
    assert_eq!(office.requests(), [3]);
    // The snapshot is stored without the contact's data.
    let kept = texts(
        &office.journal(),
        "SELECT group_concat(snapshot) FROM receipts",
    );
    assert!(
        kept[0].contains("HARD_BOUNCE") && !kept[0].contains("Rosebud"),
        "{kept:?}"
    );
}

#[test]
fn offline_lists_the_journal_without_requests() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.is(1, "delivered");
    office.run("activity --offline").assert_transcript(expect![[r#"
        $ sendivent activity --offline
        QUEUED                STATUS    TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  accepted                 ada@example.com  welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to any address (profile default), as last seen (--offline)
        --- exit 0
    "#]]);
    office.scene.ok("activity");
    office.service.take_requests();
    office.set_failing(&[StubResponse::error(500, "asked")]);
    office.run("activity --offline").assert_transcript(expect![[r#"
        $ sendivent activity --offline
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to any address (profile default), as last seen (--offline)
        --- exit 0
    "#]]);
    assert_eq!(office.service.requests().len(), 0);
    office.scene.ok("activity --offline --stats");
    office
        .scene
        .ok("activity --offline --follow --idle-timeout 5s");
    assert_eq!(office.service.requests().len(), 0);
}

#[test]
fn an_empty_journal_is_an_empty_list() {
    let office = LiveService::open();
    office.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        --- stderr
        0 messages sent from here to [SERVICE] (profile default)
        --- exit 0
    "#]]);
    assert_eq!(office.scene.ok("activity -q"), "");
    assert_eq!(office.service.requests().len(), 0);
}

#[test]
fn filters_narrow_the_list() {
    let office = LiveService::open();
    office.send("early --to ada@example.com");
    office.scene.advance(3_600_000);
    office.send("welcome --to bob@example.com --to +14155550123 --to eve@example.com");
    office.is(1, "delivered");
    office.is(2, "failed");
    office.set_status(3, "completed", json!([message("sms", "delivered")]));
    office.set_status(
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
        assert_eq!(office.list_json(filter), expected, "{filter}");
    }
}

#[test]
fn a_truncated_list_is_marked() {
    let office = LiveService::open();
    office.send("welcome --to a@example.com --to b@example.com --to c@example.com");
    for (flags, shown, more) in [
        ("-n 2", "2 messages", true),
        ("-n 3", "3 messages", false),
        ("-n 1 --event welcome", "1 message ", true),
        ("-n 1 --to b@example.com", "1 message ", false),
    ] {
        let ran = office.run(&format!("activity {flags}"));
        ran.assert_code(0)
            .assert_stderr_contains(&[shown, "sent from here to [SERVICE] (profile default)"]);
        assert_eq!(
            ran.stderr.contains("-n shows more"),
            more,
            "{flags}: {}",
            ran.stderr
        );
        let document: Value =
            serde_json::from_str(&office.scene.ok(&format!("activity {flags} --json"))).unwrap();
        assert_eq!(document["more"], more, "{flags}");
    }
    // Only listed rows are requested, and one more that shows whether the list is truncated.
    office.service.take_requests();
    office.scene.ok("activity -n 1");
    assert_eq!(office.requests(), [2, 3]);
}

#[test]
fn statistics_count_the_journal() {
    let office = LiveService::open();
    office.send("welcome --to a@example.com --to b@example.com --to +14155550123");
    office.is(1, "delivered");
    office.is(2, "failed");
    office.set_status(3, "processing", json!([message("sms", "queued")]));
    office.run("activity --stats -n 0").assert_transcript(expect![[r#"
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
    let most = Arc::new((Mutex::new((0_u32, 0_u32)), Condvar::new()));
    let seen = Arc::clone(&most);
    let service = StubService::start(move |asked| {
        if asked.method == "POST" {
            let id = asked.header("x-idempotency-key");
            return StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "accepted"}),
            );
        }
        let (count, changed) = &*seen;
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
    let scene = TestEnv::bare();
    scene.set("SENDIVENT_API_KEY", KEY);
    scene.set("SENDIVENT_API_URL", &service.url());
    scene.ok("send welcome --to a@x.se --to b@x.se --to c@x.se --to d@x.se --to e@x.se");
    scene.ok("activity");
    let (count, _) = &*most;
    assert!((4..=8).contains(&count.lock().unwrap().1));
}

#[test]
fn a_notification_unknown_to_the_service_keeps_its_last_snapshot() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.is(1, "queued");
    office.scene.ok("activity");
    office.held.lock().unwrap().notifications.clear();
    let ran = office.run("activity -o csv");
    ran.assert_code(0);
    assert!(ran.stdout.contains("queued"), "{}", ran.stdout);
}

#[test]
fn a_list_that_cannot_be_refreshed_is_shown_without_a_verdict() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com --to bob@example.com");
    office.is(1, "delivered");
    office.is(2, "queued");
    office.scene.ok("activity");
    // A temporary error is retried.
    let found = office.held.lock().unwrap().notifications[&id(2)].clone();
    office.set_failing(&[
        StubResponse::error(503, "soon"),
        StubResponse::error(500, "oh"),
        found,
    ]);
    office.scene.ok("activity");
    office.set_failing(&[StubResponse::error(429, "Rate limit exceeded")]);
    office
        .run("activity")
        .assert_code(7)
        .assert_stderr_contains(&["not brought up to date"]);
    office.set_failing(&[StubResponse::error(503, "maintenance")]);
    office.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  queued           email    bob@example.com  Welcome          019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        2 messages sent from here to [SERVICE] (profile default), not brought up to date: maintenance (HTTP 503) (4 attempts)
        --- exit 69
    "#]]);
    office.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    office.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  queued           email    bob@example.com  Welcome          019d48ea-2e00-7000-8000-000000000002
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        2 messages sent from here to [SERVICE] (profile default), not brought up to date: Invalid API key (HTTP 401, key from SENDIVENT_API_KEY)
        --- exit 4
    "#]]);
    for (answer, code) in [
        (StubResponse::error(403, "inactive"), 5),
        (StubResponse::html(200, "<h1>Log in</h1>"), 69),
        (StubResponse::html(302, ""), 69),
    ] {
        office.set_failing(&[answer]);
        let ran = office.run("activity");
        ran.assert_code(code)
            .assert_stderr_contains(&["not brought up to date"]);
        assert!(
            ran.stdout.contains("bob@example.com"),
            "{}",
            ran.transcript()
        );
        let ran = office.run("activity --json");
        ran.assert_code(code);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(document["refreshed"], false);
        crate::json::assert_valid(&document, "activity");
    }
}

#[test]
fn an_unreachable_service_falls_back_to_the_journal() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    // The journal is kept per URL: here the same URL, with nothing listening.
    let LiveService { service, scene, .. } = office;
    drop(service);
    let ran = scene.run("activity");
    ran.assert_code(69)
        .assert_stderr_contains(&["not brought up to date", "refused the connection"]);
    assert!(
        ran.stdout.contains("ada@example.com"),
        "{}",
        ran.transcript()
    );
    scene.ok("activity --offline");
}

#[test]
fn sends_with_an_unknown_outcome_are_counted_until_resolved() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.is(1, "delivered");
    office.set_failing(&[StubResponse::error(500, "oh")]);
    office
        .run("send welcome --to bob@example.com --idempotency-key once")
        .assert_code(69);
    office.set_failing(&[]);
    office.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS     TOOK  CHANNEL  RECIPIENT        TEMPLATE  ERROR  ID
        2026-04-01 12:00:00Z  delivered  3 s   email    ada@example.com  Welcome          019d48ea-2e00-7000-8000-000000000001
        --- stderr
        1 message sent from here to [SERVICE] (profile default)
        outcome unknown: welcome to bob@example.com; repeated with --idempotency-key once it is sent once
        --- exit 0
    "#]]);
    let document: Value = serde_json::from_str(&office.scene.ok("activity --json")).unwrap();
    assert_eq!(document["unknown_outcomes"], 1);
    // Another profile does not list it.
    office.scene.set("SENDIVENT_API_URL", &unused_url());
    let document: Value = serde_json::from_str(&office.scene.ok("activity --json")).unwrap();
    assert_eq!(document["unknown_outcomes"], 0);
    office.scene.set("SENDIVENT_API_URL", &office.service.url());
    office.send("welcome --to bob@example.com --idempotency-key once");
    let ran = office.run("activity");
    ran.assert_code(0);
    assert!(!ran.stderr.contains("outcome unknown"), "{}", ran.stderr);
}

#[test]
fn every_format_lists_the_same() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.is(1, "failed");
    office.run("activity -o csv").assert_transcript(expect![[r#"
        $ sendivent activity -o csv
        id,message_id,event,recipient,notification_status,channel,status,template,queued_at,sent_at,delivered_at,failed_at,error_code,error_message,decided_by,found
        019d48ea-2e00-7000-8000-000000000001,m-email,welcome,ada@example.com,completed,email,failed,Welcome,2026-04-01T12:00:00.000Z,2026-04-01T12:00:01.000Z,,2026-04-01T12:00:04.000Z,HARD_BOUNCE,mailbox does not exist,,true
        --- exit 0
    "#]]);
    assert_eq!(office.scene.ok("activity -q"), id(1));
    let document: Value =
        serde_json::from_str(&office.scene.ok("activity --json --stats")).unwrap();
    crate::json::assert_valid(&document, "activity");
    assert_eq!(document["of"], "journal");
    assert_eq!(document["refreshed"], true);
    assert_eq!(document["simulated"], false);
    let row = &document["messages"][0];
    assert_eq!(row["id"], id(1));
    assert_eq!(row["recipient"], "ada@example.com");
    assert_eq!(row["message"]["error"]["code"], "HARD_BOUNCE");
    let document: Value =
        serde_json::from_str(&office.scene.ok("activity --json --offline")).unwrap();
    assert_eq!(document["refreshed"], false);
}

#[test]
fn follow_shows_the_newest_and_then_each_change() {
    let office = LiveService::open();
    office.send("welcome --to a@example.com --to b@example.com --to c@example.com");
    office.is(1, "delivered");
    office.is(2, "delivered");
    let queued = json!({"id": id(3), "event": "welcome", "status": "processing",
        "messages": [message("email", "queued")]});
    let delivered = json!({"id": id(3), "event": "welcome", "status": "completed",
        "messages": [message("email", "delivered")]});
    // The third changes its status during `--follow`.
    let looks = Mutex::new(0);
    let office_of_three = StubService::start(move |asked| {
        let mut looks = looks.lock().unwrap();
        if asked.id() != id(3) {
            return StubResponse::error(404, "no");
        }
        *looks += 1;
        StubResponse::json(200, if *looks < 4 { &queued } else { &delivered })
    });
    office.scene.ok("activity");
    rename(
        &office.journal(),
        &office.service.url(),
        &office_of_three.url(),
    );
    office
        .scene
        .set("SENDIVENT_API_URL", &office_of_three.url());
    office
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
        office.scene.ok("activity --follow -n 0 --idle-timeout 5s"),
        ""
    );
    // A filter also applies to later changes.
    let lines = office
        .scene
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
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.is(1, "delivered");
    let soon = || StubResponse::error(503, "maintenance");
    let found = office.held.lock().unwrap().notifications[&id(1)].clone();
    office.set_failing(&[soon(), soon(), soon(), found]);
    office
        .run("activity --follow --idle-timeout 10s")
        .assert_transcript(expect![[r#"
            $ sendivent activity --follow --idle-timeout 10s
            2026-04-01 12:00:00Z  accepted    019d48ea-2e00-7000-8000-000000000001            welcome  ada@example.com
            2026-04-01 12:00:03Z  delivered   019d48ea-2e00-7000-8000-000000000001  email     welcome  ada@example.com
            --- stderr
            no news, still trying: maintenance (HTTP 503) (1 try)
            news again, after 2.3 s
            --- exit 0
        "#]]);

    // Ending during an outage is an error: changes may have been missed.
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.set_failing(&[soon()]);
    office
        .run("activity --follow --idle-timeout 5s")
        .assert_code(69)
        .assert_stderr_contains(&["no news, still trying", "error: the activity: "]);
    let ran = office.run("activity --follow --idle-timeout 5s --json");
    ran.assert_code(69);
    let lines: Vec<Value> = ran
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
    office.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    office
        .run("activity --follow")
        .assert_code(4)
        .assert_stderr_contains(&["SENDIVENT_API_KEY"]);
    // Ctrl-C ends it in any state.
    office.set_failing(&[soon()]);
    office.scene.interrupt_in(60_000, Interrupt::Interrupted);
    office.run("activity --follow").assert_code(130);
}

#[test]
fn follow_respects_retry_after() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    let busy = StubResponse::error(429, "Rate limit exceeded").with("Retry-After", "60");
    office.set_failing(&[busy]);
    office.scene.interrupt_in(119_000, Interrupt::Interrupted);
    office.run("activity --follow").assert_code(130);
    assert_eq!(office.requests(), [1, 1]);
}

#[test]
fn the_last_send_can_be_polled_and_watched() {
    let office = LiveService::open();
    office.send("early --to eve@example.com");
    office.send("welcome --to ada@example.com --to bob@example.com");
    office.is(2, "delivered");
    office.is(3, "delivered");
    office.scene.ok("status --last --exit-status");
    assert_eq!(office.requests(), [2, 3]);
    office.scene.ok("watch --last");
    assert_eq!(office.requests(), [2, 3]);
    office.is(1, "failed");
    office.run("watch --last 2").assert_code(9);
    assert_eq!(office.requests(), [1, 2, 3]);
    office.set_failing(&[StubResponse::error(401, "Invalid API key")]);
    office.run("watch --last").assert_code(4);
    office.set_failing(&[]);
    office.run("status --last --no-journal").assert_code(2);
}

#[test]
fn profiles_and_environments_are_separate() {
    let office = LiveService::open();
    let folder = office.scene.path(".config/sendivent");
    std::fs::create_dir_all(&folder).unwrap();
    let settings = "[profiles.other]\nlive = true\n";
    std::fs::write(folder.join("config.toml"), settings).unwrap();
    office.send("welcome --to ada@example.com");
    office.is(1, "delivered");
    assert_eq!(office.list_json(""), [1]);
    assert_eq!(office.list_json("-P other"), [0; 0]);
    office
        .run("status --last -P other")
        .assert_code(6)
        .assert_stderr_contains(&["no accepted send"]);
    office.send("welcome --to bob@example.com -P other");
    assert_eq!(office.list_json("-P other"), [2]);
    assert_eq!(office.list_json(""), [1]);
    // Where the URL is the same, the key's prefix selects the environment.
    office.scene.set("SENDIVENT_API_KEY", "live_ledgerledger");
    assert_eq!(office.list_json(""), [0; 0]);
    office
        .run("status --last")
        .assert_code(6)
        .assert_stderr_contains(&["no accepted send"]);
    let ran = office.run(&format!("status {}", id(99)));
    ran.assert_code(6);
    office.scene.set("SENDIVENT_API_KEY", KEY);
    // Another URL is another service.
    let elsewhere = LiveService::open();
    office
        .scene
        .set("SENDIVENT_API_URL", &elsewhere.service.url());
    assert_eq!(office.list_json(""), [0; 0]);
    // The simulator is a separate service.
    assert_eq!(office.list_json("--simulate"), [0; 0]);

    // A hint names the service that an id belongs to.
    for (command, code) in [
        ("status", 6),
        ("watch", 6),
        ("explain", 6),
        ("status 019d48ea-2e00-7000-8000-000000000077", 6),
    ] {
        let ran = office.run(&format!("{command} {}", id(1)));
        ran.assert_code(code);
        let says = "profile default at [SERVICE]";
        assert!(ran.stderr.contains(says), "{}", ran.transcript());
    }
    let ran = office.run(&format!("status --simulate {}", id(1)));
    ran.assert_code(6)
        .assert_stderr_contains(&["profile default at "]);
    let simulated = office
        .scene
        .ok("--simulate send welcome --to ada@example.com -q");
    let ran = office.run(&format!("status {simulated}"));
    ran.assert_code(6).assert_stderr_contains(&["simulator"]);
    let ran = office.run(&format!("status {}", id(99)));
    ran.assert_code(6)
        .assert_stderr_contains(&["there is no notification", "activity"]);
    assert!(!ran.stderr.contains("another service"), "{}", ran.stderr);
}

#[test]
fn the_journal_has_a_path_and_prunes_old_rows() {
    let office = LiveService::open();
    let path = office.scene.ok("journal path");
    assert_eq!(path, office.journal().display().to_string());
    assert!(
        !office.journal().exists(),
        "looking at the path makes nothing"
    );
    office.send("welcome --to ada@example.com --to bob@example.com");
    office.set_failing(&[StubResponse::error(500, "oh")]);
    office
        .run("send welcome --to eve@example.com")
        .assert_code(69);
    office.set_failing(&[]);
    office.scene.advance(80 * 86_400_000);
    office.send("welcome --to new@example.com");
    let count = |table: &str| number(&office.journal(), &format!("SELECT count(*) FROM {table}"));
    office
        .run("journal prune --older-than 90d")
        .assert_transcript(expect![[r#"
            $ sendivent journal prune --older-than 90d
            Forgotten: 0 sends of all profiles.
            --- exit 0
        "#]]);
    assert_eq!((count("sends"), count("receipts")), (Some(4), Some(3)));
    office.scene.advance(11 * 86_400_000);
    office
        .run("journal prune --older-than 90d")
        .assert_transcript(expect![[r#"
            $ sendivent journal prune --older-than 90d
            Forgotten: 3 sends of all profiles.
            --- exit 0
        "#]]);
    assert_eq!((count("sends"), count("receipts")), (Some(1), Some(1)));
    assert_eq!(office.list_json(""), [3]);
    let document: Value =
        serde_json::from_str(&office.scene.ok("journal prune --older-than 1h --json")).unwrap();
    crate::json::assert_valid(&document, "journal prune");
    assert_eq!(document["forgotten"], 1);
    for (flags, says) in [
        ("--older-than 90", "--older-than"),
        ("--older-than -5d", "--older-than"),
        ("--older-than soon", "--older-than"),
        ("", "--older-than"),
        ("--older-than 90d --no-journal", "switched off"),
    ] {
        office
            .run(&format!("journal prune {flags}"))
            .assert_code(2)
            .assert_stderr_contains(&[says]);
    }
    office
        .run("journal path --no-journal")
        .assert_code(2)
        .assert_stderr_contains(&["switched off"]);
    // It needs no key and sends no request.
    office.service.take_requests();
    office.scene.unset("SENDIVENT_API_KEY");
    office.scene.ok("journal path --json");
    office.scene.ok("journal prune --older-than 90d");
    assert_eq!(office.service.requests().len(), 0);
}

#[test]
fn only_the_selected_profile_is_pruned() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.scene.advance(90 * 86_400_000);
    let folder = office.scene.path(".config/sendivent");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[profiles.work]\n").unwrap();
    let said = office.scene.ok("-P work journal prune --older-than 1d");
    assert_eq!(said, "Forgotten: 0 sends of the profile work.");
    office
        .run("-P nobody journal prune --older-than 1d")
        .assert_code(6);
    office.scene.set("SENDIVENT_PROFILE", "default");
    let said = office.scene.ok("journal prune --older-than 1d");
    assert_eq!(said, "Forgotten: 1 send of the profile default.");
}

#[test]
fn offline_needs_no_key_and_lists_the_whole_profile() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com");
    office.scene.unset("SENDIVENT_API_KEY");
    office.scene.unset("SENDIVENT_API_URL");
    let ran = office.run("activity --offline");
    ran.assert_code(0)
        .assert_stderr_contains(&["1 message sent from here to any address (profile default)"]);
    assert!(
        ran.stdout.contains("ada@example.com"),
        "{}",
        ran.transcript()
    );
    office.run("-P nobody activity --offline").assert_code(6);
    office.run("activity").assert_code(4);
}

#[test]
fn no_journal_sends_without_writing_a_file() {
    let office = LiveService::open();
    office.send("welcome --to ada@example.com --no-journal");
    assert!(!office.journal().exists());
    office
        .run("activity --no-journal")
        .assert_code(2)
        .assert_stderr_contains(&["lists the journal, which is switched off"]);
    assert_eq!(office.held.lock().unwrap().sends, 1);
}
