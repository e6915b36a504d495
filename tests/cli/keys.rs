//! Keys, profiles, the settings file and live sends: sources of a key, where it is printed, and what it permits.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{RunOutput, TestEnv};
use crate::stub_service::{StubResponse, StubService, unused_url};

/// One key per source. The part after the prefix must never be printed.
const FLAG: &str = "test_flagflagflag";
const FILE: &str = "test_filefilefile";
const VARIABLE: &str = "test_variablevariable";
const COMMAND: &str = "test_commandcommand";
const LOGIN: &str = "test_loginloginlogin";
const LIVE: &str = "live_productionproduction";

/// Returns the fingerprint that `whoami` prints: eight digits of a hash.
fn fingerprint(key: &str) -> String {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(key.as_bytes());
    hash.iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Fails if any part of a key was printed.
#[track_caller]
fn assert_no_key(output: &RunOutput) {
    for key in [FLAG, FILE, VARIABLE, COMMAND, LOGIN, LIVE] {
        let (_, secret) = key.split_once('_').unwrap();
        let text = output.transcript();
        // The command line itself may contain it.
        let (_, text) = text.split_once('\n').unwrap();
        assert!(
            !text.contains(secret),
            "{secret} in {}",
            output.transcript()
        );
    }
}

fn write_settings(env: &TestEnv, text: &str) {
    let directory = env.path(".config/sendivent");
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join("config.toml"), text).unwrap();
}

fn login(env: &TestEnv, flags: &str, key: &str) {
    env.stdin(key);
    env.ok(&format!("login {flags}"));
}

/// Runs a command that must end with this code and print no part of any key.
#[track_caller]
fn key_ending(env: &TestEnv, command: &str, code: u8, expected: &[&str]) -> String {
    let output = env.run(command);
    output.assert_code(code).assert_stderr_contains(expected);
    assert_no_key(&output);
    output.transcript()
}

#[track_caller]
fn json_of(env: &TestEnv, command: &str) -> Value {
    serde_json::from_str(&env.run(&format!("{command} --json")).stdout).unwrap()
}

/// Fails unless `whoami` names the source and the key, as text and as JSON.
#[track_caller]
fn key_origin(env: &TestEnv, flags: &str, source: &str, key: &str) {
    let text = key_ending(env, &format!("whoami {flags}"), 0, &[]);
    let line = format!("key        {}, from {source}\n", fingerprint(key));
    assert!(text.contains(&line), "no `{line}` in {text}");
    let service = &json_of(env, &format!("whoami {flags}"))["service"];
    assert_eq!(service["key_fingerprint"], fingerprint(key));
    let printed = service["key_source"].as_str().unwrap();
    let home = env.home().display().to_string();
    assert_eq!(printed.replace(&home, "[HOME]"), source);
    assert_eq!(service["places"], json!([]));
}

#[test]
fn keys_are_resolved_in_the_documented_order() {
    let env = TestEnv::bare();
    login(&env, "", LOGIN);
    let stored = "`sendivent login` ([HOME]/.config/sendivent/keys/default)";
    key_origin(&env, "", stored, LOGIN);

    let command = "the credential_command of the profile default";
    let printed = env.file("printed", COMMAND);
    for reported in [
        format!("\"cat {printed}\""),
        format!("[\"/bin/cat\", \"{printed}\"]"),
        // A complete shell command line.
        format!("\"true && head -n 1 < {printed}\""),
    ] {
        env.set("PATH", "/usr/bin:/bin");
        write_settings(
            &env,
            &format!("[profiles.default]\ncredential_command = {reported}\n"),
        );
        key_origin(&env, "", command, COMMAND);
    }

    env.set("SENDIVENT_API_KEY", VARIABLE);
    key_origin(&env, "", "SENDIVENT_API_KEY", VARIABLE);

    let file = env.file("key-of-variable", &format!("{FILE}\n"));
    env.set("SENDIVENT_API_KEY_FILE", &file);
    let source = "SENDIVENT_API_KEY_FILE ([HOME]/key-of-variable)";
    key_origin(&env, "", source, FILE);

    let file = env.file("key-of-flag", &format!("\u{feff}  {FLAG}\r\n\n"));
    let source = "--api-key-file [HOME]/key-of-flag";
    key_origin(&env, &format!("--api-key-file {file}"), source, FLAG);

    // An empty variable counts as unset: CI systems set one for a missing secret.
    env.set("SENDIVENT_API_KEY_FILE", "");
    env.set("SENDIVENT_API_KEY", "");
    key_origin(&env, "", command, COMMAND);
}

