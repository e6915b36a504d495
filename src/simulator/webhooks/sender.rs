//! Makes one attempt at a webhook delivery: a signed POST to a receiver that may be slow, unreachable or malicious.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use reqwest::header::{CONNECTION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Response, StatusCode};

use super::rules::WebhookRules;
use crate::api::signature::{SIGNATURE, WEBHOOK_ID, sign};
use crate::simulator::store::{AttemptOutcome, ClaimedDelivery};
use crate::text;

const MAX_RESPONSE_BYTES: usize = 2048;
/// How long to read the body of a response. An incomplete body does no harm, because the status code alone decides
/// whether the attempt succeeded.
const BODY_TIMEOUT: Duration = Duration::from_secs(1);
/// The `User-Agent` header that the service documents for its webhooks.
const WEBHOOK_USER_AGENT: &str = "Sendivent-Webhook/1.0";

/// Posts webhooks. Its HTTP clients belong to the Tokio runtime in which the first attempt runs.
pub struct WebhookSender {
    rules: WebhookRules,
    // Built on first use, because loading the system's certificates takes a while, and plain HTTP needs none.
    http_client: OnceLock<Result<Client, PostError>>,
    https_client: OnceLock<Result<Client, PostError>>,
}

/// Why a webhook got no response, such as `no response within 10s`. This text is stored with the attempt.
type PostError = String;

impl WebhookSender {
    pub fn new(rules: WebhookRules) -> Self {
        Self {
            rules,
            http_client: OnceLock::new(),
            https_client: OnceLock::new(),
        }
    }

    /// Makes one attempt at a delivery and returns the outcome. Takes at most the timeout of the rules, plus one second
    /// to read the response body.
    pub async fn attempt(&self, delivery: &ClaimedDelivery) -> AttemptOutcome {
        let start = Instant::now();
        let signed_at = delivery.real.div_euclid(1000);
        let signature = sign(&delivery.secret, signed_at, delivery.body.as_bytes());
        let mut outcome = match self.post(delivery, &signature).await {
            Ok(response) => read_response(response).await,
            Err(error) => AttemptOutcome {
                error: Some(error),
                ..AttemptOutcome::default()
            },
        };
        outcome.signature = signature;
        outcome.duration_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
        outcome
    }

    async fn post(
        &self,
        delivery: &ClaimedDelivery,
        signature: &str,
    ) -> Result<Response, PostError> {
        // Checked for each attempt, not only at registration, because another server may have registered the endpoint
        // under other rules.
        let url = self.rules.check(&delivery.url);
        let url = url.map_err(|error| format!("not sent: {error}"))?;
        let request = self
            .client(url.scheme())?
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static(WEBHOOK_USER_AGENT))
            // If the receiver closed a reused connection during the request, the attempt would fail without reason.
            .header(CONNECTION, HeaderValue::from_static("close"))
            .header(SIGNATURE, signature)
            .header(WEBHOOK_ID, delivery.attempt.to_string())
            .body(delivery.body.clone());
        match tokio::time::timeout(self.rules.timeout, request.send()).await {
            Ok(sent) => sent.map_err(describe_error),
            Err(_) => {
                let limit = text::format_duration(self.rules.timeout);
                Err(format!("no response within {limit}"))
            }
        }
    }

    fn client(&self, scheme: &str) -> Result<Client, PostError> {
        let client = match scheme {
            "https" => self.https_client.get_or_init(build_https_client),
            _ => self.http_client.get_or_init(build_http_client),
        };
        client.clone()
    }
}

fn describe_error(error: reqwest::Error) -> PostError {
    let kind = if error.is_builder() {
        "not sent"
    } else if error.is_connect() {
        "no connection"
    } else {
        "no response"
    };
    // Only the innermost error: the outer errors contain the URL, which is stored with the attempt anyway.
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!("{kind}: {cause}")
}

fn client_builder() -> ClientBuilder {
    // Fails if the API client has already installed the same provider.
    drop(rustls::crypto::ring::default_provider().install_default());
    // Not resolved by the system, because a hosts file may map localhost to another machine.
    let loopback = ["127.0.0.1:0", "[::1]:0"].map(|address| address.parse().ok());
    let loopback: Vec<_> = loopback.into_iter().flatten().collect();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .no_gzip()
        .referer(false)
        .http1_only()
        .pool_max_idle_per_host(0)
        .resolve_to_addrs("localhost", &loopback)
}

/// Builds a client that loads no certificates, so that plain HTTP works on a machine without certificates.
fn build_http_client() -> Result<Client, PostError> {
    let client = client_builder().tls_certs_only([]).build();
    client.map_err(describe_error)
}

/// Builds a client that trusts the system's certificates, or the embedded certificates if the system has none.
fn build_https_client() -> Result<Client, PostError> {
    if let Ok(client) = client_builder().build() {
        return Ok(client);
    }
    let embedded = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
    let embedded = embedded
        .iter()
        .filter_map(|certificate| Certificate::from_der(certificate).ok());
    let client = client_builder().tls_certs_only(embedded).build();
    client.map_err(describe_error)
}

/// Converts a response to the outcome of the attempt. Reads the beginning of the body, but only the status code decides
/// whether the attempt succeeded.
async fn read_response(mut response: Response) -> AttemptOutcome {
    let status = response.status();
    let mut body: Vec<u8> = Vec::new();
    let read = async {
        while body.len() < MAX_RESPONSE_BYTES {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let length = chunk.len().min(MAX_RESPONSE_BYTES - body.len());
                    body.extend_from_slice(&chunk[..length]);
                }
                Ok(None) | Err(_) => break,
            }
        }
    };
    // After a timeout, `body` contains the part that was received.
    drop(tokio::time::timeout(BODY_TIMEOUT, read).await);
    AttemptOutcome {
        status: Some(status.as_u16()),
        response_body: Some(String::from_utf8_lossy(&body).into_owned()),
        error: describe_failure(status),
        ..AttemptOutcome::default()
    }
}

fn describe_failure(status: StatusCode) -> Option<String> {
    let code = status.as_u16();
    if status.is_success() {
        None
    } else if status.is_redirection() {
        Some(format!("HTTP {code}: redirects are not followed"))
    } else {
        Some(format!("HTTP {code}"))
    }
}
