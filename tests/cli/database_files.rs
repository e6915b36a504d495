//! The simulator's file and the journal: which files are accepted, which are rejected unchanged, and their permissions.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use rusqlite::Connection;

use crate::process::{
    ProcessEnv, ProcessOutput, assert_integrity, checkpoint, query_number, report_skipped,
    wait_until,
};

const SEND: &str = "send -q welcome --to ada@example.com";

/// The two databases: the name in messages, and the flag that avoids the file.
const FILES: [(&str, &str); 2] = [
    ("simulator file", "--simulator-db"),
    ("journal", "--no-journal"),
];

fn database_path(env: &ProcessEnv, name: &str) -> PathBuf {
    let path = match name {
        "journal" => env.journal(),
        _ => env.simulator(),
    };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// Returns the paths below a directory with their contents.
fn contents(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap_or_default()))
        .collect();
    found.sort();
    found
}

/// Sends once in another home directory and returns its file of the same name, with the WAL written back.
fn create_database(env: &ProcessEnv, path: &Path) -> PathBuf {
    env.run(SEND).assert_code(0);
    let file = env.state(path.file_name().unwrap().to_str().unwrap());
    checkpoint(&file);
    file
}

/// Prepares each of the two files, sends, and expects an error that names the problem and a fix and leaves the file
/// unchanged.
#[track_caller]
fn assert_rejected(prepare: impl Fn(&Path), expected: &str) {
    for (name, way_out) in FILES {
        let env = ProcessEnv::new();
        let path = database_path(&env, name);
        prepare(&path);
        let before = fs::read(&path).unwrap_or_default();
        let output = env
            .run(SEND)
            .assert_code(1)
            .assert_stderr_contains(&[expected, name, "hint: ", way_out]);
        assert_eq!(output.stdout, "");
        let path_text = path.display().to_string();
        assert!(
            output.stderr.contains(&path_text),
            "the path is named: {output:#?}"
        );
        let lines: Vec<&str> = output.stderr.lines().collect();
        assert_eq!(
            lines.iter().filter(|line| line.contains(expected)).count(),
            1,
            "{lines:#?}"
        );
        assert_eq!(fs::read(&path).unwrap_or_default(), before, "{name}");
        for suffix in ["-wal", "-shm", "-journal"] {
            let beside = PathBuf::from(format!("{path_text}{suffix}"));
            assert!(!beside.exists(), "{}", beside.display());
        }
        // The other file is valid: avoiding the invalid one works.
        let around = match name {
            "journal" => "--no-journal".to_owned(),
            _ => format!("--simulator-db {}", env.home().join("other.db").display()),
        };
        env.run(&format!("{around} {SEND}")).assert_code(0);
    }
}

#[test]
fn a_newer_schema_version_is_rejected() {
    assert_rejected(
        |path| {
            let env = ProcessEnv::new();
            fs::copy(create_database(&env, path), path).unwrap();
            let file = Connection::open(path).unwrap();
            file.pragma_update(None, "user_version", 99).unwrap();
        },
        "was written by a newer sendivent (its version is 99",
    );
}

#[test]
fn a_database_of_another_program_is_rejected() {
    assert_rejected(
        |path| {
            let file = Connection::open(path).unwrap();
            file.execute_batch("CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1);")
                .unwrap();
        },
        "belongs to another program",
    );
    // One with only another application id in its header, and one in WAL mode.
    assert_rejected(
        |path| {
            let file = Connection::open(path).unwrap();
            file.execute_batch(
                "PRAGMA application_id = 7; PRAGMA journal_mode = WAL; CREATE TABLE theirs(x);",
            )
            .unwrap();
        },
        "belongs to another program",
    );
}

#[test]
fn journal_and_simulator_file_are_not_interchangeable() {
    assert_rejected(
        |path| {
            let env = ProcessEnv::new();
            env.run(SEND).assert_code(0);
            let other = if path.ends_with("journal.db") {
                env.simulator()
            } else {
                env.journal()
            };
            checkpoint(&other);
            fs::copy(other, path).unwrap();
        },
        "belongs to another program",
    );
}

#[test]
fn a_file_that_is_not_a_database_is_rejected() {
    for text in [
        "x",
        "a shopping list\n",
        &"no database at all. ".repeat(1000),
    ] {
        assert_rejected(
            |path| fs::write(path, text).unwrap(),
            "is not a database, or is damaged",
        );
    }
}

