//! The OpenAPI document. A test generates the document from the routes and the types of their bodies. Other tests of
//! the simulator check every response against the document.

#[cfg(test)]
pub mod bodies;
#[cfg(test)]
pub mod document;
#[cfg(test)]
pub mod operation;

/// The text of the document, which `/_simulator/openapi.json` returns.
pub const TEXT: &str = include_str!("openapi.json");
