//! `--no-pii`: no output contains personal data, in errors neither.

use std::fs;

use serde_json::json;

use crate::harness::{RunOutput, TestEnv};
use crate::stub_service::{StubResponse, StubService};

/// What must not appear in any output: parts of an address, an external id, a name, a value, a phone number.
const SECRETS: [&str; 6] = [
    "quux",
    "zebediah",
    "hunter2",
    "rosebud",
    "5550177",
    "mockturtle",
];

/// Commands after a send with `--no-pii`; `FILE`, `BAD` and `LATIN` are files in the environment.
const COMMANDS: [&str; 58] = [
    "send welcome --to zebediah.quux@example.com -p secret=hunter2",
    "send welcome -tzebediah.quux@example.com -psecret=hunter2 --wait",
    "send welcome --to=zebediah.quux@bounce.simulator.test --wait",
    "send welcome --to zebediah.quux@example.com --wait --progress plain",
    "send welcome --to zebediah.quux@example.com --override email.subject=hunter2 --from zebediah.quux@example.com",
    "send welcome --to zebediah.quux@example.com -p secret=hunter2 --dry-run",
    "send welcome --to zebediah.quux@example.com -p n:=5550177 --dry-run=curl",
    "send welcome --to +14155550177",
    "send welcome --to zebediah.quux@example.com --to zebediah.quux",
    "send welcome --to zebediah.quux@example.com --to mockturtle --one-request",
    r#"send welcome --to '{"email":"zebediah.quux@example.com","name":"Rosebud"}'"#,
    "send welcome --to @FILE",
    "send welcome --to @FILE --wait",
    "send welcome --to @FILE --dry-run",
    "send welcome --to @FILE --channel slack",
    "send welcome --to ada@example.com --payload VALUES",
    // Usage errors.
    "send welcome --to ada@example.com -p 'secret:=hunter2'",
    "send welcome --to ada@example.com -p hunter2",
    "send welcome --to ada@example.com -p =hunter2",
    "send welcome --to ada@example.com --override hunter2",
    "send welcome --to ada@example.com --override 'email.subject:=hunter2'",
    "send welcome --to ada@example.com --from zebediah.quux",
    r#"send welcome --to ada@example.com --from '{"email":"zebediah.quux'"#,
    "send welcome --to zebediah.quux@",
    "send welcome --to @zebediah.quux",
    "send welcome --to 'zebediah quux'",
    "send welcome --to 'Zebediah Quux <zebediah.quux@example.com>'",
    r#"send welcome --to '{"email":"zebediah quux"}'"#,
    r#"send welcome --to '{"name":"zebediah quux"}'"#,
    r#"send welcome --to '{"email":"zebediah.quux@example.com"'"#,
    r#"send welcome --to '["zebediah.quux@example.com"]'"#,
    "send welcome --to ada@x.com,zebediah.quux",
    "send welcome --to 'ada@x.com, zebediah.quux'",
    "send welcome --to zebediah.quux@example.com --to zebediah.quux@example.com",
    "send welcome --to '+1 415 5550177'",
    "send welcome --to @FILE --to @FILE",
    "send welcome --to @BAD",
    "send welcome --to @LATIN",
    "send welcome zebediah.quux@example.com",
    "send welcome zebediah.quux",
    "send welcome --to zebediah.quux --bogus",
    "zebediah.quux",
    "send --channel zzz welcome --to zebediah.quux -p secret=hunter2",
    // Error responses: rejected, unknown, rate limited.
    "send welcome --to zebediah.quux",
    "send welcome --to U_zebediah.quux",
    "send welcome --to zebediah.quux@simulator.test",
    "send welcome --to sim:zebediah.quux --channel push",
    "send welcome --to zebediah@simulator.test",
    "send welcome --to http-402+zebediah.quux@simulator.test -p secret=hunter2",
    "cancel welcome --to zebediah.quux@example.com",
    "cancel welcome --to zebediah.quux",
    "cancel welcome --to @FILE",
    "activity --to zebediah.quux@example.com",
    "activity --to zebediah.quux --status hunter",
    "simulator suppression add zebediah.quux@example.com",
    "simulator suppression add zebediah.quux@",
    "simulator suppression remove zebediah.quux",
    "status zebediah.quux",
];

