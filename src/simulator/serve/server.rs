//! Starts and stops a server.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::bind::{BindError, ListenOptions, bind};
use super::connection;
use super::host_policy::HostPolicy;
use super::request_log::RequestLog;
use super::shared::{Counts, Shared};
use crate::host::Clock;
use crate::simulator::handle::Simulator;
use crate::simulator::webhooks;

/// How long a client may take to send the head of its next request. An idle connection is therefore closed after this
/// time. The body may take the same time again.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server waits for requests in flight when it shuts down.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests a server received, and how many of them it did not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeSummary {
    /// The number of requests that the server received.
    pub requests: u64,
    /// The number of requests that were still in flight when the server ended, and were cut off.
    pub cut: usize,
}

/// A simulator whose port is open. The server responds to requests only after [`Server::start`].
pub struct Server {
    simulator: Simulator,
    listener: TcpListener,
    address: SocketAddr,
    host_policy: HostPolicy,
}

/// A server that responds to requests.
pub struct RunningServer {
    shutdown: watch::Sender<bool>,
    /// A channel without messages. It closes when the last connection has ended and the last webhook delivery has been
    /// recorded.
    open: mpsc::Receiver<Infallible>,
    counts: Arc<Counts>,
}

impl Server {
    /// Opens the port. From then on, clients can connect, but they get no response before [`Server::start`].
    pub async fn bind(simulator: Simulator, options: &ListenOptions) -> Result<Self, BindError> {
        let listener = bind(options).await?;
        let address = listener.local_addr();
        let address = address.map_err(|source| BindError::other(options, source))?;
        Ok(Self {
            simulator,
            listener,
            address,
            host_policy: HostPolicy::new(options, address.port()),
        })
    }

    /// Returns the IP address and the port that the server listens on. If the [`ListenOptions`] have port 0, this is
    /// the port that the operating system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts to respond to requests and to deliver webhooks. Sends an entry for every request to `log`. Must be called
    /// within a Tokio runtime.
    pub fn start(self, log: Option<RequestLog>, clock: Clock) -> RunningServer {
        let (shutdown, is_stopping) = watch::channel(false);
        let (open_sender, open) = mpsc::channel(1);
        let counts = Arc::<Counts>::default();
        let shared = Arc::new(Shared {
            router: self.simulator.service(),
            host_policy: self.host_policy,
            log,
            clock,
            counts: Arc::clone(&counts),
            shutdown: is_stopping,
            client_timeout: CLIENT_TIMEOUT,
        });
        let (dispatcher, open_dispatcher) = (Arc::clone(&shared), open_sender.clone());
        tokio::spawn(async move {
            webhooks::dispatch(&self.simulator, dispatcher.wait_for_shutdown()).await;
            // Held until here, because the server must not end before the last deliveries are recorded.
            drop(open_dispatcher);
        });
        tokio::spawn(connection::accept(self.listener, shared, open_sender));
        RunningServer {
            shutdown,
            open,
            counts,
        }
    }
}

impl RunningServer {
    /// Stops accepting connections, and waits for requests in flight, but at most 10 seconds.
    pub async fn stop(&mut self) -> ServeSummary {
        self.shutdown.send_replace(true);
        match tokio::time::timeout(DRAIN_TIMEOUT, self.open.recv()).await {
            Ok(_) => ServeSummary {
                cut: 0,
                ..self.summary()
            },
            Err(_) => self.summary(),
        }
    }

    /// Returns the current counts. Requests in flight are counted as cut off.
    pub fn summary(&self) -> ServeSummary {
        ServeSummary {
            requests: self.counts.requests.load(Ordering::Relaxed),
            cut: self.counts.in_flight.load(Ordering::Relaxed),
        }
    }
}
