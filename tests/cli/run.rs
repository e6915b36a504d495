//! `simulator run`: programs of several kinds with real HTTP clients.

use std::io::{BufRead, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use expect_test::expect;
use nix::sys::signal::Signal;
use rexpect::process::WaitStatus;
use rexpect::session::{Options, spawn_with_options};
use sendivent::commands::schema::SCHEMAS;
use serde_json::{Value, json};

use crate::harness::TestEnv;
use crate::process::{
    PROGRAM, ProcessEnv, ProcessOutput, RunningProcess, query_number, report_skipped, wait_until,
};

/// A shell function that sends the event `welcome` to `$1` and prints the response's body and status code.
const CURL: &str = r#"send() { curl -sS -w ' %{http_code}\n' "$SENDIVENT_API_URL/v1/send/welcome" \
  -H "Authorization: Bearer ${2-$SENDIVENT_API_KEY}" -H 'Content-Type: application/json' -d "{\"to\":\"$1\"}"; }
"#;

/// Returns a `simulator run` command with its own `$TMPDIR`.
fn run_command(env: &ProcessEnv, flags: &str) -> Command {
    let temporary = temporary_directory(env);
    std::fs::create_dir_all(&temporary).unwrap();
    let mut command = env.command(&format!("simulator run {flags} --"));
    command.env("TMPDIR", temporary);
    command
}

fn temporary_directory(env: &ProcessEnv) -> std::path::PathBuf {
    env.home().join("temporary files")
}

/// Runs a shell command under `simulator run`; `"$0"` is the program under test.
fn run_shell(env: &ProcessEnv, flags: &str, line: &str) -> ProcessOutput {
    let mut command = run_command(env, flags);
    ProcessOutput::of(command.args(["sh", "-c", line, PROGRAM]).output().unwrap())
}