#[test]
fn the_first_source_decides_even_if_its_key_is_invalid() {
    let env = TestEnv::bare();
    login(&env, "", LOGIN);
    let hint = "Put only the key there.";
    for (text, reason) in [
        (" \n", "it is empty"),
        (
            "variablevariable",
            "an API key begins with `test_` or `live_`",
        ),
        ("prod_variablevariable", "begins with `test_`"),
        ("test_variable variable", "without spaces"),
        ("test_väriable", "ASCII"),
        ("test_variable\nvariable", "without spaces"),
        ("\"test_variablevariable\"", "begins with `test_`"),
        ("Bearer test_variablevariable", "begins with `test_`"),
        ("test_", "begins with `test_`"),
        ("test_värt", "begins with `test_`"),
    ] {
        let file = env.file("key", text);
        env.set("SENDIVENT_API_KEY", text);
        let expected = [
            "the API key from SENDIVENT_API_KEY cannot be used: ",
            reason,
            hint,
        ];
        key_ending(&env, "whoami", 4, &expected);
        let expected = [
            "the API key from --api-key-file ",
            "cannot be used: ",
            reason,
            hint,
        ];
        key_ending(&env, &format!("whoami --api-key-file {file}"), 4, &expected);
        env.set("SENDIVENT_API_KEY_FILE", &file);
        let expected = ["the API key from SENDIVENT_API_KEY_FILE (", reason, hint];
        key_ending(&env, "activity", 4, &expected);
        env.unset("SENDIVENT_API_KEY_FILE");
        let error = env.run("activity --json");
        error.assert_code(4);
        assert_no_key(&error);
        assert!(
            error.stderr.contains("\"code\":\"no_key\""),
            "{}",
            error.stderr
        );
    }
    env.unset("SENDIVENT_API_KEY");
    let path = env.path(".config/sendivent/keys/default");
    fs::write(&path, "loginloginlogin").unwrap();
    key_ending(
        &env,
        "whoami",
        4,
        &["`sendivent login`", "Run sendivent login again."],
    );
}

#[test]
fn an_unreadable_key_file_is_an_error() {
    let env = TestEnv::bare();
    let directory = env.home().display().to_string();
    let latin = env.path("latin");
    fs::write(&latin, b"test_\xe5").unwrap();
    for (path, reason) in [
        ("nowhere".to_owned(), "there is no such file"),
        (directory, "it is a directory"),
        (latin.display().to_string(), "it is not UTF-8"),
    ] {
        let expected = ["the API key from --api-key-file ", reason, "Check the path"];
        key_ending(&env, &format!("whoami --api-key-file {path}"), 4, &expected);
        env.set("SENDIVENT_API_KEY_FILE", &path);
        let expected = ["the API key from SENDIVENT_API_KEY_FILE (", reason];
        key_ending(&env, "send welcome --to ada@example.com", 4, &expected);
        env.unset("SENDIVENT_API_KEY_FILE");
    }
    // This file was not configured explicitly.
    let path = env.path(".config/sendivent/keys/default");
    fs::create_dir_all(path).unwrap();
    let expected = ["`sendivent login`", "it cannot be read (it is a directory)"];
    key_ending(&env, "whoami", 4, &expected);
}

#[test]
fn a_failing_credential_command_is_reported_without_its_output() {
    let env = TestEnv::bare();
    env.set("PATH", "/usr/bin:/bin");
    let printed = env.file("printed", &format!("{COMMAND}\nuser: ada\n"));
    for (command, reason) in [
        (
            format!("\"cat {printed}; exit 7\""),
            "it failed (exit status: 7)",
        ),
        (format!("\"cat {printed}\""), "begins with `test_`"),
        ("\"true\"".to_owned(), "it is empty"),
        (
            "[\"no-such-program\"]".to_owned(),
            "it failed (there is no such file)",
        ),
        ("\"printf '\\\\377'\"".to_owned(), "not UTF-8"),
        ("\"kill -9 $$\"".to_owned(), "it failed (signal: 9"),
    ] {
        write_settings(
            &env,
            &format!("[profiles.work]\ncredential_command = {command}\n"),
        );
        let expected = [
            "the API key from the credential_command of the profile work cannot be used: ",
            reason,
            "Run the command by itself",
        ];
        key_ending(&env, "-P work whoami", 4, &expected);
    }
}

