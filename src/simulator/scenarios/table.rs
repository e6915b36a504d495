//! The recipients that select a scenario: the names in `<name>@simulator.test` and `sim:<name>`, phone numbers, and the
//! test addresses of other services.

use crate::simulator::error_codes::Reason;
use crate::simulator::faults::{BrokenResponse, Fault};
use crate::simulator::timeline::{COMPLAINT_AFTER, LATE_BOUNCE_AFTER, MessageScenario};

/// The domain of email addresses that select a scenario by their local part. The top-level domain `.test` is reserved,
/// so a message to such an address through the real service reaches nobody.
pub const DOMAIN: &str = "simulator.test";
/// The recipient of a send without `to`. The simulator has no event definitions, so it assumes that every event has
/// this one listener. The address selects no scenario.
pub const LISTENER: &str = "listener@simulator.test";
/// The prefix of an identifier that selects a scenario by name, such as `sim:bounced`. The prefix is valid on every
/// channel, including email.
pub const PREFIX: &str = "sim:";
/// The first digits of every phone number that selects a scenario. Twilio's test numbers begin with the same digits.
pub const PHONE_BLOCK: &str = "+1500555";

pub struct Row {
    /// The name in the documentation, or the phone number.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub behavior: Behavior,
    /// The description of the behavior in `sendivent simulator recipients`.
    pub text: &'static str,
}

/// What a recipient causes: a sequence of statuses for its message, an error response, a simulated fault, or a broken
/// response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    /// The message goes through the statuses of the scenario.
    Message(MessageScenario),
    /// The first messages to the recipient fail with a soft bounce, and later messages are delivered. Contains how many
    /// messages fail.
    Flaky(u32),
    /// The response is an HTTP error, and nothing is stored.
    Http {
        /// The status code, from 400 to 599.
        status: u16,
        /// The number of requests that fail before one succeeds; `None` if every request fails.
        times: Option<u32>,
    },
    /// The transport does not send a response, and nothing is stored.
    Fault(Fault),
    /// The send is stored, but its response is broken.
    BrokenResponse(BrokenResponse),
}

impl Behavior {
    /// Returns the error code of the message at the end of its timeline, if there is one.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Message(scenario) => scenario.reason(),
            Self::Flaky(_) => Some(Reason::SoftBounce),
            Self::Http { .. } | Self::Fault(_) | Self::BrokenResponse(_) => None,
        }
    }
}

