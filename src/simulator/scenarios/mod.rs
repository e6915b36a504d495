//! Steering: which recipient has which outcome. The tables here are data; the same data steers and is documented.

mod documentation;
mod outcomes;
mod phones;
mod recipient;
#[cfg(test)]
mod tests;
mod third_party;

pub use documentation::{RecipientRow, recipients};
pub use outcomes::Outcome;
pub use recipient::{LISTENER, PREFIX, Steering, steer};
