//! Text of `activity`: the list, and the lines of `--follow`.

use super::stats;
use super::table::{Column, cut, fits, table, whole};
use super::text::{between, error_line};
use super::view::View;
use crate::api::control::MessageRow;
use crate::model::{Message, MessageStatus};
use crate::report::ActivityList;

const COLUMNS: [Column; 8] = [
    whole("QUEUED"),
    whole("STATUS"),
    whole("TOOK"),
    whole("CHANNEL"),
    cut("RECIPIENT", 16),
    cut("TEMPLATE", 8),
    cut("ERROR", 10),
    whole("ID"),
];

/// Which columns are shown, the first choice that fits. Hidden columns are named below the table.
const LAYOUTS: [&[usize]; 5] = [
    &[0, 1, 2, 3, 4, 5, 6, 7],
    &[0, 1, 3, 4, 5, 6, 7],
    &[0, 1, 3, 4, 6, 7],
    &[0, 1, 3, 4, 5, 6],
    &[0, 1, 3, 4, 6],
];

/// Returns the list of messages, and their statistics if there are any.
pub fn list(list: &ActivityList, view: &View) -> String {
    let rows: Vec<Vec<String>> = list.messages.iter().map(|row| cells(row, view)).collect();
    let mut text = if rows.is_empty() {
        String::new()
    } else {
        fitted(&rows, view)
    };
    if let Some(statistics) = &list.statistics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&stats::text(statistics, view));
    }
    text
}

fn fitted(rows: &[Vec<String>], view: &View) -> String {
    let pick = |layout: &[usize]| {
        let columns: Vec<Column> = layout.iter().map(|index| COLUMNS[*index]).collect();
        let cells = |row: &Vec<String>| layout.iter().map(|index| row[*index].clone()).collect();
        let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
        (columns, rows)
    };
    let status = |index: usize, cell: &str| (index == 1).then(|| MessageStatus::from_wire(cell));
    for layout in LAYOUTS {
        let (columns, rows) = pick(layout);
        if fits(&columns, &rows, view) {
            let hidden: Vec<&str> = (0..COLUMNS.len())
                .filter(|index| !layout.contains(index))
                .map(|index| COLUMNS[index].heading)
                .collect();
            let mut text = table(&columns, &rows, view, status);
            if !hidden.is_empty() {
                let names = crate::words::all(&hidden);
                text.push_str(&format!("(a wider terminal shows {names})\n"));
            }
            return text;
        }
    }
    table(&COLUMNS, rows, view, status)
}

fn cells(row: &MessageRow, view: &View) -> Vec<String> {
    let message: Message = row.message.clone().into();
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
        view.outside(message.status.as_str()),
        took,
        view.outside(message.channel.as_str()),
        view.recipient(&row.recipient),
        view.outside(message.template.as_deref().unwrap_or(&row.event)),
        error.unwrap_or_default(),
        row.notification.clone(),
    ]
}

/// Returns the line of a message of `activity --follow`.
pub fn followed(row: &MessageRow, view: &View) -> String {
    let message: Message = row.message.clone().into();
    let when = message.since().or(message.queued_at);
    let error = match &message.error {
        Some(error) => format!("  {}", error_line(&error.code, &error.message, view)),
        None => String::new(),
    };
    format!(
        "{}  {}  {}  {:<8}  {}  {}{error}\n",
        when.map_or_else(String::new, |when| view.time(when)),
        view.status(&message.status),
        row.notification,
        view.outside(message.channel.as_str()),
        view.outside(&row.event),
        view.recipient(&row.recipient),
    )
}
