//! Arguments that several subcommands share, and parsers of argument values.

mod choices;
pub mod global;
pub mod ids;
pub mod recipients;
mod settings;
pub mod values;
