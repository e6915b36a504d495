//! Tables that fit into the width of the terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, Width};
use unicode_width::UnicodeWidthStr;

use super::text_writer::{BOLD, TextStyle, style_of};
use crate::model::MessageStatus;

const GAP: usize = 2;

#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub heading: &'static str,
    /// The width to which cells may be truncated on a narrow terminal. `None` if they must not be truncated.
    pub least: Option<usize>,
}

/// Returns a column whose cells are never truncated.
pub const fn whole(heading: &'static str) -> Column {
    Column {
        heading,
        least: None,
    }
}

/// Returns a column whose cells may be truncated to the width `least`.
pub const fn cut(heading: &'static str, least: usize) -> Column {
    Column {
        heading,
        least: Some(least),
    }
}

/// Formats rows as a table. If the terminal is too narrow for the table, formats each row as a block with one line per
/// cell. `status` receives the index of a column and the text of a cell. If it returns a status, the cell gets the
/// colour of that status.
pub fn table(
    columns: &[Column],
    rows: &[Vec<String>],
    style: &TextStyle,
    status: impl Fn(usize, &str) -> Option<MessageStatus>,
) -> String {
    let paint = |index, cell: &str| match status(index, cell) {
        Some(status) => style.paint(cell, style_of(&status)),
        None => cell.to_owned(),
    };
    match fits(columns, rows, style) {
        true => aligned(columns, rows, style, paint),
        false => blocks(columns, rows, style, paint),
    }
}

/// Returns whether the terminal is wide enough for the table, with cells truncated where their columns allow it.
pub fn fits(columns: &[Column], rows: &[Vec<String>], style: &TextStyle) -> bool {
    let least = |(index, column)| least_and_natural_width(column, rows, index).0 + GAP;
    let total: usize = columns.iter().enumerate().map(least).sum();
    style.width.is_none_or(|width| total <= width + GAP)
}

/// Returns the minimum width of a column, and its width if no cell is truncated.
fn least_and_natural_width(column: &Column, rows: &[Vec<String>], index: usize) -> (usize, usize) {
    let cells = rows.iter().map(|row| row[index].width());
    let natural = cells.max().unwrap_or(0).max(column.heading.len());
    let least = column
        .least
        .map_or(natural, |least| least.max(column.heading.len()));
    (least.min(natural), natural)
}

fn aligned(
    columns: &[Column],
    rows: &[Vec<String>],
    style: &TextStyle,
    paint: impl Fn(usize, &str) -> String,
) -> String {
    let to_u16 = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
    let mut table = Table::new();
    table.load_style(NOTHING);
    // The cells already contain colours. Colours of `comfy_table` would be off with NO_COLOR even if `--color` is given.
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(style.width.map_or(u16::MAX, |width| to_u16(width + GAP)));
    table.set_truncation_indicator("…");
    // A cell is cut at the width of its column, not at the end of a word.
    table.set_delimiter('\0');
    let headings = columns.iter();
    table.set_header(headings.map(|column| style.paint(column.heading, BOLD)));
    for row in rows {
        let cells = row.iter().enumerate();
        let mut row = Row::from(cells.map(|(index, cell)| paint(index, cell)));
        row.max_height(1);
        table.add_row(row);
    }
    for (index, column) in columns.iter().enumerate() {
        let (least, natural) = least_and_natural_width(column, rows, index);
        if let Some(shown) = table.column_mut(index) {
            shown.set_padding((0, to_u16(GAP)));
            shown.set_constraint(match least < natural {
                true => ColumnConstraint::LowerBoundary(Width::Fixed(to_u16(least + GAP))),
                false => ColumnConstraint::ContentWidth,
            });
        }
    }
    let text = table.to_string();
    let lines = text.lines().map(str::trim_end);
    lines.map(|line| format!("{line}\n")).collect()
}

fn blocks(
    columns: &[Column],
    rows: &[Vec<String>],
    style: &TextStyle,
    paint: impl Fn(usize, &str) -> String,
) -> String {
    let headings = columns.iter().map(|column| column.heading.len());
    let widest = headings.max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        if !text.is_empty() {
            text.push('\n');
        }
        for (index, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let heading = style.paint(&format!("{:<widest$}", columns[index].heading), BOLD);
            text.push_str(&format!("{heading}  {}\n", paint(index, cell)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Column, cut, table, whole};
    use crate::model::MessageStatus;
    use crate::output::text_writer::TextStyle;

    fn style_for(width: Option<usize>) -> TextStyle {
        TextStyle {
            color: false,
            terminal: width.is_some(),
            width,
            zone: jiff::tz::TimeZone::UTC,
            program: "sendivent".to_owned(),
            redactor: std::rc::Rc::default(),
        }
    }

    fn shown(width: Option<usize>) -> String {
        const COLUMNS: [Column; 3] = [whole("ID"), cut("RECIPIENT", 9), cut("ERROR", 6)];
        let rows = [
            ["1", "ada@example.com", ""],
            ["22", "bob@example.com", "Permanent bounce"],
        ]
        .map(|row| row.map(ToOwned::to_owned).to_vec());
        table(&COLUMNS, &rows, &style_for(width), |_, _| None)
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
    fn all_the_width_is_used_before_anything_more_is_cut() {
        for width in 25..44 {
            let text = shown(Some(width));
            let widest = text.lines().map(unicode_width::UnicodeWidthStr::width);
            assert_eq!(widest.max(), Some(width.min(37)), "{text}");
        }
    }

    #[test]
    fn colour_is_the_views_own_and_never_empty() {
        let rows = ["delivered", "", "odd"].map(|status| vec![status.to_owned(), "x".to_owned()]);
        let mut style = style_for(Some(80));
        style.color = true;
        let text = table(
            &[whole("STATUS"), whole("X")],
            &rows,
            &style,
            |index, cell| (index == 0).then(|| MessageStatus::from_wire(cell)),
        );
        assert_eq!(
            text,
            "\u{1b}[1mSTATUS\u{1b}[0m     \u{1b}[1mX\u{1b}[0m\n\
             \u{1b}[32mdelivered\u{1b}[0m  x\n           x\nodd        x\n"
        );
    }

    #[test]
    fn a_terminal_that_is_too_narrow_gets_blocks() {
        assert!(shown(Some(15)).starts_with("ID         1\nRECIPIENT  ada@example.com\n\nID"));
    }

    #[test]
    fn wide_characters_count_as_two() {}
}
