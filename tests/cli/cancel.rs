use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn pending_messages_are_cancelled() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to queued@simulator.test --to slow@simulator.test");
    env.advance(500);
    env.run("cancel welcome --to queued@simulator.test --to slow@simulator.test")
        .assert_transcript(expect![[r#"
            $ sendivent cancel welcome --to queued@simulator.test --to slow@simulator.test
            welcome  queued@simulator.test  1 notification cancelled
            welcome  slow@simulator.test  nothing was pending
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
    env.run("status --last 2").assert_transcript(expect![[r#"
        $ sendivent status --last 2
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to queued@simulator.test
          cancelled, started 2026-04-01 12:00:00Z, ended after 500 ms
          cancelled   email

        notification 019d48ea-2e00-79bc-985a-24bf7f0c9e44
          welcome to slow@simulator.test
          processing, started 2026-04-01 12:00:00Z
          sent        email     sent after 200 ms, queued 500 ms ago
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    env.run("cancel welcome")
        .assert_code(2)
        .assert_stderr_contains(&["--to"]);
    env.run("cancel 'a b' --to x")
        .assert_code(2)
        .assert_stderr_contains(&["EVENT: `a b`"]);
}
