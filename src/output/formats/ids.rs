//! Bare ids, one per line: `--quiet`.

use crate::output::format_writer::FormatWriter;
use crate::output::notes;
use crate::output::report::{AnyReport, AnyUpdate};
use crate::output::streams::Streams;

/// `--output ids`
pub struct Ids;

impl FormatWriter for Ids {
    fn update(&mut self, update: &dyn AnyUpdate, streams: &Streams<'_>) {
        let ids = lines(&update.ids());
        if !ids.is_empty() {
            streams.print_now(&ids);
        }
        notes::write_update(update, streams);
    }

    fn report(&mut self, report: &dyn AnyReport, streams: &Streams<'_>) {
        match report.verbatim() {
            Some(text) => streams.print(text),
            None => streams.print(&lines(&report.ids())),
        }
        streams.flush();
        notes::write_report(report, true, streams);
    }

    fn log(&self, _entry: &dyn AnyUpdate, _streams: &Streams<'_>) -> Option<String> {
        None
    }
}

fn lines(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("{id}\n")).collect()
}
