//! Text for people: the style of a stream, and a buffer that is written in it.

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

/// How values look on one stream.
#[derive(Debug, Clone)]
pub struct TextStyle {
    pub color: bool,
    pub terminal: bool,
    /// Columns to fit; none when the stream is no terminal.
    pub width: Option<usize>,
    pub zone: TimeZone,
    /// The program's name with the global flags that select the same service: `sendivent --simulate`.
    pub program: String,
    /// For text that enters the output without a report, such as an error.
    pub redactor: Rc<Redactor>,
}

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
    /// Returns what a function writes in this style.
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

    /// Returns text from outside without what could control a terminal or break the line.
    pub fn sanitize(&self, text: &str) -> String {
        if self.terminal {
            escape::for_terminal(text)
        } else {
            escape::for_line(text)
        }
    }

    /// Returns a hint: its commands name the same service as this run, and the id if there is one.
    pub fn hint(&self, hint: &str, id: Option<&str>) -> String {
        self.sanitize(&self.redactor.own_text(&self.with_global_flags(hint, id)))
    }

    /// Returns a hint whose commands can be pasted: they name the same service as this run, and the id if there is one.
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

    /// Returns a recipient, or a phrase for one that the service does not name.
    pub fn recipient(&self, label: Option<&str>) -> String {
        match label {
            None | Some("") => "a recipient that the service does not name".to_owned(),
            Some(label) if label == Audience::Listeners.label() => label.to_owned(),
            Some(label) => self.sanitize(label),
        }
    }

    /// Returns a status, padded to the width of the longest known one.
    pub fn status(&self, status: &MessageStatus) -> String {
        let text = self.sanitize(status.as_str());
        self.paint(&format!("{text:<10}"), style_of(status))
    }

    /// Returns a time with date and offset, so that it cannot be misread.
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
