//! A line editor for prompts, with a history.

use unicode_width::UnicodeWidthChar;

use crate::text::sanitize;

/// A line of input, and the position in the history of earlier answers.
#[derive(Debug, Default)]
pub struct LineEditor {
    text: String,
    /// The history entry that the line was recalled from, counted from 1 for the newest. 0 if it was not recalled.
    history_position: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    Enter,
    Backspace,
    Up,
    Down,
    Escape,
    /// Ctrl-C, or a signal that interrupted the read.
    Interrupt,
    /// Any character that has no variant of its own, including control characters such as Ctrl-U.
    Char(char),
    Other,
}

/// What the prompt does after the user has pressed a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOutcome {
    Continue,
    Submit,
    Cancel,
    Interrupt,
}

/// Ctrl-D, which cancels the prompt if the line is empty.
const END_OF_INPUT: char = '\u{4}';
/// Ctrl-U, which deletes the line.
const DELETE_LINE: char = '\u{15}';

impl LineEditor {
    pub fn press(&mut self, key: Key, history: &[String]) -> KeyOutcome {
        match key {
            Key::Enter => return KeyOutcome::Submit,
            Key::Escape => return KeyOutcome::Cancel,
            Key::Interrupt => return KeyOutcome::Interrupt,
            Key::Char(END_OF_INPUT) if self.text.is_empty() => return KeyOutcome::Cancel,
            Key::Char(DELETE_LINE) => self.text.clear(),
            Key::Char('\t') | Key::Other => {}
            Key::Char(c) if c.is_control() => {}
            Key::Char(c) => self.text.push(c),
            Key::Backspace => {
                self.text.pop();
            }
            Key::Up => self.recall(self.history_position + 1, history),
            Key::Down => self.recall(self.history_position.saturating_sub(1), history),
        }
        KeyOutcome::Continue
    }

    /// Replaces the line by the history entry at `position`, counted from 1. Position 0 empties the line. Does nothing
    /// if there is no such entry.
    fn recall(&mut self, position: usize, history: &[String]) {
        if position > history.len() || position == self.history_position {
            return;
        }
        self.history_position = position;
        self.text = match position {
            0 => String::new(),
            position => history[position - 1].clone(),
        };
    }

    /// Returns the longest suffix of the line that fits into `columns` columns of the terminal.
    pub fn visible_end(&self, columns: usize) -> String {
        let text = sanitize(&self.text);
        let mut free = columns;
        let mut start = text.len();
        for (at, c) in text.char_indices().rev() {
            let width = c.width().unwrap_or(0);
            if width > free {
                break;
            }
            free -= width;
            start = at;
        }
        text[start..].to_owned()
    }

    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyOutcome, LineEditor};

    fn typed(text: &str) -> LineEditor {
        let mut line = LineEditor::default();
        for c in text.chars() {
            assert_eq!(line.press(Key::Char(c), &[]), KeyOutcome::Continue);
        }
        line
    }

    #[test]
    fn typed_characters_form_the_line() {
        let mut line = typed("wel come\té\u{7}");
        line.press(Key::Backspace, &[]);
        line.press(Key::Other, &[]);
        assert_eq!(line.into_text(), "wel come");
        assert_eq!(typed("all gone\u{15}new").into_text(), "new");
        assert_eq!(typed("a\u{4}").into_text(), "a");
        assert_eq!(
            LineEditor::default().press(Key::Char('\u{4}'), &[]),
            KeyOutcome::Cancel
        );
    }

    #[test]
    fn arrow_keys_recall_the_history() {
        let history = ["newest".to_owned(), "oldest".to_owned()];
        let mut line = typed("x");
        let mut lines = Vec::new();
        for key in [
            Key::Up,
            Key::Up,
            Key::Up,
            Key::Char('!'),
            Key::Down,
            Key::Down,
            Key::Down,
        ] {
            line.press(key, &history);
            lines.push(line.visible_end(80));
        }
        assert_eq!(
            lines,
            ["newest", "oldest", "oldest", "oldest!", "newest", "", ""]
        );
    }

    #[test]
    fn a_long_line_shows_its_end() {
        assert_eq!(typed("0123456789").visible_end(4), "6789");
        assert_eq!(typed("日本語").visible_end(5), "本語");
        assert_eq!(typed("abc").visible_end(0), "");
    }
}