/// Fails if a run has left something in its temporary directory.
#[track_caller]
fn assert_nothing_left(env: &ProcessEnv) {
    let left: Vec<_> = std::fs::read_dir(temporary_directory(env))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Returns whether a program is installed; reports the skipped test if not.
fn is_installed(program: &str) -> bool {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/bin:/bin");
    let here = command.arg("--version").output();
    let here = here.is_ok_and(|output| output.status.success());
    if !here {
        report_skipped(&format!("there is no {program}"));
    }
    here
}

/// Reads the document at the end of stderr.
#[track_caller]
fn run_document(output: &ProcessOutput) -> Value {
    let last = output.stderr.lines().last().unwrap();
    let value: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{output:#?}"));
    let schema = SCHEMAS.iter().find(|schema| schema.kind == "run");
    let schema = serde_json::from_str(schema.unwrap().text).unwrap();
    let valid = jsonschema::draft202012::is_valid(&schema, &value);
    assert!(valid, "{value:#}");
    value
}

#[test]
fn the_exit_code_is_the_programs() {
    let env = ProcessEnv::new();
    for code in [0, 1, 2, 3, 69, 124, 126, 255] {
        run_shell(&env, "", &format!("exit {code}")).assert_code(code);
    }
    run_shell(&env, "", "kill -KILL $$").assert_code(137);
    run_shell(&env, "", "kill -TERM $$").assert_code(143);
    assert_nothing_left(&env);
}

#[test]
fn a_program_that_cannot_start_ends_as_in_a_shell() {
    let env = ProcessEnv::new();
    let text = env.home().join("text");
    std::fs::write(&text, "text").unwrap();
    let process_output = ProcessOutput::of(
        run_command(&env, "")
            .arg("no-such-program")
            .output()
            .unwrap(),
    );
    process_output.assert_code(127).assert_stderr_contains(&[
        "error: `no-such-program` cannot be started",
        "hint: Check the name",
    ]);
    let process_output = ProcessOutput::of(run_command(&env, "").arg(&text).output().unwrap());
    process_output
        .assert_code(126)
        .assert_stderr_contains(&["Permission denied"]);
    let mode = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(&text, mode).unwrap();
    let process_output =
        ProcessOutput::of(run_command(&env, "--json").arg(&text).output().unwrap());
    let error: Value = serde_json::from_str(&process_output.assert_code(126).stderr).unwrap();
    assert_eq!(error["error"]["code"], "program");
    assert_nothing_left(&env);
    env.run("simulator run").assert_code(2);
    env.run("simulator run --").assert_code(2);
    env.run("simulator run --run 'a b' -- true").assert_code(2);
    env.run("simulator run --fresh --simulator-db a.db -- true")
        .assert_code(2);
}

#[test]
fn the_program_inherits_the_streams_and_the_summary_is_on_stderr() {
    let env = ProcessEnv::new();
    let mut command = run_command(&env, "");
    let line = "tr a-z A-Z; echo problem >&2";
    command.args(["sh", "-c", line]).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"in and out\n").unwrap();
    drop(stdin);
    let output = ProcessOutput::of(child.wait_with_output().unwrap()).assert_code(0);
    assert_eq!(output.stdout, "IN AND OUT\n");
    assert_eq!(output.stderr, "problem\nSIMULATED: no requests.\n");

    let output = run_shell(&env, "-q", "echo out; echo problem >&2").assert_code(0);
    assert_eq!((&*output.stdout, &*output.stderr), ("out\n", "problem\n"));
}

#[test]
fn sends_are_summarized_at_the_end() {
    if !is_installed("curl") {
        return;
    }
    let env = ProcessEnv::new();
    let line = format!(
        "{CURL} for to in ada@example.com bounced@simulator.test suppressed@simulator.test +15005550002 x@; \
         do send $to; done; \"$0\" --simulate simulator clock advance 1m >&2; send eve@example.com; exit 5"
    );
    let output = run_shell(&env, "", &line).assert_code(5);
    assert_eq!(output.stdout.matches(" 200\n").count(), 5, "{output:#?}");
    let printed = output.stderr.split_once("SIMULATED: 5 messages").unwrap().1;
    for part in [
        "Final statuses:\n",
        "\nemail    -       -     2          1       1           4\n",
        "\nsms      -       -     -          1       -           1\n",
        "\nfailed      sms    +15005550002               welcome  UNROUTABLE: ",
        "\nsuppressed  email  suppressed@simulator.test  welcome  SUPPRESSION_LIST: ",
        "\nfailed      email  bounced@simulator.test     welcome  HARD_BOUNCE: ",
        "\n1 of 6 requests refused: 400\n",
    ] {
        assert!(printed.contains(part), "no {part:?} in {printed}");
    }

    let value = run_document(&run_shell(&env, "--json", &line).assert_code(5));
    assert_eq!(
        (&value["exit_code"], &value["requests"]),
        (&json!(5), &json!(6))
    );
    assert_eq!(value["refused"], json!([{"status": 400, "count": 1}]));
    assert_eq!(
        value["failures"][0]["message"]["error"]["code"],
        "UNROUTABLE"
    );
    assert_eq!(value["counts"].as_array().unwrap().len(), 4);

    // Failures are reported even if the program exits before they are visible to it.
    let line = format!("{CURL} send bounced@simulator.test; send queued@simulator.test");
    let output = run_shell(&env, "", &line).assert_code(0);
    let printed = output.stderr.split_once("SIMULATED: 2 messages").unwrap().1;
    assert!(
        printed.contains("\nfailed  ") && printed.contains("HARD_BOUNCE: "),
        "{printed}"
    );
    let value = run_document(&run_shell(&env, "--json", &line).assert_code(0));
    assert_eq!(
        value["failures"][0]["message"]["error"]["code"],
        "HARD_BOUNCE"
    );
    assert_eq!(value["counts"][0]["status"], "queued", "for ever");

    let output = run_shell(&env, "--no-pii", &line);
    let printed = output.stderr.split_once("SIMULATED: ").unwrap().1;
    assert!(!printed.contains("bounced@"), "{printed}");
    assert_nothing_left(&env);
}

#[test]
fn curl_gets_the_documented_response() {
    if !is_installed("curl") {
        return;
    }
    let env = ProcessEnv::new();
    let zeros = format!("test_{:032}", 0);
    let line = format!("{CURL} send ada@example.com; send ada@example.com {zeros}");
    let output = run_shell(&env, "-q", &line).assert_code(0);
    let [sent, refused] = output.stdout.lines().collect::<Vec<_>>()[..] else {
        panic!("{output:#?}");
    };
    let (body, status) = sent.rsplit_once(' ').unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((status, &body["status"]), ("200", &json!("accepted")));
    let (body, status) = refused.rsplit_once(' ').unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!((status, &body["error"]), ("401", &json!("Invalid API key")));
}

#[test]
fn a_nested_sendivent_uses_the_port_and_sees_the_same_data() {
    let env = ProcessEnv::new();
    let line = r#""$0" send welcome --to ada@example.com --wait -q && "$0" whoami && "$0" --simulate activity -q"#;
    let mut command = run_command(&env, "-q");
    // Variables that would select another service.
    command.env("SENDIVENT_PROFILE", "nobody");
    command.env("SENDIVENT_API_KEY_FILE", "/nowhere");
    command.env("SENDIVENT_API_URL", "https://api.sendivent.com");
    command.env("SENDIVENT_API_KEY", "live_x");
    command.env("http_proxy", "http://127.0.0.1:9");
    command.args(["sh", "-c", line, PROGRAM]);
    let process_output = ProcessOutput::of(command.output().unwrap()).assert_code(0);
    let lines: Vec<&str> = process_output.stdout.lines().collect();
    assert_eq!(
        (lines[0].len(), lines[0]),
        (36, *lines.last().unwrap()),
        "{process_output:#?}"
    );
    assert!(
        process_output.stdout.contains("http://127.0.0.1:"),
        "{process_output:#?}"
    );
    assert_nothing_left(&env);
}

#[test]
fn the_database_is_temporary_unless_one_is_named() {
    let env = ProcessEnv::new();
    let send = r#""$0" send -q welcome --to ada@example.com; echo "$SENDIVENT_SIMULATOR_DB""#;
    let file = env.home().join("named.db");
    let count = |file: &Path| query_number(file, "SELECT count(*) FROM messages");

    let named = format!("--simulator-db {} -q", file.display());
    let process_output = run_shell(&env, &named, send).assert_code(0);
    assert!(
        process_output
            .stdout
            .ends_with(&format!("\n{}\n", file.display()))
    );
    assert_eq!(count(&file), Some(1));

    let mut command = run_command(&env, "--json");
    command.env("SENDIVENT_SIMULATOR_DB", &file);
    command.args(["sh", "-c", send, PROGRAM]);
    let process_output = ProcessOutput::of(command.output().unwrap()).assert_code(0);
    assert_eq!(count(&file), Some(2));
    let counts = &run_document(&process_output)["counts"];
    assert_eq!(
        counts[0]["count"], 1,
        "what was there before is not counted"
    );

    let mut command = run_command(&env, "--fresh -q");
    command.env("SENDIVENT_SIMULATOR_DB", &file);
    command.args(["sh", "-c", send, PROGRAM]);
    ProcessOutput::of(command.output().unwrap()).assert_code(0);
    run_shell(&env, "-q", send).assert_code(0);
    assert_eq!(count(&file), Some(2));
    assert_eq!(count(&env.simulator()), None);
    run_shell(
        &env,
        "-q --simulator-db :memory:",
        r#"test -z "$SENDIVENT_SIMULATOR_DB""#,
    )
    .assert_code(0);
    assert_nothing_left(&env);
}

#[test]
fn production_keys_are_rejected_by_default() {
    if !is_installed("curl") {
        return;
    }
    let env = ProcessEnv::new();
    let line = format!("{CURL} send ada@example.com live_x >/dev/null");
    run_shell(&env, "", &line)
        .assert_code(0)
        .assert_stderr_contains(&["1 of 1 request refused: 401\nhint: ", "--accept-live-keys"]);
    let value = run_document(&run_shell(&env, "--json", &line).assert_code(0));
    assert_eq!(value["refused_live_keys"], 1);
    let output = run_shell(&env, "--accept-live-keys", &line).assert_code(0);
    assert!(
        output.stderr.starts_with("SIMULATED: 1 message"),
        "{output:#?}"
    );
    // Another 401 gets no such hint.
    let line = format!("{CURL} send ada@example.com nonsense >/dev/null");
    let output = run_shell(&env, "", &line).assert_code(0);
    assert!(!output.stderr.contains("hint: "), "{output:#?}");
}

#[test]
fn the_program_needs_no_double_dash() {
    let env = ProcessEnv::new();
    let mut command = env.command("simulator run -q sh -c");
    let process_output = ProcessOutput::of(
        command
            .args(["echo \"$@\"; exit 4", "sh", "--json", "-q", "--", "x"])
            .output()
            .unwrap(),
    );
    assert_eq!(process_output.assert_code(4).stdout, "--json -q -- x\n");
}

#[test]
fn a_surviving_process_does_not_recreate_the_directory() {
    let env = ProcessEnv::new();
    let delayed = r#"{ until [ -e go ]; do sleep 0.02; done
        "$0" --simulate send welcome --to ada@example.com >late 2>&1; echo $? >code; } >/dev/null 2>&1 &"#;
    run_shell(&env, "-q", delayed).assert_code(0);
    assert_nothing_left(&env);
    std::fs::write(env.home().join("go"), "").unwrap();
    let code = env.home().join("code");
    wait_until("it has ended", || {
        std::fs::read_to_string(&code).is_ok_and(|code| code.ends_with('\n'))
    });
    let text = std::fs::read_to_string(env.home().join("late")).unwrap();
    assert_eq!(std::fs::read_to_string(&code).unwrap(), "1\n", "{text}");
    assert!(text.contains("there is no folder `"), "{text}");
    assert_nothing_left(&env);
}

