//! A server on loopback that follows a script of faults, and the environment of a client that calls it.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::{Request, Response};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, SockRef, Socket, Type};

use crate::process::{ProcessEnv, ProcessOutput, RunningProcess};

/// A key that is easy to find in unredacted output.
pub const KEY: &str = "test_Wh3reverTh1sStandsItWasLeaked";

/// How long a connection may be idle: longer than any test, so that the client times out first.
const IDLE: Duration = Duration::from_secs(60);

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Action {
    /// Writes these bytes and reads the next request on the same connection.
    Respond(Vec<u8>),
    /// Writes these bytes and closes the connection.
    Close(Vec<u8>),
    /// Writes these bytes and resets the connection.
    Reset(Vec<u8>),
    /// Writes these bytes, then nothing until the client disconnects.
    Hang(Vec<u8>),
    /// Writes byte by byte with this pause.
    Trickle(Vec<u8>, Duration),
    /// Waits, then writes these bytes.
    RespondAfter(Duration, Vec<u8>),
    /// Writes these bytes, then this many spaces.
    Flood(Vec<u8>, usize),
}

/// A received request.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    /// The index among the server's requests.
    pub number: usize,
    /// The first line and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
    /// When the request was read.
    pub at: Instant,
}

impl ReceivedRequest {
    /// Returns a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Returns the request for the simulator's router.
    pub fn request(&self) -> Request<Vec<u8>> {
        let (method, path) = self.line().split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        for line in self.head.lines().skip(1) {
            if let Some((name, value)) = line.split_once(':') {
                request = request.header(name, value.trim());
            }
        }
        request.body(self.body.clone()).unwrap()
    }

    /// Returns the method and the path.
    pub fn line(&self) -> &str {
        let first = self.head.lines().next().unwrap_or_default();
        first.strip_suffix(" HTTP/1.1").unwrap_or(first)
    }
}

/// Chooses the action for a request.
type Script = Box<dyn Fn(&ReceivedRequest) -> Action + Send + Sync>;

/// A server on loopback that follows its script until it is dropped.
pub struct FaultServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    listening: Option<JoinHandle<()>>,
}

/// A reserved port without a listener: connections are refused.
pub struct ClosedPort {
    socket: Socket,
    address: SocketAddr,
}

impl ClosedPort {
    /// Reserves a port.
    pub fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        socket.bind(&any.into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self { socket, address }
    }

    /// Returns the base URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts listening on the reserved port.
    pub fn start_listening(
        self,
        script: impl Fn(&ReceivedRequest) -> Action + Send + Sync + 'static,
    ) -> FaultServer {
        self.socket.listen(128).unwrap();
        FaultServer::on(
            self.socket.into(),
            Box::new(script),
            ConnectionOptions::default(),
        )
    }
}

/// How a server treats a connection before any request.
#[derive(Default)]
struct ConnectionOptions {
    tls: Option<Arc<ServerConfig>>,
    resets: usize,
    greeting: Option<Vec<u8>>,
    is_proxy: bool,
}

struct Shared {
    script: Script,
    tls: Option<Arc<ServerConfig>>,
    /// How many connections are still to be reset right after they are accepted.
    resets: AtomicUsize,
    /// Bytes written right after a connection is accepted.
    greeting: Option<Vec<u8>>,
    /// Whether a CONNECT request is expected first.
    is_proxy: bool,
    connects: Mutex<Vec<String>>,
    over: AtomicBool,
    accepted: AtomicUsize,
    requests: Mutex<Vec<ReceivedRequest>>,
    /// The connections, owned by their threads: a reset happens only when the last owner drops the socket.
    open: Mutex<Vec<Weak<TcpStream>>>,
}

impl FaultServer {
    /// Starts a server with a script.
    pub fn new(script: impl Fn(&ReceivedRequest) -> Action + Send + Sync + 'static) -> Self {
        Self::start(Box::new(script), ConnectionOptions::default())
    }

    /// Starts a server that performs the actions in order and repeats the last one.
    pub fn with_actions(actions: Vec<Action>) -> Self {
        Self::start(play_in_order(actions), ConnectionOptions::default())
    }

