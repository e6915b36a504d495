//! `simulator serve`

use std::net::IpAddr;

use clap::Args;

use crate::error::Error;
use crate::intent::Serve;
use crate::simulator::{DEFAULT_PORT, ListenOptions};

/// Answer the API on a port, for SDKs and other programs
///
/// The same API and the same file as with --simulate. Point an SDK or curl at the address on the first line of stdout,
/// with any key that begins with `test_`. Each request is a line on stderr; -q leaves them out.
///
/// Ctrl-C and SIGTERM let what is in flight finish, for up to 10 seconds, and end with exit code 0: the server did what
/// it was asked. A second one ends it at once.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// The port; 0 takes one that is free
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_PORT)]
    port: u16,
    /// The address or name to listen on
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,
    /// Let --host be an address that other machines reach
    #[arg(long)]
    allow_remote: bool,
    /// Take keys that begin with `live_`, too; nothing is sent for real
    #[arg(long)]
    accept_live_keys: bool,
    /// Register this address as the webhook endpoint, for every event; its secret is printed once, when it is new
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// Let webhooks go to this host, too, and not to this machine only; may be repeated
    #[arg(long, value_name = "HOST")]
    allow_webhook_host: Vec<String>,
}

impl ServeArgs {
    /// Says where to listen.
    pub fn resolve(self) -> Result<Serve, Error> {
        let Self {
            port,
            host,
            allow_remote,
            accept_live_keys,
            webhook,
            allow_webhook_host,
        } = self;
        Ok(Serve {
            listening: ListenOptions {
                host,
                port,
                allow_remote,
                accept_live_keys,
            },
            webhook,
            webhook_hosts: allow_webhook_host
                .into_iter()
                .map(|host| webhook_host(&host))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Checks that a host is one, and not a whole address.
fn webhook_host(host: &str) -> Result<String, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let name = !bare.is_empty() && !bare.contains(['/', ':', '@', ' ', '*']);
    if name || bare.parse::<IpAddr>().is_ok() {
        return Ok(bare.to_owned());
    }
    Err(Error::usage(
        format!("--allow-webhook-host: `{host}` is not a host"),
        "Write the name or the address alone, such as hooks.example.com.",
    ))
}
