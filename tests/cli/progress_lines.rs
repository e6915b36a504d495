//! Progress lines, as a terminal displays them: the output is interpreted by a small terminal emulator.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use rexpect::process::WaitStatus;
use rexpect::session::{Options, PtySession, spawn_with_options};

use crate::process::{PROGRAM, ProcessEnv};

/// Timeout for an expected text in milliseconds, so that a failing test does not hang.
const PATIENCE: u64 = 30_000;
const ROWS: usize = 24;

/// The content of a terminal after all cursor movements.
struct Screen {
    columns: usize,
    /// All lines, including scrolled ones.
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    cursor_hidden: bool,
}

impl Screen {
    /// Interprets the output of a program.
    fn of(written: &str, columns: usize) -> Self {
        let mut screen = Self {
            columns,
            lines: vec![Vec::new()],
            row: 0,
            column: 0,
            cursor_hidden: false,
        };
        let mut rest = written.chars();
        while let Some(c) = rest.next() {
            match c {
                '\r' => screen.column = 0,
                '\n' => screen.down(1),
                '\u{1b}' => {
                    assert_eq!(rest.next(), Some('['));
                    let mut number = String::new();
                    let last = rest.find(|c| {
                        number.push(*c);
                        c.is_ascii_alphabetic()
                    });
                    number.pop();
                    screen.apply_escape(last.unwrap(), &number);
                }
                c => screen.put_character(c),
            }
        }
        screen
    }

    fn apply_escape(&mut self, what: char, number: &str) {
        let count = number.parse().unwrap_or(1);
        match what {
            'A' => {
                let top = self.lines.len().saturating_sub(ROWS);
                self.row = self.row.saturating_sub(count).max(top);
            }
            'B' => self.down(count),
            'K' => {
                assert_eq!(number, "2", "the whole line");
                self.lines[self.row].clear();
            }
            'm' => {}
            'l' | 'h' => {
                assert_eq!(number, "?25");
                self.cursor_hidden = what == 'l';
            }
            other => panic!("what is {number}{other}?"),
        }
    }

    fn down(&mut self, count: usize) {
        self.row += count;
        if self.row >= self.lines.len() {
            self.lines.resize(self.row + 1, Vec::new());
        }
    }

    fn put_character(&mut self, c: char) {
        if self.column == self.columns {
            self.down(1);
            self.column = 0;
        }
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = c;
        self.column += 1;
    }

    /// Returns all lines without trailing blanks.
    fn lines(&self) -> Vec<String> {
        let lines = self.lines.iter().map(|line| {
            let line: String = line.iter().collect();
            line.trim_end().to_owned()
        });
        lines.collect()
    }

    /// Returns the lines with a spinner.
    fn moving_lines(&self) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.starts_with(|c| ('\u{2800}'..='\u{28ff}').contains(&c)));
        lines
    }

    /// Returns the number of hidden messages.
    fn more_count(&self) -> Option<String> {
        let lines = self.lines();
        let more_count = lines
            .iter()
            .find(|line| line.starts_with("  and ") && line.ends_with(" more"));
        more_count.map(|line| line.trim().to_owned())
    }
}

/// A program at a terminal.
struct Terminal {
    session: PtySession,
    columns: usize,
    output_text: String,
}

