//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

/// The empty world that commands run in, and how their transcripts read.
mod harness;
/// JSON: every document of every command against its published schema.
mod json;
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
