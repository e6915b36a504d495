use expect_test::expect;
use sendivent::host::Interrupt;

use crate::harness::TestEnv;

/// Returns an environment with sends of every outcome on several channels, the first an hour before the rest.
fn populated_env() -> TestEnv {
    let env = TestEnv::simulated();
    env.ok("send early --to ada@example.com");
    env.advance(3_600_000);
    env.ok(
        "send welcome --to bounced@simulator.test --to suppressed@simulator.test --to +14155550123",
    );
    env.ok("send alert --to '#general'");
    env.ok("send welcome --to queued@simulator.test --to slow@simulator.test");
    env.advance(2000);
    env
}

#[test]
fn notifications_are_listed_newest_first() {
    populated_env().run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        QUEUED                STATUS      TOOK    CHANNEL  RECIPIENT                  TEMPLATE  ERROR             ID
        2026-04-01 13:00:00Z  sent        200 ms  email    slow@simulator.test        welcome                     019d4921-1c80-7474-b24a-79bb4cc27934
        2026-04-01 13:00:00Z  queued              email    queued@simulator.test      welcome                     019d4921-1c80-7474-b24a-78f1a8002334
        2026-04-01 13:00:00Z  sent        200 ms  slack    #general                   alert                       019d4921-1c80-7474-b24a-789e4fa1df34
        2026-04-01 13:00:00Z  delivered   1 s     sms      +14155550123               welcome                     019d4921-1c80-7474-b24a-787497e88e34
        2026-04-01 13:00:00Z  suppressed          email    suppressed@simulator.test  welcome   SUPPRESSION_LIST  019d4921-1c80-7474-b24a-784e7879f434
        2026-04-01 13:00:00Z  failed      1 s     email    bounced@simulator.test     welcome   HARD_BOUNCE       019d4921-1c80-7474-b24a-775b19bf7e34
        2026-04-01 12:00:00Z  delivered   1 s     email    ada@example.com            early                       019d48ea-2e00-79bc-985a-244823f2de44
        --- stderr
        SIMULATED: offline, nobody receives anything.
        7 messages of the simulator
        --- exit 0
    "#]]);
}

#[test]
fn filters_narrow_the_list() {
    let env = populated_env();
    for (filter, count) in [
        ("", 7),
        ("-n 2", 2),
        ("--status failed", 1),
        ("--status failed --status suppressed", 2),
        ("--status queued", 1),
        ("--status sent", 2),
        ("--status delivered", 2),
        ("--channel sms", 1),
        ("--channel sms --channel slack", 2),
        ("--event welcome", 5),
        ("--event nothing", 0),
        ("--to bounced@simulator.test", 1),
        ("--since 30m", 6),
        ("--until 30m", 1),
        ("--since 2026-04-01T12:30:00Z", 6),
        ("--since 30m --status sent --channel email", 1),
    ] {
        let listed = env.ok(&format!("activity -o csv {filter}"));
        assert_eq!(listed.lines().count() - 1, count, "{filter}\n{listed}");
    }
}

#[test]
fn bad_filters_name_the_flag_and_the_fix() {
    let env = TestEnv::simulated();
    for (flags, expected) in [
        (
            "--status delivred",
            ["--status: `delivred`", "Did you mean `delivered`?"],
        ),
        ("--status xyzzy", ["--status: `xyzzy`", "queued, sent"]),
        (
            "--channel emial",
            ["--channel: `emial`", "Did you mean `email`?"],
        ),
        ("--since yesterday", ["--since: `yesterday`", "2h"]),
        ("--event 'a b'", ["--event: `a b`", "space"]),
        ("-n 10001", ["10001", "10000"]),
        ("--idle-timeout 5s", ["--follow", "--idle-timeout"]),
    ] {
        env.run(&format!("activity {flags}"))
            .assert_code(2)
            .assert_stderr_contains(&expected);
    }
}

