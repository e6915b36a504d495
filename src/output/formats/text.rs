//! The text format, for people: results on stdout, notes on stderr.

use crate::config::Progress;
use crate::output::format_writer::FormatWriter;
use crate::output::report::{Report, Update};
use crate::output::streams::Streams;

/// The writer for `--output text`.
pub struct Text;

impl FormatWriter for Text {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        if let Some(event) = update.progress() {
            match streams.settings.progress {
                Progress::Live => {
                    let replaces_text = event.replaces_text();
                    streams.show_progress(event);
                    if replaces_text {
                        return;
                    }
                }
                Progress::None if event.replaces_text() => return,
                Progress::Plain | Progress::None => {}
            }
        }
        let text = streams.stdout_style().write(|out| update.text(out));
        if !text.is_empty() {
            streams.print_now(&text);
        }
        streams.write_note(|out| update.note(out));
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        match R::ON_STDERR {
            true => streams.write_note(|out| report.text(out)),
            false => streams.print(&streams.stdout_style().write(|out| report.text(out))),
        }
        // Flushes the result before the notes, so that the order is right if both streams go to the same file.
        streams.flush();
        streams.write_note(|out| report.notes(false, out));
    }
}
