//! Recipient → what happens: the names in `<name>@simulator.test` and `sim:<name>`, the phone numbers, and the test
//! addresses of other services.

use crate::simulator::error_codes::Reason;
use crate::simulator::faults::{BrokenResponse, Fault};
use crate::simulator::timeline::{COMPLAINT_AFTER, LATE_BOUNCE_AFTER, Scenario};

/// The domain whose local parts are names of scenarios. `.test` is reserved: an address that leaks reaches no person.
pub const DOMAIN: &str = "simulator.test";
/// The one listener of an event that has no definition (assumed). An ordinary recipient.
pub const LISTENER: &str = "listener@simulator.test";
/// What precedes the name of a scenario in the identifier of any other channel.
pub const PREFIX: &str = "sim:";
/// What all phone numbers with a scenario begin with: the block of Twilio's test numbers.
pub const PHONE_BLOCK: &str = "+1500555";

pub struct Row {
    /// The documented name, or the phone number.
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub behavior: Behavior,
    /// The behavior for display.
    pub text: &'static str,
}

/// What a recipient makes happen, to its message or to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behavior {
    Scenario(Scenario),
    /// The first sends bounce softly, this many of them; later ones are delivered.
    Flaky(u32),
    /// The response is an HTTP error and nothing is stored.
    Http {
        /// 400 to 599.
        status: u16,
        /// For this many requests, or for every request.
        times: Option<u32>,
    },
    /// The transport withholds the response and nothing is stored.
    Fault(Fault),
    /// The send is stored, and its response is broken.
    BrokenResponse(BrokenResponse),
}

impl Behavior {
    /// The code that the message finally has, if any.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Scenario(scenario) => scenario.reason(),
            Self::Flaky(_) => Some(Reason::SoftBounce),
            Self::Http { .. } | Self::Fault(_) | Self::BrokenResponse(_) => None,
        }
    }
}

/// Every named scenario, in the order of the documentation.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    message("delivered", &["success"], Scenario::DEFAULT, "queued → sent → delivered, as any ordinary address"),
    message("slow", &[], Scenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    message("queued", &["stuck"], Scenario::Queued, "queued indefinitely"),
    message("sent", &["noreceipt"], Scenario::Sent, "queued → sent, no delivery receipt"),
    message("failed", &[], Scenario::Rejected(Reason::ProviderRejected), "queued → failed"),
    message("invalid", &[], Scenario::Rejected(Reason::InvalidEmail), "queued → failed"),
    message("templateerror", &[], Scenario::Rejected(Reason::TemplateError), "queued → failed"),
    message("bounced", &["bounce", "hardbounce"], Scenario::Bounced(Reason::HardBounce), "queued → sent → failed; suppressed afterwards"),
    message("softbounce", &["deferred"], Scenario::Bounced(Reason::SoftBounce), "queued → sent → failed"),
    message("mailboxfull", &[], Scenario::Bounced(Reason::MailboxFull), "queued → sent → failed"),
    message("blocked", &["ispblock"], Scenario::Bounced(Reason::PolicyBlock), "queued → sent → failed"),
    message("suppressed", &["suppressionlist"], Scenario::Suppressed(Reason::SuppressionList), "queued → suppressed"),
    message("unsubscribed", &["optedout"], Scenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    message("complained", &["complaint", "spam"], Scenario::PostDelivery { reason: Reason::Complaint, after: COMPLAINT_AFTER }, "delivered, a complaint after 1 min; suppressed afterwards"),
    message("latebounce", &[], Scenario::PostDelivery { reason: Reason::LateBounce, after: LATE_BOUNCE_AFTER }, "delivered, a bounce after 10 min; suppressed afterwards"),
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
    row("drip", &[], Behavior::BrokenResponse(BrokenResponse::Drip), "stored; response of 16 bytes every 200 ms from a server, whole in process"),
];

/// Every phone number with a scenario of its message. Where Twilio documents a number, it means the same here.
#[rustfmt::skip]
pub const PHONES: &[Row] = &[
    message("+15005550000", &[], Scenario::DEFAULT, "queued → sent → delivered"),
    message("+15005550001", &[], Scenario::Rejected(Reason::InvalidPhone), "queued → failed"),
    message("+15005550002", &[], Scenario::Rejected(Reason::Unroutable), "queued → failed"),
    message("+15005550003", &[], Scenario::Rejected(Reason::GeoPermission), "queued → failed"),
    message("+15005550004", &[], Scenario::Suppressed(Reason::OptedOut), "queued → suppressed"),
    message("+15005550005", &[], Scenario::Delivered { after: 30_000 }, "queued → sent → delivered after 30 s"),
    message("+15005550006", &[], Scenario::DEFAULT, "queued → sent → delivered"),
    message("+15005550007", &[], Scenario::Bounced(Reason::CarrierFiltered), "queued → sent → failed"),
    message("+15005550008", &[], Scenario::Queued, "queued indefinitely"),
    message("+15005550009", &[], Scenario::Rejected(Reason::NotSmsCapable), "queued → failed"),
    message("+15005550010", &[], Scenario::Sent, "queued → sent, no delivery receipt"),
];

/// The last four digits of the phone numbers that break the response, each with the name of its scenario. In addition,
/// 0400 to 0599 are HTTP status codes.
pub const PHONE_FAULTS: [(&str, &str); 7] = [
    ("0900", "timeout"),
    ("0901", "reset"),
    ("0902", "truncated"),
    ("0903", "emptybody"),
    ("0904", "htmlbody"),
    ("0905", "lostresponse"),
    ("0906", "drip"),
];

/// A domain for which another service documents test addresses.
pub struct ThirdParty {
    pub domain: &'static str,
    /// The service's name, and the name in [`ROWS`].
    pub names: &'static [(&'static str, &'static str)],
}

/// A name that is not documented is an error, as on the simulator's own domain. The scenarios are the simulator's own: a
/// hard bounce suppresses the recipient afterwards, which SES's does not.
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

/// Finds a scenario by its name without a parameter. Case, `-` and `_` do not matter: `soft_bounce` is `softbounce`.
pub fn find(name: &str) -> Option<&'static Row> {
    let name = normalize(name);
    ROWS.iter()
        .find(|row| normalize(row.name) == name || row.aliases.contains(&name.as_str()))
}

/// Removes `-` and `_`, and lowers the case.
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
    scenario: Scenario,
    text: &'static str,
) -> Row {
    row(name, aliases, Behavior::Scenario(scenario), text)
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