#[test]
fn statistics_show_counts_and_bars() {
    populated_env().run("activity --stats -n 0").assert_transcript(expect![[r#"
        $ sendivent activity --stats -n 0
        CHANNEL  QUEUED  SENT  DELIVERED  FAILED  SUPPRESSED  ALL
        email    1       1     1          1       1           5
        sms      -       -     1          -       -           1
        slack    -       1     -          -       -           1
        all      1       2     2          1       1           7

        Reasons
                1  HARD_BOUNCE       The receiving server rejected the message permanently: the mailbox does not exist. The contact is suppressed from now on.
                1  SUPPRESSION_LIST  The contact is on the suppression list.

        From queued to delivered  half within 1 s, 90 % within 1 s, 99 % within 1 s
          up to 1 s  ██████████████████████████████  2
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    TestEnv::simulated()
        .run("activity --stats")
        .assert_transcript(expect![[r#"
        $ sendivent activity --stats
        There is nothing to count.
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn follow_prints_each_change() {
    let env = TestEnv::simulated();
    env.ok("send early --to ada@example.com");
    env.advance(5000);
    env.ok("send welcome --to bounced@simulator.test");
    env
        .run("activity --follow --idle-timeout 10s")
        .assert_transcript(expect![[r#"
            $ sendivent activity --follow --idle-timeout 10s
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     early  ada@example.com
            2026-04-01 12:00:05Z  queued      019d48ea-4188-7474-b24a-775b19bf7e34  email     welcome  bounced@simulator.test
            2026-04-01 12:00:05Z  sent        019d48ea-4188-7474-b24a-775b19bf7e34  email     welcome  bounced@simulator.test
            2026-04-01 12:00:06Z  failed      019d48ea-4188-7474-b24a-775b19bf7e34  email     welcome  bounced@simulator.test  HARD_BOUNCE: Permanent bounce: mailbox does not exist
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
}

#[test]
fn follow_ends_on_interrupt_or_closed_stdout() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com");
    env.interrupt_in(5000, Interrupt::Interrupted);
    env.run("activity --follow").assert_code(130);
    env.ok("send welcome --to ada@example.com");
    env.close_stdout_after(1);
    env.run("activity --follow").assert_code(0);
}

#[test]
fn follow_prints_each_change_once_while_the_clock_is_frozen() {
    let env = TestEnv::simulated();
    env.ok("simulator clock freeze");
    env.ok("send welcome --to ada@example.com --to bob@example.com");
    let lines = env.ok("activity --follow --idle-timeout 5s");
    assert_eq!(lines.lines().count(), 2, "{lines}");
}

#[test]
fn tables_fit_the_terminal() {
    for columns in [200, 160, 130, 120, 110, 100, 90, 80, 60, 40] {
        for zone in ["--utc", "--tz Asia/Kolkata"] {
            let env = populated_env();
            env.terminal(columns);
            let text = env.ok(&format!("activity --color never {zone}"));
            // In block layout only the id may exceed the narrowest terminal.
            for line in text.lines().filter(|line| !line.starts_with("ID ")) {
                let width = unicode_width::UnicodeWidthStr::width(line);
                assert!(width <= usize::from(columns), "{columns} columns:\n{text}");
            }
            for word in [
                "STATUS",
                "CHANNEL",
                "RECIPIENT",
                "TEMPLATE",
                "ERROR",
                "SUPPRESSION_LIST",
            ] {
                assert!(text.contains(word), "{columns} columns:\n{text}");
            }
        }
    }
}

#[test]
fn narrow_tables_drop_the_least_important_columns() {
    let env = populated_env();
    env.terminal(80);
    env.run("activity --color never")
        .assert_transcript(expect![[r#"
            $ sendivent activity --color never
            QUEUED     STATUS      CHANNEL  RECIPIENT             TEMPLATE  ERROR
            13:00:00Z  sent        email    slow@simulator.test   welcome
            13:00:00Z  queued      email    queued@simulator.te…  welcome
            13:00:00Z  sent        slack    #general              alert
            13:00:00Z  delivered   sms      +14155550123          welcome
            13:00:00Z  suppressed  email    suppressed@simulato…  welcome   SUPPRESSION_LIST
            13:00:00Z  failed      email    bounced@simulator.t…  welcome   HARD_BOUNCE
            12:00:00Z  delivered   email    ada@example.com       early
            (all today; a wider terminal shows TOOK, ID and dates)
            --- stderr
            SIMULATED: offline, nobody receives anything.
            7 messages of the simulator
            --- exit 0
        "#]]);
    // On the next day times include their dates.
    env.advance(86_400_000);
    env.run("activity --color never")
        .assert_transcript(expect![[r#"
            $ sendivent activity --color never
            QUEUED         STATUS      CHANNEL  RECIPIENT         TEMPLATE  ERROR
            Apr 01 13:00Z  delivered   email    slow@simulator.…  welcome
            Apr 01 13:00Z  queued      email    queued@simulato…  welcome
            Apr 01 13:00Z  sent        slack    #general          alert
            Apr 01 13:00Z  delivered   sms      +14155550123      welcome
            Apr 01 13:00Z  suppressed  email    suppressed@simu…  welcome   SUPPRESSION_LIST
            Apr 01 13:00Z  failed      email    bounced@simulat…  welcome   HARD_BOUNCE
            Apr 01 12:00Z  delivered   email    ada@example.com   early
            (a wider terminal shows TOOK, ID and full times)
            --- stderr
            SIMULATED: offline, nobody receives anything.
            7 messages of the simulator
            --- exit 0
        "#]]);
    env.terminal(120);
    env.run("activity --color never").assert_transcript(expect![[r#"
        $ sendivent activity --color never
        QUEUED                STATUS      TOOK    CHANNEL  RECIPIENT                  TEMPLATE  ERROR
        2026-04-01 13:00:00Z  delivered   30 s    email    slow@simulator.test        welcome
        2026-04-01 13:00:00Z  queued              email    queued@simulator.test      welcome
        2026-04-01 13:00:00Z  sent        200 ms  slack    #general                   alert
        2026-04-01 13:00:00Z  delivered   1 s     sms      +14155550123               welcome
        2026-04-01 13:00:00Z  suppressed          email    suppressed@simulator.test  welcome   SUPPRESSION_LIST
        2026-04-01 13:00:00Z  failed      1 s     email    bounced@simulator.test     welcome   HARD_BOUNCE
        2026-04-01 12:00:00Z  delivered   1 s     email    ada@example.com            early
        (a wider terminal shows ID)
        --- stderr
        SIMULATED: offline, nobody receives anything.
        7 messages of the simulator
        --- exit 0
    "#]]);
    env.terminal(40);
    env.run("activity --color never --stats -n 1")
        .assert_transcript(expect![[r#"
            $ sendivent activity --color never --stats -n 1
            QUEUED     2026-04-01 13:00:00Z
            STATUS     delivered
            TOOK       30 s
            CHANNEL    email
            RECIPIENT  slow@simulator.test
            TEMPLATE   welcome
            ID         019d4921-1c80-7474-b24a-79bb4cc27934

            CHANNEL     email
            QUEUED      1
            SENT        -
            DELIVERED   2
            FAILED      1
            SUPPRESSED  1
            ALL         5

            CHANNEL     sms
            QUEUED      -
            SENT        -
            DELIVERED   1
            FAILED      -
            SUPPRESSED  -
            ALL         1

            CHANNEL     slack
            QUEUED      -
            SENT        1
            DELIVERED   -
            FAILED      -
            SUPPRESSED  -
            ALL         1

            CHANNEL     all
            QUEUED      1
            SENT        1
            DELIVERED   3
            FAILED      1
            SUPPRESSED  1
            ALL         7

            Reasons
                    1  HARD_BOUNCE       The receiv…
                    1  SUPPRESSION_LIST  The contac…

            From queued to delivered
              half within 1 s
              90 % within 30 s
              99 % within 30 s
              up to   1 s  ██████████████████████  2
              up to   2 s                          0
              up to   4 s                          0
              up to 8.1 s                          0
              up to  16 s                          0
              up to  32 s  ███████████             1
            --- stderr
            SIMULATED: offline, nobody receives anything.
            1 message of the simulator; -n shows more
            --- exit 0
        "#]]);
}

#[test]
fn colour_is_used_on_terminals_and_on_request() {
    let env = populated_env();
    assert!(!env.ok("activity").contains('\x1b'));
    assert!(env.ok("activity --color always").contains('\x1b'));
    env.terminal(120);
    assert!(env.ok("activity").contains('\x1b'));
    env.set("NO_COLOR", "1");
    assert!(!env.ok("activity").contains('\x1b'));
    let asked_for = env.ok("activity --color always");
    assert!(asked_for.contains("\x1b[31mfailed"), "{asked_for:?}");
    assert!(!asked_for.contains("\x1b[m"), "{asked_for:?}");
    env.unset("NO_COLOR");
    env.set("TERM", "dumb");
    assert!(!env.ok("activity").contains('\x1b'));
}
