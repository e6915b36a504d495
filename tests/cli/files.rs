//! The simulator's file and the journal: what they may be, what is refused untouched, and who may read them.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use rusqlite::Connection;

use crate::process::{Done, House, number, settled, skipped, until, whole};

const SEND: &str = "send -q welcome --to ada@example.com";

/// The two files: how each is called in messages, and which flag leads around it.
const FILES: [(&str, &str); 2] = [
    ("simulator file", "--simulator-db"),
    ("journal", "--no-journal"),
];

fn place(house: &House, name: &str) -> PathBuf {
    let path = match name {
        "journal" => house.journal(),
        _ => house.simulator(),
    };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    path
}

/// Everything about a folder: names, sizes and contents.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(&path).unwrap_or_default()))
        .collect();
    found.sort();
    found
}

/// Sends once in another home, and returns its file of the same name: all of it in the one file.
fn used(house: &House, path: &Path) -> PathBuf {
    house.run(SEND).code(0);
    let file = house.state(path.file_name().unwrap().to_str().unwrap());
    settled(&file);
    file
}

/// Prepares each of the two files, sends, and expects a refusal that says so, names its own way out, and changes nothing.
#[track_caller]
fn refused(prepare: impl Fn(&Path), says: &str) {
    for (name, way_out) in FILES {
        let house = House::new();
        let path = place(&house, name);
        prepare(&path);
        let before = fs::read(&path).unwrap_or_default();
        let done = house
            .run(SEND)
            .code(1)
            .says(&[says, name, "hint: ", way_out]);
        assert_eq!(done.stdout, "");
        let shown = path.display().to_string();
        assert!(done.stderr.contains(&shown), "the path is named: {done:#?}");
        let lines: Vec<&str> = done.stderr.lines().collect();
        assert_eq!(
            lines.iter().filter(|line| line.contains(says)).count(),
            1,
            "{lines:#?}"
        );
        assert_eq!(fs::read(&path).unwrap_or_default(), before, "{name}");
        for suffix in ["-wal", "-shm", "-journal"] {
            let beside = PathBuf::from(format!("{shown}{suffix}"));
            assert!(!beside.exists(), "{}", beside.display());
        }
        // The other file is good: going around the bad one works.
        let around = match name {
            "journal" => "--no-journal".to_owned(),
            _ => format!("--simulator-db {}", house.home().join("other.db").display()),
        };
        house.run(&format!("{around} {SEND}")).code(0);
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    refused(
        |path| {
            let house = House::new();
            fs::copy(used(&house, path), path).unwrap();
            let file = Connection::open(path).unwrap();
            file.pragma_update(None, "user_version", 99).unwrap();
        },
        "was written by a newer sendivent (its version is 99",
    );
}

#[test]
fn a_database_of_another_program_is_refused() {
    refused(
        |path| {
            let file = Connection::open(path).unwrap();
            file.execute_batch("CREATE TABLE theirs(x); INSERT INTO theirs VALUES (1);")
                .unwrap();
        },
        "belongs to another program",
    );
    // One with nothing but a number of its own in the header, and one that uses a log.
    refused(
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
fn each_of_our_files_is_foreign_in_the_place_of_the_other() {
    refused(
        |path| {
            let house = House::new();
            house.run(SEND).code(0);
            let other = if path.ends_with("journal.db") {
                house.simulator()
            } else {
                house.journal()
            };
            settled(&other);
            fs::copy(other, path).unwrap();
        },
        "belongs to another program",
    );
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    for text in [
        "x",
        "a shopping list\n",
        &"no database at all. ".repeat(1000),
    ] {
        refused(
            |path| fs::write(path, text).unwrap(),
            "is not a database, or is damaged",
        );
    }
}

#[test]
fn a_folder_or_a_pipe_in_place_of_a_file_is_refused() {
    refused(
        |path| fs::create_dir(path).unwrap(),
        "is a folder, not a file",
    );
    refused(
        |path| {
            let made = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(made.success());
            // The tests read what is there before and after, which a pipe would keep waiting.
            fs::rename(path, path.with_extension("pipe")).unwrap();
            symlink("/dev/null", path).unwrap();
        },
        "is a device or a pipe, not a regular file",
    );
}

#[test]
fn a_truncated_file_is_refused() {
    refused(
        |path| {
            let house = House::new();
            fs::copy(used(&house, path), path).unwrap();
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
fn a_file_with_damaged_pages_is_an_error_and_stays_as_it_is() {
    for (name, _) in FILES {
        let house = House::new();
        house.run(SEND).code(0);
        let path = place(&house, name);
        settled(&path);
        let mut bytes = fs::read(&path).unwrap();
        bytes[4096..].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let done = house
            .run(SEND)
            .says(&["database disk image is malformed", "hint: "]);
        assert_ne!(done.status.code(), Some(0), "{done:#?}");
        assert_eq!(done.stdout, "");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
    }
}

#[test]
fn an_empty_file_becomes_ours() {
    for (name, _) in FILES {
        let house = House::new();
        let path = place(&house, name);
        fs::write(&path, "").unwrap();
        house.run(SEND).code(0);
        whole(&path);
        assert!(fs::metadata(&path).unwrap().len() > 0);
    }
}

#[test]
fn missing_folders_are_made_for_the_owner_only() {
    let house = House::new();
    // A generous umask must not matter.
    let deep = house.home().join("a/b");
    let line = format!(
        "umask 000; XDG_STATE_HOME='{}' exec \"$0\" {SEND}",
        deep.display()
    );
    Done::of(house.shell(&line).output().unwrap()).code(0);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    for folder in [house.home().join("a"), deep.clone(), deep.join("sendivent")] {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    }
    let files = ["simulator.db", "journal.db"];
    for file in files.map(|name| deep.join("sendivent").join(name)) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn the_files_beside_a_database_in_use_are_for_the_owner_only() {
    let house = House::new();
    let line = "umask 000; exec \"$0\" send welcome --to queued@simulator.test --wait";
    let mut process = crate::process::Running::of(&mut house.shell(line));
    let mut stdout = process.stdout();
    process.line(&mut stdout);
    let files = || contents(&house.state(""));
    until("a log beside each file", || {
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
    process.end().code(143);
}

#[test]
fn symbolic_links_lead_to_the_file() {
    let house = House::new();
    let real = house.home().join("real.db");
    let link = house.home().join("link.db");
    // The first use goes through a link that leads nowhere yet.
    symlink(&real, &link).unwrap();
    house
        .run(&format!("--simulator-db {} {SEND}", link.display()))
        .code(0);
    house
        .run(&format!("--simulator-db {} {SEND}", real.display()))
        .code(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(number(&real, "SELECT count(*) FROM messages"), Some(2));
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_relative_path_means_a_file_in_the_working_folder() {
    let house = House::new();
    let last = "--simulator-db here.db status --last -q";
    let mut ids = Vec::new();
    for folder in ["one", "two"] {
        let folder = house.home().join(folder);
        fs::create_dir(&folder).unwrap();
        let run = |arguments: &str| {
            let mut command = house.command(arguments);
            Done::of(command.current_dir(&folder).output().unwrap())
                .code(0)
                .stdout
        };
        let id = run(&format!("--simulator-db here.db {SEND}"));
        // The journal is one, and keeps the two apart.
        assert_eq!(run(last), id);
        ids.push((folder, id));
    }
    for (folder, id) in &ids {
        let mut command = house.command(last);
        let done = Done::of(command.current_dir(folder).output().unwrap()).code(0);
        assert_eq!(&done.stdout, id);
        let file = folder.join("here.db");
        assert_eq!(number(&file, "SELECT count(*) FROM messages"), Some(1));
    }
}

#[test]
fn a_simulation_in_memory_leaves_nothing_on_the_disk() {
    let house = House::new();
    house
        .run(&format!("--simulator-db :memory: {SEND}"))
        .code(0);
    house.run("--simulator-db :memory: activity --json").code(0);
    assert_eq!(contents(house.home()), []);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let house = House::new();
    // Nobody, root included, makes a folder there.
    let done = house.run(&format!("--simulator-db /proc/sendivent/s.db {SEND}"));
    done.code(1)
        .says(&["`/proc/sendivent/s.db` cannot be opened", "--simulator-db"]);
    // A file that is named is not the reason to make a folder: only the usual place is made.
    for command in [SEND, "simulator serve --port 0", "simulator run -- true"] {
        house
            .run(&format!("--simulator-db no/folder/s.db {command}"))
            .code(1)
            .says(&[
                "there is no folder `",
                "/no/folder`",
                "Check that the folder exists",
            ]);
        assert!(!house.home().join("no").exists());
    }
    let mut command = house.command(SEND);
    let done = Done::of(
        command
            .env("XDG_STATE_HOME", "/proc/sendivent")
            .output()
            .unwrap(),
    );
    done.code(1).says(&["/proc/sendivent", "hint: "]);
    assert_eq!(contents(house.home()), []);
}

#[test]
fn a_file_without_permission_to_write_is_an_error_and_nothing_is_stored() {
    let house = House::new();
    house.run(SEND).code(0);
    fs::set_permissions(house.journal(), fs::Permissions::from_mode(0o400)).unwrap();
    if fs::File::options()
        .append(true)
        .open(house.journal())
        .is_ok()
    {
        skipped("this user may write whatever the mode says (root)");
        return;
    }
    let count = || number(&house.simulator(), "SELECT count(*) FROM messages");
    house.run(SEND).code(1).says(&["journal", "--no-journal"]);
    assert_eq!(count(), Some(1), "no row, no request");
    house.run(&format!("--no-journal {SEND}")).code(0);
    assert_eq!(count(), Some(2));
}

/// Runs a script in which `$1` is a folder on a disk of so many kilobytes; nothing where the system does not let us
/// have one.
fn on_a_small_disk(house: &House, kilobytes: u32, script: &str) -> Option<Done> {
    let disk = house.home().join("disk");
    fs::create_dir(&disk).unwrap();
    let mount = format!("mount -t tmpfs -o size={kilobytes}k tmpfs \"$1\"");
    let run = |script: &str| {
        let mut command = Command::new("unshare");
        house.furnish(&mut command);
        command.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        let line = format!("{mount} && {script}");
        command
            .args(["-rm", "/bin/sh", "-c", &line, crate::process::PROGRAM])
            .arg(&disk);
        command.output()
    };
    // In a mount namespace of its own: the disk is gone with the process.
    match run("true") {
        Ok(output) if output.status.success() => Some(Done::of(run(script).unwrap())),
        _ => {
            skipped("the system does not allow a disk of a test's own");
            None
        }
    }
}

fn many() -> String {
    (0..60)
        .map(|index| format!(" --to u{index}@example.com"))
        .collect()
}

#[test]
fn a_full_disk_is_an_error_that_loses_nothing() {
    let house = House::new();
    let to = many();
    let script = format!(
        r#"{{ s="--no-journal --simulator-db $1/s.db"
        "$0" $s send -q welcome{to} >"$1/../ids"; echo "several $?"
        "$0" $s send -q welcome --to late@example.com; echo "one $?"
        mount -o remount,size=8m "$1"
        "$0" $s activity -q -n 10000 | sort >"$1/../stored"; echo "list $?"
        "$0" $s send -q welcome --to late@example.com >/dev/null; echo "again $?"; }}"#
    );
    let Some(done) = on_a_small_disk(&house, 320, &script) else {
        return;
    };
    assert_eq!(
        done.stdout, "several 9\none 1\nlist 0\nagain 0\n",
        "{done:#?}"
    );
    let done = done.says(&[
        "there is no room left for the simulator file",
        "Nothing was stored",
    ]);
    assert!(!done.stderr.contains("outcome unknown"), "{done:#?}");
    let lines = |name: &str| {
        let text = fs::read_to_string(house.home().join(name)).unwrap();
        text.lines().map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let ids = lines("ids");
    assert!(!ids.is_empty() && ids.len() < 60, "{}", ids.len());
    assert_eq!(
        ids,
        lines("stored"),
        "what was told is stored, and nothing else"
    );
}

#[test]
fn a_disk_too_small_for_a_fresh_file_is_an_error() {
    let house = House::new();
    let script = r#"{ "$0" --no-journal --simulator-db "$1/s.db" send -q welcome --to a@example.com; echo "$?"; }"#;
    let Some(done) = on_a_small_disk(&house, 16, script) else {
        return;
    };
    assert_eq!(done.stdout, "1\n", "{done:#?}");
    done.says(&[
        "simulator file",
        "cannot be used",
        "  because ",
        "--simulator-db",
    ]);
}

#[test]
fn a_read_only_disk_is_an_error_and_nothing_is_sent() {
    let house = House::new();
    // What was written is read, its log included; nothing new is begun.
    let script = r#"{ export XDG_STATE_HOME="$1"
        "$0" send -q welcome --to ada@example.com >/dev/null
        mount -o remount,ro "$1"
        "$0" activity; echo "simulator $?"
        "$0" --simulator-db "$1/../s.db" send -q welcome --to bob@example.com; echo "journal $?"
        "$0" --no-journal --simulator-db "$1/new.db" activity; echo "new $?"; }"#;
    let Some(done) = on_a_small_disk(&house, 8192, script) else {
        return;
    };
    assert!(
        done.stdout.ends_with("simulator 0\njournal 1\nnew 1\n"),
        "{done:#?}"
    );
    let _done = done.says(&[
        "the journal failed",
        "disk/new.db` cannot be opened",
        "Read-only file system",
        "can be written",
    ]);
    // No row, no request.
    let stored = number(&house.home().join("s.db"), "SELECT count(*) FROM messages");
    assert_eq!(stored, Some(0));
}

#[test]
fn a_full_disk_under_the_journal_stops_before_the_request() {
    let house = House::new();
    let to = many();
    let script = format!(
        r#"{{ export XDG_STATE_HOME="$1"; "$0" --simulator-db "$1/../s.db" send -q welcome{to} >"$1/../ids"; echo "$?"
        cp "$1/sendivent/journal.db"* "$1/.."; }}"#
    );
    let Some(done) = on_a_small_disk(&house, 160, &script) else {
        return;
    };
    // What was accepted before is told; the rest is unsent.
    assert_eq!(done.stdout, "9\n", "{done:#?}");
    let done = done.says(&[
        "the journal failed",
        "because database or disk is full",
        "--no-journal",
    ]);
    drop(done);
    let told = fs::read_to_string(house.home().join("ids"))
        .unwrap()
        .lines()
        .count();
    let stored = number(&house.home().join("s.db"), "SELECT count(*) FROM messages");
    assert!(told > 0 && told < 60, "{told}");
    assert_eq!(
        stored,
        Some(i64::try_from(told).unwrap()),
        "no row, no request"
    );
}

#[test]
fn logs_stay_short_however_many_processes_come_and_go() {
    let scene = crate::harness::Scene::simulated();
    let mut longest = 0;
    for _ in 0..150 {
        scene.ok(SEND);
        for name in ["simulator.db-wal", "journal.db-wal"] {
            let log = scene.path(".local/state/sendivent").join(name);
            longest = longest.max(fs::metadata(log).map_or(0, |facts| facts.len()));
        }
    }
    assert!(longest > 100 * 1024, "logs are kept: {longest}");
    assert!(longest < 1024 * 1024, "logs are copied back: {longest}");
}
