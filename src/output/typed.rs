//! Which words of the arguments are secret, before they are read: an error about them must not repeat them.

/// The flags that take what is secret, long and short; whether the value is `key=value`.
const FLAGS: [(&str, Option<char>, bool); 4] = [
    ("--to", Some('t'), false),
    ("--from", None, false),
    ("--param", Some('p'), true),
    ("--override", None, true),
];

/// The short flags that can stand before another one in one word.
const SWITCHES: &str = "qwfhvVy";

/// Returns whether a word of the arguments is a flag with a secret, whether that is `key=value`, and the secret if it
/// stands in the same word.
pub fn typed(word: &str) -> Option<(bool, Option<&str>)> {
    for (long, short, pair) in FLAGS {
        if let Some(rest) = word.strip_prefix(long) {
            if rest.is_empty() {
                return Some((pair, None));
            }
            if let Some(value) = rest.strip_prefix('=') {
                return Some((pair, Some(value)));
            }
        }
        let cluster = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        if let (Some(short), Some(cluster)) = (short, cluster) {
            let rest = cluster.trim_start_matches(|c| SWITCHES.contains(c));
            if let Some(value) = rest.strip_prefix(short) {
                let value = value.strip_prefix('=').unwrap_or(value);
                return Some((pair, Some(value).filter(|value| !value.is_empty())));
            }
        }
    }
    None
}
