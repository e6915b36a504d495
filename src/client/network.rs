//! The network: one HTTP client for a run, built when the first command needs it.

use std::error::Error as Cause;
use std::io;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request, Uri};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Proxy};

use super::tls::{self, system_of, tls_of};
use super::{ProxySettings, TransportError};
use crate::api::{Address, ApiKey, MAX_RESPONSE_BYTES, RawResponse};
use crate::host::Host;

/// How long it may take until a connection stands.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How many header lines an answer may have.
const MOST_HEADERS: usize = 256;

/// What is wrong with a proxy that nobody can speak to.
const PROXY_UNRESOLVED: &str = "has a name that could not be resolved (DNS)";
const PROXY_REFUSED: &str = "refused the connection";
const PROXY_UNREACHABLE: &str = "could not be reached, or broke off";

/// A way to the service over the network.
#[derive(Debug)]
pub struct Network {
    client: Client,
    address: Address,
    key: ApiKey,
    connect_limit: Duration,
    /// Whether connections are those of a proxy, which is told where to by each request.
    to_proxy: bool,
    /// Whether the authorities are those of a file that the environment names.
    own_authorities: bool,
}

/// The HTTP client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientBuildError {
    /// A proxy that the environment names cannot be used.
    #[error(
        "{variable}: the proxy's address cannot be used; only http:// and https:// ones are supported"
    )]
    Proxy {
        /// The variable.
        variable: &'static str,
    },
    /// The authorities that the environment names cannot be used.
    #[error("{variable}: {reason}")]
    Authorities {
        /// The variable.
        variable: &'static str,
        /// What is wrong with the file.
        reason: &'static str,
    },
    /// Encryption cannot be set up.
    #[error("encryption cannot be set up")]
    Tls(#[source] reqwest::Error),
}

impl ClientBuildError {
    /// Returns what can be done about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Proxy { variable } => Some(format!(
                "Write it like {variable}=http://proxy.example.com:3128, or unset it."
            )),
            Self::Authorities { variable, .. } => Some(format!(
                "Name a file of certificates (PEM): {variable}=FILE, or unset it."
            )),
            Self::Tls(_) => None,
        }
    }
}

impl Network {
    /// Makes the client of a run that has so much time. Encryption is set up for addresses that need it only: it is what
    /// costs time.
    ///
    /// # Errors
    /// [`ClientBuildError`].
    pub fn new(
        address: Address,
        key: ApiKey,
        time: Option<Duration>,
        host: &Host,
    ) -> Result<Self, ClientBuildError> {
        // Before the time of the run is over, so that it can be told what the time went into.
        let connect_limit = time.map_or(CONNECT_LIMIT, |time| CONNECT_LIMIT.min(time * 9 / 10));
        let proxy = ProxySettings::find(&address, host)?;
        let own_authorities = address.is_secure() && tls::own_authorities(host)?;
        let to_proxy = proxy.is_some() && !address.is_secure();
        Ok(Self {
            client: build(&address, connect_limit, proxy)?,
            address,
            key,
            connect_limit,
            to_proxy,
            own_authorities,
        })
    }

