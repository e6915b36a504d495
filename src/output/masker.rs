//! What a run must not repeat under `--no-pii`: whatever was typed or read as a recipient, a sender or a value for the
//! template. Every text that goes out passes here, whoever wrote it.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde_json::Value;

use super::escape::{for_line, sanitize, without_pii};
use super::typed::typed;
use crate::intent::Intent;
use crate::model::{Audience, Channel, help_topic, masked};

/// The secrets of a run, by their first letter.
#[derive(Debug, Clone, Default)]
pub struct Masker {
    secrets: BTreeMap<char, Vec<Secret>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Secret {
    /// In small letters, longest first when sorted by [`Masker::insert`].
    letters: Vec<char>,
    found: Where,
}

/// Where a secret counts as one. A short word or a plain one would else take our own words away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Where {
    /// After a quote, a `=` or the name of an event: where what was typed is repeated.
    Quoted,
    /// As words of their own.
    Words,
    /// Also within a word.
    Anywhere,
}

/// Our own words, beside the channels and what `explain` knows. They tell nothing about anybody.
const OWN: &str = "activity address contact identifier cancel channel event explain field help json list message name \
                   notification number object phone recipient send simulator status text true false watch";

impl Masker {
    /// Returns what can be known from the arguments alone, so that an error about them does not repeat them.
    pub fn of_arguments(arguments: &[OsString]) -> Self {
        let words: Vec<_> = arguments
            .iter()
            .map(|word| word.to_string_lossy())
            .collect();
        let mut masker = Self::default();
        let mut strays = false;
        for (index, word) in words.iter().enumerate().skip(1) {
            if let Some((pair, value)) = typed(word) {
                let next = || words.get(index + 1).map(AsRef::as_ref);
                masker.learn_typed(value.or_else(next).unwrap_or_default(), pair);
            } else if !word.starts_with('-') && strays {
                masker.learn(word);
            }
            // These take ids, and the list of suppressions recipients: what stands there may be a recipient.
            strays |= ["status", "watch", "suppression"].contains(&word.as_ref());
        }
        masker
    }

    /// Takes in every word of the arguments: an error of theirs may repeat any of them between quotes.
    pub fn learn_strays(&mut self, arguments: &[OsString]) {
        for word in arguments.iter().skip(1) {
            let word = word.to_string_lossy();
            if !word.starts_with('-') {
                self.insert(&word, Where::Quoted);
            }
        }
    }

    /// Takes in what was read from files, stdin and prompts.
    pub fn learn_intent(&mut self, intent: &Intent) {
        match intent {
            Intent::Send(send) => {
                for (request, _) in &send.requests {
                    self.learn_audience(&request.to);
                    self.learn_leaves(&Value::Object(request.payload.clone()));
                    self.learn_leaves(&Value::Object(request.overrides.clone()));
                    if let Some(from) = &request.from {
                        self.learn_leaves(from);
                    }
                }
                for (request, _) in &send.requests {
                    self.forget(request.event.as_str());
                }
            }
            Intent::Cancel(cancel) => {
                for recipient in &cancel.to {
                    self.learn_leaves(recipient.to_wire());
                }
                self.forget(cancel.event.as_str());
            }
            Intent::Status(_)
            | Intent::Watch(_)
            | Intent::Activity(_)
            | Intent::Explain(_)
            | Intent::Login(_)
            | Intent::Logout
            | Intent::WhoAmI
            | Intent::Doctor
            | Intent::Journal(_)
            | Intent::Simulator(_)
            | Intent::Verify(_)
            | Intent::Serve(_)
            | Intent::Run(_)
            | Intent::Print(_) => {}
        }
    }

    /// Takes in a text that identifies somebody, and the part before its `@`.
    pub fn learn(&mut self, text: &str) {
        let text = text.trim();
        for text in [text, &sanitize(text), &for_line(text)] {
            let place = match text.chars().count() {
                0..=3 => Where::Quoted,
                4..=7 => Where::Words,
                _ => Where::Anywhere,
            };
            self.insert(text, place);
        }
        let local = text.rsplit_once('@').map_or(text, |(local, _)| local);
        // A plain word such as `failed` is ours as well.
        let plain = local.chars().all(|c| c.is_alphabetic() || c == '-');
        let short = local.chars().count() < 4;
        let place = if plain || short {
            Where::Quoted
        } else {
            Where::Words
        };
        self.insert(local, place);
        // As in `sim:word` and `name+word@host`.
        for part in local.split([':', '+']) {
            self.insert(part, Where::Quoted);
        }
    }

    /// Returns a text without what identifies people: the secrets of this run, and all that has the form of an address or
    /// a number.
    pub fn apply(&self, text: &str) -> String {
        without_pii(&self.without_secrets(text))
    }

