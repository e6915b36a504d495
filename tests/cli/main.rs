//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

/// Several processes on the same files.
mod concurrency;
/// The empty world that commands run in, and how their transcripts read.
mod harness;
/// `kill -9` at any moment.
mod killed;
/// Real processes in homes of their own, and what their files hold.
mod process;
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
