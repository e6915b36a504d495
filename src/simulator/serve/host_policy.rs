//! Who may come in, and with what.
//!
//! A page in a browser can send requests to this machine. It cannot read the answers, unless its own name leads here: that
//! is seen by the `Host`. And it can only send what needs no permission: that is never JSON, which the router wants.

use std::net::IpAddr;

use http::header::{CONTENT_LENGTH, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, StatusCode};

use super::{Listening, is_own};
use crate::simulator::auth::LiveKeysAccepted;
use crate::simulator::error_response::ApiErrorResponse;
use crate::simulator::validate::{self, MAX_REQUEST_BYTES};

/// The service's own hosts: an SDK whose requests are redirected still names them.
const SERVICE: [&str; 2] = ["api.sendivent.com", "api-sandbox.sendivent.com"];
/// The longest head of a request, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// What is let in.
pub struct HostPolicy {
    /// The hosts that most clients name, with the port.
    usual: [String; 2],
    host: String,
    allow_remote: bool,
    accept_live_keys: bool,
}

impl HostPolicy {
    /// Makes the door of a server that listens on a port.
    pub fn new(listening: &Listening, port: u16) -> Self {
        Self {
            usual: [format!("127.0.0.1:{port}"), format!("localhost:{port}")],
            host: listening.host.to_ascii_lowercase(),
            allow_remote: listening.allow_remote,
            accept_live_keys: listening.accept_live_keys,
        }
    }

    /// Looks at the head of a request.
    ///
    /// # Errors
    /// What it is refused for.
    pub fn check<B>(&self, request: &Request<B>) -> Result<(), ApiErrorResponse> {
        let headers = request.headers();
        self.check_host(headers.get(HOST), request.uri().authority())?;
        check_length(request)?;
        Ok(())
    }

    /// Marks a request that comes in.
    pub fn admit<B>(&self, mut request: Request<B>) -> Request<B> {
        if self.accept_live_keys {
            request.extensions_mut().insert(LiveKeysAccepted);
        }
        request
    }

    fn check_host(
        &self,
        named: Option<&HeaderValue>,
        target: Option<&Authority>,
    ) -> Result<(), ApiErrorResponse> {
        let foreign = |host: &str| {
            ApiErrorResponse::new(
                StatusCode::MISDIRECTED_REQUEST,
                "FOREIGN_HOST",
                format!("The simulator is not the host `{host}`"),
            )
        };
        let Some(named) = named else {
            return Err(ApiErrorResponse::invalid("The request names no Host"));
        };
        let text = named.to_str().map_err(|_| foreign("?"))?;
        let is_usual = self.usual.iter().any(|usual| usual == text);
        if !is_usual {
            let host: Authority = text.parse().map_err(|_| foreign(text))?;
            if !self.answers_to(host.host()) {
                return Err(foreign(host.host()));
            }
        }
        match target {
            Some(target) if !self.answers_to(target.host()) => Err(foreign(target.host())),
            _ => Ok(()),
        }
    }

    /// Returns whether a host is one of this server's. Names without a dot and below `.internal` cannot be had by a
    /// stranger; with remote clients they are what a neighbour in a network of containers is called.
    fn answers_to(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = literal.parse::<IpAddr>() {
            return self.allow_remote || is_own(address) || literal == self.host;
        }
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_near = !host.contains('.') || host.ends_with(".internal");
        is_local
            || host == self.host
            || SERVICE.contains(&host.as_str())
            || (self.allow_remote && is_near)
    }
}

fn check_length<B>(request: &Request<B>) -> Result<(), ApiErrorResponse> {
    let headers = request.headers();
    let head: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    let target = request.uri().path().len() + request.uri().query().map_or(0, str::len);
    if head + target > LONGEST_HEAD {
        return Err(ApiErrorResponse::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "VALIDATION_ERROR",
            format!("The head of a request has at most {LONGEST_HEAD} bytes"),
        ));
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok());
    match length.map(str::parse::<usize>) {
        Some(Ok(length)) if length > MAX_REQUEST_BYTES => Err(validate::too_long()),
        _ => Ok(()),
    }
}
