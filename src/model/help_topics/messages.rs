//! The error codes on messages.

use super::topic::{HelpTopic, Kind};

const CORRECT_ADDRESS: &str = "Correct the contact's address, or remove it from your list.";
const CHECK_NUMBER: &str =
    "Check the number: country code first, no blanks, and a phone that receives SMS.";
const REQUEST_NEW_ADDRESS: &str = "Reach the contact over another channel, request a working address, and have them subscribe again.";
const SEND_AGAIN: &str = "Send again later; the address itself is valid.";
const REMOVE_ADDRESS: &str =
    "Remove the address from your list; sending to it again changes nothing.";

/// Every code on a message. `HARD_BOUNCE` is documented, the others are the simulator's.
pub const MESSAGES: &[HelpTopic] = &[
    Kind::MessageError.topic(
        "PROVIDER_REJECTED",
        "The provider rejected the message.",
        &["The content or the sender breaks a rule of the provider."],
        &[
            "Read the provider's reason in the error.",
            "Check the sender and the template, then send again.",
        ],
    ),
    Kind::MessageError.topic(
        "INVALID_EMAIL",
        "The email address cannot exist.",
        &["A typing error when the address was recorded."],
        &[CORRECT_ADDRESS],
    ),
    Kind::MessageError.topic(
        "INVALID_PHONE",
        "The phone number cannot exist.",
        &["Digits are missing, or the country code is wrong."],
        &[CHECK_NUMBER],
    ),
    Kind::MessageError.topic(
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
    Kind::MessageError.topic(
        "HARD_BOUNCE",
        "The receiving server rejected the message permanently: the mailbox does not exist. The contact is suppressed from now on.",
        &["The address is misspelt or was closed."],
        &[REMOVE_ADDRESS, REQUEST_NEW_ADDRESS],
    ),
    Kind::MessageError.topic(
        "LATE_BOUNCE",
        "The receiving server accepted the message and returned it later. The contact is suppressed from now on.",
        &["A server behind the first one does not know the mailbox."],
        &[REMOVE_ADDRESS, REQUEST_NEW_ADDRESS],
    ),
    Kind::MessageError.topic(
        "SOFT_BOUNCE",
        "The receiving server could not accept the message this time.",
        &["It is down, overloaded, or delays unknown senders."],
        &[SEND_AGAIN],
    ),
    Kind::MessageError.topic(
        "MAILBOX_FULL",
        "The mailbox is full.",
        &["The contact does not read or clear it."],
        &[
            SEND_AGAIN,
            "If it stays full, reach the contact over another channel.",
        ],
    ),
    Kind::MessageError.topic(
        "POLICY_BLOCK",
        "The receiving server rejected the message because of its rules.",
        &[
            "The sending domain has no DKIM or SPF.",
            "The content or the sender looks like spam.",
        ],
        &[
            "Verify the authentication of your sending domain.",
            "Ask the operator of the receiving server for the reason.",
        ],
    ),
    Kind::MessageError.topic(
        "SUPPRESSION_LIST",
        "The contact is on the suppression list.",
        &["An earlier hard bounce, a spam complaint, or an unsubscription."],
        &[
            "If the contact is real, have them subscribe again.",
            REMOVE_ADDRESS,
        ],
    ),
    Kind::MessageError.topic(
        "OPTED_OUT",
        "The contact opted out.",
        &["An unsubscribe link, or STOP in reply to an SMS."],
        &["Respect it. Only the contact can subscribe again."],
    ),
    Kind::MessageError.topic(
        "COMPLAINT",
        "The message was delivered, and the contact marked it as spam. The contact is suppressed from now on.",
        &["The message was not expected or not wanted."],
        &[
            "Do not send to this contact again.",
            "Explain in the message why people receive it and how to unsubscribe.",
        ],
    ),
    Kind::MessageError.topic(
        "UNROUTABLE",
        "No carrier accepts messages for this number.",
        &["The number is not in service, or its network is unreachable."],
        &[CHECK_NUMBER, "Reach the contact over another channel."],
    ),
    Kind::MessageError.topic(
        "GEO_PERMISSION",
        "Your account may not send to that country.",
        &["Countries are disabled until they are allowed."],
        &["Allow the country with your SMS provider, then send again."],
    ),
    Kind::MessageError.topic(
        "CARRIER_FILTERED",
        "A carrier blocked the message as unwanted.",
        &[
            "Links, wording or volume look like spam to the carrier.",
            "The sender is not registered with the carrier.",
        ],
        &[
            "Change the wording or the links.",
            "Register the sender with the carrier.",
            "Then send again.",
        ],
    ),
    Kind::MessageError.topic(
        "NOT_SMS_CAPABLE",
        "The number cannot receive SMS.",
        &["It is a landline."],
        &["Request a mobile number, or use another channel."],
    ),
];
