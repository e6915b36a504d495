//! A line as it is typed.

use unicode_width::UnicodeWidthChar;

use crate::text::sanitize;

/// What has been typed so far.
#[derive(Debug, Default)]
pub struct Line {
    text: String,
    /// Which earlier answer was taken by the arrow keys: the first is 1.
    taken: usize,
}

/// A key that means something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// What was typed is the answer.
    Enter,
    /// The last character goes.
    Backspace,
    /// The earlier answer before.
    Up,
    /// The earlier answer after.
    Down,
    /// The question is given up.
    Escape,
    /// Ctrl-C, or a signal.
    Interrupt,
    /// A character, or one that Ctrl makes.
    Char(char),
    /// Nothing.
    Other,
}

/// What a key has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// The line goes on.
    More,
    /// The line is complete.
    Enter,
    /// The line is given up.
    Escape,
    /// The run is to end.
    Interrupt,
}

/// Ctrl-D: nothing more is typed.
const END: char = '\u{4}';
/// Ctrl-U: the line goes.
const ERASE: char = '\u{15}';

impl Line {
    /// Takes a key.
    pub fn press(&mut self, key: Key, earlier: &[String]) -> Pressed {
        match key {
            Key::Enter => return Pressed::Enter,
            Key::Escape => return Pressed::Escape,
            Key::Interrupt => return Pressed::Interrupt,
            Key::Char(END) if self.text.is_empty() => return Pressed::Escape,
            Key::Char(ERASE) => self.text.clear(),
            Key::Char('\t') | Key::Other => {}
            Key::Char(c) if c.is_control() => {}
            Key::Char(c) => self.text.push(c),
            Key::Backspace => {
                self.text.pop();
            }
            Key::Up => self.take(self.taken + 1, earlier),
            Key::Down => self.take(self.taken.saturating_sub(1), earlier),
        }
        Pressed::More
    }

    /// Puts an earlier answer here; the one before the first is an empty line.
    fn take(&mut self, number: usize, earlier: &[String]) {
        if number > earlier.len() || number == self.taken {
            return;
        }
        self.taken = number;
        self.text = match number {
            0 => String::new(),
            number => earlier[number - 1].clone(),
        };
    }

    /// Returns as much of the end as there is room for.
    pub fn end(&self, room: usize) -> String {
        let text = sanitize(&self.text);
        let mut free = room;
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

    /// Returns what was typed.
    pub fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, Line, Pressed};

    fn typed(text: &str) -> Line {
        let mut line = Line::default();
        for c in text.chars() {
            assert_eq!(line.press(Key::Char(c), &[]), Pressed::More);
        }
        line
    }

    #[test]
    fn what_is_typed_is_the_line() {
        let mut line = typed("wel come\té\u{7}");
        line.press(Key::Backspace, &[]);
        line.press(Key::Other, &[]);
        assert_eq!(line.into_text(), "wel come");
        assert_eq!(typed("all gone\u{15}new").into_text(), "new");
        assert_eq!(typed("a\u{4}").into_text(), "a");
        assert_eq!(
            Line::default().press(Key::Char('\u{4}'), &[]),
            Pressed::Escape
        );
    }

    #[test]
    fn arrow_keys_take_earlier_answers() {
        let earlier = ["newest".to_owned(), "oldest".to_owned()];
        let mut line = typed("x");
        let mut shown = Vec::new();
        for key in [
            Key::Up,
            Key::Up,
            Key::Up,
            Key::Char('!'),
            Key::Down,
            Key::Down,
            Key::Down,
        ] {
            line.press(key, &earlier);
            shown.push(line.end(80));
        }
        assert_eq!(
            shown,
            ["newest", "oldest", "oldest", "oldest!", "newest", "", ""]
        );
    }

    #[test]
    fn a_long_line_shows_its_end() {
        assert_eq!(typed("0123456789").end(4), "6789");
        assert_eq!(typed("日本語").end(5), "本語");
        assert_eq!(typed("abc").end(0), "");
    }
}
