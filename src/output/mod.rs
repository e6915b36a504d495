//! Shows what a command found: the one door to stdout and stderr.

mod aside;
mod clap_error;
mod csv;
mod escape;
mod ids;
mod json;
mod json_account;
mod json_error;
mod json_simulator;
mod json_update;
mod json_webhooks;
mod machine;
mod masker;
mod presenter;
mod progress;
mod ran;
mod serve;
mod stats;
mod table;
mod text;
mod text_account;
mod text_activity;
mod text_explain;
mod text_simulator;
mod text_status;
mod text_webhooks;
mod trace;
mod typed;
mod updates;
mod view;

pub use clap_error::show_clap_error;
pub use presenter::Presenter;
pub use trace::Trace;
