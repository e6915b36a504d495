//! Webhooks on the wire: signed, in order, again when they failed, whatever the receiver does.

use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::driver::{Room, START};
use super::receiver::Receiver;
use crate::api::signature::{Scheme, Secret, Signature};
use crate::simulator::{Dispatcher, WebhookRules};
use crate::sqlite::Place;

/// A simulator whose clock stands still, and whose receivers have little time.
fn frozen() -> Room {
    let room = hasty(Room::new());
    room.post("/_simulator/clock", &json!("freeze"));
    room
}

fn hasty(mut room: Room) -> Room {
    room.simulator = room.simulator.clone().with_webhook_rules(WebhookRules {
        limit: Duration::from_millis(300),
        ..WebhookRules::default()
    });
    room
}

impl Room {
    fn advance(&self, millis: u64) -> i64 {
        let answer = self.post("/_simulator/clock", &json!({"advance": millis}));
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["now"].as_i64().unwrap() - START
    }

    /// Returns the detail of the delivery with the newest event.
    fn newest(&self) -> Value {
        let list = self.get("/_simulator/webhooks").body;
        let id = list["deliveries"][0]["id"].as_str().unwrap();
        self.get(&format!("/_simulator/webhooks/{id}")).body
    }

    /// Lets the dispatcher run until something holds.
    fn dispatch_until(&self, holds: impl Fn() -> bool + Send + Sync + 'static) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let end = Instant::now() + Duration::from_secs(20);
        runtime.block_on(Dispatcher::new(&self.simulator).run(async {
            while !holds() {
                assert!(Instant::now() < end, "{:?}", self.deliveries());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }));
    }
}

/// Returns `milliseconds status error` of each attempt of a delivery.
fn attempts(detail: &Value) -> Vec<String> {
    let attempts = detail["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| {
            let at = attempt["at"].as_i64().unwrap() - START;
            let error = attempt["error"].as_str().unwrap_or("good");
            format!("{at} {} {error}", attempt["status"])
        })
        .collect()
}

#[test]
fn a_message_is_told_step_by_step_with_signatures() {
    let room = frozen();
    let receiver = Receiver::answering(&[200]);
    let (_, secret) = room.endpoint(&receiver.url);
    let secret = Secret::new(secret);
    let id = room.sent("complained@simulator.test");
    assert_eq!(room.advance(1000), 1000);
    assert_eq!(
        receiver.events(),
        ["sent", "delivered"],
        "the advance has waited"
    );
    room.advance(59_000);
    assert_eq!(receiver.events(), ["sent", "delivered", "complained"]);
    let mut ids = Vec::new();
    for request in receiver.received() {
        assert!(request.head.starts_with("POST /hook HTTP/1.1\r\n"));
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("user-agent"), "Sendivent-Webhook/1.0");
        ids.push(request.header("x-sendivent-webhook-id").to_owned());
        let signature: Signature = request.header("x-sendivent-signature").parse().unwrap();
        assert!(signature.fits(Scheme::Assumed, &secret, request.body.as_bytes()));
        assert_eq!(
            signature.at,
            START / 1000,
            "receivers compare it with real time"
        );
        assert_eq!(request.json()["request_id"], id.as_str());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "an id for each attempt");
    assert_eq!(
        room.deliveries(),
        [
            "sent@200 delivered",
            "delivered@1000 delivered",
            "complained@60000 delivered"
        ]
    );
    let detail = room.newest();
    assert_eq!(attempts(&detail), ["60000 200 good"]);
    assert_eq!(detail["attempts"][0]["answer"], "body");
    assert_eq!(detail["payload"], receiver.received()[2].body);
}

#[test]
fn whoever_is_told_sees_the_world_of_that_moment() {
    let room = frozen();
    let seen: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let (states, other) = (Arc::clone(&seen), room.run(""));
    let receiver = Receiver::new(move |_, mut stream| {
        let list = other.get("/_simulator/messages").body;
        let status = list["messages"][0]["message"]["status"].as_str().unwrap();
        states.lock().unwrap().push(status.to_owned());
        drop(stream.write_all(b"HTTP/1.1 204 X\r\n\r\n"));
    });
    room.endpoint(&receiver.url);
    room.sent("bounced@simulator.test");
    assert_eq!(room.advance(3_600_000), 3_600_000);
    assert_eq!(*seen.lock().unwrap(), ["sent", "failed"]);
}

