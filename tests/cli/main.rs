//! Tests of the command line: arguments in; stdout, stderr and exit code out.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(clippy::too_many_lines, reason = "transcripts are long")]

/// `activity` of the simulator: lists, filters, statistics, `--follow`, tables.
mod activity;
/// `activity` of a live service, from the journal.
mod activity_live;
/// Committed man pages and completion scripts match the generated ones.
mod assets;
/// `cancel`.
mod cancel;
/// Completion of ids, through the protocol that the shell scripts use.
mod completion;
/// Several processes on the same database files.
mod concurrency;
/// SIGKILL during a send over the network: before, between and after journal row, request and response.
mod crash_network;
/// SIGKILL at any time of a simulated send.
mod crash_simulated;
/// The simulator's file and the journal: what is accepted as a database, permissions, full disks.
mod database_files;
/// `doctor`: every check and its exit code.
mod doctor;
/// `explain`: every topic, and why a notification ended as it did.
mod explain;
/// A server that follows a script of faults, and the environment of a client that calls it.
mod fault_server;
/// CSV and bare ids: headers, quoting, pipes, and formats that a command does not support.
mod formats;
/// The test environment that commands run in, and their transcripts.
mod harness;
/// The modules of `src/` and the dependencies between their files.
mod import_graph;
/// SIGINT and SIGTERM during each phase of a command.
mod interrupts;
/// Every JSON document of every command matches its published schema.
mod json;
/// The API key appears nowhere but in its own file and the `Authorization` header.
mod key_redaction;
/// Keys, profiles, the settings file and the confirmation of live sends.
mod keys;
/// The layers of `src/`: allowed imports, no cycles, and where crates may be used.
mod layering;
/// `login` at a real terminal.
mod login;
/// A thousand sends over connections that are cut: each is stored exactly once.
mod network_exactly_once;
/// Every exit code, each from a server that causes it.
mod network_exit_codes;
/// Malformed and hostile responses, each with its exit code, within the timeout.
mod network_faults;
/// Invalid certificates, broken TLS connections, proxies, and a valid setup.
mod network_tls;
/// No network, unresolvable hosts, unreachable DNS servers.
mod network_unreachable;
/// `watch` over the network: outages, connection reuse, the rate limit.
mod network_watch;
/// Every outcome of a send, with its exit code.
mod outcomes;
/// `--no-pii`: no output, error or file contains personal data.
mod privacy;
/// Real processes in their own home directories, and queries of their database files.
mod process;
/// Progress lines of a watch, as a terminal displays them.
mod progress_lines;
/// Prompts at a real terminal.
mod prompts;
/// The README's commands print what the README shows.
mod readme;
/// `simulator run`: programs of several kinds, with real HTTP clients.
mod run;
/// `send`: receipts, recipients, payloads, idempotency keys, waiting.
mod send;
/// `simulator serve`: the port, faults, the log, shutdown.
mod serve;
/// `simulator serve`: malformed requests, many clients, SIGKILL under load.
mod serve_robustness;
/// Text from the service in the output: ids, errors, recipients, statuses.
mod service_text;
/// Settings from flags and the environment, `whoami`, `help`.
mod settings;
/// `simulator …`: the clock, the suppression list, message timelines, a reset.
mod simulator;
/// A `simulator serve` process, and a client that writes raw HTTP.
mod simulator_server;
/// `status`: single polls, explanations, sources of ids.
mod status;
/// Closed and full streams, empty environments, and control characters in text.
mod streams;
/// A service on loopback that answers with given responses and records requests.
mod stub_service;
/// One scenario through both transports produces the same transcript.
mod transports;
/// `-v`: requests and responses on stderr, without secrets.
mod verbose;
/// `watch`: changes, verdicts, deadlines, interrupts.
mod watch;
/// `webhook verify` and `simulator webhooks`.
mod webhooks;
