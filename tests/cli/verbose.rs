//! `-v`: requests and responses are printed on stderr without secrets, and nothing else changes.

use std::sync::Mutex;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{RunOutput, TestEnv};
use crate::stub_service::{StubResponse, StubService};

const KEY: &str = "test_verboseverbose";
/// What must not be printed: the key, a recipient, a value, a cookie.
const SECRETS: [&str; 6] = [
    "verboseverbose",
    "zebediah",
    "hunter2",
    "5550177",
    "Rosebud",
    "s3cr3t",
];

/// A service that fails once, then accepts, and echoes the request in every response.
fn retrying_service() -> (StubService, TestEnv) {
    let attempts = Mutex::new(0);
    let service = StubService::start(move |request| {
        let mut attempts = attempts.lock().unwrap();
        *attempts += 1;
        let echo = format!("{} {}", request.header("authorization"), request.body);
        let id = "550e8400-e29b-41d4-a716-446655440000";
        let response = match (request.method.as_str(), *attempts) {
            (_, 1) => StubResponse::json(503, &json!({"error": echo})).with("Retry-After", "1"),
            ("POST", _) => StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "accepted", "echo": echo}),
            ),
            _ => StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "completed", "echo": echo,
                    "contact": {"email": "zebediah@example.com", "name": "Rosebud"},
                    "messages": [{"id": "m", "channel": "email", "status": "delivered"}]}),
            ),
        };
        response
            .with("Set-Cookie", "session=s3cr3t; Path=/")
            .with("X-Echo", request.header("authorization"))
    });
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", &service.url());
    (service, env)
}

/// Fails if stderr contains a secret.
#[track_caller]
fn assert_no_secrets(output: &RunOutput) {
    for secret in SECRETS {
        assert!(
            !output.stderr.contains(secret),
            "{secret} in {}",
            output.transcript()
        );
    }
}

const SEND: &str =
    "send welcome --to zebediah@example.com -p secret=hunter2 -p n:=5550177 --idempotency-key once";

