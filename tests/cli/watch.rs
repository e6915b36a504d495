use expect_test::expect;
use sendivent::host::Interrupt;

use crate::harness::Scene;

#[test]
fn a_watch_tells_each_change_and_ends_with_the_verdict() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to bounced@simulator.test");
    scene.run("watch --last").is(expect![[r#"
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
fn what_has_settled_before_counts_at_once() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to ada@example.com");
    scene.pass(3_600_000);
    let before = scene.now();
    scene.run("watch --last").is(expect![[r#"
        $ sendivent watch --last
        2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
        delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    assert_eq!(scene.now(), before);
}

#[test]
fn a_watch_that_times_out_says_how_to_resume_and_can_be_resumed() {
    let scene = Scene::simulated();
    let id = scene.ok("send welcome -q --to delivered-30s@simulator.test");
    scene.run("watch --last --timeout 10s").is(expect![[r#"
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
    scene.run(&format!("watch {id}")).code(0);
}

#[test]
fn an_interrupted_watch_says_how_to_resume() {
    for (kind, code) in [(Interrupt::Interrupted, 130), (Interrupt::Terminated, 143)] {
        let scene = Scene::simulated();
        scene.ok("send welcome --to queued@simulator.test");
        scene.interrupt_in(3000, kind);
        let ran = scene.run("watch --last");
        ran.code(code).says(&[
            "interrupted after 3 s",
            "resume with: sendivent --simulate watch",
        ]);
    }
}

#[test]
fn every_end_has_its_exit_code() {
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
        let scene = Scene::simulated();
        scene.ok(&format!("send welcome {recipients}"));
        let ran = scene.run(&format!("watch --last 9 {flags}"));
        assert_eq!(ran.code, code, "{recipients} {flags}\n{}", ran.transcript());
    }
}

#[test]
fn a_bad_end_is_seen_at_once_and_never_at_the_deadline() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to queued@simulator.test --to failed@simulator.test");
    let before = scene.now();
    scene.run("watch --last 2 --fail-fast --timeout 1h").code(3);
    assert!(scene.now() - before < 10_000);
}

#[test]
fn a_cancelled_notification_ends_badly() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to queued@simulator.test");
    scene.ok("cancel welcome --to queued@simulator.test");
    scene.run("watch --last").is(expect![[r#"
        $ sendivent watch --last
        2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     queued@simulator.test
        cancelled   019d48ea-2e00-79bc-985a-244823f2de44  email     queued@simulator.test
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 3
    "#]]);
}

#[test]
fn the_first_look_is_at_once_and_the_pauses_grow_or_stay_as_told() {
    let looks = |flags: &str| {
        let scene = Scene::simulated();
        scene.ok("send welcome --to queued@simulator.test");
        let ran = scene.run(&format!("watch --last --timeout 1m {flags} --json"));
        ran.code(124);
        let first = ran.stdout.lines().next().unwrap().to_owned();
        (first.contains("2026-04-01T12:00:00.000Z"), scene.now())
    };
    assert!(looks("").0);
    assert!(looks("--interval 7s").0);
    let scene = Scene::simulated();
    scene
        .run("watch 550e8400-e29b-41d4-a716-446655440000 --interval 0")
        .code(2)
        .says(&["--interval", "--timeout 0"]);
    scene
        .run("watch 550e8400-e29b-41d4-a716-446655440000 --timeout soon")
        .code(2)
        .says(&["--timeout: `soon`"]);
}

#[test]
fn an_id_that_nobody_knows_ends_the_watch() {
    let scene = Scene::simulated();
    scene
        .run("watch 550e8400-e29b-41d4-a716-446655440000")
        .code(6)
        .says(&["there is no notification 550e8400"]);
    let id = scene.ok("send welcome -q --to ada@example.com");
    scene
        .run(&format!("watch {id} 550e8400-e29b-41d4-a716-446655440000"))
        .is(expect![[r#"
            $ sendivent watch 019d48ea-2e00-7e44-b1fa-3c80db0637e9 550e8400-e29b-41d4-a716-446655440000
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-7e44-b1fa-3c80db0637e9  email     ada@example.com
            not found   550e8400-e29b-41d4-a716-446655440000
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-7e44-b1fa-3c80db0637e9  email     ada@example.com
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-7e44-b1fa-3c80db0637e9  email     ada@example.com
            delivered   019d48ea-2e00-7e44-b1fa-3c80db0637e9  email     ada@example.com  after 1 s
            --- stderr
            SIMULATED: offline, nobody receives anything.
            there is no notification 550e8400-e29b-41d4-a716-446655440000; `sendivent --simulate activity` lists what there is
            --- exit 9
        "#]]);
}

#[test]
fn a_reader_that_goes_away_ends_the_watch_with_what_is_known() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to queued@simulator.test --to failed@simulator.test");
    scene.close_stdout_after(10);
    let ran = scene.run("watch --last 2");
    ran.code(8);
    assert!(!ran.stderr.contains("error"), "{}", ran.stderr);
}

#[test]
fn without_progress_only_the_ends_are_told() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to ada@example.com");
    scene.run("watch --last --progress none").is(expect![[r#"
        $ sendivent watch --last --progress none
        delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn the_clock_of_the_simulator_decides_and_not_that_of_the_machine() {
    let scene = Scene::simulated();
    scene.ok("simulator clock freeze");
    scene.ok("send welcome --to ada@example.com");
    scene.run("watch --last --timeout 1m").code(124);
    scene.ok("simulator clock advance 1s");
    scene.run("watch --last").code(0);
}

#[test]
fn the_last_send_is_all_of_its_recipients() {
    let scene = Scene::simulated();
    scene.ok("send before --to eve@example.com");
    scene
        .run("send welcome --to bounced@simulator.test --to ada@example.com --wait")
        .code(9);
    let ran = scene.run("watch --last --progress none");
    ran.code(9);
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stdout);
    assert_eq!(scene.ok("status --last 2 -q").lines().count(), 3);
}

#[test]
fn sends_whose_outcome_nobody_knows_are_never_a_success() {
    let scene = Scene::simulated();
    scene
        .run("send welcome --to ada@example.com --to reset@simulator.test --idempotency-key k")
        .code(69);
    scene
        .run("watch --last")
        .code(69)
        .says(&["outcome unknown", "--idempotency-key k."]);
    scene.run("status --last --exit-status").code(69);
}

#[test]
fn a_clock_that_stands_is_told_once() {
    let scene = Scene::simulated();
    scene.ok("simulator clock freeze");
    let ran = scene.run("send welcome --to ada@example.com --wait --timeout 1m");
    ran.code(124)
        .says(&["clock stands", "sendivent simulator clock resume"]);
    assert_eq!(ran.stderr.matches("clock stands").count(), 1);
}

#[test]
fn a_step_that_was_passed_between_two_looks_is_told_with_its_time() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to ada@example.com");
    let ran = scene.run("watch --last --interval 10s --json");
    let of = |status: &str| format!("\"status\":\"{status}\"");
    let changes: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.contains("change"))
        .collect();
    assert_eq!(changes.len(), 3, "{}", ran.stdout);
    for (line, status, at) in [
        (changes[0], "queued", "12:00:00.000Z"),
        (changes[1], "sent", "12:00:00.200Z"),
        (changes[2], "delivered", "12:00:01.000Z"),
    ] {
        assert!(line.contains(&of(status)) && line.contains(at), "{line}");
    }
}

#[test]
fn a_channel_that_never_reports_delivery_is_said_to_be_so() {
    let scene = Scene::simulated();
    let ran = scene.run("send alert --to '#general' --wait=delivered --progress none");
    ran.code(3);
    assert!(
        ran.stdout.contains("does not report delivery"),
        "{}",
        ran.stdout
    );
}
