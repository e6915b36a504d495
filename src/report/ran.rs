//! What `simulator run` found.

use crate::api::control::{MessageRow, Statistics};

/// What a program sent while it ran, and what became of it, and will.
#[derive(Debug)]
pub struct Ran {
    /// What the program ended with.
    pub code: u8,
    /// How many requests the simulator had.
    pub requests: u64,
    /// How many of them were refused, by status.
    pub refused: Vec<(u16, u64)>,
    /// How many of these because their key was one of production.
    pub refused_live_keys: u64,
    /// The messages that were queued meanwhile, counted as they come to their end.
    pub statistics: Statistics,
    /// Those that failed or were suppressed, or will, newest first.
    pub failures: Vec<MessageRow>,
    /// Whether there are more of these.
    pub more_failures: bool,
}
