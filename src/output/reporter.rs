//! Writes the updates, the report and the errors of a command in the selected format.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::format_writer::FormatWriter;
use super::formats::{Format, Writer};
use super::report::{Report, Update};
use super::streams::Streams;
use super::text_writer::DIM;
use crate::config::OutputSettings;
use crate::config::credentials::key_from_variable;
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::redact::Redactor;

/// The note on stderr when a command uses the simulator.
pub(super) const SIMULATED: &str = "SIMULATED: offline, nobody receives anything.";

/// The writer of all output of a command.
pub struct Reporter<'h> {
    pub streams: Streams<'h>,
    pub(super) format: Format,
    writer: RefCell<Writer>,
    /// How many log entries were dropped because writing them to stderr would have blocked.
    dropped: Cell<u64>,
}

impl<'h> Reporter<'h> {
    /// Creates the reporter of a command. `simulated` is true if the command is already known to use the simulator.
    /// `following` is true for commands that keep running, such as `watch`, whose updates are printed as results.
    pub fn new(
        host: &'h Host,
        format: Format,
        settings: OutputSettings,
        simulated: bool,
        following: bool,
        redactor: Rc<Redactor>,
    ) -> Self {
        Self {
            streams: Streams::new(host, settings, simulated, redactor, key_from_variable(host)),
            format,
            writer: RefCell::new(format.writer(following)),
            dropped: Cell::new(0),
        }
    }

    /// Writes a note to stderr if the command uses the simulator and the format is text.
    pub fn announce_simulated(&self) {
        if self.streams.simulated.get() && self.format == Format::Text {
            let style = self.streams.stderr_style();
            self.streams.note(&style.paint(SIMULATED, DIM));
        }
    }

    /// Writes an update. Returns [`ControlFlow::Break`] if stdout is closed or failed, so that the command can stop.
    pub fn update(&self, update: &impl Update) -> ControlFlow<()> {
        self.writer.borrow_mut().update(update, &self.streams);
        match self.streams.is_closed() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Writes an entry to the log on stderr. Drops and counts the entry if writing it would block. Once stderr accepts
    /// data again, an entry with the count is written first; `dropped` creates that entry.
    pub fn log<D: Update>(&self, entry: &impl Update, dropped: impl Fn(u64) -> D) {
        let count = self.dropped.get();
        if count > 0 && self.write_log(&dropped(count)) {
            self.dropped.set(0);
        }
        if self.dropped.get() > 0 || !self.write_log(entry) {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    /// Writes a log entry. Returns false if that would block.
    fn write_log(&self, entry: &impl Update) -> bool {
        let line = self.writer.borrow().log(entry, &self.streams);
        line.is_none_or(|line| self.streams.try_log(&line))
    }

    /// Writes the count of dropped log entries, if there are any. Called after the last log entry.
    pub fn finish_log<D: Update>(&self, dropped: impl Fn(u64) -> D) {
        if self.dropped.get() > 0 {
            self.streams.flush_log();
            self.write_log(&dropped(self.dropped.take()));
        }
    }

    /// Returns whether the format has a log. The format `ids` has none.
    pub fn has_log(&self) -> bool {
        self.format != Format::Ids
    }

    /// Writes the report of a command, and returns the exit code of the program. If stdout is a closed pipe, returns
    /// the exit code of the report. After another write error, returns the exit code of that error.
    pub fn finish(&self, report: &impl Report) -> Exit {
        self.streams.clear_progress();
        if report.is_simulated() && !self.streams.simulated.replace(true) {
            self.announce_simulated();
        }
        match report.verbatim() {
            Some(text) => self.streams.print(text),
            None => self.writer.borrow_mut().report(report, &self.streams),
        }
        self.streams.flush();
        match self.streams.take_failure() {
            None => report.exit(),
            Some(failure) => {
                self.streams.write_note(|out| report.unwritable(out));
                self.error(&Error::Output(failure))
            }
        }
    }

    pub(super) fn print_help(&self, text: &str) -> Exit {
        self.streams.print(text);
        self.streams.flush();
        match self.streams.take_failure() {
            None => Exit::Ok,
            Some(failure) => self.error(&Error::Output(failure)),
        }
    }

    /// Writes the error that ends a command, and returns its exit code.
    pub fn error(&self, error: &Error) -> Exit {
        self.streams.clear_progress();
        self.writer.borrow().error(error, &self.streams);
        error.exit()
    }
}
