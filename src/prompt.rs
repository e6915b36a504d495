//! Questions to the person at the terminal. Where nobody can answer, a missing value is an error that names its flag.
//!
//! What is typed is the answer, as at any text field; Esc and Ctrl-C end the run with nothing done. The cursor is never
//! hidden, and the last question of a command takes nothing but a written yes for a yes.

mod line;
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

use line::{Key, Line, Pressed};
use question::{Question, done, earlier};

/// The least room for what is typed: where there is less, the question does without the answer that Enter gives.
const LEAST: usize = 16;

/// Asks for the event until it can be read.
///
/// # Errors
/// A usage error where nobody can answer, or when the question is given up.
pub fn event<T>(session: &Session, read: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "the event is missing",
            "Name it: sendivent send EVENT --to RECIPIENT.",
        ));
    }
    let question = Question {
        words: "Event",
        forms: None,
        flag: "EVENT: ",
        earlier: earlier(session, |send| Some(send.event)),
        masked: false,
    };
    question.ask(session, read)
}

/// Asks for the recipient until it can be read. None that was masked is offered, and none at all where they are to be.
///
/// # Errors
/// A usage error where nobody can answer, or when the question is given up.
pub fn recipient<T>(
    session: &Session,
    read: impl Fn(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "the recipient is missing",
            "Name it with --to RECIPIENT, or send to the event's listeners with --broadcast.",
        ));
    }
    // Only what reads back as one recipient: no masked one, no list.
    let known = |send: RecordedSend| {
        Recipient::parse(&send.recipient)
            .ok()
            .map(|_| send.recipient)
    };
    let question = Question {
        words: "Recipient",
        forms: Some("an email address, +phone, #channel, your own id, or a JSON object"),
        flag: "--to: ",
        earlier: match session.no_pii {
            true => Vec::new(),
            false => earlier(session, known),
        },
        masked: session.no_pii,
    };
    question.ask(session, read)
}

/// Asks for an API key, which is not shown.
///
/// # Errors
/// A usage error when the question is given up.
pub fn key(profile: &str) -> Result<String, Error> {
    let question = format!("API key for the profile {profile} (not shown)");
    let mut terminal = Terminal::open();
    let _unseen = EchoGuard::disable_echo().map_err(failed)?;
    match terminal.read_line(&question, None, &[], Echo::Hidden)? {
        Some(text) => {
            terminal.report(&question, "taken")?;
            Ok(text)
        }
        None => Err(Error::usage(
            "cancelled: no key was stored",
            "Run the command again when you have it.",
        )),
    }
}

/// Shows all that will go out, on so many columns, and asks `question` once.
///
/// # Errors
/// A usage error when the answer is anything but a yes: nothing was sent.
pub fn confirm_send(
    session: &Session,
    question: &str,
    request: &SendRequest,
    audiences: &[Audience],
    columns: usize,
) -> Result<(), Error> {
    let mut terminal = Terminal::open();
    for line in summary::lines(request, audiences, session.no_pii, columns) {
        terminal.say(&line)?;
    }
    if terminal.confirm(question)? {
        return Ok(());
    }
    Err(Error::usage(
        format!("declined: nothing was {}", done(session)),
        "Run the command again when you are ready.",
    ))
}

/// Asks before everything is forgotten.
///
/// # Errors
/// A usage error when the answer is no, or where nobody can answer.
pub fn confirm_reset(session: &Session) -> Result<(), Error> {
    if !session.can_prompt {
        return Err(Error::usage(
            "the simulator forgets everything: that needs a yes",
            "Give it: sendivent simulator reset --yes.",
        ));
    }
    if Terminal::open().confirm("Forget all notifications of the simulator?")? {
        return Ok(());
    }
    Err(Error::usage(
        "declined: nothing was forgotten",
        "To reset without a question: sendivent simulator reset --yes.",
    ))
}

/// Whether what is typed is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    Shown,
    Hidden,
}

/// Where questions are shown and answered.
struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// Whether the run was asked to end. None where the system refuses to tell: it ends the process then.
    terminated: Option<Signal>,
}

