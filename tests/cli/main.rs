//! The command line, tested through its front door: arguments in, stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::too_many_lines, reason = "transcripts are long")]

/// `activity`: lists, filters, statistics, following, tables.
mod activity;
/// Man pages and completion scripts: the committed ones against those that are generated.
mod assets;
/// `cancel`.
mod cancel;
/// Completion of ids, through the protocol that the scripts speak.
mod completion;
/// Several processes on the same files.
mod concurrency;
/// `explain`: every word, and what decided a notification.
mod explain;
/// The simulator's file and the journal: what they may be, and who may read them.
mod files;
/// CSV and bare ids: headers, quoting, pipes, and the formats that a command lacks.
mod formats;
/// The empty world that commands run in, and how their transcripts read.
mod harness;
/// SIGINT and SIGTERM, at moments that matter.
mod interrupts;
/// JSON: every document of every command against its published schema.
mod json;
/// `kill -9` at any moment.
mod killed;
/// Rooms and crates: who may import whom.
mod layering;
/// Live lines on a terminal, as they really stand on its screen.
mod live;
/// A server of our own, and a client that sees every byte.
mod port;
/// `--no-pii`: nothing that identifies anybody goes out, whatever goes wrong.
mod privacy;
/// Real processes in homes of their own, and what their files hold.
mod process;
/// A real terminal with somebody at it.
mod prompts;
/// The README's commands print what the README shows.
mod readme;
/// `simulator run`: programs of every kind, with real clients.
mod run;
/// `send`: receipts, recipients, payloads, keys, waiting.
mod send;
/// `simulator serve`: the port, its faults, its log, its end.
mod serve;
/// Clients that mean harm, and a server that is killed.
mod serve_hardness;
/// Settings from flags and the environment, `whoami`, `help`.
mod settings;
/// `simulator …`: the clock, the suppression list, the future, a reset.
mod simulator;
/// `status`: looks, explanations, where ids come from.
mod status;
/// Streams that close or fill up, empty environments, and text that means harm.
mod streams;
/// Every way that a message can go, from the send to the exit code.
mod tour;
/// `watch`: changes, verdicts, deadlines, interrupts.
mod watch;
/// `webhook verify` and `simulator webhooks`.
mod webhooks;
