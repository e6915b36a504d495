//! Machine output is a contract: every JSON document of every command is validated against its published schema.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sendivent::commands::schema::SCHEMAS;
use sendivent::exit::Exit;
use sendivent::host::Interrupt;
use serde_json::{Map, Value, json};

use crate::harness::{RunOutput, TestEnv};
use crate::stub_service::{StubResponse, StubService};

/// An id that no service knows.
const GONE: &str = "550e8400-e29b-41d4-a716-446655440000";

/// Which JSON documents a command prints, and on which stream.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    /// One document on stdout, nothing on stderr.
    Document,
    /// One object per line on stdout.
    Lines,
    /// Nothing on stdout, one document on stderr.
    Error,
    /// Nothing on stdout, which belongs to the program, and one document on stderr.
    Aside,
    /// One document on stdout, and an error document on stderr.
    Both,
    /// Lines on stdout, then an error document on stderr instead of an end.
    Broken,
}
use Form::{Aside, Both, Broken, Document, Error, Lines};

/// Every command with `--json`, in one environment. `ID` is the notification that was sent last,
/// `GONE` an unknown one.
#[rustfmt::skip]
const COMMANDS: &[(&str, u8, Form)] = &[
    ("whoami", 0, Document),
    ("whoami --no-journal --simulator-db :memory:", 0, Document),
    ("activity", 0, Document),
    ("simulator recipients", 0, Document),
    ("send welcome --to ada@example.com --dry-run", 0, Document),
    ("send welcome --to ada@example.com --to '#ops' --channel slack --language sv --from a@b.se -p n:=1 --dry-run=curl", 0, Document),
    ("send welcome --to ada@example.com --idempotency-key once", 0, Document),
    ("send welcome --to ada@example.com --idempotency-key once", 0, Document),
    ("status ID", 0, Document),
    ("status ID --exit-status", 8, Document),
    ("watch ID --timeout 0", 8, Lines),
    ("watch ID", 0, Lines),
    ("watch ID GONE", 9, Lines),
    ("watch GONE 7d444840-9dc0-11d1-b245-5ffdce74fad2", 6, Lines),
    ("status ID GONE", 9, Document),
    ("explain ID", 0, Document),
    ("simulator show ID", 0, Document),
    ("send welcome --to bounced@simulator.test --to ada@example.com --wait", 9, Lines),
    ("explain ID", 0, Document),
    ("send welcome --broadcast --wait=delivered", 0, Lines),
    ("send welcome --to a@example.com --to b@example.com --one-request", 0, Document),
    ("send welcome --to +15005550010 --to '#ops' --wait", 0, Lines),
    ("send welcome --to queued@simulator.test --wait --timeout 30s", 124, Lines),
    ("watch ID --timeout 20s --for delivered", 124, Lines),
    ("cancel welcome --to queued@simulator.test --to ada@example.com", 0, Document),
    ("watch ID", 3, Lines),
    ("send welcome --to http-402@simulator.test --to http-404@simulator.test --to ada@example.com", 9, Document),
    ("send welcome --to http-401@simulator.test --to ada@example.com", 4, Document),
    ("send welcome --to http-402@simulator.test --to http-402+b@simulator.test --wait", 5, Lines),
    ("send welcome --to http-429@simulator.test --to ada@example.com --timeout 1m", 7, Document),
    ("send welcome --to reset@simulator.test --to ada@example.com --timeout 1m", 69, Document),
    ("send welcome --to emptybody@simulator.test", 0, Document),
    ("send welcome --to truncated@simulator.test --to scalarbody@simulator.test", 0, Document),
    ("send welcome --to lostresponse@simulator.test", 0, Document),
    ("activity --stats", 0, Document),
    ("activity -n 0 --stats", 0, Document),
    ("activity --status failed --since 1h -n 2", 0, Document),
    ("activity --follow --idle-timeout 10s -n 3", 0, Lines),
    ("simulator suppression list", 0, Document),
    ("simulator suppression add eve@example.com", 0, Document),
    ("simulator suppression remove eve@example.com", 0, Document),
    ("send welcome --to bounced@simulator.test --wait", 3, Lines),
    ("simulator clock show", 0, Document),
    ("simulator clock freeze", 0, Document),
    ("simulator clock advance 90s", 0, Document),
    ("simulator clock speed 2.5", 0, Document),
    ("simulator clock resume", 0, Document),
    ("explain", 0, Document),
    ("explain HARD_BOUNCE", 0, Document),
    ("explain 402", 0, Document),
    ("send", 2, Error),
    ("send 'no such name!' --to ada@example.com", 2, Error),
    ("send welcome --to nobody@", 2, Error),
    ("send welcome --to ada@example.com --payload nowhere.json", 2, Error),
    ("send welcome --to http-400@simulator.test", 5, Error),
    ("send welcome --to http-401@simulator.test", 4, Error),
    ("send welcome --to http-402@simulator.test", 5, Error),
    ("send welcome --to http-403@simulator.test", 5, Error),
    ("send welcome --to http-404@simulator.test", 6, Error),
    ("send welcome --to http-409@simulator.test", 5, Error),
    ("send welcome --to http-422@simulator.test", 5, Error),
    ("send welcome --to http-429@simulator.test --timeout 1m", 7, Error),
    ("send welcome --to http-500@simulator.test --timeout 1m", 69, Error),
    ("send welcome --to http-502@simulator.test --timeout 1m --wait", 69, Error),
    ("send welcome --to reset@simulator.test --timeout 1m", 69, Error),
    ("send welcome --to timeout@simulator.test --timeout 1m", 69, Error),
    ("send welcome --to bob@example.com --idempotency-key once", 5, Error),
    ("status GONE", 6, Error),
    ("status last", 2, Error),
    ("watch GONE", 6, Broken),
    ("watch ID --interval 0s", 2, Error),
    ("activity --status dilivered", 2, Error),
    ("activity --until tomorrow", 2, Error),
    ("cancel welcome --to nobody@", 2, Error),
    ("explain nonsense", 2, Error),
    ("explain GONE", 6, Error),
    ("simulator show GONE", 6, Error),
    ("simulator clock speed 0", 2, Error),
    ("simulator webhooks list", 0, Document),
    ("simulator webhooks show GONE", 6, Error),
    ("simulator webhooks replay nonsense", 2, Error),
    ("simulator webhooks trigger sent --to ada@example.com", 6, Error),
    ("simulator webhooks trigger nonsense --to ada@example.com", 2, Error),
    // From here on there is a webhook endpoint without a listener.
    ("simulator webhooks trigger bounced --to ada@example.com", 3, Document),
    ("simulator webhooks list -n 1", 0, Document),
    ("webhook verify --headers HEADERS HEADERS", 3, Document),
    ("webhook verify --signature t=0,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd --tolerance none HEADERS", 3, Document),
    ("webhook verify --signature t=0 nowhere.json", 2, Error),
    ("webhook verify HEADERS", 2, Error),
    ("simulator reset", 2, Error),
    ("simulator reset --yes", 0, Document),
    ("simulator serve --port 0", 0, Lines),
    ("simulator serve --host 192.0.2.1", 2, Error),
    ("simulator run -- sh -c 'exit 3'", 3, Aside),
    ("simulator run -- no-such-program", 127, Error),
    ("simulator run -- /dev/null", 126, Error),
    ("watch --last --no-journal", 2, Error),
    ("status --last --simulator-db /dev/null/none.db", 6, Error),
];

