//! Text from outside, made safe for a terminal.

use std::borrow::Cow;

use crate::text::is_invisible;
pub use crate::text::sanitize as for_terminal;

/// Returns text for one line in a pipe: only what would break the line is replaced.
pub fn for_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Returns JSON for a stream: on a terminal, equivalent JSON in which control and invisible characters are escaped. Line
/// breaks between values stay.
pub fn json(json: &str, is_terminal: bool) -> Cow<'_, str> {
    if !is_terminal {
        return json.into();
    }
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if c != '\n' && (c.is_control() || is_invisible(c)) {
            for unit in c.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::{for_line, for_terminal, json};

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(for_terminal("a\x1b[2Jb\x07c\u{9b}31m"), "a[2Jbc31m");
        assert_eq!(for_terminal("safe\u{202e}txt.exe\u{200f}"), "safetxt.exe");
        for hidden in
            "\u{ad}\u{200b}\u{200d}\u{2060}\u{3164}\u{fe0f}\u{feff}\u{fff9}\u{e0100}".chars()
        {
            assert_eq!(for_terminal(&format!("a{hidden}b")), "ab", "{hidden:?}");
        }
        assert_eq!(for_terminal("two\nlines\tand"), "two lines and");
        assert_eq!(for_terminal("Åsa 你好 🎉"), "Åsa 你好 🎉");
    }

    #[test]
    fn json_for_a_terminal_is_equivalent() {
        let value =
            serde_json::json!({"a\u{202e}": "\u{1b}[2J\u{9b}31m\u{7f}\u{2028}\u{e0041} 🎉\n"});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let text = json(&text, true);
        assert!(
            !text.contains(|c: char| c != '\n' && (c.is_control() || crate::text::is_invisible(c)))
        );
        assert!(text.contains("\\u009b31m") && text.contains("🎉"), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }

    #[test]
    fn in_a_pipe_only_line_breaks_are_replaced() {
        assert_eq!(for_line("a\x1b[2Jb\nc"), "a\x1b[2Jb c");
    }
}
