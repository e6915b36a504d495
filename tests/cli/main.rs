//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "transcripts are long")]

/// `activity`: lists, filters, statistics, following, tables.
mod activity;
/// Man pages and completion scripts: the committed ones against those that are generated.
mod assets;
/// Completion of ids, through the protocol that the scripts speak.
mod completion;
/// CSV and bare ids: headers, quoting, pipes, and the formats that a command lacks.
mod formats;
/// The empty world that commands run in, and how their transcripts read.
mod harness;
/// JSON: every document of every command against its published schema.
mod json;
/// Rooms and crates: who may import whom.
mod layering;
/// `cancel`, `explain`, `whoami`, `help`, `simulator …`.
mod others;
/// The README's commands print what the README shows.
mod readme;
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
/// `status`: looks, explanations, where ids come from.
mod status;
/// `watch`: changes, verdicts, deadlines, interrupts.
mod watch;
