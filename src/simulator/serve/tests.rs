//! The port, below the command line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connection::serve_connection;
use super::host_policy::HostPolicy;
use super::{Counts, Listening, Shared};
use crate::host::{Clock, Entropy};
use crate::simulator::Simulator;
use crate::sqlite::DbLocation;

/// Sends the beginning of a request to a server that is not patient, and returns all that comes back.
fn what_comes_back(request: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = Clock::System(Instant::now());
        let simulator =
            Simulator::open_to_serve(&DbLocation::Memory, clock.clone(), Entropy::System).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listening = Listening {
            host: "127.0.0.1".to_owned(),
            port: 0,
            allow_remote: false,
            accept_live_keys: false,
        };
        let (_stop, stopping) = watch::channel(false);
        let shared = Arc::new(Shared {
            router: simulator.service(),
            host_policy: HostPolicy::new(&listening, 1),
            log: None,
            clock,
            counts: Arc::<Counts>::default(),
            stopping,
            patience: Duration::from_millis(20),
        });
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        serve_connection(stream, shared).await;
        let mut rest = String::new();
        client.read_to_string(&mut rest).await.unwrap();
        rest
    })
}

#[test]
fn a_head_that_never_ends_has_its_time() {
    assert_eq!(what_comes_back("GET / HTTP/1.1\r\nHost: loc"), "");
}

#[test]
fn a_body_that_never_ends_has_its_time() {
    let head = "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_x\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let answer = what_comes_back(head);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("{\"error\":"), "{answer}");
}
