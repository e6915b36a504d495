//! Scenarios: what a recipient makes happen. [`table`] lists the simulator's own recipients, [`third_party`] the test
//! addresses of other services; the same data resolves recipients and documents them.

mod behavior;
mod documentation;
mod resolve;
mod table;
#[cfg(test)]
mod tests;
mod third_party;

pub(super) use behavior::Behavior;
pub use documentation::{RecipientRow, recipients};
pub(super) use resolve::{ScenarioMatch, resolve_scenario};
pub(super) use table::{LISTENER, PREFIX};
