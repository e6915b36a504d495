//! Writes what a command reports, in the format of the run.

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

/// What people read when nothing is real.
pub(super) const SIMULATED: &str = "SIMULATED: offline, nobody receives anything.";

pub struct Reporter<'h> {
    pub streams: Streams<'h>,
    pub(super) format: Format,
    writer: RefCell<Writer>,
    /// How many log entries were dropped because stderr would have blocked.
    dropped: Cell<u64>,
}

impl<'h> Reporter<'h> {
    /// Returns the reporter of a run. `following` means that updates are results of their own.
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

    /// Writes to stderr, for people, that nothing is real.
    pub fn announce_simulated(&self) {
        if self.streams.simulated.get() && self.format == Format::Text {
            let style = self.streams.stderr_style();
            self.streams.note(&style.paint(SIMULATED, DIM));
        }
    }

    /// Writes an update. Breaks when stdout takes no more results.
    pub fn update(&self, update: &impl Update) -> ControlFlow<()> {
        self.writer.borrow_mut().update(update, &self.streams);
        match self.streams.is_closed() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Writes a line to the log on stderr. What stderr has no room for is counted; `dropped` makes an entry of the number,
    /// which is written when there is room again.
    pub fn log<D: Update>(&self, entry: &impl Update, dropped: impl Fn(u64) -> D) {
        let count = self.dropped.get();
        if count > 0 && self.write_log(&dropped(count)) {
            self.dropped.set(0);
        }
        if self.dropped.get() > 0 || !self.write_log(entry) {
            self.dropped.set(self.dropped.get() + 1);
        }
    }

    /// Returns whether the entry was written, or has no line.
    fn write_log(&self, entry: &impl Update) -> bool {
        let line = self.writer.borrow().log(entry, &self.streams);
        line.is_none_or(|line| self.streams.try_log(&line))
    }

    /// Writes how many log entries were dropped, when no more will follow.
    pub fn finish_log<D: Update>(&self, dropped: impl Fn(u64) -> D) {
        if self.dropped.get() > 0 {
            self.streams.flush_log();
            self.write_log(&dropped(self.dropped.take()));
        }
    }

    /// Returns whether log entries are written at all.
    pub fn has_log(&self) -> bool {
        self.format != Format::Ids
    }

    /// Writes the report of a run and returns its exit code. A closed pipe does not change that; a result that cannot be
    /// written does.
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

    /// Writes the error that ends a run, and returns its exit code.
    pub fn error(&self, error: &Error) -> Exit {
        self.streams.clear_progress();
        self.writer.borrow().error(error, &self.streams);
        error.exit()
    }
}
