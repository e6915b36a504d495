//! Text from outside, before a person sees it.

use crate::model::masked;
use crate::text::is_invisible;
pub use crate::text::sanitize;

/// Returns a text for a line of its own in a pipe: only what would break the line is replaced.
pub fn for_line(text: &str) -> String {
    text.replace(['\n', '\r', '\t'], " ")
}

/// Returns JSON that cannot steer a terminal: what could is written as an escape, which means the same. The line breaks
/// between values stay.
pub fn json_for_terminal(json: &str) -> String {
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
    text
}

/// Returns a text in which every email address and phone number is masked.
pub fn without_pii(text: &str) -> String {
    let edge = |c: char| c.is_whitespace() || "\"'`()<>[]{},;".contains(c);
    let mut result = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if edge(c) {
            result.push_str(&masked_word(&word));
            word.clear();
            result.push(c);
        } else {
            word.push(c);
        }
    }
    result.push_str(&masked_word(&word));
    result
}

fn masked_word(word: &str) -> String {
    let body = word.trim_end_matches(['.', ':', '?', '!']);
    let rest = &word[body.len()..];
    let email = body.find('@').is_some_and(|at| at > 0);
    let phone = body.strip_prefix('+').is_some_and(|digits| {
        digits.len() >= 7 && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if email || phone {
        format!("{}{rest}", masked(body))
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{for_line, json_for_terminal, sanitize, without_pii};

    #[test]
    fn text_from_outside_cannot_steer_a_terminal() {
        assert_eq!(sanitize("a\x1b[2Jb\x07c\u{9b}31m"), "a[2Jbc31m");
        assert_eq!(sanitize("safe\u{202e}txt.exe\u{200f}"), "safetxt.exe");
        for hidden in
            "\u{ad}\u{200b}\u{200d}\u{2060}\u{3164}\u{fe0f}\u{feff}\u{fff9}\u{e0100}".chars()
        {
            assert_eq!(sanitize(&format!("a{hidden}b")), "ab", "{hidden:?}");
        }
        assert_eq!(sanitize("two\nlines\tand"), "two lines and");
        assert_eq!(sanitize("Åsa 你好 🎉"), "Åsa 你好 🎉");
    }

    #[test]
    fn json_for_a_terminal_means_the_same() {
        let value =
            serde_json::json!({"a\u{202e}": "\u{1b}[2J\u{9b}31m\u{7f}\u{2028}\u{e0041} 🎉\n"});
        let text = json_for_terminal(&serde_json::to_string_pretty(&value).unwrap());
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
    fn in_a_pipe_only_the_line_is_kept_whole() {
        assert_eq!(for_line("a\x1b[2Jb\nc"), "a\x1b[2Jb c");
    }

    #[test]
    fn addresses_and_numbers_are_masked_wherever_they_stand() {
        assert_eq!(
            without_pii("`welcome` to ada@example.com: no (+14155551234)."),
            "`welcome` to a***@e***: no (+***34)."
        );
        assert_eq!(without_pii("nothing @ all, +5 s"), "nothing @ all, +5 s");
        assert_eq!(without_pii("`ada.l@` or @file"), "`a***@***` or @file");
        assert_eq!(
            without_pii("owned\u{2066} \u{2066}@\u{2066}"),
            "owned\u{2066} \u{2066}***@\u{2066}***"
        );
    }
}
