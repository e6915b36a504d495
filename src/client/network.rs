//! Sends requests over the network. Each invocation of the program has one HTTP client.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, Uri};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Proxy};

use tower::Service;

use super::tls::{self, innermost_io_error, rustls_error};
use super::{ClientBuildError, ProxySettings, TransportError};
use crate::api::{Address, ApiKey, MAX_RESPONSE_BYTES, RawResponse};
use crate::host::Host;
use crate::text;

/// The error of a tunnel through a proxy. hyper-util does not export this type, so it is named through the `Service`
/// trait.
type TunnelError = <Tunnel<HttpConnector> as Service<Uri>>::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEADERS: usize = 256;

const PROXY_UNRESOLVED: &str = "has a name that could not be resolved (DNS)";
const PROXY_REFUSED: &str = "refused the connection";
const PROXY_UNREACHABLE: &str = "could not be reached, or closed the connection";

#[derive(Debug)]
pub struct Network {
    client: Client,
    pub address: Address,
    key: ApiKey,
    connect_timeout: Duration,
    /// Whether requests go to a proxy without a tunnel. This is so for plain HTTP: the client connects to the proxy,
    /// and the request line contains the full URL.
    to_proxy: bool,
    /// Whether `SSL_CERT_FILE` replaces the certificate authorities of the operating system.
    custom_authorities: bool,
}

impl Network {
    /// Builds the HTTP client. `time` is the timeout of the whole command, if there is one. Initializes TLS only for
    /// https addresses, because the initialization is slow.
    pub fn new(
        address: Address,
        key: ApiKey,
        time: Option<Duration>,
        host: &Host,
    ) -> Result<Self, ClientBuildError> {
        // Shorter than the command's timeout: otherwise the error would be the timeout, without the connection as its cause.
        let connect_timeout =
            time.map_or(CONNECT_TIMEOUT, |time| CONNECT_TIMEOUT.min(time * 9 / 10));
        let proxy = ProxySettings::find(&address, host)?;
        let custom_authorities = address.is_secure && tls::has_custom_authorities(host)?;
        let to_proxy = proxy.is_some() && !address.is_secure;
        Ok(Self {
            client: build(&address, connect_timeout, proxy)?,
            address,
            key,
            connect_timeout,
            to_proxy,
            custom_authorities,
        })
    }