#[test]
fn a_hanging_credential_command_is_stopped_by_the_timeout() {
    let env = TestEnv::bare();
    env.set("PATH", "/usr/bin:/bin");
    let id = "550e8400-e29b-41d4-a716-446655440000";
    let started = Instant::now();
    for command in [
        "\"sleep 20\"",
        // One that keeps the pipe open after the shell exits, and one that closes it and keeps running.
        "\"sleep 20 & wait\"",
        "\"exec >&-; sleep 20\"",
        "[\"sleep\", \"20\"]",
    ] {
        let text = format!("[profiles.default]\ncredential_command = {command}\n");
        write_settings(&env, &text);
        let expected = ["it did not end within 300 ms, and was stopped"];
        let send = "send welcome --to ada@example.com --timeout 300ms";
        key_ending(&env, send, 4, &expected);
        key_ending(&env, &format!("watch {id} --timeout 300ms"), 4, &expected);
    }
    assert!(started.elapsed() < Duration::from_secs(40));
}

#[test]
fn a_credential_command_runs_once_and_only_when_a_key_is_needed() {
    let env = TestEnv::bare();
    env.set("PATH", "/usr/bin:/bin");
    let log = env.path("runs");
    let script = format!("echo x >> {}; echo {COMMAND}", log.display());
    write_settings(
        &env,
        &format!("[profiles.default]\ncredential_command = \"{script}\"\n"),
    );
    env.set("SENDIVENT_API_URL", &unused_url());
    let runs = |command: &str| {
        drop(fs::remove_file(&log));
        drop(env.run(command));
        fs::read_to_string(&log).unwrap_or_default().lines().count()
    };
    for (command, count) in [
        ("activity", 1),
        ("whoami", 1),
        ("doctor", 1),
        ("send welcome --to ada@example.com --timeout 1s", 1),
        ("status --last", 1),
        // The URL follows from the key.
        ("send welcome --to ada@example.com --dry-run", 1),
        // These need none.
        ("send welcome --to nobody@", 0),
        ("--simulate send welcome --to ada@example.com", 0),
        ("explain 402", 0),
        ("journal path", 0),
        ("help exit-codes", 0),
        ("activity --since yesterday", 0),
    ] {
        assert_eq!(runs(command), count, "{command}");
    }
    // A failing command is not run a second time.
    let script = format!("echo x >> {}; false", log.display());
    write_settings(
        &env,
        &format!("[profiles.default]\ncredential_command = \"{script}\"\n"),
    );
    assert_eq!(runs("doctor"), 1);
}

#[test]
fn whoami_without_a_key_lists_the_sources() {
    let env = TestEnv::bare();
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
    write_settings(
        &env,
        "default_profile = \"work\"\n[profiles.work]\napi_url = \"https://gateway.example.com\"\n",
    );
    let service = &json_of(&env, "whoami")["service"];
    assert_eq!(service["profile"], "work");
    assert_eq!(service["address"], "https://gateway.example.com");
    assert_eq!(service["address_source"], "the profile's api_url");
    assert_eq!(service["key_source"], Value::Null);
    let places = service["places"].as_array().unwrap();
    let names: Vec<&str> = places.iter().map(|p| p["name"].as_str().unwrap()).collect();
    let order = [
        "--api-key-file",
        "SENDIVENT_API_KEY_FILE",
        "SENDIVENT_API_KEY",
        "credential_command",
        "sendivent login",
    ];
    assert_eq!(names, order);
    env.run("whoami --json").assert_code(4);
    // Other commands print one sentence and a hint.
    key_ending(
        &env,
        "send welcome --to ada@example.com",
        4,
        &[
            "there is no API key for the profile `work`",
            "sendivent login",
            "--simulate",
        ],
    );
    // No file was created.
    assert!(!env.path(".local").exists());
}

