//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

/// Several processes on the same files.
mod concurrency;
/// The simulator's file and the journal: what they may be, and who may read them.
mod files;
/// The empty world that commands run in, and how their transcripts read.
mod harness;
/// SIGINT and SIGTERM, at moments that matter.
mod interrupts;
/// `kill -9` at any moment.
mod killed;
/// Real processes in homes of their own, and what their files hold.
mod process;
/// A real terminal with somebody at it.
mod prompts;
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
/// Streams that close or fill up, empty environments, and text that means harm.
mod streams;
