//! How values look in text: colour, times, and text from outside.

use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::escape;
use super::masker::Masker;
use crate::model::{Audience, MessageStatus, NotificationStatus, Timestamp, masked};

/// Everything that decides how a value looks on one stream.
#[derive(Debug, Clone)]
pub struct View {
    /// Whether colour is used.
    pub color: bool,
    /// Whether the stream is a terminal.
    pub terminal: bool,
    /// The width to fit; none when there is no terminal.
    pub width: Option<usize>,
    /// The zone of times.
    pub zone: TimeZone,
    /// Whether recipients and payloads are masked.
    pub no_pii: bool,
    /// The program with the flags that bring another run to the same service.
    pub program: String,
    /// What is masked then wherever it stands.
    pub masker: Arc<Masker>,
}

/// The look of headings and names.
pub const BOLD: Style = Style::new().bold();
/// The look of what matters less.
pub const DIM: Style = Style::new().dimmed();
/// The look of errors.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The look of hints.
pub const HINT: Style = AnsiColor::Cyan.on_default();

impl View {
    /// Returns a text in a style.
    pub fn paint(&self, text: &str, style: Style) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Returns a text from outside as it may be shown here.
    pub fn outside(&self, text: &str) -> String {
        self.clean(&self.line(text))
    }

    fn clean(&self, text: &str) -> String {
        if self.terminal {
            escape::sanitize(text)
        } else {
            escape::for_line(text)
        }
    }

    /// Returns a hint as it may be shown here. The addresses and numbers in it that nobody typed are examples of ours.
    pub fn hint(&self, text: &str) -> String {
        self.clean(&self.secretless(text))
    }

    /// Returns a hint for a machine.
    pub fn secretless(&self, text: &str) -> String {
        if self.no_pii {
            self.masker.without_secrets(text)
        } else {
            text.to_owned()
        }
    }

    /// Returns a hint whose commands can be pasted: they name the same service as this run, and the id if there is one.
    pub fn pasteable(&self, hint: &str, id: Option<&str>) -> String {
        const TO_THE_SERVICE: [&str; 5] = ["send", "status", "watch", "activity", "cancel"];
        let mut hint = hint.to_owned();
        for command in TO_THE_SERVICE {
            let named = format!("`{} {command}", self.program);
            hint = hint.replace(&format!("`sendivent {command}"), &named);
        }
        match id {
            Some(id) => hint.replace(" ID`", &format!(" {}`", crate::text::shell_quote(id))),
            None => hint,
        }
    }

    /// Returns a recipient as it may be shown here.
    pub fn recipient(&self, label: &str) -> String {
        if self.no_pii {
            // Of what is left, the first letters may still be anything.
            self.outside(&masked(label))
        } else {
            self.outside(label)
        }
    }

    /// Returns whom a notification goes to. What nobody names and what are no people is not masked.
    pub fn addressee(&self, label: Option<&str>) -> String {
        match label {
            None | Some("") => "a recipient that the service does not name".to_owned(),
            Some(label) if label == Audience::Listeners.label() => label.to_owned(),
            Some(label) => self.recipient(label),
        }
    }

    /// Returns a contact, or a payload, as it may be shown here: the names of its fields stay.
    pub fn masked_value(&self, value: &Value) -> Value {
        if !self.no_pii {
            return value.clone();
        }
        match value {
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.masked_value(value)))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Array(items) => items.iter().map(|item| self.masked_value(item)).collect(),
            Value::String(text) => Value::from(masked(text)),
            Value::Number(_) | Value::Bool(_) => Value::from("***"),
            Value::Null => Value::Null,
        }
    }

    /// Returns a status, padded to the width of the longest one that is known.
    pub fn status(&self, status: &MessageStatus) -> String {
        let text = self.outside(status.as_str());
        self.paint(&format!("{text:<10}"), style_of(status))
    }

    /// Returns a status of a notification.
    pub fn notification_status(&self, status: &NotificationStatus) -> String {
        self.outside(status.as_str())
    }

    /// Returns a time: the date, the time of day and the offset, so that nobody can misread it.
    pub fn time(&self, time: Timestamp) -> String {
        let zoned = time.to_zoned_datetime(self.zone.clone());
        let offset = zoned.offset();
        let text = zoned.strftime("%Y-%m-%d %H:%M:%S");
        if offset.seconds() == 0 {
            format!("{text}Z")
        } else {
            format!("{text}{}", zoned.strftime("%:z"))
        }
    }
}

/// Returns the colour of a status. Its name always stands there, too.
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
