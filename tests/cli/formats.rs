//! CSV for spreadsheets and bare ids for pipes.

use crate::harness::{RunOutput, TestEnv};

const SENDS: &str = "id,event,recipient,outcome,idempotency_key,replayed,error";
const MESSAGES: &str = "id,message_id,event,recipient,notification_status,channel,status,template,queued_at,sent_at,\
                        delivered_at,failed_at,error_code,error_message,decided_by,found";
const CHANGES: &str =
    "at,id,message_id,event,recipient,channel,from,status,error_code,error_message";

/// Reads CSV; fails unless it has this header and every row has its width.
#[track_caller]
fn csv_rows(output: &RunOutput, header: &str) -> Vec<csv::StringRecord> {
    assert_eq!(
        output.stdout.lines().next(),
        Some(header),
        "{}",
        output.transcript()
    );
    let mut reader = csv::Reader::from_reader(output.stdout.as_bytes());
    reader.records().map(|row| row.unwrap()).collect()
}

fn is_id(line: &str) -> bool {
    line.len() == 36 && line.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

#[test]
fn csv_has_a_header_and_one_row_per_item() {
    let env = TestEnv::simulated();
    let sent = csv_rows(
        &env.run("send welcome --to ada@example.com --to bounced@simulator.test --to http-402@simulator.test -o csv"),
        SENDS,
    );
    let outcomes: Vec<&str> = sent.iter().map(|row| &row[3]).collect();
    assert_eq!(outcomes, ["accepted", "accepted", "refused"]);
    assert!(is_id(&sent[0][0]) && sent[2][0].is_empty());

    let (ada, bounced) = (&sent[0][0], &sent[1][0]);
    let changes = csv_rows(&env.run(&format!("watch {ada} {bounced} -o csv")), CHANGES);
    assert_eq!(&changes[0][0], "2026-04-01T12:00:00.000Z");
    let bad = changes.iter().find(|row| &row[7] == "failed").unwrap();
    assert_eq!(
        (&bad[4], &bad[8]),
        ("bounced@simulator.test", "HARD_BOUNCE")
    );

    let gone = "550e8400-e29b-41d4-a716-446655440000";
    let polled = csv_rows(&env.run(&format!("status {ada} {gone} -o csv")), MESSAGES);
    assert_eq!((&polled[0][6], &polled[0][15]), ("delivered", "true"));
    assert_eq!((&polled[1][0], &polled[1][15]), (gone, "false"));

    let listed = csv_rows(&env.run("activity -o csv"), MESSAGES);
    let statuses: Vec<&str> = listed.iter().map(|row| &row[6]).collect();
    assert_eq!(statuses, ["failed", "delivered"]);
    let followed = csv_rows(
        &env.run("activity --follow --idle-timeout 2s -o csv"),
        MESSAGES,
    );
    assert_eq!(followed.len(), 2);

    let suppressed = csv_rows(
        &env.run("simulator suppression list -o csv"),
        "channel,recipient,reason,since",
    );
    assert_eq!(&suppressed[0][1], "bounced@simulator.test");
    let recipients = csv_rows(
        &env.run("simulator recipients -o csv"),
        "recipient,scenario,reason,aliases",
    );
    assert!(
        recipients
            .iter()
            .any(|row| &row[0] == "bounced@simulator.test")
    );
    assert_eq!(
        env.run("activity -o csv --to nobody@example.com").stdout,
        format!("{MESSAGES}\n")
    );
}

#[test]
fn csv_quotes_commas_quotes_and_line_breaks() {
    let env = TestEnv::simulated();
    let quoted = "sim:delivered:a,b \"c\"\nd";
    let to = serde_json::json!({ "slack": quoted }).to_string();
    let output = env.run(&format!("send welcome --channel slack -o csv --to '{to}'"));
    output.assert_code(0);
    assert_eq!(&csv_rows(&output, SENDS)[0][2], quoted);
    assert_eq!(
        &csv_rows(&env.run("activity -o csv"), MESSAGES)[0][3],
        quoted
    );
    assert_eq!(
        &csv_rows(&env.run("watch --last -o csv"), CHANGES)[0][4],
        quoted
    );

    let output = env.run("send welcome --to http-402@simulator.test --to ada@example.com -o csv");
    let error = &csv_rows(&output, SENDS)[0][6];
    assert!(error.contains(", 10000 of 10000 used"), "{error}");
}

#[test]
fn quiet_prints_only_ids() {
    let env = TestEnv::simulated();
    let output = env.run("send welcome --to ada@example.com --to bounced@simulator.test -q");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let ids: Vec<&str> = output.stdout.lines().collect();
    assert!(
        ids.len() == 2 && ids.iter().all(|id| is_id(id)),
        "{}",
        output.stdout
    );
    assert_eq!(
        env.run("send welcome --to eve@example.com -o ids --wait")
            .stdout
            .lines()
            .count(),
        1
    );
    let all = ids.join(" ");
    for command in [format!("status {all} -q"), format!("watch {all} -q")] {
        let mut lines: Vec<String> = env
            .run(&command)
            .stdout
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        assert_eq!(lines, ids, "{command}");
    }
    let listed = env.ok("activity -q");
    assert!(
        listed.lines().count() == 3 && listed.lines().all(is_id),
        "{listed}"
    );
    let followed = env.ok("activity -q --follow --idle-timeout 2s");
    assert!(
        followed.lines().count() == 3 && followed.lines().all(is_id),
        "{followed}"
    );
}

#[test]
fn output_can_be_piped_into_watch() {
    for (from, to) in [
        (
            "send welcome --to ada@example.com --to bob@example.com -q",
            "watch - -q",
        ),
        (
            "send welcome --to ada@example.com --to bob@example.com --json",
            "watch - -q",
        ),
        (
            "send welcome --to ada@example.com --to bob@example.com --json",
            "status - -q",
        ),
        (
            "send welcome --to ada@example.com --to bob@example.com --json --wait",
            "watch - -q",
        ),
    ] {
        let env = TestEnv::simulated();
        let printed = env.ok(from);
        env.stdin(&printed);
        let output = env.run(to);
        output.assert_code(0);
        assert_eq!(
            output.stdout.lines().count(),
            2,
            "{from} | {}",
            output.transcript()
        );
    }
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com -q");
    for from in ["status --last --json", "activity -q"] {
        env.stdin(&env.ok(from));
        env.run("watch -").assert_code(0);
    }
    env.stdin("\n");
    env.run("watch -")
        .assert_code(2)
        .assert_stderr_contains(&["no id on stdin"]);
}

#[test]
fn every_receipt_of_a_request_is_read_from_json() {
    let env = TestEnv::simulated();
    let sent = "send welcome --to ada@example.com --to bob@example.com --one-request --json";
    env.stdin(&env.ok(sent));
    assert_eq!(env.ok("watch - -q").lines().count(), 2);
}

#[test]
fn a_dry_run_has_no_ids() {
    let env = TestEnv::simulated();
    let output = env.run("send welcome --to ada@example.com --dry-run -q");
    output.assert_code(2).assert_stderr_contains(&["--output:"]);
}

#[test]
fn an_unsupported_format_is_rejected_before_anything_is_done() {
    for (command, formats) in [
        (
            "cancel welcome --to ada@example.com",
            ["csv", "ids"].as_slice(),
        ),
        ("explain", &["csv", "ids"]),
        ("whoami", &["csv", "ids"]),
        ("send welcome --to ada@example.com --wait", &["csv"]),
        ("send welcome --to ada@example.com --dry-run", &["csv"]),
        ("simulator clock show", &["csv", "ids"]),
        ("simulator recipients", &["ids"]),
        ("simulator suppression list", &["ids"]),
        ("simulator suppression add eve@example.com", &["csv", "ids"]),
        ("simulator reset --yes", &["csv", "ids"]),
    ] {
        for format in formats {
            let env = TestEnv::simulated();
            let output = env.run(&format!("{command} -o {format}"));
            output
                .assert_code(2)
                .assert_stderr_contains(&["--output:", format]);
            assert_eq!(output.stdout, "");
            let left = std::fs::read_dir(env.home()).unwrap().count();
            assert_eq!(left, 0, "{command} -o {format} wrote something");
        }
    }
    let env = TestEnv::simulated();
    env.set("SENDIVENT_OUTPUT", "csv");
    env.run("whoami")
        .assert_code(2)
        .assert_stderr_contains(&["--output:"]);
    env.run("whoami -o yaml").assert_code(2);
}

#[test]
fn csv_and_quiet_print_errors_as_text() {
    let env = TestEnv::simulated();
    for format in ["csv", "ids"] {
        let output = env.run(&format!(
            "send welcome --to http-402@simulator.test -o {format}"
        ));
        output.assert_code(5).assert_stderr_contains(&["402"]);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn every_document_about_notifications_is_read_from_stdin() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com --to bob@example.com");
    let id = env
        .ok("status --last -q")
        .lines()
        .next()
        .unwrap()
        .to_owned();
    for (command, count) in [
        ("activity --json", 2),
        ("activity --json --follow --idle-timeout 1s", 2),
        ("status --last --json", 2),
        ("watch --last --json", 2),
        (&*format!("explain --json {id}"), 1),
    ] {
        env.stdin(&env.run(command).stdout);
        let ids = env.ok("status -q -");
        assert_eq!(ids.lines().count(), count, "{command}: {ids}");
    }
}
