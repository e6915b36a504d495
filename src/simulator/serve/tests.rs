//! The port, below the command line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::connection::converse;
use super::door::Door;
use super::{Counts, Listening, Shared};
use crate::simulator::Simulator;
use crate::sqlite::Place;
use crate::world::{Clock, Entropy};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

#[test]
fn a_head_that_never_ends_has_its_time() {
    runtime().block_on(async {
        let clock = Clock::System(Instant::now());
        let simulator =
            Simulator::open_to_serve(&Place::Memory, clock.clone(), Entropy::System).unwrap();
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
            door: Door::new(&listening, 1),
            log: None,
            clock,
            counts: Arc::<Counts>::default(),
            stopping,
        });
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: loc")
            .await
            .unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        converse(stream, shared, Duration::from_millis(20)).await;
        let mut rest = String::new();
        client.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "");
    });
}
