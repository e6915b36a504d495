//! Why a message failed, was suppressed, or was regretted after it arrived: the codes that `model/help_topics.rs` explains.

/// The reason a message carries. Only `HARD_BOUNCE` is documented (the service's webhook page); the rest is assumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The provider refused it.
    ProviderRejected,
    /// The address cannot exist.
    InvalidEmail,
    /// The number cannot exist.
    InvalidPhone,
    /// There was nothing to send.
    TemplateError,
    /// The mailbox does not exist.
    HardBounce,
    /// It was taken, and sent back later.
    LateBounce,
    /// It could not be taken this time.
    SoftBounce,
    /// The mailbox is full.
    MailboxFull,
    /// The receiving side's rules forbid it.
    PolicyBlock,
    /// The recipient is on the suppression list.
    SuppressionList,
    /// The recipient asked not to be written to.
    OptedOut,
    /// The recipient called it spam.
    Complaint,
    /// No carrier takes it.
    Unroutable,
    /// The account may not send to that country.
    GeoPermission,
    /// A carrier dropped it.
    CarrierFiltered,
    /// The number takes no texts.
    NotSmsCapable,
}

/// Every reason with its code and a sentence such as a provider gives.
const TEXTS: [(Reason, &str, &str); 16] = [
    (
        Reason::ProviderRejected,
        "PROVIDER_REJECTED",
        "Message rejected: the provider did not accept the content",
    ),
    (
        Reason::InvalidEmail,
        "INVALID_EMAIL",
        "Invalid address: the domain does not take email",
    ),
    (
        Reason::InvalidPhone,
        "INVALID_PHONE",
        "Invalid number: it is not a valid phone number (21211)",
    ),
    (
        Reason::TemplateError,
        "TEMPLATE_ERROR",
        "Template error: a block is not closed",
    ),
    // Documented word for word.
    (
        Reason::HardBounce,
        "HARD_BOUNCE",
        "Permanent bounce: mailbox does not exist",
    ),
    (
        Reason::LateBounce,
        "LATE_BOUNCE",
        "Permanent bounce after delivery: the message came back",
    ),
    (
        Reason::SoftBounce,
        "SOFT_BOUNCE",
        "Transient bounce: try again later (450 4.2.1)",
    ),
    (
        Reason::MailboxFull,
        "MAILBOX_FULL",
        "Transient bounce: mailbox full (452 4.2.2)",
    ),
    (
        Reason::PolicyBlock,
        "POLICY_BLOCK",
        "Blocked: the message was refused by policy (554 5.7.1)",
    ),
    (
        Reason::SuppressionList,
        "SUPPRESSION_LIST",
        "Suppressed: the recipient is on the suppression list",
    ),
    (
        Reason::OptedOut,
        "OPTED_OUT",
        "Suppressed: the recipient opted out",
    ),
    (
        Reason::Complaint,
        "COMPLAINT",
        "Complaint: the recipient marked the message as spam",
    ),
    (
        Reason::Unroutable,
        "UNROUTABLE",
        "No route: the number cannot be reached (21612)",
    ),
    (
        Reason::GeoPermission,
        "GEO_PERMISSION",
        "No permission: sending to this region is not enabled (21408)",
    ),
    (
        Reason::CarrierFiltered,
        "CARRIER_FILTERED",
        "Filtered: the carrier dropped the message (30007)",
    ),
    (
        Reason::NotSmsCapable,
        "NOT_SMS_CAPABLE",
        "Not a mobile number: it takes no texts (21614)",
    ),
];

impl Reason {
    /// Returns every reason.
    pub fn all() -> impl Iterator<Item = Self> {
        TEXTS.iter().map(|(reason, ..)| *reason)
    }

    /// Returns the stable word on the wire, such as `HARD_BOUNCE`.
    pub fn code(self) -> &'static str {
        self.entry().1
    }

    /// Returns the sentence on the wire.
    pub fn text(self) -> &'static str {
        self.entry().2
    }

    /// Reads a code. None when no reason has it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::all().find(|reason| reason.code() == code)
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str) {
        // The table is in the order of the variants; a test holds that.
        &TEXTS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::{Reason, TEXTS};
    use crate::model::{Kind, help_topic, help_topics};

    #[test]
    fn the_table_is_in_the_order_of_the_variants() {
        for (index, (reason, code, _)) in TEXTS.iter().enumerate() {
            assert_eq!(*reason as usize, index, "{code}");
            assert_eq!(Reason::from_code(code), Some(*reason));
        }
        assert_eq!(Reason::NotSmsCapable as usize + 1, TEXTS.len());
    }

    #[test]
    fn the_codes_are_the_ones_that_are_explained() {
        for reason in Reason::all() {
            assert_eq!(help_topic(reason.code()).unwrap().kind, Kind::MessageError);
        }
        for help_topic in help_topics().filter(|c| c.kind == Kind::MessageError) {
            assert!(
                Reason::from_code(help_topic.name).is_some(),
                "{}",
                help_topic.name
            );
        }
    }
}
