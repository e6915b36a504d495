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
/// One scenario through both transports: the same transcript.
mod contract;
/// `doctor`: every line, and every way to its exit code.
mod doctor;
/// `explain`: every word, and what decided a notification.
mod explain;
/// The simulator's file and the journal: what they may be, and who may read them.
mod files;
/// CSV and bare ids: headers, quoting, pipes, and the formats that a command lacks.
mod formats;
/// The empty namespace that commands run in, and how their transcripts read.
mod harness;
/// A server that does what a script says, well or badly, and somebody who calls it.
mod hostile;
/// The modules of `src/` and the dependencies between their files.
mod import_graph;
/// SIGINT and SIGTERM, at moments that matter.
mod interrupts;
/// JSON: every document of every command against its published schema.
mod json;
/// Keys, profiles, the settings file and the live guard.
mod keys;
/// `kill -9` at any moment.
mod killed;
/// The layers of `src/`: allowed imports, no cycles, and where crates may be used.
mod layering;
/// `activity` of a live service, made of the journal.
mod ledger;
/// Live lines on a terminal, as they really stand on its screen.
mod live;
/// Keys at a real terminal.
mod login;
/// A hostile server: every way an answer can be wrong, each with its exit code, in time.
mod network;
/// Every exit code, each from a server that causes it.
mod network_codes;
/// No network, names that nobody has, DNS servers that are dead.
mod network_gone;
/// The API key: it is nowhere but where it is kept, whoever repeats it.
mod network_key;
/// `kill -9` between row, request, answer and row.
mod network_killed;
/// A thousand sends over a line that is cut: each is stored once, and no more.
mod network_rounds;
/// Certificates that are wrong in every way, encryption that breaks, and one that is right.
mod network_tls;
/// `watch` over the network: outages, one pool of connections, the rate budget.
mod network_watch;
/// What the service says, as it comes to people: ids, faults, refusals, waits.
mod network_words;
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
/// A service on loopback that answers as it is told.
mod service;
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
/// `-v`: what goes over the way, for everybody to see.
mod verbose;
/// `watch`: changes, verdicts, deadlines, interrupts.
mod watch;
/// `webhook verify` and `simulator webhooks`.
mod webhooks;