/// Commands that print earlier sends.
const POLLS: [&str; 10] = [
    "activity",
    "activity --stats",
    "status --last 20 --explain",
    "status --last",
    "watch --last 20",
    "watch --last --progress plain",
    "activity --follow --idle-timeout 1s",
    "simulator suppression list",
    "simulator clock",
    "whoami",
];

#[track_caller]
fn assert_masked(output: &RunOutput) {
    for (stream, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let text = text.to_lowercase();
        for secret in SECRETS {
            assert!(
                !text.contains(secret),
                "{stream} tells `{secret}`:\n{}",
                output.transcript()
            );
        }
    }
}

#[track_caller]
fn assert_journal_masked(env: &TestEnv) {
    let directory = env.path(".local/state/sendivent");
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("journal")
        {
            let bytes = String::from_utf8_lossy(&fs::read(&path).unwrap()).to_lowercase();
            for secret in SECRETS {
                assert!(
                    !bytes.contains(secret),
                    "{} tells `{secret}`",
                    path.display()
                );
            }
        }
    }
}

/// Returns the commands with file names filled in.
fn run_lines(env: &TestEnv) -> Vec<String> {
    let file = env.file(
        "contact.json",
        "\u{feff}{\"id\":\"mockturtle\",\"name\":\"Rosebud\"}",
    );
    let bad = env.file(
        "bad.json",
        "{\"email\":\"zebediah quux\",\"name\":\"Rosebud\"}",
    );
    let values = env.file("values.json", "{\"secret\":[\"hunter2\",{\"n\":5550177}]}");
    let latin = env.path("latin.json");
    fs::write(&latin, b"{\"id\":\"mockturtle\xe5\"}").unwrap();
    let latin = latin.display().to_string();
    let named = |line: &&str| {
        line.replace("FILE", &file)
            .replace("BAD", &bad)
            .replace("VALUES", &values)
            .replace("LATIN", &latin)
    };
    COMMANDS.iter().chain(&POLLS).map(named).collect()
}

#[test]
fn no_command_and_no_error_prints_personal_data() {
    for format in ["", "--json", "-o csv", "-q", "terminal"] {
        let env = TestEnv::simulated();
        if format == "terminal" {
            env.terminal(100);
        }
        let format = format.trim_start_matches("terminal");
        for line in run_lines(&env) {
            assert_masked(&env.run(&format!("{line} {format} --no-pii")));
            env.advance(1000);
        }
        assert_journal_masked(&env);
    }
}

#[test]
fn the_variable_masks_like_the_flag() {
    let env = TestEnv::simulated();
    env.set("SENDIVENT_NO_PII", "1");
    for line in run_lines(&env) {
        assert_masked(&env.run(&line));
    }
    assert_journal_masked(&env);
}

#[test]
fn unmasked_rows_are_masked_when_printed() {
    let env = TestEnv::simulated();
    for line in run_lines(&env) {
        drop(env.run(&line));
    }
    env.advance(60_000);
    for look in POLLS {
        for format in ["", "--json", "-o csv", "-q"] {
            assert_masked(&env.run(&format!("{look} {format} --no-pii")));
        }
    }
}

