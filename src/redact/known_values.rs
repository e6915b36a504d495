//! Stores the recipients, senders and payload values of this command, and searches text for them.
//!
//! Structured values are masked by their type (see [`super::Pii`]). The search is needed for text that other software
//! wrote, such as an error message of the service or of clap, because such text may repeat any of these values.

use std::collections::BTreeMap;

use serde_json::Value;

use super::mask_addresses;
use crate::model::{Channel, SendRequest, help_topic, masked};
use crate::text::sanitize;

/// Personal values that appear in this command's arguments and request.
#[derive(Debug, Clone, Default)]
pub struct KnownValues {
    /// The values by their first letter, longest first.
    values: BTreeMap<char, Vec<KnownValue>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct KnownValue {
    /// The value in lower case.
    letters: Vec<char>,
    kind: Match,
}

/// Which occurrences of a value are masked. If every occurrence of a short or common word were masked, our own messages
/// would become unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// Only after a quote, `=`, `` ` to `` or `` ` for ``, where messages repeat a value.
    Quoted,
    /// Only as a whole word.
    Words,
    /// Every occurrence, also inside a word.
    Anywhere,
}

/// Words that our own messages use. They are never masked, and neither are the names of channels and help topics.
const OWN_WORDS: &str = "activity address contact identifier cancel channel event explain field help json list message name \
                   notification number object phone recipient send simulator status text true false watch";

impl KnownValues {
    /// Adds all personal values of a send request. The name of the event is not masked.
    pub fn add_request(&mut self, request: &SendRequest) {
        if let Some(to) = request.to.to_wire() {
            self.add_json(&to);
        }
        self.add(&request.to.to_text());
        self.add_json(&Value::Object(request.payload.clone()));
        self.add_json(&Value::Object(request.overrides.clone()));
        if let Some(from) = &request.from {
            self.add_json(from);
        }
        self.remove(request.event.as_str());
    }

    /// Removes a value that must stay readable, such as the event's name, even if it equals a personal value.
    pub fn remove(&mut self, text: &str) {
        let letters: Vec<char> = text.chars().map(lower).collect();
        for values in self.values.values_mut() {
            values.retain(|value| value.letters != letters);
        }
    }

    /// Adds a string that identifies a person. For an email address, also adds the part before the `@`.
    pub fn add(&mut self, text: &str) {
        let text = text.trim();
        for text in [
            text,
            &sanitize(text),
            &text.replace(['\n', '\r', '\t'], " "),
        ] {
            let kind = match text.chars().count() {
                0..=3 => Match::Quoted,
                4..=7 => Match::Words,
                _ => Match::Anywhere,
            };
            self.insert(text, kind);
        }
        let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
        // `failed@example.com` must not mask the word `failed` in our own messages.
        let plain = local.chars().all(|c| c.is_alphabetic() || c == '-');
        let short = local.chars().count() < 4;
        let kind = if plain || short {
            Match::Quoted
        } else {
            Match::Words
        };
        self.insert(local, kind);
        // The parts of strings such as `sim:word` and `name+word@host`.
        for part in local.split([':', '+']) {
            self.insert(part, Match::Quoted);
        }
    }

    /// Masks the known values, and everything that looks like an email address or a phone number.
    pub fn mask(&self, text: &str) -> String {
        mask_addresses(&self.mask_known(text))
    }

    /// Masks the known values only. Other addresses, such as those in examples, stay readable.
    pub fn mask_known(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let lowercase: Vec<char> = chars.iter().map(|c| lower(*c)).collect();
        let mut result = String::with_capacity(text.len());
        let mut at = 0;
        while at < chars.len() {
            match self.length_at(&lowercase, at) {
                Some(length) => {
                    let value: String = chars[at..at + length].iter().collect();
                    result.push_str(&masked(&value));
                    at += length;
                }
                None => {
                    result.push(chars[at]);
                    at += 1;
                }
            }
        }
        result
    }

    /// Returns the length of the longest known value that starts at `at` and must be masked there.
    fn length_at(&self, text: &[char], at: usize) -> Option<usize> {
        let is_here = |value: &&KnownValue| {
            let end = at + value.letters.len();
            text[at..].starts_with(&value.letters)
                && is_match(&text[..at], &text[end..], &value.letters, value.kind)
        };
        let values = self.values.get(&text[at])?;
        values.iter().find(is_here).map(|value| value.letters.len())
    }

