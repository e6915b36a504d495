//! Text for people: results on stdout, notes on stderr.

use crate::config::Progress;
use crate::output::format_writer::FormatWriter;
use crate::output::notes;
use crate::output::report::{AnyReport, AnyUpdate};
use crate::output::streams::Streams;
use crate::output::text_writer::TextWriter;

/// `--output text`
pub struct Text;

impl FormatWriter for Text {
    fn update(&mut self, update: &dyn AnyUpdate, streams: &Streams<'_>) {
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
                Progress::Auto | Progress::Plain | Progress::None => {}
            }
        }
        let style = streams.stdout_style();
        let mut out = TextWriter::new(&style);
        update.text(&mut out);
        let text = out.finish();
        if !text.is_empty() {
            streams.print_now(&text);
        }
        notes::write_update(update, streams);
    }

    fn report(&mut self, report: &dyn AnyReport, streams: &Streams<'_>) {
        match report.verbatim() {
            Some(text) => streams.print(text),
            None if report.is_on_stderr() => {
                let style = streams.stderr_style();
                let mut out = TextWriter::new(&style);
                report.text(&mut out);
                streams.note(&out.finish());
            }
            None => {
                let style = streams.stdout_style();
                let mut out = TextWriter::new(&style);
                report.text(&mut out);
                streams.print(&out.finish());
            }
        }
        // Results first, also where both streams are one file.
        streams.flush();
        notes::write_report(report, false, streams);
    }
}
