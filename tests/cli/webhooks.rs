//! Webhooks from the command line: listing, showing and repeating deliveries; verifying signatures.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use expect_test::expect;
use nix::sys::signal::Signal;
use serde_json::Value;

use crate::harness::{START, TestEnv};
use crate::process::{ProcessEnv, wait_until};
use crate::simulator_server::SimulatorServer;

/// `t.body` at START signed with `whsec_test`, computed by openssl.
const BODY: &str = r#"{"event":"delivery.sent"}"#;
const SIGNATURE: &str =
    "t=1775044800,v1=339d734dafc21ef25a7fea87d37a0180c9131ee03edd313099aed667af2971e7";

/// Returns an environment with a body, a secret and a header file.
fn webhook_env() -> TestEnv {
    assert_eq!(START, 1_775_044_800_000);
    let env = TestEnv::bare();
    env.file("body.json", BODY);
    env.file("secret", "whsec_test\n");
    let headers = "POST / HTTP/1.1\nHost: localhost\nx-sendivent-signature: ";
    env.file("headers.txt", &format!("{headers}{SIGNATURE}\r\n"));
    env
}

fn verify(env: &TestEnv, arguments: &str) -> crate::harness::RunOutput {
    let home = env.home().display();
    env.run(&format!(
        "webhook verify --secret-file {home}/secret {}",
        arguments.trim_end().replace('~', &home.to_string())
    ))
}

