//! Real processes, for signals, pipes, terminals and concurrency. Each has a cleared environment and its own home
//! directory, and is killed when the test ends.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rusqlite::Connection;
use tempfile::TempDir;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sendivent");

/// A home directory that several processes share.
pub struct ProcessEnv {
    directory: TempDir,
}

/// The output and exit status of a process.
#[derive(Debug)]
pub struct ProcessOutput {
    pub stdout: String,
    pub stderr: String,
    pub status: ExitStatus,
}

/// A running process, killed on drop.
pub struct RunningProcess {
    child: Child,
}

impl ProcessEnv {
    /// Returns an empty home directory, in memory where possible, so that tests do not depend on the disk's speed.
    pub fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let directory = if memory.is_dir() {
            tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir())
        } else {
            tempfile::tempdir()
        };
        Self {
            directory: directory.unwrap(),
        }
    }

    /// Returns the home directory.
    pub fn home(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the path of a file in the state directory.
    pub fn state(&self, name: &str) -> PathBuf {
        self.home().join(".local/state/sendivent").join(name)
    }

    /// Returns the simulator's file.
    pub fn simulator(&self) -> PathBuf {
        self.state("simulator.db")
    }

    /// Returns the journal.
    pub fn journal(&self) -> PathBuf {
        self.state("journal.db")
    }

    /// Sets this environment on a command and clears the test's own.
    pub fn configure(&self, command: &mut Command) {
        command
            .env_clear()
            .env("HOME", self.home())
            .env("PATH", "/usr/bin:/bin")
            .env("SENDIVENT_SIMULATE", "1")
            .current_dir(self.home())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
    }

    /// Returns the program with arguments in shell syntax.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(PROGRAM);
        self.configure(&mut command);
        command.args(shell_words::split(arguments).unwrap());
        command
    }

    /// Returns a shell command, in which `"$0"` is the program.
    pub fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        self.configure(&mut command);
        command.args(["-c", line, PROGRAM]);
        command
    }

    /// Runs the program until it exits.
    pub fn run(&self, arguments: &str) -> ProcessOutput {
        ProcessOutput::of(self.command(arguments).output().unwrap())
    }

    /// Starts the program.
    pub fn start(&self, arguments: &str) -> RunningProcess {
        RunningProcess::of(&mut self.command(arguments))
    }
}

impl ProcessOutput {
    /// Converts the output of a process; fails if the program panicked.
    #[track_caller]
    pub fn of(output: Output) -> Self {
        let process_output = Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status,
        };
        assert!(
            !process_output.stderr.contains("internal error at"),
            "{process_output:#?}"
        );
        process_output
    }

    /// Fails unless the exit code is this one.
    #[track_caller]
    pub fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self:#?}");
        self
    }

    /// Fails unless stderr contains each of these.
    #[track_caller]
    pub fn assert_stderr_contains(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in {self:#?}");
        }
        self
    }

    /// Returns whether a signal ended the process.
    pub fn was_killed(&self) -> bool {
        self.status.signal().is_some()
    }
}

impl RunningProcess {
    /// Starts a command.
    pub fn of(command: &mut Command) -> Self {
        Self {
            child: command.spawn().unwrap(),
        }
    }

    /// Reads the next line of stdout.
    pub fn line(&mut self, reader: &mut impl BufRead) -> String {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line
    }

    /// Returns stdout for reading line by line. Dropping it closes the pipe.
    pub fn stdout(&mut self) -> BufReader<std::process::ChildStdout> {
        BufReader::new(self.child.stdout.take().unwrap())
    }

    /// Returns its id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns stderr for reading line by line.
    pub fn stderr(&mut self) -> BufReader<std::process::ChildStderr> {
        BufReader::new(self.child.stderr.take().unwrap())
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(id, signal).unwrap();
    }

    /// Waits for the exit. The result lacks output that was read before.
    #[track_caller]
    pub fn end(mut self) -> ProcessOutput {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        if let Some(mut stream) = self.child.stdout.take() {
            stream.read_to_end(&mut stdout).unwrap();
        }
        if let Some(mut stream) = self.child.stderr.take() {
            stream.read_to_end(&mut stderr).unwrap();
        }
        ProcessOutput::of(Output {
            status: self.child.wait().unwrap(),
            stdout,
            stderr,
        })
    }
}

impl Drop for RunningProcess {
    fn drop(&mut self) {
        // Fails for a process that has exited, which is fine.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Waits until a condition holds, for at most 30 seconds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Returns the number that a query selects; `None` while the file or the table does not exist.
pub fn query_number(file: &Path, query: &str) -> Option<i64> {
    use rusqlite::OpenFlags;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).ok()?;
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.query_row(query, [], |row| row.get(0)).ok()
}

/// Returns the first column that a query selects.
pub fn query_texts(file: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// Writes the WAL back into the database file and truncates it.
#[track_caller]
pub fn checkpoint(file: &Path) {
    let connection = rusqlite::Connection::open(file).unwrap();
    let copied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
    assert_eq!(copied, Ok(0), "{} is in use", file.display());
}

/// Fails unless SQLite's integrity check passes.
#[track_caller]
pub fn assert_integrity(file: &Path) {
    assert_eq!(
        query_texts(file, "PRAGMA integrity_check"),
        ["ok"],
        "{}",
        file.display()
    );
}

/// Reports that a test is skipped on this machine, and why.
#[expect(
    clippy::print_stderr,
    reason = "the one who runs the tests is to see it"
)]
pub fn report_skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// Prints statistics of a randomized test.
#[expect(
    clippy::print_stderr,
    reason = "the one who runs the tests may want to see it"
)]
pub fn report(what: &str) {
    eprintln!("{what}");
}
