//! The statuses of messages and notifications.

use super::topic::{HelpTopic, Kind};

/// Every status. The advice on message statuses is that of the service's page.
pub const STATUSES: &[HelpTopic] = &[
    Kind::MessageStatus.topic(
        "queued",
        "Accepted and waiting to be processed. Seconds are normal.",
        &[
            "A long queue: many messages at the same time.",
            "The provider limits the rate of messages.",
        ],
        &[
            "Wait: `sendivent watch ID` reports the next status.",
            "Check `sendivent activity` for other queued messages.",
            "If it stays queued for unusually long, write to support with the notification's id.",
        ],
    ),
    Kind::MessageStatus.topic(
        "sent",
        "Handed to the provider, which has not confirmed delivery yet. Slack, Discord and push never do.",
        &[
            "Email: the spam folder, a slow mail server, or a domain without DKIM and SPF.",
            "The channel has no delivery reports: `sent` is final.",
        ],
        &[
            "Email: ask the contact to check the spam folder.",
            "Verify the authentication of your sending domain (DKIM, SPF).",
            "Check the status again later: `sendivent status ID`.",
        ],
    ),
    Kind::MessageStatus.topic(
        "delivered",
        "The provider confirmed delivery. For email this does not prove that it reached the inbox.",
        &[],
        &["Nothing. If the contact cannot find an email, ask them to check the spam folder."],
    ),
    Kind::MessageStatus.topic(
        "failed",
        "The message failed and will not be retried. Its error has the reason.",
        &[
            "The email address or phone number is invalid.",
            "The provider rejected the message.",
            "The template could not be rendered.",
        ],
        &[
            "Read the message's error: `sendivent status --explain ID`.",
            "Verify the contact's address or number.",
            "Check the template for mistakes.",
            "Then send again: a failed message is not retried by the service.",
        ],
    ),
    Kind::MessageStatus.topic(
        "suppressed",
        "Not sent, to protect your reputation as a sender.",
        &[
            "An earlier message to the contact bounced permanently.",
            "The contact marked a message as spam.",
            "The contact unsubscribed.",
        ],
        &[
            "Read the reason: `sendivent status --explain ID`.",
            "If the contact is real, have them subscribe again.",
            "Remove invalid addresses from your system.",
        ],
    ),
    Kind::NotificationStatus.topic(
        "accepted",
        "The service accepted the notification; all its messages are still queued.",
        &[],
        &["Wait: `sendivent watch ID` reports the next status."],
    ),
    Kind::NotificationStatus.topic(
        "processing",
        "Some of its messages have left the queue, and more steps are planned.",
        &[],
        &["Wait: `sendivent watch ID` follows it to its final status."],
    ),
    Kind::NotificationStatus.topic(
        "completed",
        "Nothing more is planned. The result is in the status of each message.",
        &[],
        &["Check its messages: `sendivent status ID`."],
    ),
    Kind::NotificationStatus.topic(
        "cancelled",
        "It was cancelled before it was completed. Messages that were still queued were never sent.",
        &[],
        &["Send again if that was a mistake."],
    ),
];
