//! Tests that a slow, unreachable or malicious receiver does not delay other endpoints, and that a killed process loses
//! no delivery.

use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::client::{TestClient, block_on};
use super::receiver::Receiver;
use super::webhook_delivery::{frozen_client, summarize_attempts, with_short_timeout};
use crate::api::control::ClockRequest;
use crate::simulator::webhooks::dispatch;
use crate::sqlite::DbLocation;

impl TestClient {
    /// Runs the webhook dispatcher until `is_done` returns true. Panics after 20 seconds.
    fn dispatch_until(&self, is_done: impl Fn() -> bool + Send + Sync + 'static) {
        let deadline = Instant::now() + Duration::from_secs(20);
        block_on(dispatch(&self.simulator, async {
            while !is_done() {
                assert!(Instant::now() < deadline, "{:?}", self.deliveries());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }));
    }
}

#[test]
fn failures_of_receivers_are_recorded_and_limited() {
    let endless = vec![b'a'; 1 << 20];
    let receivers: Vec<(&str, Receiver)> = vec![
        (
            "null no response within 300 ms",
            Receiver::new(|_, stream| {
                std::thread::sleep(Duration::from_secs(2));
                drop(stream);
            }),
        ),
        (
            "null no response: connection closed before message completed",
            Receiver::new(|_, stream| {
                drop(stream.shutdown(Shutdown::Both));
            }),
        ),
        // The status decides, whatever follows the head.
        (
            "200 ok",
            Receiver::new(move |_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n"));
                while stream.write_all(&endless).is_ok() {}
            }),
        ),
        (
            "200 ok",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"));
                while stream.write_all(b"drip").is_ok() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }),
        ),
        (
            "null no response: message head is too large",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\n"));
                while stream.write_all(b"X-Endless: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").is_ok() {}
            }),
        ),
        (
            "null no response: invalid HTTP version parsed",
            Receiver::new(|_, mut stream| {
                drop(stream.write_all(b"\x00\x01\x02 nonsense\r\n\r\n"));
            }),
        ),
    ];
    for (expected, receiver) in receivers {
        let client = frozen_client();
        client.register_endpoint(&receiver.url);
        client.send_ok("sent@simulator.test");
        let start = Instant::now();
        client.advance(200);
        assert!(start.elapsed() < Duration::from_secs(3), "{expected}");
        let detail = client.newest_delivery();
        assert_eq!(summarize_attempts(&detail)[0], format!("200 {expected}"));
        let body = detail["attempts"][0]["response_body"]
            .as_str()
            .unwrap_or_default();
        assert!(body.len() <= 2048);
    }
}

#[test]
fn redirects_are_not_followed() {
    let client = frozen_client();
    let redirected = Receiver::with_statuses(&[200]);
    let location = redirected.url.clone();
    let receiver = Receiver::new(move |_, mut stream| {
        let response =
            format!("HTTP/1.1 307 X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        drop(stream.write_all(response.as_bytes()));
    });
    client.register_endpoint(&receiver.url);
    client.send_ok("sent@simulator.test");
    client.advance(200);
    assert!(redirected.received().is_empty());
    assert_eq!(client.deliveries(), ["sent@200 retrying"]);
}

#[test]
fn closed_ports_and_foreign_hosts_are_failures() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (url, expected) in [
        (format!("http://{free}/"), "no connection: "),
        (
            "http://hooks.example.com/x".to_owned(),
            "not sent: hooks.example.com is not this machine; `--allow-webhook-host hooks.example.com` allows it",
        ),
    ] {
        let client = frozen_client();
        client.register_endpoint(&url);
        client.send_ok("sent@simulator.test");
        client.advance(200);
        let detail = client.newest_delivery();
        assert!(
            summarize_attempts(&detail)[0].contains(expected),
            "{:?}",
            summarize_attempts(&detail)
        );
        assert_eq!(detail["delivery"]["status"], "retrying");
    }
}

