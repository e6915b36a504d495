//! What every command is given.

use crate::config::Session;
use crate::report::Witness;
use crate::world::World;

/// What every command is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where the run looks.
    pub session: &'a Session,
    /// The outside world.
    pub world: &'a World,
    /// Who sees what goes over the way to the service.
    pub witness: &'a dyn Witness,
}
