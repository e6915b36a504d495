//! A receiver of webhooks on a loopback port, which responds as a test requires.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// How long the receiver waits for a client that sends or reads nothing.
const TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: String,
}

/// A running webhook receiver. Dropping it closes its port.
pub struct Receiver {
    pub url: String,
    port: u16,
    received: Arc<Mutex<Vec<Received>>>,
    closed: Arc<AtomicBool>,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .unwrap_or_else(|| panic!("no {name} in {}", self.head))
            .1
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn event(&self) -> String {
        self.json()["event"].as_str().unwrap().to_owned()
    }
}

impl Receiver {
    /// Starts a receiver that responds with these statuses, one after the other, and then always with the last one.
    pub fn with_statuses(statuses: &'static [u16]) -> Self {
        Self::new(move |index, mut stream| {
            let status = statuses[index.min(statuses.len() - 1)];
            let response = format!("HTTP/1.1 {status} X\r\nContent-Length: 4\r\n\r\nbody");
            drop(stream.write_all(response.as_bytes()));
        })
    }

    /// Starts a receiver. It reads each request, and then calls `respond` with the index of the request and the
    /// connection.
    pub fn new(respond: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let closed = Arc::new(AtomicBool::new(false));
        let (log, is_closed) = (Arc::clone(&received), Arc::clone(&closed));
        let respond = Arc::new(respond);
        let count = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let (log, count) = (Arc::clone(&log), Arc::clone(&count));
                let respond = Arc::clone(&respond);
                std::thread::spawn(move || {
                    let stream = stream.unwrap();
                    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
                    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
                    let request = read(&stream);
                    let index = count.fetch_add(1, Ordering::SeqCst);
                    log.lock().unwrap().push(request);
                    respond(index, stream);
                });
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}/hook"),
            port,
            received,
            closed,
        }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Returns the names of the received events in order of arrival, without the prefix `delivery.`.
    pub fn events(&self) -> Vec<String> {
        let events = self.received().into_iter().map(|request| request.event());
        events.map(|event| event.replace("delivery.", "")).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn read(stream: &TcpStream) -> Received {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or(0) == 0 {
            break;
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, length)| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Received {
        head,
        body: String::from_utf8(body).unwrap(),
    }
}
