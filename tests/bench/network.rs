//! Times one send over the network, side by side with `curl` in the same run: `cargo bench --bench network`.
//!
//! The server is a thread of this process that answers every request with the documented receipt, over plain HTTP and
//! TLS. Both programs use the same certificate bundle: the system's plus one authority. Nothing here passes or fails.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod measure;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use measure::{PROGRAM, Timed};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const RUNS: usize = 200;
const KEY: &str = "test_benchmark";
const BODY: &str = r#"{"payload":{"order":"1234"},"to":"ada@example.com"}"#;
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How many connections were accepted.
static CONNECTIONS: AtomicUsize = AtomicUsize::new(0);

fn main() {
    if measure::answered_peak() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("bundle.pem");
    let tls = certificate(&bundle);
    let plain = format!("http://{}", serve(None));
    let secure = format!("https://localhost:{}", serve(Some(tls)).port());
    let bundle = bundle.display().to_string();
    measure::program();
    measure::heading();
    let http = compare(directory.path(), &plain, &bundle, "HTTP");
    let https = compare(
        directory.path(),
        &secure,
        &bundle,
        "HTTPS, the system's authorities",
    );
    println!("\nsendivent / curl: {http:.2} over HTTP, {https:.2} over HTTPS");
    many(directory.path(), &plain);
}

/// Times one send by curl and by this program, and returns the ratio.
fn compare(home: &Path, base: &str, bundle: &str, how: &str) -> f64 {
    let home = home.display().to_string();
    let address = format!("{base}/v1/send/welcome");
    let authorization = format!("authorization: Bearer {KEY}");
    let curl = Timed {
        program: "/usr/bin/curl",
        arguments: vec![
            "-sS",
            "--cacert",
            bundle,
            &address,
            "-H",
            &authorization,
            "-H",
            "content-type: application/json",
            "--data-raw",
            BODY,
        ],
        environment: vec![("HOME", &home)],
    };
    let own = Timed {
        program: PROGRAM,
        arguments: vec![
            "send",
            "welcome",
            "--to",
            "ada@example.com",
            "-p",
            "order=1234",
        ],
        environment: vec![
            ("HOME", &home),
            ("SENDIVENT_API_KEY", KEY),
            ("SENDIVENT_API_URL", base),
            ("SSL_CERT_FILE", bundle),
        ],
    };
    let curl = measure::row(&format!("curl, {how}"), &curl, RUNS);
    let own = measure::row(&format!("send, journal included, {how}"), &own, RUNS);
    own.as_secs_f64() / curl.as_secs_f64()
}

/// Watches a thousand notifications once.
fn many(home: &Path, base: &str) {
    let home = home.display().to_string();
    let ids: Vec<String> = (0..1000u128)
        .map(|number| uuid::Uuid::from_u128(number + (7 << 76)).to_string())
        .collect();
    let mut arguments = vec!["watch", "--timeout", "0", "--progress", "none"];
    arguments.extend(ids.iter().map(String::as_str));
    let watch = Timed {
        program: PROGRAM,
        arguments,
        environment: vec![
            ("HOME", &home),
            ("SENDIVENT_API_KEY", "live_benchmark"),
            ("SENDIVENT_API_URL", base),
        ],
    };
    let before = CONNECTIONS.load(Ordering::SeqCst);
    let elapsed = measure::row("watch of 1,000 ids, at most 100 a second", &watch, 1);
    let runs = 7;
    println!(
        "{:.0} requests a second, {} connections",
        1000.0 / elapsed.as_secs_f64(),
        (CONNECTIONS.load(Ordering::SeqCst) - before) / runs
    );
}

/// Creates an authority and its certificate for `localhost`, and writes the bundle of all authorities.
fn certificate(bundle: &Path) -> ServerConfig {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Two names: curl treats a certificate with its issuer's name as self-signed.
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "an authority of this benchmark");
    authority.distinguished_name = name;
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &authority).unwrap();
    let system = std::fs::read_to_string(BUNDLE).unwrap_or_default();
    std::fs::write(bundle, format!("{system}\n{}", authority.pem())).unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap()
}

/// Serves a port for as long as the process runs.
fn serve(tls: Option<ServerConfig>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let tls = tls.map(Arc::new);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, tls) = (stream.unwrap(), tls.clone());
            CONNECTIONS.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                stream.set_nodelay(true).unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(60)))
                    .unwrap();
                match tls {
                    None => answer(stream),
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        answer(StreamOwned::<ServerConnection, TcpStream>::new(
                            connection, stream,
                        ));
                    }
                }
            });
        }
    });
    address
}

/// Serves one connection: a send gets a receipt, a poll a delivered notification.
fn answer(stream: impl Read + Write) {
    const ID: &str = "550e8400-e29b-41d4-a716-446655440000";
    let receipt = format!(r#"{{"id":"{ID}","event":"welcome","status":"accepted"}}"#);
    let found = format!(
        r#"{{"id":"{ID}","event":"welcome","contact":{{"email":"ada@example.com"}},"status":"completed","messages":[{{"id":"{ID}","channel":"email","status":"delivered"}}]}}"#
    );
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut first, mut line) = (0, None, String::new());
        loop {
            line.clear();
            match stream.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            first.get_or_insert(lower);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let text = match first.is_some_and(|line| line.starts_with("get")) {
            true => &found,
            false => &receipt,
        };
        let response = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
            text.len()
        );
        let out = stream.get_mut();
        if out
            .write_all(response.as_bytes())
            .and_then(|()| out.flush())
            .is_err()
        {
            return;
        }
    }
}
