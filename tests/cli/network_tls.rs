use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::fault_server::{
    Action, ClosedPort, FaultServer, KEY, RECEIPT, ServiceEnv, json_response,
};

const SEND: &str = "send welcome --to ada@example.com --idempotency-key k-1 --timeout 2s";

/// A certificate authority.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "An authority of a test");
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Returns a server configuration with a certificate for this name, modified by the test.
    fn server(&self, name: &str, change: impl Fn(&mut CertificateParams)) -> Arc<ServerConfig> {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![CertificateDer::from(leaf.der().to_vec())];
        let secret = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, secret)
            .unwrap();
        Arc::new(config)
    }

    /// Returns an environment that trusts only this authority.
    fn trusting_env(&self, client: ServiceEnv) -> ServiceEnv {
        let file: PathBuf = client.env.home().join("authority.pem");
        std::fs::write(&file, &self.pem).unwrap();
        client.with("SSL_CERT_FILE", &file.display().to_string())
    }
}

fn valid_response() -> Vec<Action> {
    vec![Action::Respond(json_response(200, RECEIPT))]
}

fn https(server: &FaultServer) -> String {
    format!("https://127.0.0.1:{}", server.port())
}

#[test]
fn a_configured_authority_is_trusted() {
    let authority = Authority::new();
    let server = FaultServer::with_tls(authority.server("127.0.0.1", |_| {}), valid_response());
    let client = authority.trusting_env(ServiceEnv::new(https(&server)));
    client.run(SEND).assert_code(0);
    assert_eq!(server.requests().len(), 1);
    let output = client.run("doctor").assert_code(0);
    assert!(
        output.stdout.contains("the certificate is trusted"),
        "{output:#?}"
    );
}

#[test]
fn an_invalid_certificate_ends_the_run_without_sending_the_key() {
    let authority = Authority::new();
    let any = |_: &mut CertificateParams| {};
    let expired = |params: &mut CertificateParams| params.not_after = date_time_ymd(2020, 1, 1);
    let to_come = |params: &mut CertificateParams| params.not_before = date_time_ymd(2999, 1, 1);
    let above = |params: &mut CertificateParams| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    };
    let stranger = Authority::new();
    let cases = [
        (
            authority.server("127.0.0.1", expired),
            true,
            "it has expired",
        ),
        (
            authority.server("127.0.0.1", above),
            true,
            "it is the certificate of an authority, not of a server",
        ),
        (
            stranger.server("127.0.0.1", any),
            true,
            "Add its certificate authority to the file that SSL_CERT_FILE names",
        ),
        (
            authority.server("127.0.0.1", to_come),
            true,
            "it is not valid yet",
        ),
        (
            authority.server("other.example", any),
            true,
            "it is for another host name",
        ),
        (
            authority.server("127.0.0.1", any),
            false,
            "signed by an unknown certificate authority",
        ),
    ];
    for (config, trusted, reason) in cases {
        let server = FaultServer::with_tls(config, valid_response());
        let client = ServiceEnv::new(https(&server));
        let client = match trusted {
            true => authority.trusting_env(client),
            false => client,
        };
        client.run(SEND).assert_code(69).assert_stderr_contains(&[
            "the certificate of 127.0.0.1 is not trusted",
            reason,
            "--idempotency-key k-1",
        ]);
        let output = client.run(SEND).assert_code(69);
        let suggests_cert_file = output.stderr.contains("set SSL_CERT_FILE to a file");
        assert_eq!(suggests_cert_file, !trusted, "{output:#?}");
        assert_eq!(server.connection_count(), 2, "{reason}: tried again");
        let output = client.run("doctor").assert_code(69);
        assert!(output.stdout.contains(reason), "{output:#?}");
        assert!(
            server.requests().is_empty(),
            "{reason}: it received a request"
        );
    }
}

#[test]
fn a_watch_continues_after_an_invalid_certificate() {
    let authority = Authority::new();
    let server = FaultServer::with_tls(authority.server("other.example", |_| {}), valid_response());
    let client = authority.trusting_env(ServiceEnv::new(https(&server)));
    let id = crate::fault_server::ID;
    let output = client.run(&format!("watch {id} --timeout 2s"));
    let output = output
        .assert_code(69)
        .assert_stderr_contains(&["another host name", "resume with: "]);
    assert_eq!(output.stderr.matches("retrying").count(), 1, "{output:#?}");
    assert!(server.connection_count() > 1);
}

