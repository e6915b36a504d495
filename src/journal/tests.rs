use futures_util::FutureExt;

use super::{Entry, Journal, JournalError, SendRow, SendState};
use crate::sqlite::DbLocation;

fn entry(key: &str, fingerprint: u8) -> Entry {
    Entry {
        service_id: "simulator".to_owned(),
        started_at: 1,
        event: "welcome".to_owned(),
        recipient: "ada@example.com".to_owned(),
        channel: None,
        command: None,
        idempotency_key: key.parse().unwrap(),
        fingerprint: [fingerprint; 32],
    }
}

fn begin(journal: &mut Journal, entry: &Entry) -> Result<SendRow, JournalError> {
    // No other connection locks the database: there is nothing to wait for.
    journal.begin(entry).now_or_never().unwrap()
}

#[test]
fn an_open_row_is_unknown_and_refused_sends_are_left_out() {
    let mut journal = Journal::open(&DbLocation::Memory).unwrap();
    let accepted = begin(&mut journal, &entry("a", 1)).unwrap();
    let ids = vec!["n1".to_owned(), "n2".to_owned()];
    journal
        .close(accepted.row, &SendState::Accepted(ids.clone()), 2)
        .unwrap();
    let refused = begin(&mut journal, &entry("b", 2)).unwrap();
    journal
        .close(refused.row, &SendState::NotAccepted, 2)
        .unwrap();
    begin(&mut journal, &entry("c", 3)).unwrap();

    let latest = journal.latest("simulator", 9).unwrap();
    let states: Vec<_> = latest.into_iter().map(|send| send.state).collect();
    assert_eq!(states, [SendState::Unknown, SendState::Accepted(ids)]);
    assert_eq!(journal.latest("elsewhere", 9).unwrap(), []);
}

#[test]
fn an_accepted_retry_hides_the_open_row_with_the_same_key() {
    let mut journal = Journal::open(&DbLocation::Memory).unwrap();
    begin(&mut journal, &entry("a", 1)).unwrap();
    let retry = begin(&mut journal, &entry("a", 1)).unwrap();
    let sends = |journal: &Journal| journal.latest("simulator", 9).unwrap().len();
    assert_eq!(sends(&journal), 2);
    let ids = vec!["n1".to_owned()];
    journal
        .close(retry.row, &SendState::Accepted(ids), 2)
        .unwrap();
    assert_eq!(sends(&journal), 1);
}

#[test]
fn the_latest_command_has_all_its_sends() {
    let mut journal = Journal::open(&DbLocation::Memory).unwrap();
    begin(&mut journal, &entry("before", 1)).unwrap();
    let first = begin(&mut journal, &entry("first", 2)).unwrap();
    let second = Entry {
        command: Some(first.command),
        ..entry("second", 3)
    };
    begin(&mut journal, &second).unwrap();
    let keys = |count| {
        let sends = journal.latest("simulator", count).unwrap();
        let keys = sends
            .into_iter()
            .map(|send| send.idempotency_key.to_string());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(keys(1), ["first", "second"]);
    assert_eq!(keys(2), ["first", "second", "before"]);
}

#[test]
fn a_key_belongs_to_one_request() {
    let mut journal = Journal::open(&DbLocation::Memory).unwrap();
    begin(&mut journal, &entry("a", 1)).unwrap();
    begin(&mut journal, &entry("a", 1)).unwrap();
    let error = begin(&mut journal, &entry("a", 2)).unwrap_err();
    assert!(matches!(error, JournalError::KeyReused { .. }), "{error}");
    assert_eq!(journal.latest("simulator", 9).unwrap().len(), 2);
}
