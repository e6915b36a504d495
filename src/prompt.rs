//! Questions to the person at the terminal. Where nobody can answer, a missing value is an error that names its flag.

use std::io;

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, Select};

use crate::config::Session;
use crate::error::Error;
use crate::journal::{Journal, Remembered};
use crate::model::Recipient;
use crate::words::for_terminal;
use crate::world::{Interrupt, catch_interrupt};

/// How many earlier answers are offered.
const OFFERED: usize = 5;

/// Asks for the event.
///
/// # Errors
/// A usage error where nobody can answer.
pub fn event(session: &Session) -> Result<String, Error> {
    ask(
        session,
        "Event",
        "the event is missing",
        "Name it: sendivent send EVENT --to RECIPIENT.",
        |send| Some(send.event),
    )
}

/// Asks for the recipient.
///
/// # Errors
/// A usage error where nobody can answer.
pub fn recipient(session: &Session) -> Result<String, Error> {
    ask(
        session,
        "Recipient (email, +phone, #channel or id)",
        "the recipient is missing",
        "Name it with --to RECIPIENT, or send to the event's listeners with --broadcast.",
        // Only what reads back as one recipient: no masked one, no list.
        |send| {
            Recipient::parse(&send.recipient)
                .ok()
                .map(|_| send.recipient)
        },
    )
}

/// Shows what will go out and asks once.
///
/// # Errors
/// A usage error when the answer is no: nothing was sent.
pub fn confirm_send(session: &Session, summary: &str) -> Result<(), Error> {
    if confirm(&for_terminal(summary), true)? {
        return Ok(());
    }
    let place = if session.simulate {
        "simulated"
    } else {
        "sent"
    };
    Err(Error::usage(
        format!("declined: nothing was {place}"),
        "Run the command again when you are ready.",
    ))
}

/// Asks before everything is forgotten.
///
/// # Errors
/// A usage error when the answer is no, or where nobody can answer.
pub fn confirm_reset(session: &Session) -> Result<(), Error> {
    if !session.may_ask {
        return Err(Error::usage(
            "the simulator forgets everything: that needs a yes",
            "Give it: sendivent simulator reset --yes.",
        ));
    }
    if confirm("Forget all notifications of the simulator?", false)? {
        Ok(())
    } else {
        Err(Error::usage(
            "declined: nothing was forgotten",
            "To reset without a question: sendivent simulator reset --yes.",
        ))
    }
}

fn ask(
    session: &Session,
    question: &str,
    missing: &str,
    hint: &str,
    part: impl Fn(Remembered) -> Option<String>,
) -> Result<String, Error> {
    if !session.may_ask {
        return Err(Error::usage(missing, hint));
    }
    let recent = recent(session, part);
    catch_interrupt();
    let theme = ColorfulTheme::default();
    if !recent.is_empty() {
        let mut items: Vec<String> = recent.iter().map(|text| for_terminal(text)).collect();
        items.push("another …".to_owned());
        let chosen = Select::with_theme(&theme)
            .with_prompt(question)
            .items(&items)
            .default(0)
            .interact()
            .map_err(failed)?;
        if let Some(answer) = recent.into_iter().nth(chosen) {
            return Ok(answer);
        }
    }
    Input::with_theme(&theme)
        .with_prompt(question)
        .interact_text()
        .map_err(failed)
}

fn confirm(question: &str, default: bool) -> Result<bool, Error> {
    catch_interrupt();
    Confirm::with_theme(&ColorfulTheme::default())
        .with_prompt(question)
        .default(default)
        .interact()
        .map_err(failed)
}

/// Returns earlier answers, newest first. A journal that cannot be read offers nothing: the question is still asked,
/// and the send itself will report what is wrong with the journal.
fn recent(session: &Session, part: impl Fn(Remembered) -> Option<String>) -> Vec<String> {
    let Some(Ok(place)) = &session.journal else {
        return Vec::new();
    };
    let sends = Journal::open(place)
        .ok()
        .and_then(|journal| journal.latest(&session.target(), 50).ok())
        .unwrap_or_default();
    let mut answers: Vec<String> = Vec::new();
    for answer in sends.into_iter().filter_map(part) {
        if answers.len() < OFFERED && !answers.contains(&answer) {
            answers.push(answer);
        }
    }
    answers
}

/// A prompt ends early by Ctrl-C, or when the terminal goes away. The cursor may be hidden then.
fn failed(error: dialoguer::Error) -> Error {
    let dialoguer::Error::IO(error) = error;
    // Showing the cursor again is best effort: there is nobody left to tell.
    drop(dialoguer::console::Term::stderr().show_cursor());
    if error.kind() == io::ErrorKind::Interrupted {
        Error::Interrupted(Interrupt::Interrupted)
    } else {
        Error::Input {
            what: "the answer".to_owned(),
            source: error,
        }
    }
}
