//! Shows what a command found: the one door to stdout and stderr.

mod csv;
mod escape;
mod json;
mod json_simulator;
mod json_update;
mod machine;
mod presenter;
mod progress;
mod stats;
mod table;
mod text;
mod text_activity;
mod text_explain;
mod text_simulator;
mod text_status;
mod view;

pub use presenter::{Presenter, show_clap_error};
