//! Output: what a command found, in the format that was asked for. Nothing else writes to stdout or stderr.
//!
//! A command hands [`report::Update`]s and one [`report::Report`] to the [`Reporter`], whose [`format::Format`] writes them.

mod clap_error;
mod csv;
pub(crate) mod escape;
mod format;
mod http_log;
mod ids;
mod json;
mod notes;
mod progress;
mod report;
mod reporter;
pub(crate) mod stats;
mod streams;
pub(crate) mod table;
mod text;
mod text_writer;

pub(crate) use clap_error::print_clap_error;
pub(crate) use http_log::HttpLog;
#[cfg(test)]
pub(crate) use json::ErrorDocument;
pub(crate) use progress::{MessageProgress, ProgressEvent};
pub(crate) use report::{Formats, Report, Rows, Update};
#[cfg(test)]
pub(crate) use report::{document_schema, lines_schema};
pub(crate) use reporter::Reporter;
pub(crate) use text_writer::{BAD, BOLD, DIM, HINT, TextStyle, TextWriter, style_of};
