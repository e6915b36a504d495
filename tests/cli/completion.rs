//! Completion of ids. clap's engine reads the environment and writes to the stdout of the process, so each test starts
//! one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::harness::TestEnv;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sendivent");

/// Requests completions after these words as a shell does, with only `HOME` in the environment.
fn press_tab(home: &Path, shell: &str, words: &[&str]) -> Output {
    completion_command(home, shell, words, "1")
        .output()
        .unwrap()
}

fn completion_command(home: &Path, shell: &str, words: &[&str], simulate: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .env_clear()
        .env("HOME", home)
        .env("SENDIVENT_SIMULATE", simulate)
        .env("COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .args(["--", "sendivent"])
        .args(words)
        .stdin(Stdio::null());
    command
}

/// Returns the candidates; fails on any other output.
#[track_caller]
fn candidates(home: &Path, words: &[&str]) -> Vec<String> {
    let output = press_tab(home, "bash", words);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// Returns every path below a directory.
fn paths_below(directory: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(paths_below(&path));
        }
        found.insert(path);
    }
    found
}

fn fill_journal(env: &TestEnv) -> PathBuf {
    env.path(".local/state/sendivent/journal.db")
}

#[test]
fn channels_and_statuses_are_completed() {
    let env = TestEnv::simulated();
    let of = |words: &[&str]| candidates(env.home(), words);
    assert_eq!(of(&["send", "--channel", "s"]), ["sms", "slack"]);
    assert_eq!(of(&["activity", "--channel", "ema"]), ["email"]);
    assert_eq!(of(&["activity", "--status", "s"]), ["sent", "suppressed"]);
}

#[test]
fn ids_of_sent_notifications_are_completed() {
    let env = TestEnv::simulated();
    let first = env.ok("send welcome --to ada@example.com -q");
    env.advance(1_000_000);
    let second = env.ok("send goodbye --to bob@example.com -q");
    let before = paths_below(env.home());
    for command in ["status", "watch", "explain"] {
        let found = candidates(env.home(), &[command, "01"]);
        assert!(
            found.contains(&first) && found.contains(&second),
            "{command}: {found:?}"
        );
        assert_eq!(
            candidates(env.home(), &[command, &second[..13]]),
            [second.as_str()]
        );
        assert_eq!(candidates(env.home(), &[command, "ffff"]), [""; 0]);
    }
    let described = press_tab(env.home(), "fish", &["status", &first]);
    let described = String::from_utf8(described.stdout).unwrap();
    assert!(
        described.contains("welcome to ada@example.com"),
        "{described}"
    );
    assert_eq!(
        paths_below(env.home()),
        before,
        "completion leaves no files"
    );
}

#[test]
fn commands_and_flags_are_completed() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(candidates(home.path(), &["stat"]), ["status"]);
    assert_eq!(
        candidates(home.path(), &["status", "--exit-s"]),
        ["--exit-status"]
    );
    assert_eq!(
        candidates(home.path(), &["simulator", "clock", "adv"]),
        ["advance"]
    );
    assert_eq!(paths_below(home.path()), BTreeSet::new());
}

#[test]
fn a_missing_journal_is_not_created_and_prints_nothing() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(candidates(home.path(), &["status", "0"]), [""; 0]);
    assert_eq!(paths_below(home.path()), BTreeSet::new());
}

#[test]
fn an_unreadable_journal_is_ignored() {
    let env = TestEnv::simulated();
    std::fs::create_dir_all(fill_journal(&env).parent().unwrap()).unwrap();
    std::fs::write(
        fill_journal(&env),
        "no database, and longer than a header of one must be".repeat(99),
    )
    .unwrap();
    let before = paths_below(env.home());
    assert_eq!(candidates(env.home(), &["status", "0"]), [""; 0]);
    assert_eq!(paths_below(env.home()), before);
}

#[test]
fn a_locked_journal_does_not_block_the_shell() {
    let env = TestEnv::simulated();
    let id = env.ok("send welcome --to ada@example.com -q");
    let writer = rusqlite::Connection::open(fill_journal(&env)).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(candidates(env.home(), &["status", "01"]), [id]);
    writer.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn bash_completes_an_id_with_the_committed_script() {
    let test_env = TestEnv::simulated();
    let id = test_env.ok("send welcome --to ada@example.com -q");
    let directory = Path::new(PROGRAM).parent().unwrap();
    let script = "source completions/sendivent.bash
        COMP_WORDS=(sendivent status 01) COMP_CWORD=2 COMP_TYPE=9
        _clap_complete_sendivent sendivent 01 status
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", directory.display()))
        .env("HOME", test_env.home())
        .env("SENDIVENT_SIMULATE", "1")
        .stdin(Stdio::null())
        .output();
    // Skipped on machines without bash.
    let Ok(output) = bash else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stdout).trim(),
            text.as_ref()
        ),
        (id.as_str(), "")
    );
}

#[test]
fn live_ids_come_from_the_profiles_journal_without_requests() {
    use crate::stub_service::{StubResponse, StubService};
    let service = StubService::start(|received| {
        let id = received.header("x-idempotency-key");
        let body = serde_json::json!({"id": id, "event": "welcome", "status": "accepted"});
        StubResponse::json(200, &body)
    });
    let env = TestEnv::bare();
    let directory = env.path(".config/sendivent");
    std::fs::create_dir_all(&directory).unwrap();
    // Completion resolves no key: this credential command would create a file.
    let run_output = env.path("ran").display().to_string();
    let settings = format!(
        "[profiles.work]\ncredential_command = \"touch {run_output}; echo test_completion\"\n"
    );
    std::fs::write(directory.join("config.toml"), settings).unwrap();
    env.set("SENDIVENT_API_KEY", "test_completioncompletion");
    env.set("SENDIVENT_API_URL", &service.url());
    let of_default = env.ok("send welcome --to ada@example.com -q");
    env.advance(1_000_000);
    let of_work = env.ok("send welcome --to bob@example.com -q -P work");
    service.take_requests();
    let live = |words: &[&str]| {
        let output = completion_command(env.home(), "bash", words, "")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines()
            .map(|line| line.trim().to_owned())
            .collect::<Vec<String>>()
    };
    assert_eq!(live(&["status", "01"]), [of_default.as_str()]);
    assert_eq!(live(&["-P", "work", "status", "01"]), [of_work.as_str()]);
    assert_eq!(
        live(&["--profile=work", "status", "01"]),
        [of_work.as_str()]
    );
    assert!(live(&["-P", "nowhere", "status", "01"]).concat().is_empty());
    assert_eq!(service.requests().len(), 0);
    assert!(!env.path("ran").exists());
}
