//! Several processes on the same files.

use std::collections::HashSet;

use crate::process::{ProcessEnv, assert_integrity, query_number};

#[test]
fn eight_processes_create_the_same_databases_at_once() {
    const ROUNDS: usize = 200;
    for round in 0..ROUNDS {
        let env = ProcessEnv::new();
        // `send` opens both files, and writes to both.
        let running: Vec<_> = (0..8)
            .map(|index| env.start(&format!("send -q welcome --to r{index}@example.com")))
            .collect();
        let mut ids = HashSet::new();
        for process in running {
            let output = process.end().assert_code(0);
            assert_eq!(output.stderr, "", "round {round}");
            ids.insert(output.stdout);
        }
        assert_eq!(ids.len(), 8, "round {round}: {ids:?}");
        let count = |file: std::path::PathBuf, query| query_number(&file, query).unwrap();
        assert_eq!(count(env.simulator(), "SELECT count(*) FROM messages"), 8);
        let accepted = "SELECT count(*) FROM sends WHERE state = 'accepted'";
        assert_eq!(count(env.journal(), accepted), 8);
    }
}

#[test]
fn four_concurrent_writers_lose_no_row() {
    const PROCESSES: usize = 4;
    const ROUNDS: usize = 5;
    const RECIPIENTS: usize = 25;
    let env = ProcessEnv::new();
    for round in 0..ROUNDS {
        let running: Vec<_> = (0..PROCESSES)
            .map(|process| {
                let to: String = (0..RECIPIENTS)
                    .map(|index| format!(" --to p{process}-r{round}-{index}@example.com"))
                    .collect();
                env.start(&format!("send -q welcome{to}"))
            })
            .collect();
        for process in running {
            let output = process.end().assert_code(0);
            assert_eq!(output.stderr, "");
            assert_eq!(output.stdout.lines().count(), RECIPIENTS);
        }
    }
    const ALL: usize = PROCESSES * ROUNDS * RECIPIENTS;
    let listed = env.run("activity --json -n 10000").assert_code(0).stdout;
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let messages = listed["messages"].as_array().unwrap();
    let distinct = |field: &str| {
        let values = messages.iter().map(|message| message[field].as_str());
        values.collect::<HashSet<_>>().len()
    };
    assert_eq!(messages.len(), ALL);
    assert_eq!(distinct("id"), ALL);
    let ids = messages.iter().map(|row| row["message"]["id"].as_str());
    assert_eq!(ids.collect::<HashSet<_>>().len(), ALL);
    assert_eq!(distinct("recipient"), ALL);
    // Every send has a journal row as well.
    let last = env.run("status --last 10000 -q").assert_code(0).stdout;
    assert_eq!(last.lines().collect::<HashSet<_>>().len(), ALL);
    assert_integrity(&env.simulator());
    assert_integrity(&env.journal());
}

#[test]
fn readers_and_writers_do_not_block_each_other() {
    let env = ProcessEnv::new();
    env.run("send -q welcome --to ada@example.com")
        .assert_code(0);
    let running: Vec<_> = (0..20)
        .map(|index| match index % 2 {
            0 => env.start(&format!("send -q welcome --to w{index}@example.com")),
            _ => env.start("activity -q --stats -n 10000"),
        })
        .collect();
    for process in running {
        assert_eq!(process.end().assert_code(0).stderr, "");
    }
    assert_eq!(
        query_number(&env.simulator(), "SELECT count(*) FROM messages"),
        Some(11)
    );
}
