use expect_test::expect;

use crate::harness::Scene;

#[test]
fn what_is_pending_is_cancelled() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to queued@simulator.test --to slow@simulator.test");
    scene.pass(500);
    scene
        .run("cancel welcome --to queued@simulator.test --to slow@simulator.test")
        .is(expect![[r#"
            $ sendivent cancel welcome --to queued@simulator.test --to slow@simulator.test
            welcome  queued@simulator.test  1 notification cancelled
            welcome  slow@simulator.test  nothing was pending
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
    scene.run("status --last 2").is(expect![[r#"
        $ sendivent status --last 2
        notification 019d48ea-2e00-79bc-985a-24bf7f0c9e44
          welcome to slow@simulator.test
          processing, begun 2026-04-01 12:00:00Z
          sent        email     sent after 200 ms, queued 500 ms ago

        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to queued@simulator.test
          cancelled, begun 2026-04-01 12:00:00Z, ended after 500 ms
          queued      email     queued 500 ms ago
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    scene.run("cancel welcome").code(2).says(&["--to"]);
    scene
        .run("cancel 'a b' --to x")
        .code(2)
        .says(&["EVENT: `a b`"]);
}

#[test]
fn every_word_can_be_explained() {
    let scene = Scene::bare();
    scene.run("explain").is(expect![[r#"
        $ sendivent explain
        Message status
          queued               Accepted, and waiting to be processed. Seconds are normal.
          sent                 Handed to the provider, which has not confirmed anything yet. Slack, Discord and push never do.
          delivered            The provider confirmed that it handed the message on. For email this is not proof of the inbox.
          failed               The message failed and will not be tried again. Its error says why.
          suppressed           Not sent at all, to protect your reputation as a sender.

        Notification status
          accepted             The service has taken the notification; none of its messages has moved yet.
          processing           Some of its messages have moved, and more is planned.
          completed            Nothing more is planned. What became of it is in the status of each message.
          cancelled            Somebody cancelled it before its end. Messages that were still queued were never sent.

        Message error
          PROVIDER_REJECTED    The provider refused the message before it was handed over.
          INVALID_EMAIL        The email address cannot exist.
          INVALID_PHONE        The phone number cannot exist.
          TEMPLATE_ERROR       The template could not be rendered, so there was nothing to send.
          HARD_BOUNCE          The receiving server refused the message for good: the mailbox does not exist. The contact is suppressed from now on.
          LATE_BOUNCE          The receiving server took the message and sent it back later. The contact is suppressed from now on.
          SOFT_BOUNCE          The receiving server could not take the message this time.
          MAILBOX_FULL         The mailbox is full.
          POLICY_BLOCK         The receiving server refused the message because of its rules.
          SUPPRESSION_LIST     The contact is on the suppression list.
          OPTED_OUT            The contact asked not to be written to.
          COMPLAINT            The message arrived, and the contact marked it as spam. The contact is suppressed from now on.
          UNROUTABLE           No carrier takes messages for this number.
          GEO_PERMISSION       Your account may not send to that country.
          CARRIER_FILTERED     A carrier dropped the message as unwanted.
          NOT_SMS_CAPABLE      The number cannot take texts.

        Request error
          VALIDATION_ERROR     The service could not accept what was sent: HTTP 400 or 422.
          UNAUTHORIZED         The API key is missing or wrong: HTTP 401.
          QUOTA_EXCEEDED       A quota is used up: HTTP 402. Trying again does not help before it is reset.
          FORBIDDEN            The account may not do this: HTTP 403.
          NOT_FOUND            The service knows nothing of that name or id: HTTP 404.
          EVENT_NOT_FOUND      There is no event of that name in this environment: HTTP 404.
          CONFLICT             The request collides with an earlier one: HTTP 409.
          RATE_LIMITED         Too many requests at once: HTTP 429. The sandbox takes 10 a second, production 100.
          SERVER_ERROR         The service itself failed: HTTP 500, 503 or 504.
          PROVIDER_ERROR       A provider behind the service failed: HTTP 502.
          MISSING_IDENTIFIER   The contact has nothing by which the channel could reach it.
          INTEGRATION_MISSING  No provider is set up for the channel.
          ADDON_NOT_ENABLED    The channel needs an add-on that the account does not have.
          UNKNOWN_OUTCOME      The simulator does not know what this recipient is to make happen.
          NOT_SIMULATED        The simulator does not answer this request yet: HTTP 501.
          METHOD_NOT_ALLOWED   There is something under this path, but not for this method: HTTP 405.
          STORAGE              The simulator's file cannot be read or written.
          UNVERIFIED_SENDER    The sender is not verified.
        --- exit 0
    "#]]);
    scene.run("explain suppressed").is(expect![[r#"
        $ sendivent explain suppressed
        suppressed (message status)
        Not sent at all, to protect your reputation as a sender.
        Likely causes
          - An earlier message to the contact bounced for good.
          - The contact marked a message as spam.
          - The contact unsubscribed.
        What to do
          1. Read the reason: `sendivent status --explain ID`.
          2. A contact that is real has to subscribe again.
          3. Remove invalid addresses from your system.
        --- exit 0
    "#]]);
    scene.run("explain 402").is(expect![[r#"
        $ sendivent explain 402
        QUOTA_EXCEEDED (request error)
        A quota is used up: HTTP 402. Trying again does not help before it is reset.
        Likely causes
          - The month's notifications, or the sandbox's 150 a day, are used up.
        What to do
          1. Wait for the quota to be reset, or change the plan.
          2. Try things out with `--simulate`: it has no quota.
        --- exit 0
    "#]]);
    scene.run("explain hard-bounc").is(expect![[r#"
        $ sendivent explain hard-bounc
        --- stderr
        error: `hard-bounc` is neither a status, nor an error code, nor the id of a notification
        hint: Did you mean `HARD_BOUNCE`?
        --- exit 2
    "#]]);
}

#[test]
fn a_notification_is_explained_with_what_decided_it() {
    let scene = Scene::simulated();
    let id = scene.ok("send welcome -q --to flaky-2@simulator.test");
    scene.pass(1000);
    scene.run(&format!("explain {id}")).is(expect![[r#"
        $ sendivent explain 019d48ea-2e00-79bc-985a-244823f2de44
        notification 019d48ea-2e00-79bc-985a-244823f2de44
          welcome to flaky-2@simulator.test
          completed, begun 2026-04-01 12:00:00Z, ended after 1 s
          failed      email     sent after 200 ms, failed after 1 s
            SOFT_BOUNCE: Transient bounce: try again later (450 4.2.1)

        Decided by recipient:flaky-2 (1 of 2) (the simulator says so).

        SOFT_BOUNCE (message error)
        The receiving server could not take the message this time.
        Likely causes
          - It is down, overloaded, or asks unknown senders to wait.
        What to do
          1. Send again later; the address itself is good.
        --- exit 0
    "#]]);
}

#[test]
fn who_am_i_answers_without_opening_anything() {
    let scene = Scene::simulated();
    scene.run("whoami").is(expect![[r#"
        $ sendivent whoami
        service    simulator, offline: nobody receives anything
        file       [HOME]/.local/state/sendivent/simulator.db
        journal    [HOME]/.local/state/sendivent/journal.db
        key        none needed
        --- exit 0
    "#]]);
    assert_eq!(std::fs::read_dir(scene.home()).unwrap().count(), 0);
    scene.unset("SENDIVENT_SIMULATE");
    scene.run("whoami").is(expect![[r#"
        $ sendivent whoami
        --- stderr
        error: this version talks to the simulator only
        hint: Add --simulate, or set SENDIVENT_SIMULATE=1.
        --- exit 2
    "#]]);
}

#[test]
fn without_the_simulator_nothing_is_sent_or_stored() {
    let scene = Scene::bare();
    for command in [
        "send welcome --to ada@example.com",
        "status 550e8400-e29b-41d4-a716-446655440000",
        "watch 550e8400-e29b-41d4-a716-446655440000",
        "activity",
        "cancel welcome --to ada@example.com",
    ] {
        scene
            .run(command)
            .code(2)
            .says(&["simulator only", "--simulate"]);
    }
    assert_eq!(std::fs::read_dir(scene.home()).unwrap().count(), 0);
}

#[test]
fn help_has_the_table_of_exit_codes() {
    let scene = Scene::bare();
    scene.run("help exit-codes").is(expect![[r#"
        $ sendivent help exit-codes
        CODE  WORD           MEANS
        0     ok             Done. With waiting: every message reached what was asked.
        1     error          A fault with no better name.
        2     usage          A bad flag or bad input. Nothing was sent, ever.
        3     not_delivered  An answer, and it is no: failed, suppressed or cancelled.
        4     auth           No key, or the service refused it (401).
        5     refused        The service refused the request (400, 402, 403, 409, 422).
        6     not_found      No such event or notification (404).
        7     rate_limited   Still limited after the tries allowed (429).
        8     pending        One look only, and not settled yet.
        9     partial        Some good, some bad or unsent.
        69    unavailable    No verdict: the service could not be reached or kept failing. A send says its key.
        124   timeout        The deadline passed. Nothing is known to be wrong.
        130   interrupted    Interrupted by Ctrl-C (SIGINT). The journal is written.
        143   terminated     Ended by SIGTERM. The journal is written.

        Several at once: 130 and 143 come first, then 4, 7 and 69 where they stopped the run,
        then 9 where good and bad are mixed, then 3, 124, 8 and 0.
        --- exit 0
    "#]]);
    scene.run("help sned").is(expect![[r#"
        $ sendivent help sned
        --- stderr
        error: TOPIC: there is no help on `sned`
        hint: Did you mean `send`?
        --- exit 2
    "#]]);
    assert!(scene.ok("help send").contains("--idempotency-key"));
    assert!(scene.ok("help simulator clock advance").contains("5m"));
    assert!(scene.ok("help").contains("activity"));
    assert_eq!(
        scene.ok("--version"),
        concat!("sendivent ", env!("CARGO_PKG_VERSION"))
    );
    scene.run("").code(2).says(&["Usage:"]);
}

#[test]
fn settings_from_the_environment_are_checked() {
    let scene = Scene::bare();
    scene.set("SENDIVENT_SIMULATE", "maybe");
    scene
        .run("activity")
        .code(2)
        .says(&["SENDIVENT_SIMULATE: `maybe`", "SENDIVENT_SIMULATE=1"]);
    scene.set("SENDIVENT_SIMULATE", "1");
    scene.set("SENDIVENT_OUTPUT", "yaml");
    scene
        .run("activity")
        .code(2)
        .says(&["SENDIVENT_OUTPUT: `yaml`", "text, json, csv or ids"]);
    scene.set("SENDIVENT_OUTPUT", "ids");
    assert_eq!(scene.ok("send welcome --to ada@example.com").len(), 36);
}

#[test]
fn the_clock_stops_runs_and_jumps_forward_only() {
    let scene = Scene::simulated();
    scene.run("simulator clock freeze").is(expect![[r#"
        $ sendivent simulator clock freeze
        virtual time  2026-04-01 12:00:00Z (the same as real time)
        real time     2026-04-01 12:00:00Z
        clock         stopped
        --- exit 0
    "#]]);
    scene.pass(10_000);
    scene.run("simulator clock advance 5m").is(expect![[r#"
        $ sendivent simulator clock advance 5m
        virtual time  2026-04-01 12:05:00Z (4 min 50 s ahead of real time)
        real time     2026-04-01 12:00:10Z
        clock         stopped
        --- exit 0
    "#]]);
    scene.run("simulator clock speed 60").is(expect![[r#"
        $ sendivent simulator clock speed 60
        virtual time  2026-04-01 12:05:00Z (4 min 50 s ahead of real time)
        real time     2026-04-01 12:00:10Z
        clock         60 times as fast as real time
        --- exit 0
    "#]]);
    scene.pass(1000);
    scene.run("simulator clock show").is(expect![[r#"
        $ sendivent simulator clock show
        virtual time  2026-04-01 12:06:00Z (5 min 49 s ahead of real time)
        real time     2026-04-01 12:00:11Z
        clock         60 times as fast as real time
        --- exit 0
    "#]]);
    scene.run("simulator clock resume").is(expect![[r#"
        $ sendivent simulator clock resume
        virtual time  2026-04-01 12:06:00Z (5 min 49 s ahead of real time)
        real time     2026-04-01 12:00:11Z
        clock         as fast as real time
        --- exit 0
    "#]]);
    scene.run("simulator clock advance -5m").code(2);
    scene
        .run("simulator clock speed 0")
        .code(2)
        .says(&["FACTOR", "freeze"]);
}

#[test]
fn the_suppression_list_remembers_and_can_be_changed() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to bounced@simulator.test --wait=sent");
    scene.pass(1000);
    scene.run("simulator suppression list").is(expect![[r#"
        $ sendivent simulator suppression list
        CHANNEL  RECIPIENT               REASON       SINCE
        email    bounced@simulator.test  HARD_BOUNCE  2026-04-01 12:00:01Z
        --- exit 0
    "#]]);
    scene.ok("send welcome --to bounced@simulator.test");
    scene.pass(1000);
    scene.run("status --last").is(expect![[r#"
        $ sendivent status --last
        notification 019d48ea-33bf-7e54-9738-297f77ae3474
          welcome to bounced@simulator.test
          completed, begun 2026-04-01 12:00:01Z, ended after 1 s
          suppressed  email
            HARD_BOUNCE: On the suppression list since 2026-04-01T12:00:01.000Z: an earlier message bounced for good
        --- stderr
        SIMULATED: offline, nobody receives anything.
        --- exit 0
    "#]]);
    scene
        .run("simulator suppression remove bounced@simulator.test")
        .is(expect![[r#"
            $ sendivent simulator suppression remove bounced@simulator.test
            1 entry changed.
            --- exit 0
        "#]]);
    scene
        .run("simulator suppression add ada@example.com")
        .is(expect![[r#"
            $ sendivent simulator suppression add ada@example.com
            1 entry changed.
            --- exit 0
        "#]]);
    scene
        .run("send welcome --to ada@example.com --wait")
        .code(3);
    scene
        .run("simulator suppression add ada@example.com --channel fax")
        .code(2)
        .says(&["--channel: `fax`"]);
}

#[test]
fn the_future_of_a_message_can_be_shown() {
    let scene = Scene::simulated();
    let id = scene.ok("send welcome -q --to complained@simulator.test");
    scene.pass(500);
    scene.run(&format!("simulator show {id}")).is(expect![[r#"
        $ sendivent simulator show 019d48ea-2e00-79bc-985a-244823f2de44
        notification 019d48ea-2e00-79bc-985a-244823f2de44
        email to complained@simulator.test, steered by recipient:complained
          queued      2026-04-01 12:00:00Z (+0 ms)
          sent        2026-04-01 12:00:00Z (+200 ms)
          delivered   2026-04-01 12:00:01Z (+1 s)  in 500 ms
          delivered   2026-04-01 12:01:00Z (+1 min)  COMPLAINT  in 59 s
        --- exit 0
    "#]]);
    scene
        .run("simulator show 550e8400-e29b-41d4-a716-446655440000")
        .code(6);
}

#[test]
fn a_reset_needs_a_yes_and_forgets_everything() {
    let scene = Scene::simulated();
    scene.ok("send welcome --to bounced@simulator.test --to ada@example.com");
    scene.ok("simulator clock advance 1h");
    scene.run("simulator reset").code(2).says(&["--yes"]);
    scene.run("simulator reset --yes").is(expect![[r#"
        $ sendivent simulator reset --yes
        Forgotten: 2 notifications, 2 messages and 2 contacts. The clock tells real time.
        --- exit 0
    "#]]);
    assert_eq!(scene.ok("activity"), "");
    assert_eq!(
        scene.ok("simulator suppression list"),
        "Nobody is suppressed."
    );
    assert!(
        scene
            .ok("simulator clock show")
            .contains("the same as real time")
    );
}

#[test]
fn the_recipients_that_steer_are_listed() {
    let scene = Scene::bare();
    let table = scene.ok("simulator recipients");
    for recipient in [
        "bounced@simulator.test",
        "+15005550001",
        "sim:<outcome>[:label]",
        "http-503@simulator.test",
    ] {
        assert!(table.contains(recipient), "{recipient}\n{table}");
    }
}

#[test]
fn a_misspelt_outcome_is_refused_with_the_nearest_one() {
    let scene = Scene::simulated();
    scene
        .run("send welcome --to bouncd@simulator.test")
        .is(expect![[r#"
            $ sendivent send welcome --to bouncd@simulator.test
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `welcome` to bouncd@simulator.test: `bouncd@simulator.test` steers nothing: `bouncd` is not an outcome (did you mean `bounced`?); `sendivent simulator recipients` lists what does (HTTP 400, field `to`)
            hint: See `sendivent explain UNKNOWN_OUTCOME`.
            --- exit 5
        "#]]);
    scene
        .run("send welcome --to +15005559999")
        .is(expect![[r#"
            $ sendivent send welcome --to +15005559999
            --- stderr
            SIMULATED: offline, nobody receives anything.
            error: `welcome` to +15005559999: `+15005559999` steers nothing: the table of the block +1500555xxxx has no such number; `sendivent simulator recipients` lists what does (HTTP 400, field `to`)
            hint: See `sendivent explain UNKNOWN_OUTCOME`.
            --- exit 5
        "#]]);
    assert_eq!(scene.ok("activity"), "");
}
