//! stdout and stderr of one run: redaction of the API key, a closed pipe, write errors, and the live display between lines.

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

pub struct Streams<'h> {
    host: &'h Host,
    pub(super) settings: OutputSettings,
    pub(super) redactor: Rc<Redactor>,
    /// Whether the simulator answers. Over the network the first response tells.
    pub(super) simulated: Cell<bool>,
    secret: RefCell<Option<ApiKey>>,
    live: RefCell<Option<Live>>,
    closed: Cell<bool>,
    failure: RefCell<Option<io::Error>>,
}

impl<'h> Streams<'h> {
    /// Returns the streams. `secret` is an API key that is known already; it is never written.
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

    /// Keeps a key out of everything that is written from now on.
    pub fn redact_key(&self, key: &ApiKey) {
        *self.secret.borrow_mut() = Some(key.clone());
    }

    /// Writes a result to stdout, above the live display.
    pub fn print(&self, text: &str) {
        self.above_live(|| self.write_stdout(text));
    }

    /// Writes a result to stdout, and flushes it: a reader of a pipe must not wait for the next one.
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

    /// Writes to stderr, for people, in its style.
    pub fn write_note(&self, write: impl FnOnce(&mut TextWriter<'_>)) {
        self.note(&self.stderr_style().write(write));
    }

    /// Writes text to stderr, above the live display.
    pub fn note(&self, text: &str) {
        let text = text.trim_end();
        if text.is_empty() {
            return;
        }
        let text = self.without_key(text);
        self.above_live(|| {
            let mut stderr = self.host.stderr();
            // If stderr is closed, there is no place to report that.
            drop(writeln!(stderr, "{text}").and_then(|()| stderr.flush()));
        });
    }

    pub fn note_json(&self, document: &str) {
        self.note(&escape::json(document, self.host.terminal.stderr));
    }

    /// Writes a line to stderr unless that would block. Returns whether it was written.
    pub fn try_log(&self, line: &str) -> bool {
        let line = self.without_key(line);
        let written = self.host.stderr().write(line.as_bytes());
        !matches!(written, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Flushes stderr. If it is closed, there is no place to report that.
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

    /// Returns whether stdout takes no more: its reader is gone, or a write failed.
    pub fn is_closed(&self) -> bool {
        self.closed.get() || self.failure.borrow().is_some()
    }

    /// Returns the error of the first write that failed. A closed pipe is none.
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

    /// Records that a result could not be written. The first failure counts.
    pub(super) fn record_failure(&self, error: io::Error) {
        self.failure.borrow_mut().get_or_insert(error);
    }
}
