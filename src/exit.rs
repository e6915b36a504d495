//! Exit codes of the program.

#[cfg(test)]
mod tests;

use crate::api::ApiError;
use crate::host::Interrupt;
use crate::model::Verdict;

/// The exit code of a command. If several codes apply, [`Exit::combine`] selects the first in the order of these
/// variants. `sendivent help exit-codes` prints this order below its table, without 126 and 127.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "`Exit::meaning` explains each")]
pub enum Exit {
    Interrupted,
    Terminated,
    /// `simulator run` started a program, which exited with this code. `simulator run` exits with the same code, unless
    /// SIGINT or SIGTERM ended `sendivent` itself.
    Program(u8),
    NoProgram,
    CannotStart,
    Auth,
    Partial,
    Error,
    Usage,
    Refused,
    NotFound,
    RateLimited,
    Unavailable,
    NotDelivered,
    Timeout,
    Pending,
    Ok,
}

impl Exit {
    /// All exit codes except [`Exit::Program`], in ascending order.
    pub const ALL: [Self; 16] = [
        Self::Ok,
        Self::Error,
        Self::Usage,
        Self::NotDelivered,
        Self::Auth,
        Self::Refused,
        Self::NotFound,
        Self::RateLimited,
        Self::Pending,
        Self::Partial,
        Self::Unavailable,
        Self::Timeout,
        Self::CannotStart,
        Self::NoProgram,
        Self::Interrupted,
        Self::Terminated,
    ];

    fn code_and_name(self) -> (u8, &'static str) {
        match self {
            Self::Ok => (0, "ok"),
            Self::Error => (1, "error"),
            Self::Usage => (2, "usage"),
            Self::NotDelivered => (3, "not_delivered"),
            Self::Auth => (4, "auth"),
            Self::Refused => (5, "refused"),
            Self::NotFound => (6, "not_found"),
            Self::RateLimited => (7, "rate_limited"),
            Self::Pending => (8, "pending"),
            Self::Partial => (9, "partial"),
            Self::Unavailable => (69, "unavailable"),
            Self::Timeout => (124, "timeout"),
            Self::CannotStart => (126, "cannot_start"),
            Self::NoProgram => (127, "no_program"),
            Self::Interrupted => (130, "interrupted"),
            Self::Terminated => (143, "terminated"),
            Self::Program(code) => (code, "program"),
        }
    }

    /// Returns the number that the process exits with.
    pub fn code(self) -> u8 {
        self.code_and_name().0
    }

    /// Returns the name that JSON documents contain as `outcome`, such as `not_delivered`.
    pub fn name(self) -> &'static str {
        self.code_and_name().1
    }

    /// Returns the explanation that `help exit-codes` and the man page print.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "Done; with waiting: every message reached the goal.",
            Self::Error => "Unexpected error.",
            Self::Usage => "Invalid flag or input; nothing was sent.",
            Self::NotDelivered => "Not delivered: failed, suppressed or cancelled.",
            Self::Auth => "No key, or the service rejected it (401).",
            Self::Refused => "The service rejected the request (400, 402, 403, 409, 422).",
            Self::NotFound => "No such event or notification (404).",
            Self::RateLimited => "Rate limited (429) after all retries that time allowed.",
            Self::Pending => "Not settled yet, or stdout was closed.",
            Self::Partial => "Some succeeded, others failed or were not sent.",
            Self::Unavailable => {
                "No verdict: the service could not be reached or kept failing. A send prints its \
                 idempotency key."
            }
            Self::Timeout => "The deadline passed; nothing is known to be wrong.",
            Self::CannotStart => "The program of `simulator run` is not executable.",
            Self::NoProgram => "The program of `simulator run` was not found.",
            Self::Interrupted => "Interrupted by Ctrl-C (SIGINT). The journal is complete.",
            Self::Terminated => "Terminated by SIGTERM. The journal is complete.",
            Self::Program(_) => "The exit code of the program of `simulator run`.",
        }
    }

    /// Returns the exit code of a command with several results: the code that comes first in the order of the variants.
    /// If some results succeeded and others failed, [`Exit::Partial`] is one of the candidates. Without results,
    /// returns [`Exit::Ok`].
    pub fn combine(all: impl IntoIterator<Item = Self>) -> Self {
        let all: Vec<Self> = all.into_iter().collect();
        let first = all.iter().copied().min().unwrap_or(Self::Ok);
        match all.contains(&Self::Ok) && all.iter().any(|exit| exit.is_bad()) {
            true => first.min(Self::Partial),
            false => first,
        }
    }

    /// Returns whether the code means that something failed, as opposed to pending or unknown. Together with a success,
    /// such a code makes the result [`Exit::Partial`].
    fn is_bad(self) -> bool {
        // Unavailable and Pending mean neither success nor failure.
        matches!(
            self,
            Self::Error
                | Self::Usage
                | Self::NotDelivered
                | Self::Refused
                | Self::NotFound
                | Self::RateLimited
        )
    }
}

impl From<&ApiError> for Exit {
    fn from(api_error: &ApiError) -> Self {
        match api_error.status {
            401 => Self::Auth,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            // Only proxies respond with 407.
            407 => Self::Unavailable,
            // A 2xx with an error body is a rejection, too.
            200..=299 | 400..=499 | 501 | 505 => Self::Refused,
            // Only the simulator responds with 507, when its disk is full.
            507 => Self::Error,
            _ => Self::Unavailable,
        }
    }
}

impl From<Interrupt> for Exit {
    fn from(interrupt: Interrupt) -> Self {
        match interrupt {
            Interrupt::Interrupted => Self::Interrupted,
            Interrupt::Terminated => Self::Terminated,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Reached => Self::Ok,
            Verdict::NotDelivered => Self::NotDelivered,
            Verdict::Partial => Self::Partial,
            Verdict::Pending => Self::Pending,
        }
    }
}
