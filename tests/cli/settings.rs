use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn whoami_opens_no_file() {
    let env = TestEnv::simulated();
    env.run("whoami").assert_transcript(expect![[r#"
        $ sendivent whoami
        service    simulator, offline: nobody receives anything
        file       [HOME]/.local/state/sendivent/simulator.db
        journal    [HOME]/.local/state/sendivent/journal.db
        key        none needed
        --- exit 0
    "#]]);
    assert_eq!(std::fs::read_dir(env.home()).unwrap().count(), 0);
    env.unset("SENDIVENT_SIMULATE");
    env.run("whoami").assert_transcript(expect![[r#"
        $ sendivent whoami
        profile    default
        address    from the key's prefix
        journal    [HOME]/.local/state/sendivent/journal.db
        key        none; looked for in this order:
                   --api-key-file          not given
                   SENDIVENT_API_KEY_FILE  not set
                   SENDIVENT_API_KEY       not set
                   credential_command      none for the profile default
                   sendivent login         nothing stored for the profile default
        --- stderr
        error: there is no API key for the profile `default`
        hint: Set SENDIVENT_API_KEY, or run `sendivent login`. Offline: --simulate.
        --- exit 4
    "#]]);
}

#[test]
fn without_a_key_nothing_is_sent_or_stored() {
    let env = TestEnv::bare();
    for command in [
        "send welcome --to ada@example.com",
        "status 550e8400-e29b-41d4-a716-446655440000",
        "watch 550e8400-e29b-41d4-a716-446655440000",
        "activity",
        "cancel welcome --to ada@example.com",
    ] {
        env.run(command).assert_code(4).assert_stderr_contains(&[
            "no API key",
            "SENDIVENT_API_KEY",
            "--simulate",
        ]);
    }
    assert_eq!(std::fs::read_dir(env.home()).unwrap().count(), 0);
}

#[test]
fn help_lists_the_exit_codes() {
    let test_env = TestEnv::bare();
    test_env
        .run("help exit-codes")
        .assert_transcript(expect![[r#"
        $ sendivent help exit-codes
        CODE  NAME           MEANING
        0     ok             Done; with waiting: every message reached the goal.
        1     error          Unexpected error.
        2     usage          Invalid flag or input; nothing was sent.
        3     not_delivered  Not delivered: failed, suppressed or cancelled.
        4     auth           No key, or the service rejected it (401).
        5     refused        The service rejected the request (400, 402, 403, 409, 422).
        6     not_found      No such event or notification (404).
        7     rate_limited   Rate limited (429) after all retries that time allowed.
        8     pending        Not settled yet, or stdout was closed.
        9     partial        Some succeeded, others failed or were not sent.
        69    unavailable    No verdict: the service could not be reached or kept
                             failing. A send prints its idempotency key.
        124   timeout        The deadline passed; nothing is known to be wrong.
        126   cannot_start   The program of `simulator run` is not executable.
        127   no_program     The program of `simulator run` was not found.
        130   interrupted    Interrupted by Ctrl-C (SIGINT). The journal is complete.
        143   terminated     Terminated by SIGTERM. The journal is complete.

        If several codes apply, the first of 130, 143, 4, 9, 1, 2, 5, 6, 7, 69, 3, 124, 8 and 0 is
        used. 9 applies if some results are good and others are bad.
        `sendivent simulator run` exits with the code of its program.
        --- exit 0
    "#]]);
    test_env.run("help sned").assert_transcript(expect![[r#"
        $ sendivent help sned
        --- stderr
        error: TOPIC: there is no help on `sned`
        hint: Did you mean `send`?
        --- exit 2
    "#]]);
    assert!(test_env.ok("help send").contains("--idempotency-key"));
    assert!(test_env.ok("help simulator clock advance").contains("5m"));
    assert!(test_env.ok("help").contains("activity"));
    assert_eq!(
        test_env.ok("--version"),
        concat!("sendivent ", env!("CARGO_PKG_VERSION"))
    );
    test_env
        .run("")
        .assert_code(2)
        .assert_stderr_contains(&["Usage:"]);
}

#[test]
fn settings_from_the_environment_are_checked() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_SIMULATE", "maybe");
    env.run("activity")
        .assert_code(2)
        .assert_stderr_contains(&["SENDIVENT_SIMULATE: `maybe`", "SENDIVENT_SIMULATE=1"]);
    env.set("SENDIVENT_SIMULATE", "1");
    env.set("SENDIVENT_OUTPUT", "yaml");
    env.run("activity")
        .assert_code(2)
        .assert_stderr_contains(&["SENDIVENT_OUTPUT: `yaml`", "text, json, csv or ids"]);
    env.set("SENDIVENT_OUTPUT", "ids");
    assert_eq!(env.ok("send welcome --to ada@example.com").len(), 36);
}

#[test]
fn a_repeated_flag_counts_once() {
    let env = TestEnv::simulated();
    env.ok("--simulate activity --simulate");
    let ids = env.ok("-q send welcome --to ada@example.com -q");
    assert_eq!(ids.len(), 36);
}

#[test]
fn a_disabled_completion_still_runs_the_command() {
    let env = TestEnv::simulated();
    env.set("COMPLETE", "0");
    assert_eq!(env.ok("send welcome --to ada@example.com -q").len(), 36);
}
