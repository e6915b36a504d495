//! The codes of refused requests.

use super::{HelpTopic, Kind};

/// Every code of a refused request: the service's words, and a few of the simulator's.
pub const REQUESTS: &[HelpTopic] = &[
    request(
        "VALIDATION_ERROR",
        "The service could not accept what was sent: HTTP 400 or 422.",
        &["A field is missing or malformed; the answer often names it."],
        &["Correct the field that the answer names, then send again."],
    ),
    request(
        "UNAUTHORIZED",
        "The API key is missing or wrong: HTTP 401.",
        &[
            "A key of the other environment: `test_` is the sandbox, `live_` is production.",
            "A key that was revoked or cut short.",
        ],
        &[
            "Check which key is in use: `sendivent whoami`.",
            "Copy the key from the dashboard again.",
        ],
    ),
    request(
        "QUOTA_EXCEEDED",
        "A quota is used up: HTTP 402. Trying again does not help before it is reset.",
        &["The month's notifications, or the sandbox's 150 a day, are used up."],
        &[
            "Wait for the quota to be reset, or change the plan.",
            "Try things out with `--simulate`: it has no quota.",
        ],
    ),
    request(
        "FORBIDDEN",
        "The account may not do this: HTTP 403.",
        &[
            "The subscription is inactive.",
            "The channel needs an add-on that is not enabled.",
        ],
        &["Look at the subscription in the dashboard."],
    ),
    request(
        "NOT_FOUND",
        "The service knows nothing of that name or id: HTTP 404.",
        &[
            "An event that exists only in the other environment.",
            "An id of the other environment, or mistyped.",
        ],
        &[
            "Check the name of the event in the dashboard of this environment.",
            "Check the id: `sendivent activity`.",
        ],
    ),
    request(
        "EVENT_NOT_FOUND",
        "There is no event of that name in this environment: HTTP 404.",
        &["Events are separate in sandbox and production."],
        &["Check the name of the event in the dashboard of this environment."],
    ),
    request(
        "CONFLICT",
        "The request collides with an earlier one: HTTP 409.",
        &["The same idempotency key was used for a different request."],
        &["Repeat the first request unchanged, or use a new key for a new send."],
    ),
    request(
        "RATE_LIMITED",
        "Too many requests at once: HTTP 429. The sandbox takes 10 a second, production 100.",
        &["Other programs use the same key at the same time."],
        &["Wait, then repeat with the same idempotency key: nothing is sent twice."],
    ),
    request(
        "SERVER_ERROR",
        "The service itself failed: HTTP 500 to 599.",
        &["A fault or an outage on the other side."],
        &["Repeat with the same idempotency key: nothing is sent twice."],
    ),
    request(
        "PROVIDER_ERROR",
        "A provider behind the service failed: HTTP 502.",
        &["An outage of the email or SMS provider."],
        &["Repeat with the same idempotency key: nothing is sent twice."],
    ),
    request(
        "MISSING_IDENTIFIER",
        "The contact has nothing by which the channel could reach it.",
        &[
            "A text without a phone number, an email without an address.",
            "An id of your own that no contact has yet.",
        ],
        &[
            "Send the identifier along: `--to '{\"id\":\"user_123\",\"email\":\"ada@example.com\"}'`.",
            "Or force a channel that the contact has: `--channel`.",
        ],
    ),
    request(
        "INTEGRATION_MISSING",
        "No provider is set up for the channel.",
        &["The channel was never configured in the dashboard."],
        &["Set the channel up in the dashboard, or force another: `--channel`."],
    ),
    request(
        "ADDON_NOT_ENABLED",
        "The channel needs an add-on that the account does not have.",
        &["SMS and WhatsApp are add-ons."],
        &["Enable the add-on in the dashboard, or force another channel: `--channel`."],
    ),
    request(
        "UNKNOWN_OUTCOME",
        "The simulator does not know what this recipient is to make happen.",
        &["A slip in the address: on simulator.test every word before the @ means something."],
        &["List the recipients: `sendivent simulator recipients`."],
    ),
    request(
        "NOT_SIMULATED",
        "The simulator does not answer this request yet: HTTP 501.",
        &["A part of the API that is documented, but not simulated."],
        &["Look at the fidelity table in the README."],
    ),
    request(
        "METHOD_NOT_ALLOWED",
        "There is something under this path, but not for this method: HTTP 405.",
        &["GET instead of POST, or the reverse."],
        &["Check the method."],
    ),
    request(
        "STORAGE",
        "The simulator's file cannot be read or written.",
        &[
            "The disk is full.",
            "The file is damaged, or may not be written.",
        ],
        &["Free some space, or name another file: `--simulator-db`."],
    ),
    request(
        "UNVERIFIED_SENDER",
        "The sender is not verified.",
        &["`--from` names an address whose domain is not verified, or a number that is not yours."],
        &["Verify the domain or the number in the dashboard, or leave `--from` out."],
    ),
];

const fn request(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> HelpTopic {
    HelpTopic::of(Kind::RequestError, word, means, likely, todo)
}
