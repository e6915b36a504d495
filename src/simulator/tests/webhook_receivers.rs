//! Webhooks to receivers that are slow, dead or mean harm, and processes that die: nobody else is delayed, nothing is
//! lost.

use std::io::Write;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::driver::Room;
use super::receiver::Receiver;
use super::webhook_delivery::{attempts, frozen, hasty};
use crate::simulator::Dispatcher;
use crate::sqlite::DbLocation;

impl Room {
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
fn the_dispatcher_delivers_what_falls_due_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let place = DbLocation::File(folder.path().join("simulator.db"));
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
    let place = DbLocation::File(folder.path().join("simulator.db"));
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
            let order = crate::api::control::ClockRequest::Advance(200);
            let clock =
                store.read(move |reader| Ok(reader.clock.after(&order, reader.real).unwrap()));
            let clock = clock.await.unwrap();
            store
                .write(move |writer| writer.set_clock(&clock))
                .await
                .unwrap();
            let taken = store
                .write(|writer| writer.claim_deliveries(&Default::default(), 9))
                .await
                .unwrap();
            assert_eq!(taken.len(), 1);
            let again = store
                .write(|writer| writer.claim_deliveries(&Default::default(), 9))
                .await
                .unwrap();
            assert!(again.is_empty(), "nobody takes what another has");
        });
    }
    let room = Room::at(&place, 2);
    room.wait(3_001);
    room.advance(800);
    assert_eq!(receiver.events(), ["sent", "delivered"]);
    assert_eq!(
        room.deliveries(),
        ["sent@200 delivered", "delivered@1000 delivered"]
    );
}