#[test]
fn whoami_uses_no_network_and_opens_no_file() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", VARIABLE);
    env.run("whoami").assert_transcript(expect![[r#"
        $ sendivent whoami
        profile    default
        service    sandbox: delivers for real; only --simulate does not
        address    https://api-sandbox.sendivent.com, from the key's prefix
        key        44a93509, from SENDIVENT_API_KEY
        journal    [HOME]/.local/state/sendivent/journal.db
        --- exit 0
    "#]]);
    let service = StubService::start(|_| StubResponse::error(404, "no"));
    env.set("SENDIVENT_API_URL", &service.url());
    env.ok("whoami");
    env.ok("whoami --json");
    assert_eq!(service.requests().len(), 0);
    assert_eq!(fs::read_dir(env.home()).unwrap().count(), 0);
}

#[test]
fn only_one_value_comes_from_stdin() {
    let service = StubService::start(|_| StubResponse::error(401, "Invalid API key"));
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_URL", &service.url());
    env.stdin(&format!("{FLAG}\n"));
    let output = env.run("whoami --api-key-file -");
    output.assert_code(0);
    assert!(
        output.stdout.contains("from --api-key-file - (stdin)"),
        "{}",
        output.stdout
    );

    env.stdin(&format!("{FLAG}\n"));
    let output = env.run("send welcome --to ada@example.com --api-key-file -");
    output
        .assert_code(4)
        .assert_stderr_contains(&["--api-key-file - (stdin)"]);
    let received = service.take_requests();
    assert_eq!(received.len(), 1);
    assert_eq!(
        received[0].header("authorization"),
        format!("Bearer {FLAG}")
    );

    for command in [
        "send welcome --to ada@example.com --payload - --api-key-file -",
        "status - --api-key-file -",
        "watch - --api-key-file -",
    ] {
        env.stdin("{\"id\": \"550e8400-e29b-41d4-a716-446655440000\"}");
        key_ending(
            &env,
            command,
            2,
            &[
                "the API key from --api-key-file - (stdin) cannot be read: another option already reads stdin",
                "Only one thing can come from stdin",
            ],
        );
    }
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn a_rejected_key_names_its_source() {
    let service = StubService::start(|_| StubResponse::error(401, "Invalid API key"));
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_URL", &service.url());
    env.set("SENDIVENT_API_KEY", VARIABLE);
    let id = "550e8400-e29b-41d4-a716-446655440000";
    for command in [
        "send welcome --to ada@example.com".to_owned(),
        "send welcome --to ada@example.com --wait".to_owned(),
        "send welcome --to ada@example.com --to bob@example.com".to_owned(),
        "cancel welcome --to ada@example.com".to_owned(),
        format!("status {id}"),
        format!("watch {id}"),
        format!("explain {id}"),
        "doctor".to_owned(),
    ] {
        for form in ["", "--json"] {
            let output = env.run(&format!("{command} {form}"));
            output.assert_code(4);
            assert_no_key(&output);
            assert!(
                output.transcript().contains("SENDIVENT_API_KEY"),
                "{}",
                output.transcript()
            );
        }
    }
}

#[test]
fn the_profile_comes_from_a_flag_a_variable_or_the_file() {
    let env = TestEnv::bare();
    write_settings(
        &env,
        "default_profile = \"work\"\n[profiles.work]\n[profiles.test-eu]\n[profiles.other]\n",
    );
    env.set("SENDIVENT_API_KEY", VARIABLE);
    let profile =
        |flags: &str| json_of(&env, &format!("whoami {flags}"))["service"]["profile"].clone();
    assert_eq!(profile(""), "work");
    env.set("SENDIVENT_PROFILE", "other");
    assert_eq!(profile(""), "other");
    assert_eq!(profile("-P test-eu"), "test-eu");
    // The default profile always exists.
    assert_eq!(profile("--profile default"), "default");

    let expected = [
        "--profile: there is no profile `tset-eu`",
        "Did you mean `test-eu`?",
    ];
    key_ending(&env, "whoami -P tset-eu", 6, &expected);
    env.set("SENDIVENT_PROFILE", "zzzzzzzz");
    let expected = [
        "SENDIVENT_PROFILE: there is no profile `zzzzzzzz`",
        "Known: other, test-eu and work.",
    ];
    key_ending(&env, "send welcome --to ada@example.com", 6, &expected);
    let error = env.run("activity --json");
    error.assert_code(6);
    assert!(
        error.stderr.contains("\"code\":\"not_found\""),
        "{}",
        error.stderr
    );
    env.unset("SENDIVENT_PROFILE");

    write_settings(&env, "default_profile = \"wrok\"\n[profiles.work]\n");
    let expected = [
        "default_profile: there is no profile `wrok`",
        "Did you mean `work`?",
    ];
    key_ending(&env, "whoami", 6, &expected);

    // A profile name is also a file name.
    for name in ["../work", ".hidden", "a/b", "''", "'a b'"] {
        for command in ["whoami", "login", "logout"] {
            env.stdin(LOGIN);
            key_ending(
                &env,
                &format!("{command} -P {name}"),
                2,
                &["is not a valid profile name"],
            );
        }
    }

    // A profile with a stored key needs no entry in the settings file.
    fs::remove_file(env.path(".config/sendivent/config.toml")).unwrap();
    env.unset("SENDIVENT_API_KEY");
    login(&env, "-P personal", LOGIN);
    assert_eq!(profile("-P personal"), "personal");
    key_ending(&env, "whoami -P persona", 6, &["Did you mean `personal`?"]);
    let env = TestEnv::bare();
    key_ending(
        &env,
        "whoami -P new",
        6,
        &["Create it: sendivent login --profile new"],
    );
}

#[test]
fn an_invalid_settings_file_is_rejected_with_its_line_and_stops_live_commands() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", VARIABLE);
    write_settings(&env, "[profiles.work]\n\napi_kye = \"test_filefilefile\"\n");
    let expected = ["config.toml`, line 3: `api_kye` is not a setting"];
    for command in [
        "whoami",
        "activity",
        "send welcome --to ada@example.com",
        "status --last",
        "watch --last",
        "cancel welcome --to ada@example.com",
        "login",
        "logout",
        "doctor",
    ] {
        env.stdin(LOGIN);
        let output = env.run(command);
        output.assert_code(2);
        assert_no_key(&output);
        assert!(
            output.transcript().contains(expected[0]),
            "{}",
            output.transcript()
        );
    }
    for (text, expected) in [
        (
            "api_key = \"test_filefilefile\"",
            "API keys do not belong in this file",
        ),
        (
            "[profiles.work]\nkey = \"test_filefilefile\"",
            "line 2: `key` is not a setting",
        ),
        (
            "[profiles.work]\nlive = \"test_filefilefile\"",
            "line 2: `live` must be true or false",
        ),
        (
            "[profiles.work]\nlive = test_filefilefile",
            "line 2: it is not valid TOML",
        ),
        ("test_filefilefile", "line 1: it is not valid TOML"),
        (
            "[profiles.work]\nlive = true\nlive = true",
            "line 3: it is not valid TOML",
        ),
        (
            "[profiles.work]\nallow-http = true",
            "Did you mean `allow_http`?",
        ),
        ("profiles = 7", "`profiles` must be a table"),
        ("default_profile = 7", "`default_profile` must be a string"),
    ] {
        write_settings(&env, text);
        key_ending(&env, "whoami", 2, &[expected, "the settings file `"]);
        assert!(env.run("whoami --json").stderr.contains("\"exit_code\":2"));
    }
    // Commands that need no service ignore it.
    env.ok("--simulate send welcome --to ada@example.com");
    env.ok("help exit-codes");
    env.ok("--simulate whoami");
    // An unreadable file, and an invalid one.
    fs::remove_file(env.path(".config/sendivent/config.toml")).unwrap();
    fs::create_dir(env.path(".config/sendivent/config.toml")).unwrap();
    key_ending(
        &env,
        "whoami",
        2,
        &["the settings file `", "cannot be read"],
    );
}

#[test]
fn the_url_comes_from_a_flag_a_variable_the_profile_or_the_key() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", VARIABLE);
    let service_of = |flags: &str| {
        let service = json_of(&env, &format!("whoami {flags}"))["service"].clone();
        let text = |name: &str| service[name].as_str().unwrap().to_owned();
        (text("address"), text("address_source"))
    };
    let pair = |address: &str, source: &str| (address.to_owned(), source.to_owned());
    let sandbox = "https://api-sandbox.sendivent.com";
    assert_eq!(service_of(""), pair(sandbox, "the key's prefix"));
    write_settings(
        &env,
        "[profiles.default]\napi_url = \"https://a.example.com/\"\n",
    );
    assert_eq!(
        service_of(""),
        pair("https://a.example.com", "the profile's api_url")
    );
    env.set("SENDIVENT_API_URL", "https://b.example.com");
    assert_eq!(
        service_of(""),
        pair("https://b.example.com", "SENDIVENT_API_URL")
    );
    let flag = "--api-url http://[::1]:7363/base/";
    assert_eq!(
        service_of(flag),
        pair("http://[::1]:7363/base", "--api-url")
    );

    env.unset("SENDIVENT_API_URL");
    write_settings(&env, "");
    env.set("SENDIVENT_API_KEY", LIVE);
    let production = "https://api.sendivent.com";
    assert_eq!(service_of(""), pair(production, "the key's prefix"));
    for text in [
        "nonsense",
        "ftp://a",
        "https://u:p@host",
        "https://a/?b",
        "https://",
    ] {
        let output = env.run(&format!("whoami --api-url '{text}'"));
        output
            .assert_code(2)
            .assert_stderr_contains(&["--api-url: invalid address", "Use an address like"]);
        assert!(!output.stderr.contains("u:p"), "{}", output.stderr);
    }
    env.set("SENDIVENT_API_URL", &format!("https://{LIVE}@host"));
    key_ending(&env, "whoami", 2, &["SENDIVENT_API_URL: invalid address"]);
}

#[test]
fn a_settings_file_that_is_not_utf8_is_reported() {
    let env = TestEnv::bare();
    write_settings(&env, "");
    fs::write(env.path(".config/sendivent/config.toml"), b"# \xff").unwrap();
    key_ending(&env, "whoami", 2, &["is not UTF-8", "Save it as UTF-8."]);
}

#[test]
fn plain_http_to_other_hosts_needs_a_flag() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", VARIABLE);
    let refused = ["is not encrypted", "could read the key", "--allow-http"];
    for url in [
        "http://192.0.2.1",
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://0.0.0.0",
        "http://[::ffff:8.8.8.8]",
    ] {
        for command in ["whoami", "send welcome --to ada@example.com", "activity"] {
            key_ending(&env, &format!("{command} --api-url {url}"), 2, &refused);
        }
        env.ok(&format!("whoami --api-url {url} --allow-http"));
    }
    for url in [
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]",
        "http://localhost:8080",
    ] {
        env.ok(&format!("whoami --api-url {url}"));
    }
    write_settings(
        &env,
        "[profiles.a]\napi_url = \"http://192.0.2.1\"\nallow_http = true\n[profiles.b]\n",
    );
    env.ok("whoami -P a");
    key_ending(&env, "whoami -P b --api-url http://192.0.2.1", 2, &refused);
    env.set("SENDIVENT_ALLOW_HTTP", "1");
    env.ok("whoami -P b --api-url http://192.0.2.1");
    env.set("SENDIVENT_ALLOW_HTTP", "perhaps");
    let expected = ["SENDIVENT_ALLOW_HTTP: `perhaps`"];
    key_ending(&env, "whoami -P b --api-url http://192.0.2.1", 2, &expected);
}

