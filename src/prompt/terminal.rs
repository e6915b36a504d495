//! Reads lines and confirmations from the terminal.
//!
//! This module has its own line editor and uses only the key input and themes of `dialoguer`, because Esc must cancel a
//! prompt: `dialoguer::Input` ignores Esc, and `dialoguer::Password` adds it to the password. `tests/cli/prompts.rs`
//! checks that Esc works.

use std::{fmt, io};

use dialoguer::console::{Term, measure_text_width};
use dialoguer::theme::{ColorfulTheme, Theme};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::line_editor::{Key, KeyOutcome, LineEditor};
use crate::error::Error;
use crate::host::{EchoGuard, Interrupt, catch_interrupt};
use crate::text::sanitize;

/// The minimum number of columns for input. On a narrower terminal the prompt omits the default answer.
const MIN_INPUT_COLUMNS: usize = 16;

pub struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// The stream of SIGTERM signals. `None` if the handler could not be registered; SIGTERM then ends the process.
    sigterm: Option<Signal>,
}

impl Terminal {
    /// Opens the terminal for prompts. Until the process exits, Ctrl-C and SIGTERM cancel a prompt instead of ending
    /// the process, so that the terminal's settings are restored.
    pub fn open() -> Self {
        catch_interrupt();
        Self {
            term: Term::stderr(),
            theme: ColorfulTheme::default(),
            sigterm: signal(SignalKind::terminate()).ok(),
        }
    }

    pub fn write_line(&self, line: &str) -> Result<(), Error> {
        self.term.write_line(line).map_err(read_error)
    }

    /// Asks the user for a confirmation. Enter and Esc mean no. Repeats the prompt after invalid input.
    pub fn confirm(&mut self, question: &str) -> Result<bool, Error> {
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

    /// Prompts for a line. Returns `None` if the user cancels with Esc.
    pub fn line(
        &mut self,
        question: &str,
        default: Option<&str>,
        history: &[String],
    ) -> Result<Option<String>, Error> {
        self.read_line(question, default, history, true)
    }

    /// Prompts for a line that is not echoed. Returns `None` if the user cancels with Esc.
    pub fn hidden_line(&mut self, question: &str) -> Result<Option<String>, Error> {
        let _guard = EchoGuard::disable_echo().map_err(read_error)?;
        let text = self.read_line(question, None, &[], false)?;
        if text.is_some() {
            self.report(question, "received")?;
        }
        Ok(text)
    }

    fn read_line(
        &mut self,
        question: &str,
        default: Option<&str>,
        history: &[String],
        is_echoed: bool,
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
            if is_echoed {
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

    /// Replaces the prompt on the terminal by the question and the final answer.
    pub fn report(&self, question: &str, answer: &str) -> Result<(), Error> {
        let answer = sanitize(answer);
        self.replace(&render(|text| {
            self.theme
                .format_input_prompt_selection(text, question, &answer)
        })?)
    }

    /// Replaces the prompt on the terminal by the reason why the input is invalid.
    pub fn report_invalid(&self, reason: &str) -> Result<(), Error> {
        let reason = sanitize(reason);
        self.replace(&render(|text| self.theme.format_error(text, &reason))?)
    }

    fn replace(&self, line: &str) -> Result<(), Error> {
        self.term.clear_line().map_err(read_error)?;
        self.write_line(line)
    }

    /// Returns which signal cancelled the prompt: SIGTERM if it has arrived, otherwise SIGINT (Ctrl-C).
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
                // Lets the runtime poll once, so that it delivers a signal that has already arrived.
                () = tokio::task::yield_now() => Interrupt::Interrupted,
            }
        })
    }
}

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
        // Esc followed by another key, if both arrive in the same read.
        TermKey::UnknownEscSeq(keys) if keys.first() != Some(&'[') => Key::Escape,
        // `console` also returns this for a read that a signal interrupted.
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