    /// Adds the value of a `--param` or `--override` argument, which is `key=text` or `key:=json`.
    pub fn add_pair(&mut self, text: &str) {
        self.add_typed(text.split_once('=').map_or(text, |(_, value)| value));
    }

    /// Adds a recipient or sender as typed on the command line: an identifier, JSON, or `@file`.
    pub fn add_typed(&mut self, text: &str) {
        if let Some(path) = text.strip_prefix('@') {
            self.add(path);
        }
        self.add(text);
        match serde_json::from_str::<Value>(text) {
            Ok(value) => self.add_json(&value),
            // Malformed JSON, or several recipients in one argument. An error message may repeat any part of it.
            Err(_) => text
                .split(|c: char| c.is_whitespace() || "\"'{}[]<>,;".contains(c))
                .filter(|part| !part.ends_with(':'))
                .for_each(|part| self.add(part)),
        }
    }

    /// Adds every string and number in a JSON value, but not the names of its fields.
    pub fn add_json(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.add(text),
            Value::Number(number) => self.add(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.add_json(item)),
            Value::Object(fields) => fields.values().for_each(|item| self.add_json(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn insert(&mut self, text: &str, kind: Match) {
        let letters: Vec<char> = text.chars().map(lower).collect();
        let Some(first) = letters.first() else {
            return;
        };
        if is_own_word(text) || letters.iter().all(|c| "*@+".contains(*c)) {
            return;
        }
        let values = self.values.entry(*first).or_default();
        match values.iter_mut().find(|value| value.letters == letters) {
            Some(value) => value.kind = value.kind.max(kind),
            None => {
                values.push(KnownValue { letters, kind });
                values.sort_by_key(|value| std::cmp::Reverse(value.letters.len()));
            }
        }
    }
}

fn is_match(before: &[char], after: &[char], value: &[char], kind: Match) -> bool {
    let is_within_word = |neighbour: Option<&char>, edge: Option<&char>| {
        neighbour.is_some_and(|c| c.is_alphanumeric()) && edge.is_some_and(|c| c.is_alphanumeric())
    };
    // This is a value that was already masked. Its first letter, which stays readable, may equal a known value.
    if after.starts_with(&['*'; 3]) {
        return false;
    }
    let is_word = !is_within_word(before.last(), value.first())
        && !is_within_word(after.first(), value.last());
    match kind {
        Match::Anywhere => true,
        Match::Words => is_word,
        Match::Quoted => {
            let follows = |words: &str| {
                let last = before.iter().rev().copied().take(words.len());
                last.eq(words.chars().rev())
            };
            is_word
                && ["`", "'", "\"", "=", "` to ", "` for "]
                    .iter()
                    .any(|words| follows(words))
        }
    }
}

fn is_own_word(text: &str) -> bool {
    help_topic(text).is_some()
        || text.parse::<Channel>().is_ok()
        || OWN_WORDS.split(' ').any(|word| word == text)
}

/// Returns the lower case of a character, or the character itself if its lower case has more than one character.
fn lower(c: char) -> char {
    let mut lowercase = c.to_lowercase();
    match (lowercase.next(), lowercase.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::KnownValues;

    #[test]
    fn a_given_value_is_masked_in_every_form() {
        let texts: [fn(&mut KnownValues); 5] = [
            |known| known.add_typed("zeb.quux@x.se"),
            |known| known.add_typed(r#"{"email":"zeb.quux@x.se"}"#),
            |known| known.add_pair("to=zeb.quux@x.se"),
            |known| known.add_pair(r#"to:=["zeb.quux@x.se"]"#),
            |known| known.add_typed("nonsense,zeb.quux@x.se"),
        ];
        for add in texts {
            let mut known = KnownValues::default();
            add(&mut known);
            let masked = known.mask("no: `zeb.quux` (Zeb.Quux@x.se), zeb.quux@ it is");
            assert!(!masked.to_lowercase().contains("quux"), "{masked}");
            assert!(
                masked.starts_with("no: `z***` (Z***@x***), z***@"),
                "{masked}"
            );
        }
    }

    #[test]
    fn our_own_words_stay() {
        let mut known = KnownValues::default();
        for pair in ["a=a", "b=failed", "n:=1"] {
            known.add_pair(pair);
        }
        known.add_typed("hint@x.se");
        for text in [
            "a hint: it failed, HTTP 401, 1 of 2",
            "`failed`",
            "--to: `x` is a 1",
        ] {
            assert_eq!(known.mask(text), text);
        }
        assert_eq!(known.mask("`a` and 'hint'"), "`a***` and 'h***'");
    }
}
