//! A server of our own and a client that speaks raw HTTP/1.1, so that tests see every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::ChildStdout;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::process::{Done, House, Running};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server in a process of its own.
pub struct Port {
    /// The process.
    pub process: Running,
    /// Its first line.
    pub ready: String,
    /// Where it answers.
    pub address: SocketAddr,
    stdout: BufReader<ChildStdout>,
}

/// One connection.
pub struct Client(BufReader<TcpStream>);

/// One answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The head, in lower case.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Port {
    /// Starts a server on a port that the system chooses, and waits for its first line.
    #[track_caller]
    pub fn open(house: &House, flags: &str) -> Self {
        let mut process = house.start(&format!("simulator serve --port 0 {flags}"));
        let mut stdout = process.stdout();
        let ready = process.line(&mut stdout);
        let Some((_, rest)) = ready.split_once("http://") else {
            panic!("{ready:?} {:#?}", process.end());
        };
        let end = rest.find([',', '"', '\n']).unwrap();
        let address = rest[..end].parse().unwrap();
        Self {
            process,
            ready,
            address,
            stdout,
        }
    }

    /// Connects.
    pub fn connect(&self) -> Client {
        Client::to(self.address)
    }

    /// Sends the event `welcome` to somebody, on a connection of its own.
    pub fn send(&self, to: &str) -> Answer {
        self.connect().post("/v1/send/welcome", &json!({"to": to}))
    }

    /// Asks for something on a connection of its own.
    pub fn get(&self, path: &str) -> Answer {
        self.connect().get(path)
    }

    /// Ends the server with SIGTERM. What it printed after its first line is in the result.
    #[track_caller]
    pub fn stop(self) -> Done {
        self.process.signal(Signal::SIGTERM);
        self.end()
    }

    /// Waits for the end.
    #[track_caller]
    pub fn end(self) -> Done {
        // Both streams are read at once, as somebody at a terminal does.
        std::thread::scope(|scope| {
            let stdout = scope.spawn(move || {
                let (mut stdout, mut rest) = (self.stdout, String::new());
                stdout.read_to_string(&mut rest).unwrap();
                rest
            });
            let done = self.process.end();
            let stdout = stdout.join().unwrap();
            Done { stdout, ..done }
        })
    }
}

impl Client {
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
    pub fn begin(&mut self, method: &str, path: &str, head: &str, body: &str) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_port\r\n\
             {head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.write(request.as_bytes()).unwrap();
    }

    /// Posts JSON and reads the answer.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        let json = "Content-Type: application/json\r\n";
        self.begin("POST", path, json, &body.to_string());
        self.answer().unwrap()
    }

    /// Sends the event `welcome` to somebody, and returns without waiting for the answer.
    pub fn begin_send(&mut self, to: &str) {
        let json = "Content-Type: application/json\r\n";
        let body = json!({"to": to}).to_string();
        self.begin("POST", "/v1/send/welcome", json, &body);
    }

    /// Asks for something and reads the answer.
    pub fn get(&mut self, path: &str) -> Answer {
        self.begin("GET", path, "", "");
        self.answer().unwrap()
    }

    /// Reads an answer. An error when the connection ends before it is whole.
    pub fn answer(&mut self) -> std::io::Result<Answer> {
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
        Ok(Answer { status, head, body })
    }

    /// Reads to the end of the connection.
    pub fn rest(&mut self) -> std::io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).map(|_| rest)
    }
}

impl Answer {
    /// Returns the body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Fails unless this is an error in the shape that is documented.
    #[track_caller]
    pub fn refused(&self, status: u16) -> Value {
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
    pub fn accepted(&self) -> String {
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
