//! One attempt to deliver: a signed POST to whoever listens, which may be slow, dead or mean harm.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::header::{CONNECTION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode, Url};

use super::Rules;
use crate::api::signature::{SIGNATURE, WEBHOOK_ID, sign};
use crate::simulator::store::{AttemptOutcome, ClaimedDelivery};

/// How much of an answer's body is read.
const MAX_RESPONSE_BYTES: usize = 2048;
/// How long the body of an answer may take when its status is known.
const BODY_LIMIT: Duration = Duration::from_secs(1);
/// What the service says it is (documented).
const AGENT: &str = "Sendivent-Webhook/1.0";

/// Sends webhooks. It belongs to one runtime.
pub struct Sender {
    rules: Rules,
    plain: OnceLock<Result<Client, String>>,
    secure: OnceLock<Result<Client, String>>,
}

impl Sender {
    /// Returns a sender that keeps to rules.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            plain: OnceLock::new(),
            secure: OnceLock::new(),
        }
    }

    /// Attempts a delivery. It ends within the limit of the rules, and a second for the body of the answer.
    pub async fn attempt(&self, delivery: &ClaimedDelivery) -> AttemptOutcome {
        let started = Instant::now();
        let signature = sign(
            &delivery.secret,
            delivery.real.div_euclid(1000),
            delivery.body.as_bytes(),
        );
        let mut outcome = match self.post(delivery, &signature).await {
            Ok(response) => answered(response).await,
            Err(error) => AttemptOutcome {
                error: Some(error),
                ..AttemptOutcome::default()
            },
        };
        outcome.signature = signature;
        outcome.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
        outcome
    }

    async fn post(&self, delivery: &ClaimedDelivery, signature: &str) -> Result<Response, String> {
        let url = Url::parse(&delivery.url).map_err(|error| format!("not sent: {error}"))?;
        if let Some(reason) = self.rules.forbid(&url) {
            return Err(format!("not sent: {reason}"));
        }
        let request = self
            .client(&url)?
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static(AGENT))
            // An idle connection that the receiver closes at the wrong moment would look like a failure.
            .header(CONNECTION, HeaderValue::from_static("close"))
            .header(SIGNATURE, signature)
            .header(WEBHOOK_ID, delivery.attempt.to_string())
            .body(delivery.body.clone());
        match tokio::time::timeout(self.rules.limit, request.send()).await {
            Ok(sent) => sent.map_err(|error| told(&error)),
            Err(_) => Err(format!(
                "no answer within {}",
                crate::text::format_duration(self.rules.limit)
            )),
        }
    }

    fn client(&self, url: &Url) -> Result<Client, String> {
        let made = match url.scheme() {
            "https" => self.secure.get_or_init(secure),
            _ => self.plain.get_or_init(plain),
        };
        made.clone()
    }
}

impl Rules {
    /// Returns why nothing would ever be sent to an address, if that is so.
    pub fn refuses(&self, url: &str) -> Option<String> {
        match Url::parse(url) {
            Ok(url) => self.forbid(&url),
            Err(error) => Some(format!("`url` cannot be read: {error}")),
        }
    }

    /// Returns why nothing may be sent to an address, if that is so.
    fn forbid(&self, url: &Url) -> Option<String> {
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let in_process = match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => address.is_loopback(),
            Ok(IpAddr::V6(address)) => address
                .to_ipv4_mapped()
                .map_or(address.is_loopback(), |address| address.is_loopback()),
            Err(_) => host == "localhost",
        };
        let allowed = || {
            let mut hosts = self.allowed.iter();
            hosts.any(|allowed| allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
        };
        match url.scheme() {
            "http" | "https" if in_process || allowed() => None,
            "http" | "https" => Some(format!(
                "{host} is not this machine; `--allow-webhook-host {host}` allows it"
            )),
            other => Some(format!("{other} is not http or https")),
        }
    }
}

fn builder() -> ClientBuilder {
    // There is one already when another part of the program was first: the same.
    drop(rustls::crypto::ring::default_provider().install_default());
    let here = ["127.0.0.1:0", "[::1]:0"].map(|address| address.parse().ok());
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .no_gzip()
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .resolve_to_addrs("localhost", &here.into_iter().flatten().collect::<Vec<_>>())
}

/// Plain HTTP needs no certificates, and must work where there are none.
fn plain() -> Result<Client, String> {
    let built = builder().tls_certs_only([]).build();
    built.map_err(|error| told(&error))
}

/// The system's certificates, or else those that the program carries.
fn secure() -> Result<Client, String> {
    if let Ok(client) = builder().build() {
        return Ok(client);
    }
    let bundled = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let bundled = bundled
        .iter()
        .filter_map(|certificate| Certificate::from_der(certificate).ok());
    let built = builder().tls_certs_only(bundled).build();
    built.map_err(|error| told(&error))
}

/// Returns what lies at the bottom of an error: what the others are about is known.
fn told(error: &reqwest::Error) -> String {
    let mut help_topic: &dyn std::error::Error = error;
    while let Some(source) = help_topic.source() {
        help_topic = source;
    }
    if error.is_connect() {
        format!("no connection: {help_topic}")
    } else {
        format!("no answer: {help_topic}")
    }
}

/// Reads the beginning of an answer. What its status says stands, whatever becomes of its body.
async fn answered(mut response: Response) -> AttemptOutcome {
    let status = response.status();
    let mut body: Vec<u8> = Vec::new();
    let reading = async {
        while body.len() < MAX_RESPONSE_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let room = MAX_RESPONSE_BYTES - body.len();
                    body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                }
                // The end, or a body that breaks off.
                Ok(None) | Err(_) => break,
            }
        }
    };
    // One that drips is cut: what came so far is kept.
    drop(tokio::time::timeout(BODY_LIMIT, reading).await);
    AttemptOutcome {
        status: Some(status.as_u16()),
        response_body: Some(String::from_utf8_lossy(&body).into_owned()),
        error: unsuccessful(status),
        ..AttemptOutcome::default()
    }
}

fn unsuccessful(status: StatusCode) -> Option<String> {
    if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(format!(
            "HTTP {}: redirects are not followed",
            status.as_u16()
        ))
    } else {
        Some(format!("HTTP {}", status.as_u16()))
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use reqwest::Url;

    #[test]
    fn only_this_machine_unless_allowed() {
        let rules = Rules {
            allowed: vec!["Hooks.Example.com".to_owned(), "[2001:db8::1]".to_owned()],
            ..Rules::default()
        };
        for (url, good) in [
            ("http://127.0.0.1:9/hook", true),
            ("http://127.255.0.1/", true),
            ("http://2130706433/", true),
            ("http://0x7f.1/", true),
            ("http://localhost:3000/", true),
            ("https://LOCALHOST/", true),
            ("http://[::1]:80/", true),
            ("http://[::ffff:127.0.0.1]/", true),
            ("https://hooks.example.com/x", true),
            ("http://[2001:db8::1]/", true),
            ("http://localhost.example.com/", false),
            ("http://127.0.0.1.example.com/", false),
            ("http://127.0.0.1@example.com/", false),
            ("http://example.com#@127.0.0.1/", false),
            ("http://0.0.0.0/", false),
            ("http://10.0.0.1/", false),
            ("http://169.254.169.254/latest", false),
            ("http://[::ffff:10.0.0.1]/", false),
            ("http://evil.hooks.example.com/", false),
            ("ftp://127.0.0.1/", false),
        ] {
            let url = Url::parse(url).unwrap();
            assert_eq!(rules.forbid(&url).is_none(), good, "{url}");
        }
    }
}
