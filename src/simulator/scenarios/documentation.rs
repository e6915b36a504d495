//! Builds the table that `sendivent simulator recipients` prints, from the same data that `resolve` uses.

use super::table::{
    self, Behavior, DOMAIN, LISTENER, PHONE_BLOCK, PHONE_FAULTS, PHONES, ROWS, Row, THIRD_PARTIES,
};
use crate::simulator::error_codes::Reason;
use crate::simulator::timeline::MessageScenario;

/// A recipient that selects a scenario, or a pattern of such recipients.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RecipientRow {
    /// The recipient or the pattern, such as `bounced@simulator.test`, `+15005550001` or `sim:<scenario>[:label]`.
    #[serde(rename = "recipient")]
    pub pattern: String,
    /// Other recipients that select the same scenario.
    pub aliases: Vec<String>,
    /// A description of what happens to the message or to the request.
    pub scenario: &'static str,
    /// The error code of the message at the end of its timeline; null if there is none.
    pub reason: Option<&'static str>,
}

/// Returns a row for every recipient that selects a scenario: email addresses, the patterns for other identifiers,
/// phone numbers, and the test addresses of other services.
pub fn recipients() -> Vec<RecipientRow> {
    let mut rows = address_rows();
    rows.push(pattern_row(
        LISTENER.to_owned(),
        "queued → sent → delivered: the recipient of a send without recipients",
    ));
    rows.push(pattern_row(
        format!("<scenario>+<label>@{DOMAIN}"),
        "the same scenario; each label counts and is suppressed separately",
    ));
    rows.push(pattern_row(
        "sim:<scenario>[:label]".to_owned(),
        "the same scenarios for every other identifier: Slack, push, Telegram, Discord, your own id",
    ));
    rows.extend(phone_rows());
    rows.extend(third_party_rows());
    rows
}

/// Returns a row for the email address of each named scenario, and for each pattern with a parameter, such as
/// `flaky-<N>@simulator.test`.
fn address_rows() -> Vec<RecipientRow> {
    let address = |name: &str| format!("{name}@{DOMAIN}");
    let mut rows = Vec::new();
    for row in ROWS {
        let aliases = row.aliases.iter().map(|alias| address(alias)).collect();
        rows.push(named_row(address(row.name), aliases, row));
        match row.behavior {
            Behavior::Message(MessageScenario::DEFAULT) => rows.push(pattern_row(
                address("delivered-<time>"),
                "queued → sent → delivered after that time: delivered-30s, -5m, -2h",
            )),
            Behavior::Flaky(_) => rows.push(RecipientRow {
                reason: row.behavior.reason().map(Reason::code),
                ..pattern_row(
                    address("flaky-<N>"),
                    "the first N sends fail, later ones are delivered",
                )
            }),
            // 504 is the last HTTP error in the table.
            Behavior::Http { status: 504, .. } => rows.push(pattern_row(
                address("http-<NNN>-<N>"),
                "response with that status N times, then the request is accepted",
            )),
            _ => {}
        }
    }
    rows
}

fn phone_rows() -> impl Iterator<Item = RecipientRow> {
    let numbers = PHONES
        .iter()
        .map(|row| named_row(row.name.to_owned(), Vec::new(), row));
    let faults = PHONE_FAULTS.iter().filter_map(|(last, name)| {
        let row = table::find(name)?;
        Some(pattern_row(format!("{PHONE_BLOCK}{last}"), row.text))
    });
    let statuses = ["04xx", "05xx"].into_iter().map(|last| {
        pattern_row(
            format!("{PHONE_BLOCK}{last}"),
            "response with the status of the last three digits; nothing is stored",
        )
    });
    let fixtures = pattern_row(
        "+1<NXX>55501xx".to_owned(),
        "queued → sent → delivered: the numbers for fixtures never have another scenario",
    );
    numbers.chain(faults).chain(statuses).chain([fixtures])
}

fn third_party_rows() -> impl Iterator<Item = RecipientRow> {
    THIRD_PARTIES.iter().flat_map(|third_party| {
        third_party.names.iter().filter_map(|(theirs, scenario)| {
            let row = table::find(scenario)?;
            let pattern = format!("{theirs}@{}", third_party.domain);
            Some(named_row(pattern, Vec::new(), row))
        })
    })
}

fn named_row(pattern: String, aliases: Vec<String>, row: &Row) -> RecipientRow {
    RecipientRow {
        pattern,
        aliases,
        scenario: row.text,
        reason: row.behavior.reason().map(Reason::code),
    }
}

fn pattern_row(pattern: String, scenario: &'static str) -> RecipientRow {
    RecipientRow {
        pattern,
        aliases: Vec::new(),
        scenario,
        reason: None,
    }
}
