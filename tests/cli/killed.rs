//! `kill -9` at any moment: what is stored is whole, and what is unknown is called unknown.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::process::{House, number, texts, until, whole};

/// How many recipients the process sends to that is killed.
const RECIPIENTS: usize = 30;

fn send(round: usize) -> String {
    let to: String = (0..RECIPIENTS)
        .map(|index| format!(" --to r{round}-{index}@example.com"))
        .collect();
    format!("send -q welcome{to}")
}

#[test]
fn kill_9_at_any_moment_of_a_send_leaves_nothing_half_done() {
    const ROUNDS: usize = 120;
    /// So many rounds share one home: the first of them are killed while the files are made.
    const SHARED: usize = 6;
    let start = Instant::now();
    House::new().run(&send(0)).code(0);
    let whole_run = start.elapsed();
    let (mut unknown, mut in_the_middle) = (0, 0);
    let mut house = House::new();
    for round in 0..ROUNDS {
        if round % SHARED == 0 {
            house = House::new();
        }
        let process = house.start(&send(round));
        // Moments that lie all over the run; 77 and 120 have no common divisor.
        let moment = u32::try_from(round * 77 % ROUNDS).unwrap();
        std::thread::sleep(whole_run * moment / u32::try_from(ROUNDS).unwrap());
        process.signal(Signal::SIGKILL);
        let done = process.end();
        let stored = house.simulator().exists() && house.journal().exists();
        if done.killed() && stored {
            let of_round =
                format!("SELECT count(*) FROM messages WHERE recipient LIKE 'r{round}-%'");
            let sent = number(&house.simulator(), &of_round).unwrap_or(0);
            in_the_middle += usize::from(sent > 0 && sent < 30);
        }
        unknown += usize::from(take_up_what_is_unknown(&house));
        if stored {
            check(&house);
        }
    }
    assert!(unknown > 0, "no round was killed between row and answer");
    assert!(in_the_middle > 0, "no round was killed between two sends");
}

/// Looks at the last send. When nobody knows what became of it, repeats it as it is told to; returns whether that was so.
fn take_up_what_is_unknown(house: &House) -> bool {
    let last = house.run("status --last -q");
    let code = last.status.code();
    let begun = "SELECT idempotency_key FROM sends WHERE state = 'started' AND id = (SELECT max(id) FROM sends)";
    let open = number(&house.journal(), "SELECT count(*) FROM sends")
        .map(|_| texts(&house.journal(), begun))
        .unwrap_or_default();
    let [key] = open.as_slice() else {
        assert!(matches!(code, Some(0 | 6)), "{last:#?}");
        return false;
    };
    last.code(69)
        .says(&["outcome unknown", &format!("--idempotency-key {key}")]);
    let recipient = texts(
        &house.journal(),
        &format!("SELECT recipient FROM sends WHERE idempotency_key = '{key}'"),
    )
    .remove(0);
    house
        .run(&format!(
            "send -q welcome --to {recipient} --idempotency-key {key}"
        ))
        .code(0);
    let count = format!("SELECT count(*) FROM messages WHERE recipient = '{recipient}'");
    assert_eq!(number(&house.simulator(), &count), Some(1), "{recipient}");
    // It is known now, and the row that was never closed does not come up again.
    house.run("status --last 10000 -q").code(0);
    true
}

fn check(house: &House) {
    let (simulator, journal) = (house.simulator(), house.journal());
    whole(&simulator);
    whole(&journal);
    let none = [
        "SELECT count(*) FROM notifications WHERE id NOT IN (SELECT notification FROM messages)",
        "SELECT count(*) FROM messages WHERE notification NOT IN (SELECT id FROM notifications)",
        "SELECT (SELECT count(*) FROM notifications) - (SELECT count(*) FROM idempotency)",
        "SELECT count(*) - count(DISTINCT recipient) FROM messages",
        "SELECT count(*) - count(DISTINCT email) FROM contacts",
    ];
    if number(&simulator, "SELECT count(*) FROM messages").is_none() {
        return;
    }
    for query in none {
        assert_eq!(number(&simulator, query), Some(0), "{query}");
    }
    // Both files side by side: an accepted row has its notification, and a notification has its row.
    let stored = texts(
        &simulator,
        "SELECT json_extract(response, '$.id') FROM idempotency ORDER BY 1",
    );
    let hex = texts(
        &simulator,
        "SELECT lower(hex(id)) FROM notifications ORDER BY 1",
    );
    let plain: Vec<String> = stored.iter().map(|id| id.replace('-', "")).collect();
    assert_eq!(plain, hex);
    let accepted = texts(
        &journal,
        "SELECT DISTINCT notification FROM receipts ORDER BY 1",
    );
    assert_eq!(
        accepted, stored,
        "every unknown row was repeated: the two agree"
    );
    let closed = "SELECT count(*) FROM sends WHERE (state = 'accepted') <> (id IN (SELECT send FROM receipts))";
    assert_eq!(number(&journal, closed), Some(0));
}

#[test]
fn a_send_that_was_stored_and_never_answered_is_sent_once() {
    // Killed in the pause after the lost answer: the notification is there, and its row is open. The pause lasts a
    // moment only, so that a slow machine may need another try.
    for round in 0..20 {
        let house = House::new();
        house.run("activity -q").code(0);
        let recipient = format!("lostanswer+{round}@simulator.test");
        let process = house.start(&format!("send welcome --to {recipient}"));
        until("stored", || {
            number(&house.simulator(), "SELECT count(*) FROM messages") == Some(1)
        });
        process.signal(Signal::SIGKILL);
        drop(process.end());
        let begun = texts(
            &house.journal(),
            "SELECT idempotency_key FROM sends WHERE state = 'started'",
        );
        let [key] = begun.as_slice() else { continue };
        house
            .run("status --last")
            .code(69)
            .says(&["outcome unknown", key]);
        let again = house
            .run(&format!(
                "send welcome --to {recipient} --idempotency-key {key}"
            ))
            .code(0);
        assert!(again.stdout.contains("accepted before"), "{again:#?}");
        assert_eq!(
            number(&house.simulator(), "SELECT count(*) FROM messages"),
            Some(1)
        );
        return;
    }
    panic!("never killed in the pause");
}

#[test]
fn kill_9_while_the_files_are_made_leaves_files_that_the_next_process_finishes() {
    for round in 0..60u64 {
        let house = House::new();
        let process = house.start("send -q welcome --to ada@example.com");
        std::thread::sleep(Duration::from_micros(round * 400));
        process.signal(Signal::SIGKILL);
        drop(process.end());
        let done = house.run("send -q welcome --to bob@example.com").code(0);
        assert_eq!(done.stderr, "");
        whole(&house.simulator());
        whole(&house.journal());
    }
}