/// Every scenario with a name, in the order in which `sendivent simulator recipients` lists them.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    message("delivered", &["success"], MessageScenario::DEFAULT, "queued → sent → delivered, as for any other address"),
    message("slow", &[], MessageScenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    message("queued", &["stuck"], MessageScenario::Queued, "queued indefinitely"),
    message("sent", &["noreceipt"], MessageScenario::Sent, "queued → sent, no delivery receipt"),
    message("failed", &[], MessageScenario::Rejected(Reason::ProviderRejected), "queued → failed"),
    message("invalid", &[], MessageScenario::Rejected(Reason::InvalidEmail), "queued → failed"),
    message("templateerror", &[], MessageScenario::Rejected(Reason::TemplateError), "queued → failed"),
    message("bounced", &["bounce", "hardbounce"], MessageScenario::Bounced(Reason::HardBounce), "queued → sent → failed; suppressed afterwards"),
    message("softbounce", &["deferred"], MessageScenario::Bounced(Reason::SoftBounce), "queued → sent → failed"),
    message("mailboxfull", &[], MessageScenario::Bounced(Reason::MailboxFull), "queued → sent → failed"),
    message("blocked", &["ispblock"], MessageScenario::Bounced(Reason::PolicyBlock), "queued → sent → failed"),
    message("suppressed", &["suppressionlist"], MessageScenario::Suppressed(Reason::SuppressionList), "queued → suppressed"),
    message("unsubscribed", &["optedout"], MessageScenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    message("complained", &["complaint", "spam"], MessageScenario::PostDelivery { reason: Reason::Complaint, after: COMPLAINT_AFTER }, "delivered, a complaint after 1 min; suppressed afterwards"),
    message("latebounce", &[], MessageScenario::PostDelivery { reason: Reason::LateBounce, after: LATE_BOUNCE_AFTER }, "delivered, a bounce after 10 min; suppressed afterwards"),
    row("flaky", &[], Behavior::Flaky(1), "the first send fails, later ones are delivered"),
    http("http-400", &[], 400),
    http("http-401", &["unauthorized"], 401),
    http("http-402", &["quota"], 402),
    http("http-403", &["inactive"], 403),
    http("http-404", &["notfound"], 404),
    http("http-409", &["conflict"], 409),
    http("http-422", &[], 422),
    http("http-429", &["ratelimited"], 429),
    http("http-500", &[], 500),
    http("http-502", &[], 502),
    http("http-503", &["outage"], 503),
    http("http-504", &[], 504),
    row("timeout", &[], Behavior::Fault(Fault::Timeout), "no response; nothing is stored"),
    row("reset", &[], Behavior::Fault(Fault::Reset), "the connection is reset; nothing is stored"),
    row("lostresponse", &[], Behavior::BrokenResponse(BrokenResponse::Lost), "stored, then the connection drops: repeat it with the same key"),
    row("emptybody", &[], Behavior::BrokenResponse(BrokenResponse::Empty), "stored; response 200 with an empty body"),
    row("htmlbody", &[], Behavior::BrokenResponse(BrokenResponse::Html), "stored; response 200 with an HTML page"),
    row("truncated", &[], Behavior::BrokenResponse(BrokenResponse::Truncated), "stored; response 200 with JSON that stops in the middle"),
    row("scalarbody", &[], Behavior::BrokenResponse(BrokenResponse::Scalar), "stored; response 200 with a JSON string"),
    row("arraybody", &[], Behavior::BrokenResponse(BrokenResponse::Array), "stored; response 200 with a JSON array"),
    row("drip", &[], Behavior::BrokenResponse(BrokenResponse::Drip), "stored; a server sends the response in pieces of 16 bytes every 200 ms"),
];

/// Every phone number that selects a scenario for its message. Numbers that Twilio documents have the same meaning
/// here.
#[rustfmt::skip]
pub const PHONES: &[Row] = &[
    message("+15005550000", &[], MessageScenario::DEFAULT, "queued → sent → delivered"),
    message("+15005550001", &[], MessageScenario::Rejected(Reason::InvalidPhone), "queued → failed"),
    message("+15005550002", &[], MessageScenario::Rejected(Reason::Unroutable), "queued → failed"),
    message("+15005550003", &[], MessageScenario::Rejected(Reason::GeoPermission), "queued → failed"),
    message("+15005550004", &[], MessageScenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    message("+15005550005", &[], MessageScenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    message("+15005550006", &[], MessageScenario::DEFAULT, "queued → sent → delivered"),
    message("+15005550007", &[], MessageScenario::Bounced(Reason::CarrierFiltered), "queued → sent → failed"),
    message("+15005550008", &[], MessageScenario::Queued, "queued indefinitely"),
    message("+15005550009", &[], MessageScenario::Rejected(Reason::NotSmsCapable), "queued → failed"),
    message("+15005550010", &[], MessageScenario::Sent, "queued → sent, no delivery receipt"),
];

/// The last four digits of each phone number that selects a fault or a broken response, and the name of the scenario in
/// [`ROWS`]. The digits 0400 to 0599, which select an HTTP status, are not in the list.
pub const PHONE_FAULTS: [(&str, &str); 7] = [
    ("0900", "timeout"),
    ("0901", "reset"),
    ("0902", "truncated"),
    ("0903", "emptybody"),
    ("0904", "htmlbody"),
    ("0905", "lostresponse"),
    ("0906", "drip"),
];

/// A domain for which another service documents test addresses, such as `resend.dev`.
pub struct ThirdParty {
    pub domain: &'static str,
    /// Pairs of a local part, which the other service documents, and the name of a scenario in [`ROWS`].
    pub names: &'static [(&'static str, &'static str)],
}

/// The test addresses of other services. An undocumented local part is an error, as in [`DOMAIN`]. The scenarios can
/// differ from the behavior of the other service. For example, the simulator suppresses
/// `bounce@simulator.amazonses.com` after the first bounce, but SES does not.
pub const THIRD_PARTIES: &[ThirdParty] = &[
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

/// Finds a scenario by its name or alias, ignoring case, `-` and `_`: `soft_bounce` finds `softbounce`. Does not find
/// names with a parameter, such as `flaky-2`.
pub fn find(name: &str) -> Option<&'static Row> {
    let name = normalize(name);
    ROWS.iter()
        .find(|row| normalize(row.name) == name || row.aliases.contains(&name.as_str()))
}

/// Converts a name to lower case, and removes `-` and `_`.
pub fn normalize(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

const fn row(
    name: &'static str,
    aliases: &'static [&'static str],
    behavior: Behavior,
    text: &'static str,
) -> Row {
    Row {
        name,
        aliases,
        behavior,
        text,
    }
}

const fn message(
    name: &'static str,
    aliases: &'static [&'static str],
    scenario: MessageScenario,
    text: &'static str,
) -> Row {
    row(name, aliases, Behavior::Message(scenario), text)
}

const fn http(name: &'static str, aliases: &'static [&'static str], status: u16) -> Row {
    let text = match status {
        429 => "response 429 with Retry-After: 1; nothing is stored",
        502 => "response 502 with an HTML page; nothing is stored",
        503 => "response 503 with Retry-After: 5; nothing is stored",
        _ => "response with that status; nothing is stored",
    };
    let behavior = Behavior::Http {
        status,
        times: None,
    };
    row(name, aliases, behavior, text)
}
