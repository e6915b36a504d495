//! The code that a report earns.

use super::Exit;
use crate::report::{
    ActivitySource, Check, Freshness, Looked, Report, SendOutcome, SendResult, Sent, State,
    StopReason, Trouble, Watched, WhoAmI,
};

impl Exit {
    /// Returns the code that a report earns.
    pub fn of(report: &Report) -> Self {
        match report {
            Report::Sent(sent) => of_sent(sent),
            Report::Looked(looked) => of_looked(looked),
            Report::Watched(watched) => of_watched(watched),
            Report::Webhooks(found) if found.is_no() => Self::NotDelivered,
            Report::Followed(Some(interrupt)) => (*interrupt).into(),
            Report::Ran(ran) => Self::Program(ran.code),
            Report::Activity(list) => of_list(&list.of),
            Report::WhoAmI(WhoAmI::NoCredentials(_)) => Self::Auth,
            Report::Diagnosis(checks) => {
                let troubles = checks.iter().map(of_check);
                Self::combine(troubles.filter(|exit| *exit != Self::Ok))
            }
            Report::Preview(_)
            | Report::Followed(None)
            | Report::Cancelled(_)
            | Report::Topics(_)
            | Report::Explained(_)
            | Report::ExplainedNotification(_)
            | Report::LoggedIn(_)
            | Report::LoggedOut(_)
            | Report::WhoAmI(WhoAmI::Service(_) | WhoAmI::Simulator { .. })
            | Report::JournalPath(_)
            | Report::Pruned(..)
            | Report::Recipients(_)
            | Report::Clock(_)
            | Report::Suppressions(_)
            | Report::SuppressionsChanged(_)
            | Report::Timeline(_)
            | Report::Reset(_)
            | Report::Stopped(_)
            | Report::Webhooks(_)
            | Report::Text(_) => Self::Ok,
        }
    }
}

/// Returns the code of a send. What was accepted and followed counts by its verdict, not by its acceptance.
fn of_sent(sent: &Sent) -> Exit {
    let followed = sent.watched.is_some();
    let sends = sent
        .results
        .iter()
        .filter_map(|result| of_outcome(&result.outcome))
        .filter(|exit| !followed || *exit != Exit::Ok);
    let watched = sent.watched.as_ref().map(of_watched);
    let interrupted = sent.interrupted.map(Exit::from);
    let mut exits: Vec<Exit> = sends.chain(watched).chain(interrupted).collect();
    let is_unsent = |result: &SendResult| result.outcome == SendOutcome::Unsent;
    if sent.results.iter().any(is_unsent) {
        // Why the run stopped has a code already, but for an error that was printed as a warning.
        match exits.contains(&Exit::Ok) {
            true => exits.push(Exit::Partial),
            false if exits.is_empty() => exits.push(Exit::Error),
            false => {}
        }
    }
    Exit::combine(exits)
}

/// Returns the code of one send; `None` for one that was not attempted.
fn of_outcome(outcome: &SendOutcome) -> Option<Exit> {
    match outcome {
        SendOutcome::Accepted { .. } => Some(Exit::Ok),
        SendOutcome::Refused(api_error) => Some(api_error.into()),
        SendOutcome::RateLimited { .. } => Some(Exit::RateLimited),
        SendOutcome::NotUnderstood { .. } | SendOutcome::Unknown { .. } => Some(Exit::Unavailable),
        SendOutcome::TooLate => Some(Exit::Timeout),
        SendOutcome::Unsent => None,
    }
}

fn of_looked(looked: &Looked) -> Exit {
    let found = looked.found.iter().map(|found| match &found.notification {
        None => Exit::NotFound,
        Some(notification) if looked.exit_status => {
            use crate::model::{Counts, Goal};
            Counts::of(notification, Goal::Settled).verdict().into()
        }
        Some(_) => Exit::Ok,
    });
    Exit::combine(found.chain(unknown(looked.unknown)))
}

/// Returns the code of a list: one that could not be brought up to date is no verdict.
fn of_list(of: &ActivitySource) -> Exit {
    match of {
        ActivitySource::Journal {
            refreshed: Freshness::Failed(ended),
            ..
        } => of_end(ended, Exit::Ok),
        ActivitySource::Journal {
            refreshed: Freshness::Yes | Freshness::Offline,
            ..
        }
        | ActivitySource::Simulator => Exit::Ok,
    }
}

fn of_check(check: &Check) -> Exit {
    match check.state {
        State::Ok | State::Warn => Exit::Ok,
        State::Fail(Trouble::Settings) => Exit::Usage,
        State::Fail(Trouble::Key) => Exit::Auth,
        State::Fail(Trouble::Profile) => Exit::NotFound,
        State::Fail(Trouble::Refused) => Exit::Refused,
        State::Fail(Trouble::Network) => Exit::Unavailable,
        State::Fail(Trouble::File) => Exit::Error,
    }
}

/// Returns the code of sends whose outcome nobody knows, if there are any.
fn unknown(count: usize) -> Option<Exit> {
    (count > 0).then_some(Exit::Unavailable)
}

fn of_watched(watched: &Watched) -> Exit {
    let verdict = Exit::from(watched.counts.verdict());
    let missing = watched.found.iter().any(|found| found.missing);
    let known = match (missing, verdict) {
        (true, Exit::Ok) if watched.counts.good > 0 => Exit::Partial,
        (true, Exit::Ok | Exit::Pending) => Exit::NotFound,
        (_, verdict) => verdict,
    };
    let end = of_end(&watched.ended, known);
    Exit::combine([end].into_iter().chain(unknown(watched.unknown)))
}

/// Returns the code of an end: its own, or that of what is known.
fn of_end(ended: &StopReason, known: Exit) -> Exit {
    match ended {
        StopReason::Interrupted(interrupt) => (*interrupt).into(),
        StopReason::Refused(api_error) => api_error.as_ref().into(),
        StopReason::Unavailable(_) => Exit::Unavailable,
        StopReason::Deadline if known == Exit::Pending => Exit::Timeout,
        StopReason::Settled
        | StopReason::LookedOnce
        | StopReason::Deadline
        | StopReason::NobodyReads => known,
    }
}
