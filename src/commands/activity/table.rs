//! The table of messages. On a narrow terminal, it hides columns and shortens times.

use crate::api::control::MessageRow;
use crate::commands::notification::{displayed_status, took};
use crate::model::{MessageStatus, Timestamp};
use crate::output::TextStyle;
use crate::output::table::{Column, cut, fits, table, whole};
use crate::redact::Pii;
use crate::text;

const HEADINGS: [&str; 8] = [
    "QUEUED",
    "STATUS",
    "TOOK",
    "CHANNEL",
    "RECIPIENT",
    "TEMPLATE",
    "ERROR",
    "ID",
];
const QUEUED: usize = 0;
const STATUS: usize = 1;
const TOOK: usize = 2;
const RECIPIENT: usize = 4;
const TEMPLATE: usize = 5;
const ID: usize = 7;

/// A layout of the table: which columns it hides, and how short its times may be.
struct Layout {
    hidden: &'static [usize],
    /// The minimum widths of the recipient and template columns. Other columns are never cut, because users copy errors
    /// and ids.
    min_widths: (usize, usize),
    shortest: TimeFormat,
}

/// The formats of times, from long to short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TimeFormat {
    /// Such as `2026-04-01 13:00:00Z`.
    Full,
    /// Such as `13:00:00Z`, used only if all times are on the current day.
    Today,
    /// Such as `Apr 01 13:00Z`.
    Short,
}

/// The layouts from wide to narrow. The first layout that fits the terminal is used. If none fits, the table has all
/// columns, and each row is printed as a block of lines.
const LAYOUTS: [Layout; 5] = [
    layout(&[], (32, 16), TimeFormat::Today),
    layout(&[TOOK], (24, 12), TimeFormat::Today),
    layout(&[ID], (24, 12), TimeFormat::Today),
    layout(&[TOOK, ID], (16, 8), TimeFormat::Today),
    layout(&[TOOK, ID], (12, 8), TimeFormat::Short),
];

const fn layout(
    hidden: &'static [usize],
    min_widths: (usize, usize),
    shortest: TimeFormat,
) -> Layout {
    Layout {
        hidden,
        min_widths,
        shortest,
    }
}

/// Formats messages as a table, with the first layout that fits the terminal.
pub fn message_table(messages: &[Pii<MessageRow>], now: Timestamp, style: &TextStyle) -> String {
    let full: Vec<Vec<String>> = messages.iter().map(|row| cells(row, style)).collect();
    let status =
        |index: usize, cell: &str| (index == STATUS).then(|| MessageStatus::from_wire(cell));
    let is_today = is_same_day(now, messages, style);
    for layout in &LAYOUTS {
        let columns: Vec<Column> = layout.visible().map(|index| layout.column(index)).collect();
        for form in [TimeFormat::Full, TimeFormat::Today, TimeFormat::Short] {
            if form > layout.shortest || (form == TimeFormat::Today && !is_today) {
                continue;
            }
            let rows = messages.iter().zip(&full);
            let rows = rows.map(|(row, cells)| layout.row(row, cells, form, style));
            let rows: Vec<Vec<String>> = rows.collect();
            if !fits(&columns, &rows, style) {
                continue;
            }
            let mut text = table(&columns, &rows, style, status);
            let hidden = layout.hidden.iter().map(|index| HEADINGS[*index]);
            let (day, shortened) = match form {
                TimeFormat::Full => ("", None),
                TimeFormat::Today => ("all today; ", Some("dates")),
                TimeFormat::Short => ("", Some("full times")),
            };
            let hidden: Vec<&str> = hidden.chain(shortened).collect();
            if !hidden.is_empty() {
                let names = text::join_and(&hidden);
                text.push_str(&format!("({day}a wider terminal shows {names})\n"));
            }
            return text;
        }
    }
    table(&HEADINGS.map(whole), &full, style, status)
}

impl Layout {
    fn visible(&self) -> impl Iterator<Item = usize> {
        (0..HEADINGS.len()).filter(|index| !self.hidden.contains(index))
    }

    fn column(&self, index: usize) -> Column {
        match index {
            RECIPIENT => cut(HEADINGS[index], self.min_widths.0),
            TEMPLATE => cut(HEADINGS[index], self.min_widths.1),
            index => whole(HEADINGS[index]),
        }
    }

    fn row(
        &self,
        row: &MessageRow,
        full: &[String],
        form: TimeFormat,
        style: &TextStyle,
    ) -> Vec<String> {
        let cell = |index: usize| match row.message.queued_at {
            Some(time) if index == QUEUED => form.text(time, style),
            _ => full[index].clone(),
        };
        self.visible().map(cell).collect()
    }
}

impl TimeFormat {
    fn text(self, time: Timestamp, style: &TextStyle) -> String {
        let zoned = time.in_zone(&style.zone);
        let text = match self {
            Self::Full => return style.time(time),
            Self::Today => zoned.strftime("%H:%M:%S"),
            Self::Short => zoned.strftime("%b %d %H:%M"),
        };
        if zoned.offset().seconds() == 0 {
            format!("{text}Z")
        } else {
            format!("{text}{}", zoned.strftime("%:::z"))
        }
    }
}

fn is_same_day(now: Timestamp, messages: &[Pii<MessageRow>], style: &TextStyle) -> bool {
    let date = |time: Timestamp| time.in_zone(&style.zone).date();
    let today = date(now);
    let mut times = messages.iter().filter_map(|row| row.message.queued_at);
    times.all(|time| date(time) == today)
}

fn cells(row: &MessageRow, style: &TextStyle) -> Vec<String> {
    let message = &row.message;
    let status = displayed_status(message, &row.notification_status);
    let queued = message.queued_at.map(|time| style.time(time));
    let error = message.error.as_ref();
    let error = error.map(|error| style.sanitize(&error.code));
    vec![
        queued.unwrap_or_default(),
        style.sanitize(status.as_str()),
        took(message).unwrap_or_default(),
        style.sanitize(message.channel.as_str()),
        style.sanitize(&row.recipient),
        style.sanitize(message.template.as_deref().unwrap_or(&row.event)),
        error.unwrap_or_default(),
        row.id.clone(),
    ]
}