impl Terminal {
    fn take(env: &ProcessEnv, columns: usize, arguments: &str) -> Self {
        let mut command = Command::new("/bin/sh");
        env.configure(&mut command);
        command.env("TERM", "xterm").args([
            "-c",
            &format!("stty cols {columns} rows {ROWS}; exec \"$0\" {arguments}"),
            PROGRAM,
        ]);
        command
            .stdin(Stdio::inherit())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit());
        let options = Options::new()
            .timeout_ms(Some(PATIENCE))
            .strip_ansi_escape_codes(false);
        Self {
            session: spawn_with_options(command, options).unwrap(),
            columns,
            output_text: String::new(),
        }
    }

    /// Waits until the screen satisfies the condition, checked only between complete updates.
    #[track_caller]
    fn read_until(&mut self, what: &str, holds: impl Fn(&Screen) -> bool) {
        let started = Instant::now();
        while started.elapsed() < Duration::from_millis(PATIENCE) {
            match self.session.exp_string("\u{1b}[2K") {
                Ok(before) => {
                    self.output_text.push_str(&before);
                    // A complete frame: all lines are drawn and none is cleared yet.
                    if holds(&self.screen()) {
                        self.output_text.push_str("\u{1b}[2K");
                        return;
                    }
                    self.output_text.push_str("\u{1b}[2K");
                }
                Err(error) => panic!("not {what}: {error}\n{:#?}", self.screen().lines()),
            }
        }
        panic!("not {what}:\n{:#?}", self.screen().lines());
    }

    fn screen(&self) -> Screen {
        // The output was read byte by byte.
        let bytes: Vec<u8> = self
            .output_text
            .chars()
            .map(|c| u8::try_from(c).unwrap())
            .collect();
        Screen::of(&String::from_utf8_lossy(&bytes), self.columns)
    }

    /// Waits for the exit, checks that no progress line is left, and returns the lines.
    #[track_caller]
    fn ends(mut self, code: i32) -> Vec<String> {
        let rest = self.session.exp_eof().unwrap();
        self.output_text.push_str(&rest);
        let end = self.session.process().wait().unwrap();
        let screen = self.screen();
        let lines = screen.lines();
        assert!(
            matches!(end, WaitStatus::Exited(_, found) if found == code),
            "{end:?}\n{lines:#?}"
        );
        assert_eq!(screen.moving_lines(), [""; 0], "{lines:#?}");
        assert_eq!(screen.more_count(), None, "{lines:#?}");
        assert!(!screen.cursor_hidden);
        // The cursor is below the last printed line, with nothing after it.
        let (printed, below) = lines.split_at(screen.row);
        assert!(
            printed.iter().all(|line| !line.is_empty()),
            "no gaps: {lines:#?}"
        );
        assert!(below.iter().all(String::is_empty), "{lines:#?}");
        assert_eq!(screen.column, 0, "{lines:#?}");
        lines
    }
}

/// Thirty recipients whose messages stay pending.
fn thirty_recipients() -> String {
    let recipients = (10..40).map(|n| format!(" --to queued+{n}@simulator.test"));
    format!("send welcome --wait{}", recipients.collect::<String>())
}

/// Returns whether visible and hidden messages add up to thirty.
fn assert_full(screen: &Screen) -> bool {
    screen.moving_lines().len() == 21 && screen.more_count().as_deref() == Some("and 9 more")
}

#[test]
fn each_hidden_message_is_counted_once() {
    let env = ProcessEnv::new();
    let mut terminal = Terminal::take(&env, 120, &thirty_recipients().replace("queued+", "sent+"));
    // Each message changes twice (queued, sent) and counts once.
    terminal.read_until("all sent", |screen| {
        let moving_lines = screen.moving_lines();
        assert_full(screen) && moving_lines.iter().all(|line| line.contains(" sent "))
    });
    terminal.session.send_control('c').unwrap();
    terminal.ends(130);
}

#[test]
fn progress_lines_are_cleared_however_the_command_ends() {
    let env = ProcessEnv::new();
    for columns in [40, 120] {
        let mut terminal = Terminal::take(&env, columns, &thirty_recipients());
        terminal.read_until("21 lines", assert_full);
        terminal.session.send_control('c').unwrap();
        let lines = terminal.ends(130).concat();
        assert!(lines.contains("resume with: sendivent"), "{lines}");

        let mut terminal = Terminal::take(&env, columns, "watch --last --interval 1s");
        terminal.read_until("21 lines", assert_full);
        let process = terminal.session.process_mut();
        process.signal(Signal::SIGTERM).unwrap();
        terminal.ends(143);

        let mut terminal = Terminal::take(&env, columns, "watch --last --timeout 1s");
        terminal.read_until("21 lines", assert_full);
        let lines = terminal.ends(124).concat();
        assert!(lines.contains("resume with: sendivent"), "{lines}");
    }
}

#[test]
fn hidden_messages_move_up_when_lines_become_free() {
    let env = ProcessEnv::new();
    let recipients = (10..40).map(|n| match n {
        10..20 => format!(" --to delivered-2s+{n}@simulator.test"),
        n => format!(" --to queued+{n}@simulator.test"),
    });
    let command = format!("send welcome --wait{}", recipients.collect::<String>());
    let mut terminal = Terminal::take(&env, 120, &command);
    terminal.read_until("21 lines", assert_full);
    terminal.read_until("the 20 that stay", |screen| {
        let moving_lines = screen.moving_lines();
        moving_lines.len() == 20
            && screen.more_count().is_none()
            && moving_lines
                .iter()
                .zip(20..)
                .all(|(line, n)| line.contains(&format!("queued+{n}@")))
    });
    terminal.session.send_control('c').unwrap();
    let lines = terminal.ends(130);
    let checkpoint = lines.iter().filter(|line| line.starts_with("delivered"));
    assert!(checkpoint.count() >= 10, "{lines:#?}");
}
