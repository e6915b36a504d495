//! The CSV format: a header line, then one line per row. Times are in UTC, formatted as in RFC 3339.

use crate::output::format_writer::FormatWriter;
use crate::output::report::{Report, Rows, Update};
use crate::output::streams::Streams;

/// The writer for `--output csv`.
#[derive(Default)]
pub struct Csv {
    /// Whether the header line has been written.
    has_header: bool,
}

impl Csv {
    fn write(&mut self, rows: Option<Rows>, streams: &Streams<'_>) {
        let Some(Rows { header, rows }) = rows else {
            return;
        };
        let header = if self.has_header { &[] } else { header };
        self.has_header = true;
        match encode(header, &rows) {
            Ok(text) => streams.print_now(&text),
            Err(error) => streams.record_failure(error),
        }
    }
}

impl FormatWriter for Csv {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        self.write(update.rows(), streams);
        streams.write_note(|out| update.note(out));
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        self.write(report.rows(), streams);
        streams.flush();
        streams.write_note(|out| report.notes(true, out));
    }
}

fn encode(header: &[&str], rows: &[Vec<String>]) -> std::io::Result<String> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    if !header.is_empty() {
        writer.write_record(header)?;
    }
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    String::from_utf8(bytes).map_err(std::io::Error::other)
}
