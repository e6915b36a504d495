//! Test addresses of others, with their owners' words: people paste what they know.
//!
//! A word that its owner does not document is a misspelt one, as on our own domain: none of the owners says what it does.
//! The lives are those of our own words, the memory of a hard bounce included (SES's own bounce has none).

/// A domain whose owner documents addresses for tests.
pub struct Borrowed {
    /// The domain.
    pub domain: &'static str,
    /// The owner's words with ours.
    pub words: &'static [(&'static str, &'static str)],
}

/// Every domain that is honoured.
pub const DOMAINS: &[Borrowed] = &[
    Borrowed {
        domain: "simulator.amazonses.com",
        words: &[
            ("success", "delivered"),
            ("bounce", "bounced"),
            ("complaint", "complained"),
            // An automatic answer comes back to the sender; the message itself was delivered.
            ("ooto", "delivered"),
            ("suppressionlist", "suppressed"),
        ],
    },
    Borrowed {
        domain: "resend.dev",
        words: &[
            ("delivered", "delivered"),
            ("bounced", "bounced"),
            ("complained", "complained"),
            ("suppressed", "suppressed"),
        ],
    },
    // Postmark's bounce types that its API page lists.
    Borrowed {
        domain: "bounce-testing.postmarkapp.com",
        words: &[
            ("hardbounce", "bounced"),
            ("softbounce", "softbounce"),
            ("transient", "softbounce"),
            ("dnserror", "softbounce"),
            ("unknown", "softbounce"),
            ("blocked", "blocked"),
            ("spamnotification", "blocked"),
            ("virusnotification", "blocked"),
            ("dmarcpolicy", "blocked"),
            ("bademailaddress", "invalid"),
            ("smtpapierror", "failed"),
            ("templaterenderingfailed", "templateerror"),
            ("manuallydeactivated", "suppressed"),
            ("unsubscribe", "unsubscribed"),
            ("autoresponder", "delivered"),
            ("addresschange", "delivered"),
            ("challengeverification", "delivered"),
        ],
    },
];
