//! The statuses of messages and notifications.

use super::{HelpTopic, Kind};

/// Every status. The advice on those of messages is that of the service's page.
pub const STATUSES: &[HelpTopic] = &[
    status(
        "queued",
        "Accepted, and waiting to be processed. Seconds are normal.",
        &[
            "Many messages at once, so that the queue is long.",
            "The provider limits how fast messages are taken.",
        ],
        &[
            "Wait: `sendivent watch ID` tells when it moves.",
            "Look at `sendivent activity` for others that wait.",
            "If it stays for unusually long, write to support with the notification's id.",
        ],
    ),
    status(
        "sent",
        "Handed to the provider, which has not confirmed anything yet. Slack, Discord and push never do.",
        &[
            "Email: the spam folder, a slow mail server, or a domain without DKIM and SPF.",
            "The channel has no delivery reports: `sent` is its end.",
        ],
        &[
            "Email: ask the contact to look into the spam folder.",
            "Verify the authentication of your sending domain (DKIM, SPF).",
            "Look at the message again later: `sendivent status ID`.",
        ],
    ),
    status(
        "delivered",
        "The provider confirmed that it handed the message on. For email this is not proof of the inbox.",
        &[],
        &["Nothing. If the contact does not see it: the spam folder comes first."],
    ),
    status(
        "failed",
        "The message failed and will not be tried again. Its error says why.",
        &[
            "The email address or phone number is invalid.",
            "The provider rejected the message.",
            "The template could not be rendered.",
        ],
        &[
            "Read the message's error: `sendivent status --explain ID`.",
            "Verify the contact's address or number.",
            "Check the template for mistakes.",
            "Then send again: a failed message is not repeated by itself.",
        ],
    ),
    status(
        "suppressed",
        "Not sent at all, to protect your reputation as a sender.",
        &[
            "An earlier message to the contact bounced for good.",
            "The contact marked a message as spam.",
            "The contact unsubscribed.",
        ],
        &[
            "Read the reason: `sendivent status --explain ID`.",
            "A contact that is real has to subscribe again.",
            "Remove invalid addresses from your system.",
        ],
    ),
    whole(
        "accepted",
        "The service has taken the notification; none of its messages has moved yet.",
        &["Wait: `sendivent watch ID` tells when it moves."],
    ),
    whole(
        "processing",
        "Some of its messages have moved, and more is planned.",
        &["Wait: `sendivent watch ID` follows it to its end."],
    ),
    whole(
        "completed",
        "Nothing more is planned. What became of it is in the status of each message.",
        &["Look at its messages: `sendivent status ID`."],
    ),
    whole(
        "cancelled",
        "Somebody cancelled it before its end. Messages that were still queued were never sent.",
        &["Send again if that was a mistake."],
    ),
];

const fn status(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> HelpTopic {
    HelpTopic::of(Kind::MessageStatus, word, means, likely, todo)
}

const fn whole(
    word: &'static str,
    means: &'static str,
    todo: &'static [&'static str],
) -> HelpTopic {
    HelpTopic::of(Kind::NotificationStatus, word, means, &[], todo)
}
