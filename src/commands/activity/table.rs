//! The table of messages, which hides columns and shortens times on a narrow terminal.

use crate::api::control::MessageRow;
use crate::commands::notification::{between, displayed_status};
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

/// The columns and forms of times of a table.
struct Layout {
    hidden: &'static [usize],
    /// Minimum widths of recipient and template. Nothing else is cut: users copy errors and ids.
    least: (usize, usize),
    /// The shortest form of times.
    shortest: TimeForm,
}

/// A form of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TimeForm {
    /// `2026-04-01 13:00:00Z`
    Full,
    /// `13:00:00Z`, if all times are today
    Today,
    /// `Apr 01 13:00Z`
    Short,
}

/// From wide to narrow: the first that fits is used. If none does, each row becomes a block of lines.
const LAYOUTS: [Layout; 5] = [
    layout(&[], (32, 16), TimeForm::Today),
    layout(&[TOOK], (24, 12), TimeForm::Today),
    layout(&[ID], (24, 12), TimeForm::Today),
    layout(&[TOOK, ID], (16, 8), TimeForm::Today),
    layout(&[TOOK, ID], (12, 8), TimeForm::Short),
];

const fn layout(hidden: &'static [usize], least: (usize, usize), shortest: TimeForm) -> Layout {
    Layout {
        hidden,
        least,
        shortest,
    }
}

/// Returns the messages as a table, in the first layout that fits the terminal.
pub fn message_table(messages: &[Pii<MessageRow>], now: Timestamp, style: &TextStyle) -> String {
    let rows = messages.iter();
    let full: Vec<Vec<String>> = rows.map(|row| cells(row, style)).collect();
    let status =
        |index: usize, cell: &str| (index == STATUS).then(|| MessageStatus::from_wire(cell));
    for layout in &LAYOUTS {
        let columns = layout.columns();
        for form in layout.times(messages, now, style) {
            let rows = layout.rows(&full, form, messages, style);
            if !fits(&columns, &rows, style) {
                continue;
            }
            let mut text = table(&columns, &rows, style, status);
            let hidden = layout.hidden.iter().map(|index| HEADINGS[*index]);
            let (day, shortened) = match form {
                TimeForm::Full => ("", None),
                TimeForm::Today => ("all today; ", Some("dates")),
                TimeForm::Short => ("", Some("full times")),
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

    fn columns(&self) -> Vec<Column> {
        let column = |index: usize| match index {
            RECIPIENT => cut(HEADINGS[index], self.least.0),
            TEMPLATE => cut(HEADINGS[index], self.least.1),
            index => whole(HEADINGS[index]),
        };
        self.visible().map(column).collect()
    }

    /// Returns the forms of times to try, longest first.
    fn times(
        &self,
        messages: &[Pii<MessageRow>],
        now: Timestamp,
        style: &TextStyle,
    ) -> Vec<TimeForm> {
        let mut times = vec![TimeForm::Full];
        if is_same_day(now, messages, style) {
            times.push(TimeForm::Today);
        }
        if self.shortest == TimeForm::Short {
            times.push(TimeForm::Short);
        }
        times
    }

    fn rows(
        &self,
        full: &[Vec<String>],
        form: TimeForm,
        messages: &[Pii<MessageRow>],
        style: &TextStyle,
    ) -> Vec<Vec<String>> {
        let cells = |(row, cells): (&Pii<MessageRow>, &Vec<String>)| {
            let cell = |index: usize| match row.message.queued_at {
                Some(time) if index == QUEUED => form.text(time, style),
                _ => cells[index].clone(),
            };
            self.visible().map(cell).collect()
        };
        messages.iter().zip(full).map(cells).collect()
    }
}

impl TimeForm {
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
    let took = match (message.queued_at, message.since(), &message.status) {
        (_, _, MessageStatus::Queued) | (None, ..) | (_, None, _) => String::new(),
        (Some(from), Some(to), _) => between(from, to),
    };
    let queued = message.queued_at.map(|time| style.time(time));
    let error = message.error.as_ref();
    let error = error.map(|error| style.sanitize(&error.code));
    vec![
        queued.unwrap_or_default(),
        style.sanitize(status.as_str()),
        took,
        style.sanitize(message.channel.as_str()),
        style.sanitize(&row.recipient),
        style.sanitize(message.template.as_deref().unwrap_or(&row.event)),
        error.unwrap_or_default(),
        row.id.clone(),
    ]
}
