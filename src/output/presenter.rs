//! Chooses the format, writes it, and remembers whether anybody reads.

use std::io::{self, Write};
use std::sync::Arc;

use super::escape::json_for_terminal;
use super::masker::Masker;
use super::progress::Live;
use super::view::{DIM, View};
use super::{csv, json, json_update, serve, text, text_activity};
use crate::config::{Format, Presentation, Progress};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::{Audience, Report, Sink, Update};
use crate::world::World;

/// Shows one run.
pub struct Presenter<'w> {
    pub(super) world: &'w World,
    pub(super) presentation: Presentation,
    simulated: bool,
    /// Whether updates are results, as they are of commands that follow.
    following: bool,
    masker: Arc<Masker>,
    live: Option<Live>,
    closed: bool,
    failed: Option<io::Error>,
    header_written: bool,
    receipts: bool,
    /// How many requests stderr had no room for.
    pub(super) untold: u64,
}

impl<'w> Presenter<'w> {
    /// Returns the presenter of a run. `following` says whether its updates are results of their own.
    pub fn new(
        world: &'w World,
        presentation: Presentation,
        simulated: bool,
        following: bool,
    ) -> Self {
        Self {
            world,
            presentation,
            simulated,
            following,
            masker: Arc::new(Masker::of_arguments(world.arguments())),
            live: None,
            closed: false,
            failed: None,
            header_written: false,
            receipts: false,
            untold: 0,
        }
    }

    /// Adds to what is masked under `--no-pii`.
    pub fn learn(&mut self, learn: impl FnOnce(&mut Masker)) {
        if self.presentation.no_pii {
            learn(Arc::make_mut(&mut self.masker));
        }
    }

    /// Says on stderr that nothing is real, for people.
    pub fn announce(&self) {
        if self.simulated && self.presentation.format == Format::Text {
            let line = "SIMULATED: offline, nobody receives anything.\n";
            let view = self.stderr_view();
            self.say(&view.paint(line.trim_end(), DIM));
        }
    }

    /// Shows what a command found, and returns the code that the run ends with: a closed pipe does not change it, a
    /// result that cannot be written does.
    pub fn finish(&mut self, report: &Report, exit: Exit) -> Exit {
        self.live = None;
        self.last_requests();
        let view = self.stdout_view();
        let shown = match self.presentation.format {
            Format::Text => Some(text::report(report, &view)),
            Format::Json => match report {
                Report::Sent(sent) if sent.watched.is_some() || self.following => Some(
                    json_update::end(sent.watched.as_ref(), exit, self.simulated),
                ),
                Report::Watched(watched) => {
                    Some(json_update::end(Some(watched), exit, self.simulated))
                }
                Report::Followed(_) => Some(json_update::end(None, exit, self.simulated)),
                Report::Stopped(stopped) => Some(serve::end(stopped, exit)),
                Report::Text(text) => Some(text.clone()),
                report => json::document(report, exit, self.simulated, &view),
            },
            Format::Csv => {
                self.header_of(report);
                csv::document(report, &view)
            }
            Format::Ids => Some(super::machine::ids(report)),
        };
        self.write(&shown.unwrap_or_default());
        self.flush();
        self.footer(report, exit);
        match self.failed.take() {
            None => exit,
            Some(error) => {
                if let Report::Sent(sent) = report {
                    self.receipts_aside(sent);
                }
                let error = Error::Output(error);
                self.error(&error);
                Exit::from(&error)
            }
        }
    }

    /// Shows the error that a run ends with.
    pub fn error(&mut self, error: &Error) {
        self.live = None;
        let view = self.stderr_view();
        let text = match self.presentation.format {
            Format::Json if view.terminal => json_for_terminal(&json::error(
                error,
                Exit::from(error),
                self.simulated,
                &view,
            )),
            Format::Json => json::error(error, Exit::from(error), self.simulated, &view),
            Format::Text | Format::Csv | Format::Ids => text::error(error, &view),
        };
        self.say(text.trim_end());
    }

    /// Returns how values look on stdout.
    pub(super) fn stdout_view(&self) -> View {
        let terminal = self.world.terminal.stdout;
        self.view(terminal, self.presentation.color_stdout)
    }

    pub(super) fn stderr_view(&self) -> View {
        let terminal = self.world.terminal.stderr;
        self.view(terminal, self.presentation.color_stderr)
    }

    fn view(&self, terminal: bool, color: bool) -> View {
        let size = self.world.terminal.size.filter(|_| terminal);
        View {
            color,
            terminal,
            width: size.map(|(width, _)| usize::from(width)),
            zone: self.presentation.zone.clone(),
            no_pii: self.presentation.no_pii,
            program: self.presentation.program.clone(),
            masker: Arc::clone(&self.masker),
        }
    }

