//! Closed and full streams, streams without a terminal, empty environments, and control characters in text.

use std::process::Stdio;

use serde_json::Value;

use crate::harness::TestEnv;
use crate::process::{ProcessEnv, ProcessOutput, assert_integrity, query_number, report_skipped};

fn many_recipients(count: usize) -> String {
    let to = (0..count).map(|index| format!(" --to u{index}@example.com"));
    to.collect()
}

/// Reads one line and closes stdout; returns the line and the process output.
fn first_line(env: &ProcessEnv, arguments: &str) -> (String, ProcessOutput) {
    let mut process = env.start(arguments);
    let mut stdout = process.stdout();
    let line = process.line(&mut stdout);
    drop(stdout);
    (line, process.end())
}

#[test]
fn a_closed_stdout_does_not_stop_a_send() {
    let env = ProcessEnv::new();
    let (line, output) = first_line(&env, &format!("send welcome{}", many_recipients(40)));
    assert!(line.starts_with("accepted "), "{line}");
    let output = output.assert_code(0);
    assert_eq!(
        output.stderr,
        "SIMULATED: offline, nobody receives anything.\n"
    );
    let accepted = "SELECT count(*) FROM sends WHERE state = 'accepted'";
    assert_eq!(query_number(&env.journal(), accepted), Some(40));
}

#[test]
fn a_closed_stdout_is_no_error_for_lists_and_help() {
    let env = ProcessEnv::new();
    env.run(&format!("send -q welcome{}", many_recipients(400)))
        .assert_code(0);
    // More than a pipe's capacity, so that the list is still being written when stdout is closed.
    for format in ["", " --json", " -o csv", " -q"] {
        let (line, output) = first_line(&env, &format!("activity -n 10000{format}"));
        assert!(!line.is_empty());
        assert!(!output.assert_code(0).stderr.contains("error"), "{format}");
    }
    for arguments in [
        "help",
        "--help",
        "help exit-codes",
        "completions bash",
        "simulator recipients",
    ] {
        let (line, output) = first_line(&env, arguments);
        assert!(!line.is_empty());
        assert_eq!(output.assert_code(0).stderr, "", "{arguments}");
    }
}

#[test]
fn a_watch_ends_when_stdout_is_closed() {
    let env = ProcessEnv::new();
    let ids = env
        .run("send -q welcome --to ada@example.com --to queued@simulator.test")
        .assert_code(0)
        .stdout;
    let ids = ids.replace('\n', " ");
    // The message that stays queued would keep it running for ten minutes.
    let (line, output) = first_line(&env, &format!("watch {ids}"));
    assert!(line.contains("queued") || line.contains("sent"), "{line}");
    output.assert_code(8);
    let (line, output) = first_line(&env, &format!("watch --json {ids}"));
    assert!(line.starts_with('{'), "{line}");
    drop(output.assert_code(8));
}