/// Commands with `--json` and a key against a service on loopback: it knows no notification, or fails as long
/// as there is a `TROUBLE` before the command. `KEYLESS` removes the key, `STDIN` passes one to `login`.
#[rustfmt::skip]
const LIVE_COMMANDS: &[(&str, u8, Form)] = &[
    ("KEYLESS whoami", 4, Both),
    ("KEYLESS activity", 4, Error),
    ("KEYLESS doctor", 4, Document),
    ("STDIN login", 0, Document),
    ("STDIN login -P work", 0, Document),
    ("KEYLESS whoami", 0, Document),
    ("whoami", 0, Document),
    ("whoami -P nowhere", 6, Error),
    ("whoami --api-key-file nowhere", 4, Error),
    ("logout", 0, Document),
    ("logout", 6, Error),
    ("login KEY", 2, Error),
    ("doctor", 0, Document),
    ("TROUBLE doctor", 69, Document),
    ("journal path", 0, Document),
    ("activity", 0, Document),
    ("send welcome --to ada@example.com --to bob@example.com", 0, Document),
    ("activity --stats", 0, Document),
    ("status --last", 6, Document),
    ("activity --offline", 0, Document),
    ("activity --follow --idle-timeout 5s", 0, Lines),
    ("TROUBLE activity --follow --idle-timeout 5s", 69, Broken),
    ("TROUBLE status --last", 69, Error),
    ("TROUBLE activity", 69, Both),
    ("TROUBLE watch --last --timeout 5s", 69, Lines),
    ("TROUBLE watch --last --timeout 0", 69, Lines),
    ("TROUBLE send welcome --to ada@example.com", 69, Error),
    ("watch --last 2", 6, Lines),
    ("cancel welcome --to ada@example.com", 0, Document),
    ("journal prune --older-than 90d", 0, Document),
    ("journal prune --older-than 90d --no-journal", 2, Error),
    ("send welcome --to ada@example.com --live", 2, Error),
];

