use crate::harness::TestEnv;

/// Every outcome of a message in one environment, each with its exit code.
#[test]
fn every_outcome_has_its_exit_code() {
    let env = TestEnv::simulated();

    // queued → sent → delivered, as time passes.
    let id = env.ok("send welcome -q --to ada@example.com");
    for (millis, status, code) in [(0, "queued", 8), (200, "sent", 8), (800, "delivered", 0)] {
        env.advance(millis);
        let output = env.run(&format!("status {id} --exit-status"));
        output.assert_code(code);
        let messages: Vec<&str> = output.stdout.lines().skip(3).collect();
        assert!(messages[0].trim().starts_with(status), "{}", output.stdout);
    }

    // failed, with its reason; suppressed afterwards.
    for status in ["failed", "suppressed"] {
        let output = env.run("send welcome --to bounced@simulator.test --wait --progress none");
        output.assert_code(3);
        let end = output.stdout.lines().last().unwrap();
        assert!(end.starts_with(status), "{end}");
        assert!(end.contains("HARD_BOUNCE"), "{end}");
    }

    // Several recipients: one fails, one is rejected.
    let several = "--to bob@example.com --to failed@simulator.test --to http-402@simulator.test";
    let output = env.run(&format!("send welcome {several} --wait --progress none"));
    output
        .assert_code(9)
        .assert_stderr_contains(&["2 of 3 accepted"]);
    let ends: Vec<&str> = output
        .stdout
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(
        ends,
        ["accepted", "accepted", "refused", "delivered", "failed"]
    );

    // A watch that times out and is resumed with the printed command.
    env.ok("send reminder --to delivered-30s@simulator.test");
    let output = env.run("watch --last --timeout 10s");
    output
        .assert_code(124)
        .assert_stderr_contains(&["still pending after 10 s"]);
    let resume = output.stderr.lines().last().unwrap();
    let resume = resume.strip_prefix("resume with: sendivent ").unwrap();
    env.run(resume).assert_code(0);

    // The resulting list.
    let list = env.ok("activity -o csv");
    let of = |status: &str| list.matches(&format!(",{status},")).count();
    assert_eq!(
        (of("delivered"), of("failed"), of("suppressed")),
        (3, 2, 1),
        "{list}"
    );
}
