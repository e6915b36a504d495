//! `doctor`: every check with its states, and each exit code. It sends no notification.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{RunOutput, TestEnv};
use crate::stub_service::{StubResponse, StubService, unused_url};

const KEY: &str = "test_doctorsdoctors";

/// Returns an environment with a key and a service URL.
fn live_env(url: &str) -> TestEnv {
    let scene = TestEnv::bare();
    scene.set("SENDIVENT_API_KEY", KEY);
    scene.set("SENDIVENT_API_URL", url);
    scene
}

/// The response to a request for an unknown notification, dated by the environment's clock.
fn healthy_response() -> StubResponse {
    StubResponse::error(404, "Notification not found").with("Date", "Wed, 01 Apr 2026 12:00:01 GMT")
}

/// Runs `doctor` and checks what holds for every response.
#[track_caller]
fn run_doctor(scene: &TestEnv, flags: &str, code: u8) -> Vec<Value> {
    let text = scene.run(&format!("doctor {flags}"));
    text.assert_code(code);
    let ran = scene.run(&format!("doctor {flags} --json"));
    ran.assert_code(code);
    assert_eq!(ran.stderr, "", "{}", ran.transcript());
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    crate::json::assert_valid(&document, "doctor");
    assert_eq!(document["exit_code"], code);
    let checks = document["checks"].as_array().unwrap().clone();
    for check in &checks {
        let fixed = check["fix"].is_string();
        assert_eq!(fixed, check["state"] != "ok", "{}", text.transcript());
        // A fix must not point back to `doctor`.
        let fix = check["fix"].as_str().unwrap_or_default();
        assert!(!fix.contains("sendivent doctor"), "{fix}");
        let line = format!(
            "{:<4}  {:<11}  {}\n",
            check["state"].as_str().unwrap(),
            check["name"].as_str().unwrap(),
            check["found"].as_str().unwrap()
        );
        assert!(text.stdout.contains(&line), "{line}{}", text.transcript());
    }
    assert!(!text.transcript().contains("doctorsdoctors"));
    checks
}

/// Returns the check with this name.
#[track_caller]
fn find_check<'c>(checks: &'c [Value], name: &str) -> &'c Value {
    let mut found = checks.iter().filter(|check| check["name"] == name);
    let check = found
        .next()
        .unwrap_or_else(|| panic!("no {name} in {checks:#?}"));
    assert!(found.next().is_none(), "{name} twice in {checks:#?}");
    check
}

fn check_states(checks: &[Value]) -> Vec<String> {
    let words = checks.iter().map(|check| {
        let text = |name: &str| check[name].as_str().unwrap().to_owned();
        format!("{} {}", text("state"), text("name"))
    });
    words.collect()
}

/// Returns the output without what differs from run to run.
fn normalize(ran: &RunOutput, service: &StubService) -> String {
    let port = service.url().rsplit(':').next().unwrap().to_owned();
    ran.transcript().replace(&format!(":{port}"), ":PORT")
}

