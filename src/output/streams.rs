//! Writes to stdout and stderr. Redacts the API key, handles closed pipes and write errors, and hides the progress
//! display while other output is printed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::io::{self, Write};
use std::rc::Rc;

use super::escape;
use super::progress::{Live, ProgressEvent};
use super::text_writer::{TextStyle, TextWriter};
use crate::api::ApiKey;
use crate::config::OutputSettings;
use crate::host::Host;
use crate::redact::Redactor;

/// The stdout and stderr of a command.
pub struct Streams<'h> {
    host: &'h Host,
    pub(super) settings: OutputSettings,
    pub(super) redactor: Rc<Redactor>,
    /// Whether the command uses a simulator. A simulator on the network is detected from its first response.
    pub(super) simulated: Cell<bool>,
    /// The API key to redact. `None` while no key is known.
    secret: RefCell<Option<ApiKey>>,
    /// The progress display. `None` while it is not shown.
    live: RefCell<Option<Live>>,
    /// Whether stdout is a pipe that its reader has closed.
    closed: Cell<bool>,
    /// The first error of a write to stdout. A closed pipe is not recorded here.
    failure: RefCell<Option<io::Error>>,
}

impl<'h> Streams<'h> {
    /// Creates the streams of a command. `secret` is an API key to redact, if one is known already.
    pub fn new(
        host: &'h Host,
        settings: OutputSettings,
        simulated: bool,
        redactor: Rc<Redactor>,
        secret: Option<ApiKey>,
    ) -> Self {
        Self {
            host,
            settings,
            redactor,
            simulated: Cell::new(simulated),
            secret: RefCell::new(secret),
            live: RefCell::new(None),
            closed: Cell::new(false),
            failure: RefCell::new(None),
        }
    }

    pub fn stdout_style(&self) -> TextStyle {
        let terminal = self.host.terminal.stdout;
        self.style(terminal, self.settings.color_stdout)
    }

    pub fn stderr_style(&self) -> TextStyle {
        let terminal = self.host.terminal.stderr;
        self.style(terminal, self.settings.color_stderr)
    }

    fn style(&self, terminal: bool, color: bool) -> TextStyle {
        let size = self.host.terminal.size.filter(|_| terminal);
        TextStyle {
            color,
            terminal,
            width: size.map(|(width, _)| usize::from(width)),
            zone: self.settings.zone.clone(),
            program: self.settings.program.clone(),
            redactor: Rc::clone(&self.redactor),
        }
    }

    /// Sets the API key to redact in all output from now on.
    pub fn redact_key(&self, key: &ApiKey) {
        *self.secret.borrow_mut() = Some(key.clone());
    }

    /// Writes a part of the result to stdout, above the progress display. Does not flush.
    pub fn print(&self, text: &str) {
        self.above_live(|| self.write_stdout(text));
    }

    /// Writes a part of the result to stdout and flushes it, so that the reader of a pipe gets it without delay.
    pub fn print_now(&self, text: &str) {
        self.above_live(|| {
            self.write_stdout(text);
            self.flush();
        });
    }

    pub fn print_json(&self, document: &str) {
        let document = escape::json(document, self.host.terminal.stdout);
        self.print(&format!("{document}\n"));
    }

    pub fn flush(&self) {
        if !self.is_closed() {
            let result = self.host.stdout().flush();
            self.record(result);
        }
    }

    /// Writes a note to stderr. The closure writes its text.
    pub fn write_note(&self, write: impl FnOnce(&mut TextWriter<'_>)) {
        self.note(&self.stderr_style().write(write));
    }

    /// Writes a line to stderr, above the progress display. Does nothing if `text` is empty.
    pub fn note(&self, text: &str) {
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let text = self.without_key(text);
        self.above_live(|| {
            let mut stderr = self.host.stderr();
            // If stderr fails, there is no stream to report that.
            drop(writeln!(stderr, "{text}").and_then(|()| stderr.flush()));
        });
    }

    pub fn note_json(&self, document: &str) {
        self.note(&escape::json(document, self.host.terminal.stderr));
    }

    /// Writes a line to stderr unless that would block. Returns false if it would block.
    pub fn try_log(&self, line: &str) -> bool {
        let line = self.without_key(line);
        let written = self.host.stderr().write(line.as_bytes());
        !matches!(written, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Flushes stderr. Ignores errors, because there is no stream to report them.
    pub fn flush_log(&self) {
        drop(self.host.stderr().flush());
    }

    pub fn show_progress(&self, event: ProgressEvent<'_>) {
        let style = self.stderr_style();
        let rows = self.host.terminal.size.map_or(24, |(_, rows)| rows);
        let mut live = self.live.borrow_mut();
        match event {
            ProgressEvent::Show(message) => {
                live.get_or_insert_with(|| Live::new(rows))
                    .show(&message, &style);
            }
            ProgressEvent::Remove(notification) => {
                if let Some(live) = &mut *live {
                    live.remove(notification);
                }
            }
        }
    }

    pub fn clear_progress(&self) {
        *self.live.borrow_mut() = None;
    }

    /// Returns whether writing more to stdout is useless, because its reader has closed the pipe or a write has failed.
    pub fn is_closed(&self) -> bool {
        self.closed.get() || self.failure.borrow().is_some()
    }

    /// Returns the first error of a write to stdout, and forgets it. A closed pipe is not an error.
    pub fn take_failure(&self) -> Option<io::Error> {
        self.failure.borrow_mut().take()
    }

    fn without_key<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &*self.secret.borrow() {
            Some(key) => key.redact(text),
            None => text.into(),
        }
    }

    fn write_stdout(&self, text: &str) {
        if self.is_closed() || text.is_empty() {
            return;
        }
        let text = self.without_key(text);
        let result = self.host.stdout().write_all(text.as_bytes());
        self.record(result);
    }

    fn above_live(&self, write: impl FnOnce()) {
        match &*self.live.borrow() {
            Some(live) => live.above(write),
            None => write(),
        }
    }

    fn record(&self, result: io::Result<()>) {
        match result {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed.set(true),
            Err(error) => self.record_failure(error),
        }
    }

    /// Records that the result could not be written. Only the first error is kept.
    pub(super) fn record_failure(&self, error: io::Error) {
        self.failure.borrow_mut().get_or_insert(error);
    }
}