#[test]
fn a_key_is_sent_only_to_its_own_environment() {
    let env = TestEnv::bare();
    for (key, url, expected) in [
        (
            VARIABLE,
            "https://api.sendivent.com",
            "the key is for the sandbox, but",
        ),
        (
            VARIABLE,
            "https://API.sendivent.com:443/x",
            "the key is for the sandbox, but",
        ),
        (
            VARIABLE,
            "https://api.sendivent.com.",
            "the key is for the sandbox, but",
        ),
        (
            LIVE,
            "https://api-sandbox.sendivent.com",
            "the key is for production, but",
        ),
    ] {
        env.set("SENDIVENT_API_KEY", key);
        for command in [
            "whoami",
            "doctor",
            "send welcome --to ada@example.com --live",
            "status --last",
        ] {
            let output = env.run(&format!("{command} --api-url {url}"));
            output.assert_code(2);
            assert_no_key(&output);
            assert!(
                output.transcript().contains(expected),
                "{}",
                output.transcript()
            );
        }
    }
    assert!(!env.path(".local/state/sendivent/journal.db").exists());
}

/// A service that accepts every send.
fn accepting_service() -> StubService {
    StubService::start(|_| {
        let id = "550e8400-e29b-41d4-a716-446655440000";
        StubResponse::json(
            200,
            &json!({"id": id, "event": "welcome", "status": "accepted"}),
        )
    })
}

