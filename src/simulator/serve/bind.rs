//! Opens the port that a server listens on.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

/// The port that `simulator serve` listens on without `--port`.
pub const DEFAULT_PORT: u16 = 7363;

/// Where a server listens, and which clients and keys it accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenOptions {
    /// The host name or IP address to listen on.
    pub host: String,
    /// The TCP port to listen on. With 0, the operating system chooses a free port.
    pub port: u16,
    /// Whether clients on other machines may connect.
    pub allow_remote: bool,
    /// Whether requests with production API keys are accepted.
    pub accept_live_keys: bool,
}

/// Why a server cannot listen on its address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Other machines could reach the host, but clients on other machines are not allowed.
    #[error("`{0}` is reachable from other machines")]
    Remote(String),
    /// The host name cannot be resolved to an address.
    #[error("the host `{0}` cannot be resolved")]
    UnknownHost(String),
    /// Another program already listens on the port.
    #[error("port {0} is in use")]
    InUse(u16),
    /// The operating system does not let this user listen on the port.
    #[error("port {0} needs privileges")]
    PermissionDenied(u16),
    /// The operating system reported another error.
    #[error("cannot listen on {host}:{port}: {source}")]
    Other {
        /// The host from the [`ListenOptions`].
        host: String,
        /// The port from the [`ListenOptions`].
        port: u16,
        /// The error that the operating system reported.
        source: io::Error,
    },
}

/// Listens on the host's first address whose port is free.
pub async fn bind(options: &ListenOptions) -> Result<TcpListener, BindError> {
    let addresses = resolve(options).await?;
    // Checked before binding, so that the port is never open to other machines, not even briefly.
    if !options.allow_remote && !addresses.iter().all(|address| is_loopback(address.ip())) {
        return Err(BindError::Remote(options.host.clone()));
    }
    TcpListener::bind(&addresses[..])
        .await
        .map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse(options.port),
            io::ErrorKind::PermissionDenied => BindError::PermissionDenied(options.port),
            _ => BindError::other(options, source),
        })
}

async fn resolve(options: &ListenOptions) -> Result<Vec<SocketAddr>, BindError> {
    let name = options.host.trim_start_matches('[').trim_end_matches(']');
    match lookup_host((name, options.port)).await {
        Ok(addresses) => Ok(addresses.collect()),
        Err(_) => Err(BindError::UnknownHost(options.host.clone())),
    }
}

/// Returns whether an IP address is a loopback address, which other machines cannot reach. IPv4 loopback addresses
/// mapped to IPv6, such as `::ffff:127.0.0.1`, count, too.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

impl BindError {
    pub(super) fn other(options: &ListenOptions, source: io::Error) -> Self {
        Self::Other {
            host: options.host.clone(),
            port: options.port,
            source,
        }
    }
}
