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
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", url);
    env
}

/// The response to a request for an unknown notification, dated by the environment's clock.
fn healthy_response() -> StubResponse {
    StubResponse::error(404, "Notification not found").with("Date", "Wed, 01 Apr 2026 12:00:01 GMT")
}

/// Runs `doctor` and checks what holds for every response.
#[track_caller]
fn run_doctor(env: &TestEnv, flags: &str, code: u8) -> Vec<Value> {
    let text = env.run(&format!("doctor {flags}"));
    text.assert_code(code);
    let output = env.run(&format!("doctor {flags} --json"));
    output.assert_code(code);
    assert_eq!(output.stderr, "", "{}", output.transcript());
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
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
fn normalize(output: &RunOutput, service: &StubService) -> String {
    let server = service.url().rsplit(':').next().unwrap().to_owned();
    output.transcript().replace(&format!(":{server}"), ":PORT")
}

#[test]
fn a_healthy_setup_passes_every_check() {
    let service = StubService::start(|_| healthy_response());
    let env = live_env(&service.url());
    let output = env.run("doctor");
    expect![[r#"
        $ sendivent doctor
        ok    settings     no settings file, the defaults are used
        ok    profile      default
        ok    key          64da5735, from SENDIVENT_API_KEY
        ok    environment  sandbox: custom URL: may deliver for real
        ok    address      http://127.0.0.1:PORT, from SENDIVENT_API_URL
        ok    dns          no name to look up
        ok    tcp          127.0.0.1:PORT accepts connections
        ok    service      responds, and accepts the key
        ok    clock        agrees with the service's
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not created yet
        --- exit 0
    "#]]
    .assert_eq(&normalize(&output, &service));
    run_doctor(&env, "", 0);
    // Nothing was sent and no file was created.
    for received in service.requests() {
        assert_eq!(received.method, "GET");
        assert_eq!(
            received.path,
            "/v1/notifications/00000000-0000-0000-0000-000000000000"
        );
        assert_eq!(received.body, "");
    }
    assert_eq!(service.requests().len(), 3);
    assert_eq!(fs::read_dir(env.home()).unwrap().count(), 0);
}

#[test]
fn each_response_has_its_line_and_exit_code() {
    for (response, code, state, expected) in [
        (healthy_response(), 0, "ok", "responds, and accepts the key"),
        (
            StubResponse::json(200, &json!({"id": "x"})),
            0,
            "ok",
            "accepts the key",
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
            "accepts the key, but rejects the request (HTTP 402)",
        ),
        (
            StubResponse::error(403, "inactive"),
            5,
            "fail",
            "accepts the key, but rejects the request (HTTP 403)",
        ),
        (
            StubResponse::error(418, "teapot"),
            69,
            "fail",
            "unexpected response (HTTP 418)",
        ),
        (
            StubResponse::error(500, "oh"),
            69,
            "fail",
            "reports an internal error (HTTP 500)",
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
            "the response is not JSON",
        ),
        (
            StubResponse::html(404, "<h1>It works!</h1>"),
            69,
            "fail",
            "the response is not JSON",
        ),
        (
            StubResponse::html(401, "<h1>Who are you?</h1>"),
            69,
            "fail",
            "the response is not JSON",
        ),
        (
            StubResponse::html(302, "").with("Location", "http://portal.example.com/"),
            69,
            "fail",
            "is a redirect (HTTP 302), which is not followed",
        ),
    ] {
        let service = StubService::start(move |_| response.clone());
        let env = live_env(&service.url());
        let checks = run_doctor(&env, "", code);
        let check = find_check(&checks, "service");
        assert_eq!(check["state"], state, "{check}");
        assert!(
            check["found"].as_str().unwrap().contains(expected),
            "{check}"
        );
        // One request per run: `doctor` does not retry.
        assert_eq!(service.requests().len(), 2);
        // Checks that do not depend on the response are still reported.
        assert_eq!(find_check(&checks, "journal")["state"], "ok");
    }
}

#[test]
fn clock_skew_is_reported() {
    for (date, state, expected) in [
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
        assert!(
            check["found"].as_str().unwrap().contains(expected),
            "{check}"
        );
    }
    // Without a readable `Date` header there is no comparison.
    for response in [
        StubResponse::error(404, "no"),
        StubResponse::error(404, "no").with("Date", "today"),
    ] {
        let service = StubService::start(move |_| response.clone());
        let checks = run_doctor(&live_env(&service.url()), "", 0);
        assert!(checks.iter().all(|check| check["name"] != "clock"));
    }
    // An error response has a `Date` as well: clock skew may be its cause.
    let response = StubResponse::error(401, "no").with("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    let service = StubService::start(move |_| response.clone());
    let checks = run_doctor(&live_env(&service.url()), "", 4);
    assert_eq!(find_check(&checks, "clock")["state"], "warn");
}

#[test]
fn a_simulator_on_a_port_is_recognized() {
    let response = StubResponse::error(404, "no")
        .with("X-Sendivent-Simulated", "true")
        .with("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
    let service = StubService::start(move |_| response.clone());
    let checks = run_doctor(&live_env(&service.url()), "", 0);
    assert_eq!(
        find_check(&checks, "service")["found"],
        "a simulator responds: nothing is delivered"
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
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not created yet
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
    let directory = bare.path(".config/sendivent");
    fs::create_dir_all(&directory).unwrap();
    fs::write(
        directory.join("config.toml"),
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
        directory.join("config.toml"),
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
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_URL", &service.url());
    env.stdin(KEY);
    env.ok("login");
    assert_eq!(find_check(&run_doctor(&env, "", 0), "key")["state"], "ok");
    let stored = env.path(".config/sendivent/keys/default");
    let named = env.path("key");
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
            let checks = run_doctor(&env, &flags, 0);
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
        let env = live_env(&url);
        let path = env.path(".local/state/sendivent");
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join(name), "no database".repeat(99)).unwrap();
        env
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
    let response = StubResponse::error(401, "Invalid API key");
    let refusing = StubService::start(move |_| response.clone());
    with_broken_journal.set("SENDIVENT_API_URL", &refusing.url());
    let checks = run_doctor(&with_broken_journal, "", 4);
    assert_eq!(find_check(&checks, "journal")["state"], "fail");
}

#[test]
fn an_uncreatable_file_is_reported_and_nothing_is_created() {
    let env = TestEnv::simulated();
    let file = env.file("file", "");
    for (home, expected) in [
        ("/proc/nope", "cannot be created: `/proc` cannot be written"),
        (&*file, "file` is not a folder"),
    ] {
        env.set("HOME", home);
        let checks = run_doctor(&env, "", 1);
        assert_eq!(check_states(&checks), ["fail journal", "fail simulator"]);
        for check in &checks {
            let found = check["found"].as_str().unwrap();
            assert!(found.contains(expected), "{found}");
        }
    }
    env.set("HOME", &env.path("a/b").display().to_string());
    run_doctor(&env, "", 0);
    assert!(!env.path("a").exists());
}

#[test]
fn the_simulator_needs_neither_key_nor_network() {
    let env = TestEnv::simulated();
    env.run("doctor").assert_transcript(expect![[r#"
        $ sendivent doctor
        ok    journal      [HOME]/.local/state/sendivent/journal.db, not created yet
        ok    simulator    [HOME]/.local/state/sendivent/simulator.db, not created yet
        --- exit 0
    "#]]);
    env.ok("send welcome --to ada@example.com");
    let checks = run_doctor(&env, "", 0);
    assert_eq!(check_states(&checks), ["ok journal", "ok simulator"]);
    let checks = run_doctor(&env, "--simulator-db :memory:", 0);
    assert_eq!(check_states(&checks), ["ok journal", "ok simulator"]);
    let file = env.file("no.db", &"no database".repeat(99));
    let checks = run_doctor(&env, &format!("--simulator-db {file}"), 1);
    assert_eq!(find_check(&checks, "simulator")["state"], "fail");
}

#[test]
fn proxies_are_listed_and_an_invalid_one_fails() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", KEY);
    env.set("SENDIVENT_API_URL", "https://nowhere.invalid");
    let url = unused_url();
    env.set("https_proxy", &url);
    let checks = run_doctor(&env, "", 69);
    assert_eq!(
        find_check(&checks, "proxy")["found"],
        "the proxy in https_proxy"
    );
    // Behind a proxy, the proxy resolves names.
    assert!(checks.iter().all(|check| check["name"] != "dns"));
    assert_eq!(find_check(&checks, "service")["state"], "fail");

    env.set("https_proxy", "http://user:hunter2@[");
    let checks = run_doctor(&env, "", 2);
    assert_eq!(find_check(&checks, "proxy")["state"], "fail");
    assert_eq!(find_check(&checks, "journal")["state"], "ok");
    assert!(!env.run("doctor").transcript().contains("hunter2"));
    // Loopback needs no proxy.
    let service = StubService::start(|_| healthy_response());
    env.set("SENDIVENT_API_URL", &service.url());
    let checks = run_doctor(&env, "", 0);
    assert!(checks.iter().all(|check| check["name"] != "proxy"));
}
