use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn a_send_prints_a_receipt() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
}

#[test]
fn a_send_that_waits_ends_with_the_verdict() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com --wait")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com --wait
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
}

#[test]
fn each_recipient_has_its_own_request() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com --to http-400@simulator.test --to bounced@simulator.test --wait")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com --to http-400@simulator.test --to bounced@simulator.test --wait
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            refused     http-400@simulator.test  Invalid email address (HTTP 400, field `to`)  key 019d48ea-2e00-77e9-a71c-45376d5dccf6
            accepted    019d48ea-2e00-79bc-985a-249011609644  bounced@simulator.test  key 019d48ea-2e00-7e54-9738-297f77ae3474
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-249011609644  email     bounced@simulator.test
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-249011609644  email     bounced@simulator.test
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
            2026-04-01 12:00:01Z  failed      019d48ea-2e00-79bc-985a-249011609644  email     bounced@simulator.test  HARD_BOUNCE: Permanent bounce: mailbox does not exist
            failed      019d48ea-2e00-79bc-985a-249011609644  email     bounced@simulator.test  after 1 s  HARD_BOUNCE: Permanent bounce: mailbox does not exist
            --- stderr
            SIMULATED: offline, nobody receives anything.
            2 of 3 accepted
            --- exit 9
        "#]]);
}

