//! Error codes of messages, such as `HARD_BOUNCE`. A code states why a message failed or was suppressed, or what
//! happened after its delivery. `model/help_topics` explains each code.

/// The error code of a message. The service documents only `HARD_BOUNCE`, on its page about webhooks; the other codes
/// are assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    ProviderRejected,
    InvalidEmail,
    InvalidPhone,
    TemplateError,
    HardBounce,
    LateBounce,
    SoftBounce,
    MailboxFull,
    PolicyBlock,
    SuppressionList,
    OptedOut,
    Complaint,
    Unroutable,
    GeoPermission,
    CarrierFiltered,
    NotSmsCapable,
}

/// For each reason: the error code, and an error message in the style of a provider. The rows are in the order of the
/// variants, because [`Reason::entry`] uses the variant as an index.
#[rustfmt::skip]
const TEXTS: [(Reason, &str, &str); 16] = [
    (Reason::ProviderRejected, "PROVIDER_REJECTED", "Message rejected: the provider did not accept the content"),
    (Reason::InvalidEmail, "INVALID_EMAIL", "Invalid address: the domain does not take email"),
    (Reason::InvalidPhone, "INVALID_PHONE", "Invalid number: it is not a valid phone number (21211)"),
    (Reason::TemplateError, "TEMPLATE_ERROR", "Template error: a block is not closed"),
    // Documented verbatim.
    (Reason::HardBounce, "HARD_BOUNCE", "Permanent bounce: mailbox does not exist"),
    (Reason::LateBounce, "LATE_BOUNCE", "Permanent bounce after delivery: the message came back"),
    (Reason::SoftBounce, "SOFT_BOUNCE", "Transient bounce: try again later (450 4.2.1)"),
    (Reason::MailboxFull, "MAILBOX_FULL", "Transient bounce: mailbox full (452 4.2.2)"),
    (Reason::PolicyBlock, "POLICY_BLOCK", "Blocked: the message was refused by policy (554 5.7.1)"),
    (Reason::SuppressionList, "SUPPRESSION_LIST", "Suppressed: the recipient is on the suppression list"),
    (Reason::OptedOut, "OPTED_OUT", "Suppressed: the recipient opted out"),
    (Reason::Complaint, "COMPLAINT", "Complaint: the recipient marked the message as spam"),
    (Reason::Unroutable, "UNROUTABLE", "No route: the number cannot be reached (21612)"),
    (Reason::GeoPermission, "GEO_PERMISSION", "No permission: sending to this region is not enabled (21408)"),
    (Reason::CarrierFiltered, "CARRIER_FILTERED", "Filtered: the carrier dropped the message (30007)"),
    (Reason::NotSmsCapable, "NOT_SMS_CAPABLE", "Not a mobile number: it takes no texts (21614)"),
];

impl Reason {
    pub fn all() -> impl Iterator<Item = Self> {
        TEXTS.iter().map(|(reason, ..)| *reason)
    }

    /// Returns the error code as it appears in responses and webhooks, such as `HARD_BOUNCE`.
    pub fn code(self) -> &'static str {
        self.entry().1
    }

    pub fn text(self) -> &'static str {
        self.entry().2
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|reason| reason.code() == code)
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str) {
        // A test checks that the table is in the order of the variants.
        &TEXTS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, TEXTS};
    use crate::model::{help_topic, help_topics};

    #[test]
    fn the_table_is_in_the_order_of_the_variants() {
        for (index, (reason, code, _)) in TEXTS.iter().enumerate() {
            assert_eq!(*reason as usize, index, "{code}");
            assert_eq!(Reason::from_code(code), Some(*reason));
        }
        assert_eq!(Reason::NotSmsCapable as usize + 1, TEXTS.len());
    }

    #[test]
    fn every_code_has_a_help_topic_and_no_other_has() {
        for reason in Reason::all() {
            assert_eq!(help_topic(reason.code()).unwrap().kind, "message error");
        }
        let topics = help_topics().iter();
        for topic in topics.filter(|topic| topic.kind == "message error") {
            assert!(Reason::from_code(topic.name).is_some(), "{}", topic.name);
        }
    }
}
