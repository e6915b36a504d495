//! The baseline: hyper and SQLite with group commit and one row per request.

use std::convert::Infallible;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use axum::body::{Body, to_bytes};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rusqlite::Connection;
use sendivent::host::Entropy;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

type Row = ([u8; 16], String, String, oneshot::Sender<()>);

/// Serves until it is killed. The first line has the address.
pub fn serve(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;
             CREATE TABLE rows (id BLOB PRIMARY KEY, recipient TEXT, body TEXT) WITHOUT ROWID;",
        )
        .unwrap();
    let (queue, rows) = channel();
    std::thread::spawn(move || write(&connection, &rows));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("http://{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let queue = queue.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| answer(request, queue.clone()));
                drop(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await,
                );
            });
        }
    });
}

async fn answer(
    request: Request<Incoming>,
    queue: Sender<Row>,
) -> Result<Response<Body>, Infallible> {
    let body = to_bytes(Body::new(request.into_body()), 1 << 20)
        .await
        .unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let recipient = body["to"].as_str().unwrap().to_owned();
    let millis = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let id = Entropy::System.uuid_v7(i64::try_from(millis.unwrap().as_millis()).unwrap());
    let (to, stored) = oneshot::channel();
    queue
        .send((id.into_bytes(), recipient, body.to_string(), to))
        .unwrap();
    stored.await.unwrap();
    let text = format!(r#"{{"id":"{id}","event":"welcome","status":"accepted"}}"#);
    Ok(Response::new(Body::from(text)))
}

fn write(connection: &Connection, rows: &Receiver<Row>) {
    while let Ok(first) = rows.recv() {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut answers = Vec::new();
        for (id, recipient, body, to) in std::iter::once(first).chain(rows.try_iter()) {
            connection
                .prepare_cached("INSERT INTO rows VALUES (?1, ?2, ?3)")
                .unwrap()
                .execute((id, recipient, body))
                .unwrap();
            answers.push(to);
        }
        connection.execute_batch("COMMIT").unwrap();
        for to in answers {
            to.send(()).unwrap();
        }
    }
}