#[test]
fn masked_errors_still_name_the_problem() {
    let env = TestEnv::simulated();
    for (line, expected) in [
        (
            "send welcome --to a@b.se -p 'secret:=hunter2'",
            "the value of `secret` is not valid JSON",
        ),
        (
            "send welcome --to a@b.se -p 'secret:=hunter2'",
            "For a string, write secret=h***.",
        ),
        (
            "send welcome --to a@b.se -p hunter2",
            "--param: `h***` has no `=`",
        ),
        (
            "send welcome --to zebediah.quux@",
            "`z***@***` is not a recipient: it is not an email address",
        ),
        (
            "send welcome --to zebediah.quux",
            "error: `welcome` to z***: ",
        ),
        (
            "send welcome --to zebediah.quux",
            "sendivent explain MISSING_IDENTIFIER",
        ),
        (
            "send welcome --to a -p kind=welcome -p is=no",
            "`welcome` to a***: No contact `a***`",
        ),
        (
            "send welcome zebediah.quux",
            "unexpected argument 'z***' found",
        ),
        (
            "send welcome --zebediah.quux@example.com",
            "unexpected argument '--z***@e***' found",
        ),
        (
            "cancel welcome --to-zebediah.quux@example.com",
            "unexpected argument '--t***@e***' found",
        ),
        (
            "send welcome --14155551234",
            "unexpected argument '--1***' found",
        ),
        ("send welcome --to @gone.json", "cannot be read"),
    ] {
        let _ = env
            .run(&format!("{line} --no-pii"))
            .assert_stderr_contains(&[expected]);
    }
}

#[test]
fn only_the_live_service_receives_personal_data() {
    // It echoes the whole request in every part of the response.
    let service = StubService::start(|request| {
        let id = request.header("x-idempotency-key");
        let response = match request.method.as_str() {
            "POST" if request.path.contains("/send/refused") => {
                StubResponse::error(400, &format!("bad: {}", request.body))
            }
            "POST" => StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "accepted", "echo": request.body}),
            ),
            _ => StubResponse::json(
                200,
                &json!({"id": request.id(), "event": "welcome", "status": "completed",
                    "contact": {"email": "zebediah.quux@example.com", "name": "Rosebud"},
                    "messages": [{"id": "m", "channel": "email", "status": "failed",
                        "error": {"code": "HARD_BOUNCE",
                            "message": "no mailbox zebediah.quux@example.com"}}]}),
            ),
        };
        response.with("X-Echo", request.body.clone())
    });
    for format in ["", "--json", "-o csv", "-q", "-v"] {
        let env = TestEnv::bare();
        env.set("SENDIVENT_API_KEY", "test_privacyprivacy");
        env.set("SENDIVENT_API_URL", &service.url());
        for line in [
            "send welcome --to zebediah.quux@example.com -p secret=hunter2 -p n:=5550177",
            "send refused --to zebediah.quux@example.com -p secret=hunter2",
            "send welcome --to +14155550177 --to zebediah.quux@example.com",
            "send welcome --to mockturtle",
            "activity --offline",
            "activity",
            "activity --to zebediah.quux@example.com",
            "activity --follow --idle-timeout 2s",
            "status --last",
            "watch --last",
            "cancel welcome --to zebediah.quux@example.com",
            "whoami",
            "doctor",
            "--no-journal send welcome --to zebediah.quux@example.com",
        ] {
            assert_masked(&env.run(&format!("{line} {format} --no-pii")));
        }
        assert_journal_masked(&env);
        // Unmasked journal rows are masked in the output.
        drop(env.run("send welcome --to zebediah.quux@example.com"));
        for line in ["activity", "activity --offline", "status --last", "doctor"] {
            assert_masked(&env.run(&format!("{line} {format} --no-pii")));
        }
    }
}

#[test]
fn an_idempotency_key_with_a_recipient_is_masked_everywhere() {
    let env = TestEnv::simulated();
    for whom in [
        "--to zebediah.quux@example.com --idempotency-key zebediah.quux@example.com",
        "--to zebediah.quux@example.com --to ada@example.com --idempotency-key zebediah.quux@example.com",
        "--to http-400@simulator.test --idempotency-key http-400@simulator.test",
    ] {
        for form in ["", "--json", "--output csv", "--wait --json"] {
            let output = env.run(&format!("--no-pii send welcome {whom} {form}"));
            let text = format!("{}{}", output.stdout, output.stderr);
            assert!(
                !text.contains("quux") && !text.contains("http-400@"),
                "{text}"
            );
        }
    }
}
