//! Interactive prompts. If there is no terminal, a missing value is an error that names the flag to add.
//!
//! Esc and Ctrl-C cancel the command. A confirmation must be typed: Enter alone means no.

mod line_editor;
mod question;
mod summary;
mod terminal;

use crate::config::Session;
use crate::error::Error;
use crate::journal::RecordedSend;
use crate::model::{Audience, Recipient, SendRequest};

use question::{Question, history, past_participle};
use terminal::Terminal;

/// Prompts for the event, and repeats the prompt until `parse` accepts the input.
pub fn event<T>(session: &Session, parse: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "the event is missing",
            "Add it: sendivent send EVENT --to RECIPIENT.",
        ));
    }
    let question = Question {
        label: "Event",
        formats: None,
        flag: "EVENT: ",
        history: history(session, |send| Some(send.event)),
        is_masked: false,
    };
    question.prompt(session, parse)
}

/// Prompts for the recipient, and repeats the prompt until `parse` accepts the input. Suggests recipients of earlier
/// sends, except with `--no-pii`.
pub fn recipient<T>(
    session: &Session,
    parse: impl Fn(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "the recipient is missing",
            "Add --to RECIPIENT, or --broadcast for the event's listeners.",
        ));
    }
    // The journal also contains masked recipients and lists of recipients, which are not valid as input.
    let reusable = |send: RecordedSend| {
        Recipient::parse(&send.recipient)
            .ok()
            .map(|_| send.recipient)
    };
    let question = Question {
        label: "Recipient",
        formats: Some("an email address, +phone, #channel, your own id, or a JSON object"),
        flag: "--to: ",
        history: match session.no_pii {
            true => Vec::new(),
            false => history(session, reusable),
        },
        is_masked: session.no_pii,
    };
    question.prompt(session, parse)
}

/// Prompts for the API key of a profile. The input is not echoed.
pub fn key(profile: &str) -> Result<String, Error> {
    let question = format!("API key for the profile {profile} (hidden)");
    let text = Terminal::open().hidden_line(&question)?;
    text.ok_or_else(|| {
        Error::usage(
            "cancelled: no key was stored",
            "Run the command again when you have it.",
        )
    })
}

/// Prints a summary of the request, `columns` wide, and asks the user to confirm it. Fails if the user declines.
pub fn confirm_send(
    session: &Session,
    question: &str,
    request: &SendRequest,
    audiences: &[Audience],
    columns: usize,
) -> Result<(), Error> {
    let mut terminal = Terminal::open();
    for line in summary::lines(request, audiences, session.no_pii, columns) {
        terminal.write_line(&line)?;
    }
    if terminal.confirm(question)? {
        return Ok(());
    }
    Err(Error::usage(
        format!("declined: nothing was {}", past_participle(session)),
        "Run the command again when you are ready.",
    ))
}

/// Asks the user to confirm that the simulator's data is deleted. Fails if the user declines, or if there is
/// no terminal.
pub fn confirm_reset(session: &Session) -> Result<(), Error> {
    let question = match &session.namespace {
        None => "Delete the simulator's data in the main namespace?".to_owned(),
        Some(name) => format!("Delete the simulator's data in the namespace {name}?"),
    };
    if !session.can_prompt {
        return Err(Error::usage(
            "a reset deletes the simulator's data and needs a confirmation",
            "Confirm it: sendivent simulator reset --yes.",
        ));
    }
    if Terminal::open().confirm(&question)? {
        return Ok(());
    }
    Err(Error::usage(
        "declined: nothing was deleted",
        "Reset without a prompt: sendivent simulator reset --yes.",
    ))
}
