//! Tables, fitted to the width of the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Row, Table, Width,
};
use unicode_width::UnicodeWidthStr;

use super::view::{BOLD, View, style_of};
use crate::model::MessageStatus;

/// The gap between two columns.
const GAP: usize = 2;

/// A column: its heading, and whether it may be cut when the terminal is narrow.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its heading.
    pub heading: &'static str,
    /// The least width it can be cut to; none when it must stay whole.
    pub least: Option<usize>,
}

/// Returns a column that stays whole.
pub const fn whole(heading: &'static str) -> Column {
    Column {
        heading,
        least: None,
    }
}

/// Returns a column that may be cut to so many characters.
pub const fn cut(heading: &'static str, least: usize) -> Column {
    Column {
        heading,
        least: Some(least),
    }
}

/// Returns rows as a table. On a terminal that is too narrow for it, each row becomes a block of lines. `status` tells
/// which cells have the colour of a status.
pub fn table(
    columns: &[Column],
    rows: &[Vec<String>],
    view: &View,
    status: impl Fn(usize, &str) -> Option<MessageStatus>,
) -> String {
    if fits(columns, rows, view) {
        aligned(columns, rows, view, status)
    } else {
        blocks(columns, rows, view, status)
    }
}

/// Returns whether the terminal is wide enough for the columns, cut as far as they may be.
pub fn fits(columns: &[Column], rows: &[Vec<String>], view: &View) -> bool {
    view.width
        .is_none_or(|width| least_width(columns, rows) <= width)
}

fn least_width(columns: &[Column], rows: &[Vec<String>]) -> usize {
    let gaps = GAP * columns.len().saturating_sub(1);
    let of = |(index, column): (usize, &Column)| {
        let natural = rows.iter().map(|row| row[index].width()).max().unwrap_or(0);
        natural
            .min(column.least.unwrap_or(usize::MAX))
            .max(column.heading.len())
    };
    columns.iter().enumerate().map(of).sum::<usize>() + gaps
}

fn aligned(
    columns: &[Column],
    rows: &[Vec<String>],
    view: &View,
    status: impl Fn(usize, &str) -> Option<MessageStatus>,
) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    if view.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    if let Some(width) = view.width {
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(columns.iter().map(|column| {
        let heading = Cell::new(column.heading);
        if view.color {
            heading.add_attribute(Attribute::Bold)
        } else {
            heading
        }
    }));
    for row in rows {
        let cells = row.iter().enumerate().map(|(index, text)| {
            let cell = Cell::new(text);
            match status(index, text).as_ref().and_then(color_of) {
                Some(color) => cell.fg(color),
                None => cell,
            }
        });
        let mut row = Row::from(cells.collect::<Vec<_>>());
        row.max_height(1);
        table.add_row(row);
    }
    for (index, (column, shape)) in table.column_iter_mut().zip(columns).enumerate() {
        let gap = if index + 1 < columns.len() { GAP } else { 0 };
        column.set_padding((0, u16::try_from(gap).unwrap_or(2)));
        column.set_constraint(match shape.least {
            None => ColumnConstraint::ContentWidth,
            Some(least) => {
                let natural = rows.iter().map(|row| row[index].width()).max().unwrap_or(0);
                let least = least.min(natural).max(shape.heading.len()) + gap;
                ColumnConstraint::LowerBoundary(Width::Fixed(
                    u16::try_from(least).unwrap_or(u16::MAX),
                ))
            }
        });
    }
    let text = table.to_string();
    let lines = text.lines().map(str::trim_end);
    lines.map(|line| format!("{line}\n")).collect()
}

fn blocks(
    columns: &[Column],
    rows: &[Vec<String>],
    view: &View,
    status: impl Fn(usize, &str) -> Option<MessageStatus>,
) -> String {
    let headings = columns.iter().map(|column| column.heading.len());
    let widest = headings.max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        if !text.is_empty() {
            text.push('\n');
        }
        for (index, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let heading = view.paint(&format!("{:<widest$}", columns[index].heading), BOLD);
            let cell = match status(index, cell) {
                Some(status) => view.paint(cell, style_of(&status)),
                None => cell.clone(),
            };
            text.push_str(&format!("{heading}  {cell}\n"));
        }
    }
    text
}

/// Returns the colour of a status in a table: that of [`style_of`].
fn color_of(status: &MessageStatus) -> Option<Color> {
    match status {
        MessageStatus::Queued => Some(Color::DarkYellow),
        MessageStatus::Sent => Some(Color::DarkCyan),
        MessageStatus::Delivered => Some(Color::DarkGreen),
        MessageStatus::Failed => Some(Color::DarkRed),
        MessageStatus::Suppressed => Some(Color::DarkMagenta),
        MessageStatus::Other(_) => None,
    }
}

/// Cuts a text to a width, and says so with `…`.
pub fn shorten(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        let next = format!("{short}{c}");
        if next.width() + 1 > width {
            break;
        }
        short = next;
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::{Column, cut, shorten, table, whole};
    use crate::output::view::View;

    fn view(width: Option<usize>) -> View {
        View {
            color: false,
            terminal: width.is_some(),
            width,
            zone: jiff::tz::TimeZone::UTC,
            no_pii: false,
            program: "sendivent".to_owned(),
            masker: std::rc::Rc::default(),
        }
    }

    fn shown(width: Option<usize>) -> String {
        const COLUMNS: [Column; 3] = [whole("ID"), cut("RECIPIENT", 9), cut("ERROR", 6)];
        let rows = [
            ["1", "ada@example.com", ""],
            ["22", "bob@example.com", "Permanent bounce"],
        ]
        .map(|row| row.map(ToOwned::to_owned).to_vec());
        table(&COLUMNS, &rows, &view(width), |_, _| None)
    }

    #[test]
    fn without_a_terminal_nothing_is_cut() {
        assert_eq!(
            shown(None),
            "ID  RECIPIENT        ERROR\n1   ada@example.com\n22  bob@example.com  Permanent bounce\n"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_columns_first() {
        let text = shown(Some(27));
        assert!(
            text.lines()
                .all(|line| unicode_width::UnicodeWidthStr::width(line) <= 27),
            "{text}"
        );
        assert!(text.contains('…'), "{text}");
    }

    #[test]
    fn a_terminal_that_is_too_narrow_gets_blocks() {
        assert!(shown(Some(15)).starts_with("ID         1\nRECIPIENT  ada@example.com\n\nID"));
    }

    #[test]
    fn wide_characters_count_as_two() {
        assert_eq!(shorten("你好世界", 5), "你好…");
        assert_eq!(shorten("abc", 3), "abc");
    }
}