    /// Returns the address.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Sends a request whose path has no host, and waits for its answer, at most for `limit`. An answer whose status came
    /// is one, even if its body was cut: a success means that the request was taken. The key is nowhere in it.
    ///
    /// # Errors
    /// [`TransportError`] when no status came.
    pub async fn call(
        &self,
        request: Request<Vec<u8>>,
        limit: Duration,
    ) -> Result<RawResponse, TransportError> {
        let request = self.addressed(request)?;
        let deadline = tokio::time::Instant::now() + limit;
        let execute = self.client.execute(request);
        let response = match tokio::time::timeout_at(deadline, execute).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(self.transport_error(&error, limit)),
            Err(_) => return Err(TransportError::Timeout(limit)),
        };
        let status = response.status().as_u16();
        let headers = self.redacted_headers(response.headers());
        let (body, whole) = read(response, deadline).await;
        Ok(RawResponse {
            status,
            headers,
            body: self.key.redact_body(body),
            whole,
        })
    }

    fn addressed(&self, request: Request<Vec<u8>>) -> Result<reqwest::Request, TransportError> {
        let (mut parts, body) = request.into_parts();
        let unusable = |_| TransportError::Unreachable {
            host: self.address.host().to_owned(),
            reason: "the address cannot be used".to_owned(),
        };
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let uri = format!("{}{path}", self.address);
        parts.uri = uri.parse::<Uri>().map_err(|_| unusable(()))?;
        Request::from_parts(parts, body)
            .try_into()
            .map_err(|_: reqwest::Error| unusable(()))
    }

    fn redacted_headers(&self, headers: &HeaderMap) -> HeaderMap {
        let mut clean = HeaderMap::with_capacity(headers.len());
        // Names of headers are in small letters.
        let small = self.key.expose().to_ascii_lowercase();
        for (name, value) in headers {
            if name.as_str().contains(&small) {
                continue;
            }
            let bytes = self.key.redact_bytes(value.as_bytes().to_vec());
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                clean.append(name, value);
            }
        }
        clean
    }

    /// Tells what went wrong, of whoever was spoken to.
    fn transport_error(&self, error: &reqwest::Error, limit: Duration) -> TransportError {
        use TransportError as Fault;
        let reason = match self.classify(error, limit) {
            Fault::Unresolved { .. } if self.to_proxy => PROXY_UNRESOLVED,
            Fault::Refused { .. } if self.to_proxy => PROXY_REFUSED,
            Fault::Unreachable { .. } if self.to_proxy => PROXY_UNREACHABLE,
            transport_error => return transport_error,
        };
        Fault::Proxy { reason }
    }

    /// Tells apart what went wrong. Texts of the libraries below are not shown: they may repeat an address with secrets.
    fn classify(&self, error: &reqwest::Error, limit: Duration) -> TransportError {
        let host = self.address.host().to_owned();
        let with_port = self.address.place();
        let mut refused = None;
        let mut parse = false;
        let mut cause: Option<&(dyn Cause + 'static)> = Some(error);
        while let Some(inner) = cause {
            match tls_of(inner) {
                Some(tls) if error.is_connect() => {
                    return tls::transport_error(tls, host, self.own_authorities);
                }
                // The connection stood: the request may have gone out before this.
                Some(_) => return TransportError::Reset,
                None => {}
            }
            if let Some(system) = system_of(inner) {
                refused = refused.or(Some((system.kind(), system.raw_os_error())));
            }
            if let Some(hyper) = inner.downcast_ref::<hyper::Error>() {
                parse |= hyper.is_parse() || hyper.is_parse_status();
            }
            let text = inner.to_string();
            if let Some(why) = text.strip_prefix("tunnel error: ") {
                return TransportError::Proxy {
                    reason: of_tunnel(why, inner),
                };
            }
            if text == "dns error" {
                return TransportError::Unresolved { host };
            }
            cause = inner.source();
        }
        match refused {
            _ if parse => TransportError::NotHttp { host },
            Some((io::ErrorKind::ConnectionRefused, _)) if error.is_connect() => {
                TransportError::Refused { host: with_port }
            }
            _ if error.is_timeout() && error.is_connect() => TransportError::Unreachable {
                host: with_port,
                reason: format!(
                    "no connection within {}",
                    crate::text::format_duration(self.connect_limit.min(limit))
                ),
            },
            Some((kind, _)) if error.is_connect() && kind != io::ErrorKind::UnexpectedEof => {
                TransportError::Unreachable {
                    host: with_port,
                    reason: kind.to_string(),
                }
            }
            _ if error.is_timeout() => TransportError::Timeout(limit),
            Some((io::ErrorKind::UnexpectedEof, _)) if error.is_connect() => TransportError::Tls {
                host,
                reason: "it ended the connection".to_owned(),
            },
            _ if error.is_connect() => TransportError::Unreachable {
                host: with_port,
                reason: "the connection failed".to_owned(),
            },
            _ => TransportError::Reset,
        }
    }
}

/// Returns what is wrong with a proxy that was to lead on.
fn of_tunnel(why: &str, error: &(dyn Cause + 'static)) -> &'static str {
    let (mut refused, mut unresolved) = (false, false);
    let mut cause = error.source();
    while let Some(inner) = cause {
        let kind = system_of(inner).map(io::Error::kind);
        refused |= kind == Some(io::ErrorKind::ConnectionRefused);
        unresolved |= inner.to_string() == "dns error";
        cause = inner.source();
    }
    match why {
        "proxy authorization required" => "wants a login",
        "unsuccessful" => "does not lead to the service",
        _ if unresolved => PROXY_UNRESOLVED,
        _ if refused => PROXY_REFUSED,
        _ => PROXY_UNREACHABLE,
    }
}

/// Reads a body as far as it comes, and returns whether that is the whole of it.
async fn read(mut response: reqwest::Response, deadline: tokio::time::Instant) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = MAX_RESPONSE_BYTES - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
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
    connect_limit: Duration,
    proxy: Option<ProxySettings>,
) -> Result<Client, ClientBuildError> {
    let builder = || -> Result<ClientBuilder, ClientBuildError> {
        let builder = Client::builder()
            .user_agent(concat!("sendivent-cli/", env!("CARGO_PKG_VERSION")))
            // A redirect would carry the key to wherever it leads.
            .redirect(Policy::none())
            .connect_timeout(connect_limit)
            .http1_max_headers(MOST_HEADERS)
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy();
        Ok(match &proxy {
            None => builder,
            Some(ProxySettings { variable, url }) => {
                builder.proxy(Proxy::all(url).map_err(|_| ClientBuildError::Proxy { variable })?)
            }
        })
    };
    // The provider is one of the process: a second call finds it there.
    drop(rustls::crypto::ring::default_provider().install_default());
    if !address.is_secure() {
        let plain = builder()?.tls_certs_only([]);
        return plain.build().map_err(ClientBuildError::Tls);
    }
    match builder()?.build() {
        Ok(client) => Ok(client),
        // A machine without any authorities, such as an empty container.
        Err(_) => {
            let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
            let roots: Result<Vec<Certificate>, _> =
                roots.map(|root| Certificate::from_der(root)).collect();
            let roots = roots.map_err(ClientBuildError::Tls)?;
            let bundled = builder()?.tls_certs_only(roots);
            bundled.build().map_err(ClientBuildError::Tls)
        }
    }
}
