//! What people should know beside the result: on stderr, in text.

use super::presenter::Presenter;
use super::{json_error, json_update, text};
use crate::config::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::{Counts, Goal, GoalState, goal_state};
use crate::report::{
    ActivityList, ActivitySource, Freshness, Report, SendOutcome, Sent, StopReason, UnresolvedSend,
    Update, Watched, WhoAmI,
};

impl Presenter<'_> {
    /// Says on stderr what people should know beside the result.
    pub(super) fn footer(&self, report: &Report, exit: Exit) {
        if let Report::Ran(ran) = report {
            return self.ran(ran);
        }
        match self.output_settings.format {
            Format::Text => self.footer_text(report),
            Format::Json => self.footer_json(report, exit),
            Format::Csv | Format::Ids => {
                if let Some(watched) = watched_of(report) {
                    // The rows have no room for a reason.
                    if let StopReason::Refused(_) | StopReason::Unavailable(_) = watched.ended {
                        self.ended(watched);
                    }
                    self.resume(watched);
                }
                if let Report::Activity(list) = report
                    && let ActivitySource::Journal { refreshed, .. } = &list.of
                    && matches!(refreshed, Freshness::Failed(_))
                {
                    self.journaled("the list", refreshed);
                }
            }
        }
    }

    /// Says on stderr, as an error document, what the document on stdout has no room for.
    fn footer_json(&self, report: &Report, exit: Exit) {
        let view = self.stderr_view();
        match report {
            Report::WhoAmI(WhoAmI::NoCredentials(keyless)) => {
                let (what, fix) = &keyless.error;
                self.say_json(&json_error::problem("no_key", what, fix, exit, &view));
            }
            Report::Activity(ActivityList {
                of:
                    ActivitySource::Journal {
                        refreshed: Freshness::Failed(ended),
                        ..
                    },
                ..
            }) => {
                let error = not_refreshed(ended);
                let simulated = self.simulated.get();
                self.say_json(&json_error::error(&error, exit, simulated, &view));
            }
            _ => {}
        }
    }

    fn footer_text(&self, report: &Report) {
        match report {
            Report::Activity(list) => self.listed(list),
            Report::Sent(sent) => self.sent(sent),
            Report::LoggedIn(login) => match login.shadowed_by {
                Some(variable) => self.say(&format!(
                    "warning: {variable} is set and goes before it; unset that to use what you stored"
                )),
                None => self.say(&format!(
                    "`{} doctor` tries it with the service",
                    self.output_settings.program
                )),
            },
            Report::WhoAmI(WhoAmI::NoCredentials(keyless)) => {
                let view = self.stderr_view();
                let (what, fix) = &keyless.error;
                self.say(&text::problem(what, fix, &view));
            }
            _ => {}
        }
        if let Some(watched) = watched_of(report) {
            for found in watched.found.iter().filter(|found| found.missing) {
                self.say(&format!(
                    "there is no notification {}; `{} activity` lists what there is",
                    found.id, self.output_settings.program
                ));
            }
            self.ended(watched);
            self.resume(watched);
        }
    }

    /// Says what a list is made of.
    fn listed(&self, list: &ActivityList) {
        let counts_only = list.statistics.is_some() && list.messages.is_empty();
        let shown = crate::text::count_noun(list.messages.len(), "message");
        let more = if list.more { "; -n shows more" } else { "" };
        match &list.of {
            ActivitySource::Simulator if counts_only => {}
            ActivitySource::Simulator => self.say(&format!("{shown} of the simulator{more}")),
            ActivitySource::Journal {
                place,
                unknown,
                refreshed,
                ..
            } => {
                let newest = if list.more { "the newest " } else { "" };
                let shown = match counts_only {
                    true => format!("what was sent from here to {place}"),
                    false => format!("{newest}{shown} sent from here to {place}{more}"),
                };
                self.journaled(&shown, refreshed);
                self.unknown(unknown);
            }
        }
    }

    /// Says what is not in the list, because no answer to it was recorded.
    fn unknown(&self, sends: &[UnresolvedSend]) {
        /// How many lines are enough for people.
        const MOST: usize = 5;
        let view = self.stderr_view();
        for send in sends.iter().take(MOST) {
            let whom = match send.recipient.as_str() {
                "" => String::new(),
                recipient => format!(" to {}", view.recipient(recipient)),
            };
            self.say(&format!(
                "outcome unknown: {}{whom}; repeated with --idempotency-key {} it is sent once",
                view.outside(&send.event),
                view.outside(send.idempotency_key.as_str())
            ));
        }
        if sends.len() > MOST {
            self.say(&format!("outcome unknown: {} more", sends.len() - MOST));
        }
    }

    /// Says what a list is made of, and how fresh it is.
    fn journaled(&self, what: &str, refreshed: &Freshness) {
        let why = match refreshed {
            Freshness::Yes => {
                self.say(what);
                return;
            }
            Freshness::Offline => "as last seen (--offline)".to_owned(),
            Freshness::Failed(StopReason::Refused(api_error)) => {
                format!("not brought up to date: {api_error}")
            }
            Freshness::Failed(StopReason::Unavailable(reason)) => {
                format!("not brought up to date: {reason}")
            }
            Freshness::Failed(_) => "not brought up to date".to_owned(),
        };
        let why = self.stderr_view().outside(&why);
        self.say(&format!("{what}, {why}"));
    }

    /// Says how many were accepted, and how to settle what is not known.
    fn sent(&self, sent: &Sent) {
        let all = sent.results.len();
        let good = sent.results.iter();
        let good = good.filter(|result| !super::machine::receipts(result).is_empty());
        let good = good.count();
        if good == all {
            return;
        }
        self.say(&format!("{good} of {all} accepted"));
        let view = self.stderr_view();
        for result in &sent.results {
            if let SendOutcome::Unknown { .. } | SendOutcome::NotUnderstood { .. } = result.outcome
            {
                self.say(&format!(
                    "outcome unknown: repeat the send to {} alone, with --idempotency-key {}: it is sent once",
                    view.recipient(&result.recipient),
                    view.outside(result.idempotency_key.as_str())
                ));
            }
        }
    }

    /// Says what was accepted, when the receipts could not be written where they belong.
    pub(super) fn receipts_aside(&self, sent: &Sent) {
        let view = self.stderr_view();
        for result in &sent.results {
            self.say(text::sent(result, &view).trim_end());
        }
    }

    fn ended(&self, watched: &Watched) {
        let took = crate::text::format_duration(watched.took);
        let pending = crate::text::count_noun(watched.counts.pending, "message");
        match &watched.ended {
            StopReason::Deadline => {
                let since = watched.fault.as_ref();
                let view = self.stderr_view();
                let since = since.map(|fault| format!(", with no news: {}", view.outside(fault)));
                self.say(&format!(
                    "{pending} still pending after {took}{}",
                    since.unwrap_or_default()
                ));
            }
            StopReason::Unavailable(reason) => {
                let view = self.stderr_view();
                self.say(&format!("gave up after {took}: {}", view.outside(reason)));
            }
            StopReason::Refused(api_error) => {
                let view = self.stderr_view();
                self.say(&format!(
                    "the service refused: {}",
                    view.outside(&api_error.to_string())
                ));
            }
            StopReason::Interrupted(_) => self.say(&format!("interrupted after {took}")),
            StopReason::Settled | StopReason::LookedOnce | StopReason::NobodyReads => {}
        }
    }

    /// Says where each message is that has not settled.
    fn last_known(&self, watched: &Watched) {
        /// How many lines are enough for people; `resume with` names the rest.
        const MOST: usize = 20;
        let view = self.stderr_view();
        let open: Vec<String> = watched
            .found
            .iter()
            .filter_map(|found| found.notification.as_ref())
            .flat_map(|notification| {
                let open = notification.messages.iter().filter(|message| {
                    goal_state(message, &notification.status, watched.goal) == GoalState::Pending
                });
                open.map(|message| {
                    text::settled_message(notification, message, Counts::default(), &view)
                })
            })
            .collect();
        for line in open.iter().take(MOST) {
            self.say(line.trim_end());
        }
        if open.len() > MOST {
            self.say(&format!("and {} more", open.len() - MOST));
        }
    }

    /// Says how a watch that did not come to its end can be taken up again.
    fn resume(&self, watched: &Watched) {
        if let Some(command) = self.resumed(watched) {
            self.last_known(watched);
            self.say(&format!("resume with: {command}"));
        }
    }

    /// Returns the command that takes up a watch that did not come to its end.
    fn resumed(&self, watched: &Watched) -> Option<String> {
        if matches!(watched.ended, StopReason::Settled | StopReason::NobodyReads)
            || watched.counts.pending == 0
        {
            return None;
        }
        let open: Vec<String> = watched
            .found
            .iter()
            .filter(|found| {
                found.notification.as_ref().is_none_or(|notification| {
                    let counts = Counts::of(notification, watched.goal);
                    !counts.is_settled()
                })
            })
            .map(|found| crate::text::shell_quote(&found.id))
            .collect();
        let goal = match watched.goal {
            Goal::Settled => String::new(),
            goal => format!(" --for {}", goal.as_str()),
        };
        let program = &self.output_settings.program;
        Some(format!("{program} watch{goal} {}", open.join(" ")))
    }

    /// Returns the last line of a command that followed, in JSON.
    pub(super) fn end(&self, watched: Option<&Watched>, exit: Exit) -> String {
        let resume = watched.and_then(|watched| self.resumed(watched));
        let view = self.stdout_view();
        json_update::end(watched, resume, exit, self.simulated.get(), &view)
    }

    /// Says on stderr what concerns the way and not the result.
    pub(super) fn take_aside(&self, update: &Update) {
        let view = self.stderr_view();
        match update {
            Update::Outage { reason } => {
                self.say(&format!("no news, still trying: {}", view.outside(reason)));
            }
            Update::Recovered { after } => {
                self.say(&format!(
                    "news again, after {}",
                    crate::text::format_duration(*after)
                ));
            }
            Update::Warning(text) => self.say(&format!("warning: {}", view.outside(text))),
            _ => {}
        }
    }
}

/// Returns the error of a list that could not be brought up to date.
fn not_refreshed(ended: &StopReason) -> Error {
    const WHAT: &str = "the list is not up to date";
    match ended {
        StopReason::Interrupted(interrupt) => Error::Interrupted(*interrupt),
        StopReason::Refused(api_error) => Error::refused(WHAT, api_error.clone()),
        StopReason::Unavailable(reason) => Error::Unavailable {
            what: WHAT.to_owned(),
            reason: reason.clone(),
            advice: None,
        },
        StopReason::Settled
        | StopReason::LookedOnce
        | StopReason::Deadline
        | StopReason::NobodyReads => Error::Unavailable {
            what: WHAT.to_owned(),
            reason: "it could not be asked for".to_owned(),
            advice: None,
        },
    }
}

fn watched_of(report: &Report) -> Option<&Watched> {
    match report {
        Report::Sent(sent) => sent.watched.as_ref(),
        Report::Watched(watched) => Some(watched),
        _ => None,
    }
}