#[test]
fn requests_responses_and_retries_are_shown_without_secrets() {
    let (service, env) = retrying_service();
    let output = env.run(&format!("-v {SEND}"));
    assert_no_secrets(&output);
    let server = service.url().rsplit(':').next().unwrap().to_owned();
    let text = output.transcript().replace(&format!(":{server}"), ":PORT");
    // The body's length depends on the port's digits.
    let lengths = |line: &str| match (line.find(", "), line.starts_with("< HTTP")) {
        (Some(at), true) => format!("{}, …", &line[..at]),
        _ => line.to_owned(),
    };
    let text: Vec<String> = text.lines().map(lengths).collect();
    expect![[r#"
        $ sendivent -v send welcome --to zebediah@example.com -p secret=hunter2 -p n:=5550177 --idempotency-key once
        accepted    550e8400-e29b-41d4-a716-446655440000  zebediah@example.com  key once
        --- stderr
        > POST http://127.0.0.1:PORT/v1/send/welcome
        > accept: application/json
        > authorization: Bearer ***
        > content-type: application/json
        > x-idempotency-key: once
        > {"payload":{"n":"***","secret":"h***"},"to":"z***@e***"}
        < HTTP 503, …
        < connection: close
        < content-type: application/json
        < retry-after: 1
        < set-cookie: ***
        < x-echo: Bearer [API key]
        < content-length: 123
        < {"error":"Bearer [API key] {\"to\":\"z***@e***",\"payload\":{\"n\":5***,\"secret\":\"h***\"}}"}
          retry in 1 s
        > POST http://127.0.0.1:PORT/v1/send/welcome  (attempt 2)
        > accept: application/json
        > authorization: Bearer ***
        > content-type: application/json
        > x-idempotency-key: once
        > {"payload":{"n":"***","secret":"h***"},"to":"z***@e***"}
        < HTTP 200, …
        < connection: close
        < content-type: application/json
        < set-cookie: ***
        < x-echo: Bearer [API key]
        < content-length: 204
        --- exit 0
    "#]].assert_eq(&format!("{}\n", text.join("\n")));
}

#[test]
fn stdout_is_the_same_as_without_verbose() {
    for command in [
        SEND.to_owned(),
        format!("{SEND} --json"),
        format!("{SEND} -q"),
        format!("{SEND} -o csv"),
        format!("{SEND} --wait --json"),
        "status 550e8400-e29b-41d4-a716-446655440000 --json".to_owned(),
        "watch 550e8400-e29b-41d4-a716-446655440000 --json".to_owned(),
        "whoami --json".to_owned(),
    ] {
        let quiet = retrying_service().1.run(&command);
        let (_service, env) = retrying_service();
        let loud = env.run(&format!("{command} -v"));
        assert_no_secrets(&loud);
        assert_eq!(loud.code, quiet.code, "{}", loud.transcript());
        let steady = |output: &RunOutput| {
            let lines = output.stdout.lines().map(|line| {
                let parsed: Result<Value, _> = serde_json::from_str(line);
                parsed.map_or_else(
                    |_| line.to_owned(),
                    |mut value| {
                        // Home directories and ports differ from run to run.
                        for name in ["journal", "service"] {
                            value.as_object_mut().unwrap().remove(name);
                        }
                        value.to_string()
                    },
                )
            });
            lines.collect::<Vec<_>>()
        };
        if !command.contains("simulat") && quiet.code == 0 {
            assert_eq!(steady(&loud), steady(&quiet), "{command}");
        }
    }
}

#[test]
fn failures_are_shown_without_secrets() {
    let service = StubService::start(|request| {
        StubResponse::json(
            401,
            &json!({"error": format!("no {}", request.header("authorization"))}),
        )
        .with(
            "Location",
            format!("/login?key={}", request.header("authorization")),
        )
    });
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", &service.url());
    for command in [
        SEND,
        "cancel welcome --to zebediah@example.com",
        "status 550e8400-e29b-41d4-a716-446655440000",
        "watch 550e8400-e29b-41d4-a716-446655440000",
        "doctor",
        "send welcome --broadcast -p secret=hunter2",
    ] {
        for form in ["-v", "-v --json", "-v --no-pii"] {
            let output = env.run(&format!("{command} {form}"));
            output
                .assert_code(4)
                .assert_stderr_contains(&["> ", "< HTTP 401"]);
            let lines = output
                .stderr
                .lines()
                .filter(|line| line.starts_with(['<', '>']));
            for line in lines {
                for secret in SECRETS {
                    assert!(!line.contains(secret), "{secret} in {line}");
                }
            }
            assert!(
                !output.transcript().contains("verboseverbose"),
                "{}",
                output.transcript()
            );
        }
    }
    // A missing response is printed as well.
    drop(service);
    env.run("-v status 550e8400-e29b-41d4-a716-446655440000")
        .assert_code(69)
        .assert_stderr_contains(&[
            "> GET http://127.0.0.1:",
            "< no response, after ",
            "(attempt 2)",
            "retry in ",
        ]);
}

#[test]
fn simulated_requests_are_shown_too() {
    let env = TestEnv::simulated();
    let output = env.run(&format!("-v {SEND}"));
    output
        .assert_code(0)
        .assert_stderr_contains(&["> POST /v1/send/welcome", "< HTTP 200"]);
    assert_no_secrets(&output);
    let output = env.run("-v send welcome --to http-503@simulator.test --timeout 1m");
    output
        .assert_code(69)
        .assert_stderr_contains(&["(attempt 2)", "retry in "]);
}

#[test]
fn verbose_disables_progress_lines() {
    let env = TestEnv::simulated();
    env.terminal(100);
    let output = env.run("-v send welcome --to ada@example.com --wait --color never");
    output.assert_code(0);
    for control in ["\u{1b}", "\r"] {
        assert!(!output.stderr.contains(control), "{:?}", output.stderr);
    }
}