#[test]
fn a_valid_signature_is_verified() {
    let env = webhook_env();
    env.advance(12_000);
    verify(&env, &format!("--signature {SIGNATURE} ~/body.json")).assert_transcript(expect![[r#"
        $ sendivent webhook verify --secret-file [HOME]/secret --signature t=1775044800,v1=339d734dafc21ef25a7fea87d37a0180c9131ee03edd313099aed667af2971e7 [HOME]/body.json
        valid: signed 12 s ago
        assumed: the signed string is the header's time, a dot and the body; the key is the whole secret
        --- exit 0
    "#]]);
    verify(&env, "--headers ~/headers.txt ~/body.json").assert_code(0);
    env.stdin(BODY);
    verify(&env, "--headers ~/headers.txt").assert_code(0);
    env.stdin(BODY);
    env.set("SENDIVENT_WEBHOOK_SECRET", "whsec_test");
    let output = env.run(&format!("webhook verify --signature {SIGNATURE} - --json"));
    output.assert_code(0);
    let found: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(
        (&found["valid"], &found["simulated"]),
        (&Value::from(true), &Value::from(false))
    );
    assert_eq!(found["age_seconds"], 12);
    assert!(!env.path(".local").exists(), "no file of ours was made");
}

#[test]
fn an_invalid_signature_fails_with_a_reason() {
    let env = webhook_env();
    env.file("other.json", "{}");
    verify(&env, &format!("--signature {SIGNATURE} ~/other.json")).assert_transcript(expect![[r#"
        $ sendivent webhook verify --secret-file [HOME]/secret --signature t=1775044800,v1=339d734dafc21ef25a7fea87d37a0180c9131ee03edd313099aed667af2971e7 [HOME]/other.json
        not valid: the signature does not match this body and this secret
        assumed: the signed string is the header's time, a dot and the body; the key is the whole secret
        --- exit 3
    "#]]);
    env.file("saved.json", &format!("{BODY}\n"));
    let output = verify(&env, &format!("--signature {SIGNATURE} ~/saved.json"));
    assert!(
        output.stdout.contains("without the line break"),
        "{}",
        output.transcript()
    );
    output.assert_code(3);
    for (signature, printed) in [
        (
            "t=1775044800,v1=5a7a61de6818b6a2eb4e9766910fc0e8c2a907b3182bf690ee0a3d04b3c81981",
            "only the part after `whsec_`",
        ),
        (
            "t=1775044800,v1=dfe33a321efcdae772d00e91b805fcfdff80d2af88e086616f6fb9d7a5c02c41",
            "only the body is signed",
        ),
        ("t=1775044800", "cannot be parsed: it has no digest"),
        ("v1=00", "cannot be parsed: it has no time"),
    ] {
        let output = verify(&env, &format!("--signature {signature} ~/body.json"));
        assert!(output.stdout.contains(printed), "{}", output.transcript());
        output.assert_code(3);
    }
    env.file("headers.txt", "Host: localhost\n");
    let output = verify(&env, "--headers ~/headers.txt ~/body.json");
    assert!(
        output.stdout.contains("there is no header"),
        "{}",
        output.transcript()
    );
    output.assert_code(3);
}

#[test]
fn a_signature_expires() {
    let env = webhook_env();
    let output = |more: &str| verify(&env, &format!("--signature {SIGNATURE} ~/body.json {more}"));
    env.advance(300_000);
    output("").assert_code(0);
    env.advance(1000);
    output("").assert_transcript(expect![[r#"
        $ sendivent webhook verify --secret-file [HOME]/secret --signature t=1775044800,v1=339d734dafc21ef25a7fea87d37a0180c9131ee03edd313099aed667af2971e7 [HOME]/body.json
        not valid: the signature matches, but was made 5 min 1 s ago; 5 min are allowed
        assumed: the signed string is the header's time, a dot and the body; the key is the whole secret
        --- exit 3
    "#]]);
    output("--tolerance 301s").assert_code(0);
    output("--tolerance none").assert_code(0);
    env.advance(-602_000);
    let premature = output("");
    assert!(
        premature.stdout.contains("in the future"),
        "{}",
        premature.transcript()
    );
    premature.assert_code(3);
    output("--tolerance 1h").assert_code(0);
}

#[test]
fn missing_input_for_verify_is_a_usage_error() {
    let env = webhook_env();
    env.run(&format!("webhook verify --signature {SIGNATURE}"))
        .assert_code(2)
        .assert_stderr_contains(&[
            "there is no secret to verify with",
            "SENDIVENT_WEBHOOK_SECRET",
        ]);
    env.file("secret", "\n");
    verify(&env, &format!("--signature {SIGNATURE}"))
        .assert_code(2)
        .assert_stderr_contains(&["it is empty"]);
    env.file("secret", "whsec_test");
    verify(&env, "~/body.json")
        .assert_code(2)
        .assert_stderr_contains(&["--signature", "--headers"]);
    verify(&env, &format!("--signature {SIGNATURE} ~/nowhere.json")).assert_code(2);
    verify(
        &env,
        &format!("--signature {SIGNATURE} --tolerance soon ~/body.json"),
    )
    .assert_code(2)
    .assert_stderr_contains(&["--tolerance"]);
    verify(&env, &format!("--signature {SIGNATURE} ~/body.json -o csv")).assert_code(2);
}

#[test]
fn deliveries_are_listed_and_shown() {
    let env = TestEnv::simulated();
    assert_eq!(
        env.ok("simulator webhooks list"),
        "No webhook endpoint is registered."
    );
    // Nothing listens on port 9.
    let secret = env.endpoint("http://127.0.0.1:9/hook");
    assert!(secret.starts_with("whsec_"));
    env.ok("send welcome --to bounced@simulator.test");
    env.ok("simulator clock freeze");
    env.ok("simulator clock advance 6s");
    env.run("simulator webhooks list").assert_transcript(expect![[r#"
        $ sendivent simulator webhooks list
        endpoint http://127.0.0.1:9/hook
        DELIVERY                              EVENT             RECIPIENT               STATUS    ATTEMPTS  WHEN                      RESPONSE
        019d48ea-31e8-751f-9773-47ed6db7aa47  delivery.bounced  bounced@simulator.test  waiting   0         of 2026-04-01 12:00:01Z
        019d48ea-2ec8-7e34-8a0e-451650be836d  delivery.sent     bounced@simulator.test  retrying  2         due 2026-04-01 12:05:05Z  no connection: Connection refused (os error 111)
        --- exit 0
    "#]]);
    let list = env.ok("simulator webhooks list --json");
    assert!(!list.contains(&secret), "{list}");
    let list: Value = serde_json::from_str(&list).unwrap();
    let id = list["deliveries"][1]["id"].as_str().unwrap().to_owned();
    let stdout = env.ok(&format!("simulator webhooks show {id}"));
    for part in [
        "delivery.sent to bounced@simulator.test, retrying, due 2026-04-01 12:05:05Z",
        r#""event_name": "welcome""#,
        "attempt 2 2026-04-01 12:00:05Z to http://127.0.0.1:9/hook: no connection: ",
        "x-sendivent-signature: t=1775044800,v1=",
    ] {
        assert!(stdout.contains(part), "{part}\n{stdout}");
    }
    let again = env.run(&format!("simulator webhooks replay {id}"));
    assert!(
        again.stdout.contains(", manual: no connection"),
        "{}",
        again.transcript()
    );
    again.assert_code(3);
    let csv = env.ok("simulator webhooks list -n 1 -o csv");
    assert!(csv.starts_with("id,event,message_id,"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
    env.ok("simulator reset --yes");
    assert_eq!(
        env.ok("simulator webhooks list"),
        "endpoint http://127.0.0.1:9/hook\nNothing was sent to it, and nothing is planned."
    );
}

#[test]
fn a_synthetic_event_is_posted() {
    let env = TestEnv::simulated();
    env
        .run("simulator webhooks trigger bounced --to ada@example.com")
        .assert_transcript(expect![[r#"
            $ sendivent simulator webhooks trigger bounced --to ada@example.com
            --- stderr
            error: there is no active webhook endpoint
            hint: Register one with POST /v1/webhooks, or with `sendivent simulator serve --webhook URL`.
            --- exit 6
        "#]]);
    env.run("simulator webhooks trigger bounce --to ada@example.com")
        .assert_code(2)
        .assert_stderr_contains(&["did you mean `delivery.bounced`?"]);
    env.endpoint("http://hooks.example.com/");
    let output = env.run("simulator webhooks trigger delivery.complained --to ada@example.com");
    assert!(
        output
            .stdout
            .contains("hooks.example.com is not this machine"),
        "{}",
        output.transcript()
    );
    output.assert_code(3);
    env.run("simulator webhooks trigger delivered --to +14155550123")
        .assert_code(5)
        .assert_stderr_contains(&["happens on email only"]);
    let masked = env.ok("simulator webhooks list --no-pii --json");
    assert!(!masked.contains("ada@example.com"), "{masked}");
}

/// A webhook receiver that records heads and bodies.
struct WebhookReceiver {
    url: String,
    received: Arc<Mutex<Vec<(String, String)>>>,
}

impl WebhookReceiver {
    /// Responds with 200, except to the first requests, which get no response during the test.
    fn new(unanswered: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let received: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let log = Arc::clone(&received);
        std::thread::spawn(move || {
            let mut state = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                stream
                    .set_read_timeout(Some(Duration::from_secs(5)))
                    .unwrap();
                let request = read_request(&stream);
                log.lock().unwrap().push(request);
                if state.len() < unanswered {
                    state.push(stream);
                } else {
                    drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
                }
            }
        });
        Self { url, received }
    }

    fn received(&self) -> Vec<(String, String)> {
        self.received.lock().unwrap().clone()
    }

    fn events(&self) -> Vec<String> {
        let event = |(_, body): (String, String)| {
            let body: Value = serde_json::from_str(&body).unwrap();
            body["event"].as_str().unwrap().replace("delivery.", "")
        };
        self.received().into_iter().map(event).collect()
    }
}

fn read_request(stream: &TcpStream) -> (String, String) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[test]
fn a_server_delivers_and_its_secret_verifies() {
    let env = ProcessEnv::new();
    let receiver = WebhookReceiver::new(0);
    let server = SimulatorServer::start(&env, &format!("--webhook {} --json", receiver.url));
    let ready: Value = serde_json::from_str(&server.ready).unwrap();
    let secret = ready["webhook"]["secret"].as_str().unwrap().to_owned();
    assert_eq!(server.send("bounced@simulator.test").status, 200);
    wait_until("both events came", || receiver.events().len() == 2);
    assert_eq!(receiver.events(), ["sent", "bounced"]);
    for (head, body) in receiver.received() {
        std::fs::write(env.home().join("head"), head).unwrap();
        std::fs::write(env.home().join("body"), body).unwrap();
        let mut verify = env.command("webhook verify --headers head body");
        verify.env("SENDIVENT_WEBHOOK_SECRET", &secret);
        let output = verify.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    // Sends by another process are delivered as well.
    env.run("send welcome --to ada@example.com").assert_code(0);
    wait_until("two more came", || receiver.events().len() == 4);
    server.stop().assert_code(0);
    // A registered endpoint stays unchanged, and its secret is not printed again.
    let server = SimulatorServer::start(&env, &format!("--webhook {} --json", receiver.url));
    let ready: Value = serde_json::from_str(&server.ready).unwrap();
    assert_eq!(ready["webhook"]["url"], receiver.url.as_str());
    assert_eq!(ready["webhook"]["secret"], Value::Null);
    server.stop().assert_code(0);
    // Another URL does not replace it.
    env.run("simulator serve --port 0 --webhook http://127.0.0.1:9/")
        .assert_code(2)
        .assert_stderr_contains(&[
            &format!("another endpoint is registered: {}", receiver.url),
            "DELETE",
        ]);
    for (flags, printed) in [
        (
            "--webhook https://example.com/x",
            "`--allow-webhook-host example.com` allows it",
        ),
        (
            "--webhook https://example.com/x --allow-webhook-host example.org",
            "example.com is not this machine",
        ),
        (
            "--webhook nonsense",
            "--webhook: `url` must begin with http://",
        ),
        (
            "--allow-webhook-host http://a/",
            "`http://a/` is not a host",
        ),
    ] {
        ProcessEnv::new()
            .run(&format!("simulator serve --port 0 {flags}"))
            .assert_code(2)
            .assert_stderr_contains(&[printed]);
    }
}

#[test]
fn deliveries_in_flight_at_a_crash_are_repeated() {
    let env = ProcessEnv::new();
    let receiver = WebhookReceiver::new(1);
    let server = SimulatorServer::start(&env, &format!("--webhook {}", receiver.url));
    assert_eq!(server.send("ada@example.com").status, 200);
    wait_until("the first event came", || receiver.events().len() == 1);
    server.process.signal(Signal::SIGKILL);
    assert!(server.end().was_killed());
    let server = SimulatorServer::start(&env, "");
    wait_until("it came again, and the next one", || {
        receiver.events().len() == 3
    });
    assert_eq!(receiver.events(), ["sent", "sent", "delivered"]);
    let id = |index: usize| {
        let head = receiver.received()[index].0.clone();
        let mut lines = head.lines();
        lines
            .find(|line| line.starts_with("x-sendivent-webhook-id"))
            .unwrap()
            .to_owned()
    };
    assert_ne!(id(0), id(1));
    server.stop().assert_code(0);
}

#[test]
fn a_graceful_stop_releases_deliveries_in_flight() {
    let env = ProcessEnv::new();
    let receiver = WebhookReceiver::new(1);
    let server = SimulatorServer::start(&env, &format!("--webhook {}", receiver.url));
    assert_eq!(server.send("sent@simulator.test").status, 200);
    wait_until("the first event came", || receiver.events().len() == 1);
    server.stop().assert_code(0);
    let server = SimulatorServer::start(&env, "");
    wait_until("it came again", || receiver.events().len() == 2);
    server.stop().assert_code(0);
}
