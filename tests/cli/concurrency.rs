//! Several processes on the same files.

use std::collections::HashSet;

use crate::process::{House, number, whole};

#[test]
fn eight_processes_open_one_fresh_simulator_file_and_one_fresh_journal() {
    const ROUNDS: usize = 200;
    for round in 0..ROUNDS {
        let house = House::new();
        // `send` opens both files, and writes to both.
        let running: Vec<_> = (0..8)
            .map(|index| house.start(&format!("send -q welcome --to r{index}@example.com")))
            .collect();
        let mut ids = HashSet::new();
        for process in running {
            let done = process.end().code(0);
            assert_eq!(done.stderr, "", "round {round}");
            ids.insert(done.stdout);
        }
        assert_eq!(ids.len(), 8, "round {round}: {ids:?}");
        let count = |file: std::path::PathBuf, query| number(&file, query).unwrap();
        assert_eq!(count(house.simulator(), "SELECT count(*) FROM messages"), 8);
        let accepted = "SELECT count(*) FROM sends WHERE state = 'accepted'";
        assert_eq!(count(house.journal(), accepted), 8);
    }
}

#[test]
fn four_processes_that_write_at_once_lose_no_row() {
    const PROCESSES: usize = 4;
    const ROUNDS: usize = 5;
    const RECIPIENTS: usize = 25;
    let house = House::new();
    for round in 0..ROUNDS {
        let running: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let to: String = (0..RECIPIENTS)
                    .map(|index| format!(" --to p{process}-r{round}-{index}@example.com"))
                    .collect();
                house.start(&format!("send -q welcome{to}"))
            })
            .collect();
        for process in running {
            let done = process.end().code(0);
            assert_eq!(done.stderr, "");
            assert_eq!(done.stdout.lines().count(), RECIPIENTS);
        }
    }
    const ALL: usize = PROCESSES * ROUNDS * RECIPIENTS;
    let shown = house.run("activity --json -n 10000").code(0).stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let messages = shown["messages"].as_array().unwrap();
    let distinct = |field: &str| {
        let values = messages.iter().map(|message| message[field].as_str());
        values.collect::<HashSet<_>>().len()
    };
    assert_eq!(messages.len(), ALL);
    assert_eq!(distinct("id"), ALL);
    let ids = messages.iter().map(|row| row["message"]["id"].as_str());
    assert_eq!(ids.collect::<HashSet<_>>().len(), ALL);
    assert_eq!(distinct("recipient"), ALL);
    // The journal has them, too: each is found again by what it holds.
    let last = house.run("status --last 10000 -q").code(0).stdout;
    assert_eq!(last.lines().collect::<HashSet<_>>().len(), ALL);
    whole(&house.simulator());
    whole(&house.journal());
}

#[test]
fn a_reader_and_a_writer_do_not_wait_for_each_other() {
    let house = House::new();
    house.run("send -q welcome --to ada@example.com").code(0);
    let running: Vec<_> = (0..20)
        .map(|index| match index % 2 {
            0 => house.start(&format!("send -q welcome --to w{index}@example.com")),
            _ => house.start("activity -q --stats -n 10000"),
        })
        .collect();
    for process in running {
        assert_eq!(process.end().code(0).stderr, "");
    }
    assert_eq!(
        number(&house.simulator(), "SELECT count(*) FROM messages"),
        Some(11)
    );
}