/// A line that needs an outage which ends while the command runs; `activity_live` covers it.
const NOT_COVERED: [&str; 1] = ["recovered"];

/// A document, and the command that printed it.
struct Printed {
    command: String,
    kind: String,
    value: Value,
}

/// Runs all commands and checks their exit codes and streams.
fn run_commands() -> Vec<Printed> {
    let env = TestEnv::simulated();
    env.set("SENDIVENT_WEBHOOK_SECRET", "whsec_test");
    env.set("TMPDIR", &env.home().display().to_string());
    let headers = env.file("headers.txt", "Content-Type: application/json\n");
    let mut id = String::new();
    let mut printed = Vec::new();
    for (command, code, form) in COMMANDS {
        let command = command
            .replace("ID", &id)
            .replace("GONE", GONE)
            .replace("HEADERS", &headers);
        if command.contains("trigger bounced") {
            env.endpoint("http://127.0.0.1:9/");
        }
        let output = match command.split_once(" -- ") {
            Some((own, theirs)) => env.run(&format!("{own} --json -- {theirs}")),
            None => env.run(&format!("{command} --json")),
        };
        output.assert_code(*code);
        let values = form.values(&output);
        if let Some(sent) = values.iter().find_map(sent_id) {
            id = sent;
        }
        printed.extend(values.into_iter().map(|value| Printed {
            command: command.clone(),
            kind: schema_name(&value),
            value,
        }));
    }
    printed
}

impl Form {
    #[track_caller]
    fn values(self, output: &RunOutput) -> Vec<Value> {
        match self {
            Document => vec![single_document(output)],
            Error => vec![error_document(output)],
            Lines => line_documents(output),
            Aside => document_beside_output(output),
            Both => document_and_error(output),
            Broken => [parse_lines(&output.stdout), parse_lines(&output.stderr)].concat(),
        }
    }
}

/// Runs the commands against a live service.
fn run_live_commands() -> Vec<Printed> {
    let trouble = Arc::new(AtomicBool::new(false));
    let inside = Arc::clone(&trouble);
    let service = StubService::start(move |request| {
        if inside.load(Ordering::SeqCst) {
            return StubResponse::error(503, "maintenance");
        }
        let id = request.header("x-idempotency-key");
        match request.path.as_str() {
            path if path.starts_with("/v1/send/") => StubResponse::json(
                200,
                &json!({"id": id, "event": "welcome", "status": "accepted"}),
            ),
            path if path.starts_with("/v1/cancel/") => {
                StubResponse::json(200, &json!({"event": "welcome", "cancelled": 1}))
            }
            _ => StubResponse::error(404, "Notification not found"),
        }
    });
    let env = TestEnv::bare();
    env.set("SENDIVENT_API_URL", &service.url());
    let mut printed = Vec::new();
    for (line, code, form) in LIVE_COMMANDS {
        let (location, command) = match line.split_once(' ') {
            Some((location @ ("KEYLESS" | "STDIN" | "TROUBLE"), command)) => (location, command),
            _ => ("", *line),
        };
        trouble.store(location == "TROUBLE", Ordering::SeqCst);
        match location {
            "KEYLESS" | "STDIN" => env.unset("SENDIVENT_API_KEY"),
            _ => env.set("SENDIVENT_API_KEY", "test_tourtourtour"),
        }
        if location == "STDIN" {
            env.stdin("test_loginloginlogin");
        }
        let output = env.run(&format!("{command} --json"));
        output.assert_code(*code);
        let values = form.values(&output).into_iter();
        printed.extend(values.map(|value| Printed {
            command: (*line).to_owned(),
            kind: schema_name(&value),
            value,
        }));
    }
    printed
}

