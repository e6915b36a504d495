//! `sendivent`: a command-line client for the Sendivent notification API, and an offline simulator of it.
//!
//! # Two ideas
//!
//! **The simulator implements the service's HTTP API.** It is an [`axum::Router`] over a SQLite file. `sendivent simulator
//! serve` binds that router to a port; `--simulate` calls the same router in process. The client has one code path for both:
//! build an HTTP request, pass it to a transport, decode the response, decide whether to retry.
//!
//! **Timelines are computed once and stored.** When the simulator accepts a send, a pure function computes every status that
//! each message will have, and when. Reading a message is a query at the current virtual time. No status changes in the
//! background, so separate processes read the same statuses, `kill -9` loses nothing, and tests move the clock instead of
//! sleeping.
//!
//! # Flow of one command
//!
//! ```text
//! argv ── app: parse ──> arguments ── Command::validate ──> input ── Command::run ──> client ──> transport ─┬─ network
//!                                        (config, stdin,               │      ▲         journal             └─ router
//!                                         files, prompts)              │      └── model types, Failure
//!                                              updates while it runs ──┴──> Reporter, one Report at the end
//!                                                                              │
//!                       exit code = report.exit() or error.exit()    output: text | json | csv | ids
//! ```
//!
//! 1. `main` builds the [`host::Host`]: arguments, environment, streams, terminal, clock, entropy, signals. Nothing else
//!    uses the process's globals, so that a test can run a command with a [`host::TestHost`].
//! 2. [`app::run`] parses the arguments and dispatches to a `commands::Command`. Its `validate` rejects
//!    invalid input (exit code 2) before anything is written or sent, as far as this is possible without the service.
//! 3. `Command::run` returns a report or an `error::Error`. It prints nothing; updates go to `output::Reporter`.
//! 4. A report has methods for its exit code, text, CSV rows and ids; its JSON is derived with serde. `redact::Pii` masks
//!    personal data when a value is added to a report, so that no output format can forget `--no-pii`.
//!
//! # Where to look
//!
//! | question | answer |
//! |---|---|
//! | What happens on a 429? | The documentation of `client` has a table of all failures and a list for polls, with the exit codes. The code: `client::retry` decides whether a request is repeated, `commands::send::outcome` what a failed send means, `StopReason::of_permanent` in `commands::poll::report` whether polling ends, `commands::poll::pacer` when the next poll starts. |
//! | Which exit code does a command have? | `output::Reporter` returns it: from `Report::exit` of the command's report, or from `error::Error::exit`. [`exit::Exit`] has the codes, their precedence (`Exit::combine`) and the code of an HTTP status. The codes of failed requests are in `error::request_failure`, those of polls in `StopReason::exit`. Syntax errors, `--help` and `--version` end in `output::clap_error`, a panic in [`app::run`]. |
//! | How does a recipient become a final status? | The command line: `commands::args::recipients` and `model::recipient`. The send: `simulator::sending` calls `simulator::routing`, where `RecipientRoute::resolve` selects the channel and its identifier, finds the scenario of the identifier in `simulator::scenarios`, and rejects the request for an HTTP error, a timeout or a reset. Otherwise `store_notification` checks the suppression list, and stores the steps that `Timeline::new` in `simulator::timeline` computes. The read: `StoredMessage::snapshot` in `simulator::store::messages` returns the status at the current virtual time. The verdict: `model::verdict`. |
//! | When is a message settled? | The table in `model::verdict`. |
//! | What is stored before a request? | `journal` |
//!
//! | module | contents |
//! |---|---|
//! | [`host`] | the process: arguments, environment, streams, terminal, clock, entropy, signals, child processes |
//! | `model` | the domain types, such as messages and recipients, with serde |
//! | [`text`], [`sqlite`] | formatting strings for display; opening database files |
//! | `api` | the service's contract beyond the model: endpoints, errors, keys, webhook signatures |
//! | `journal`, `config` | what this machine sent; settings, profiles, keys |
//! | [`simulator`] | router and handlers, scenarios, timelines, storage, webhooks, server |
//! | `client` | transports, retries, rate limit, classification of errors |
//! | `redact`, `output`, `error`, [`exit`], `prompt` | `--no-pii`; formats, tables, progress; errors; exit codes; prompts |
//! | [`commands`] | one file or folder per subcommand |
//! | [`app`] | running a command, from arguments to exit code |
//!
//! Dependencies point downwards only: `host`, `model`, `text`, `sqlite` · `api` · `journal`, `config`, `simulator` · `client` ·
//! `redact`, `error`, `exit`, `output`, `prompt` · `commands` · `app`. A test checks this, and that no files import each
//! other in a cycle.
//!
//! # Contributing
//!
//! **Add a subcommand.** One file in `src/commands/` with a clap struct, whose doc comments are its help, `impl Command`, and
//! a report with `impl Report`. A line in `Commands` and a `mod` line (`src/commands/mod.rs`), a line in the list of schemas
//! (`src/commands/schema/list.rs`) with an empty file beside it in `json/`, and a transcript test in `tests/cli/`. Then
//! `UPDATE_ASSETS=1 cargo test assets` writes man page and JSON Schema.
//!
//! **Add a field to a message.** The field in `model::Message` (`src/model/notification.rs`). In the simulator a column in
//! `store/schema.rs`, its reading and writing in `store/messages.rs`, and what decides it in `timeline.rs` or `sending.rs`.
//! JSON, JSON Schemas and OpenAPI follow. CSV has fixed columns: a new one goes to the end of `commands/message_rows.rs`.
//!
//! **Add an endpoint.** A handler in `src/simulator/handlers/`, and its row in `src/simulator/routes.rs`, which registers and
//! describes it. For the client also the types of its bodies in `src/api/` or `src/model/`, and a method in
//! `src/client/endpoints.rs`.
//!
//! **Add an output format.** One file in `src/output/formats/` with `impl FormatWriter`, and its lines in
//! `src/output/formats.rs`.
//!
//! **Add a scenario.** A row in `src/simulator/scenarios/table.rs`; the table of `simulator recipients` follows. A new kind
//! of timeline is a variant of `MessageScenario` in `timeline.rs`, a new error code a row in `error_codes.rs` and a help topic
//! in `src/model/help_topics/topics.md`.
//!
//! **Change a retry rule.** Pauses and attempts: `pause_before_retry` in `src/client/retry.rs`, a pure function with a table
//! as its test. Which statuses and transport errors are transient: `ApiError::is_transient`, `TransportError`. Pauses between
//! polls: `Pacer` in `src/commands/poll/`. The table in `client` describes them all.
//!
//! **Run the checks.** `.ci/run`: formatting, clippy, documentation, tests. `UPDATE_EXPECT=1 cargo test` rewrites transcripts,
//! `UPDATE_ASSETS=1 cargo test assets` the generated files. `cargo bench` measures whole processes, network and server.

mod api;
pub mod app;
mod client;
pub mod commands;
mod config;
mod error;
pub mod exit;
pub mod host;
mod journal;
mod model;
mod output;
mod prompt;
mod redact;
#[cfg(test)]
mod schema_gen;
pub mod simulator;
pub mod sqlite;
pub mod text;
