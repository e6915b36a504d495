//! Contacts in requests and responses: validation, the changes that a request makes, and the JSON that the contacts API
//! returns. Pure functions.

mod check;
mod derived;
mod patch;
mod resource;

pub use check::check;
pub use patch::{ContactPatch, identifiers};
pub use resource::ContactResource;
