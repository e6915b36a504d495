//! Scenarios: what a recipient makes happen. The data in [`table`] resolves recipients and documents them.

mod documentation;
mod resolve;
mod table;
#[cfg(test)]
mod tests;

pub use documentation::{RecipientRow, recipients};
pub use resolve::{ScenarioMatch, resolve_scenario};
pub use table::{Behavior, LISTENER, PREFIX};