#[test]
fn a_healthy_setup_passes_every_check() {
    let service = StubService::start(|_| healthy_response());
    let scene = live_env(&service.url());
    let ran = scene.run("doctor");
    expect![[r#"
        $ sendivent doctor
        ok    settings     no settings file, the defaults are used
        ok    profile      default
        ok    key          64da5735, from SENDIVENT_API_KEY
        ok    environment  sandbox: custom URL: may deliver for real
        ok    address      http://127.0.0.1:PORT, from SENDIVENT_API_URL
        ok    dns          no name to look up
        ok    tcp          127.0.0.1:PORT takes connections
        ok    service      answers, and knows the key
        ok    clock        agrees with the service's
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not made yet
        --- exit 0
    "#]]
    .assert_eq(&normalize(&ran, &service));
    run_doctor(&scene, "", 0);
    // Nothing was sent and no file was created.
    for asked in service.requests() {
        assert_eq!(asked.method, "GET");
        assert_eq!(
            asked.path,
            "/v1/notifications/00000000-0000-0000-0000-000000000000"
        );
        assert_eq!(asked.body, "");
    }
    assert_eq!(service.requests().len(), 3);
    assert_eq!(fs::read_dir(scene.home()).unwrap().count(), 0);
}

#[test]
fn each_response_has_its_line_and_exit_code() {
    for (answer, code, state, says) in [
        (healthy_response(), 0, "ok", "answers, and knows the key"),
        (
            StubResponse::json(200, &json!({"id": "x"})),
            0,
            "ok",
            "knows the key",
        ),
        (
            StubResponse::error(429, "Rate limit exceeded"),
            0,
            "warn",
            "limits the rate",
        ),
        (
            StubResponse::error(401, "Invalid API key"),
            4,
            "fail",
            "the key from SENDIVENT_API_KEY (401)",
        ),
        (
            StubResponse::error(402, "quota"),
            5,
            "fail",
            "knows the key, and refuses (HTTP 402)",
        ),
        (
            StubResponse::error(403, "inactive"),
            5,
            "fail",
            "knows the key, and refuses (HTTP 403)",
        ),
        (
            StubResponse::error(418, "teapot"),
            69,
            "fail",
            "answers what it should not (HTTP 418)",
        ),
        (
            StubResponse::error(500, "oh"),
            69,
            "fail",
            "is in trouble itself (HTTP 500)",
        ),
        (
            StubResponse::error(503, "soon").with("Retry-After", "60"),
            69,
            "fail",
            "HTTP 503",
        ),
        (
            StubResponse::html(200, "<h1>Log in</h1>"),
            69,
            "fail",
            "what came is not JSON",
        ),
        (
            StubResponse::html(404, "<h1>It works!</h1>"),
            69,
            "fail",
            "what came is not JSON",
        ),
        (
            StubResponse::html(401, "<h1>Who are you?</h1>"),
            69,
            "fail",
            "what came is not JSON",
        ),
        (
            StubResponse::html(302, "").with("Location", "http://portal.example.com/"),
            69,
            "fail",
            "leads elsewhere (HTTP 302), and is not followed",
        ),
    ] {
        let service = StubService::start(move |_| answer.clone());
        let scene = live_env(&service.url());
        let checks = run_doctor(&scene, "", code);
        let check = find_check(&checks, "service");
        assert_eq!(check["state"], state, "{check}");
        assert!(check["found"].as_str().unwrap().contains(says), "{check}");
        // One request per run: `doctor` does not retry.
        assert_eq!(service.requests().len(), 2);
        // Checks that do not depend on the response are still reported.
        assert_eq!(find_check(&checks, "journal")["state"], "ok");
    }
}

#[test]
fn clock_skew_is_reported() {
    for (date, state, says) in [
        ("Wed, 01 Apr 2026 12:00:05 GMT", "ok", "agrees"),
        ("Wed, 01 Apr 2026 11:59:55 GMT", "ok", "agrees"),
        (
            "Wed, 01 Apr 2026 12:10:00 GMT",
            "warn",
            "10 min behind the service's",
        ),
        (
            "Wed, 01 Apr 2026 09:00:00 GMT",
            "warn",
            "3 h ahead of the service's",
        ),
        (
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "warn",
            "ahead of the service's",
        ),
    ] {
        let service =
            StubService::start(move |_| StubResponse::error(404, "no").with("Date", date));
        let checks = run_doctor(&live_env(&service.url()), "", 0);
        let check = find_check(&checks, "clock");
        assert_eq!(check["state"], state, "{check}");
        assert!(check["found"].as_str().unwrap().contains(says), "{check}");
    }
    // Without a readable `Date` header there is no comparison.
    for answer in [
        StubResponse::error(404, "no"),
        StubResponse::error(404, "no").with("Date", "today"),
    ] {
        let service = StubService::start(move |_| answer.clone());
        let checks = run_doctor(&live_env(&service.url()), "", 0);
        assert!(checks.iter().all(|check| check["name"] != "clock"));
    }
    // An error response has a `Date` as well: clock skew may be its cause.
    let answer = StubResponse::error(401, "no").with("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    let service = StubService::start(move |_| answer.clone());
    let checks = run_doctor(&live_env(&service.url()), "", 4);
    assert_eq!(find_check(&checks, "clock")["state"], "warn");
}

#[test]
fn a_simulator_on_a_port_is_recognized() {
    let answer = StubResponse::error(404, "no")
        .with("X-Sendivent-Simulated", "true")
        .with("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    let service = StubService::start(move |_| answer.clone());
    let checks = run_doctor(&live_env(&service.url()), "", 0);
    assert_eq!(
        find_check(&checks, "service")["found"],
        "a simulator answers: nothing is real"
    );
    // Its clock is virtual.
    assert!(checks.iter().all(|check| check["name"] != "clock"));
}

#[test]
fn network_checks_stop_at_the_first_failure() {
    let url = unused_url();
    let scene_of_nobody = live_env(&url);
    let checks = run_doctor(&scene_of_nobody, "", 69);
    let expected = [
        "ok settings",
        "ok profile",
        "ok key",
        "ok environment",
        "ok address",
        "ok dns",
        "fail tcp",
        "ok journal",
    ];
    assert_eq!(check_states(&checks), expected);
    let found = find_check(&checks, "tcp")["found"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(found.contains("connection refused"), "{found}");

    // A name that cannot exist (RFC 6761).
    let checks = run_doctor(&live_env("https://nowhere.invalid"), "", 69);
    assert_eq!(find_check(&checks, "dns")["state"], "fail");
    assert!(checks.iter().all(|check| check["name"] != "tcp"));

    // Plain HTTP on a port where HTTPS is expected.
    let service = StubService::start(|_| healthy_response());
    let secure = service.url().replace("http://", "https://");
    let checks = run_doctor(&live_env(&secure), "", 69);
    assert_eq!(find_check(&checks, "tcp")["state"], "ok");
    // The classification as a TLS error belongs to the client and is tested there.
    assert!(checks.iter().any(|check| check["state"] == "fail"));
}

#[test]
fn missing_settings_are_reported_and_files_are_still_checked() {
    let bare = TestEnv::bare();
    bare.run("doctor").assert_transcript(expect![[r#"
        $ sendivent doctor
        ok    settings     no settings file, the defaults are used
        fail  key          there is no API key for the profile `default`
                           Set SENDIVENT_API_KEY, or run `sendivent login`. Offline: --simulate.
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not made yet
        --- exit 4
    "#]]);
    assert_eq!(
        check_states(&run_doctor(&bare, "", 4)),
        ["ok settings", "fail key", "ok journal"]
    );
    bare.set("SENDIVENT_API_KEY", "doctorsdoctors");
    assert_eq!(
        find_check(&run_doctor(&bare, "", 4), "key")["state"],
        "fail"
    );
    bare.unset("SENDIVENT_API_KEY");
    let checks = run_doctor(&bare, "--api-key-file nowhere", 4);
    assert_eq!(find_check(&checks, "key")["state"], "fail");
    let checks = run_doctor(&bare, "--profile nowhere", 6);
    assert_eq!(find_check(&checks, "profile")["state"], "fail");

    bare.set("SENDIVENT_API_KEY", KEY);
    for url in ["nonsense", "http://192.0.2.1", "https://api.sendivent.com"] {
        let checks = run_doctor(&bare, &format!("--api-url {url}"), 2);
        assert_eq!(
            check_states(&checks),
            ["ok settings", "fail address", "ok journal"]
        );
    }

    // Invalid settings are reported once.
    let folder = bare.path(".config/sendivent");
    fs::create_dir_all(&folder).unwrap();
    fs::write(
        folder.join("config.toml"),
        "[profiles.a]\nkey = \"doctorsdoctors\"\n",
    )
    .unwrap();
    let checks = run_doctor(&bare, "", 2);
    assert_eq!(check_states(&checks), ["fail settings", "ok journal"]);
    assert!(
        find_check(&checks, "settings")["found"]
            .as_str()
            .unwrap()
            .contains("line 2")
    );
    // Valid ones are named.
    fs::write(
        folder.join("config.toml"),
        "[profiles.default]\nlive = true\n",
    )
    .unwrap();
    let live = StubService::start(|_| healthy_response());
    bare.set("SENDIVENT_API_URL", &live.url());
    bare.set("SENDIVENT_API_KEY", "live_doctorsdoctors");
    let checks = run_doctor(&bare, "", 0);
    assert!(
        find_check(&checks, "settings")["found"]
            .as_str()
            .unwrap()
            .ends_with("config.toml")
    );
    let environment = find_check(&checks, "environment")["found"].clone();
    assert_eq!(
        environment,
        "production: the profile allows sends without --live"
    );
}

#[test]
fn a_key_file_that_others_can_read_is_a_warning() {
    let service = StubService::start(|_| healthy_response());
    let scene = TestEnv::bare();
    scene.set("SENDIVENT_API_URL", &service.url());
    scene.stdin(KEY);
    scene.ok("login");
    assert_eq!(find_check(&run_doctor(&scene, "", 0), "key")["state"], "ok");
    let stored = scene.path(".config/sendivent/keys/default");
    let named = scene.path("key");
    fs::copy(&stored, &named).unwrap();
    for (path, flags) in [
        (&stored, String::new()),
        (&named, format!("--api-key-file {}", named.display())),
    ] {
        for (mode, state) in [
            (0o600, "ok"),
            (0o400, "ok"),
            (0o640, "warn"),
            (0o604, "warn"),
            (0o644, "warn"),
        ] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            let checks = run_doctor(&scene, &flags, 0);
            let key = find_check(&checks, "key");
            assert_eq!(key["state"], state, "{mode:o}: {key}");
            let fix = key["fix"].as_str().unwrap_or_default();
            assert_eq!(fix.starts_with("chmod 600 "), state == "warn", "{key}");
        }
    }
}

#[test]
fn database_files_are_checked() {
    let service = StubService::start(|_| healthy_response());
    let url = service.url();
    let broken = |name: &str| {
        let scene = live_env(&url);
        let path = scene.path(".local/state/sendivent");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(name), "no database".repeat(99)).unwrap();
        scene
    };
    let with_broken_journal = broken("journal.db");
    let checks = run_doctor(&with_broken_journal, "", 1);
    let journal = find_check(&checks, "journal");
    assert_eq!(journal["state"], "fail");
    assert!(
        journal["found"].as_str().unwrap().contains("is damaged"),
        "{journal}"
    );
    assert_eq!(find_check(&checks, "service")["state"], "ok");
    let checks = run_doctor(&with_broken_journal, "--no-journal", 0);
    assert_eq!(find_check(&checks, "journal")["state"], "warn");

    let checks = run_doctor(&broken("simulator.db"), "", 1);
    assert_eq!(find_check(&checks, "simulator")["state"], "fail");

    let assert_integrity = live_env(&url);
    assert_integrity.ok("--simulate send welcome --to ada@example.com");
    let checks = run_doctor(&assert_integrity, "", 0);
    assert_eq!(find_check(&checks, "simulator")["state"], "ok");
    assert_eq!(find_check(&checks, "journal")["state"], "ok");

    // With several failures, the exit code is that of the first to fix.
    let answer = StubResponse::error(401, "Invalid API key");
    let refusing = StubService::start(move |_| answer.clone());
    with_broken_journal.set("SENDIVENT_API_URL", &refusing.url());
    let checks = run_doctor(&with_broken_journal, "", 4);
    assert_eq!(find_check(&checks, "journal")["state"], "fail");
}

#[test]
fn an_uncreatable_file_is_reported_and_nothing_is_created() {
    let scene = TestEnv::simulated();
    let file = scene.file("file", "");
    for (home, says) in [
        ("/proc/nope", "cannot be made: `/proc` cannot be written"),
        (&*file, "file` is no folder"),
    ] {
        scene.set("HOME", home);
        let checks = run_doctor(&scene, "", 1);
        assert_eq!(check_states(&checks), ["fail journal", "fail simulator"]);
        for check in &checks {
            let found = check["found"].as_str().unwrap();
            assert!(found.contains(says), "{found}");
        }
    }
    scene.set("HOME", &scene.path("a/b").display().to_string());
    run_doctor(&scene, "", 0);
    assert!(!scene.path("a").exists());
}

#[test]
fn the_simulator_needs_neither_key_nor_network() {
    let scene = TestEnv::simulated();
    scene.run("doctor").assert_transcript(expect![[r#"
        $ sendivent doctor
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not made yet
        ok    simulator    [HOME]/.local/state/sendivent/simulator.db, not made yet
        --- exit 0
    "#]]);
    scene.ok("send welcome --to ada@example.com");
    let checks = run_doctor(&scene, "", 0);
    assert_eq!(check_states(&checks), ["ok journal", "ok simulator"]);
    let checks = run_doctor(&scene, "--simulator-db :memory:", 0);
    assert_eq!(check_states(&checks), ["ok journal", "ok simulator"]);
    let file = scene.file("no.db", &"no database".repeat(99));
    let checks = run_doctor(&scene, &format!("--simulator-db {file}"), 1);
    assert_eq!(find_check(&checks, "simulator")["state"], "fail");
}

#[test]
fn proxies_are_listed_and_an_invalid_one_fails() {
    let scene = TestEnv::bare();
    scene.set("SENDIVENT_API_KEY", KEY);
    scene.set("SENDIVENT_API_URL", "https://nowhere.invalid");
    let url = unused_url();
    scene.set("https_proxy", &url);
    let checks = run_doctor(&scene, "", 69);
    assert_eq!(
        find_check(&checks, "proxy")["found"],
        "the one that https_proxy names"
    );
    // Behind a proxy, the proxy resolves names.
    assert!(checks.iter().all(|check| check["name"] != "dns"));
    assert_eq!(find_check(&checks, "service")["state"], "fail");

    scene.set("https_proxy", "http://user:hunter2@[");
    let checks = run_doctor(&scene, "", 2);
    assert_eq!(find_check(&checks, "proxy")["state"], "fail");
    assert_eq!(find_check(&checks, "journal")["state"], "ok");
    assert!(!scene.run("doctor").transcript().contains("hunter2"));
    // Loopback needs no proxy.
    let service = StubService::start(|_| healthy_response());
    scene.set("SENDIVENT_API_URL", &service.url());
    let checks = run_doctor(&scene, "", 0);
    assert!(checks.iter().all(|check| check["name"] != "proxy"));
}
