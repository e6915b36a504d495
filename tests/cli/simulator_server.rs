//! A server of our own and a client that speaks raw HTTP/1.1, so that tests see every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ChildStdout;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::process::{ProcessEnv, ProcessOutput, RunningProcess};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server in a process of its own.
pub struct SimulatorServer {
    /// The process.
    pub process: RunningProcess,
    /// Its first line.
    pub ready: String,
    /// Where it answers.
    pub address: SocketAddr,
    stdout: BufReader<ChildStdout>,
}

/// One connection.
pub struct RawClient(BufReader<TcpStream>);

/// One answer.
#[derive(Debug)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl SimulatorServer {
    /// Starts a server on a port that the system chooses, and waits for its first line.
    #[track_caller]
    pub fn open(env: &ProcessEnv, flags: &str) -> Self {
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

    /// Sends the event `welcome` to somebody, on a connection of its own.
    pub fn send(&self, to: &str) -> HttpResponse {
        self.connect().post("/v1/send/welcome", &json!({"to": to}))
    }

    /// Asks for something on a connection of its own.
    pub fn get(&self, path: &str) -> HttpResponse {
        self.connect().get(path)
    }

    /// Ends the server with SIGTERM. What it printed after its first line is in the result.
    #[track_caller]
    pub fn stop(self) -> ProcessOutput {
        self.process.signal(Signal::SIGTERM);
        self.end()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn end(self) -> ProcessOutput {
        // Both streams are read at once, as somebody at a terminal does.
        std::thread::scope(|scope| {
            let stdout = scope.spawn(move || {
                let (mut stdout, mut read_to_end) = (self.stdout, String::new());
                stdout.read_to_string(&mut read_to_end).unwrap();
                read_to_end
            });
            let done = self.process.end();
            let stdout = stdout.join().unwrap();
            ProcessOutput { stdout, ..done }
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

    /// Sends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends a request with a body, and returns without waiting for the answer.
    pub fn write_request(&mut self, method: &str, path: &str, head: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_port\r\n\
             {head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.write(request.as_bytes()).unwrap();
    }

    /// Posts JSON and reads the answer.
    pub fn post(&mut self, path: &str, body: &Value) -> HttpResponse {
        let json = "Content-Type: application/json\r\n";
        self.write_request("POST", path, json, &body.to_string());
        self.answer().unwrap()
    }

    /// Sends the event `welcome` to somebody, and returns without waiting for the answer.
    pub fn write_send(&mut self, to: &str) {
        let json = "Content-Type: application/json\r\n";
        let body = json!({"to": to}).to_string();
        self.write_request("POST", "/v1/send/welcome", json, &body);
    }

    /// Asks for something and reads the answer.
    pub fn get(&mut self, path: &str) -> HttpResponse {
        self.write_request("GET", path, "", "");
        self.answer().unwrap()
    }

    /// Reads an answer. An error when the connection ends before it is whole.
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

    /// Fails unless this is an error in the shape that is documented.
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

    /// Fails unless a send was accepted, and returns its id.
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