#[test]
fn a_failed_attempt_is_repeated_on_virtual_time() {
    let room = frozen();
    let receiver = Receiver::answering(&[500, 404, 302, 503, 200]);
    room.endpoint(&receiver.url);
    room.sent("sent@simulator.test");
    room.advance(200);
    assert_eq!(room.deliveries(), ["sent@200 retrying"]);
    assert_eq!(room.newest()["delivery"]["due_at"], START + 5200);
    room.advance(4_999);
    assert_eq!(receiver.received().len(), 1);
    room.advance(1);
    assert_eq!(receiver.received().len(), 2);
    room.advance(86_400_000);
    assert_eq!(
        attempts(&room.newest()),
        [
            "200 500 HTTP 500",
            "5200 404 HTTP 404",
            "305200 302 HTTP 302: redirects are not followed",
            "2105200 503 HTTP 503",
        ]
    );
    assert_eq!(room.deliveries(), ["sent@200 given_up"]);
    let bodies: Vec<String> = receiver.received().into_iter().map(|r| r.body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    // By hand it can still be delivered.
    let id = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let again = room.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(
        (again.status, again.text_at("/delivery/status")),
        (200, "delivered")
    );
    assert_eq!(again.body["attempts"][4]["replay"], true);
    assert_eq!(receiver.received()[4].body, bodies[0]);
}

#[test]
fn the_next_event_of_a_message_waits_for_the_one_before() {
    let room = frozen();
    // The first event of the first message fails twice; all else is well.
    let receiver = Receiver::answering(&[500, 200]);
    room.endpoint(&receiver.url);
    let first = room.sent("ada@example.com");
    room.advance(300);
    room.sent("bob@example.com");
    room.advance(1000);
    assert_eq!(
        receiver.events(),
        ["sent", "sent", "delivered"],
        "of the other message"
    );
    assert_eq!(
        room.deliveries(),
        [
            "sent@200 retrying",
            "sent@500 delivered",
            "delivered@1000 waiting",
            "delivered@1300 delivered"
        ]
    );
    room.advance(3_900);
    assert_eq!(receiver.events()[3..], ["sent", "delivered"]);
    assert!(
        receiver.received()[3..]
            .iter()
            .all(|r| r.json()["request_id"] == first.as_str())
    );
    // One that is given up lets the next one go, too.
    let dead = Receiver::answering(&[400]);
    let uuid = room.get("/v1/webhooks").text_at("/webhook/uuid").to_owned();
    room.ask(
        "PATCH",
        &format!("/v1/webhooks/{uuid}"),
        &json!({"url": dead.url}),
    );
    room.sent("eve@example.com");
    room.advance(7_200_000);
    assert_eq!(
        dead.events(),
        [
            "sent",
            "sent",
            "sent",
            "sent",
            "delivered",
            "delivered",
            "delivered",
            "delivered"
        ]
    );
}

#[test]
fn what_a_receiver_does_is_told_and_harms_nobody() {
    let endless = vec![b'a'; 1 << 20];
    let answers: Vec<(&str, Receiver)> = vec![
        (
            "null no answer within 300 ms",
            Receiver::new(|_, stream| {
                std::thread::sleep(Duration::from_secs(2));
                drop(stream);
            }),
        ),
        (
            "null no answer: connection closed before message completed",
            Receiver::new(|_, stream| {
                drop(stream.shutdown(Shutdown::Both));
            }),
        ),
        // A success stands, whatever comes after its head.
        (
            "200 good",
            Receiver::new(move |_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
                while stream.write_all(&endless).is_ok() {}
            }),
        ),
        (
            "200 good",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
                while stream.write_all(b"drip").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }),
        ),
        (
            "null no answer: message head is too large",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\n"));
                while stream.write_all(b"X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
            }),
        ),
        (
            "null no answer: invalid HTTP version parsed",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"\x00\x01\x02 nonsense\r\n\r\n"));
            }),
        ),
    ];
    for (told, receiver) in answers {
        let room = frozen();
        room.endpoint(&receiver.url);
        room.sent("sent@simulator.test");
        let started = Instant::now();
        room.advance(200);
        assert!(started.elapsed() < Duration::from_secs(3), "{told}");
        let detail = room.newest();
        let shown = &attempts(&detail)[0];
        assert_eq!(*shown, format!("200 {told}"));
        let answer = detail["attempts"][0]["answer"].as_str().unwrap_or_default();
        assert!(answer.len() <= 2048);
    }
}