    /// Returns a text of our own without the secrets of this run: the address of an example stays.
    pub fn without_secrets(&self, text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let small: Vec<char> = chars.iter().map(|c| lower(*c)).collect();
        let mut result = String::with_capacity(text.len());
        let mut at = 0;
        while at < chars.len() {
            match self.length_at(&small, at) {
                Some(length) => {
                    let secret: String = chars[at..at + length].iter().collect();
                    result.push_str(&masked(&secret));
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

    fn length_at(&self, text: &[char], at: usize) -> Option<usize> {
        let here = |secret: &&Secret| {
            let end = at + secret.letters.len();
            text[at..].starts_with(&secret.letters)
                && stands(&text[..at], &text[end..], &secret.letters, secret.found)
        };
        let secrets = self.secrets.get(&text[at])?;
        secrets.iter().find(here).map(|secret| secret.letters.len())
    }

    fn learn_typed(&mut self, value: &str, pair: bool) {
        let value = match (pair, value.split_once('=')) {
            (true, Some((_, value))) => value,
            (true, None) => value,
            // The name of a file, or what was taken for one.
            (false, _) => match value.strip_prefix('@') {
                Some(path) => {
                    self.learn(path);
                    value
                }
                None => value,
            },
        };
        self.learn(value);
        match serde_json::from_str::<Value>(value) {
            Ok(read) => self.learn_leaves(&read),
            Err(_) => value
                .split(|c: char| c.is_whitespace() || "\"'{}[]<>,;".contains(c))
                .filter(|part| !part.ends_with(':'))
                .for_each(|part| self.learn(part)),
        }
    }

    fn learn_audience(&mut self, audience: &Audience) {
        if let Some(to) = audience.to_wire() {
            self.learn_leaves(&to);
        }
        self.learn(&audience.to_text());
    }

    pub fn learn_leaves(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.learn(text),
            Value::Number(number) => self.learn(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.learn_leaves(item)),
            Value::Object(fields) => fields.values().for_each(|item| self.learn_leaves(item)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn insert(&mut self, text: &str, found: Where) {
        let letters: Vec<char> = text.chars().map(lower).collect();
        let Some(first) = letters.first() else {
            return;
        };
        if is_ours(text) || letters.iter().all(|c| "*@+".contains(*c)) {
            return;
        }
        let same = self.secrets.entry(*first).or_default();
        match same.iter_mut().find(|secret| secret.letters == letters) {
            Some(secret) => secret.found = secret.found.max(found),
            None => {
                same.push(Secret { letters, found });
                same.sort_by_key(|secret| std::cmp::Reverse(secret.letters.len()));
            }
        }
    }

    fn forget(&mut self, text: &str) {
        let letters: Vec<char> = text.chars().map(lower).collect();
        for secrets in self.secrets.values_mut() {
            secrets.retain(|secret| secret.letters != letters);
        }
    }
}

fn stands(before: &[char], after: &[char], secret: &[char], found: Where) -> bool {
    let inside = |neighbour: Option<&char>, edge: Option<&char>| {
        neighbour.is_some_and(|c| c.is_alphanumeric()) && edge.is_some_and(|c| c.is_alphanumeric())
    };
    let apart = !inside(before.last(), secret.first()) && !inside(after.first(), secret.last());
    match found {
        Where::Anywhere => true,
        Where::Words => apart,
        Where::Quoted => {
            let repeated = |words: &str| {
                before
                    .iter()
                    .rev()
                    .copied()
                    .take(words.len())
                    .eq(words.chars().rev())
            };
            apart
                && ["`", "'", "\"", "=", "` to ", "` for "]
                    .iter()
                    .any(|words| repeated(words))
        }
    }
}

fn is_ours(text: &str) -> bool {
    help_topic(text).is_some()
        || text.parse::<Channel>().is_ok()
        || OWN.split(' ').any(|word| word == text)
}

/// Returns a small letter, if there is one that is a single character.
fn lower(c: char) -> char {
    let mut small = c.to_lowercase();
    match (small.next(), small.next()) {
        (Some(small), None) => small,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::Masker;

    fn of(arguments: &[&str]) -> Masker {
        let words: Vec<_> = ["sendivent"]
            .iter()
            .chain(arguments)
            .map(Into::into)
            .collect();
        Masker::of_arguments(&words)
    }

    #[test]
    fn what_was_typed_is_masked_in_every_form_of_the_flag() {
        for arguments in [
            &["--to", "zeb.quux@x.se"] as &[&str],
            &["--to=zeb.quux@x.se"],
            &["-t", "zeb.quux@x.se"],
            &["-tzeb.quux@x.se"],
            &["-qt=zeb.quux@x.se"],
            &["--from", r#"{"email":"zeb.quux@x.se"}"#],
            &["-p", "to=zeb.quux@x.se"],
            &["-p", r#"to:=["zeb.quux@x.se"]"#],
        ] {
            let shown = of(arguments).apply("no: `zeb.quux` (Zeb.Quux@x.se), zeb.quux@ it is");
            assert!(
                !shown.to_lowercase().contains("quux"),
                "{arguments:?}: {shown}"
            );
            assert!(
                shown.starts_with("no: `z***` (Z***@x***), z***@"),
                "{shown}"
            );
        }
    }

    #[test]
    fn our_own_words_stay() {
        let masker = of(&[
            "-p",
            "a=a",
            "-p",
            "b=failed",
            "-p",
            "n:=1",
            "-t",
            "hint@x.se",
        ]);
        for text in [
            "a hint: it failed, HTTP 401, 1 of 2",
            "`failed`",
            "--to: `x` is a 1",
        ] {
            assert_eq!(masker.apply(text), text);
        }
        assert_eq!(masker.apply("`a` and 'hint'"), "`a***` and 'h***'");
    }
}