    /// Writes a line to stderr. When that is closed there is nobody left to tell.
    pub(super) fn say(&self, line: &str) {
        let write = || {
            let mut stderr = self.world.stderr();
            writeln!(stderr, "{line}").and_then(|()| stderr.flush())
        };
        let result = match &self.live {
            Some(live) => live.above(write),
            None => write(),
        };
        drop(result);
    }

    fn write(&mut self, text: &str) {
        if self.closed || self.failed.is_some() || text.is_empty() {
            return;
        }
        let result = if self.presentation.format == Format::Json && self.world.terminal.stdout {
            let text = json_for_terminal(text);
            self.world.stdout().write_all(text.as_bytes())
        } else {
            self.world.stdout().write_all(text.as_bytes())
        };
        self.note(result);
    }

    fn flush(&mut self) {
        if self.closed || self.failed.is_some() {
            return;
        }
        let result = self.world.stdout().flush();
        self.note(result);
    }

    fn note(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            Err(error) => self.failed = Some(error),
        }
    }

    /// Writes a result that comes on the way, and flushes it.
    pub(super) fn emit(&mut self, text: &str) {
        let live = self.live.take();
        match &live {
            Some(live) => live.above(|| {
                self.write(text);
                self.flush();
            }),
            None => {
                self.write(text);
                self.flush();
            }
        }
        self.live = live;
    }

    fn header(&mut self, columns: &[&str]) {
        if !self.header_written {
            self.header_written = true;
            let line = csv::line(columns);
            self.emit(&line);
        }
    }

    /// Writes the header of rows that come on the way, in case none came.
    fn header_of(&mut self, report: &Report) {
        match report {
            Report::Sent(_) => self.header(&csv::SENDS),
            Report::Watched(_) => self.header(&csv::CHANGES),
            Report::Followed(_) => self.header(&csv::MESSAGES),
            _ => {}
        }
    }

    fn take_text(&mut self, update: &Update) {
        let view = self.stdout_view();
        match update {
            Update::Sent(result) => self.emit(&text::sent(result, &view)),
            Update::Change(change) if self.presentation.progress == Progress::Live => {
                let stderr = self.stderr_view();
                let rows = self.world.terminal.size.map_or(24, |(_, rows)| rows);
                self.live.get_or_insert_with(|| Live::new(rows)).show(
                    change,
                    change.seen_at,
                    &stderr,
                );
            }
            Update::Change(change) if self.presentation.progress == Progress::Plain => {
                self.emit(&text::change(change, &view));
            }
            Update::Settled { found, tally } => {
                if let Some(live) = &mut self.live {
                    live.settle(&found.id);
                }
                self.emit(&text::settled(found, *tally, &view));
            }
            Update::Message(row) => self.emit(&text_activity::followed(row, &view)),
            _ => {}
        }
    }

    fn take_csv(&mut self, update: &Update) {
        let view = self.stdout_view();
        match update {
            Update::Sent(result) => {
                self.header(&csv::SENDS);
                self.emit(&csv::send(result, &view));
            }
            Update::Change(change) => {
                self.header(&csv::CHANGES);
                self.emit(&csv::change(change, &view));
            }
            Update::Message(row) => {
                self.header(&csv::MESSAGES);
                self.emit(&csv::activity(row, &view));
            }
            _ => {}
        }
    }

    fn take_ids(&mut self, update: &Update) {
        match update {
            Update::Sent(result) => {
                self.receipts = true;
                let receipts = super::machine::receipts(result);
                let lines: String = receipts.iter().map(|(id, _)| format!("{id}\n")).collect();
                self.emit(&lines);
            }
            Update::Settled { found, .. } if !self.receipts => {
                self.emit(&format!("{}\n", found.id));
            }
            Update::Message(row) => self.emit(&format!("{}\n", row.notification)),
            _ => {}
        }
    }
}

impl Sink for Presenter<'_> {
    fn take(&mut self, update: Update) -> Audience {
        match &update {
            Update::Ready(ready) => self.ready(ready),
            Update::Requests(requests) => self.requests(requests),
            _ => {}
        }
        match self.presentation.format {
            Format::Text => self.take_text(&update),
            Format::Csv => self.take_csv(&update),
            Format::Ids => self.take_ids(&update),
            Format::Json if self.following => {
                let view = self.stdout_view();
                if let Some(line) = json_update::line(&update, self.simulated, &view) {
                    self.emit(&line);
                }
            }
            Format::Json => {}
        }
        if self.presentation.format != Format::Json || !self.following {
            self.take_aside(&update);
        }
        if self.closed || self.failed.is_some() {
            Audience::Gone
        } else {
            Audience::Listening
        }
    }

    fn wants_requests(&self) -> bool {
        self.presentation.format != Format::Ids
    }
}
