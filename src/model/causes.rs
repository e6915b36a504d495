//! What each status and each error means, what is likely behind it, and what to do about it.
//!
//! The five statuses and their advice come from the service's page "Messages & Statuses". The page knows three kinds of
//! failure; the codes below are finer. Of the codes on messages only `HARD_BOUNCE` is documented (the webhook page),
//! the others are the simulator's. The codes of refused requests are those of the service's error page and its skill file.

use crate::words;

/// One entry: a word that a user may meet, and its explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// The word, as it is printed elsewhere.
    pub word: &'static str,
    /// What sort of thing it is.
    pub kind: Kind,
    /// One sentence: what it means.
    pub means: &'static str,
    /// What is likely behind it.
    pub likely: &'static [&'static str],
    /// What to do, in order.
    pub todo: &'static [&'static str],
}

/// The sorts of words that are explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The status of a message.
    MessageStatus,
    /// The status of a whole notification.
    NotificationStatus,
    /// The code on a message that failed, was suppressed or drew a complaint.
    MessageError,
    /// The code of a request that the service refused.
    RequestError,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 4] = [
        Self::MessageStatus,
        Self::NotificationStatus,
        Self::MessageError,
        Self::RequestError,
    ];

    /// Returns the kind in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MessageStatus => "message status",
            Self::NotificationStatus => "notification status",
            Self::MessageError => "message error",
            Self::RequestError => "request error",
        }
    }
}

/// Returns every entry, by kind.
pub fn causes() -> &'static [Cause] {
    CAUSES
}

/// Returns the entry for a word. Case, `-`, `_` and blanks make no difference; the HTTP statuses of refused requests are
/// words, too.
pub fn cause(word: &str) -> Option<&'static Cause> {
    let word = match word {
        "400" | "422" => "VALIDATION_ERROR",
        "401" => "UNAUTHORIZED",
        "402" => "QUOTA_EXCEEDED",
        "403" => "FORBIDDEN",
        "404" => "NOT_FOUND",
        "409" => "CONFLICT",
        "429" => "RATE_LIMITED",
        "500" | "503" | "504" => "SERVER_ERROR",
        "502" => "PROVIDER_ERROR",
        word => word,
    };
    let plain = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    let wanted = plain(word);
    CAUSES.iter().find(|cause| plain(cause.word) == wanted)
}

/// Returns the word that was probably meant.
pub fn nearest_cause(word: &str) -> Option<&'static str> {
    words::nearest(word, CAUSES.iter().map(|cause| cause.word))
}

const fn status(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> Cause {
    Cause {
        word,
        kind: Kind::MessageStatus,
        means,
        likely,
        todo,
    }
}

const fn whole(word: &'static str, means: &'static str, todo: &'static [&'static str]) -> Cause {
    Cause {
        word,
        kind: Kind::NotificationStatus,
        means,
        likely: &[],
        todo,
    }
}

