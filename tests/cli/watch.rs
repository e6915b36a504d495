use expect_test::expect;
use sendivent::host::Interrupt;

use crate::harness::TestEnv;

#[test]
fn a_watch_prints_each_change_and_the_verdict() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to bounced@simulator.test");
    env.run("watch --last").assert_transcript(expect![[r#"
        $ sendivent watch --last
        2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     bounced@simulator.test
        2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     bounced@simulator.test
        2026-04-01 12:00:01Z  failed      019d48ea-2e00-79bc-985a-244823f2de44  email     bounced@simulator.test  HARD_BOUNCE: Permanent bounce: mailbox does not exist
        failed      019d48ea-2e00-79bc-985a-244823f2de44  email     bounced@simulator.test  after 1 s  HARD_BOUNCE: Permanent bounce: mailbox does not exist
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 3
    "#]]);
}

#[test]
fn final_statuses_count_at_once() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.advance(3_600_000);
    let before = env.now();
    env.run("watch --last").assert_transcript(expect![[r#"
        $ sendivent watch --last
        2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
        delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    assert_eq!(env.now(), before);
}

#[test]
fn a_timed_out_watch_can_be_resumed() {
    let env = TestEnv::simulated();
    let id = env.ok("send welcome -q --to delivered-30s@simulator.test");
    env.run("watch --last --timeout 10s").assert_transcript(expect![[r#"
        $ sendivent watch --last --timeout 10s
        2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     delivered-30s@simulator.test
        2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     delivered-30s@simulator.test
        --- stderr
        SIMULATED: offline, nobody receives anything.
        1 message still pending after 10 s
        sent        019d48ea-2e00-79bc-985a-244823f2de44  email     delivered-30s@simulator.test  after 200 ms
        resume with: sendivent --simulate watch 019d48ea-2e00-79bc-985a-244823f2de44
        --- exit 124
    "#]]);
    env.run(&format!("watch {id}")).assert_code(0);
}

#[test]
fn an_interrupted_watch_prints_its_resume_command() {
    for (kind, code) in [(Interrupt::Interrupted, 130), (Interrupt::Terminated, 143)] {
        let env = TestEnv::simulated();
        env.ok("send welcome --to queued@simulator.test");
        env.interrupt_in(3000, kind);
        let output = env.run("watch --last");
        output.assert_code(code).assert_stderr_contains(&[
            "interrupted after 3 s",
            "resume with: sendivent --simulate watch",
        ]);
    }
}

#[test]
fn every_final_status_has_its_exit_code() {
    for (recipients, flags, code) in [
        ("--to ada@example.com", "", 0),
        ("--to failed@simulator.test", "", 3),
        ("--to suppressed@simulator.test", "", 3),
        ("--to ada@example.com --to failed@simulator.test", "", 9),
        ("--to queued@simulator.test", "", 124),
        ("--to queued@simulator.test", "--timeout 0", 8),
        ("--to ada@example.com", "--timeout 0", 8),
        ("--to sent@simulator.test", "", 124),
        ("--to sent@simulator.test", "--for sent", 0),
        ("--to queued@simulator.test --to ada@example.com", "", 124),
        (
            "--to queued@simulator.test --to failed@simulator.test",
            "",
            3,
        ),
        (
            "--to queued@simulator.test --to failed@simulator.test",
            "--fail-fast",
            3,
        ),
        (
            "--to queued@simulator.test --to ada@example.com",
            "--any",
            0,
        ),
        (
            "--to queued@simulator.test --to failed@simulator.test",
            "--any",
            3,
        ),
        ("--to '#general'", "", 0),
        ("--to '#general'", "--for delivered", 3),
        ("--to +15005550010", "", 0),
        ("--to +15005550010", "--for delivered", 3),
        ("--to +15005550006", "--for delivered", 0),
    ] {
        let env = TestEnv::simulated();
        env.ok(&format!("send welcome {recipients}"));
        let output = env.run(&format!("watch --last 9 {flags}"));
        assert_eq!(
            output.code,
            code,
            "{recipients} {flags}\n{}",
            output.transcript()
        );
    }
}

#[test]
fn a_failure_ends_the_watch_before_the_deadline() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to queued@simulator.test --to failed@simulator.test");
    let before = env.now();
    env.run("watch --last 2 --fail-fast --timeout 1h")
        .assert_code(3);
    assert!(env.now() - before < 10_000);
}

#[test]
fn a_cancelled_notification_is_not_delivered() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to queued@simulator.test");
    env.ok("cancel welcome --to queued@simulator.test");
    env.run("watch --last").assert_transcript(expect![[r#"
        $ sendivent watch --last
        2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     queued@simulator.test
        cancelled   019d48ea-2e00-79bc-985a-244823f2de44  email     queued@simulator.test
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 3
    "#]]);
}

#[test]
fn the_first_poll_is_immediate_and_intervals_grow_or_are_fixed() {
    let poll_at = |flags: &str| {
        let env = TestEnv::simulated();
        env.ok("send welcome --to queued@simulator.test");
        let output = env.run(&format!("watch --last --timeout 1m {flags} --json"));
        output.assert_code(124);
        let first = output.stdout.lines().next().unwrap().to_owned();
        (first.contains("2026-04-01T12:00:00.000Z"), env.now())
    };
    assert!(poll_at("").0);
    assert!(poll_at("--interval 7s").0);
    let env = TestEnv::simulated();
    env.run("watch 550e8400-e29b-41d4-a716-446655440000 --interval 0")
        .assert_code(2)
        .assert_stderr_contains(&["--interval", "--timeout 0"]);
    env.run("watch 550e8400-e29b-41d4-a716-446655440000 --timeout soon")
        .assert_code(2)
        .assert_stderr_contains(&["--timeout: `soon`"]);
}

#[test]
fn an_unknown_id_ends_the_watch() {
    let env = TestEnv::simulated();
    env.run("watch 550e8400-e29b-41d4-a716-446655440000")
        .assert_code(6)
        .assert_stderr_contains(&["there is no notification 550e8400"]);
    let id = env.ok("send welcome -q --to ada@example.com");
    env
        .run(&format!("watch {id} 550e8400-e29b-41d4-a716-446655440000"))
        .assert_transcript(expect![[r#"
            $ sendivent watch 019d48ea-2e00-79bc-985a-244823f2de44 550e8400-e29b-41d4-a716-446655440000
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            not found   550e8400-e29b-41d4-a716-446655440000
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
            --- stderr
            SIMULATED: offline, nobody receives anything.
            there is no notification 550e8400-e29b-41d4-a716-446655440000; `sendivent --simulate activity` lists what there is
            --- exit 9
        "#]]);
}

#[test]
fn a_closed_stdout_ends_the_watch_with_the_known_verdict() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to queued@simulator.test --to failed@simulator.test");
    env.close_stdout_after(10);
    let output = env.run("watch --last 2");
    output.assert_code(8);
    assert!(!output.stderr.contains("error"), "{}", output.stderr);
}

#[test]
fn no_progress_prints_only_final_statuses() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.run("watch --last --progress none")
        .assert_transcript(expect![[r#"
        $ sendivent watch --last --progress none
        delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn the_simulator_clock_decides_and_not_the_system_clock() {
    let env = TestEnv::simulated();
    env.ok("simulator clock freeze");
    env.ok("send welcome --to ada@example.com");
    env.run("watch --last --timeout 1m").assert_code(124);
    env.ok("simulator clock advance 1s");
    env.run("watch --last").assert_code(0);
}

#[test]
fn last_selects_all_recipients_of_the_last_send() {
    let env = TestEnv::simulated();
    env.ok("send before --to eve@example.com");
    env.run("send welcome --to bounced@simulator.test --to ada@example.com --wait")
        .assert_code(9);
    let output = env.run("watch --last --progress none");
    output.assert_code(9);
    assert_eq!(output.stdout.lines().count(), 2, "{}", output.stdout);
    assert_eq!(env.ok("status --last 2 -q").lines().count(), 3);
}

#[test]
fn unknown_outcomes_are_never_a_success() {
    let env = TestEnv::simulated();
    env.run("send welcome --to ada@example.com --to reset@simulator.test --idempotency-key k")
        .assert_code(69);
    env.run("watch --last")
        .assert_code(69)
        .assert_stderr_contains(&["outcome unknown", "--idempotency-key k."]);
    env.run("status --last --exit-status").assert_code(69);
}

#[test]
fn a_frozen_clock_is_reported_once() {
    let env = TestEnv::simulated();
    env.ok("simulator clock freeze");
    let output = env.run("send welcome --to ada@example.com --wait --timeout 1m");
    output
        .assert_code(124)
        .assert_stderr_contains(&["clock is frozen", "sendivent simulator clock resume"]);
    assert_eq!(output.stderr.matches("clock is frozen").count(), 1);
}

#[test]
fn a_step_between_two_polls_is_printed_with_its_time() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    let output = env.run("watch --last --interval 10s --json");
    let of = |status: &str| format!("\"status\":\"{status}\"");
    let changes: Vec<&str> = output
        .stdout
        .lines()
        .filter(|line| line.contains("change"))
        .collect();
    assert_eq!(changes.len(), 3, "{}", output.stdout);
    for (line, status, at) in [
        (changes[0], "queued", "12:00:00.000Z"),
        (changes[1], "sent", "12:00:00.200Z"),
        (changes[2], "delivered", "12:00:01.000Z"),
    ] {
        assert!(line.contains(&of(status)) && line.contains(at), "{line}");
    }
}

#[test]
fn a_channel_without_delivery_reports_is_explained() {
    let env = TestEnv::simulated();
    let output = env.run("send alert --to '#general' --wait=delivered --progress none");
    output.assert_code(3);
    assert!(
        output.stdout.contains("does not report delivery"),
        "{}",
        output.stdout
    );
}
