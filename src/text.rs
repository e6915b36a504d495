//! Text helpers: plurals, lists, durations, shell quoting, the closest known name, and sanitizing for a terminal.

use std::fmt::Display;
use std::time::Duration;

use jiff::SpanRelativeTo;
use jiff::fmt::friendly::SpanParser;
use unicode_width::UnicodeWidthStr;

/// Returns a number with a noun in the singular or plural: `1 message`, `2 messages`, `1,000 messages`.
pub fn count_noun(number: impl Display, noun: &str) -> String {
    match group_thousands(number).as_str() {
        "1" => format!("1 {noun}"),
        number => format!("{number} {noun}s"),
    }
}

/// Returns a number with commas between groups of three digits: `1,000,000`.
pub fn group_thousands(number: impl Display) -> String {
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

/// Joins items with commas and "or": `a`, `a or b`, `a, b or c`.
pub fn join_or<T: AsRef<str>>(items: &[T]) -> String {
    join(items, "or")
}

/// Joins items with commas and "and": `a`, `a and b`, `a, b and c`.
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

/// Formats a duration with one or two units: `420 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d`.
pub fn format_duration(length: Duration) -> String {
    let millis = length.as_millis();
    let seconds = length.as_secs();
    let pair = |large: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {unit}"),
        small => format!("{large} {unit} {small} {small_unit}"),
    };
    match seconds {
        0 => format!("{millis} ms"),
        1..10 => match (millis % 1000) / 100 {
            0 => format!("{seconds} s"),
            tenths => format!("{seconds}.{tenths} s"),
        },
        10..60 => format!("{seconds} s"),
        60..3600 => pair(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => pair(seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

/// Parses a duration such as `500ms`, `90s`, `10m`, `1h30m` or `2d`. The number 0 needs no unit.
///
/// # Errors
/// The reason why the string is not a duration, such as "it is negative". Callers put it after "… is not a duration: ".
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    const FORM: &str = "write a number and a unit, like 500ms, 90s, 10m, 1h30m or 2d";
    /// The longest duration that is accepted. A longer one could overflow when it is added to a time in milliseconds
    /// since the Unix epoch.
    const MAX: Duration = Duration::from_secs(1000 * 366 * 86_400);
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let span = SpanParser::new().parse_span(text);
    // This also rejects months and years, because they have no fixed length.
    let duration = span
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| FORM.to_owned())?;
    match Duration::try_from(duration) {
        Err(_) => Err("it is negative".to_owned()),
        Ok(duration) if duration > MAX => Err("it is longer than 1,000 years".to_owned()),
        Ok(duration) => Ok(duration),
    }
}

/// Quotes a string as one word for a POSIX shell, unless it needs no quotes.
///
/// The crate `shell-words` would quote every email address, because it does not treat `@`, `:` and `%` as safe.
pub fn shell_quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=#".contains(c);
    if !text.is_empty() && !text.starts_with('#') && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// Truncates a string after `max_chars` characters. Appends `…` if characters were removed.
pub fn truncate(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Shortens a string to at most `columns` columns of a terminal. The last column is `…` if characters were removed.
pub fn shorten(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        // Measures the whole string, because a character can change the width of the character before it.
        if short.width() + 1 > columns {
            short.pop();
            break;
        }
    }
    short.push('…');
    short
}

/// Returns the candidate that is most similar to a misspelled word. `None` if no candidate is similar enough.
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

/// Returns the hint "Did you mean `candidate`?" for a misspelled word. `None` if no candidate is similar enough.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    closest_match(word, candidates).map(|candidate| format!("Did you mean `{candidate}`?"))
}

/// Removes control characters and invisible characters, so that the string cannot control the terminal. Replaces line
/// breaks and tabs by spaces.
pub fn sanitize(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c if c.is_control() || is_invisible(c) => None,
            c => Some(c),
        })
        .collect()
}

/// Returns whether a character is invisible and could therefore disguise a string as another one. These are Unicode's
/// format characters (category Cf, which includes the bidirectional controls), its default ignorable characters, and
/// its line and paragraph separators.
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
        closest_match, count_noun, format_duration, group_thousands, join_and, join_or,
        parse_duration, shell_quote, shorten,
    };
    use std::time::Duration;

    #[test]
    fn nouns_agree_with_their_numbers() {
        assert_eq!(count_noun(1, "message"), "1 message");
        assert_eq!(count_noun(0, "message"), "0 messages");
        assert_eq!(count_noun(12_345, "message"), "12,345 messages");
        assert_eq!(group_thousands(999), "999");
        assert_eq!(group_thousands(1_000_000), "1,000,000");
    }

    #[test]
    fn lists_are_joined_with_commas_and_a_conjunction() {
        assert_eq!(join_or(&["a"]), "a");
        assert_eq!(join_or(&["a", "b"]), "a or b");
        assert_eq!(join_and(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn durations_have_at_most_two_units() {
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
    fn durations_are_parsed() {
        for (text, millis) in [
            ("0", 0),
            ("500ms", 500),
            ("90s", 90_000),
            ("10m", 600_000),
            ("10min", 600_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("2d", 2 * 86_400_000),
            ("1w", 7 * 86_400_000),
            ("1d2h3m4s", 93_784_000),
        ] {
            let duration = parse_duration(text);
            assert_eq!(duration, Ok(Duration::from_millis(millis)), "{text}");
        }
        for (text, reason) in [
            ("", "write a number"),
            ("5", "write a number"),
            ("m", "write a number"),
            ("5x", "write a number"),
            ("1mo", "write a number"),
            ("2026-04-01", "write a number"),
            ("99999999999999999999d", "write a number"),
            ("-5m", "negative"),
            ("999999w", "longer than 1,000 years"),
        ] {
            let error = parse_duration(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn shell_words_are_quoted_only_when_needed() {
        assert_eq!(shell_quote("ada@example.com"), "ada@example.com");
        assert_eq!(shell_quote("it's"), "'it'\\''s'");
        assert_eq!(shell_quote("#general"), "'#general'");
        assert_eq!(shell_quote(""), "''");
    }

    #[test]
    fn texts_are_shortened_by_columns() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdefg", 6), "abcde…");
        assert_eq!(shorten("日本語日本語", 6), "日本…");
    }

    #[test]
    fn the_closest_match_is_similar() {
        assert_eq!(
            closest_match("delivred", ["delivered", "failed"]),
            Some("delivered")
        );
        assert_eq!(closest_match("xyzzy", ["delivered", "failed"]), None);
    }
}