#[test]
fn a_wrong_protocol_on_the_port() {
    let authority = Authority::new();
    // Plain HTTP to a TLS port: the server sends an alert.
    let server = FaultServer::with_tls(authority.server("127.0.0.1", |_| {}), valid_response());
    let client = ServiceEnv::new(server.url());
    client.run(SEND).assert_code(69).assert_stderr_contains(&[
        "outcome unknown",
        "--idempotency-key k-1",
        "hint: ",
    ]);
    assert!(server.requests().is_empty());
    // TLS to a plain HTTP port: one server responds at once, the other waits for more bytes.
    let polite =
        FaultServer::with_greeting(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    let patient = FaultServer::with_actions(valid_response());
    for server in [&polite, &patient] {
        let client = authority.trusting_env(ServiceEnv::new(https(server)));
        client
            .run(SEND)
            .assert_code(69)
            .assert_stderr_contains(&["hint: ", "--idempotency-key k-1"]);
        assert!(server.requests().is_empty());
    }
    let client = authority.trusting_env(ServiceEnv::new(https(&polite)));
    client.run(SEND).assert_code(69).assert_stderr_contains(&[
        "no secure connection to 127.0.0.1: the server does not speak TLS",
    ]);
}

#[test]
fn broken_tls_connections() {
    let authority = Authority::new();
    let config = || authority.server("127.0.0.1", |_| {});
    let slammed = FaultServer::with_tls_after_resets(config(), 99, valid_response());
    let cut = FaultServer::with_tls(
        config(),
        vec![Action::Reset(b"HTTP/1.1 200 OK\r\n".to_vec())],
    );
    let silent = FaultServer::with_tls(config(), vec![Action::Hang(vec![])]);
    for server in [&slammed, &cut, &silent] {
        let client = authority.trusting_env(ServiceEnv::new(https(server)));
        client
            .run(SEND)
            .assert_code(69)
            .assert_stderr_contains(&["outcome unknown", "--idempotency-key k-1"]);
    }
    // Two broken connections, then a working one.
    let actions = vec![
        Action::Reset(vec![]),
        Action::Close(vec![]),
        Action::Respond(json_response(200, RECEIPT)),
    ];
    let mended = FaultServer::with_tls(config(), actions);
    let client = authority.trusting_env(ServiceEnv::new(https(&mended)));
    client
        .run("send welcome --to ada@example.com")
        .assert_code(0);
    assert_eq!(mended.requests().len(), 3);
}

#[test]
fn an_invalid_authority_file_is_reported() {
    let authority = Authority::new();
    let server = FaultServer::with_tls(authority.server("127.0.0.1", |_| {}), valid_response());
    for content in [None, Some(""), Some("no certificate")] {
        let client = ServiceEnv::new(https(&server));
        let file = client.env.home().join("broken.pem");
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let client = client.with("SSL_CERT_FILE", &file.display().to_string());
        let reason = match content {
            None => "SSL_CERT_FILE: there is no such file",
            Some(_) => "SSL_CERT_FILE: the file contains no certificate",
        };
        client
            .run(SEND)
            .assert_code(2)
            .assert_stderr_contains(&[reason, "or unset it"]);
        let output = client.run("doctor").assert_code(2);
        assert!(output.stdout.contains(reason), "{output:#?}");
    }
    // Plain HTTP through the proxy.
    let plain = FaultServer::with_actions(valid_response());
    let client = ServiceEnv::new(plain.url()).with("SSL_CERT_FILE", "nowhere");
    client.run(SEND).assert_code(0);
    assert!(server.requests().is_empty());
}

#[test]
fn a_proxy_sees_only_the_target_host() {
    let authority = Authority::new();
    let proxy = FaultServer::as_proxy(authority.server("api.example", |_| {}), valid_response());
    for (variable, address) in [("https_proxy", proxy.url()), ("ALL_PROXY", proxy.url())] {
        let client = ServiceEnv::new("https://api.example").with(variable, &address);
        let client = authority.trusting_env(client);
        client.run(SEND).assert_code(0);
        let output = client.run("doctor").assert_code(0);
        assert!(output.stdout.contains(variable), "{output:#?}");
    }
    let connects = proxy.connect_heads();
    assert_eq!(connects.len(), 4);
    for head in connects {
        assert!(head.starts_with("CONNECT api.example:443 "), "{head}");
        assert!(!head.contains(KEY), "{head}");
    }
}

#[test]
fn broken_proxies() {
    let expected =
        |text: &str| FaultServer::with_actions(vec![Action::Close(text.as_bytes().to_vec())]);
    let closed_port = ClosedPort::new();
    let hangs = FaultServer::with_actions(vec![Action::Hang(vec![])]);
    let cases = [
        (
            Some(expected(
                "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            )),
            "the proxy that the environment names requires a login",
        ),
        (
            Some(expected("HTTP/1.1 502 Bad Gateway\r\n\r\n")),
            "does not connect to the service",
        ),
        (
            Some(expected("HTTP/1.1 200 OK\r\n\r\nno handshake")),
            "no secure connection",
        ),
        (
            Some(expected("noise, and more than twelve bytes")),
            "does not connect to the service",
        ),
        (Some(expected("")), "closed the connection"),
        (Some(hangs), "no connection within"),
        (
            None,
            "the proxy that the environment names refused the connection",
        ),
    ];
    for (proxy, reason) in cases {
        let address = proxy
            .as_ref()
            .map_or_else(|| closed_port.url(), FaultServer::url);
        let address = address.replace("http://", "http://somebody:s3cret@");
        let client = ServiceEnv::new("https://api.example").with("https_proxy", &address);
        let output = client
            .run(SEND)
            .assert_code(69)
            .assert_stderr_contains(&["hint: ", reason, "proxy"]);
        assert!(!output.stderr.contains("s3cret"), "{output:#?}");
        for request in proxy.iter().flat_map(FaultServer::requests) {
            assert!(!request.head.contains(KEY), "{request:#?}");
        }
    }
}

#[test]
fn loopback_and_no_proxy_hosts_bypass_the_proxy() {
    let authority = Authority::new();
    let proxy = FaultServer::with_actions(vec![Action::Close(Vec::new())]);
    let server = FaultServer::with_tls(authority.server("127.0.0.1", |_| {}), valid_response());
    let client = ServiceEnv::new(https(&server))
        .with("https_proxy", &proxy.url())
        .with("HTTPS_PROXY", &proxy.url());
    authority.trusting_env(client).run(SEND).assert_code(0);
    let client = ServiceEnv::new("https://nobody.invalid")
        .with("https_proxy", &proxy.url())
        .with("no_proxy", "nobody.invalid");
    client
        .run(SEND)
        .assert_code(69)
        .assert_stderr_contains(&["nobody.invalid"]);
    assert_eq!(proxy.connection_count(), 0);
    for broken in [
        "http://[broken",
        "garbage://x",
        "socks5://ada:s3cret@127.0.0.1",
    ] {
        let client = ServiceEnv::new("https://nobody.invalid").with("https_proxy", broken);
        let expected =
            "https_proxy: the proxy address is not valid: it must begin with http:// or https://";
        let output = client
            .run(SEND)
            .assert_code(2)
            .assert_stderr_contains(&[expected]);
        assert!(!output.stderr.contains("s3cret"), "{output:#?}");
        let output = client.run("doctor").assert_code(2);
        assert!(output.stdout.contains(expected), "{output:#?}");
    }
}

#[test]
fn an_unreachable_plain_http_proxy_is_reported() {
    let closed_port = ClosedPort::new();
    for (proxy, reason) in [
        (
            closed_port.url().replace("http://", "http://ada:s3cret@"),
            "refused the connection",
        ),
        (
            "http://nobody.invalid:3128".to_owned(),
            "has a name that could not be resolved",
        ),
    ] {
        let client = ServiceEnv::new("http://api.example")
            .with("SENDIVENT_ALLOW_HTTP", "1")
            .with("http_proxy", &proxy);
        let expected = format!("the proxy that the environment names {reason}");
        for command in [SEND, "doctor"] {
            let output = client.run(command).assert_code(69);
            let stderr_text = [&output.stdout, &output.stderr].map(|text| text.replace('\n', " "));
            assert!(
                stderr_text.iter().any(|text| text.contains(&*expected)),
                "{output:#?}"
            );
            assert!(!stderr_text.concat().contains("s3cret"), "{output:#?}");
        }
        let client = client.with("no_proxy", "api.example");
        let output = client.run(SEND).assert_code(69);
        assert!(!output.stderr.contains("the proxy that"), "{output:#?}");
    }
}
