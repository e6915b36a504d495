//! The format of `--quiet`: ids only, one per line.

use crate::output::format_writer::FormatWriter;
use crate::output::report::{Report, Update};
use crate::output::streams::Streams;

/// The writer for `--output ids`.
pub struct Ids;

impl FormatWriter for Ids {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        let ids = lines(&update.ids());
        if !ids.is_empty() {
            streams.print_now(&ids);
        }
        streams.write_note(|out| update.note(out));
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        streams.print(&lines(&report.ids()));
        streams.flush();
        streams.write_note(|out| report.notes(true, out));
    }

    fn log<U: Update>(&self, _entry: &U, _streams: &Streams<'_>) -> Option<String> {
        None
    }
}

fn lines(ids: &[&str]) -> String {
    ids.iter().map(|id| format!("{id}\n")).collect()
}
