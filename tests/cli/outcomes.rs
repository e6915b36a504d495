use crate::harness::TestEnv;

/// Every outcome of a message in one environment, each with its exit code.
#[test]
fn every_outcome_has_its_exit_code() {
    let scene = TestEnv::simulated();

    // queued → sent → delivered, as time passes.
    let id = scene.ok("send welcome -q --to ada@example.com");
    for (millis, status, code) in [(0, "queued", 8), (200, "sent", 8), (800, "delivered", 0)] {
        scene.advance(millis);
        let ran = scene.run(&format!("status {id} --exit-status"));
        ran.assert_code(code);
        let messages: Vec<&str> = ran.stdout.lines().skip(3).collect();
        assert!(messages[0].trim().starts_with(status), "{}", ran.stdout);
    }

    // failed, with its reason; suppressed afterwards.
    for status in ["failed", "suppressed"] {
        let ran = scene.run("send welcome --to bounced@simulator.test --wait --progress none");
        ran.assert_code(3);
        let end = ran.stdout.lines().last().unwrap();
        assert!(end.starts_with(status), "{end}");
        assert!(end.contains("HARD_BOUNCE"), "{end}");
    }

    // Several recipients: one fails, one is rejected.
    let several = "--to bob@example.com --to failed@simulator.test --to http-402@simulator.test";
    let ran = scene.run(&format!("send welcome {several} --wait --progress none"));
    ran.assert_code(9)
        .assert_stderr_contains(&["2 of 3 accepted"]);
    let ends: Vec<&str> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(
        ends,
        ["accepted", "accepted", "refused", "delivered", "failed"]
    );

    // A watch that times out and is resumed with the printed command.
    scene.ok("send reminder --to delivered-30s@simulator.test");
    let ran = scene.run("watch --last --timeout 10s");
    ran.assert_code(124)
        .assert_stderr_contains(&["still pending after 10 s"]);
    let resume = ran.stderr.lines().last().unwrap();
    let resume = resume.strip_prefix("resume with: sendivent ").unwrap();
    scene.run(resume).assert_code(0);

    // The resulting list.
    let list = scene.ok("activity -o csv");
    let of = |status: &str| list.matches(&format!(",{status},")).count();
    assert_eq!(
        (of("delivered"), of("failed"), of("suppressed")),
        (3, 2, 1),
        "{list}"
    );
}