    /// Starts a server with TLS.
    pub fn with_tls(config: Arc<ServerConfig>, actions: Vec<Action>) -> Self {
        Self::with_tls_after_resets(config, 0, actions)
    }

    /// Starts a server with TLS that first resets this many connections.
    pub fn with_tls_after_resets(
        config: Arc<ServerConfig>,
        resets: usize,
        actions: Vec<Action>,
    ) -> Self {
        let options = ConnectionOptions {
            tls: Some(config),
            resets,
            ..ConnectionOptions::default()
        };
        Self::start(play_in_order(actions), options)
    }

    /// Starts a proxy that accepts CONNECT and answers as the target itself, with TLS.
    pub fn as_proxy(config: Arc<ServerConfig>, actions: Vec<Action>) -> Self {
        let options = ConnectionOptions {
            tls: Some(config),
            is_proxy: true,
            ..ConnectionOptions::default()
        };
        Self::start(play_in_order(actions), options)
    }

    /// Starts a server that first resets this many connections, then performs the actions in order.
    pub fn after_resets(resets: usize, actions: Vec<Action>) -> Self {
        let options = ConnectionOptions {
            resets,
            ..ConnectionOptions::default()
        };
        Self::start(play_in_order(actions), options)
    }

    /// Starts a server that writes these bytes without reading a request, and closes.
    pub fn with_greeting(bytes: &[u8]) -> Self {
        let options = ConnectionOptions {
            greeting: Some(bytes.to_vec()),
            ..ConnectionOptions::default()
        };
        Self::start(play_in_order(vec![Action::Close(Vec::new())]), options)
    }

    fn start(script: Script, options: ConnectionOptions) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script, options)
    }

    fn on(listener: TcpListener, script: Script, options: ConnectionOptions) -> Self {
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script,
            tls: options.tls,
            resets: AtomicUsize::new(options.resets),
            greeting: options.greeting,
            is_proxy: options.is_proxy,
            connects: Mutex::default(),
            over: AtomicBool::new(false),
            accepted: AtomicUsize::new(0),
            requests: Mutex::default(),
            open: Mutex::default(),
        });
        let inside = Arc::clone(&shared);
        let listening = std::thread::spawn(move || inside.listen(&listener));
        Self {
            shared,
            address,
            listening: Some(listening),
        }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the base URL, plain HTTP.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns how many connections were accepted.
    pub fn connection_count(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Returns the heads of the CONNECT requests.
    pub fn connect_heads(&self) -> Vec<String> {
        lock(&self.shared.connects).clone()
    }

    /// Returns the received requests.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.shared.requests).clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        for line in lock(&self.shared.open).iter().filter_map(Weak::upgrade) {
            // Fails for a socket that is already closed, which is fine.
            drop(line.shutdown(Shutdown::Both));
        }
        // Wakes the listener, which then checks the flag.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