#[test]
fn a_directory_or_a_pipe_is_rejected() {
    assert_rejected(
        |path| fs::create_dir(path).unwrap(),
        "is a folder, not a file",
    );
    assert_rejected(
        |path| {
            let made = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
            // Comparing contents before and after would block on a pipe.
            fs::rename(path, path.with_extension("pipe")).unwrap();
            symlink("/dev/null", path).unwrap();
        },
        "is a device or a pipe, not a regular file",
    );
}

#[test]
fn a_truncated_file_is_rejected() {
    assert_rejected(
        |path| {
            let env = ProcessEnv::new();
            fs::copy(create_database(&env, path), path).unwrap();
            let half = fs::metadata(path).unwrap().len() / 2;
            fs::File::options()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(half)
                .unwrap();
        },
        "is not a database, or is damaged",
    );
}

#[test]
fn a_corrupt_database_is_an_error_and_stays_unchanged() {
    for (name, _) in FILES {
        let env = ProcessEnv::new();
        env.run(SEND).assert_code(0);
        let path = database_path(&env, name);
        checkpoint(&path);
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let output = env
            .run(SEND)
            .assert_stderr_contains(&["database disk image is malformed", "hint: "]);
        assert_ne!(output.status.code(), Some(0), "{output:#?}");
        assert_eq!(output.stdout, "");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
}

#[test]
fn an_empty_file_is_initialized() {
    for (name, _) in FILES {
        let env = ProcessEnv::new();
        let path = database_path(&env, name);
        fs::write(&path, "").unwrap();
        env.run(SEND).assert_code(0);
        assert_integrity(&path);
        assert!(fs::metadata(&path).unwrap().len() > 0);
    }
}

#[test]
fn missing_directories_are_created_private() {
    let env = ProcessEnv::new();
    // A permissive umask must not matter.
    let deep = env.home().join("a/b");
    let line = format!(
        "umask 000; XDG_STATE_HOME='{}' exec \"$0\" {SEND}",
        deep.display()
    );
    ProcessOutput::of(env.shell(&line).output().unwrap()).assert_code(0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for directory in [env.home().join("a"), deep.clone(), deep.join("sendivent")] {
        assert_eq!(mode(&directory), 0o700, "{}", directory.display());
    }
    let files = ["simulator.db", "journal.db"];
    for file in files.map(|name| deep.join("sendivent").join(name)) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn wal_files_are_private() {
    let env = ProcessEnv::new();
    let line = "umask 000; exec \"$0\" send welcome --to queued@simulator.test --wait";
    let mut process = crate::process::RunningProcess::of(&mut env.shell(line));
    let mut stdout = process.stdout();
    process.line(&mut stdout);
    let files = || contents(&env.state(""));
    wait_until("a log beside each file", || {
        files()
            .iter()
            .filter(|(path, _)| path.to_string_lossy().ends_with("-wal"))
            .count()
            == 2
    });
    for (path, _) in files() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600, "{}", path.display());
    }
    process.signal(Signal::SIGTERM);
    process.end().assert_code(143);
}

#[test]
fn symbolic_links_are_followed() {
    let env = ProcessEnv::new();
    let real = env.home().join("real.db");
    let link = env.home().join("link.db");
    // The first use goes through a dangling link.
    symlink(&real, &link).unwrap();
    env.run(&format!("--simulator-db {} {SEND}", link.display()))
        .assert_code(0);
    env.run(&format!("--simulator-db {} {SEND}", real.display()))
        .assert_code(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        query_number(&real, "SELECT count(*) FROM messages"),
        Some(2)
    );
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_relative_path_is_resolved_against_the_working_directory() {
    let env = ProcessEnv::new();
    let last = "--simulator-db here.db status --last -q";
    let mut ids = Vec::new();
    for directory in ["one", "two"] {
        let directory = env.home().join(directory);
        fs::create_dir(&directory).unwrap();
        let run = |arguments: &str| {
            let mut command = env.command(arguments);
            ProcessOutput::of(command.current_dir(&directory).output().unwrap())
                .assert_code(0)
                .stdout
        };
        let id = run(&format!("--simulator-db here.db {SEND}"));
        // Both simulators share one journal, which keeps them separate.
        assert_eq!(run(last), id);
        ids.push((directory, id));
    }
    for (directory, id) in &ids {
        let mut command = env.command(last);
        let process_output =
            ProcessOutput::of(command.current_dir(directory).output().unwrap()).assert_code(0);
        assert_eq!(&process_output.stdout, id);
        let file = directory.join("here.db");
        assert_eq!(
            query_number(&file, "SELECT count(*) FROM messages"),
            Some(1)
        );
    }
}

#[test]
fn an_in_memory_simulator_writes_no_file() {
    let env = ProcessEnv::new();
    env.run(&format!("--simulator-db :memory: {SEND}"))
        .assert_code(0);
    env.run("--simulator-db :memory: activity --json")
        .assert_code(0);
    assert_eq!(contents(env.home()), []);
}

#[test]
fn an_unwritable_directory_is_named() {
    let env = ProcessEnv::new();
    // Not even root can create a directory there.
    let process_output = env.run(&format!("--simulator-db /proc/sendivent/s.db {SEND}"));
    process_output
        .assert_code(1)
        .assert_stderr_contains(&["`/proc/sendivent/s.db` cannot be opened", "--simulator-db"]);
    // Only the default directory is created, not the one of a path given by a flag.
    for command in [SEND, "simulator serve --port 0", "simulator run -- true"] {
        env.run(&format!("--simulator-db no/folder/s.db {command}"))
            .assert_code(1)
            .assert_stderr_contains(&[
                "there is no folder `",
                "/no/folder`",
                "Check that the folder exists",
            ]);
        assert!(!env.home().join("no").exists());
    }
    let mut command = env.command(SEND);
    let process_output = ProcessOutput::of(
        command
            .env("XDG_STATE_HOME", "/proc/sendivent")
            .output()
            .unwrap(),
    );
    process_output
        .assert_code(1)
        .assert_stderr_contains(&["/proc/sendivent", "hint: "]);
    assert_eq!(contents(env.home()), []);
}

#[test]
fn a_read_only_file_is_an_error_and_nothing_is_stored() {
    let env = ProcessEnv::new();
    env.run(SEND).assert_code(0);
    fs::set_permissions(env.journal(), fs::Permissions::from_mode(0o400)).unwrap();
    if fs::File::options().append(true).open(env.journal()).is_ok() {
        report_skipped("this user may write whatever the mode says (root)");
        return;
    }
    let count = || query_number(&env.simulator(), "SELECT count(*) FROM messages");
    env.run(SEND)
        .assert_code(1)
        .assert_stderr_contains(&["journal", "--no-journal"]);
    assert_eq!(count(), Some(1), "no row, no request");
    env.run(&format!("--no-journal {SEND}")).assert_code(0);
    assert_eq!(count(), Some(2));
}

/// Runs a script in which `$1` is a directory on a disk of this size; `None` where the system does not allow mounting
/// one.
fn run_on_small_disk(env: &ProcessEnv, kilobytes: u32, script: &str) -> Option<ProcessOutput> {
    let disk = env.home().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs \"$1\"");
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        env.configure(&mut command);
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        let line = format!("{mount} && {script}");
        command
            .args(["-rm", "/bin/sh", "-c", &line, crate::process::PROGRAM])
            .arg(&disk);
        command.output()
    };
    // In a separate mount namespace, so that the disk disappears with the process.
    match run("true") {
        Ok(output) if output.status.success() => Some(ProcessOutput::of(run(script).unwrap())),
        _ => {
            report_skipped("the system does not allow a disk of a test's own");
            None
        }
    }
}