/// Returns the first id in a document of `send`.
fn sent_id(value: &Value) -> Option<String> {
    let result = value.pointer("/results/0").unwrap_or(value);
    result.get("receipts")?;
    Some(result.get("id")?.as_str()?.to_owned())
}

/// Returns the one document of a finite command.
#[track_caller]
fn single_document(output: &RunOutput) -> Value {
    assert_eq!(output.stderr, "", "{}", output.transcript());
    let documents = parse_lines(&output.stdout);
    assert_eq!(documents.len(), 1, "{}", output.transcript());
    let document = documents.into_iter().next().unwrap();
    if let Some(code) = document.get("exit_code") {
        assert_eq!(*code, json!(output.code), "{}", output.transcript());
    }
    document
}

/// Returns the document on stderr beside the program's output.
#[track_caller]
fn document_beside_output(output: &RunOutput) -> Vec<Value> {
    assert_eq!(output.stdout, "", "{}", output.transcript());
    let documents = parse_lines(&output.stderr);
    assert_eq!(documents.len(), 1, "{}", output.transcript());
    assert_eq!(
        documents[0]["exit_code"],
        output.code,
        "{}",
        output.transcript()
    );
    documents
}

/// Returns the document of a finite command and the error beside it.
#[track_caller]
fn document_and_error(output: &RunOutput) -> Vec<Value> {
    let documents = [parse_lines(&output.stdout), parse_lines(&output.stderr)].concat();
    assert_eq!(documents.len(), 2, "{}", output.transcript());
    let code = documents[1].pointer("/error/exit_code");
    assert_eq!(code, Some(&json!(output.code)), "{}", output.transcript());
    documents
}

/// Returns the error on stderr.
#[track_caller]
fn error_document(output: &RunOutput) -> Value {
    assert_eq!(output.stdout, "", "{}", output.transcript());
    let errors = parse_lines(&output.stderr);
    assert_eq!(errors.len(), 1, "{}", output.transcript());
    let error = errors.into_iter().next().unwrap();
    let code = error.pointer("/error/exit_code");
    assert_eq!(code, Some(&json!(output.code)), "{}", output.transcript());
    error
}

/// Returns the documents of a command that prints one per line.
#[track_caller]
fn line_documents(output: &RunOutput) -> Vec<Value> {
    assert_eq!(output.stderr, "", "{}", output.transcript());
    let lines = parse_lines(&output.stdout);
    assert!(
        lines.iter().all(|line| line["type"].is_string()),
        "{}",
        output.transcript()
    );
    let last = lines.last().unwrap();
    assert_eq!(last["type"], "end", "{}", output.transcript());
    assert_eq!(last["exit_code"], output.code, "{}", output.transcript());
    lines
}

/// Parses JSON with one object per line.
#[track_caller]
fn parse_lines(text: &str) -> Vec<Value> {
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
            assert!(value.is_object(), "{line}");
            value
        })
        .collect()
}

/// Returns the schema name in a document.
#[track_caller]
fn schema_name(value: &Value) -> String {
    let name = value["schema"].as_str().unwrap();
    let kind = name.strip_prefix("sendivent.").unwrap();
    kind.strip_suffix("/1").unwrap().to_owned()
}

fn load_schema(kind: &str) -> Value {
    let schema = SCHEMAS.iter().find(|schema| schema.kind == kind);
    let text = schema.unwrap_or_else(|| panic!("no schema {kind}")).text;
    serde_json::from_str(text).unwrap()
}

fn schema_validator(kind: &str) -> jsonschema::Validator {
    jsonschema::draft202012::new(&load_schema(kind)).unwrap()
}