#[test]
fn live_sends_need_a_flag_or_confirmation() {
    let service = accepting_service();
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_URL", &service.url());
    write_settings(
        &env,
        "[profiles.go]\nlive = true\n[profiles.stop]\nlive = false\n",
    );
    let send = "send welcome --to ada@example.com";
    let live_key = &[
        "nothing was sent: the key from SENDIVENT_API_KEY is a live_ key",
        "Add `--live` to send for real",
    ][..];
    let test_key = &[
        "--live: the key from SENDIVENT_API_KEY is a test_ key",
        "delivers for real",
    ][..];
    for (key, flags, code, expected) in [
        (LIVE, "", 2, live_key),
        (LIVE, "-P stop", 2, live_key),
        (LIVE, "--no-input", 2, live_key),
        (LIVE, "--wait --json", 2, live_key),
        (LIVE, "--broadcast", 2, live_key),
        (LIVE, "--live", 0, &[]),
        (LIVE, "-P go", 0, &[]),
        (LIVE, "-P go --live", 0, &[]),
        (VARIABLE, "", 0, &[]),
        (VARIABLE, "-P go", 0, &[]),
        (VARIABLE, "--live", 2, test_key),
        (VARIABLE, "-P go --live", 2, test_key),
        (LIVE, "--live --simulate", 0, &[]),
        (VARIABLE, "--live --simulate", 0, &[]),
        (LIVE, "-P go --simulate", 0, &[]),
        (LIVE, "--dry-run", 0, &[]),
        (LIVE, "--dry-run=curl", 0, &[]),
    ] {
        env.set("SENDIVENT_API_KEY", key);
        let command = match flags {
            "--broadcast" => "send welcome --broadcast".to_owned(),
            flags => format!("{send} {flags}"),
        };
        key_ending(&env, &command, code, expected);
        let real = code == 0 && !flags.contains("--simulate") && !flags.contains("--dry-run");
        assert_eq!(
            service.take_requests().len(),
            usize::from(real),
            "{key} {flags}"
        );
    }
    // Rejected sends left no journal row: five were sent, and three simulated.
    let journal = env.path(".local/state/sendivent/journal.db");
    let sends = crate::process::query_number(&journal, "SELECT count(*) FROM sends");
    assert_eq!(sends, Some(8));
    // Reads need no confirmation.
    env.set("SENDIVENT_API_KEY", LIVE);
    env.ok("activity --offline");
}

