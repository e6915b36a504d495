//! The port: the router of the simulator, over HTTP/1.1.
//!
//! `host_policy` says who may come in and with what, `connection` is one of them from its first byte to its last, `inject_faults`
//! carries out what a recipient asked for that only a socket can have.

mod connection;
mod faulty_stream;
mod host_policy;
mod inject_faults;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use http::Method;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::{mpsc, watch};

use super::{Dispatcher, Registered, Simulator};
use crate::host::Clock;
use host_policy::HostPolicy;

/// The port that is taken when none is named.
pub const PORT: u16 = 7363;
/// How long a connection may take for the head of its next request, which is how long an idle one is kept, and then for
/// the body.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long what is in flight is waited for when the server is to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Where to listen, and what to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// The name or the address to listen on.
    pub host: String,
    /// The port; 0 lets the system choose one.
    pub port: u16,
    /// Whether others than this machine may come.
    pub allow_remote: bool,
    /// Whether keys of production are taken.
    pub accept_live_keys: bool,
}

/// The server cannot listen there.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The host is not this machine's own.
    #[error("`{0}` can be reached from outside this machine")]
    Remote(String),
    /// The host cannot be found.
    #[error("the host `{0}` cannot be found")]
    Unknown(String),
    /// Somebody listens there.
    #[error("port {0} is in use")]
    InUse(u16),
    /// The system does not allow it.
    #[error("port {0} may not be used")]
    Forbidden(u16),
    /// The system says something else.
    #[error("{host}:{port} cannot be listened on: {source}")]
    Other {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

/// A server that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// Where.
    pub address: SocketAddr,
    /// Its file.
    pub file: String,
    /// The webhook endpoint of the main namespace, if one was asked for.
    pub webhook: Option<Registered>,
}

/// One request that was answered, or was not on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedRequest {
    /// When it came, milliseconds since the Unix epoch.
    pub at: i64,
    /// Its method.
    pub method: Method,
    /// Its path, without what was asked of it.
    pub path: String,
    /// The status of the answer; none when there was no answer.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// What the recipient made of the answer, if something.
    pub fault: Option<&'static str>,
    /// The run whose key it had; none for the main namespace.
    pub run: Option<String>,
    /// Whether the answer is that of an earlier send with the same idempotency key.
    pub replayed: bool,
    /// Whether it was refused because its key is one of production.
    pub is_live: bool,
}

/// Where the requests that were answered are told.
pub type RequestLog = mpsc::UnboundedSender<ServedRequest>;

/// A simulator with a port, on which nobody is answered yet.
pub struct Server {
    simulator: Simulator,
    listener: TcpListener,
    address: SocketAddr,
    host_policy: HostPolicy,
}

/// A server that answers.
pub struct Serving {
    stop: watch::Sender<bool>,
    /// Ends when the last connection has.
    alive: mpsc::Receiver<Infallible>,
    counts: Arc<Counts>,
}

/// What came of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// How many requests there were.
    pub requests: u64,
    /// How many connections were cut while they had something in flight.
    pub cut: usize,
}

#[derive(Default)]
struct Counts {
    requests: AtomicU64,
    busy: AtomicUsize,
}

/// What all connections share.
struct Shared {
    router: Router,
    host_policy: HostPolicy,
    log: Option<RequestLog>,
    clock: Clock,
    counts: Arc<Counts>,
    stopping: watch::Receiver<bool>,
    /// How long a client may take for a head, or for a body.
    patience: Duration,
}

impl Shared {
    /// Waits until the server is to stop.
    async fn stop(&self) {
        let mut stopping = self.stopping.clone();
        // A server that is gone has stopped.
        drop(stopping.wait_for(|stop| *stop).await);
    }
}

impl Server {
    /// Takes the port. From now on clients can connect; they are answered when [`Server::start`] is called.
    ///
    /// # Errors
    /// [`BindError`].
    pub async fn bind(simulator: Simulator, listening: &Listening) -> Result<Self, BindError> {
        let Listening { host, port, .. } = listening;
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let found = lookup_host((name, *port)).await;
        let addresses: Vec<SocketAddr> = found
            .map_err(|_| BindError::Unknown(host.clone()))?
            .collect();
        if !listening.allow_remote && addresses.iter().any(|address| !is_own(address.ip())) {
            return Err(BindError::Remote(host.clone()));
        }
        let listener = TcpListener::bind(&addresses[..]).await;
        let listener = listener.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(*port),
            io::ErrorKind::PermissionDenied => BindError::Forbidden(*port),
            _ => BindError::other(listening, source),
        })?;
        let address = listener.local_addr();
        let address = address.map_err(|source| BindError::other(listening, source))?;
        Ok(Self {
            simulator,
            listener,
            address,
            host_policy: HostPolicy::new(listening, address.port()),
        })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers from now on, and tells `log` of every request. It has to be called within a runtime.
    pub fn start(self, log: Option<RequestLog>, clock: Clock) -> Serving {
        let (stop, stopping) = watch::channel(false);
        let (validate, alive) = mpsc::channel(1);
        let counts = Arc::<Counts>::default();
        let shared = Arc::new(Shared {
            router: self.simulator.service(),
            host_policy: self.host_policy,
            log,
            clock,
            counts: Arc::clone(&counts),
            stopping,
            patience: PATIENCE,
        });
        let (dispatcher, told, held) = (
            Dispatcher::new(&self.simulator),
            Arc::clone(&shared),
            validate.clone(),
        );
        tokio::spawn(connection::accept(self.listener, shared, validate));
        tokio::spawn(async move {
            dispatcher.run(told.stop()).await;
            // What is on its way counts as in flight.
            drop(held);
        });
        Serving {
            stop,
            alive,
            counts,
        }
    }
}

impl Serving {
    /// Takes nothing more, and waits for what is in flight, but not for ever.
    pub async fn stop(&mut self) -> Stopped {
        self.stop.send_replace(true);
        let drained = tokio::time::timeout(DRAIN, self.alive.recv()).await;
        let cut = match drained {
            Ok(_) => 0,
            Err(_) => self.counts.busy.load(Ordering::Relaxed),
        };
        Stopped {
            requests: self.counts.requests.load(Ordering::Relaxed),
            cut,
        }
    }

    /// Returns what came of it so far, for one that is not to wait.
    pub fn given_up(&self) -> Stopped {
        Stopped {
            requests: self.counts.requests.load(Ordering::Relaxed),
            cut: self.counts.busy.load(Ordering::Relaxed),
        }
    }
}

impl BindError {
    fn other(listening: &Listening, source: io::Error) -> Self {
        Self::Other {
            host: listening.host.clone(),
            port: listening.port,
            source,
        }
    }
}

/// Returns whether only this machine can reach an address.
fn is_own(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