#[test]
fn closed_streams_are_no_error_and_leave_databases_intact() {
    let env = ProcessEnv::new();
    let lines = [
        r#"exec "$0" send welcome --to a@example.com >&-"#,
        r#"exec "$0" send welcome --to b@example.com 2>&-"#,
        r#"exec "$0" send welcome --to c@example.com <&-"#,
        // The next opened files would get the descriptors of the streams.
        r#"exec "$0" send welcome --to d@example.com <&- >&- 2>&-"#,
        r#"exec "$0" activity <&- >&- 2>&-"#,
        r#"exec "$0" help >&-"#,
    ];
    for line in lines {
        drop(ProcessOutput::of(env.shell(line).output().unwrap()).assert_code(0));
    }
    // The error cannot be printed; the exit code remains.
    let lost = env
        .shell(r#"exec "$0" send welcome --to http-402@simulator.test >&- 2>&-"#)
        .output()
        .unwrap();
    drop(ProcessOutput::of(lost).assert_code(5));
    let bad = env.shell(r#"exec "$0" sned 2>&-"#).output().unwrap();
    drop(ProcessOutput::of(bad).assert_code(2));
    assert_integrity(&env.simulator());
    assert_integrity(&env.journal());
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(4)
    );
}

#[test]
fn a_full_disk_under_stdout_is_an_error_and_the_send_is_journaled() {
    let env = ProcessEnv::new();
    let full = |arguments: &str| {
        let file = std::fs::File::options().write(true).open("/dev/full");
        let Ok(file) = file else {
            report_skipped("this system has no /dev/full");
            return;
        };
        let process_output =
            ProcessOutput::of(env.command(arguments).stdout(file).output().unwrap());
        drop(
            process_output
                .assert_code(1)
                .assert_stderr_contains(&["the result cannot be written", "Check the disk"]),
        );
    };
    full("send welcome --to ada@example.com");
    env.run("status --last").assert_code(0);
    full("send --json welcome --to bob@example.com");
    env.run("status --last 2").assert_code(0);
    for arguments in [
        "activity",
        "activity --json",
        "status --last",
        "help",
        "--help",
        "--version",
        "help exit-codes",
        "completions zsh",
        // These would run for long if they did not notice the write error.
        "send welcome --to queued@simulator.test --wait",
        "watch --last",
        "activity --follow",
    ] {
        full(arguments);
    }
    let file = std::fs::File::options().write(true).open("/dev/full");
    if let Ok(file) = file {
        let mut command = env.command("send -q welcome --to ada@example.com");
        drop(ProcessOutput::of(command.stderr(file).output().unwrap()).assert_code(0));
    }
}

#[test]
fn a_missing_home_is_reported_with_a_working_fix() {
    let env = ProcessEnv::new();
    let run = |arguments: &str| {
        ProcessOutput::of(env.command(arguments).env_remove("HOME").output().unwrap())
    };
    run("send welcome --to ada@example.com")
        .assert_code(2)
        .assert_stderr_contains(&[
            "neither XDG_STATE_HOME nor HOME is set",
            "--simulator-db PATH",
        ]);
    run("--simulator-db s.db send welcome --to ada@example.com")
        .assert_code(2)
        .assert_stderr_contains(&["journal", "--no-journal"]);
    run("--simulator-db s.db --no-journal send welcome --to ada@example.com").assert_code(0);
    run("--simulator-db s.db activity").assert_code(0);
    run("--simulator-db :memory: send welcome --to ada@example.com --wait").assert_code(0);
    run("explain suppressed").assert_code(0);
    run("help").assert_code(0);
    run("whoami").assert_code(2);
    assert!(!env.home().join(".local").exists());
}

#[test]
fn a_missing_value_without_a_terminal_is_named() {
    let env = ProcessEnv::new();
    for (arguments, names) in [
        ("send", "sendivent send EVENT --to RECIPIENT"),
        ("send welcome", "--to RECIPIENT"),
        ("simulator reset", "--yes"),
        ("status", "--last"),
        ("cancel welcome", "--to"),
    ] {
        env.run(arguments)
            .assert_code(2)
            .assert_stderr_contains(&[names]);
        let line = format!(r#"exec "$0" {arguments} <&-"#);
        ProcessOutput::of(env.shell(&line).output().unwrap())
            .assert_code(2)
            .assert_stderr_contains(&[names]);
        // An open, silent pipe is not read.
        let mut process = env.command(arguments);
        let process = crate::process::RunningProcess::of(process.stdin(Stdio::piped()));
        process
            .end()
            .assert_code(2)
            .assert_stderr_contains(&[names]);
    }
    assert!(!env.state("").exists(), "nothing was made");
}

#[test]
fn colour_needs_a_capable_terminal_or_a_flag() {
    let env = TestEnv::simulated();
    env.ok("send -q welcome --to bounced@simulator.test");
    env.advance(60_000);
    let colored = |env: &TestEnv, arguments: &str| {
        let output = env.run(&format!("{arguments} status --last"));
        assert_eq!(output.code, 0, "{}", output.transcript());
        let both = (
            output.stdout.contains('\x1b'),
            output.stderr.contains('\x1b'),
        );
        assert_eq!(both.0, both.1, "{}", output.transcript());
        both.0
    };
    assert!(!colored(&env, ""), "no terminal");
    assert!(colored(&env, "--color always"));
    env.set("CLICOLOR_FORCE", "1");
    assert!(colored(&env, ""));
    assert!(!colored(&env, "--color never"));
    env.set("NO_COLOR", "1");
    assert!(!colored(&env, ""), "NO_COLOR wins");
    env.unset("CLICOLOR_FORCE");
    env.unset("NO_COLOR");

    env.terminal(100);
    assert!(colored(&env, ""));
    env.set("TERM", "dumb");
    assert!(!colored(&env, ""));
    env.unset("TERM");
    assert!(!colored(&env, ""));
    env.set("TERM", "xterm");
    env.set("NO_COLOR", "");
    assert!(colored(&env, ""), "an empty NO_COLOR is none");
    env.set("NO_COLOR", "1");
    assert!(!colored(&env, ""));
}

/// Text that controls a terminal: clear screen, title, bell, a C1 sequence, reversed text, a line that imitates this
/// program's output.
const CONTROL_TEXT: &str =
    "a\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}gpj\u{2066}\nerror: all is lost\r\u{2028}z";

/// Removes this program's own escape sequences: colours.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_digit() && c != ';')
            .unwrap_or(part.len());
        match part[end..].strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.push_str(&format!("\u{1b}[{part}")),
        }
    }
    plain
}

