//! Scenarios: what a recipient makes happen. [`table`] lists the simulator's own recipients, [`third_party`] the test
//! addresses of other services; the same data resolves recipients and documents them.

mod documentation;
mod resolve;
mod table;
#[cfg(test)]
mod tests;
mod third_party;

pub use documentation::{RecipientRow, recipients};
pub use resolve::{ScenarioMatch, resolve_scenario};
pub use table::{Behavior, LISTENER, PREFIX};
