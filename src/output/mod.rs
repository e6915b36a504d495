//! Writes the results of commands in the selected format. No other module writes to stdout or stderr, except for
//! interactive prompts.
//!
//! A command passes [`report::Update`]s and one [`report::Report`] to the [`Reporter`], which writes them with a
//! [`format_writer::FormatWriter`].

mod clap_error;
pub(crate) mod escape;
mod format_writer;
mod formats;
mod http_log;
mod progress;
mod report;
mod reporter;
#[cfg(test)]
mod schema_gen;
pub(crate) mod stats;
mod streams;
pub(crate) mod table;
mod text_writer;

pub(crate) use clap_error::print_clap_error;
#[cfg(test)]
pub(crate) use formats::ErrorDocument;
pub(crate) use formats::Format;
pub(crate) use http_log::HttpLog;
pub(crate) use progress::{MessageProgress, ProgressEvent};
pub(crate) use report::{Formats, Report, Rows, Update};
pub(crate) use reporter::Reporter;
#[cfg(test)]
pub(crate) use schema_gen::{document_schema, lines_schema};
pub(crate) use text_writer::{BAD, BOLD, DIM, HINT, TextStyle, TextWriter, style_of};
