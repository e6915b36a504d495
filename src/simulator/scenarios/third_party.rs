//! Test addresses of other services, with the names that those services document.
//!
//! A name that is not documented is an error, as on the simulator's own domain. The scenarios are the simulator's own: a
//! hard bounce suppresses the recipient afterwards, which SES's does not.

/// A domain for which another service documents test addresses.
pub struct ThirdParty {
    pub domain: &'static str,
    /// The service's name, and the name in [`super::table`].
    pub names: &'static [(&'static str, &'static str)],
}

pub const DOMAINS: &[ThirdParty] = &[
    ThirdParty {
        domain: "simulator.amazonses.com",
        names: &[
            ("success", "delivered"),
            ("bounce", "bounced"),
            ("complaint", "complained"),
            // An out-of-office reply goes to the sender; the message itself was delivered.
            ("ooto", "delivered"),
            ("suppressionlist", "suppressed"),
        ],
    },
    ThirdParty {
        domain: "resend.dev",
        names: &[
            ("delivered", "delivered"),
            ("bounced", "bounced"),
            ("complained", "complained"),
            ("suppressed", "suppressed"),
        ],
    },
    // The bounce types on Postmark's API page.
    ThirdParty {
        domain: "bounce-testing.postmarkapp.com",
        names: &[
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
