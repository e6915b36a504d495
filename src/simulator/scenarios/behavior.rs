use crate::simulator::error_codes::Reason;
use crate::simulator::faults::{BrokenResponse, Fault};
use crate::simulator::timeline::Scenario;

/// What a recipient makes happen, to its message or to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// The message follows this scenario.
    Scenario(Scenario),
    /// The first sends bounce softly, this many of them; later ones are delivered.
    Flaky(u32),
    /// The response is an HTTP error and nothing is stored.
    Http {
        /// 400 to 599.
        status: u16,
        /// For this many requests, or for every request.
        times: Option<u32>,
    },
    /// The transport withholds the response and nothing is stored.
    Fault(Fault),
    /// The send is stored, and its response is broken.
    BrokenResponse(BrokenResponse),
}

impl Behavior {
    /// The code that the message finally has, if any.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Scenario(scenario) => scenario.reason(),
            Self::Flaky(_) => Some(Reason::SoftBounce),
            Self::Http { .. } | Self::Fault(_) | Self::BrokenResponse(_) => None,
        }
    }
}
