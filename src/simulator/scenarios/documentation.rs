//! The documentation of the steering tables, made from the tables.

use super::outcomes::{Outcome, ROWS, Row};
use super::phones;
use super::recipient::{DOMAIN, LISTENER};
use super::third_party;
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::Scenario;

/// One row of the table of recipients that steer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientRow {
    /// The recipient, or the form of it: `bounced@simulator.test`, `+15005550001`, `sim:<outcome>[:label]`.
    pub pattern: String,
    /// Other recipients that mean the same.
    pub aliases: Vec<String>,
    /// What happens to the message, or to the request.
    pub life: &'static str,
    /// The code that the message carries in the end, if any.
    pub reason: Option<&'static str>,
}

/// Returns every recipient that steers: addresses, phone numbers, the form for every other identifier, and the test
/// addresses of others.
pub fn recipients() -> Vec<RecipientRow> {
    let at = |word: &str| format!("{word}@{DOMAIN}");
    let mut rows = Vec::new();
    for row in ROWS {
        let aliases = row.aliases.iter().map(|alias| at(alias)).collect();
        rows.push(documented(at(row.word), aliases, row));
        match row.outcome {
            Outcome::Scenario(Scenario::ORDINARY) => rows.push(form(
                at("delivered-<time>"),
                "queued → sent → delivered after that time: delivered-30s, -5m, -2h",
            )),
            Outcome::Flaky(_) => rows.push(RecipientRow {
                reason: Some(Reason::SoftBounce.code()),
                ..form(
                    at("flaky-<N>"),
                    "the first N sends fail, later ones are delivered",
                )
            }),
            Outcome::Http { status: 504, .. } => rows.push(form(
                at("http-<NNN>-<N>"),
                "the request gets that answer N times, then it is accepted",
            )),
            _ => {}
        }
    }
    rows.push(form(
        LISTENER.to_owned(),
        "queued → sent → delivered: who gets a send without recipients",
    ));
    rows.push(form(
        format!("<outcome>+<label>@{DOMAIN}"),
        "the same outcome for an address with a memory of its own",
    ));
    rows.push(form(
        "sim:<outcome>[:label]".to_owned(),
        "the same outcomes for every other identifier: Slack, push, Telegram, Discord, your own id",
    ));
    rows.extend(phone_rows());
    rows.extend(borrowed_rows());
    rows
}

fn phone_rows() -> impl Iterator<Item = RecipientRow> {
    let numbers = phones::NUMBERS.iter().map(|number| RecipientRow {
        pattern: number.number.to_owned(),
        aliases: Vec::new(),
        life: number.text,
        reason: number.life.reason().map(Reason::code),
    });
    let answers = ["04xx", "05xx"].into_iter().map(|last| {
        form(
            format!("{}{last}", phones::BLOCK),
            "the request is answered with the last three digits; nothing is stored",
        )
    });
    let spoilers = phones::SPOILERS.iter().filter_map(|(last, word)| {
        let row = super::outcomes::find(word)?;
        Some(form(format!("{}{last}", phones::BLOCK), row.life))
    });
    let fixtures = form(
        "+1<NXX>55501xx".to_owned(),
        "queued → sent → delivered: the numbers of fixtures are never steered",
    );
    numbers.chain(spoilers).chain(answers).chain([fixtures])
}

fn borrowed_rows() -> impl Iterator<Item = RecipientRow> {
    third_party::DOMAINS.iter().flat_map(|third_party| {
        third_party.words.iter().filter_map(|(theirs, ours)| {
            let row = super::outcomes::find(ours)?;
            let pattern = format!("{theirs}@{}", third_party.domain);
            Some(documented(pattern, Vec::new(), row))
        })
    })
}

fn documented(pattern: String, aliases: Vec<String>, row: &Row) -> RecipientRow {
    let reason = match row.outcome {
        Outcome::Scenario(life) => life.reason(),
        Outcome::Flaky(_) => Some(Reason::SoftBounce),
        Outcome::Http { .. } | Outcome::Fault(_) | Outcome::Body(_) => None,
    };
    RecipientRow {
        pattern,
        aliases,
        life: row.life,
        reason: reason.map(Reason::code),
    }
}

fn form(pattern: String, life: &'static str) -> RecipientRow {
    RecipientRow {
        pattern,
        aliases: Vec::new(),
        life,
        reason: None,
    }
}