#[test]
fn the_dispatcher_notices_the_writes_of_other_processes() {
    let directory = tempfile::tempdir().unwrap();
    let location = DbLocation::File(directory.path().join("simulator.db"));
    let (one, other) = (
        TestClient::open(&location, 1),
        TestClient::open(&location, 2),
    );
    let receiver = Arc::new(Receiver::with_statuses(&[200]));
    one.register_endpoint(&receiver.url);
    other.send_ok("ada@example.com");
    // Real time passes; no request moves the virtual clock.
    let (received, other) = (Arc::clone(&receiver), Arc::new(other));
    one.wait(1000);
    one.dispatch_until(move || received.received().len() == 2);
    assert_eq!(receiver.events(), ["sent", "delivered"]);
    // Another process moves the virtual clock.
    other.send_ok("bob@example.com");
    let (received, mover) = (Arc::clone(&receiver), Arc::clone(&other));
    let moved = AtomicBool::new(false);
    one.dispatch_until(move || {
        if !moved.swap(true, Ordering::SeqCst) {
            mover.wait(60_000);
            let freeze = || mover.post("/_simulator/clock", &json!("freeze")).status;
            let status = std::thread::scope(|scope| scope.spawn(freeze).join());
            assert_eq!(status.unwrap(), 200);
        }
        received.received().len() == 4
    });
    assert_eq!(receiver.events()[2..], ["sent", "delivered"]);
}

#[test]
fn a_slow_receiver_delays_no_other_endpoint() {
    let client = with_short_timeout(TestClient::new());
    let (slow, other) = (client.in_namespace("slow"), client.in_namespace("other"));
    let stuck = Receiver::new(|_, stream| {
        std::thread::sleep(Duration::from_secs(3));
        drop(stream);
    });
    let receiver = Arc::new(Receiver::with_statuses(&[200]));
    slow.register_endpoint(&stuck.url);
    other.register_endpoint(&receiver.url);
    for number in 0..200 {
        slow.send_ok(format!("a{number}@example.com"));
    }
    other.send_ok("ada@example.com");
    client.wait(1000);
    let received = Arc::clone(&receiver);
    let start = Instant::now();
    client.dispatch_until(move || received.received().len() == 2);
    assert!(
        start.elapsed() < Duration::from_millis(1500),
        "{:?}",
        start.elapsed()
    );
    // Few attempts of one endpoint are in flight at a time.
    let attempted = stuck.received().len();
    assert!((1..=24).contains(&attempted), "{attempted}");
    client.post("/_simulator/clock", &json!("freeze"));
    drop(stuck);
}

#[test]
fn a_process_killed_before_it_records_an_attempt_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let location = DbLocation::File(directory.path().join("simulator.db"));
    let receiver = Receiver::with_statuses(&[200]);
    {
        let killed = TestClient::open(&location, 1);
        killed.post("/_simulator/clock", &json!("freeze"));
        killed.register_endpoint(&receiver.url);
        killed.send_ok("ada@example.com");
        // It claims the delivery and is killed before it records the attempt.
        let store = std::sync::Arc::clone(&killed.simulator.store);
        block_on(async {
            let advanced = store.write(|writer| writer.change_clock(&ClockRequest::Advance(200)));
            advanced.await.unwrap().unwrap();
            let claimed = store
                .write(|writer| writer.claim_deliveries(&Default::default(), 9))
                .await
                .unwrap();
            assert_eq!(claimed.len(), 1);
            let second = store
                .write(|writer| writer.claim_deliveries(&Default::default(), 9))
                .await
                .unwrap();
            assert!(
                second.is_empty(),
                "a claimed delivery cannot be claimed again"
            );
        });
    }
    let client = TestClient::open(&location, 2);
    client.wait(3_001);
    client.advance(800);
    assert_eq!(receiver.events(), ["sent", "delivered"]);
    assert_eq!(
        client.deliveries(),
        ["sent@200 delivered", "delivered@1000 delivered"]
    );
}
