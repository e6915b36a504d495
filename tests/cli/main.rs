//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

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
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