fn many_recipients() -> String {
    (0..60)
        .map(|index| format!(" --to u{index}@example.com"))
        .collect()
}

#[test]
fn a_full_disk_is_an_error_and_loses_nothing() {
    let env = ProcessEnv::new();
    let to = many_recipients();
    let script = format!(
        r#"{{ s="--no-journal --simulator-db $1/s.db"
        "$0" $s send -q welcome{to} >"$1/../ids"; echo "several $?"
        "$0" $s send -q welcome --to late@example.com; echo "one $?"
        mount -o remount,size=8m "$1"
        "$0" $s activity -q -n 10000 | sort >"$1/../stored"; echo "list $?"
        "$0" $s send -q welcome --to late@example.com >/dev/null; echo "again $?"; }}"#
    );
    let Some(output) = run_on_small_disk(&env, 320, &script) else {
        return;
    };
    assert_eq!(
        output.stdout, "several 9\none 1\nlist 0\nagain 0\n",
        "{output:#?}"
    );
    let output = output.assert_stderr_contains(&[
        "no space is left for the simulator file",
        "Check the disk and the file",
    ]);
    assert!(!output.stderr.contains("outcome unknown"), "{output:#?}");
    let lines = |name: &str| {
        let text = fs::read_to_string(env.home().join(name)).unwrap();
        text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let ids = lines("ids");
    assert!(!ids.is_empty() && ids.len() < 60, "{}", ids.len());
    assert_eq!(
        ids,
        lines("stored"),
        "what was reported is stored, and nothing else"
    );
}

