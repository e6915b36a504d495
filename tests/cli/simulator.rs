use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn the_clock_freezes_runs_and_only_moves_forward() {
    let env = TestEnv::simulated();
    env.run("simulator clock freeze")
        .assert_transcript(expect![[r#"
        $ sendivent simulator clock freeze
        virtual time  2026-04-01 12:00:00Z (the same as real time)
        real time     2026-04-01 12:00:00Z
        clock         stopped
        --- exit 0
    "#]]);
    env.advance(10_000);
    env.run("simulator clock advance 5m")
        .assert_transcript(expect![[r#"
        $ sendivent simulator clock advance 5m
        virtual time  2026-04-01 12:05:00Z (4 min 50 s ahead of real time)
        real time     2026-04-01 12:00:10Z
        clock         stopped
        --- exit 0
    "#]]);
    env.run("simulator clock speed 60")
        .assert_transcript(expect![[r#"
        $ sendivent simulator clock speed 60
        virtual time  2026-04-01 12:05:00Z (4 min 50 s ahead of real time)
        real time     2026-04-01 12:00:10Z
        clock         60 times as fast as real time
        --- exit 0
    "#]]);
    env.advance(1000);
    env.run("simulator clock show")
        .assert_transcript(expect![[r#"
        $ sendivent simulator clock show
        virtual time  2026-04-01 12:06:00Z (5 min 49 s ahead of real time)
        real time     2026-04-01 12:00:11Z
        clock         60 times as fast as real time
        --- exit 0
    "#]]);
    env.run("simulator clock resume")
        .assert_transcript(expect![[r#"
        $ sendivent simulator clock resume
        virtual time  2026-04-01 12:06:00Z (5 min 49 s ahead of real time)
        real time     2026-04-01 12:00:11Z
        clock         as fast as real time
        --- exit 0
    "#]]);
    env.run("simulator clock advance -5m").assert_code(2);
    env.run("simulator clock speed 0")
        .assert_code(2)
        .assert_stderr_contains(&["FACTOR", "freeze"]);
}

#[test]
fn the_clock_offset_is_printed_to_the_second() {
    let env = TestEnv::simulated();
    env.ok("simulator clock freeze");
    env.ok("simulator clock advance 1h");
    for ahead in ["(1 h ahead", "(59 min 59 s ahead"] {
        env.advance(300);
        let stdout = env.ok("simulator clock show");
        assert!(stdout.contains(ahead), "{stdout}");
    }
}

#[test]
fn the_suppression_list_persists_and_can_be_edited() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to bounced@simulator.test --wait=sent");
    env.advance(1000);
    env.run("simulator suppression list")
        .assert_transcript(expect![[r#"
        $ sendivent simulator suppression list
        CHANNEL  RECIPIENT               REASON       SINCE
        email    bounced@simulator.test  HARD_BOUNCE  2026-04-01 12:00:01Z
        --- exit 0
    "#]]);
    env.ok("send welcome --to bounced@simulator.test");
    env.advance(1000);
    env.run("status --last").assert_transcript(expect![[r#"
        $ sendivent status --last
        notification 019d48ea-33bf-7e54-9738-297f77ae3474
          welcome to bounced@simulator.test
          completed, started 2026-04-01 12:00:01Z, ended after 1 s
          suppressed  email
            HARD_BOUNCE: On the suppression list since 2026-04-01T12:00:01.000Z: an earlier message bounced permanently
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    env.run("simulator suppression remove bounced@simulator.test")
        .assert_transcript(expect![[r#"
            $ sendivent simulator suppression remove bounced@simulator.test
            1 entry changed.
            --- exit 0
        "#]]);
    env.run("simulator suppression add ada@example.com")
        .assert_transcript(expect![[r#"
            $ sendivent simulator suppression add ada@example.com
            1 entry changed.
            --- exit 0
        "#]]);
    env.run("send welcome --to ada@example.com --wait")
        .assert_code(3);
    env.run("simulator suppression add ada@example.com --channel fax")
        .assert_code(2)
        .assert_stderr_contains(&["--channel: `fax`"]);
}

#[test]
fn the_timeline_of_a_message_can_be_shown() {
    let env = TestEnv::simulated();
    let id = env.ok("send welcome -q --to complained@simulator.test");
    env.advance(500);
    env.run(&format!("simulator show {id}"))
        .assert_transcript(expect![[r#"
        $ sendivent simulator show 019d48ea-2e00-79bc-985a-244823f2de44
        notification 019d48ea-2e00-79bc-985a-244823f2de44
        email to complained@simulator.test, decided by recipient:complained
          queued      2026-04-01 12:00:00Z (+0 ms)
          sent        2026-04-01 12:00:00Z (+200 ms)
          delivered   2026-04-01 12:00:01Z (+1 s)  in 500 ms
          delivered   2026-04-01 12:01:00Z (+1 min)  COMPLAINT  in 59 s
        --- exit 0
    "#]]);
    env.run("simulator show 550e8400-e29b-41d4-a716-446655440000")
        .assert_code(6);
}

#[test]
fn a_reset_needs_confirmation_and_deletes_everything() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to bounced@simulator.test --to ada@example.com");
    env.ok("simulator clock advance 1h");
    env.run("simulator reset")
        .assert_code(2)
        .assert_stderr_contains(&["--yes"]);
    env.run("simulator reset --yes")
        .assert_transcript(expect![[r#"
            $ sendivent simulator reset --yes
            Deleted: 2 notifications, 2 messages and 2 contacts. The clock shows real time.
            --- exit 0
        "#]]);
    assert_eq!(env.ok("activity"), "");
    assert_eq!(
        env.ok("simulator suppression list"),
        "Nobody is suppressed."
    );
    assert!(
        env.ok("simulator clock show")
            .contains("the same as real time")
    );
}

#[test]
fn scenario_recipients_are_listed() {
    let env = TestEnv::bare();
    let table = env.ok("simulator recipients");
    for recipient in [
        "bounced@simulator.test",
        "+15005550001",
        "sim:<scenario>[:label]",
        "http-503@simulator.test",
    ] {
        assert!(table.contains(recipient), "{recipient}\n{table}");
    }
}

#[test]
fn a_misspelt_scenario_gets_a_suggestion() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to bouncd@simulator.test")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to bouncd@simulator.test
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `welcome` to bouncd@simulator.test: `bouncd@simulator.test` has no scenario: `bouncd` is not a scenario (did you mean `bounced`?); `sendivent simulator recipients` lists them (HTTP 400, field `to`)
            hint: List the recipients: `sendivent simulator recipients`.
            --- exit 5
        "#]]);
    env
        .run("send welcome --to +15005559999")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to +15005559999
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `welcome` to +15005559999: `+15005559999` has no scenario: the block +1500555xxxx has no such number; `sendivent simulator recipients` lists them (HTTP 400, field `to`)
            hint: List the recipients: `sendivent simulator recipients`.
            --- exit 5
        "#]]);
    assert_eq!(env.ok("activity"), "");
}

#[test]
fn a_suppression_infers_its_channel_from_the_recipient() {
    let env = TestEnv::simulated();
    for recipient in ["ada@example.com", "+14155550123", "'#general'"] {
        env.ok(&format!("simulator suppression add {recipient}"));
        env.run(&format!("send welcome --to {recipient} --wait"))
            .assert_code(3);
    }
    env.run("simulator suppression add user_1")
        .assert_code(2)
        .assert_stderr_contains(&["--channel: `user_1` does not determine a channel"]);
    let stdout = env.ok("simulator clock");
    assert!(stdout.contains("virtual time"), "{stdout}");
    assert!(
        env.ok("simulator clock show --json")
            .contains(r#""simulated":true"#)
    );
}

#[test]
fn a_reset_of_a_namespace_leaves_the_others() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.set("SENDIVENT_API_KEY", "test_run_a");
    env.ok("send welcome --to bob@example.com");
    assert_eq!(
        env.ok("simulator reset --yes"),
        "Deleted: 1 notification, 1 message and 1 contact. The clock and other namespaces are unchanged."
    );
    env.set("SENDIVENT_API_KEY", "test_x");
    assert_eq!(env.ok("activity -q").lines().count(), 1);
}
