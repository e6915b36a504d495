//! Tests with clients that never finish a request. The client timeout is shorter than in `simulator serve`, so that the
//! tests are fast.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::bind::ListenOptions;
use super::connection::serve_connection;
use super::host_policy::HostPolicy;
use super::shared::{Counts, Shared};
use crate::host::{Clock, Entropy};
use crate::simulator::Simulator;
use crate::sqlite::DbLocation;

/// Sends the beginning of a request to a server with a short timeout. Returns everything that the server sends.
fn send_partial(request: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let clock = Clock::System(Instant::now());
        let simulator =
            Simulator::open_to_serve(&DbLocation::Memory, clock.clone(), Entropy::System).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = ListenOptions {
            host: "127.0.0.1".to_owned(),
            port: 0,
            allow_remote: false,
            accept_live_keys: false,
        };
        let (_sender, shutdown) = watch::channel(false);
        let shared = Arc::new(Shared {
            router: simulator.service(),
            host_policy: HostPolicy::new(&options, 1),
            log: None,
            clock,
            counts: Arc::<Counts>::default(),
            shutdown,
            client_timeout: Duration::from_millis(20),
        });
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(request.as_bytes()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        serve_connection(stream, shared).await;
        let mut received = String::new();
        client.read_to_string(&mut received).await.unwrap();
        received
    })
}

#[test]
fn a_head_that_never_ends_times_out() {
    assert_eq!(send_partial("GET / HTTP/1.1\r\nHost: loc"), "");
}

#[test]
fn a_body_that_never_ends_gets_408() {
    let head = "POST /v1/send/welcome HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer test_x\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let response = send_partial(head);
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
    assert!(response.contains("{\"error\":"), "{response}");
}