#[track_caller]
fn assert_sanitized(output: &crate::harness::RunOutput) {
    for stream in [&output.stdout, &output.stderr] {
        let plain = without_colour(stream);
        let bad = plain
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || "\u{202e}\u{2066}\u{2028}".contains(*c));
        assert_eq!(bad, None, "{:?}", output.transcript());
        assert!(
            !plain
                .lines()
                .any(|line| line.starts_with("error: all is lost")),
            "{}",
            output.transcript()
        );
    }
}

#[test]
fn external_text_is_sanitized_on_terminals_and_unchanged_in_json() {
    let env = TestEnv::simulated();
    let to = serde_json::json!({"telegram": CONTROL_TEXT, "name": CONTROL_TEXT}).to_string();
    let to = shell_words::quote(&to).into_owned();
    let payload = env.file(
        "payload.json",
        &serde_json::json!({CONTROL_TEXT: CONTROL_TEXT}).to_string(),
    );

    env.terminal(120);
    let send = format!("send welcome --to {to} --payload {payload}");
    assert_sanitized(env.run(&send).assert_code(0));
    let id = env.ok("status --last -q");
    env.advance(60_000);
    let commands = [
        "activity".to_owned(),
        "activity --stats".to_owned(),
        "status --last --explain".to_owned(),
        format!("explain {id}"),
        format!("simulator show {id}"),
        "--progress plain watch --last".to_owned(),
        "activity --follow --idle-timeout 1s".to_owned(),
        format!("{send} --dry-run"),
        format!("{send} --dry-run=curl"),
        format!("cancel welcome --to {to}"),
        format!("simulator suppression add {to} --channel telegram"),
        "simulator suppression list".to_owned(),
        format!("{send} --wait --progress plain"),
    ];
    for command in &commands {
        assert_sanitized(&env.run(command));
    }
    for command in [
        "activity --json",
        "status --json --last",
        "watch --json --last",
    ] {
        assert_sanitized(&env.run(command));
    }

    let document: Value = serde_json::from_str(&env.ok("activity --json -n 1")).unwrap();
    assert_eq!(
        document["messages"][0]["recipient"], CONTROL_TEXT,
        "{document}"
    );
    let document: Value =
        serde_json::from_str(&env.ok(&format!("{send} --json --dry-run"))).unwrap();
    assert_eq!(
        document["requests"][0]["body"]["payload"][CONTROL_TEXT], CONTROL_TEXT,
        "{document}"
    );
    assert_eq!(
        document["requests"][0]["body"]["to"]["name"], CONTROL_TEXT,
        "{document}"
    );
}

#[test]
fn arguments_repeated_in_errors_are_sanitized() {
    let env = TestEnv::simulated();
    env.terminal(120);
    let control_text = shell_words::quote(CONTROL_TEXT).into_owned();
    for command in [
        format!("send {control_text} --to ada@example.com"),
        format!("send welcome --to {control_text}"),
        format!("send welcome --to ada@example.com --channel {control_text}"),
        format!("explain {control_text}"),
        format!("status {control_text}"),
        format!("help {control_text}"),
        control_text.clone(),
        format!("--{control_text}"),
        format!("activity --status {control_text}"),
        format!("--output {control_text} activity"),
        format!("--tz {control_text} activity"),
        format!("--simulator-db {control_text}/x/ activity"),
    ] {
        let output = env.run(&command);
        assert_ne!(output.code, 0, "{}", output.transcript());
        assert_sanitized(&output);
        let output = env.run(&format!("--json {command}"));
        assert_sanitized(&output);
    }
}