#[test]
fn a_key_in_the_wrong_argument_is_not_printed() {
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_KEY", VARIABLE);
    for command in [
        format!("login {VARIABLE}"),
        format!("login --key {VARIABLE}"),
        format!("whoami {VARIABLE}"),
        format!("whoami -P {VARIABLE}"),
        format!("send 'welcome {VARIABLE}' --to ada@example.com"),
        format!("send welcome --to 'ada {VARIABLE}'"),
        format!("send welcome --to ada@example.com -p '{VARIABLE}'"),
        format!("status {VARIABLE}"),
        format!("--api-key {VARIABLE} whoami"),
        format!("activity --status {VARIABLE}"),
    ] {
        for form in ["", "--json"] {
            let output = env.run(&format!("{command} {form}"));
            assert!(
                output.code == 2 || output.code == 6,
                "{}",
                output.transcript()
            );
            assert_no_key(&output);
        }
    }
    // Without the variable it cannot be recognized as a key; `login` accepts no positional argument at all.
    env.unset("SENDIVENT_API_KEY");
    key_ending(
        &env,
        &format!("login {LOGIN}"),
        2,
        &["paste it, or pipe it"],
    );
    // A value that would be sent is rejected.
    env.set("SENDIVENT_API_KEY", VARIABLE);
    let expected = ["nothing was sent: the request contains the API key"];
    for command in [
        format!("send welcome --to ada@example.com -p a=x{VARIABLE}x"),
        format!("send welcome --to {VARIABLE}"),
        format!("send welcome --to ada@example.com --idempotency-key {VARIABLE}"),
        format!("send {VARIABLE} --to ada@example.com"),
    ] {
        key_ending(&env, &command, 2, &expected);
    }
}

