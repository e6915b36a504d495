//! Chooses the format, writes it, and remembers whether anybody reads.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use super::escape::json_for_terminal;
use super::masker::Masker;
use super::progress::Live;
use super::view::{DIM, View};
use super::{csv, ids, json, json_error, json_update, serve, text};
use crate::api::ApiKey;
use crate::config::credentials::key_from_variable;
use crate::config::{Format, OutputSettings};
use crate::error::Error;
use crate::exit::Exit;
use crate::host::Host;
use crate::report::{ActivitySource, Audience, Report, Sink, Update};

/// What people are told when nothing is real.
pub(super) const NOT_REAL: &str = "SIMULATED: offline, nobody receives anything.";

/// Shows one run.
pub struct Presenter<'w> {
    pub(super) host: &'w Host,
    pub(super) output_settings: OutputSettings,
    /// Whether nothing is real. Over the network that is known with the first answer.
    pub(super) simulated: Rc<Cell<bool>>,
    /// Whether updates are results, as they are of commands that follow.
    following: bool,
    masker: Arc<Masker>,
    pub(super) live: Option<Live>,
    /// What is never shown, wherever it comes from.
    pub(super) secret: Option<ApiKey>,
    closed: bool,
    failed: Option<io::Error>,
    header_written: bool,
    pub(super) receipts: bool,
    /// How many requests stderr had no room for.
    pub(super) untold: u64,
}

impl<'w> Presenter<'w> {
    /// Returns the presenter of a run. `following` says whether its updates are results of their own.
    pub fn new(
        host: &'w Host,
        output_settings: OutputSettings,
        simulated: bool,
        following: bool,
    ) -> Self {
        Self {
            host,
            output_settings,
            simulated: Rc::new(Cell::new(simulated)),
            following,
            masker: Arc::new(Masker::of_arguments(host.arguments())),
            live: None,
            secret: key_from_variable(host),
            closed: false,
            failed: None,
            header_written: false,
            receipts: false,
            untold: 0,
        }
    }

    /// Adds to what is masked under `--no-pii`.
    pub fn learn(&mut self, learn: impl FnOnce(&mut Masker)) {
        if self.output_settings.no_pii {
            learn(Arc::make_mut(&mut self.masker));
        }
    }

    /// Returns a text as it may be shown to anybody.
    pub(super) fn without_secret<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.secret {
            Some(key) => key.redact(text),
            None => Cow::Borrowed(text),
        }
    }

    /// Keeps a key out of everything that is shown.
    pub fn keep_secret(&mut self, key: &ApiKey) {
        self.secret = Some(key.clone());
    }

    /// Says on stderr that nothing is real, for people.
    pub fn announce(&self) {
        if self.simulated.get() && self.output_settings.format == Format::Text {
            let view = self.stderr_view();
            self.say(&view.paint(NOT_REAL, DIM));
        }
    }

    /// Shows what a command found, and returns the code that the run ends with: a closed pipe does not change it, a
    /// result that cannot be written does.
    pub fn finish(&mut self, report: &Report, exit: Exit) -> Exit {
        self.live = None;
        self.last_requests();
        if let Report::Activity(list) = report
            && let ActivitySource::Journal {
                simulated: true, ..
            } = list.of
            && !self.simulated.replace(true)
        {
            self.announce();
        }
        let view = self.stdout_view();
        let shown = match self.output_settings.format {
            Format::Text => Some(text::report(report, &view)),
            Format::Json => match report {
                Report::Sent(sent) if sent.watched.is_some() || self.following => {
                    Some(self.end(sent.watched.as_ref(), exit))
                }
                Report::Watched(watched) => Some(self.end(Some(watched), exit)),
                Report::Followed(_) => Some(self.end(None, exit)),
                Report::Stopped(stopped) => Some(serve::end(stopped, exit)),
                Report::Text(text) => Some(text.clone()),
                report => json::document(report, exit, self.simulated.get(), &view),
            },
            Format::Csv => {
                self.header_of(report);
                csv::document(report, &view)
            }
            Format::Ids => Some(ids::document(report)),
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
        let text = match self.output_settings.format {
            Format::Json => {
                self.say_json(&json_error::error(
                    error,
                    Exit::from(error),
                    self.simulated.get(),
                    &view,
                ));
                return;
            }
            Format::Text | Format::Csv | Format::Ids => text::error(error, &view),
        };
        self.say(text.trim_end());
    }

    /// Writes a document to stderr.
    pub(super) fn say_json(&self, document: &str) {
        let document = document.trim_end();
        match self.host.terminal.stderr {
            true => self.say(&json_for_terminal(document)),
            false => self.say(document),
        }
    }

    /// Returns how values look on stdout.
    pub(super) fn stdout_view(&self) -> View {
        let terminal = self.host.terminal.stdout;
        self.view(terminal, self.output_settings.color_stdout)
    }

    pub(super) fn stderr_view(&self) -> View {
        let terminal = self.host.terminal.stderr;
        self.view(terminal, self.output_settings.color_stderr)
    }

    fn view(&self, terminal: bool, color: bool) -> View {
        let size = self.host.terminal.size.filter(|_| terminal);
        View {
            color,
            terminal,
            width: size.map(|(width, _)| usize::from(width)),
            zone: self.output_settings.zone.clone(),
            no_pii: self.output_settings.no_pii,
            program: self.output_settings.program.clone(),
            masker: Arc::clone(&self.masker),
        }
    }

    /// Writes a line to stderr. When that is closed there is nobody left to tell.
    pub(super) fn say(&self, line: &str) {
        let line = self.without_secret(line);
        let write = || {
            let mut stderr = self.host.stderr();
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
        let text = &*self.without_secret(text);
        let result = if self.output_settings.format == Format::Json && self.host.terminal.stdout {
            let text = json_for_terminal(text);
            self.host.stdout().write_all(text.as_bytes())
        } else {
            self.host.stdout().write_all(text.as_bytes())
        };
        self.note(result);
    }

    fn flush(&mut self) {
        if self.closed || self.failed.is_some() {
            return;
        }
        let result = self.host.stdout().flush();
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

    /// Writes a header, once.
    pub(super) fn header(&mut self, columns: &[&str]) {
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
}

impl Sink for Presenter<'_> {
    fn take(&mut self, update: Update) -> Audience {
        match &update {
            Update::Ready(ready) => self.ready(ready),
            Update::Requests(requests) => self.requests(requests),
            _ => {}
        }
        match self.output_settings.format {
            Format::Text => self.take_text(&update),
            Format::Csv => self.take_csv(&update),
            Format::Ids => self.take_ids(&update),
            Format::Json if self.following => {
                let view = self.stdout_view();
                if let Some(line) = json_update::line(&update, self.simulated.get(), &view) {
                    self.emit(&line);
                }
            }
            Format::Json => {}
        }
        if self.output_settings.format != Format::Json || !self.following {
            self.take_aside(&update);
        }
        if self.closed || self.failed.is_some() {
            Audience::Gone
        } else {
            Audience::Listening
        }
    }

    fn wants_requests(&self) -> bool {
        self.output_settings.format != Format::Ids
    }
}
