//! Starting and stopping a server.

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

/// How long a client may take for the head of its next request, which is also how long an idle connection stays open, and
/// then for the body.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a server that shuts down waits for requests in flight.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What a server did before it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServeSummary {
    /// The number of requests.
    pub requests: u64,
    /// The number of requests that were still in flight, and were cut.
    pub cut: usize,
}

/// A simulator with an open port, which does not respond yet.
pub struct Server {
    simulator: Simulator,
    listener: TcpListener,
    address: SocketAddr,
    host_policy: HostPolicy,
}

/// A server that responds.
pub struct RunningServer {
    shutdown: watch::Sender<bool>,
    /// Closes when the last connection has ended.
    open: mpsc::Receiver<Infallible>,
    counts: Arc<Counts>,
}

impl Server {
    /// Opens the port. From now on clients can connect; they get responses after [`Server::start`].
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

    /// Returns the address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts to respond, and sends every request to `log`. Must be called within a runtime.
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
            // Held until here: the server must not end before the last deliveries are recorded.
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
    /// Stops accepting connections, and waits a limited time for requests in flight.
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

    /// Returns the summary as of now, as if the requests in flight were cut.
    pub fn summary(&self) -> ServeSummary {
        ServeSummary {
            requests: self.counts.requests.load(Ordering::Relaxed),
            cut: self.counts.in_flight.load(Ordering::Relaxed),
        }
    }
}
