//! The table of outcomes, and how a word is read.
//!
//! A word is `outcome[-param]`. Case makes no difference, nor do `-` and `_`: `soft_bounce` is `softbounce`.

use crate::simulator::error_codes::Reason;
use crate::simulator::faults::{BrokenBody, Fault};
use crate::simulator::timeline::{COMPLAINT_AFTER, LATE_BOUNCE_AFTER, Scenario};
use crate::text;

/// What a recipient makes happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The message has this life.
    Scenario(Scenario),
    /// So many sends fail softly, later ones are delivered.
    Flaky(u32),
    /// The request gets this answer, always or so many times, and nothing is stored.
    Http {
        /// The HTTP status.
        status: u16,
        /// How many times; always, if it is not given.
        times: Option<u32>,
    },
    /// The answer does not come.
    Fault(Fault),
    /// The send is stored, and its answer is broken.
    Body(BrokenBody),
}

/// One row of the table.
pub struct Row {
    /// The word that is documented.
    pub word: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it makes happen.
    pub outcome: Outcome,
    /// The same for people.
    pub life: &'static str,
}

const fn life(
    word: &'static str,
    aliases: &'static [&'static str],
    life: Scenario,
    text: &'static str,
) -> Row {
    row(word, aliases, Outcome::Scenario(life), text)
}

const fn http(word: &'static str, aliases: &'static [&'static str], status: u16) -> Row {
    let text = match status {
        429 => "the request is answered 429 with Retry-After: 1; nothing is stored",
        502 => "the request is answered 502 with an HTML page; nothing is stored",
        503 => "the request is answered 503 with Retry-After: 5; nothing is stored",
        _ => "the request gets that answer; nothing is stored",
    };
    let outcome = Outcome::Http {
        status,
        times: None,
    };
    row(word, aliases, outcome, text)
}

const fn row(
    word: &'static str,
    aliases: &'static [&'static str],
    outcome: Outcome,
    life: &'static str,
) -> Row {
    Row {
        word,
        aliases,
        outcome,
        life,
    }
}

const fn regretted(reason: Reason, after: i64) -> Scenario {
    Scenario::PostDelivery { reason, after }
}

/// Every outcome, in the order in which they are documented.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    life("delivered", &["success"], Scenario::ORDINARY, "queued → sent → delivered, as any ordinary address"),
    life("slow", &[], Scenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    life("queued", &["stuck"], Scenario::Queued, "queued for ever"),
    life("sent", &["noreceipt"], Scenario::Sent, "queued → sent, no receipt"),
    life("failed", &[], Scenario::Rejected(Reason::ProviderRejected), "queued → failed"),
    life("invalid", &[], Scenario::Rejected(Reason::InvalidEmail), "queued → failed"),
    life("templateerror", &[], Scenario::Rejected(Reason::TemplateError), "queued → failed"),
    life("bounced", &["bounce", "hardbounce"], Scenario::Bounced(Reason::HardBounce), "queued → sent → failed; suppressed afterwards"),
    life("softbounce", &["deferred"], Scenario::Bounced(Reason::SoftBounce), "queued → sent → failed"),
    life("mailboxfull", &[], Scenario::Bounced(Reason::MailboxFull), "queued → sent → failed"),
    life("blocked", &["ispblock"], Scenario::Bounced(Reason::PolicyBlock), "queued → sent → failed"),
    life("suppressed", &["suppressionlist"], Scenario::Suppressed(Reason::SuppressionList), "queued → suppressed"),
    life("unsubscribed", &["optedout"], Scenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    life("complained", &["complaint", "spam"], regretted(Reason::Complaint, COMPLAINT_AFTER), "delivered, a complaint after 1 min; suppressed afterwards"),
    life("latebounce", &[], regretted(Reason::LateBounce, LATE_BOUNCE_AFTER), "delivered, a bounce after 10 min; suppressed afterwards"),
    row("flaky", &[], Outcome::Flaky(1), "the first send fails, later ones are delivered"),
    http("http-400", &[], 400),
    http("http-401", &["unauthorized"], 401),
    http("http-402", &["quota"], 402),
    http("http-403", &["inactive"], 403),
    http("http-404", &["notfound"], 404),
    http("http-409", &["conflict"], 409),
    http("http-422", &[], 422),
    http("http-429", &["ratelimited"], 429),
    http("http-500", &[], 500),
    http("http-502", &[], 502),
    http("http-503", &["outage"], 503),
    http("http-504", &[], 504),
    row("timeout", &[], Outcome::Fault(Fault::Timeout), "no answer; nothing is stored"),
    row("reset", &[], Outcome::Fault(Fault::Reset), "the connection is reset; nothing is stored"),
    row("lostanswer", &[], Outcome::Fault(Fault::LostAnswer), "stored, then the connection drops: repeat it with the same key"),
    row("emptybody", &[], Outcome::Body(BrokenBody::Empty), "stored, answered 200 with nothing"),
    row("htmlbody", &[], Outcome::Body(BrokenBody::Html), "stored, answered 200 with an HTML page"),
    row("truncated", &[], Outcome::Body(BrokenBody::Truncated), "stored, answered 200 with JSON that stops in the middle"),
    row("scalarbody", &[], Outcome::Body(BrokenBody::Scalar), "stored, answered 200 with a JSON text"),
    row("arraybody", &[], Outcome::Body(BrokenBody::Array), "stored, answered 200 with a JSON array"),
    row("drip", &[], Outcome::Body(BrokenBody::Drip), "stored, answered 16 bytes every 200 ms over a port, whole without one"),
];

/// The most that a count such as the `2` of `flaky-2` can be.
const MOST_TIMES: u32 = 1000;

/// Returns the word without what makes no difference.
pub fn plain(word: &str) -> String {
    word.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Finds the row of a word that has no parameter.
pub fn find(word: &str) -> Option<&'static Row> {
    let word = plain(word);
    ROWS.iter()
        .find(|row| plain(row.word) == word || row.aliases.contains(&word.as_str()))
}

/// Reads a word, and returns it as it is documented. None when it is no outcome.
pub fn read(word: &str) -> Option<(Outcome, String)> {
    if let Some(row) = find(word) {
        return Some((row.outcome, row.word.to_owned()));
    }
    let word = word.to_lowercase().replace('_', "-");
    let (head, parameter) = word.rsplit_once('-')?;
    let row = find(head)?;
    let times = || {
        parameter
            .parse()
            .ok()
            .filter(|t| (1..=MOST_TIMES).contains(t))
    };
    let outcome = match row.outcome {
        Outcome::Scenario(Scenario::ORDINARY) => {
            let length = text::parse_duration(parameter).ok()?;
            let after = i64::try_from(length.as_millis()).ok()?;
            Outcome::Scenario(Scenario::Delivered { after })
        }
        Outcome::Flaky(_) => Outcome::Flaky(times()?),
        Outcome::Http {
            status,
            times: None,
        } => Outcome::Http {
            status,
            times: Some(times()?),
        },
        _ => return None,
    };
    Some((outcome, format!("{}-{parameter}", row.word)))
}

/// Returns the word that was probably meant.
pub fn nearest(word: &str) -> Option<&'static str> {
    let words = ROWS
        .iter()
        .flat_map(|row| std::iter::once(row.word).chain(row.aliases.iter().copied()));
    text::closest_match(&word.to_lowercase(), words)
}
