//! Interactive prompts. Without a terminal, a missing value is an error that names its flag.
//!
//! Esc and Ctrl-C cancel the command. Confirmations accept only a typed yes.
//!
//! The line editor is this module's own, on `dialoguer`'s keys and themes: `dialoguer::Input` ignores Esc, and
//! `dialoguer::Password` reads whole lines, so that Esc becomes part of the password. `tests/cli/prompts.rs` requires that
//! Esc cancels both.

mod line_editor;
mod question;
mod summary;

use std::{fmt, io};

use dialoguer::console::{Term, measure_text_width};
use dialoguer::theme::{ColorfulTheme, Theme};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Session;
use crate::error::Error;
use crate::host::{EchoGuard, Interrupt, catch_interrupt};
use crate::journal::RecordedSend;
use crate::model::{Audience, Recipient, SendRequest};
use crate::text::sanitize;

use line_editor::{Key, KeyOutcome, LineEditor};
use question::{Question, history, past_participle};

/// The minimum columns for input: if there are fewer, the prompt omits its default.
const MIN_INPUT_COLUMNS: usize = 16;

/// Prompts for the event until the input is valid.
///
/// # Errors
/// A usage error without a terminal, or when the prompt is cancelled.
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

/// Prompts for the recipient until the input is valid. With `--no-pii` it suggests no earlier recipients.
///
/// # Errors
/// A usage error without a terminal, or when the prompt is cancelled.
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
    // Masked recipients and lists cannot be sent again.
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

/// Prompts for an API key, which is not echoed.
///
/// # Errors
/// A usage error when the prompt is cancelled.
pub fn key(profile: &str) -> Result<String, Error> {
    let question = format!("API key for the profile {profile} (hidden)");
    let mut terminal = Terminal::open();
    let _guard = EchoGuard::disable_echo().map_err(read_error)?;
    match terminal.read_line(&question, None, &[], Echo::Hidden)? {
        Some(text) => {
            terminal.report(&question, "received")?;
            Ok(text)
        }
        None => Err(Error::usage(
            "cancelled: no key was stored",
            "Run the command again when you have it.",
        )),
    }
}

/// Prints the request, wrapped to `columns`, and asks for confirmation.
///
/// # Errors
/// A usage error unless the answer is yes: nothing was sent.
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

/// Asks for confirmation before the simulator's notifications are deleted.
///
/// # Errors
/// A usage error unless the answer is yes, or without a terminal.
pub fn confirm_reset(session: &Session) -> Result<(), Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "a reset deletes all notifications of the simulator and needs a confirmation",
            "Confirm it: sendivent simulator reset --yes.",
        ));
    }
    if Terminal::open().confirm("Delete all notifications of the simulator?")? {
        return Ok(());
    }
    Err(Error::usage(
        "declined: nothing was deleted",
        "Reset without a prompt: sendivent simulator reset --yes.",
    ))
}

/// Whether input is echoed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    Shown,
    Hidden,
}

/// The terminal of the prompts.
struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// SIGTERM. `None` if it cannot be registered: it ends the process then.
    sigterm: Option<Signal>,
}

