//! Opening the port.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::{TcpListener, lookup_host};

/// The port of `simulator serve` without `--port`.
pub const DEFAULT_PORT: u16 = 7363;

/// Where a server listens, and what it accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenOptions {
    /// The name or the address to listen on.
    pub host: String,
    /// The port; with 0 the system chooses a free one.
    pub port: u16,
    /// Whether other machines may connect.
    pub allow_remote: bool,
    /// Whether production keys are accepted.
    pub accept_live_keys: bool,
}

/// A server cannot listen on its address.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The host is not loopback, and remote clients are not allowed.
    #[error("`{0}` is reachable from other machines")]
    Remote(String),
    /// The host has no address.
    #[error("the host `{0}` cannot be resolved")]
    UnknownHost(String),
    /// Another program listens on the port.
    #[error("port {0} is in use")]
    InUse(u16),
    /// The system reserves the port.
    #[error("port {0} needs privileges")]
    PermissionDenied(u16),
    /// Any other error of the system.
    #[error("cannot listen on {host}:{port}: {source}")]
    Other {
        /// As requested.
        host: String,
        /// As requested.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
}

/// Opens a listener on the first address of the host that is free.
pub async fn bind(options: &ListenOptions) -> Result<TcpListener, BindError> {
    let addresses = resolve(options).await?;
    // Checked before binding: a port that is open for a moment only is still open to others.
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

/// Returns whether only this machine can reach an address, also when IPv6 maps it from IPv4.
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