/// Fails unless a document matches its schema.
#[track_caller]
pub fn assert_valid(value: &Value, command: &str) {
    let problems: Vec<String> = schema_validator(&schema_name(value))
        .iter_errors(value)
        .map(|problem| format!("{problem} at {}", problem.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{command}\n{problems:#?}\n{value:#}");
}

/// Calls `visit` with every object in a JSON value, and its name.
fn visit_objects(name: &str, value: &Value, visit: &mut impl FnMut(&str, &Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            visit(name, fields);
            for (name, value) in fields {
                visit_objects(name, value, visit);
            }
        }
        Value::Array(items) => {
            for item in items {
                visit_objects(name, item, visit);
            }
        }
        _ => {}
    }
}

/// Returns whether a text is a time in the documented format: UTC, milliseconds, `Z`.
fn is_time(text: &str) -> bool {
    let form = "dddd-dd-ddTdd:dd:dd.dddZ";
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'd' => byte.is_ascii_digit(),
                form => byte == form,
            })
}

/// Returns whether a text begins like a time.
fn starts_like_time(text: &str) -> bool {
    let date = text.get(..11).unwrap_or_default();
    is_time(&format!("{date}00:00:00.000Z"))
}

#[test]
fn every_document_matches_its_schema() {
    let mut printed = run_commands();
    printed.extend(run_live_commands());
    for document in &printed {
        assert_valid(&document.value, &document.command);
    }
    let covered: BTreeSet<&str> = printed
        .iter()
        .map(|document| document.kind.as_str())
        .collect();
    let all: BTreeSet<&str> = SCHEMAS.iter().map(|schema| schema.kind).collect();
    assert_eq!(covered, all, "a schema that no command of the test runs");

    let covered: BTreeSet<String> = printed
        .iter()
        .filter(|document| document.kind == "update")
        .filter_map(|document| Some(document.value.get("type")?.as_str()?.to_owned()))
        .chain(NOT_COVERED.map(str::to_owned))
        .collect();
    let all: BTreeSet<String> = load_schema("update")["anyOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let kind = &line["properties"]["type"]["const"];
            kind.as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        covered, all,
        "a type of line that no command of the test runs"
    );
}

#[test]
fn simulated_documents_are_marked() {
    for one in run_commands() {
        assert_eq!(one.value["simulated"], true, "{}", one.command);
    }
    for one in run_live_commands() {
        assert_eq!(one.value["simulated"], false, "{}", one.command);
    }
}

#[test]
fn times_are_utc_with_milliseconds() {
    let mut count = 0;
    for one in run_commands() {
        visit_objects("", &one.value, &mut |_, fields| {
            for (name, value) in fields {
                let time = name.ends_with("_at")
                    || ["at", "since", "virtual", "real"].contains(&name.as_str());
                match value {
                    Value::String(text) if time || starts_like_time(text) => {
                        count += 1;
                        assert!(is_time(text), "{}: {name}: {text}", one.command);
                    }
                    _ => {}
                }
            }
        });
    }
    assert!(count > 100, "{count} times are too few to have looked well");
}

#[test]
fn documents_have_no_undeclared_properties() {
    for one in run_commands().into_iter().chain(run_live_commands()) {
        let schema = load_schema(&one.kind);
        let undeclared = undeclared_properties(&schema, &[&schema], &one.value);
        assert!(undeclared.is_empty(), "{}: {undeclared:?}", one.command);
    }
}