impl Terminal {
    /// From now on Ctrl-C and SIGTERM end a question, and no longer the process, so that the terminal is put in order.
    fn open() -> Self {
        catch_interrupt();
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
            terminated: signal(SignalKind::terminate()).ok(),
        }
    }

    fn say(&self, line: &str) -> Result<(), Error> {
        self.term.write_line(line).map_err(failed)
    }

    /// Asks for a yes. Only the word itself is one: Enter alone and Esc are a no, anything else is asked again.
    fn confirm(&mut self, question: &str) -> Result<bool, Error> {
        loop {
            let typed = self.line(question, Some("y/N"), &[])?;
            let yes = match typed.as_deref().map(str::trim) {
                Some("y" | "Y" | "yes" | "Yes" | "YES") => true,
                None | Some("" | "n" | "N" | "no" | "No" | "NO") => false,
                Some(_) => {
                    self.refuse("Type y and Enter for a yes, n for a no.")?;
                    continue;
                }
            };
            self.report(question, if yes { "yes" } else { "no" })?;
            return Ok(yes);
        }
    }

    /// Reads a line; none when it is given up by Esc.
    fn line(
        &mut self,
        question: &str,
        default: Option<&str>,
        earlier: &[String],
    ) -> Result<Option<String>, Error> {
        self.read_line(question, default, earlier, Echo::Shown)
    }

    fn read_line(
        &mut self,
        question: &str,
        default: Option<&str>,
        earlier: &[String],
        echo: Echo,
    ) -> Result<Option<String>, Error> {
        let columns = usize::from(self.term.size().1);
        let mut line = Line::default();
        loop {
            self.term.clear_line().map_err(failed)?;
            let asked =
                |default| drawn(|text| self.theme.format_input_prompt(text, question, default));
            let mut text = asked(default)?;
            if measure_text_width(&text) + LEAST > columns {
                text = asked(None)?;
            }
            // One row, whatever is typed: the cursor stands behind it.
            let room = columns.saturating_sub(measure_text_width(&text) + 1);
            if echo == Echo::Shown {
                text.push_str(&line.end(room));
            }
            self.term.write_str(&text).map_err(failed)?;
            self.term.flush().map_err(failed)?;
            match line.press(read(&self.term)?, earlier) {
                Pressed::More => {}
                Pressed::Enter => return Ok(Some(line.into_text())),
                Pressed::Escape => return Ok(None),
                Pressed::Interrupt => {
                    self.say("")?;
                    return Err(Error::Interrupted(self.interrupt()));
                }
            }
        }
    }

    /// Shows the answer in the place of the question.
    fn report(&self, question: &str, answer: &str) -> Result<(), Error> {
        let answer = sanitize(answer);
        self.replace(&drawn(|text| {
            self.theme
                .format_input_prompt_selection(text, question, &answer)
        })?)
    }

    /// Shows in the place of the question why the answer is none.
    fn refuse(&self, reason: &str) -> Result<(), Error> {
        let reason = sanitize(reason);
        self.replace(&drawn(|text| self.theme.format_error(text, &reason))?)
    }

    fn replace(&self, line: &str) -> Result<(), Error> {
        self.term.clear_line().map_err(failed)?;
        self.say(line)
    }

    /// Returns what ended a question: Ctrl-C, unless SIGTERM has come.
    fn interrupt(&mut self) -> Interrupt {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let (Ok(runtime), Some(terminated)) = (runtime, &mut self.terminated) else {
            return Interrupt::Interrupted;
        };
        runtime.block_on(async {
            tokio::select! {
                biased;
                _ = terminated.recv() => Interrupt::Terminated,
                // The runtime sees a signal that has come as soon as it is given a turn.
                () = tokio::task::yield_now() => Interrupt::Interrupted,
            }
        })
    }
}

/// Returns what a theme draws.
fn drawn(draw: impl FnOnce(&mut String) -> fmt::Result) -> Result<String, Error> {
    let mut text = String::new();
    draw(&mut text).map_err(|error| failed(io::Error::other(error)))?;
    Ok(text)
}

/// Reads a key.
fn read(term: &Term) -> Result<Key, Error> {
    use dialoguer::console::Key as Pressed;
    Ok(match term.read_key_raw().map_err(failed)? {
        Pressed::Enter => Key::Enter,
        Pressed::Backspace => Key::Backspace,
        Pressed::ArrowUp => Key::Up,
        Pressed::ArrowDown => Key::Down,
        Pressed::Escape => Key::Escape,
        // Esc and another key so soon after it that they look like one.
        Pressed::UnknownEscSeq(keys) if keys.first() != Some(&'[') => Key::Escape,
        // A signal, too: a wait that it ends looks the same.
        Pressed::CtrlC => Key::Interrupt,
        Pressed::Char(c) => Key::Char(c),
        _ => Key::Other,
    })
}

/// The terminal went away.
fn failed(source: io::Error) -> Error {
    Error::Input {
        what: "the answer".to_owned(),
        source,
    }
}