#[test]
fn two_concurrent_runs_on_one_file_are_isolated() {
    let env = ProcessEnv::new();
    // Each waits until the other has sent.
    let line = r#""$0" send -q welcome --to $NAME@example.com || exit 9
        touch $NAME; until [ -e a ] && [ -e b ]; do sleep 0.01; done
        "$0" --simulate activity --output csv; "$0" --simulate whoami"#;
    let runs = ["a", "b"].map(|name| {
        let mut command = run_command(&env, &format!("--json --run {name} --simulator-db one.db"));
        command.env("NAME", name);
        (
            name,
            RunningProcess::of(command.args(["sh", "-c", line, PROGRAM])),
        )
    });
    for (name, run) in runs {
        let other = if name == "a" { "b" } else { "a" };
        let process_output = run.end().assert_code(0);
        assert!(
            process_output
                .stdout
                .contains(&format!("{name}@example.com"))
        );
        assert!(
            !process_output
                .stdout
                .contains(&format!("{other}@example.com"))
        );
        assert!(
            process_output
                .stdout
                .contains(&format!("the namespace {name}\n")),
            "{process_output:#?}"
        );
        assert_eq!(run_document(&process_output)["counts"][0]["count"], 1);
    }
    let listed_with = |key: &str| {
        let mut command = env.command("activity -q --simulator-db one.db");
        let process_output =
            ProcessOutput::of(command.env("SENDIVENT_API_KEY", key).output().unwrap());
        process_output.assert_code(0).stdout.lines().count()
    };
    assert_eq!(
        ["test_run_a", "test_run_b", "test_run_c", "test_x"].map(listed_with),
        [1, 1, 0, 0]
    );
    assert_nothing_left(&env);
}

