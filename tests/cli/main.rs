//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "transcripts are long")]

/// `activity`: lists, filters, statistics, following, tables.
mod activity;
/// The empty world that commands run in, and how their transcripts read.
mod harness;
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
