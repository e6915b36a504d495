//! A question for a value, with the answers that were given before.

use crate::config::Session;
use crate::error::Error;
use crate::journal::{Journal, RecordedSend};
use crate::model::masked;

use super::Terminal;
use super::summary::shorten;

/// How many earlier answers are offered.
const OFFERED: usize = 5;

/// How many columns an earlier answer takes where it is offered.
const OFFERED_COLUMNS: usize = 40;

/// A question for a value.
pub struct Question<'q> {
    /// What is asked for.
    pub words: &'q str,
    /// Which forms it has, if that is not obvious.
    pub forms: Option<&'q str>,
    /// How its reader names it in front of a reason; here it is known.
    pub flag: &'q str,
    /// Answers that were given before, the newest first.
    pub earlier: Vec<String>,
    /// Whether the answer is masked once it is given.
    pub masked: bool,
}

impl Question<'_> {
    /// Asks until the answer can be read.
    ///
    /// # Errors
    /// A usage error when the question is given up.
    pub fn ask<T>(
        &self,
        session: &Session,
        read: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut terminal = Terminal::open();
        if let Some(forms) = self.forms {
            terminal.say(&format!("  {}: {forms}", self.words))?;
        }
        let shown: Vec<String> = self
            .earlier
            .iter()
            .map(|text| shorten(text, OFFERED_COLUMNS))
            .collect();
        if !shown.is_empty() {
            terminal.say("  Recent, with the arrow keys (Enter takes the first):")?;
            for text in &shown {
                terminal.say(&format!("    {text}"))?;
            }
        }
        loop {
            let default = shown.first().map(String::as_str);
            let Some(typed) = terminal.line(self.words, default, &self.earlier)? else {
                terminal.say("")?;
                return Err(Error::usage(
                    format!("cancelled: nothing was {}", done(session)),
                    "Run the command again when you are ready.",
                ));
            };
            let answer = match (typed.trim(), self.earlier.first()) {
                ("", Some(newest)) => newest,
                (typed, _) => typed,
            };
            match read(answer) {
                Ok(value) => {
                    let answer = match self.masked {
                        true => masked(answer),
                        false => answer.to_owned(),
                    };
                    terminal.report(self.words, &answer)?;
                    return Ok(value);
                }
                Err(error) => terminal.refuse(&self.reason(&error))?,
            }
        }
    }

    /// Returns why an answer was refused, and what to do about it.
    fn reason(&self, error: &Error) -> String {
        let message = error.to_string();
        let message = message.strip_prefix(self.flag).unwrap_or(&message);
        // What is quoted may be the answer.
        let message = match (message.find('`'), message.rfind('`')) {
            (Some(first), Some(last)) if self.masked && first < last => {
                format!("{}***{}", &message[..=first], &message[last..])
            }
            _ => message.to_owned(),
        };
        match error.hint() {
            Some(hint) => format!("{message}. {hint}"),
            None => message,
        }
    }
}

/// Returns what a send would have been.
pub fn done(session: &Session) -> &'static str {
    match session.simulate {
        true => "simulated",
        false => "sent",
    }
}

/// Returns earlier answers, newest first. A journal that cannot be read offers nothing: the question is still asked,
/// and the send itself will report what is wrong with the journal.
pub fn earlier(session: &Session, part: impl Fn(RecordedSend) -> Option<String>) -> Vec<String> {
    let (Some(Ok(place)), Some(target)) = (&session.journal, session.known_service_id()) else {
        return Vec::new();
    };
    let sends = Journal::open(place)
        .ok()
        .and_then(|journal| journal.latest(&target, 50).ok())
        .unwrap_or_default();
    let mut answers: Vec<String> = Vec::new();
    for answer in sends.into_iter().filter_map(part) {
        if answers.len() < OFFERED && !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers
}
