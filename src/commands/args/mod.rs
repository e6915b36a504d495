//! Arguments that several subcommands share, and readers of single values.

pub mod global;
pub mod goal;
pub mod ids;
pub mod recipients;
pub mod values;
