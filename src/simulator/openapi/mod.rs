//! The OpenAPI document. A test generates it from the routes and the types of their bodies. All other tests validate
//! each response against it.

#[cfg(test)]
pub mod bodies;
#[cfg(test)]
pub mod document;
#[cfg(test)]
pub mod operation;

/// The text of the document, which `/_simulator/openapi.json` returns.
pub const TEXT: &str = include_str!("openapi.json");
