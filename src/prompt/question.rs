//! A prompt for a value, with a history of earlier answers.

use crate::config::Session;
use crate::error::Error;
use crate::journal::{Journal, RecordedSend};
use crate::model::masked;
use crate::text::{sanitize, shorten};

use super::terminal::Terminal;

/// How many earlier answers are suggested.
const MAX_HISTORY: usize = 5;

/// The maximum width of a suggested answer in columns of the terminal.
const HISTORY_COLUMNS: usize = 40;

pub struct Question<'q> {
    pub label: &'q str,
    /// An explanation of the accepted formats. `None` if they are obvious.
    pub formats: Option<&'q str>,
    /// The prefix of error messages from the parser, such as `--to: `. The prompt removes it, because the user has not
    /// typed a flag.
    pub flag: &'q str,
    /// Earlier answers that the user can select with the arrow keys, newest first.
    pub history: Vec<String>,
    /// Whether the prompt shows the answer masked once it has been entered.
    pub is_masked: bool,
}

impl Question<'_> {
    /// Prompts the user, and repeats the prompt until `parse` accepts the input.
    pub fn prompt<T>(
        &self,
        session: &Session,
        parse: impl Fn(&str) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut terminal = Terminal::open();
        if let Some(formats) = self.formats {
            terminal.write_line(&format!("  {}: {formats}", self.label))?;
        }
        let suggestions: Vec<String> = self
            .history
            .iter()
            .map(|text| shorten(&sanitize(text), HISTORY_COLUMNS))
            .collect();
        if !suggestions.is_empty() {
            terminal.write_line("  Recent, with the arrow keys (Enter selects the first):")?;
            for text in &suggestions {
                terminal.write_line(&format!("    {text}"))?;
            }
        }
        loop {
            let default = suggestions.first().map(String::as_str);
            let Some(input) = terminal.line(self.label, default, &self.history)? else {
                terminal.write_line("")?;
                return Err(Error::usage(
                    format!("cancelled: nothing was {}", past_participle(session)),
                    "Run the command again when you are ready.",
                ));
            };
            let answer = match (input.trim(), self.history.first()) {
                ("", Some(newest)) => newest,
                (input, _) => input,
            };
            match parse(answer) {
                Ok(value) => {
                    let answer = match self.is_masked {
                        true => masked(answer),
                        false => answer.to_owned(),
                    };
                    terminal.report(self.label, &answer)?;
                    return Ok(value);
                }
                Err(error) => terminal.report_invalid(&self.reason(&error))?,
            }
        }
    }

    /// Returns why the parser rejected the input, followed by the parser's hint.
    fn reason(&self, error: &Error) -> String {
        let message = error.to_string();
        let message = message.strip_prefix(self.flag).unwrap_or(&message);
        // The message may quote the answer.
        let message = match (message.find('`'), message.rfind('`')) {
            (Some(first), Some(last)) if self.is_masked && first < last => {
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

/// Returns `simulated` or `sent`, for messages such as "nothing was sent".
pub fn past_participle(session: &Session) -> &'static str {
    match session.simulate {
        true => "simulated",
        false => "sent",
    }
}

/// Returns earlier answers from the journal without duplicates, newest first. `answer_of` extracts the answer from a
/// send. Returns no answers if the journal cannot be read: the send itself reports that error.
pub fn history(
    session: &Session,
    answer_of: impl Fn(RecordedSend) -> Option<String>,
) -> Vec<String> {
    let (Some(Ok(location)), Some(service_id)) = (&session.journal, session.known_service_id())
    else {
        return Vec::new();
    };
    let sends = Journal::open(location)
        .ok()
        .and_then(|journal| journal.latest(&service_id, 50).ok())
        .unwrap_or_default();
    let mut answers: Vec<String> = Vec::new();
    for answer in sends.into_iter().filter_map(answer_of) {
        if answers.len() < MAX_HISTORY && !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers
}
