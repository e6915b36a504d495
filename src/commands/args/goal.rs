//! What `watch --for` and `send --wait` wait for.

use crate::config::Choice;
use crate::model::Goal;

/// The values of `--for` and `--wait`.
pub const GOALS: [Choice<Goal>; 3] = [
    ("settled", "Final status for its channel", Goal::Settled),
    ("sent", "Handed to the provider", Goal::Sent),
    ("delivered", "Confirmed as delivered", Goal::Delivered),
];