impl Terminal {
    /// From now on Ctrl-C and SIGTERM cancel a prompt instead of ending the process, so that the terminal is restored.
    fn open() -> Self {
        catch_interrupt();
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
            sigterm: signal(SignalKind::terminate()).ok(),
        }
    }

    fn write_line(&self, line: &str) -> Result<(), Error> {
        self.term.write_line(line).map_err(read_error)
    }

    /// Asks for confirmation. Enter and Esc mean no; invalid input repeats the prompt.
    fn confirm(&mut self, question: &str) -> Result<bool, Error> {
        loop {
            let input = self.line(question, Some("y/N"), &[])?;
            let is_yes = match input.as_deref().map(str::trim) {
                Some("y" | "Y" | "yes" | "Yes" | "YES") => true,
                None | Some("" | "n" | "N" | "no" | "No" | "NO") => false,
                Some(_) => {
                    self.report_invalid("Type y or n, then Enter.")?;
                    continue;
                }
            };
            self.report(question, if is_yes { "yes" } else { "no" })?;
            return Ok(is_yes);
        }
    }

    /// Reads a line; `None` when Esc cancels it.
    fn line(
        &mut self,
        question: &str,
        default: Option<&str>,
        history: &[String],
    ) -> Result<Option<String>, Error> {
        self.read_line(question, default, history, Echo::Shown)
    }

    fn read_line(
        &mut self,
        question: &str,
        default: Option<&str>,
        history: &[String],
        echo: Echo,
    ) -> Result<Option<String>, Error> {
        let columns = usize::from(self.term.size().1);
        let mut editor = LineEditor::default();
        loop {
            self.term.clear_line().map_err(read_error)?;
            let render_prompt =
                |default| render(|text| self.theme.format_input_prompt(text, question, default));
            let mut text = render_prompt(default)?;
            if measure_text_width(&text) + MIN_INPUT_COLUMNS > columns {
                text = render_prompt(None)?;
            }
            // The prompt stays on one row: only the end of a long input is shown.
            let input_columns = columns.saturating_sub(measure_text_width(&text) + 1);
            if echo == Echo::Shown {
                text.push_str(&editor.visible_end(input_columns));
            }
            self.term.write_str(&text).map_err(read_error)?;
            self.term.flush().map_err(read_error)?;
            match editor.press(read_key(&self.term)?, history) {
                KeyOutcome::Continue => {}
                KeyOutcome::Submit => return Ok(Some(editor.into_text())),
                KeyOutcome::Cancel => return Ok(None),
                KeyOutcome::Interrupt => {
                    self.write_line("")?;
                    return Err(Error::Interrupted(self.interrupt()));
                }
            }
        }
    }

    /// Replaces the prompt by its answer.
    fn report(&self, question: &str, answer: &str) -> Result<(), Error> {
        let answer = sanitize(answer);
        self.replace(&render(|text| {
            self.theme
                .format_input_prompt_selection(text, question, &answer)
        })?)
    }

    /// Replaces the prompt by the reason why the input is invalid.
    fn report_invalid(&self, reason: &str) -> Result<(), Error> {
        let reason = sanitize(reason);
        self.replace(&render(|text| self.theme.format_error(text, &reason))?)
    }

    fn replace(&self, line: &str) -> Result<(), Error> {
        self.term.clear_line().map_err(read_error)?;
        self.write_line(line)
    }

    /// Returns what cancelled a prompt: SIGTERM if it has arrived, else Ctrl-C.
    fn interrupt(&mut self) -> Interrupt {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let (Ok(runtime), Some(sigterm)) = (runtime, &mut self.sigterm) else {
            return Interrupt::Interrupted;
        };
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = sigterm.recv() => Interrupt::Terminated,
                // One turn of the runtime delivers a signal that has arrived.
                () = tokio::task::yield_now() => Interrupt::Interrupted,
            }
        })
    }
}

/// Renders a prompt with the theme.
fn render(write: impl FnOnce(&mut String) -> fmt::Result) -> Result<String, Error> {
    let mut text = String::new();
    write(&mut text).map_err(|error| read_error(io::Error::other(error)))?;
    Ok(text)
}

fn read_key(term: &Term) -> Result<Key, Error> {
    use dialoguer::console::Key as TermKey;
    Ok(match term.read_key_raw().map_err(read_error)? {
        TermKey::Enter => Key::Enter,
        TermKey::Backspace => Key::Backspace,
        TermKey::ArrowUp => Key::Up,
        TermKey::ArrowDown => Key::Down,
        TermKey::Escape => Key::Escape,
        // Esc, followed by another key so soon that both read as one sequence.
        TermKey::UnknownEscSeq(keys) if keys.first() != Some(&'[') => Key::Escape,
        // Also a read that a signal has interrupted.
        TermKey::CtrlC => Key::Interrupt,
        TermKey::Char(c) => Key::Char(c),
        _ => Key::Other,
    })
}

fn read_error(source: io::Error) -> Error {
    Error::Input {
        what: "the answer".to_owned(),
        source,
    }
}