impl Shared {
    fn listen(self: Arc<Self>, listener: &TcpListener) {
        for line in listener.incoming() {
            if self.over.load(Ordering::SeqCst) {
                return;
            }
            let Ok(line) = line else { return };
            self.accepted.fetch_add(1, Ordering::SeqCst);
            let decrement = |left: usize| left.checked_sub(1);
            let resets = self
                .resets
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, decrement);
            if resets.is_ok() {
                set_reset_on_close(&line);
                continue;
            }
            line.set_nodelay(true).unwrap();
            line.set_read_timeout(Some(IDLE)).unwrap();
            let line = Arc::new(line);
            lock(&self.open).push(Arc::downgrade(&line));
            let inside = Arc::clone(&self);
            std::thread::spawn(move || {
                // Many tests disconnect in the middle, so errors are expected.
                drop(inside.serve(&line));
            });
        }
    }

    fn serve(&self, line: &Arc<TcpStream>) -> io::Result<()> {
        if let Some(bytes) = &self.greeting {
            (&**line).write_all(bytes)?;
            return line.shutdown(Shutdown::Write);
        }
        if self.is_proxy {
            let Some((head, _)) = read_request(&mut &**line)? else {
                return Ok(());
            };
            lock(&self.connects).push(head);
            (&**line).write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
        }
        match &self.tls {
            None => self.serve_connection(&**line, line),
            Some(config) => {
                let connection = ServerConnection::new(Arc::clone(config));
                let connection = connection.map_err(io::Error::other)?;
                let shared = SharedStream(Arc::clone(line));
                self.serve_connection(StreamOwned::new(connection, shared), line)
            }
        }
    }

    /// Reads requests and performs the scripted actions until one of them or the client ends the connection.
    fn serve_connection(&self, mut line: impl Read + Write, socket: &TcpStream) -> io::Result<()> {
        while let Some((head, body)) = read_request(&mut line)? {
            let request = {
                let mut all = lock(&self.requests);
                let request = ReceivedRequest {
                    number: all.len(),
                    head,
                    body,
                    at: Instant::now(),
                };
                all.push(request.clone());
                request
            };
            match (self.script)(&request) {
                Action::Respond(bytes) => line.write_all(&bytes)?,
                Action::Close(bytes) => {
                    line.write_all(&bytes)?;
                    return socket.shutdown(Shutdown::Both);
                }
                Action::Reset(bytes) => {
                    line.write_all(&bytes)?;
                    set_reset_on_close(socket);
                    return Ok(());
                }
                Action::Hang(bytes) => {
                    line.write_all(&bytes)?;
                    line.flush()?;
                    let mut rest = Vec::new();
                    line.read_to_end(&mut rest)?;
                    return Ok(());
                }
                Action::Trickle(bytes, apart) => {
                    for byte in bytes {
                        line.write_all(&[byte])?;
                        line.flush()?;
                        std::thread::sleep(apart);
                    }
                }
                Action::RespondAfter(length, bytes) => {
                    std::thread::sleep(length);
                    line.write_all(&bytes)?;
                }
                Action::Flood(bytes, length) => {
                    line.write_all(&bytes)?;
                    let piece = [b' '; 64 * 1024];
                    for _ in 0..length / piece.len() {
                        line.write_all(&piece)?;
                    }
                }
            }
            line.flush()?;
        }
        Ok(())
    }
}

/// A shared connection as an owned stream, which TLS needs.
struct SharedStream(Arc<TcpStream>);

impl Read for SharedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

impl Write for SharedStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        (&*self.0).write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&*self.0).flush()
    }
}

/// Makes closing the connection send a reset.
fn set_reset_on_close(line: &TcpStream) {
    let lingers = SockRef::from(line).set_linger(Some(Duration::ZERO));
    lingers.unwrap();
}

fn play_in_order(actions: Vec<Action>) -> Script {
    Box::new(move |request| actions[request.number.min(actions.len() - 1)].clone())
}

