//! Completion of ids. clap's engine reads the environment and writes to stdout of a real process, so that this starts one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::harness::Scene;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sendivent");

/// Presses Tab behind the words in a shell's stead, with nothing in the environment but a home.
fn tab(home: &Path, shell: &str, words: &[&str]) -> Output {
    completing(home, shell, words, "1").output().unwrap()
}

fn completing(home: &Path, shell: &str, words: &[&str], simulate: &str) -> Command {
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

/// Returns the candidates, and fails on anything else that is said.
#[track_caller]
fn candidates(home: &Path, words: &[&str]) -> Vec<String> {
    let output = tab(home, "bash", words);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// Returns every path below a folder.
fn below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.insert(path);
    }
    found
}

fn journal(scene: &Scene) -> PathBuf {
    scene.path(".local/state/sendivent/journal.db")
}

#[test]
fn channels_and_statuses_are_completed() {
    let scene = Scene::simulated();
    let of = |words: &[&str]| candidates(scene.home(), words);
    assert_eq!(of(&["send", "--channel", "s"]), ["sms", "slack"]);
    assert_eq!(of(&["activity", "--channel", "ema"]), ["email"]);
    assert_eq!(of(&["activity", "--status", "s"]), ["sent", "suppressed"]);
}

#[test]
fn ids_of_own_notifications_are_completed() {
    let scene = Scene::simulated();
    let first = scene.ok("send welcome --to ada@example.com -q");
    scene.pass(1_000_000);
    let second = scene.ok("send goodbye --to bob@example.com -q");
    let before = below(scene.home());
    for command in ["status", "watch", "explain"] {
        let found = candidates(scene.home(), &[command, "01"]);
        assert!(
            found.contains(&first) && found.contains(&second),
            "{command}: {found:?}"
        );
        assert_eq!(
            candidates(scene.home(), &[command, &second[..13]]),
            [second.as_str()]
        );
        assert_eq!(candidates(scene.home(), &[command, "ffff"]), [""; 0]);
    }
    let described = tab(scene.home(), "fish", &["status", &first]);
    let described = String::from_utf8(described.stdout).unwrap();
    assert!(
        described.contains("welcome to ada@example.com"),
        "{described}"
    );
    assert_eq!(below(scene.home()), before, "completion leaves no files");
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
    assert_eq!(below(home.path()), BTreeSet::new());
}

#[test]
fn without_a_journal_nothing_is_made_and_nothing_said() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(candidates(home.path(), &["status", "0"]), [""; 0]);
    assert_eq!(below(home.path()), BTreeSet::new());
}

#[test]
fn a_journal_that_cannot_be_read_is_passed_over() {
    let scene = Scene::simulated();
    std::fs::create_dir_all(journal(&scene).parent().unwrap()).unwrap();
    std::fs::write(
        journal(&scene),
        "no database, and longer than a header of one must be".repeat(99),
    )
    .unwrap();
    let before = below(scene.home());
    assert_eq!(candidates(scene.home(), &["status", "0"]), [""; 0]);
    assert_eq!(below(scene.home()), before);
}

#[test]
fn a_journal_that_is_being_written_does_not_hold_up_the_shell() {
    let scene = Scene::simulated();
    let id = scene.ok("send welcome --to ada@example.com -q");
    let writer = rusqlite::Connection::open(journal(&scene)).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(candidates(scene.home(), &["status", "01"]), [id]);
    writer.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn bash_completes_an_id_with_the_committed_script() {
    let scene = Scene::simulated();
    let id = scene.ok("send welcome --to ada@example.com -q");
    let folder = Path::new(PROGRAM).parent().unwrap();
    let script = "source completions/sendivent.bash
        COMP_WORDS=(sendivent status 01) COMP_CWORD=2 COMP_TYPE=9
        _clap_complete_sendivent sendivent 01 status
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .env("HOME", scene.home())
        .env("SENDIVENT_SIMULATE", "1")
        .stdin(Stdio::null())
        .output();
    // A machine without bash has nothing to complete in it.
    let Ok(output) = bash else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (
            String::from_utf8_lossy(&output.stdout).trim(),
            said.as_ref()
        ),
        (id.as_str(), "")
    );
}

#[test]
fn ids_of_the_live_service_are_those_of_the_profile_and_cost_nothing() {
    use crate::service::{Answer, Service};
    let service = Service::start(|asked| {
        let id = asked.header("x-idempotency-key");
        let body = serde_json::json!({"id": id, "event": "welcome", "status": "accepted"});
        Answer::json(200, &body)
    });
    let scene = Scene::bare();
    let folder = scene.path(".config/sendivent");
    std::fs::create_dir_all(&folder).unwrap();
    // A key is looked for by none of it: this command would leave a file.
    let ran = scene.path("ran").display().to_string();
    let settings =
        format!("[profiles.work]\ncredential_command = \"touch {ran}; echo test_completion\"\n");
    std::fs::write(folder.join("config.toml"), settings).unwrap();
    scene.set("SENDIVENT_API_KEY", "test_completioncompletion");
    scene.set("SENDIVENT_API_URL", &service.url());
    let of_default = scene.ok("send welcome --to ada@example.com -q");
    scene.pass(1_000_000);
    let of_work = scene.ok("send welcome --to bob@example.com -q -P work");
    service.take();
    let live = |words: &[&str]| {
        let output = completing(scene.home(), "bash", words, "")
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
    assert_eq!(service.asked().len(), 0);
    assert!(!scene.path("ran").exists());
}
