//! A `simulator serve` process, and a client that writes raw HTTP/1.1, so that tests control every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ChildStdout;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::process::{ProcessEnv, ProcessOutput, RunningProcess};

/// Timeout of reads and writes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server process.
pub struct SimulatorServer {
    /// The process.
    pub process: RunningProcess,
    /// The first line of its output.
    pub ready: String,
    /// The address that it listens on.
    pub address: SocketAddr,
    stdout: BufReader<ChildStdout>,
}

/// One connection.
pub struct RawClient(BufReader<TcpStream>);

/// A response.
#[derive(Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The head in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl SimulatorServer {
    /// Starts a server on a port chosen by the system and waits for its first line.
    #[track_caller]
    pub fn start(env: &ProcessEnv, flags: &str) -> Self {
        let mut process = env.start(&format!("simulator serve --port 0 {flags}"));
        let mut stdout = process.stdout();
        let ready = process.line(&mut stdout);
        let Some((_, read_to_end)) = ready.split_once("http://") else {
            panic!("{ready:?} {:#?}", process.end());
        };
        let end = read_to_end.find([',', '"', '\n']).unwrap();
        let address = read_to_end[..end].parse().unwrap();
        Self {
            process,
            ready,
            address,
            stdout,
        }
    }

    /// Connects.
    pub fn connect(&self) -> RawClient {
        RawClient::to(self.address)
    }

    /// Sends the event `welcome` on a new connection.
    pub fn send(&self, to: &str) -> HttpResponse {
        self.connect().post("/v1/send/welcome", &json!({"to": to}))
    }

    /// Sends a GET request on a new connection.
    pub fn get(&self, path: &str) -> HttpResponse {
        self.connect().get(path)
    }

    /// Stops the server with SIGTERM. The result has its output after the first line.
    #[track_caller]
    pub fn stop(self) -> ProcessOutput {
        self.process.signal(Signal::SIGTERM);
        self.end()
    }

    /// Waits for the exit.
    #[track_caller]
    pub fn end(self) -> ProcessOutput {
        // Reading one stream after the other could block the server on a full pipe.
        std::thread::scope(|scope| {
            let stdout = scope.spawn(move || {
                let (mut stdout, mut read_to_end) = (self.stdout, String::new());
                stdout.read_to_string(&mut read_to_end).unwrap();
                read_to_end
            });
            let output = self.process.end();
            let stdout = stdout.join().unwrap();
            ProcessOutput { stdout, ..output }
        })
    }
}

impl RawClient {
    /// Connects to an address.
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Writes raw bytes.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Writes a request with a body, without reading the response.
    pub fn write_request(&mut self, method: &str, path: &str, head: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_port\r\n\
             {head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.write(request.as_bytes()).unwrap();
    }

    /// Posts JSON and reads the response.
    pub fn post(&mut self, path: &str, body: &Value) -> HttpResponse {
        let json = "Content-Type: application/json\r\n";
        self.write_request("POST", path, json, &body.to_string());
        self.answer().unwrap()
    }

    /// Writes a send of the event `welcome`, without reading the response.
    pub fn write_send(&mut self, to: &str) {
        let json = "Content-Type: application/json\r\n";
        let body = json!({"to": to}).to_string();
        self.write_request("POST", "/v1/send/welcome", json, &body);
    }

    /// Sends a GET request and reads the response.
    pub fn get(&mut self, path: &str) -> HttpResponse {
        self.write_request("GET", path, "", "");
        self.answer().unwrap()
    }

    /// Reads a response; fails if the connection ends before it is complete.
    pub fn answer(&mut self) -> std::io::Result<HttpResponse> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = head.to_ascii_lowercase();
        let field = |name: &str| {
            let mut lines = head.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let length = field("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(HttpResponse { status, head, body })
    }

    /// Reads to the end of the connection.
    pub fn read_to_end(&mut self) -> std::io::Result<Vec<u8>> {
        let mut read_to_end = Vec::new();
        self.0.read_to_end(&mut read_to_end).map(|_| read_to_end)
    }
}

impl HttpResponse {
    /// Returns the body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Fails unless this is an error response in the documented form.
    #[track_caller]
    pub fn assert_error(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:#?}");
        assert!(
            self.head.contains("content-type: application/json"),
            "{self:#?}"
        );
        assert!(
            self.head.contains("x-sendivent-simulated: true"),
            "{self:#?}"
        );
        let body = self.json();
        assert!(body["error"].is_string(), "{body}");
        body
    }

    /// Fails unless a send was accepted; returns its id.
    #[track_caller]
    pub fn assert_accepted(&self) -> String {
        assert_eq!(self.status, 200, "{self:#?}");
        assert!(
            self.head.contains("x-sendivent-simulated: true"),
            "{self:#?}"
        );
        let body = self.json();
        assert_eq!(body["status"], "accepted");
        body["id"].as_str().unwrap().to_owned()
    }
}