    /// Sends a request and waits at most `timeout` for the response. If the body is cut off, returns the response as
    /// incomplete rather than an error, because a 2xx status already means that the request was accepted. Redacts the
    /// API key in the headers and in the body.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<RawResponse, TransportError> {
        let request = self.with_base(request)?;
        let deadline = tokio::time::Instant::now() + timeout;
        let execute = self.client.execute(request);
        let response = match tokio::time::timeout_at(deadline, execute).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.transport_error(&error, timeout)),
            Err(_) => return Err(TransportError::Timeout(timeout)),
        };
        let status = response.status().as_u16();
        let headers = self.redacted_headers(response.headers());
        let (body, is_complete) = read(response, deadline).await;
        Ok(RawResponse {
            status,
            headers,
            body: self.key.redact_body(body),
            is_complete,
        })
    }

    fn with_base(&self, request: Request<Vec<u8>>) -> Result<reqwest::Request, TransportError> {
        let (mut parts, body) = request.into_parts();
        let invalid = || TransportError::Unreachable {
            host: self.address.host.to_owned(),
            reason: "the address is not valid".to_owned(),
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("{}{path}", self.address);
        parts.uri = uri.parse::<Uri>().map_err(|_| invalid())?;
        Request::from_parts(parts, body)
            .try_into()
            .map_err(|_: reqwest::Error| invalid())
    }

    fn redacted_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut redacted = HeaderMap::with_capacity(headers.len());
        // Header names are lower case.
        let lower_case_key = self.key.expose().to_ascii_lowercase();
        for (name, value) in headers {
            if name.as_str().contains(&lower_case_key) {
                continue;
            }
            let bytes = self.key.redact_bytes(value.as_bytes().to_vec());
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                redacted.append(name, value);
            }
        }
        redacted
    }

    /// Converts an error to a [`TransportError`]. If requests go to a proxy, reports a failure to connect as an error
    /// of the proxy.
    fn transport_error(&self, error: &reqwest::Error, timeout: Duration) -> TransportError {
        let reason = match self.classify(error, timeout) {
            TransportError::Unresolved { .. } if self.to_proxy => PROXY_UNRESOLVED,
            TransportError::ConnectionRefused { .. } if self.to_proxy => PROXY_REFUSED,
            TransportError::Unreachable { .. } if self.to_proxy => PROXY_UNREACHABLE,
            transport_error => return transport_error,
        };
        TransportError::Proxy { reason }
    }

    /// Classifies an error by the types in its chain of sources. Does not use their messages, because a message may
    /// contain a URL with a password.
    fn classify(&self, error: &reqwest::Error, timeout: Duration) -> TransportError {
        let host = self.address.host.to_owned();
        let unreachable = |reason: String| TransportError::Unreachable {
            host: self.address.host_and_port(),
            reason,
        };
        let mut io_kind = None;
        let mut is_parse_error = false;
        for cause in causes(error) {
            match rustls_error(cause) {
                Some(tls) if error.is_connect() => {
                    return tls::transport_error(tls, host, self.custom_authorities);
                }
                // The handshake had succeeded, so the request may have been sent before this error.
                Some(_) => return TransportError::Reset,
                None => {}
            }
            if let Some(tunnel) = cause.downcast_ref::<TunnelError>() {
                let reason = tunnel_reason(tunnel, error);
                return TransportError::Proxy { reason };
            }
            if let Some(io) = innermost_io_error(cause) {
                io_kind = io_kind.or(Some(io.kind()));
            }
            if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
                is_parse_error |= hyper.is_parse() || hyper.is_parse_status();
            }
        }
        if error.is_dns() {
            return TransportError::Unresolved { host };
        }
        match io_kind {
            _ if is_parse_error => TransportError::NotHttp { host },
            Some(io::ErrorKind::ConnectionRefused) if error.is_connect() => {
                let host = self.address.host_and_port();
                TransportError::ConnectionRefused { host }
            }
            _ if error.is_timeout() && error.is_connect() => {
                let limit = text::format_duration(self.connect_timeout.min(timeout));
                unreachable(format!("no connection within {limit}"))
            }
            Some(kind) if error.is_connect() && kind != io::ErrorKind::UnexpectedEof => {
                unreachable(kind.to_string())
            }
            _ if error.is_timeout() => TransportError::Timeout(timeout),
            // A server that does not speak TLS closes the connection during the handshake.
            Some(io::ErrorKind::UnexpectedEof) if error.is_connect() => TransportError::Tls {
                host,
                reason: "the server closed the connection".to_owned(),
            },
            _ if error.is_connect() => unreachable("the connection failed".to_owned()),
            _ => TransportError::Reset,
        }
    }
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Returns why the proxy did not open a tunnel to the service, as a predicate whose subject is the proxy.
fn tunnel_reason(tunnel: &TunnelError, error: &reqwest::Error) -> &'static str {
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    match tunnel {
        TunnelError::ProxyAuthRequired => "requires a login",
        TunnelError::TunnelUnsuccessful => "does not connect to the service",
        _ if error.is_dns() => PROXY_UNRESOLVED,
        _ if causes(tunnel)
            .filter_map(innermost_io_error)
            .any(is_refused) =>
        {
            PROXY_REFUSED
        }
        _ => PROXY_UNREACHABLE,
    }
}

/// Reads the body until it ends, exceeds [`MAX_RESPONSE_BYTES`], or the deadline passes. Also returns whether the body
/// is complete.
async fn read(mut response: reqwest::Response, deadline: tokio::time::Instant) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let remaining = MAX_RESPONSE_BYTES - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(remaining)]);
                if chunk.len() > remaining {
                    return (body, false);
                }
            }
            Ok(Ok(None)) => return (body, true),
            Ok(Err(_)) | Err(_) => return (body, false),
        }
    }
}

fn build(
    address: &Address,
    connect_timeout: Duration,
    proxy: Option<ProxySettings>,
) -> Result<Client, ClientBuildError> {
    let proxy = proxy.map(|ProxySettings { variable, url }| {
        Proxy::all(url).map_err(|_| ClientBuildError::Proxy { variable })
    });
    let proxy = proxy.transpose()?;
    let builder = || {
        let builder = Client::builder()
            .user_agent(concat!("sendivent-cli/", env!("CARGO_PKG_VERSION")))
            // Following a redirect would send the key to another host.
            .redirect(Policy::none())
            .connect_timeout(connect_timeout)
            .http1_max_headers(MAX_HEADERS)
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy();
        match &proxy {
            None => builder,
            Some(proxy) => builder.proxy(proxy.clone()),
        }
    };
    // The provider is global to the process. Only the first call installs it; later calls fail without effect.
    drop(rustls::crypto::ring::default_provider().install_default());
    if !address.is_secure {
        let plain = builder().tls_certs_only([]);
        return plain.build().map_err(ClientBuildError::Tls);
    }
    match builder().build() {
        Ok(client) => Ok(client),
        // No system certificate authorities, as in an empty container.
        Err(_) => {
            let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
            let roots: Result<Vec<Certificate>, _> =
                roots.map(|root| Certificate::from_der(root)).collect();
            let roots = roots.map_err(ClientBuildError::Tls)?;
            let bundled = builder().tls_certs_only(roots);
            bundled.build().map_err(ClientBuildError::Tls)
        }
    }
}
