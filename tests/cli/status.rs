use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn status_shows_each_step_of_a_notification() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.run("status --last").assert_transcript(expect![[r#"
        $ sendivent status --last
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to ada@example.com
          accepted, started 2026-04-01 12:00:00Z
          queued      email     queued 0 ms ago
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    env.advance(200);
    env.run("status --last").assert_transcript(expect![[r#"
        $ sendivent status --last
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to ada@example.com
          processing, started 2026-04-01 12:00:00Z
          sent        email     sent after 200 ms, queued 200 ms ago
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    env.advance(800);
    env.run("status --last").assert_transcript(expect![[r#"
        $ sendivent status --last
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to ada@example.com
          completed, started 2026-04-01 12:00:00Z, ended after 1 s
          delivered   email     sent after 200 ms, delivered after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn failed_and_stuck_messages_are_explained() {
    let env = TestEnv::simulated();
    env.ok(
        "send welcome --to bounced@simulator.test --to queued@simulator.test --to ada@example.com",
    );
    env.advance(60_000);
    env.run("status --last 3 --explain").assert_transcript(expect![[r#"
        $ sendivent status --last 3 --explain
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to bounced@simulator.test
          completed, started 2026-04-01 12:00:00Z, ended after 1 s
          failed      email     sent after 200 ms, failed after 1 s
            HARD_BOUNCE: Permanent bounce: mailbox does not exist
            The receiving server rejected the message permanently: the mailbox does not exist. The contact is suppressed from now on.
            Likely causes
              - The address is misspelt or was closed.
            What to do
              1. Remove the address from your list; sending to it again changes nothing.
              2. Reach the contact over another channel, request a working address, and have them subscribe again.

        notification 019d48ea-2e00-79bc-985a-24bf7f0c9e44
          welcome to queued@simulator.test
          accepted, started 2026-04-01 12:00:00Z
          queued      email     queued 1 min ago
            Accepted and waiting to be processed. Seconds are normal.
            Likely causes
              - A long queue: many messages at the same time.
              - The provider limits the rate of messages.
            What to do
              1. Wait: `sendivent --simulate watch 019d48ea-2e00-79bc-985a-24bf7f0c9e44` reports the next status.
              2. Check `sendivent --simulate activity` for other queued messages.
              3. If it stays queued for unusually long, write to support with the notification's id.

        notification 019d48ea-2e00-79bc-985a-250cfb409144
          welcome to ada@example.com
          completed, started 2026-04-01 12:00:00Z, ended after 1 s
          delivered   email     sent after 200 ms, delivered after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn exit_status_turns_the_verdict_into_the_exit_code() {
    for (recipients, after, code) in [
        ("--to ada@example.com", 1000, 0),
        ("--to ada@example.com", 0, 8),
        ("--to failed@simulator.test", 1000, 3),
        ("--to failed@simulator.test --to ada@example.com", 1000, 9),
        (
            "--to failed@simulator.test --to queued@simulator.test",
            1000,
            3,
        ),
        ("--to sent@simulator.test", 60_000, 8),
        ("--to '#general'", 1000, 0),
        ("--to +15005550010", 1000, 0),
    ] {
        let env = TestEnv::simulated();
        env.ok(&format!("send welcome {recipients}"));
        env.advance(after);
        env.run("status --last 9").assert_code(0);
        let output = env.run("status --last 9 --exit-status");
        assert_eq!(output.code, code, "{recipients}\n{}", output.transcript());
    }
}

#[test]
fn an_unknown_id_is_not_found() {
    let env = TestEnv::simulated();
    let id = env.ok("send welcome -q --to ada@example.com");
    env
        .run("status 550e8400-e29b-41d4-a716-446655440000")
        .assert_transcript(expect![[r#"
            $ sendivent status 550e8400-e29b-41d4-a716-446655440000
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: there is no notification 550e8400-e29b-41d4-a716-446655440000
            hint: Check the id, and whether it belongs to this service: `sendivent --simulate activity` lists what there is.
            --- exit 6
        "#]]);
    let output = env.run(&format!("status {id} 550e8400-e29b-41d4-a716-446655440000"));
    output.assert_code(9);
    assert!(output.stdout.contains("not found"), "{}", output.stdout);
}

#[test]
fn ids_come_from_stdin_as_lines_or_as_json() {
    let env = TestEnv::simulated();
    let ids = env.ok("send welcome -q --to ada@example.com --to bob@example.com");
    let sent = env.ok("send welcome --json --to eve@example.com");
    for (stdin, count) in [
        (format!("\n{ids}\n"), 2),
        (sent.clone(), 1),
        (format!("{sent}\n{sent}"), 1),
    ] {
        env.stdin(&stdin);
        assert_eq!(env.ok("status -q -").lines().count(), count, "{stdin}");
    }
    for (stdin, expected) in [
        ("", "no id on stdin"),
        ("nonsense", "`nonsense`"),
        ("{}", "no id"),
        ("{", "not valid JSON"),
    ] {
        env.stdin(stdin);
        env.run("status -")
            .assert_code(2)
            .assert_stderr_contains(&["-:", expected]);
    }
}

#[test]
fn invalid_ids_and_empty_journals_are_reported() {
    let env = TestEnv::simulated();
    env.run("status nonsense")
        .assert_code(2)
        .assert_stderr_contains(&["ID: `nonsense`", "550e8400", "--last"]);
    env.run("status")
        .assert_code(2)
        .assert_stderr_contains(&["no id was given", "--last"]);
    env.run("status --last")
        .assert_code(6)
        .assert_stderr_contains(&["no accepted send", "activity"]);
    env.run("status --last x")
        .assert_code(2)
        .assert_stderr_contains(&["--last"]);
    env.run("status --last --no-journal")
        .assert_code(2)
        .assert_stderr_contains(&["--last", "--no-journal"]);
}

#[test]
fn a_complaint_after_delivery_is_reported() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to complained@simulator.test");
    env.advance(61_000);
    env.run("status --last --explain").assert_transcript(expect![[r#"
        $ sendivent status --last --explain
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to complained@simulator.test
          completed, started 2026-04-01 12:00:00Z, ended after 1 s
          delivered   email     sent after 200 ms, delivered after 1 s
            COMPLAINT: Complaint: the recipient marked the message as spam
            The message was delivered, and the contact marked it as spam. The contact is suppressed from now on.
            Likely causes
              - The message was not expected or not wanted.
            What to do
              1. Do not send to this contact again.
              2. Explain in the message why people receive it and how to unsubscribe.
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn times_are_printed_in_the_requested_zone() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    assert!(env.ok("status --last").contains("2026-04-01 12:00:00Z"));
    let text = env.ok("status --last --tz America/New_York");
    assert!(text.contains("2026-04-01 08:00:00-04:00"), "{text}");
    env.run("status --last --tz Mars/Olympus")
        .assert_code(2)
        .assert_stderr_contains(&["--tz: `Mars/Olympus`", "Europe/Stockholm"]);
}

#[test]
fn an_unknown_outcome_among_several_sends_is_a_warning() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.run("send welcome --to reset@simulator.test --idempotency-key k1")
        .assert_code(69);
    let output = env.run("status --last 2 -q");
    output.assert_code(69).assert_stderr_contains(&[
        "warning:",
        "reset@simulator.test",
        "outcome unknown",
        "--idempotency-key k1",
    ]);
    assert_eq!(output.stdout.lines().count(), 1);
}