const fn message(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> Cause {
    Cause {
        word,
        kind: Kind::MessageError,
        means,
        likely,
        todo,
    }
}

const fn request(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> Cause {
    Cause {
        word,
        kind: Kind::RequestError,
        means,
        likely,
        todo,
    }
}

const FIX_ADDRESS: &str = "Correct the address of the contact, or remove it from your list.";
const CHECK_NUMBER: &str =
    "Check the number: country code first, no blanks, and a phone that takes texts.";
const ASK_OTHER_WAY: &str = "Reach the contact another way and ask for an address that works; then have them subscribe again.";
const SEND_AGAIN: &str = "Send again later; the address itself is good.";
const CLEAN_LIST: &str = "Remove the address from your list; sending to it again changes nothing.";

const CAUSES: &[Cause] = &[
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
    message(
        "PROVIDER_REJECTED",
        "The provider refused the message before it was handed over.",
        &["The content or the sender breaks a rule of the provider."],
        &[
            "Read the provider's words in the error.",
            "Check the sender and the template, then send again.",
        ],
    ),
    message(
        "INVALID_EMAIL",
        "The email address cannot exist.",
        &["A slip of the keyboard when the address was taken down."],
        &[FIX_ADDRESS],
    ),
    message(
        "INVALID_PHONE",
        "The phone number cannot exist.",
        &["Digits are missing, or the country code is wrong."],
        &[CHECK_NUMBER],
    ),
    message(
        "TEMPLATE_ERROR",
        "The template could not be rendered, so there was nothing to send.",
        &[
            "A mistake in the template's syntax.",
            "A helper or a value that the template needs is missing.",
        ],
        &[
            "Check the template in the dashboard.",
            "Check the payload that was sent.",
            "Then send again.",
        ],
    ),
    message(
        "HARD_BOUNCE",
        "The receiving server refused the message for good: the mailbox does not exist. The contact is suppressed from now on.",
        &["The address is misspelt or was closed."],
        &[CLEAN_LIST, ASK_OTHER_WAY],
    ),
    message(
        "LATE_BOUNCE",
        "The receiving server took the message and sent it back later. The contact is suppressed from now on.",
        &["A server behind the first one does not know the mailbox."],
        &[CLEAN_LIST, ASK_OTHER_WAY],
    ),
    message(
        "SOFT_BOUNCE",
        "The receiving server could not take the message this time.",
        &["It is down, overloaded, or asks unknown senders to wait."],
        &[SEND_AGAIN],
    ),
    message(
        "MAILBOX_FULL",
        "The mailbox is full.",
        &["The contact does not read or clear it."],
        &[
            SEND_AGAIN,
            "If it stays full, reach the contact another way.",
        ],
    ),
    message(
        "POLICY_BLOCK",
        "The receiving server refused the message because of its rules.",
        &[
            "The sending domain has no DKIM or SPF.",
            "The content or the sender looks like spam.",
        ],
        &[
            "Verify the authentication of your sending domain.",
            "Ask the receiving side for its reason.",
        ],
    ),
    message(
        "SUPPRESSION_LIST",
        "The contact is on the suppression list.",
        &["An earlier hard bounce, a spam complaint, or an unsubscription."],
        &["A contact that is real has to subscribe again.", CLEAN_LIST],
    ),
    message(
        "OPTED_OUT",
        "The contact asked not to be written to.",
        &["An unsubscribe link, or STOP in answer to a text."],
        &["Respect it. Only the contact can subscribe again."],
    ),
    message(
        "COMPLAINT",
        "The message arrived, and the contact marked it as spam. The contact is suppressed from now on.",
        &["The message was not expected or not wanted."],
        &[
            "Do not write to this contact again.",
            "Make it plain why people get the message, and how to stop it.",
        ],
    ),
    message(
        "UNROUTABLE",
        "No carrier takes messages for this number.",
        &["The number is not in service, or its network cannot be reached."],
        &[CHECK_NUMBER, "Reach the contact over another channel."],
    ),
    message(
        "GEO_PERMISSION",
        "Your account may not send to that country.",
        &["Countries are switched off until somebody allows them."],
        &["Allow the country with your SMS provider, then send again."],
    ),
    message(
        "CARRIER_FILTERED",
        "A carrier dropped the message as unwanted.",
        &[
            "Links, wording or volume look like spam to the carrier.",
            "The sender is not registered there.",
        ],
        &[
            "Change the wording or the links.",
            "Register the sender with the carrier.",
            "Then send again.",
        ],
    ),
    message(
        "NOT_SMS_CAPABLE",
        "The number cannot take texts.",
        &["It is a landline."],
        &["Ask for a mobile number, or use another channel."],
    ),
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
        "The service itself failed: HTTP 500, 503 or 504.",
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

#[cfg(test)]
mod tests {
    use super::{Kind, cause, causes, nearest_cause};
    use crate::model::{MessageStatus, NotificationStatus};

    #[test]
    fn every_status_is_explained() {
        for status in MessageStatus::ALL {
            let cause = cause(status.as_str()).unwrap();
            assert_eq!(cause.kind, Kind::MessageStatus);
        }
        for status in NotificationStatus::ALL {
            let cause = cause(status.as_str()).unwrap();
            assert_eq!(cause.kind, Kind::NotificationStatus);
        }
    }

    #[test]
    fn every_entry_says_what_to_do_in_whole_sentences() {
        for cause in causes() {
            assert!(!cause.todo.is_empty(), "{}", cause.word);
            let sentences = cause.likely.iter().chain(cause.todo).chain([&cause.means]);
            for sentence in sentences {
                assert!(
                    sentence.ends_with(['.', ')']) || sentence.ends_with('`'),
                    "{}: {sentence}",
                    cause.word
                );
            }
        }
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        assert_eq!(cause("hard-bounce").unwrap().word, "HARD_BOUNCE");
        assert_eq!(cause("Delivered").unwrap().word, "delivered");
        assert_eq!(cause("429").unwrap().word, "RATE_LIMITED");
        assert_eq!(cause("nonsense"), None);
        assert_eq!(nearest_cause("HARD_BOUNC"), Some("HARD_BOUNCE"));
    }
}
