//! Exit codes: the one table, and how a run comes to its code.

mod earned;
#[cfg(test)]
mod tests;

use crate::api::ApiError;
use crate::client::ClientBuildError;
use crate::config::ServiceError;
use crate::error::Error;
use crate::host::Interrupt;
use crate::model::Verdict;

/// How a run ends. The same for every command, `--simulate` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0
    Ok,
    /// 1
    Error,
    /// 2
    Usage,
    /// 3
    NotDelivered,
    /// 4
    Auth,
    /// 5
    Refused,
    /// 6
    NotFound,
    /// 7
    RateLimited,
    /// 8
    Pending,
    /// 9
    Partial,
    /// 69
    Unavailable,
    /// 124
    Timeout,
    /// 126
    CannotStart,
    /// 127
    NoProgram,
    /// 130
    Interrupted,
    /// 143
    Terminated,
    /// What the program of `simulator run` ended with.
    Program(u8),
}

impl Exit {
    /// Every way of our own to end, by code.
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

    /// Returns the number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::NotDelivered => 3,
            Self::Auth => 4,
            Self::Refused => 5,
            Self::NotFound => 6,
            Self::RateLimited => 7,
            Self::Pending => 8,
            Self::Partial => 9,
            Self::Unavailable => 69,
            Self::Timeout => 124,
            Self::CannotStart => 126,
            Self::NoProgram => 127,
            Self::Interrupted => 130,
            Self::Terminated => 143,
            Self::Program(code) => code,
        }
    }

    /// Returns the word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Usage => "usage",
            Self::NotDelivered => "not_delivered",
            Self::Auth => "auth",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::RateLimited => "rate_limited",
            Self::Pending => "pending",
            Self::Partial => "partial",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::CannotStart => "cannot_start",
            Self::NoProgram => "no_program",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
            Self::Program(_) => "program",
        }
    }

    /// Returns what it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "Done. With waiting: every message reached what was asked.",
            Self::Error => "A fault with no better name.",
            Self::Usage => "A bad flag or bad input. Nothing was sent, ever.",
            Self::NotDelivered => "An answer, and it is no: failed, suppressed or cancelled.",
            Self::Auth => "No key, or the service refused it (401).",
            Self::Refused => "The service refused the request (400, 402, 403, 409, 422).",
            Self::NotFound => "No such event or notification (404).",
            Self::RateLimited => "Still limited after the tries allowed (429).",
            Self::Pending => {
                "Not settled yet, after one look or when the output's reader went away."
            }
            Self::Partial => "Some good, some bad or unsent.",
            Self::Unavailable => {
                "No verdict: the service could not be reached or kept failing. A send says its key."
            }
            Self::Timeout => "The deadline passed. Nothing is known to be wrong.",
            Self::CannotStart => "The program of `simulator run` cannot be started.",
            Self::NoProgram => "There is no such program for `simulator run`.",
            Self::Program(_) => "What the program of `simulator run` ended with.",
            Self::Interrupted => "Interrupted by Ctrl-C (SIGINT). The journal is written.",
            Self::Terminated => "Ended by SIGTERM. The journal is written.",
        }
    }

    /// Returns the code of several things that happened in one run: what ended it first, then what is mixed, then what
    /// is bad, then what is not known.
    pub fn combine(all: impl IntoIterator<Item = Self>) -> Self {
        const ENDED_THE_RUN: [Exit; 5] = [
            Exit::Interrupted,
            Exit::Terminated,
            Exit::Auth,
            Exit::RateLimited,
            Exit::Unavailable,
        ];
        const OTHERWISE: [Exit; 9] = [
            Exit::Partial,
            Exit::Error,
            Exit::Usage,
            Exit::Refused,
            Exit::NotFound,
            Exit::NotDelivered,
            Exit::Timeout,
            Exit::Pending,
            Exit::Ok,
        ];
        let all: Vec<Self> = all.into_iter().collect();
        if let Some(end) = ENDED_THE_RUN.into_iter().find(|exit| all.contains(exit)) {
            return end;
        }
        let bad = [
            Self::Error,
            Self::Usage,
            Self::Refused,
            Self::NotFound,
            Self::NotDelivered,
        ];
        if all.contains(&Self::Ok) && all.iter().any(|exit| bad.contains(exit)) {
            return Self::Partial;
        }
        OTHERWISE
            .into_iter()
            .find(|exit| all.contains(exit))
            .unwrap_or(Self::Ok)
    }
}

impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        match error {
            Error::Usage { .. }
            | Error::Input { .. }
            | Error::Service(ServiceError::Config(_))
            | Error::ClientBuildError(
                ClientBuildError::Proxy { .. } | ClientBuildError::Authorities { .. },
            ) => Self::Usage,
            Error::Service(
                ServiceError::NoKey { .. }
                | ServiceError::KeyInvalid { .. }
                | ServiceError::KeyUnreadable { .. },
            ) => Self::Auth,
            Error::Service(ServiceError::NoProfile { .. }) => Self::NotFound,
            Error::ClientBuildError(ClientBuildError::Tls(_)) | Error::KeyFile { .. } => {
                Self::Error
            }
            Error::Refused { api_error, .. } => api_error.as_ref().into(),
            Error::RateLimited { .. } => Self::RateLimited,
            Error::KeyReused(_) => Self::Refused,
            Error::NotFound { .. } => Self::NotFound,
            Error::OutcomeUnknown { .. }
            | Error::NotUnderstood { .. }
            | Error::ReceiptLost { .. }
            | Error::Unavailable { .. } => Self::Unavailable,
            Error::Store(_) | Error::Journal(_) | Error::Output(_) | Error::Runtime(_) => {
                Self::Error
            }
            Error::Program(error) if error.is_missing() => Self::NoProgram,
            Error::Program(_) => Self::CannotStart,
            Error::Interrupted(interrupt) => (*interrupt).into(),
        }
    }
}

impl From<&ApiError> for Exit {
    fn from(api_error: &ApiError) -> Self {
        match api_error.status {
            401 => Self::Auth,
            404 => Self::NotFound,
            429 => Self::RateLimited,
            // It is a proxy that says so, and not the service.
            407 => Self::Unavailable,
            // A success that says no is a refusal, too.
            200..=299 | 400..=499 | 501 | 505 => Self::Refused,
            // Only the simulator has it: its disk is full, which is no verdict of a service.
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
