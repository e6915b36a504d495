//! CSV: a header line, then one row for each thing. Times are UTC, RFC 3339.

use crate::output::format_writer::FormatWriter;
use crate::output::notes;
use crate::output::report::{Report, Rows, Update};
use crate::output::streams::Streams;

/// `--output csv`
#[derive(Default)]
pub struct Csv {
    has_header: bool,
}

impl Csv {
    fn rows(&mut self, rows: Rows, streams: &Streams<'_>) {
        let header = (!self.has_header).then(|| rows.header.to_vec());
        self.has_header = true;
        let text = encode(header, &rows.rows);
        match text {
            Ok(text) => streams.print_now(&text),
            Err(error) => streams.record_failure(error),
        }
    }
}

impl FormatWriter for Csv {
    fn update<U: Update>(&mut self, update: &U, streams: &Streams<'_>) {
        if let Some(rows) = update.rows() {
            self.rows(rows, streams);
        }
        notes::write_update(update, streams);
    }

    fn report<R: Report>(&mut self, report: &R, streams: &Streams<'_>) {
        if let Some(rows) = report.rows() {
            self.rows(rows, streams);
        }
        streams.flush();
        notes::write_report(report, true, streams);
    }
}

fn encode(header: Option<Vec<&str>>, rows: &[Vec<String>]) -> std::io::Result<String> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    if let Some(header) = header {
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
