//! Decides which requests are accepted, by their `Host` header and their size.
//!
//! A web page can make a browser on this machine send requests to the simulator. The page can read the responses only
//! if its own host name resolves to this machine (DNS rebinding). The `Host` header then contains that host name, and
//! the request is rejected. Without a CORS permission, the page can send only simple content types such as
//! `text/plain`, and the router accepts only JSON.

use std::net::IpAddr;

use http::header::{CONTENT_LENGTH, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, StatusCode};

use super::bind::{ListenOptions, is_loopback};
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::validate::{self, MAX_REQUEST_BYTES};

/// The service's own host names. An SDK still sends them in `Host` when its connections are redirected to the
/// simulator.
const SERVICE_HOSTS: [&str; 2] = ["api.sendivent.com", "api-sandbox.sendivent.com"];
/// The maximum size of a request head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

pub struct HostPolicy {
    /// The `Host` headers that most clients send. They are compared first, because this is faster than parsing the
    /// header.
    common_hosts: [String; 2],
    host: String,
    allow_remote: bool,
    pub accept_live_keys: bool,
}

impl HostPolicy {
    pub fn new(options: &ListenOptions, port: u16) -> Self {
        Self {
            common_hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            host: options.host.to_ascii_lowercase(),
            allow_remote: options.allow_remote,
            accept_live_keys: options.accept_live_keys,
        }
    }

    pub fn check<B>(&self, request: &Request<B>) -> Result<(), ApiErrorResponse> {
        match request.headers().get(HOST) {
            Some(header) => self.check_header(header)?,
            None => return Err(ApiErrorResponse::invalid("The request has no Host header")),
        }
        if let Some(target) = request.uri().authority() {
            self.check_host(target.host())?;
        }
        check_size(request)
    }

    fn check_header(&self, header: &HeaderValue) -> Result<(), ApiErrorResponse> {
        let text = header.to_str().map_err(|_| foreign_host("?"))?;
        if self.common_hosts.iter().any(|common| common == text) {
            return Ok(());
        }
        let authority: Authority = text.parse().map_err(|_| foreign_host(text))?;
        self.check_host(authority.host())
    }

    fn check_host(&self, host: &str) -> Result<(), ApiErrorResponse> {
        let is_own = self.is_own_host(host);
        is_own.then_some(()).ok_or_else(|| foreign_host(host))
    }

    /// Returns whether a host refers to this server. If remote clients are allowed, this includes names without a dot
    /// and names that end in `.internal`. Nobody can register such names, and containers in a network use them for each
    /// other.
    fn is_own_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = literal.parse::<IpAddr>() {
            return self.allow_remote || is_loopback(address) || literal == self.host;
        }
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_private = !host.contains('.') || host.ends_with(".internal");
        is_local
            || host == self.host
            || SERVICE_HOSTS.contains(&host.as_str())
            || (self.allow_remote && is_private)
    }
}

fn foreign_host(host: &str) -> ApiErrorResponse {
    ApiErrorResponse::new(
        StatusCode::MISDIRECTED_REQUEST,
        "FOREIGN_HOST",
        format!("The simulator is not the host `{host}`"),
    )
}

fn check_size<B>(request: &Request<B>) -> Result<(), ApiErrorResponse> {
    let headers = request.headers();
    let header_bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let target_bytes = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    if header_bytes + target_bytes > MAX_HEAD {
        return Err(ApiErrorResponse::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "VALIDATION_ERROR",
            format!("The head of a request may have at most {MAX_HEAD} bytes"),
        ));
    }
    // Rejects a body with a `Content-Length` before it is sent. The router limits bodies without one.
    let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    match length.map(str::parse::<usize>) {
        Some(Ok(length)) if length > MAX_REQUEST_BYTES => Err(validate::too_long()),
        _ => Ok(()),
    }
}
