//! What people should know beside the result: on stderr, in text.

use super::presenter::Presenter;
use super::{json_error, json_update, text};
use crate::config::Format;
use crate::error::Error;
use crate::exit::Exit;
use crate::model::{Goal, Standing, Tally, standing};
use crate::report::{
    ActivityList, Ended, Of, Refreshed, Report, SendOutcome, Sent, Unanswered, Update, Watched,
    WhoAmI,
};
use crate::words;

impl Presenter<'_> {
    /// Says on stderr what people should know beside the result.
    pub(super) fn footer(&self, report: &Report, exit: Exit) {
        if let Report::Ran(ran) = report {
            return self.ran(ran);
        }
        match self.presentation.format {
            Format::Text => self.footer_text(report),
            Format::Json => self.footer_json(report, exit),
            Format::Csv | Format::Ids => {
                if let Some(watched) = watched_of(report) {
                    // The rows have no room for a reason.
                    if let Ended::Refused(_) | Ended::Unavailable(_) = watched.ended {
                        self.ended(watched);
                    }
                    self.resume(watched);
                }
                if let Report::Activity(list) = report
                    && let Of::Journal { refreshed, .. } = &list.of
                    && matches!(refreshed, Refreshed::Failed(_))
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
            Report::WhoAmI(WhoAmI::Keyless(keyless)) => {
                let (what, fix) = &keyless.error;
                self.say_json(&json_error::problem("no_key", what, fix, exit, &view));
            }
            Report::Activity(ActivityList {
                of:
                    Of::Journal {
                        refreshed: Refreshed::Failed(ended),
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
            Report::LoggedIn(login) => match login.behind {
                Some(variable) => self.say(&format!(
                    "warning: {variable} is set and goes before it; unset that to use what you stored"
                )),
                None => self.say(&format!(
                    "`{} doctor` tries it with the service",
                    self.presentation.program
                )),
            },
            Report::WhoAmI(WhoAmI::Keyless(keyless)) => {
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
                    found.id, self.presentation.program
                ));
            }
            self.ended(watched);
            self.resume(watched);
        }
    }

    /// Says what a list is made of.
    fn listed(&self, list: &ActivityList) {
        let counts_only = list.statistics.is_some() && list.messages.is_empty();
        let shown = words::count(list.messages.len(), "message");
        let more = if list.more { "; -n shows more" } else { "" };
        match &list.of {
            Of::Simulator if counts_only => {}
            Of::Simulator => self.say(&format!("{shown} of the simulator{more}")),
            Of::Journal {
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
    fn unknown(&self, sends: &[Unanswered]) {
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
                view.outside(&send.idempotency_key)
            ));
        }
        if sends.len() > MOST {
            self.say(&format!("outcome unknown: {} more", sends.len() - MOST));
        }
    }

    /// Says what a list is made of, and how fresh it is.
    fn journaled(&self, what: &str, refreshed: &Refreshed) {
        let why = match refreshed {
            Refreshed::Yes => {
                self.say(what);
                return;
            }
            Refreshed::Offline => "as last seen (--offline)".to_owned(),
            Refreshed::Failed(Ended::Refused(refusal)) => {
                format!("not brought up to date: {refusal}")
            }
            Refreshed::Failed(Ended::Unavailable(reason)) => {
                format!("not brought up to date: {reason}")
            }
            Refreshed::Failed(_) => "not brought up to date".to_owned(),
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
                    view.outside(&result.idempotency_key)
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
        let took = words::duration(watched.took);
        let pending = words::count(watched.tally.pending, "message");
        match &watched.ended {
            Ended::Deadline => {
                let since = watched.fault.as_ref();
                let view = self.stderr_view();
                let since = since.map(|fault| format!(", with no news: {}", view.outside(fault)));
                self.say(&format!(
                    "{pending} still pending after {took}{}",
                    since.unwrap_or_default()
                ));
            }
            Ended::Unavailable(reason) => {
                let view = self.stderr_view();
                self.say(&format!("gave up after {took}: {}", view.outside(reason)));
            }
            Ended::Refused(refusal) => {
                let view = self.stderr_view();
                self.say(&format!(
                    "the service refused: {}",
                    view.outside(&refusal.to_string())
                ));
            }
            Ended::Interrupted(_) => self.say(&format!("interrupted after {took}")),
            Ended::Settled | Ended::LookedOnce | Ended::NobodyReads => {}
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
                    standing(message, &notification.status, watched.goal) == Standing::Pending
                });
                open.map(|message| {
                    text::settled_message(notification, message, Tally::default(), &view)
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
        if matches!(watched.ended, Ended::Settled | Ended::NobodyReads)
            || watched.tally.pending == 0
        {
            return None;
        }
        let open: Vec<String> = watched
            .found
            .iter()
            .filter(|found| {
                found.notification.as_ref().is_none_or(|notification| {
                    let tally = Tally::of(notification, watched.goal);
                    !tally.settled()
                })
            })
            .map(|found| words::shell(&found.id))
            .collect();
        let goal = match watched.goal {
            Goal::Settled => String::new(),
            goal => format!(" --for {}", goal.as_str()),
        };
        let program = &self.presentation.program;
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
                self.say(&format!("news again, after {}", words::duration(*after)));
            }
            Update::Warning(text) => self.say(&format!("warning: {}", view.outside(text))),
            _ => {}
        }
    }
}

/// Returns the error of a list that could not be brought up to date.
fn not_refreshed(ended: &Ended) -> Error {
    const WHAT: &str = "the list is not up to date";
    match ended {
        Ended::Interrupted(interrupt) => Error::Interrupted(*interrupt),
        Ended::Refused(refusal) => Error::refused(WHAT, refusal.clone()),
        Ended::Unavailable(reason) => Error::Unavailable {
            what: WHAT.to_owned(),
            reason: reason.clone(),
            advice: None,
        },
        Ended::Settled | Ended::LookedOnce | Ended::Deadline | Ended::NobodyReads => {
            Error::Unavailable {
                what: WHAT.to_owned(),
                reason: "it could not be asked for".to_owned(),
                advice: None,
            }
        }
    }
}

fn watched_of(report: &Report) -> Option<&Watched> {
    match report {
        Report::Sent(sent) => sent.watched.as_ref(),
        Report::Watched(watched) => Some(watched),
        _ => None,
    }
}
