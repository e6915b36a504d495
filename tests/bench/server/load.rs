//! A load: persistent connections, each with one request at a time.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// The result of a load.
pub struct Load {
    /// Sorted latencies in microseconds.
    times: Vec<u32>,
    length: Duration,
    /// The last id in a response.
    pub last: Option<String>,
}

impl Load {
    /// Returns how many requests were completed.
    pub fn count(&self) -> usize {
        self.times.len()
    }

    /// Returns the completed requests per second.
    #[expect(clippy::cast_precision_loss, reason = "for people")]
    pub fn rate(&self) -> f64 {
        self.times.len() as f64 / self.length.as_secs_f64()
    }

    /// Returns this quantile of the latencies in milliseconds.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "for people"
    )]
    pub fn millis(&self, part: f64) -> f64 {
        let last = self.times.len() - 1;
        f64::from(self.times[(last as f64 * part) as usize]) / 1e3
    }
}

/// Returns a send to a new recipient.
pub fn send(number: usize) -> String {
    let body = format!(
        r#"{{"to":"person{number}@example.com","payload":{{"name":"Ada","order":"A-1001"}}}}"#
    );
    format!(
        "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_bench\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Returns a GET request.
pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_bench\r\n\r\n")
}

thread_local! {
    /// A counter that is unique for each request of the run.
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}

/// Runs a load until the time is over or this many requests are completed; at least one is.
pub fn run(
    address: SocketAddr,
    connections: usize,
    length: Duration,
    most: usize,
    request: impl Fn(usize) -> String + 'static,
) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let request = Rc::new(request);
    let left = Rc::new(Cell::new(most));
    let start = Instant::now();
    let set = LocalSet::new();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (request, left) = (Rc::clone(&request), Rc::clone(&left));
            set.spawn_local(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut times, mut id) = (Vec::new(), None);
                while left.get() > 0 && (times.is_empty() || start.elapsed() < length) {
                    left.set(left.get() - 1);
                    let text = request(NUMBER.replace(NUMBER.get() + 1));
                    let started = Instant::now();
                    stream.write_all(text.as_bytes()).await.unwrap();
                    id = answer(&mut stream).await.or(id);
                    times.push(u32::try_from(started.elapsed().as_micros()).unwrap());
                }
                (times, id)
            })
        })
        .collect();
    runtime.block_on(async {
        let (mut times, mut last) = (Vec::new(), None);
        set.run_until(async {
            for task in tasks {
                let (more, id) = task.await.unwrap();
                times.extend(more);
                last = id.or(last.take());
            }
        })
        .await;
        let length = start.elapsed();
        times.sort_unstable();
        Load {
            times,
            length,
            last,
        }
    })
}

/// Reads a response, which must be a 200, and returns its id.
async fn answer(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::with_capacity(1024);
    loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "cut");
        let text = std::str::from_utf8(&bytes).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if body.len() == length {
            assert!(head.starts_with("HTTP/1.1 200 "), "{text}");
            let id = body.split_once("\"id\":\"").map(|(_, rest)| rest);
            return id.and_then(|rest| rest.get(..36)).map(str::to_owned);
        }
    }
}