fn lock<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Reads one request; `None` if the client has disconnected.
pub fn read_request(line: &mut impl Read) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        match line.read(&mut piece)? {
            0 => return Ok(None),
            read => bytes.extend_from_slice(&piece[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    while body.len() < length.unwrap_or(0) {
        match line.read(&mut piece)? {
            0 => return Ok(None),
            read => body.extend_from_slice(&piece[..read]),
        }
    }
    Ok(Some((head, body)))
}

/// Serializes a response of the router as HTTP/1.1.
pub fn serialize_response(response: &Response<Vec<u8>>) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {} Said So\r\n", response.status().as_u16()).into_bytes();
    for (name, value) in response.headers() {
        if *name == http::header::CONTENT_LENGTH {
            continue;
        }
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    let length = response.body().len();
    bytes.extend_from_slice(format!("Content-Length: {length}\r\n\r\n").as_bytes());
    bytes.extend_from_slice(response.body());
    bytes
}

/// Returns a response with a JSON body.
pub fn json_response(status: u16, body: &str) -> Vec<u8> {
    response(status, &["Content-Type: application/json"], body)
}

/// Returns a response with these headers and the correct `Content-Length`.
pub fn response(status: u16, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Said So\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text.into_bytes()
}

/// An environment for processes that call the service at a URL with [`KEY`].
pub struct ServiceEnv {
    /// The home directory.
    pub env: ProcessEnv,
    url: String,
    environment: Vec<(String, String)>,
}

impl ServiceEnv {
    /// Returns an environment for this service URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            env: ProcessEnv::new(),
            url: url.into(),
            environment: Vec::new(),
        }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the program with arguments in shell syntax.
    pub fn command(&self, arguments: &str) -> Command {
        self.configured(self.env.command(arguments))
    }

    /// Returns a shell command, in which `"$0"` is the program.
    pub fn shell(&self, line: &str) -> Command {
        self.configured(self.env.shell(line))
    }

    fn configured(&self, mut command: Command) -> Command {
        command
            .env_remove("SENDIVENT_SIMULATE")
            .env("SENDIVENT_API_KEY", KEY)
            .env("SENDIVENT_API_URL", &self.url);
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }

    /// Runs the program until it exits.
    pub fn run(&self, arguments: &str) -> ProcessOutput {
        ProcessOutput::of(self.command(arguments).output().unwrap())
    }

    /// Starts the program.
    pub fn start(&self, arguments: &str) -> RunningProcess {
        RunningProcess::of(&mut self.command(arguments))
    }
}

/// The id in the servers' responses.
pub const ID: &str = "550e8400-e29b-41d4-a716-446655440000";
/// The response to a send.
pub const RECEIPT: &str =
    r#"{"id":"550e8400-e29b-41d4-a716-446655440000","event":"welcome","status":"accepted"}"#;

/// Returns the response to a poll: the documented body with one message of this status.
pub fn notification(id: &str, status: &str) -> String {
    let (of_all, completed) = match status {
        "queued" | "sent" => ("processing", "null"),
        _ => ("completed", r#""2026-04-01T12:00:05.000Z""#),
    };
    let error = match status {
        "failed" => r#"{"code":"HARD_BOUNCE","message":"Permanent bounce"}"#,
        _ => "null",
    };
    format!(
        r#"{{"id":"{id}","event":"welcome","contact":{{"email":"ada@example.com"}},"status":"{of_all}","started_at":"2026-04-01T12:00:00.000Z","completed_at":{completed},"messages":[{{"id":"m-{id}","channel":"email","status":"{status}","error":{error}}}]}}"#
    )
}

/// The actions of one server, and the expected end of a command that calls it.
pub struct FaultCase {
    /// The fault, for the failure message.
    pub fault: &'static str,
    /// The server's actions.
    pub actions: Vec<Action>,
    pub code: i32,
    /// Expected parts of stderr.
    pub expected_stderr: Vec<&'static str>,
    /// Whether stderr must contain a hint.
    pub needs_hint: bool,
}

/// Returns a case with one repeated action.
pub fn fault_case(
    fault: &'static str,
    action: Action,
    code: i32,
    expected_stderr: &[&'static str],
) -> FaultCase {
    FaultCase {
        fault,
        actions: vec![action],
        code,
        expected_stderr: expected_stderr.to_vec(),
        needs_hint: code != 0,
    }
}

/// Runs a command against the server of each case, several in parallel, since most wait. The command has a
/// timeout of two seconds.
#[track_caller]
pub fn check_cases(command: &str, cases: Vec<FaultCase>) {
    /// Tolerance beyond the timeout, for a busy machine.
    const SLACK: Duration = Duration::from_secs(20);
    let cases = Mutex::new(cases);
    let wrong = Mutex::new(Vec::new());
    let run_case = |case: FaultCase| {
        let server = FaultServer::with_actions(case.actions.clone());
        let start = Instant::now();
        let output = ServiceEnv::new(server.url()).run(command);
        let elapsed = start.elapsed();
        let has_parts = case
            .expected_stderr
            .iter()
            .all(|part| output.stderr.contains(part));
        // An error needs a cause and a hint.
        let has_needed_hint = !case.needs_hint || output.stderr.contains("hint: ");
        let leaks = output.stdout.contains(KEY) || output.stderr.contains(KEY);
        let has_code = output.status.code() == Some(case.code);
        if !(has_code && has_parts && has_needed_hint)
            || leaks
            || elapsed > Duration::from_secs(2) + SLACK
        {
            let FaultCase {
                fault,
                code,
                expected_stderr,
                ..
            } = case;
            let received = server.requests().len();
            lock(&wrong).push(format!(
                "{fault}: expected {code}, {expected_stderr:?}; {received} requests, {elapsed:?}\n{output:#?}"
            ));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = lock(&cases).pop();
                    match next {
                        Some(case) => run_case(case),
                        None => return,
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
