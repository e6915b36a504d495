//! The contacts API's view of a contact: what a request changes, which values it may have, and how the service returns
//! it. Pure.

mod check;
mod derived;
mod patch;
mod resource;

pub use check::check;
pub use patch::{ContactPatch, identifiers};
pub use resource::ContactResource;