#[test]
fn every_recipient_form_is_accepted() {
    let env = TestEnv::simulated();
    let file = env.file("ada.json", r#"{"email":"ada@example.com","name":"Ada"}"#);
    env.ok(r#"send hello --to '{"id":"user_123","phone":"+46701234567"}'"#);
    for (form, channel, label) in [
        ("ada@example.com", "email", "ada@example.com"),
        ("+14155550123", "sms", "+14155550123"),
        ("U12345678", "slack", "U12345678"),
        ("'#general'", "slack", "#general"),
        ("user_123", "sms", "+46701234567"),
        ("sim:failed:7", "email", "sim:failed:7"),
        (r#"'{"telegram":"12345"}'"#, "telegram", "12345"),
        (r#"'{"discord":"12345"}'"#, "discord", "12345"),
        (
            r#"'{"push_token":"ExponentPushToken[x]"}'"#,
            "push",
            "ExponentPushToken[x]",
        ),
        (&format!("@{file}"), "email", "ada@example.com"),
    ] {
        let id = env.ok(&format!("send hello -q --to {form}"));
        let row = env.ok("activity -n 1 -o csv");
        let row = row.lines().nth(1).unwrap();
        assert!(row.starts_with(&id), "{form}: {row}");
        assert!(row.contains(&format!(",{channel},")), "{form}: {row}");
        assert!(row.contains(&format!(",{label},")), "{form}: {row}");
    }
}

#[test]
fn a_broadcast_goes_to_the_listeners() {
    let env = TestEnv::simulated();
    env.run("send news --broadcast --wait").assert_transcript(expect![[r#"
        $ sendivent send news --broadcast --wait
        accepted    019d48ea-2e00-79bc-985a-244823f2de44  the event's listeners  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
        2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     listener@simulator.test
        2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     listener@simulator.test
        2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     listener@simulator.test
        delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     listener@simulator.test  after 1 s
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
}

#[test]
fn one_request_creates_a_notification_per_recipient() {
    let env = TestEnv::simulated();
    env
        .run("send news --to ada@example.com --to +14155550123 --one-request --wait")
        .assert_transcript(expect![[r#"
            $ sendivent send news --to ada@example.com --to +14155550123 --one-request --wait
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            accepted    019d48ea-2e00-79bc-985a-24536170b444  +14155550123  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-24536170b444  sms       +14155550123
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-24536170b444  sms       +14155550123
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com
            delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     ada@example.com  after 1 s
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-24536170b444  sms       +14155550123
            delivered   019d48ea-2e00-79bc-985a-24536170b444  sms       +14155550123  after 1 s
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
    env
        .run("send news --to ada@example.com --to http-403@simulator.test --one-request")
        .assert_transcript(expect![[r#"
            $ sendivent send news --to ada@example.com --to http-403@simulator.test --one-request
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `news` to ada@example.com, http-403@simulator.test: Subscription inactive (HTTP 403)
            hint: Check the subscription in the dashboard; see `sendivent explain FORBIDDEN`.
            --- exit 5
        "#]]);
}

#[test]
fn the_payload_comes_from_a_file_stdin_and_flags_with_flags_first() {
    let env = TestEnv::simulated();
    let file = env.file("payload.json", r#"{"name":"file","order":1}"#);
    env
        .run(&format!(
            "send shipped --to ada@example.com --payload {file} -p name=Ada -p items:='[1,2]' --language sv --from shop@example.com --override email.subject=Hej --override 'email.cc:=[\"bob@example.com\"]' --channel email --idempotency-key order-1 --dry-run"
        ))
        .assert_transcript(expect![[r#"
            $ sendivent send shipped --to ada@example.com --payload [HOME]/payload.json -p name=Ada -p items:='[1,2]' --language sv --from shop@example.com --override email.subject=Hej --override 'email.cc:=["bob@example.com"]' --channel email --idempotency-key order-1 --dry-run
            {
              "method": "POST",
              "url": "http://127.0.0.1:7363/v1/send/shipped/email",
              "headers": {
                "accept": "application/json",
                "content-type": "application/json",
                "x-idempotency-key": "order-1"
              },
              "body": {
                "from": "shop@example.com",
                "language": "sv",
                "overrides": {
                  "email": {
                    "cc": [
                      "bob@example.com"
                    ],
                    "subject": "Hej"
                  }
                },
                "payload": {
                  "items": [
                    1,
                    2
                  ],
                  "name": "Ada",
                  "order": 1
                },
                "to": "ada@example.com"
              }
            }
            --- exit 0
        "#]]);
    env.stdin(r#"{"name":"stdin"}"#);
    let preview = env.ok("send shipped --to ada@example.com --payload - --dry-run");
    assert!(preview.contains(r#""name": "stdin""#), "{preview}");
    env.run("activity").assert_transcript(expect![[r#"
        $ sendivent activity
        --- stderr
        SIMULATED: offline, nobody receives anything.
        0 messages of the simulator
        --- exit 0
    "#]]);
}

#[test]
fn a_dry_run_prints_a_curl_line_without_the_key() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com -p 'name=it'\\''s' --dry-run=curl --idempotency-key k1")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com -p 'name=it'\''s' --dry-run=curl --idempotency-key k1
            curl -X POST http://127.0.0.1:7363/v1/send/welcome -H "Authorization: Bearer $SENDIVENT_API_KEY" -H 'accept: application/json' -H 'content-type: application/json' -H 'x-idempotency-key: k1' -d '{"payload":{"name":"it'\''s"},"to":"ada@example.com"}'
            --- exit 0
        "#]]);
}

#[test]
fn an_idempotency_key_sends_once_and_rejects_another_request() {
    let env = TestEnv::simulated();
    let first = env.ok("send welcome -q --to ada@example.com --idempotency-key k1");
    env
        .run("send welcome --to ada@example.com --idempotency-key k1")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com --idempotency-key k1
            accepted    019d48ea-2e00-7752-a757-130f9f52581c  ada@example.com  (accepted before)  key k1
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
    assert_eq!(env.ok("activity -q"), first);
    env
        .run("send welcome --to bob@example.com --idempotency-key k1")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to bob@example.com --idempotency-key k1
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: the idempotency key `k1` was used before, for a different request (event welcome, to ada@example.com)
            hint: Repeat the first request unchanged, or use a new key for a new send.
            --- exit 5
        "#]]);
    // Without the journal the service rejects it.
    env
        .run("send welcome --to bob@example.com --idempotency-key k1 --no-journal")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to bob@example.com --idempotency-key k1 --no-journal
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `welcome` to bob@example.com: The idempotency key was used for another request (HTTP 409)
            hint: Repeat the first request unchanged, or use a new key for a new send; see `sendivent explain CONFLICT`.
            --- exit 5
        "#]]);
}

#[test]
fn a_derived_key_depends_on_the_recipient_and_not_on_its_position() {
    let env = TestEnv::simulated();
    env.ok("send welcome --to ada@example.com --to bob@example.com --idempotency-key k");
    env.ok("send welcome --to eve@example.com --to bob@example.com --to ada@example.com --idempotency-key k");
    assert_eq!(env.ok("activity -q").lines().count(), 3);
}

#[test]
fn a_lost_response_is_retried_with_the_same_key() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to lostresponse@simulator.test")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to lostresponse@simulator.test
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  lostresponse@simulator.test  (accepted before)  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
    assert_eq!(env.ok("activity -q").lines().count(), 1);
}

#[test]
fn a_send_without_a_response_has_an_unknown_outcome() {
    let env = TestEnv::simulated();
    let output = env.run("send welcome --to reset@simulator.test --idempotency-key k1");
    output.assert_transcript(expect![[r#"
        $ sendivent send welcome --to reset@simulator.test --idempotency-key k1
        --- stderr
        SIMULATED: offline, nobody receives anything.
        error: `welcome` to reset@simulator.test: outcome unknown: the connection was closed before a response (4 attempts)
        hint: Repeat the same command unchanged, with its `--idempotency-key k1`: it is sent only once.
        --- exit 69
    "#]]);
    // The journal has the same state.
    env.run("status --last").assert_transcript(expect![[r#"
        $ sendivent status --last
        --- stderr
        SIMULATED: offline, nobody receives anything.
        error: `welcome` to reset@simulator.test: outcome unknown: no response was recorded
        hint: Repeat that send (`welcome` to reset@simulator.test) with `--idempotency-key k1`: it is sent only once.
        --- exit 69
    "#]]);
}

#[test]
fn an_error_common_to_all_recipients_stops_the_run() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com --to http-429@simulator.test --to bob@example.com")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com --to http-429@simulator.test --to bob@example.com
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  ada@example.com  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            limited     http-429@simulator.test  Rate limit exceeded (HTTP 429, retry after 1 s)  key 019d48ea-2e00-77e9-a71c-45376d5dccf6
            unsent      bob@example.com  not sent: an earlier request stopped the command
            --- stderr
            SIMULATED: offline, nobody receives anything.
            1 of 3 accepted
            --- exit 9
        "#]]);
    assert_eq!(env.ok("activity -q").lines().count(), 1);
}

#[test]
fn quiet_reports_on_stderr_the_recipients_that_have_no_id() {
    let env = TestEnv::simulated();
    env
        .run("send welcome -q --to ada@example.com --to http-404@simulator.test --to http-503@simulator.test --timeout 1s")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome -q --to ada@example.com --to http-404@simulator.test --to http-503@simulator.test --timeout 1s
            019d48ea-2e00-79bc-985a-244823f2de44
            --- stderr
            refused     http-404@simulator.test  Event 'welcome' not found (HTTP 404)  key 019d48ea-2e00-77e9-a71c-45376d5dccf6
            unknown     http-503@simulator.test  Service unavailable (HTTP 503, retry after 5 s) (1 attempt)  key 019d48ea-2e00-7e54-9738-297f77ae3474
            1 of 3 accepted
            outcome unknown: to send it only once, repeat the send to http-503@simulator.test alone with --idempotency-key 019d48ea-2e00-7e54-9738-297f77ae3474
            --- exit 9
        "#]]);
}

#[test]
fn a_temporary_rate_limit_is_waited_out() {
    let env = TestEnv::simulated();
    let before = env.now();
    env.ok("send welcome --to http-429-2@simulator.test");
    // Twice the `Retry-After` of one second.
    assert!(env.now() - before >= 2000);
}

#[test]
fn an_undecodable_response_is_retried_with_the_same_key() {
    for broken in [
        "emptybody",
        "htmlbody",
        "truncated",
        "scalarbody",
        "arraybody",
    ] {
        let env = TestEnv::simulated();
        let receipt = env.ok(&format!("send welcome --to {broken}@simulator.test"));
        assert!(receipt.contains("(accepted before)"), "{receipt}");
        assert_eq!(env.ok("activity -q").lines().count(), 1, "{broken}");
    }
}

#[test]
fn invalid_input_names_flag_reason_and_fix_and_stores_nothing() {
    let env = TestEnv::simulated();
    for (input, expected) in [
        (
            "'order shipped' --to a@b.example",
            ["EVENT: `order shipped`", "space", "order-shipped"],
        ),
        (
            "welcome --to ada@",
            ["--to: `ada@`", "email address", "phone number like"],
        ),
        (
            "welcome --to '+1 (415) 555-1234'",
            ["--to:", "country code", "+14155551234"],
        ),
        (
            "welcome --to '{\"name\":\"Ada\"}'",
            ["--to:", "needs one of", "JSON object"],
        ),
        (
            "welcome --to @missing.json",
            [
                "--to: the file `missing.json`",
                "No such file",
                "Check the file's name",
            ],
        ),
        (
            "welcome --to a@b.example --to a@b.example",
            ["--to: `a@b.example`", "twice", "once"],
        ),
        (
            "welcome --to a@b.example --channel pigeon",
            ["--channel: `pigeon`", "not a channel", "email, sms"],
        ),
        (
            "welcome --to a@b.example --channel emial",
            [
                "--channel: `emial`",
                "not a channel",
                "Did you mean `email`?",
            ],
        ),
        (
            "welcome --to a@b.example -p name",
            ["--param: `name`", "no `=`", "key=text"],
        ),
        (
            "welcome --to a@b.example -p =x",
            ["--param: `=x`", "no key", "key=text"],
        ),
        (
            "welcome --to a@b.example -p n:=x",
            ["--param:", "not valid JSON", "n=x"],
        ),
        (
            "welcome --to a@b.example --payload nope.json",
            ["--payload: the file `nope.json`", "No such file", "Check"],
        ),
        (
            "welcome --to a@b.example --override subject=x",
            ["--override:", "`subject`", "channel.field"],
        ),
        (
            "welcome --to a@b.example --override mail.subject=x",
            ["--override: `mail`", "not a channel", "brand"],
        ),
        (
            "welcome --to a@b.example --language svenska!",
            ["--language: `svenska!`", "not a language", "en, sv"],
        ),
        (
            "welcome --to a@b.example --from ''",
            ["--from:", "empty", "hello@example.com"],
        ),
        (
            "welcome --to a@b.example --idempotency-key 'a b'",
            ["--idempotency-key: `a b`", "without spaces", "order-1234"],
        ),
        (
            "welcome --to a@b.example --timeout 5",
            ["--timeout: `5`", "number and a unit", "--timeout 10m"],
        ),
        (
            "welcome",
            ["the recipient is missing", "--to RECIPIENT", "--broadcast"],
        ),
        (
            "--to a@b.example",
            ["the event is missing", "send EVENT", "--to RECIPIENT"],
        ),
    ] {
        let output = env.run(&format!("send {input}"));
        output.assert_code(2).assert_stderr_contains(&expected);
        assert_eq!(output.stdout, "");
    }
    assert_eq!(
        std::fs::read_dir(env.home()).unwrap().count(),
        0,
        "nothing is stored"
    );
}

#[test]
fn unknown_flags_and_commands_get_suggestions() {
    let env = TestEnv::simulated();
    env.run("send welcome --tow ada@example.com")
        .assert_code(2)
        .assert_stderr_contains(&["--tow", "--to"]);
    env.run("stats")
        .assert_code(2)
        .assert_stderr_contains(&["stats", "status"]);
    env.run("send welcome --to a@b.example --wait=delivred")
        .assert_code(2)
        .assert_stderr_contains(&["delivered"]);
}

#[test]
fn personal_data_is_masked_on_request() {
    let env = TestEnv::simulated();
    env
        .run("send welcome --to ada@example.com --to +15005550001 --no-pii --wait")
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to ada@example.com --to +15005550001 --no-pii --wait
            accepted    019d48ea-2e00-79bc-985a-244823f2de44  a***@e***  key 019d48ea-2e00-7dd7-b226-2feb6e9528ef
            accepted    019d48ea-2e00-79bc-985a-24bf7f0c9e44  +***01  key 019d48ea-2e00-77e9-a71c-45376d5dccf6
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-244823f2de44  email     a***@e***
            2026-04-01 12:00:00Z  queued      019d48ea-2e00-79bc-985a-24bf7f0c9e44  sms       +***01
            2026-04-01 12:00:00Z  sent        019d48ea-2e00-79bc-985a-244823f2de44  email     a***@e***
            2026-04-01 12:00:01Z  delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     a***@e***
            delivered   019d48ea-2e00-79bc-985a-244823f2de44  email     a***@e***  after 1 s
            2026-04-01 12:00:01Z  failed      019d48ea-2e00-79bc-985a-24bf7f0c9e44  sms       +***01  INVALID_PHONE: Invalid number: it is not a valid phone number (21211)
            failed      019d48ea-2e00-79bc-985a-24bf7f0c9e44  sms       +***01  after 1 s  INVALID_PHONE: Invalid number: it is not a valid phone number (21211)
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 9
        "#]]);
    let bytes = std::fs::read(env.path(".local/state/sendivent/journal.db")).unwrap();
    let journal = String::from_utf8_lossy(&bytes);
    assert!(!journal.contains("ada@example.com"));
    env
        .run(r#"send welcome --to '{"email":"ada@example.com","name":"Ada"}' -p code=secret --no-pii --dry-run"#)
        .assert_transcript(expect![[r#"
            $ sendivent send welcome --to '{"email":"ada@example.com","name":"Ada"}' -p code=secret --no-pii --dry-run
            {
              "method": "POST",
              "url": "http://127.0.0.1:7363/v1/send/welcome",
              "headers": {
                "accept": "application/json",
                "content-type": "application/json",
                "x-idempotency-key": "019d48ea-31e8-751f-9773-47ed6db7aa47"
              },
              "body": {
                "payload": {
                  "code": "s***"
                },
                "to": {
                  "email": "a***@e***",
                  "name": "A***"
                }
              }
            }
            --- exit 0
        "#]]);
}

#[test]
fn a_zero_timeout_sends_nothing() {
    let env = TestEnv::simulated();
    let output = env.run("send welcome --to ada@example.com --timeout 0");
    output.assert_code(124);
    assert!(
        output.stdout.contains("the deadline had passed"),
        "{}",
        output.stdout
    );
    assert_eq!(env.ok("activity"), "");
}

#[test]
fn a_permanent_error_response_is_not_retried() {
    let env = TestEnv::simulated();
    env.run("send welcome --to +15005550505")
        .assert_code(5)
        .assert_stderr_contains(&["HTTP 505"]);
    assert!(env.ok("explain 505").contains("SERVER_ERROR"));
}

#[test]
fn accepted_sends_are_reported_when_a_later_one_cannot_start() {
    let env = TestEnv::simulated();
    // The second recipient's key belongs to another request.
    let both = "--to ada@example.com --to bob@example.com --idempotency-key z";
    env.ok(&format!("send welcome {both}"));
    let keys =
        env.ok("send welcome --to eve@example.com --to bob@example.com --idempotency-key z --json");
    assert!(keys.contains("\"replayed\":true"), "{keys}");
    let output = env.run(
        "send welcome -p changed=1 --to max@example.com --to bob@example.com --idempotency-key z",
    );
    output
        .assert_code(9)
        .assert_stderr_contains(&["used before, for a different request", "1 of 2 accepted"]);
    assert!(output.stdout.starts_with("accepted"), "{}", output.stdout);
}

#[test]
fn a_wait_with_closed_stdout_is_not_a_success() {
    let env = TestEnv::simulated();
    env.close_stdout_after(10);
    env.run("send welcome --to queued@simulator.test --wait")
        .assert_code(8);
    assert_eq!(env.ok("activity -q").lines().count(), 1);
}

#[test]
fn an_identifier_belongs_to_one_contact() {
    let env = TestEnv::simulated();
    let to =
        |id: &str, email: &str| format!(r#"send hello --to '{{"id":"{id}","email":"{email}"}}'"#);
    env.ok(&to("u1", "old@example.com"));
    env.ok(&to("u2", "new@example.com"));
    // The address moves from the second contact to the first.
    env.ok(&to("u1", "new@example.com"));
    env.ok("send hello --to u1");
    env.run("send hello --to u2")
        .assert_code(5)
        .assert_stderr_contains(&["No contact `u2`"]);
}
