//! Text of `activity`: the list, and the lines of `--follow`.

use super::stats;
use super::table::{Column, cut, fits, table, whole};
use super::text::{between, error_line, shown_status};
use super::view::View;
use crate::api::control::MessageRow;
use crate::model::{MessageStatus, Timestamp};
use crate::report::ActivityList;

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

/// One way to show the list.
struct Layout {
    hidden: &'static [usize],
    /// The least widths that a recipient and a template are cut to. Nothing else is ever cut: an error and an id are
    /// there to be copied.
    least: (usize, usize),
    /// The form of times when no wider one fits.
    narrowest: When,
}

/// A form of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// `2026-04-01 13:00:00Z`
    Full,
    /// `13:00:00Z`, where all times are of today
    Today,
    /// `Apr 01 13:00Z`
    Short,
}

/// From the widest to the narrowest: the first that fits is taken, and if none does, each row becomes a block.
const LAYOUTS: [Layout; 5] = [
    layout(&[], (32, 16), When::Today),
    layout(&[TOOK], (24, 12), When::Today),
    layout(&[ID], (24, 12), When::Today),
    layout(&[TOOK, ID], (16, 8), When::Today),
    layout(&[TOOK, ID], (12, 8), When::Short),
];

const fn layout(hidden: &'static [usize], least: (usize, usize), narrowest: When) -> Layout {
    Layout {
        hidden,
        least,
        narrowest,
    }
}

/// Returns the list of messages, and their statistics if there are any.
pub fn list(list: &ActivityList, view: &View) -> String {
    let mut text = if list.messages.is_empty() {
        String::new()
    } else {
        fitted(list, view)
    };
    if let Some(statistics) = &list.statistics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&stats::text(statistics, view));
    }
    text
}

fn fitted(list: &ActivityList, view: &View) -> String {
    let full: Vec<Vec<String>> = list.messages.iter().map(|row| cells(row, view)).collect();
    let status =
        |index: usize, cell: &str| (index == STATUS).then(|| MessageStatus::from_wire(cell));
    for layout in &LAYOUTS {
        let columns = layout.columns();
        for when in layout.times(list, view) {
            let rows = layout.rows(&full, when, list, view);
            if !fits(&columns, &rows, view) {
                continue;
            }
            let mut text = table(&columns, &rows, view, status);
            let hidden = layout.hidden.iter().map(|index| HEADINGS[*index]);
            let mut hidden: Vec<&str> = hidden.collect();
            match when {
                When::Full => {}
                When::Today => hidden.push("dates"),
                When::Short => hidden.push("whole times"),
            }
            if !hidden.is_empty() {
                let names = crate::text::join_and(&hidden);
                let day = match when {
                    When::Today => "all of today; ",
                    When::Full | When::Short => "",
                };
                text.push_str(&format!("({day}a wider terminal shows {names})\n"));
            }
            return text;
        }
    }
    table(&HEADINGS.map(whole), &full, view, status)
}

impl Layout {
    fn shown(&self) -> impl Iterator<Item = usize> {
        (0..HEADINGS.len()).filter(|index| !self.hidden.contains(index))
    }

    fn columns(&self) -> Vec<Column> {
        let column = |index: usize| match index {
            RECIPIENT => cut(HEADINGS[index], self.least.0),
            TEMPLATE => cut(HEADINGS[index], self.least.1),
            index => whole(HEADINGS[index]),
        };
        self.shown().map(column).collect()
    }

    /// Returns the forms of times to try, the widest first.
    fn times(&self, list: &ActivityList, view: &View) -> Vec<When> {
        let mut times = vec![When::Full];
        if all_of_today(list, view) {
            times.push(When::Today);
        }
        if self.narrowest == When::Short {
            times.push(When::Short);
        }
        times
    }

    fn rows(
        &self,
        full: &[Vec<String>],
        when: When,
        list: &ActivityList,
        view: &View,
    ) -> Vec<Vec<String>> {
        let cells = |(row, cells): (&MessageRow, &Vec<String>)| {
            let cell = |index: usize| match queued(row) {
                Some(time) if index == QUEUED => when.text(time, view),
                _ => cells[index].clone(),
            };
            self.shown().map(cell).collect()
        };
        list.messages.iter().zip(full).map(cells).collect()
    }
}

impl When {
    fn text(self, time: Timestamp, view: &View) -> String {
        let zoned = time.to_zoned_datetime(view.zone.clone());
        let text = match self {
            Self::Full => return view.time(time),
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

fn queued(row: &MessageRow) -> Option<Timestamp> {
    row.message.queued_at
}

fn all_of_today(list: &ActivityList, view: &View) -> bool {
    let date = |time: Timestamp| time.to_zoned_datetime(view.zone.clone()).date();
    let today = date(list.at);
    let mut times = list.messages.iter().filter_map(queued);
    times.all(|time| date(time) == today)
}

fn cells(row: &MessageRow, view: &View) -> Vec<String> {
    let message = &row.message;
    let shown = shown_status(message, &row.notification_status);
    let took = match (message.queued_at, message.since(), &message.status) {
        (_, _, MessageStatus::Queued) | (None, ..) | (_, None, _) => String::new(),
        (Some(from), Some(to), _) => between(from, to),
    };
    let queued = message.queued_at.map(|time| view.time(time));
    let error = message
        .error
        .as_ref()
        .map(|error| view.outside(&error.code));
    vec![
        queued.unwrap_or_default(),
        view.outside(shown.as_str()),
        took,
        view.outside(message.channel.as_str()),
        view.recipient(&row.recipient),
        view.outside(message.template.as_deref().unwrap_or(&row.event)),
        error.unwrap_or_default(),
        row.id.clone(),
    ]
}

/// Returns the line of a message of `activity --follow`.
pub fn followed(row: &MessageRow, view: &View) -> String {
    let message = &row.message;
    let when = message.since().or(message.queued_at);
    let error = match &message.error {
        Some(error) => format!("  {}", error_line(&error.code, &error.message, view)),
        None => String::new(),
    };
    format!(
        "{}  {}  {}  {:<8}  {}  {}{error}\n",
        when.map_or_else(String::new, |when| view.time(when)),
        view.status(&shown_status(message, &row.notification_status)),
        row.id,
        view.outside(message.channel.as_str()),
        view.outside(&row.event),
        view.recipient(&row.recipient),
    )
}
