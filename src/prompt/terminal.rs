//! Reads lines and confirmations from the terminal.
//!
//! The line editor is this module's own, on `dialoguer`'s keys and themes: `dialoguer::Input` ignores Esc, and
//! `dialoguer::Password` reads whole lines, so that Esc becomes part of the password. `tests/cli/prompts.rs` requires that
//! Esc cancels both.

use std::{fmt, io};

use dialoguer::console::{Term, measure_text_width};
use dialoguer::theme::{ColorfulTheme, Theme};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::line_editor::{Key, KeyOutcome, LineEditor};
use crate::error::Error;
use crate::host::{EchoGuard, Interrupt, catch_interrupt};
use crate::text::sanitize;

/// The minimum columns for input: if there are fewer, the prompt omits its default.
const MIN_INPUT_COLUMNS: usize = 16;

pub struct Terminal {
    term: Term,
    theme: ColorfulTheme,
    /// SIGTERM. `None` if it cannot be registered: it ends the process then.
    sigterm: Option<Signal>,
}

impl Terminal {
    /// From now on Ctrl-C and SIGTERM cancel a prompt instead of ending the process, so that the terminal is restored.
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

    /// Asks for confirmation. Enter and Esc mean no; invalid input repeats the prompt.
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

    /// Reads a line; `None` when Esc cancels it.
    pub fn line(
        &mut self,
        question: &str,
        default: Option<&str>,
        history: &[String],
    ) -> Result<Option<String>, Error> {
        self.read_line(question, default, history, true)
    }

    /// Reads a line without echoing it; `None` when Esc cancels it.
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

    /// Replaces the prompt by its answer.
    pub fn report(&self, question: &str, answer: &str) -> Result<(), Error> {
        let answer = sanitize(answer);
        self.replace(&render(|text| {
            self.theme
                .format_input_prompt_selection(text, question, &answer)
        })?)
    }

    /// Replaces the prompt by the reason why the input is invalid.
    pub fn report_invalid(&self, reason: &str) -> Result<(), Error> {
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
