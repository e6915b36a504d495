//! Scenarios: what happens to a message or to a request because of its recipient. The same data in [`table`] resolves
//! recipients and documents them.

mod documentation;
mod resolve;
mod table;
#[cfg(test)]
mod tests;

pub use documentation::{RecipientRow, recipients};
pub use resolve::{ScenarioMatch, resolve_scenario};
pub use table::{Behavior, LISTENER, PREFIX};
