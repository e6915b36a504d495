//! The grammar of every text: plurals, lists, durations, and the nearest known word.

use std::time::Duration;

/// Returns `1 message` or `2 messages`.
pub fn count_noun(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", group_thousands(number))
    }
}

/// Returns a number with its thousands set apart: `1,000,000`.
pub fn group_thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns `a`, `a or b`, `a, b or c`.
pub fn join_or<T: AsRef<str>>(items: &[T]) -> String {
    join(items, "or")
}

/// Returns `a`, `a and b`, `a, b and c`.
pub fn join_and<T: AsRef<str>>(items: &[T]) -> String {
    join(items, "and")
}

fn join<T: AsRef<str>>(items: &[T], word: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} {word} {}", first.join(", "), last.as_ref())
        }
    }
}

/// Returns a length of time in at most two units: `420 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d`.
pub fn format_duration(length: Duration) -> String {
    let millis = length.as_millis();
    let seconds = length.as_secs();
    let pair = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0 => format!("{millis} ms"),
        1..10 => {
            let tenths = (millis % 1000) / 100;
            match tenths {
                0 => format!("{seconds} s"),
                tenths => format!("{seconds}.{tenths} s"),
            }
        }
        10..60 => format!("{seconds} s"),
        60..3600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// Returns a length of time as a flag takes it: `500ms`, `10s`, `1m30s`, `2h`.
pub fn format_flag_duration(length: Duration) -> String {
    let seconds = length.as_secs();
    if length.subsec_millis() > 0 {
        return format!("{}ms", length.as_millis());
    }
    let mut text = String::new();
    for (size, unit) in [(86_400, 'd'), (3600, 'h'), (60, 'm'), (1, 's')] {
        let whole = match unit {
            'd' => seconds / size,
            'h' => seconds % 86_400 / size,
            'm' => seconds % 3600 / size,
            _ => seconds % 60,
        };
        if whole > 0 {
            text.push_str(&format!("{whole}{unit}"));
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

/// Reads a length of time: `500ms`, `90s`, `10m`, `1h30m`, `2d`; a bare `0` is none at all.
///
/// # Errors
/// A reason that ends the sentence "… is not a duration: ".
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write a number and a unit, like 500ms, 90s, 10m, 1h30m or 2d";
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.starts_with('-') {
        return Err("it is negative".to_owned());
    }
    let mut total: u128 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(FORM.to_owned());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = rest[..digits].parse().map_err(|_| FORM.to_owned())?;
        rest = &rest[digits..];
        let letters = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let unit: u128 = match &rest[..letters] {
            "ms" => 1,
            "s" => 1000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "w" => 604_800_000,
            _ => return Err(FORM.to_owned()),
        };
        rest = &rest[letters..];
        total += u128::from(number) * unit;
    }
    let millis = u64::try_from(total).unwrap_or(u64::MAX);
    if millis > 1000 * 366 * 86_400_000 {
        return Err("it is longer than 1,000 years".to_owned());
    }
    Ok(Duration::from_millis(millis))
}

/// Returns a text as one word of a shell.
pub fn shell_quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=#".contains(c);
    if !text.is_empty() && !text.starts_with('#') && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Returns a text that is no longer than so many characters, and says so if it was.
pub fn truncate(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns the candidate that was probably meant, if one is near enough.
pub fn closest_match<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let score = strsim::jaro_winkler(&word, &candidate.to_lowercase());
            (candidate, score)
        })
        .filter(|(_, score)| *score > 0.75)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(candidate, _)| candidate)
}

/// Returns a text that cannot steer a terminal: control characters and those that nobody sees are left out; blanks of
/// other kinds become plain ones.
pub fn sanitize(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .collect()
}

/// Returns whether nobody sees a character, which can make a text read as another: those of Unicode's category Cf, the
/// bidirectional controls among them, its default ignorable ones, and its separators of lines and paragraphs.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{0600}'..='\u{0605}' | '\u{061c}' | '\u{06dd}' | '\u{070f}'
        | '\u{0890}'..='\u{0891}' | '\u{08e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{
        closest_match, count_noun, format_duration, format_flag_duration, group_thousands,
        join_and, join_or, parse_duration, shell_quote,
    };
    use std::time::Duration;

    #[test]
    fn words_agree_with_their_numbers() {
        assert_eq!(count_noun(1, "message"), "1 message");
        assert_eq!(count_noun(0, "message"), "0 messages");
        assert_eq!(count_noun(12_345, "message"), "12,345 messages");
        assert_eq!(group_thousands(999), "999");
        assert_eq!(group_thousands(1_000_000), "1,000,000");
    }

    #[test]
    fn lists_read_as_sentences_do() {
        assert_eq!(join_or(&["a"]), "a");
        assert_eq!(join_or(&["a", "b"]), "a or b");
        assert_eq!(join_and(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn durations_read_at_a_glance() {
        for (millis, text) in [
            (0, "0 ms"),
            (420, "420 ms"),
            (1000, "1 s"),
            (1250, "1.2 s"),
            (59_900, "59 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (3 * 86_400_000, "3 d"),
        ] {
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn durations_are_read_back_as_they_are_written() {
        for text in ["500ms", "90s", "10m", "1h30m", "2d", "1d2h3m4s"] {
            let length = parse_duration(text).unwrap();
            assert_eq!(
                parse_duration(&format_flag_duration(length)).unwrap(),
                length,
                "{text}"
            );
        }
        assert_eq!(parse_duration("0").unwrap(), Duration::ZERO);
        for text in [
            "",
            "5",
            "m",
            "-5m",
            "1.5h",
            "5 m",
            "5x",
            "99999999999999999999d",
            "9999999w",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_shell_reads_one_word() {
        assert_eq!(shell_quote("ada@example.com"), "ada@example.com");
        assert_eq!(shell_quote("it's"), "'it'\\''s'");
        assert_eq!(shell_quote("#general"), "'#general'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(
            closest_match("delivred", ["delivered", "failed"]),
            Some("delivered")
        );
        assert_eq!(closest_match("xyzzy", ["delivered", "failed"]), None);
    }
}
