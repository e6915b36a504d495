//! The codes of error responses.

use super::topic::{HelpTopic, Kind};

/// Every code of an error response: the service's, and a few of the simulator's.
pub const REQUESTS: &[HelpTopic] = &[
    Kind::RequestError.topic(
        "VALIDATION_ERROR",
        "The service rejected the request as invalid: HTTP 400 or 422.",
        &["A field is missing or malformed; the response often names it."],
        &["Correct the field that the response names, then send again."],
    ),
    Kind::RequestError.topic(
        "UNAUTHORIZED",
        "The API key is missing or wrong: HTTP 401.",
        &[
            "A key of the other environment: `test_` is the sandbox, `live_` is production.",
            "A key that was revoked or is incomplete.",
        ],
        &[
            "Check which key is used: `sendivent whoami`.",
            "Copy the key from the dashboard again.",
        ],
    ),
    Kind::RequestError.topic(
        "QUOTA_EXCEEDED",
        "A quota is used up: HTTP 402. Retrying does not help before it is reset.",
        &["The month's notifications, or the sandbox's 150 a day, are used up."],
        &[
            "Wait for the quota to be reset, or change the plan.",
            "Use `--simulate` for tests: it has no quota.",
        ],
    ),
    Kind::RequestError.topic(
        "FORBIDDEN",
        "The account may not do this: HTTP 403.",
        &[
            "The subscription is inactive.",
            "The channel needs an add-on that is not enabled.",
        ],
        &["Check the subscription in the dashboard."],
    ),
    Kind::RequestError.topic(
        "NOT_FOUND",
        "The service has nothing with that name or id: HTTP 404.",
        &[
            "An event that exists only in the other environment.",
            "An id of the other environment, or mistyped.",
        ],
        &[
            "Check the name of the event in the dashboard of this environment.",
            "Check the id: `sendivent activity`.",
        ],
    ),
    Kind::RequestError.topic(
        "EVENT_NOT_FOUND",
        "This environment has no event with that name: HTTP 404.",
        &["Events are separate in sandbox and production."],
        &["Check the name of the event in the dashboard of this environment."],
    ),
    Kind::RequestError.topic(
        "CONFLICT",
        "The request conflicts with an earlier one: HTTP 409.",
        &["The same idempotency key was used for a different request."],
        &["Repeat the first request unchanged, or use a new key for a new send."],
    ),
    Kind::RequestError.topic(
        "RATE_LIMITED",
        "Too many requests: HTTP 429. The sandbox accepts 10 a second, production 100.",
        &["Other programs use the same key at the same time."],
        &["Wait, then repeat with the same idempotency key: nothing is sent twice."],
    ),
    Kind::RequestError.topic(
        "SERVER_ERROR",
        "The service itself failed: HTTP 500 to 599.",
        &["A fault or an outage of the service."],
        &["Repeat with the same idempotency key: nothing is sent twice."],
    ),
    Kind::RequestError.topic(
        "PROVIDER_ERROR",
        "A provider of the service failed: HTTP 502.",
        &["An outage of the email or SMS provider."],
        &["Repeat with the same idempotency key: nothing is sent twice."],
    ),
    Kind::RequestError.topic(
        "MISSING_IDENTIFIER",
        "The contact has no identifier for the channel.",
        &[
            "An SMS without a phone number, an email without an address.",
            "An id of your own that belongs to no contact yet.",
        ],
        &[
            "Add the identifier: `--to '{\"id\":\"user_123\",\"email\":\"ada@example.com\"}'`.",
            "Or choose a channel that the contact has: `--channel`.",
        ],
    ),
    Kind::RequestError.topic(
        "INTEGRATION_MISSING",
        "No provider is configured for the channel.",
        &["The channel was never configured in the dashboard."],
        &["Configure the channel in the dashboard, or choose another: `--channel`."],
    ),
    Kind::RequestError.topic(
        "ADDON_NOT_ENABLED",
        "The channel needs an add-on that the account does not have.",
        &["SMS and WhatsApp are add-ons."],
        &["Enable the add-on in the dashboard, or choose another channel: `--channel`."],
    ),
    Kind::RequestError.topic(
        "UNKNOWN_SCENARIO",
        "The simulator has no scenario for this recipient.",
        &["A typing error: at simulator.test, every name before the @ selects a scenario."],
        &["List the recipients: `sendivent simulator recipients`."],
    ),
    Kind::RequestError.topic(
        "NOT_SIMULATED",
        "The simulator does not support this request: HTTP 501.",
        &["A part of the API that is documented, but not simulated."],
        &["See the fidelity table in the README."],
    ),
    Kind::RequestError.topic(
        "METHOD_NOT_ALLOWED",
        "The path exists, but not for this method: HTTP 405.",
        &["GET instead of POST, or the reverse."],
        &["Check the method."],
    ),
    Kind::RequestError.topic(
        "STORAGE",
        "The simulator's file cannot be read or written.",
        &["The disk is full.", "The file is damaged or not writable."],
        &["Free some space, or use another file: `--simulator-db`."],
    ),
    Kind::RequestError.topic(
        "UNVERIFIED_SENDER",
        "The sender is not verified.",
        &["`--from` names an address whose domain is not verified, or a number that is not yours."],
        &["Verify the domain or the number in the dashboard, or omit `--from`."],
    ),
];