#[test]
fn a_redirect_leads_nowhere() {
    let room = frozen();
    let trap = Receiver::answering(&[200]);
    let location = trap.url.clone();
    let receiver = Receiver::new(move |_, mut stream| {
        let answer = format!("HTTP/1.1 307 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        drop(stream.write_all(answer.as_bytes()));
    });
    room.endpoint(&receiver.url);
    room.sent("sent@simulator.test");
    room.advance(200);
    assert!(trap.received().is_empty());
    assert_eq!(room.deliveries(), ["sent@200 retrying"]);
}

#[test]
fn nobody_listens_and_nobody_else_may_be_told() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (url, told) in [
        (format!("http://{free}/"), "no connection: "),
        (
            "http://hooks.example.com/x".to_owned(),
            "not sent: hooks.example.com is not this machine; `--allow-webhook-host hooks.example.com` allows it",
        ),
    ] {
        let room = frozen();
        room.endpoint(&url);
        room.sent("sent@simulator.test");
        room.advance(200);
        let detail = room.newest();
        assert!(
            attempts(&detail)[0].contains(told),
            "{:?}",
            attempts(&detail)
        );
        assert_eq!(detail["delivery"]["status"], "retrying");
    }
}

#[test]
fn an_endpoint_that_is_deleted_meanwhile_gets_nothing_more() {
    let room = frozen();
    let receiver = Receiver::answering(&[500]);
    let (uuid, _) = room.endpoint(&receiver.url);
    room.sent("ada@example.com");
    room.advance(200);
    room.ask("DELETE", &format!("/v1/webhooks/{uuid}"), &json!({}));
    room.advance(3_600_000);
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(
        room.deliveries(),
        ["sent@200 dropped", "delivered@1000 dropped"]
    );
    assert_eq!(
        room.newest()["delivery"]["reason"],
        "the endpoint was deleted"
    );
    let id = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let again = room.post(&format!("/_simulator/webhooks/{id}/replay"), &json!({}));
    assert_eq!(again.refusal(), "409 CONFLICT -");
}

#[test]
fn an_event_can_be_made_up() {
    let room = frozen();
    let trigger = |event: &str, to: &str| {
        room.post(
            "/_simulator/webhooks/trigger",
            &json!({"event": event, "to": to}),
        )
    };
    assert_eq!(
        trigger("delivery.sent", "ada@example.com").refusal(),
        "409 CONFLICT -"
    );
    let receiver = Receiver::answering(&[200]);
    room.endpoint(&receiver.url);
    for event in super::webhooks::EVERY {
        let made = trigger(event, "ada@example.com");
        assert_eq!(
            (made.status, made.text_at("/delivery/status")),
            (200, "delivered"),
            "{}",
            made.text
        );
        let last = receiver.received().pop().unwrap();
        assert_eq!(
            (last.event().as_str(), last.json()["timestamp"].as_str()),
            (event, Some("2026-04-01T12:00:00.000Z"))
        );
        let error = last.json()["delivery"]["error"]["code"].clone();
        let bad = ["delivery.failed", "delivery.bounced", "delivery.complained"].contains(&event);
        assert_eq!(error.is_string(), bad, "{event} {error}");
    }
    assert_eq!(
        trigger("delivery.bounced", "+14155550123").refusal(),
        "400 VALIDATION_ERROR to"
    );
    assert_eq!(
        trigger("delivery.nonsense", "ada@example.com").refusal(),
        "400 VALIDATION_ERROR event"
    );
    assert_eq!(room.send("ada@example.com").status, 200);
    room.advance(200);
    assert_eq!(room.newest()["delivery"]["event"], "delivery.delivered");
    let future = room.newest()["delivery"]["id"].as_str().unwrap().to_owned();
    let early = room.post(&format!("/_simulator/webhooks/{future}/replay"), &json!({}));
    assert_eq!(early.refusal(), "409 CONFLICT -");
    assert_eq!(room.get("/_simulator/webhooks/nonsense").status, 404);
}

