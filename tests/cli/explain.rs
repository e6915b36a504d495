use expect_test::expect;

use crate::harness::TestEnv;

#[test]
fn every_topic_is_explained() {
    let env = TestEnv::bare();
    env.run("explain").assert_transcript(expect![[r#"
        $ sendivent explain
        Message status
          queued               Accepted and waiting to be processed. Seconds are normal.
          sent                 Handed to the provider, which has not confirmed delivery yet. Slack, Discord and push never do.
          delivered            The provider confirmed delivery. For email this does not prove that it reached the inbox.
          failed               The message failed and will not be retried. Its error has the reason.
          suppressed           Not sent, to protect your reputation as a sender.

        Notification status
          accepted             The service accepted the notification; all its messages are still queued.
          processing           Some of its messages have left the queue, and more steps are planned.
          completed            Nothing more is planned. The result is in the status of each message.
          cancelled            It was cancelled before it was completed. Messages that were still queued were never sent.

        Message error
          PROVIDER_REJECTED    The provider rejected the message.
          INVALID_EMAIL        The email address cannot exist.
          INVALID_PHONE        The phone number cannot exist.
          TEMPLATE_ERROR       The template could not be rendered, so there was nothing to send.
          HARD_BOUNCE          The receiving server rejected the message permanently: the mailbox does not exist. The contact is suppressed from now on.
          LATE_BOUNCE          The receiving server accepted the message and returned it later. The contact is suppressed from now on.
          SOFT_BOUNCE          The receiving server could not accept the message this time.
          MAILBOX_FULL         The mailbox is full.
          POLICY_BLOCK         The receiving server rejected the message because of its rules.
          SUPPRESSION_LIST     The contact is on the suppression list.
          OPTED_OUT            The contact opted out.
          COMPLAINT            The message was delivered, and the contact marked it as spam. The contact is suppressed from now on.
          UNROUTABLE           No carrier accepts messages for this number.
          GEO_PERMISSION       Your account may not send to that country.
          CARRIER_FILTERED     A carrier blocked the message as unwanted.
          NOT_SMS_CAPABLE      The number cannot receive SMS.

        Request error
          VALIDATION_ERROR     The service rejected the request as invalid: HTTP 400 or 422.
          UNAUTHORIZED         The API key is missing or wrong: HTTP 401.
          QUOTA_EXCEEDED       A quota is used up: HTTP 402. Retrying does not help before it is reset.
          FORBIDDEN            The account may not do this: HTTP 403.
          NOT_FOUND            The service has nothing with that name or id: HTTP 404.
          EVENT_NOT_FOUND      This environment has no event with that name: HTTP 404.
          CONFLICT             The request conflicts with an earlier one: HTTP 409.
          RATE_LIMITED         Too many requests: HTTP 429. The sandbox accepts 10 a second, production 100.
          SERVER_ERROR         The service itself failed: HTTP 500 to 599.
          PROVIDER_ERROR       A provider of the service failed: HTTP 502.
          MISSING_IDENTIFIER   The contact has no identifier for the channel.
          INTEGRATION_MISSING  No provider is configured for the channel.
          ADDON_NOT_ENABLED    The channel needs an add-on that the account does not have.
          UNKNOWN_SCENARIO     The simulator has no scenario for this recipient.
          NOT_SIMULATED        The simulator does not support this request: HTTP 501.
          METHOD_NOT_ALLOWED   The path exists, but not for this method: HTTP 405.
          STORAGE              The simulator's file cannot be read or written.
          UNVERIFIED_SENDER    The sender is not verified.
        --- exit 0
    "#]]);
    env.run("explain suppressed").assert_transcript(expect![[r#"
        $ sendivent explain suppressed
        suppressed (message status)
        Not sent, to protect your reputation as a sender.
        Likely causes
          - An earlier message to the contact bounced permanently.
          - The contact marked a message as spam.
          - The contact unsubscribed.
        What to do
          1. Read the reason: `sendivent status --explain ID`.
          2. If the contact is real, have them subscribe again.
          3. Remove invalid addresses from your system.
        --- exit 0
    "#]]);
    env.run("explain 402").assert_transcript(expect![[r#"
        $ sendivent explain 402
        QUOTA_EXCEEDED (request error)
        A quota is used up: HTTP 402. Retrying does not help before it is reset.
        Likely causes
          - The month's notifications, or the sandbox's 150 a day, are used up.
        What to do
          1. Wait for the quota to be reset, or change the plan.
          2. Use `--simulate` for tests: it has no quota.
        --- exit 0
    "#]]);
    env.run("explain hard-bounc").assert_transcript(expect![[r#"
        $ sendivent explain hard-bounc
        --- stderr
        error: `hard-bounc` is not a status, an error code or the id of a notification
        hint: Did you mean `HARD_BOUNCE`?
        --- exit 2
    "#]]);
}

#[test]
fn a_notification_is_explained_with_its_deciding_recipient() {
    let env = TestEnv::simulated();
    let id = env.ok("send welcome -q --to flaky-2@simulator.test");
    env.advance(1000);
    env.run(&format!("explain {id}"))
        .assert_transcript(expect![[r#"
            $ sendivent explain 019d48ea-2e00-79bc-985a-244823f2de44
            notification 019d48ea-2e00-79bc-985a-244823f2de44
              welcome to flaky-2@simulator.test
              completed, started 2026-04-01 12:00:00Z, ended after 1 s
              failed      email     sent after 200 ms, failed after 1 s
                SOFT_BOUNCE: Transient bounce: try again later (450 4.2.1)

            Decided by recipient:flaky-2 (1 of 2) (simulator only).

            SOFT_BOUNCE (message error)
            The receiving server could not accept the message this time.
            Likely causes
              - It is down, overloaded, or delays unknown senders.
            What to do
              1. Send again later; the address itself is valid.
            --- stderr
            SIMULATED: offline, nobody receives anything.
            --- exit 0
        "#]]);
}
