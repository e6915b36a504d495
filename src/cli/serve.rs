//! `simulator serve`

use clap::Args;

use crate::simulator::{Listening, PORT};

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
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
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
}

impl ServeArgs {
    /// Says where to listen.
    pub fn resolve(self) -> Listening {
        let Self {
            port,
            host,
            allow_remote,
            accept_live_keys,
        } = self;
        Listening {
            host,
            port,
            allow_remote,
            accept_live_keys,
        }
    }
}