/// Returns the names of properties that none of the alternative schemas of a value declares. An object without declared
/// properties may have any, such as a template's payload.
fn undeclared_properties(root: &Value, schemas: &[&Value], value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    schemas
        .iter()
        .for_each(|schema| collect_alternatives(root, schema, &mut all));
    match value {
        Value::Object(fields) => {
            let declared: Vec<&Map<String, Value>> = all
                .iter()
                .filter_map(|schema| schema["properties"].as_object())
                .collect();
            if declared.is_empty() {
                return Vec::new();
            }
            fields
                .iter()
                .flat_map(|(name, value)| {
                    let schemas: Vec<&Value> = declared
                        .iter()
                        .filter_map(|properties| properties.get(name))
                        .collect();
                    match schemas.as_slice() {
                        [] => vec![name.clone()],
                        schemas => undeclared_properties(root, schemas, value),
                    }
                })
                .collect()
        }
        Value::Array(items) => {
            let schemas: Vec<&Value> = all
                .iter()
                .filter_map(|schema| schema.get("items"))
                .collect();
            items
                .iter()
                .flat_map(|item| undeclared_properties(root, &schemas, item))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Collects a schema, what it refers to, and its alternatives.
fn collect_alternatives<'s>(root: &'s Value, schema: &'s Value, found: &mut Vec<&'s Value>) {
    found.push(schema);
    if let Some(name) = schema["$ref"].as_str() {
        let definition = root.pointer(name.trim_start_matches('#')).unwrap();
        collect_alternatives(root, definition, found);
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        for alternative in schema[keyword].as_array().into_iter().flatten() {
            collect_alternatives(root, alternative, found);
        }
    }
}

#[test]
fn every_recipient_kind_produces_valid_documents() {
    let env = TestEnv::simulated();
    for row in sendivent::simulator::recipients() {
        if row.pattern.contains('<') {
            continue;
        }
        let output = env.run(&format!(
            "send welcome --to {} --timeout 1m --json",
            row.pattern
        ));
        let value = match output.stdout.as_str() {
            "" => error_document(&output),
            _ => single_document(&output),
        };
        assert_valid(&value, &row.pattern);
    }
    env.ok("simulator clock advance 1h");
    for command in ["activity -n 1000 --stats --json", "activity --json"] {
        assert_valid(&single_document(&env.run(command)), command);
    }
    let ids = env.ok("activity -n 1000 -q").replace('\n', " ");
    assert_valid(
        &single_document(&env.run(&format!("status {ids} --json"))),
        "status",
    );
    for id in ids.split(' ') {
        for command in ["explain", "simulator show"] {
            assert_valid(
                &single_document(&env.run(&format!("{command} {id} --json"))),
                command,
            );
        }
    }
}

#[test]
fn masked_documents_match_the_same_schema() {
    let env = TestEnv::simulated();
    env.set("SENDIVENT_NO_PII", "1");
    let to = r#"'{"email":"ada@example.com","name":"Ada","vip":true}'"#;
    for command in [
        format!("send welcome --to {to} --dry-run -p a=b"),
        format!("send welcome --to {to} --wait"),
        "status --last".to_owned(),
        "activity".to_owned(),
        "send welcome --to http-400@simulator.test".to_owned(),
    ] {
        let output = env.run(&format!("{command} --json"));
        let text = format!("{}{}", output.stdout, output.stderr);
        for value in parse_lines(&text) {
            assert_valid(&value, &command);
        }
        assert!(!text.contains("ada@") && !text.contains("Ada"), "{text}");
    }
}

#[test]
fn an_interrupt_is_reported() {
    let env = TestEnv::simulated();
    env.interrupt_in(3000, Interrupt::Terminated);
    let output = env.run("send welcome --to queued@simulator.test --wait --json");
    output.assert_code(143);
    let last = line_documents(&output).pop().unwrap();
    assert_valid(&last, "send --wait");
    assert_eq!(last["ended"], "interrupted");
    assert_eq!(last["outcome"], "terminated");
}

#[test]
fn an_unknown_outcome_includes_its_idempotency_key() {
    let env = TestEnv::simulated();
    let output = env.run("send welcome --to reset@simulator.test --timeout 1m --json");
    let error = error_document(&output);
    assert_eq!(error["error"]["code"], "outcome_unknown");
    let key = error["error"]["idempotency_key"].as_str().unwrap();
    assert!(error["error"]["hint"].as_str().unwrap().contains(key));
}

#[test]
fn the_verdict_of_a_watch_matches_its_exit_code() {
    for one in run_commands() {
        let (Some(verdict), Some("end")) = (one.value.get("verdict"), one.value["type"].as_str())
        else {
            continue;
        };
        let expected: &[u8] = match verdict.as_str().unwrap() {
            "reached" => &[0],
            "not_delivered" => &[3],
            "partial" => &[9],
            "pending" => &[8, 124],
            "not_found" => &[6],
            other => panic!("{other}"),
        };
        let code = one.value["exit_code"].as_u64().unwrap();
        let code = u8::try_from(code).unwrap();
        assert!(
            expected.contains(&code),
            "{}: {verdict} with {code}",
            one.command
        );
    }
}

#[test]
fn one_failed_send_makes_the_verdict_not_delivered() {
    let output = TestEnv::simulated().run("send welcome --to bounced@simulator.test --wait --json");
    output.assert_code(3);
    assert_eq!(
        line_documents(&output).pop().unwrap()["outcome"],
        "not_delivered"
    );
}

#[test]
fn watch_any_succeeds_with_the_first_delivery() {
    let env = TestEnv::simulated();
    let ids = env.ok("send welcome --to ada@example.com --to queued@simulator.test -q");
    env.advance(5000);
    let output = env.run(&format!("watch {} --any --json", ids.replace('\n', " ")));
    output.assert_code(0);
    assert_eq!(line_documents(&output).pop().unwrap()["verdict"], "reached");
}

#[test]
fn an_invalid_setting_is_reported_as_json() {
    let env = TestEnv::simulated();
    let output = env.run("whoami --tz Nowhere/Land --json");
    assert_valid(&error_document(&output), "whoami");
}

#[test]
fn an_unknown_argument_is_reported_as_json() {
    let env = TestEnv::simulated();
    for command in [
        "send --nonsense --json",
        "activity -n x --json",
        "nonsense --json",
    ] {
        assert_valid(&error_document(&env.run(command)), command);
    }
}

#[test]
fn a_watch_of_an_unknown_id_ends() {
    let output = TestEnv::simulated().run(&format!("watch {GONE} --json"));
    line_documents(&output);
}

#[test]
fn each_schema_is_valid() {
    for schema in SCHEMAS {
        let value: Value = serde_json::from_str(schema.text).unwrap();
        assert_eq!(
            value["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        jsonschema::draft202012::meta::validate(&value)
            .unwrap_or_else(|problem| panic!("{}: {problem}", schema.kind));
        let name = format!("sendivent.{}/1", schema.kind);
        assert_eq!(value["title"], name);
        let env = TestEnv::bare();
        let printed = env.run(&format!("schema {}", schema.kind));
        assert_eq!((printed.stdout.as_str(), printed.code), (schema.text, 0));
        for document in document_forms(&value) {
            assert_eq!(document["properties"]["schema"]["const"], name);
        }
    }
}

/// Returns the alternatives of a schema, or the schema itself.
fn document_forms(schema: &Value) -> Vec<&Value> {
    match schema["anyOf"]
        .as_array()
        .filter(|_| schema.get("properties").is_none())
    {
        Some(forms) => forms.iter().collect(),
        None => vec![schema],
    }
}

#[test]
fn each_definition_is_described_and_open() {
    for schema in SCHEMAS {
        let value: Value = serde_json::from_str(schema.text).unwrap();
        assert!(value["description"].is_string(), "{}", schema.kind);
        let definitions = value["$defs"].as_object().into_iter().flatten();
        for (name, definition) in definitions {
            let about = definition["description"].as_str().unwrap_or_default();
            assert!(about.ends_with('.'), "{}: {name}: `{about}`", schema.kind);
        }
        visit_objects("", &value, &mut |name, fields| {
            let path = format!("{} {name}", schema.kind);
            // A new field is not a breaking change.
            assert_ne!(
                fields.get("additionalProperties"),
                Some(&json!(false)),
                "{path}"
            );
        });
    }
}

#[test]
fn shared_definitions_are_identical() {
    let mut shared: Map<String, Value> = Map::new();
    for schema in SCHEMAS {
        let value: Value = serde_json::from_str(schema.text).unwrap();
        let Some(definitions) = value["$defs"].as_object() else {
            continue;
        };
        for (name, definition) in definitions {
            let used = schema.text.matches(&format!("\"#/$defs/{name}\"")).count();
            assert!(used > 0, "{}: nothing uses {name}", schema.kind);
            let first = shared.entry(name).or_insert_with(|| definition.clone());
            assert_eq!(first, definition, "{}: {name}", schema.kind);
        }
    }
}

#[test]
fn schemas_list_the_exit_codes() {
    let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
    let names: Vec<&str> = Exit::ALL.iter().map(|exit| exit.name()).collect();
    let properties = &load_schema("status")["properties"];
    assert_eq!(properties["exit_code"]["enum"], json!(codes));
    assert_eq!(properties["outcome"]["enum"], json!(names));
}

#[test]
fn the_schema_list_is_complete() {
    let list = TestEnv::bare().ok("schema");
    let names: Vec<&str> = list.lines().map(|l| l.split(' ').next().unwrap()).collect();
    let all: Vec<&str> = SCHEMAS.iter().map(|schema| schema.kind).collect();
    assert_eq!(names, all);
    assert_eq!(TestEnv::bare().run("schema nonsense").code, 2);
}