fn file_mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn login_stores_the_key_in_a_private_file() {
    let env = TestEnv::bare();
    env.stdin(&format!("{LOGIN}\n"));
    env.run("login").assert_transcript(expect![[r#"
        $ sendivent login
        Stored the sandbox key c6ec9f3a for the profile default.
        Only you can read it: [HOME]/.config/sendivent/keys/default
        --- stderr
        `sendivent doctor` checks it with the service
        --- exit 0
    "#]]);
    let file = env.path(".config/sendivent/keys/default");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{LOGIN}\n"));
    assert_eq!(file_mode(&file), 0o600);
    for directory in [".config/sendivent/keys", ".config/sendivent"] {
        assert_eq!(file_mode(&env.path(directory)), 0o700, "{directory}");
    }
    // A key file with loose permissions is made private again.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    env.stdin(LIVE);
    env.run("login").assert_transcript(expect![[r#"
        $ sendivent login
        Stored the production key 78d999e3 for the profile default; it replaces another one.
        Only you can read it: [HOME]/.config/sendivent/keys/default
        --- stderr
        `sendivent doctor` checks it with the service
        --- exit 0
    "#]]);
    assert_eq!(file_mode(&file), 0o600);
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);

    env.stdin(LOGIN);
    let output = env.run("login --profile work --json");
    assert_no_key(&output);
    let printed: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(printed["profile"], "work");
    assert_eq!(printed["fingerprint"], fingerprint(LOGIN));
    assert_eq!(
        (&printed["replaced"], &printed["shadowed_by"]),
        (&json!(false), &Value::Null)
    );

    env.run("logout").assert_transcript(expect![[r#"
        $ sendivent logout
        Deleted the key of the profile default.
        --- exit 0
    "#]]);
    env.run("logout").assert_transcript(expect![[r#"
        $ sendivent logout
        --- stderr
        error: no key is stored for the profile `default`
        hint: Run `sendivent whoami` to see where a key is found.
        --- exit 6
    "#]]);
    env.ok("logout -P work");
    key_ending(
        &env,
        "logout -P work",
        6,
        &["no key is stored for the profile `work`"],
    );
    key_ending(&env, "whoami -P work", 6, &[]);
}

#[test]
fn login_reads_a_file_and_reports_an_overriding_variable() {
    let env = TestEnv::bare();
    let file = env.file("key", &format!("{FLAG}\n"));
    env.ok(&format!("login --api-key-file {file}"));
    key_origin(
        &env,
        "",
        "`sendivent login` ([HOME]/.config/sendivent/keys/default)",
        FLAG,
    );
    env.set("SENDIVENT_API_KEY", VARIABLE);
    env.stdin(LOGIN);
    key_ending(
        &env,
        "login",
        0,
        &["warning: SENDIVENT_API_KEY is set and takes precedence"],
    );
    env.stdin(LOGIN);
    assert_eq!(json_of(&env, "login")["shadowed_by"], "SENDIVENT_API_KEY");
}

#[test]
fn login_rejects_an_invalid_key_and_keeps_the_old_one() {
    let env = TestEnv::bare();
    login(&env, "", LOGIN);
    for (text, expected) in [
        ("", "login: stdin: it is empty"),
        ("filefilefile", "login: stdin: an API key begins with"),
        ("test_file filefile", "without spaces"),
    ] {
        env.stdin(text);
        key_ending(&env, "login", 2, &[expected, "Copy the whole key"]);
    }
    key_ending(&env, "login --simulate", 2, &["the simulator needs no key"]);
    key_ending(&env, "login --api-key-file nowhere", 4, &["cannot be read"]);
    let file = env.path(".config/sendivent/keys/default");
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{LOGIN}\n"));

    // A failed write leaves no temporary file, and what was there stays: here a directory cannot be replaced.
    let directory = env.path(".config/sendivent/keys/other");
    fs::create_dir_all(directory.join("occupied")).unwrap();
    env.stdin(LIVE);
    let expected = [
        "keys/other` cannot be written",
        "Check the folder's permissions",
    ];
    key_ending(&env, "login -P other", 1, &expected);
    let keys = fs::read_dir(directory.parent().unwrap()).unwrap();
    assert_eq!(keys.count(), 2);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{LOGIN}\n"));

    // A link in place of the key file is replaced, not followed.
    let other_env = env.path("elsewhere");
    fs::remove_file(&file).unwrap();
    symlink(&other_env, &file).unwrap();
    login(&env, "", LIVE);
    assert!(!other_env.exists());
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{LIVE}\n"));

    let homeless = TestEnv::bare();
    homeless.unset("HOME");
    homeless.stdin(LOGIN);
    key_ending(
        &homeless,
        "login",
        2,
        &["the key cannot be stored", "SENDIVENT_API_KEY"],
    );
}

#[test]
fn the_settings_directory_follows_xdg() {
    let env = TestEnv::bare();
    env.set(
        "XDG_CONFIG_HOME",
        &env.path("settings").display().to_string(),
    );
    login(&env, "", LOGIN);
    assert!(env.path("settings/sendivent/keys/default").exists());
    // The XDG specification ignores relative paths.
    env.set("XDG_CONFIG_HOME", "settings");
    key_ending(&env, "whoami", 4, &["there is no API key"]);
}
