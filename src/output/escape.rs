//! Escapes strings from other sources, such as the service, before they are printed.

use std::borrow::Cow;

use crate::text::is_invisible;
pub use crate::text::sanitize as for_terminal;

/// Returns a string for one line of output that does not go to a terminal. Replaces line breaks and tabs by spaces, and
/// nothing else.
pub fn for_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Returns a JSON document for output. For a terminal, replaces control characters and invisible characters by JSON
/// escapes such as `\u001b`, which JSON parsers convert back. Keeps line breaks between values.
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