#[test]
fn a_run_key_selects_its_namespace_offline() {
    let env = TestEnv::simulated();
    let other_env = env.ok("send welcome --to ada@example.com -q");
    env.set("SENDIVENT_API_KEY", "test_run_ci-7");
    env.run("whoami").assert_transcript(expect![[r#"
        $ sendivent whoami
        service    simulator, offline: nobody receives anything
        file       [HOME]/.local/state/sendivent/simulator.db
        journal    [HOME]/.local/state/sendivent/journal.db
        key        SENDIVENT_API_KEY, which selects the namespace ci-7
        --- exit 0
    "#]]);
    assert_eq!(env.ok("activity -q"), "");
    env.run(&format!("status {other_env}")).assert_code(6);
    env.run("status --last").assert_code(6);
    let id = env.ok("send welcome --to eve@example.com -q");
    assert_eq!(env.ok("activity -q"), id);
    env.ok("simulator reset --yes");
    env.set("SENDIVENT_API_KEY", "test_run_a/b");
    env.run("activity")
        .assert_code(2)
        .assert_stderr_contains(&["`a/b` cannot be the name of a namespace", "test_run_NAME"]);
    env.unset("SENDIVENT_API_KEY");
    assert_eq!(env.ok("activity -q"), other_env);
}

#[test]
fn signals_are_forwarded_and_nothing_is_left() {
    let env = ProcessEnv::new();
    let line = "trap 'echo got INT; exit 41' INT; trap 'echo got TERM; exit 42' TERM; echo ready; \
                while :; do sleep 0.02; done";
    for (signal, text, code) in [
        (Signal::SIGINT, "got INT\n", 41),
        (Signal::SIGTERM, "got TERM\n", 42),
    ] {
        let mut command = run_command(&env, "-q");
        // In a new session the program has no controlling terminal.
        let mut away = Command::new("setsid");
        away.arg(command.get_program()).args(command.get_args());
        env.configure(&mut away);
        away.env("TMPDIR", temporary_directory(&env));
        away.args(["sh", "-c", line]);
        command = away;
        let mut run = RunningProcess::of(&mut command);
        let mut stdout = run.stdout();
        assert_eq!(run.line(&mut stdout), "ready\n");
        run.signal(signal);
        assert_eq!(run.line(&mut stdout), text);
        run.end().assert_code(code);
        assert_nothing_left(&env);
    }
    // A program that ignores the signal is waited for.
    let line = "trap '' TERM; echo $$; while [ ! -e go ]; do sleep 0.02; done; exit 3";
    let mut run = RunningProcess::of(run_command(&env, "-q").args(["sh", "-c", line]));
    let mut stdout = run.stdout();
    run.line(&mut stdout);
    run.signal(Signal::SIGTERM);
    std::fs::write(env.home().join("go"), "").unwrap();
    run.end().assert_code(3);
    // A program ended by a signal gives 128 + its number, as in a shell.
    let mut run =
        RunningProcess::of(run_command(&env, "").args(["sh", "-c", "echo ready; exec sleep 100"]));
    let mut stdout = run.stdout();
    run.line(&mut stdout);
    run.signal(Signal::SIGTERM);
    run.end()
        .assert_code(143)
        .assert_stderr_contains(&["SIMULATED: no requests."]);
    assert_nothing_left(&env);
}

/// Counts SIGINT until SIGTERM comes.
const SIGINT_COUNTER: &str = r#"
import signal, sys, time
count = 0
def interrupted(*_):
    global count
    count += 1
    print("got INT", flush=True)
def ended(*_):
    print("in all", count, flush=True)
    sys.exit(4)
signal.signal(signal.SIGINT, interrupted)
signal.signal(signal.SIGTERM, ended)
print("ready", flush=True)
while True:
    time.sleep(0.02)
"#;

#[test]
fn ctrl_c_is_delivered_once_and_sigterm_is_forwarded() {
    if !is_installed("python3") {
        return;
    }
    let env = ProcessEnv::new();
    std::fs::write(env.home().join("counting.py"), SIGINT_COUNTER).unwrap();
    let mut command = Command::new("/bin/sh");
    env.configure(&mut command);
    let line = "exec \"$0\" simulator run -- python3 counting.py";
    command.args(["-c", line, PROGRAM]);
    for stream in [Command::stdin, Command::stdout, Command::stderr] {
        stream(&mut command, Stdio::inherit());
    }
    let options = Options::new().timeout_ms(Some(30_000));
    let mut session = spawn_with_options(command, options).unwrap();
    session.exp_string("ready").unwrap();
    session.send_control('c').unwrap();
    session.exp_string("got INT").unwrap();
    session.process_mut().signal(Signal::SIGTERM).unwrap();
    session.exp_string("in all 1").unwrap();
    session.exp_string("SIMULATED: no requests.").unwrap();
    session.exp_eof().unwrap();
    let end = session.process().wait().unwrap();
    assert!(matches!(end, WaitStatus::Exited(_, 4)), "{end:?}");
}

#[test]
fn webhooks_are_delivered_while_the_program_runs() {
    let env = ProcessEnv::new();
    let receiver = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/hook", receiver.local_addr().unwrap());
    let receiver = std::thread::spawn(move || {
        let (stream, _) = receiver.accept().unwrap();
        let mut reader = std::io::BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        first
    });
    let register = format!(
        r#"curl -sS "$SENDIVENT_API_URL/v1/webhooks" -H "Authorization: Bearer $SENDIVENT_API_KEY" \
           -H 'Content-Type: application/json' -d '{{"url":"{hook}","enabled_events":["delivery.sent"]}}'"#
    );
    if !is_installed("curl") {
        return;
    }
    let line = format!(r#"{register} && "$0" send welcome --to ada@example.com --wait"#);
    let output = run_shell(&env, "", &line).assert_code(0);
    wait_until("the webhook", || receiver.is_finished());
    assert!(
        receiver.join().unwrap().starts_with("POST /hook "),
        "{output:#?}"
    );
}

/// A client in the style of the official SDK with `fetch`, and its expected results. It requests the service's
/// own hosts; nothing listens at any other URL.
const SDK: &str = r#"
import assert from 'node:assert';
class Sendivent {
  constructor(key) {
    this.key = key;
    this.base = key.startsWith('live_') ? 'https://api.sendivent.com' : 'https://api-sandbox.sendivent.com';
  }
  async call(method, path, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: { Authorization: `Bearer ${this.key}`, 'Content-Type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  }
}
const key = process.env.SENDIVENT_API_KEY;
const client = new Sendivent(key);
const sent = await client.call('POST', '/v1/send/welcome/email', { to: 'ada@example.com', payload: { name: 'Å' } });
assert.equal(sent.status, 200);
assert.equal(sent.body.status, 'accepted');
assert.equal(sent.body.event, 'welcome');
assert.equal(sent.body.error, undefined);
assert.match(sent.body.id, /^[0-9a-f-]{36}$/);
const refused = await new Sendivent('test_' + '0'.repeat(32)).call('POST', '/v1/send/welcome', { to: 'ada@example.com' });
assert.equal(refused.status, 401);
assert.match(refused.body.error, /Invalid API key/);
const unknown = await client.call('GET', '/v1/contacts/' + encodeURIComponent('nobody@example.com'));
assert.ok(unknown.status >= 400 && unknown.body.error, JSON.stringify(unknown));
const live = await new Sendivent('live_x').call('GET', '/v1/contacts');
assert.equal(live.status, 401);

// Every argument form of fetch, the query, and another host.
const headers = { Authorization: `Bearer ${key}` };
const path = `/v1/notifications/${sent.body.id}`;
const base = 'https://api.sendivent.com';
for (const input of [base + path, new URL(path, base), new Request(base + path), base + ':443' + path]) {
  const found = await fetch(input, { headers });
  assert.equal((await found.json()).id, sent.body.id);
}
for (const plain of ['http://api.sendivent.com', 'http://api-sandbox.sendivent.com']) {
  assert.equal((await fetch(plain + path, { headers })).status, 200);
}
const listed = await fetch(new Request(base + '/v1/contacts?limit=1&search=ada%40example.com', { headers }));
assert.equal(listed.status, 200);
assert.match(listed.url, /^http:\/\/127\.0\.0\.1:\d+\/v1\/contacts\?limit=1&search=ada%40example\.com$/);
const request = new Request(base + '/v1/send/welcome', {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/json', 'X-Idempotency-Key': 'k' },
  body: '{"to":"eve@example.com"}',
});
assert.equal((await (await fetch(request)).json()).status, 'accepted');
const again = await fetch(base + '/v1/send/welcome', {
  method: 'POST',
  headers: { ...headers, 'Content-Type': 'application/json', 'X-Idempotency-Key': 'k' },
  body: '{"to":"eve@example.com"}',
});
assert.equal(again.headers.get('x-idempotent-replay'), 'true');
const own = await fetch(process.env.SENDIVENT_API_URL + '/_simulator/ready');
assert.equal((await own.json()).ready, true);
for (const elsewhere of ['https://127.0.0.1:9/', new Request('http://127.0.0.1:9/'), 'no address']) {
  await assert.rejects(fetch(elsewhere));
}
await assert.rejects(fetch(base + path, { headers, signal: AbortSignal.abort() }), { name: 'AbortError' });
// Requests to other hosts are unchanged.
const data = await fetch('data:text/plain,as-it-was');
assert.equal(await data.text(), 'as-it-was');
console.log('all is well');
"#;

#[test]
fn a_node_program_reaches_the_simulator_with_fetch() {
    if !is_installed("node") {
        return;
    }
    let env = ProcessEnv::new();
    std::fs::write(env.home().join("sdk.mjs"), SDK).unwrap();
    let mut command = run_command(&env, "--json");
    // An existing value is kept.
    command.env("NODE_OPTIONS", "--no-deprecation");
    let line = r#"echo "$NODE_OPTIONS" | grep -q '^--no-deprecation ' && node sdk.mjs"#;
    let process_output =
        ProcessOutput::of(command.args(["sh", "-c", line]).output().unwrap()).assert_code(0);
    assert_eq!(
        process_output.stdout, "all is well\n",
        "{process_output:#?}"
    );
    let value = run_document(&process_output);
    let count: u64 = value["counts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["count"].as_u64().unwrap())
        .sum();
    assert_eq!(count, 2, "{value}");
    assert_nothing_left(&env);
}

#[test]
fn the_node_module_is_private_and_works_in_workers() {
    if !is_installed("node") {
        return;
    }
    let env = ProcessEnv::new();
    let worker = "const { Worker, isMainThread } = require('node:worker_threads');
        if (isMainThread) new Worker(__filename);
        else fetch('https://api.sendivent.com/').then((answer) => console.log(answer.status));";
    std::fs::write(env.home().join("worker.cjs"), worker).unwrap();
    let line = "node worker.cjs; find \"$TMPDIR\" -mindepth 1 -perm /077";
    let output = run_shell(&env, "-q", line).assert_code(0);
    assert_eq!(output.stdout, "404\n", "{output:#?}");
}

/// Python's standard HTTP client with the URL from the environment.
const PYTHON: &str = r#"
import json, os, urllib.error, urllib.request
def send(to, key=os.environ["SENDIVENT_API_KEY"]):
    request = urllib.request.Request(
        os.environ["SENDIVENT_API_URL"] + "/v1/send/welcome",
        json.dumps({"to": to}).encode(),
        {"Authorization": "Bearer " + key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)
sent = send("ada@example.com")
assert sent["status"] == "accepted" and len(sent["id"]) == 36, sent
try:
    send("ada@example.com", "test_" + "0" * 32)
    raise SystemExit("not refused")
except urllib.error.HTTPError as error:
    assert error.code == 401 and "Invalid API key" in json.load(error)["error"]
print("all is well")
"#;

#[test]
fn python_reaches_the_simulator_despite_a_proxy() {
    if !is_installed("python3") {
        return;
    }
    let env = ProcessEnv::new();
    for proxy in ["", "http://127.0.0.1:9"] {
        let mut command = run_command(&env, "-q");
        command.env("http_proxy", proxy);
        command.env("NO_PROXY", "example.com");
        command.args(["python3", "-c", PYTHON]);
        let process_output = ProcessOutput::of(command.output().unwrap()).assert_code(0);
        assert_eq!(
            (&*process_output.stdout, &*process_output.stderr),
            ("all is well\n", "")
        );
    }
}
