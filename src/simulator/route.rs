//! A route: its path, its handler and its description.

use std::sync::Arc;

use axum::routing::MethodRouter;

#[cfg(test)]
use super::openapi::operation::Operation;
use super::store::Store;

/// A method of a path. Created by [`routes!`].
pub struct Route {
    /// A template with `{parameters}`.
    pub path: &'static str,
    /// Accepts the route's method only.
    pub handler: MethodRouter<Arc<Store>>,
    /// In lower case.
    #[cfg(test)]
    pub method: &'static str,
    #[cfg(test)]
    pub operation: Operation,
}

/// Creates an array of [`Route`]s from rows `method path handler => operation;`. A row without an operation does not
/// compile. Only tests evaluate the operations, so that they cost a release nothing.
macro_rules! routes {
    ($($method:ident $path:literal $handler:expr => $operation:expr;)*) => {
        [$($crate::simulator::route::Route {
            path: $path,
            handler: axum::routing::$method($handler),
            #[cfg(test)]
            method: stringify!($method),
            #[cfg(test)]
            operation: $operation,
        }),*]
    };
}

pub(super) use routes;
