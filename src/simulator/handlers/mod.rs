//! Handlers: each reads its request, runs one transaction, and returns a response. Those of webhooks are in `webhooks`.

pub mod cancel;
pub mod clock;
pub mod contacts;
pub mod control;
pub mod events;
pub mod messages;
pub mod notifications;
pub mod send;
pub mod suppressions;

use serde::Serialize;

/// The envelope of the service's lists: `{"success": true, "data": …}`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "{T}Envelope"))]
pub struct Data<T> {
    /// Always true.
    #[cfg_attr(test, schemars(extend("const" = true)))]
    success: bool,
    /// The result.
    data: T,
}

impl<T> Data<T> {
    pub fn new(data: T) -> Self {
        let success = true;
        Self { success, data }
    }
}