#[test]
fn external_text_stays_on_one_line_in_a_pipe() {
    let env = TestEnv::simulated();
    let to = serde_json::json!({"telegram": CONTROL_TEXT}).to_string();
    let line = env.ok(&format!("send welcome --to {}", shell_words::quote(&to)));
    assert_eq!(line.lines().count(), 1, "{line}");
}

#[test]
fn invisible_and_bidirectional_recipients_are_rejected() {
    let env = TestEnv::simulated();
    env.terminal(120);
    for hidden in [
        "a\u{202e}b",
        "\u{200b}",
        "ada\u{2060}@example.com",
        "#a\u{ad}b",
        "+1415\u{200b}5551234",
    ] {
        let output = env.run(&format!("send welcome --to {}", shell_words::quote(hidden)));
        let _ = output
            .assert_code(2)
            .assert_stderr_contains(&["invisible character, U+"]);
        assert!(
            !output.stderr.contains(sendivent::text::is_invisible),
            "{}",
            output.transcript()
        );
    }
    assert!(!env.path(".local").exists(), "nothing was stored");
}

#[test]
fn utf_8_files_are_read_with_any_line_endings_and_bom() {
    let env = TestEnv::simulated();
    let marked = env.file("marked.json", "\u{feff}{\"name\":\"Ada\"}");
    let stdout = env.ok(&format!(
        "send welcome --to ada@example.com --payload {marked} --dry-run"
    ));
    assert!(stdout.contains("\"name\": \"Ada\""), "{stdout}");
    let latin = env.path("latin.json");
    std::fs::write(&latin, b"{\"name\":\"\xc5sa\"}").unwrap();
    let latin = latin.display();
    for command in [
        format!("send welcome --to ada@example.com --payload {latin}"),
        format!("send welcome --to @{latin}"),
    ] {
        let _ = env
            .run(&command)
            .assert_code(2)
            .assert_stderr_contains(&["cannot be read", "hint: Save the file as UTF-8."]);
    }
}

#[test]
fn each_invalid_recipient_or_sender_has_its_own_reason() {
    let env = TestEnv::simulated();
    for (arguments, expected) in [
        ("--to ' '", "` ` is not a recipient: it is blank"),
        ("--to '[]'", "it is a list"),
        ("--to '[\"a@b.se\"]'", "--to of its own"),
        (
            "--to a@b.se --from notvalid",
            "--from: `notvalid` is not a sender",
        ),
        (
            "--to a@b.se --from 'Ada & Co' --channel sms",
            "is not a sender",
        ),
        (
            "--to a@b.se --from AcmeLimited1 --channel sms",
            "is not a sender",
        ),
        ("--to a@b.se --from a@", "is not a sender"),
        ("--to a@b.se --from +12", "is not a sender"),
    ] {
        let _ = env
            .run(&format!("send welcome {arguments}"))
            .assert_code(2)
            .assert_stderr_contains(&[expected]);
    }
    for from in [
        "hello@example.com",
        "+14155551234",
        "'{\"name\":\"Ada\"}'",
        "Acme --channel sms",
    ] {
        env.ok(&format!(
            "send welcome --to +14155551234 --from {from} --dry-run"
        ));
    }
}

/// A stream that panics.
struct BrokenWriter;

impl std::io::Write for BrokenWriter {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        panic!("with a secret in its words")
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_internal_error_has_its_own_exit_code() {
    use sendivent::host::{Terminal, TestHost};
    let host = TestHost {
        arguments: vec!["sendivent".into(), "explain".into()],
        environment: std::collections::BTreeMap::new(),
        terminal: Terminal::default(),
        clock: std::sync::Arc::default(),
        seed: std::sync::Arc::default(),
        interrupt: None,
        stdin: Box::new(std::io::empty()),
        stdout: Box::new(BrokenWriter),
        stderr: Box::new(std::io::sink()),
    };
    assert_eq!(sendivent::app::run(&host.build()).code(), 1);
}
