//! The codes that messages carry.

use super::{HelpTopic, Kind};

const FIX_ADDRESS: &str = "Correct the address of the contact, or remove it from your list.";
const CHECK_NUMBER: &str =
    "Check the number: country code first, no blanks, and a phone that takes texts.";
const ASK_OTHER_WAY: &str = "Reach the contact another way and ask for an address that works; then have them subscribe again.";
const SEND_AGAIN: &str = "Send again later; the address itself is good.";
const CLEAN_LIST: &str = "Remove the address from your list; sending to it again changes nothing.";

/// Every code on a message. `HARD_BOUNCE` is documented, the others are the simulator's.
pub const MESSAGES: &[HelpTopic] = &[
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
];

const fn message(
    word: &'static str,
    means: &'static str,
    likely: &'static [&'static str],
    todo: &'static [&'static str],
) -> HelpTopic {
    HelpTopic::of(Kind::MessageError, word, means, likely, todo)
}