#[test]
fn the_dispatcher_delivers_what_falls_due_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("simulator.db"));
    let (one, other) = (Room::at(&place, 1), Room::at(&place, 2));
    let receiver = Arc::new(Receiver::answering(&[200]));
    one.endpoint(&receiver.url);
    other.sent("ada@example.com");
    // The clock of this process is moved; no order is given.
    let (come, two) = (Arc::clone(&receiver), Arc::new(other));
    one.wait(1000);
    one.dispatch_until(move || come.received().len() == 2);
    assert_eq!(receiver.events(), ["sent", "delivered"]);
    // What another process does to the clock is seen, too.
    two.sent("bob@example.com");
    let (come, mover) = (Arc::clone(&receiver), Arc::clone(&two));
    let moved = AtomicBool::new(false);
    one.dispatch_until(move || {
        if !moved.swap(true, Ordering::SeqCst) {
            mover.wait(60_000);
            let freeze = || mover.post("/_simulator/clock", &json!("freeze")).status;
            let status = std::thread::scope(|scope| scope.spawn(freeze).join());
            assert_eq!(status.unwrap(), 200);
        }
        come.received().len() == 4
    });
    assert_eq!(receiver.events()[2..], ["sent", "delivered"]);
}

#[test]
fn a_slow_receiver_delays_nobody_else() {
    let room = hasty(Room::new());
    let (slow, other) = (room.run("slow"), room.run("other"));
    let stuck = Receiver::new(|_, stream| {
        std::thread::sleep(Duration::from_secs(3));
        drop(stream);
    });
    let receiver = Arc::new(Receiver::answering(&[200]));
    slow.endpoint(&stuck.url);
    other.endpoint(&receiver.url);
    for number in 0..200 {
        slow.sent(format!("a{number}@example.com"));
    }
    other.sent("ada@example.com");
    room.wait(1000);
    let come = Arc::clone(&receiver);
    let started = Instant::now();
    room.dispatch_until(move || come.received().len() == 2);
    assert!(
        started.elapsed() < Duration::from_millis(1500),
        "{:?}",
        started.elapsed()
    );
    // What was under way when the dispatcher stopped is due again at once.
    let stopped = stuck.received().len();
    assert!((1..=24).contains(&stopped), "{stopped}");
    room.post("/_simulator/clock", &json!("freeze"));
    drop(stuck);
}

#[test]
fn a_process_that_dies_between_attempt_and_record_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("simulator.db"));
    let receiver = Receiver::answering(&[200]);
    {
        let doomed = Room::at(&place, 1);
        doomed.post("/_simulator/clock", &json!("freeze"));
        doomed.endpoint(&receiver.url);
        doomed.sent("ada@example.com");
        // It takes the event, sends it, and is gone.
        let store = doomed.simulator.store();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let order = crate::api::control::ClockOrder::Advance(200);
            let clock =
                store.read(move |reader| Ok(reader.clock.after(&order, reader.real).unwrap()));
            let clock = clock.await.unwrap();
            store
                .write(move |writer| writer.set_clock(&clock))
                .await
                .unwrap();
            let taken = store
                .write(|writer| writer.take_webhooks(&Default::default(), 9))
                .await
                .unwrap();
            assert_eq!(taken.len(), 1);
            let again = store
                .write(|writer| writer.take_webhooks(&Default::default(), 9))
                .await
                .unwrap();
            assert!(again.is_empty(), "nobody takes what another has");
        });
    }
    let room = Room::at(&place, 2);
    room.wait(15_001);
    room.advance(800);
    assert_eq!(receiver.events(), ["sent", "delivered"]);
    assert_eq!(
        room.deliveries(),
        ["sent@200 delivered", "delivered@1000 delivered"]
    );
}
