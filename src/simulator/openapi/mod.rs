//! The OpenAPI document. A test generates it from the routes and from the types of their bodies, and compares every
//! response of the other tests with it.

#[cfg(test)]
pub mod bodies;
#[cfg(test)]
pub mod document;
#[cfg(test)]
pub mod operation;

/// The document, as it is served.
pub const TEXT: &str = include_str!("openapi.json");
