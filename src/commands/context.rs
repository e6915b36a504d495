//! What every command is given.

use crate::config::Session;
use crate::host::Host;
use crate::report::HttpObserver;

/// What every command is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where the run looks.
    pub session: &'a Session,
    /// The outside world.
    pub host: &'a Host,
    /// Who sees what goes over the way to the service.
    pub observer: &'a dyn HttpObserver,
}
