//! Formats text output: the style of an output stream, and a buffer that has this style.

use std::fmt;
use std::rc::Rc;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;

use super::escape;
use crate::model::{Audience, MessageStatus, Timestamp};
use crate::redact::Redactor;
use crate::text;

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const HINT: Style = AnsiColor::Cyan.on_default();

/// How to format values for one output stream.
#[derive(Debug, Clone)]
pub struct TextStyle {
    pub color: bool,
    /// Whether the stream is a terminal.
    pub terminal: bool,
    /// The width of the terminal in columns. `None` if the stream is not a terminal, or if the width is unknown.
    pub width: Option<usize>,
    /// The time zone in which times are printed.
    pub zone: TimeZone,
    /// The program's name with the global flags that selected the service, such as `sendivent --simulate`. The commands
    /// in hints begin with it.
    pub program: String,
    /// Masks personal data in text that is not part of a report, such as the message of an error.
    pub redactor: Rc<Redactor>,
}

/// A buffer of text, with the style of the stream that the text is for.
pub struct TextWriter<'s> {
    style: &'s TextStyle,
    text: String,
}

impl<'s> TextWriter<'s> {
    pub fn style(&self) -> &'s TextStyle {
        self.style
    }

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn line(&mut self, line: impl fmt::Display) {
        self.text.push_str(&line.to_string());
        self.text.push('\n');
    }
}

impl TextStyle {
    /// Returns the text that `write` appends to an empty buffer.
    pub fn write(&self, write: impl FnOnce(&mut TextWriter<'_>)) -> String {
        let mut out = TextWriter {
            style: self,
            text: String::new(),
        };
        write(&mut out);
        out.text
    }

    pub fn paint(&self, text: &str, style: Style) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Removes or replaces characters that could control a terminal or break the line. Used for strings that this
    /// program did not create.
    pub fn sanitize(&self, text: &str) -> String {
        if self.terminal {
            escape::for_terminal(text)
        } else {
            escape::for_line(text)
        }
    }

    /// Completes a hint with [`TextStyle::with_global_flags`], and masks personal data in it.
    pub fn hint(&self, hint: &str, id: Option<&str>) -> String {
        self.sanitize(&self.redactor.own_text(&self.with_global_flags(hint, id)))
    }

    /// Completes the commands in a hint, so that users can paste them. Adds the global flags that selected
    /// the service, and replaces the placeholder `ID` by `id` if there is one.
    pub fn with_global_flags(&self, hint: &str, id: Option<&str>) -> String {
        const SERVICE_COMMANDS: [&str; 5] = ["send", "status", "watch", "activity", "cancel"];
        let mut hint = hint.to_owned();
        for command in SERVICE_COMMANDS {
            let replacement = format!("`{} {command}", self.program);
            hint = hint.replace(&format!("`sendivent {command}"), &replacement);
        }
        match id {
            Some(id) => hint.replace(" ID`", &format!(" {}`", text::shell_quote(id))),
            None => hint,
        }
    }

    /// Formats a recipient. If `label` is `None` or empty, returns "a recipient that the service does not name".
    pub fn recipient(&self, label: Option<&str>) -> String {
        match label {
            None | Some("") => "a recipient that the service does not name".to_owned(),
            Some(label) if label == Audience::Listeners.label() => label.to_owned(),
            Some(label) => self.sanitize(label),
        }
    }

    /// Formats a status with its colour, padded to the width of the longest known status.
    pub fn status(&self, status: &MessageStatus) -> String {
        let text = self.sanitize(status.as_str());
        self.paint(&format!("{text:<10}"), style_of(status))
    }

    /// Formats a time with its date and its offset from UTC, such as `2026-04-01 12:00:00Z`.
    pub fn time(&self, time: Timestamp) -> String {
        let zoned = time.in_zone(&self.zone);
        let text = zoned.strftime("%Y-%m-%d %H:%M:%S");
        if zoned.offset().seconds() == 0 {
            format!("{text}Z")
        } else {
            format!("{text}{}", zoned.strftime("%:z"))
        }
    }
}

pub fn style_of(status: &MessageStatus) -> Style {
    match status {
        MessageStatus::Delivered => AnsiColor::Green.on_default(),
        MessageStatus::Sent => AnsiColor::Cyan.on_default(),
        MessageStatus::Queued => AnsiColor::Yellow.on_default(),
        MessageStatus::Failed => AnsiColor::Red.on_default(),
        MessageStatus::Suppressed => AnsiColor::Magenta.on_default(),
        MessageStatus::Other(_) => Style::new(),
    }
}