#[test]
fn a_disk_too_small_for_a_new_database_is_an_error() {
    let env = ProcessEnv::new();
    let script = r#"{ "$0" --no-journal --simulator-db "$1/s.db" send -q welcome --to a@example.com; echo "$?"; }"#;
    let Some(output) = run_on_small_disk(&env, 16, script) else {
        return;
    };
    assert_eq!(output.stdout, "1\n", "{output:#?}");
    output.assert_stderr_contains(&[
        "simulator file",
        "cannot be used",
        "  because ",
        "--simulator-db",
    ]);
}

#[test]
fn a_read_only_disk_is_an_error_and_nothing_is_sent() {
    let env = ProcessEnv::new();
    // Existing data is readable, WAL included; nothing can be written.
    let script = r#"{ export XDG_STATE_HOME="$1"
        "$0" send -q welcome --to ada@example.com >/dev/null
        mount -o remount,ro "$1"
        "$0" activity; echo "simulator $?"
        "$0" --simulator-db "$1/../s.db" send -q welcome --to bob@example.com; echo "journal $?"
        "$0" --no-journal --simulator-db "$1/new.db" activity; echo "new $?"; }"#;
    let Some(output) = run_on_small_disk(&env, 8192, script) else {
        return;
    };
    assert!(
        output.stdout.ends_with("simulator 0\njournal 1\nnew 1\n"),
        "{output:#?}"
    );
    let _done = output.assert_stderr_contains(&[
        "the journal failed",
        "disk/new.db` cannot be opened",
        "Read-only file system",
        "is writable",
    ]);
    // Without a row no request is sent.
    let stored = query_number(&env.home().join("s.db"), "SELECT count(*) FROM messages");
    assert_eq!(stored, Some(0));
}

#[test]
fn a_full_journal_disk_stops_before_the_request() {
    let env = ProcessEnv::new();
    let to = many_recipients();
    let script = format!(
        r#"{{ export XDG_STATE_HOME="$1"; "$0" --simulator-db "$1/../s.db" send -q welcome{to} >"$1/../ids"; echo "$?"
        cp "$1/sendivent/journal.db"* "$1/.."; }}"#
    );
    let Some(output) = run_on_small_disk(&env, 160, &script) else {
        return;
    };
    // Earlier accepted sends are reported; the rest is not sent.
    assert_eq!(output.stdout, "9\n", "{output:#?}");
    let output = output.assert_stderr_contains(&[
        "the journal failed",
        "the journal failed: database or disk is full",
        "--no-journal",
    ]);
    drop(output);
    let printed = fs::read_to_string(env.home().join("ids"))
        .unwrap()
        .lines()
        .count();
    let stored = query_number(&env.home().join("s.db"), "SELECT count(*) FROM messages");
    assert!(printed > 0 && printed < 60, "{printed}");
    assert_eq!(
        stored,
        Some(i64::try_from(printed).unwrap()),
        "no row, no request"
    );
}

#[test]
fn wal_files_stay_small_across_many_processes() {
    let env = crate::harness::TestEnv::simulated();
    let mut longest = 0;
    for _ in 0..150 {
        env.ok(SEND);
        for name in ["simulator.db-wal", "journal.db-wal"] {
            let log = env.path(".local/state/sendivent").join(name);
            longest = longest.max(fs::metadata(log).map_or(0, |facts| facts.len()));
        }
    }
    assert!(longest > 100 * 1024, "logs are kept: {longest}");
    assert!(longest < 1024 * 1024, "logs are copied back: {longest}");
}
