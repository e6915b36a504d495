//! Proxy settings from environment variables such as `https_proxy`.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::ClientBuildError;
use crate::api::Address;
use crate::host::Host;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// The environment variable that contains the address, such as `https_proxy`.
    pub variable: &'static str,
    /// The address of the proxy. It may contain a user name and a password.
    pub(super) url: String,
}

impl ProxySettings {
    /// Returns the proxy that the environment selects for `address`. `None` if no variable is set, if `no_proxy`
    /// excludes the host, or if `address` is a loopback address.
    pub fn find(address: &Address, host: &Host) -> Result<Option<Self>, ClientBuildError> {
        const SECURE: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        // Not HTTP_PROXY: in a CGI program, a client sets it with the header `Proxy`.
        const PLAIN: [&str; 3] = ["http_proxy", "all_proxy", "ALL_PROXY"];
        let names: &[&'static str] = match address.is_secure {
            _ if address.is_loopback() => &[],
            true => &SECURE,
            false => &PLAIN,
        };
        let mut variables = names
            .iter()
            .filter_map(|name| Some((*name, host.variable(name)?)));
        let Some((variable, text)) = variables.next() else {
            return Ok(None);
        };
        let exceptions = ["no_proxy", "NO_PROXY"];
        let exceptions = exceptions.iter().find_map(|name| host.variable(name));
        let url = proxy_url(&text).ok_or(ClientBuildError::Proxy { variable })?;
        let matcher = Matcher::builder()
            .all(&*url)
            .no(exceptions.unwrap_or_default())
            .build();
        let is_intercepted = matcher.intercept(&address.uri).is_some();
        Ok(is_intercepted.then_some(Self { variable, url }))
    }
}

/// Parses the address of a proxy, and adds `http://` if it has no scheme. Returns `None` if it is invalid or has a
/// scheme other than http and https.
fn proxy_url(text: &str) -> Option<String> {
    let url = match text.split_once("://") {
        None => format!("http://{text}"),
        Some((scheme, _)) if ["http", "https"].contains(&&*scheme.to_ascii_lowercase()) => {
            text.to_owned()
        }
        Some(_) => return None,
    };
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?;
    let without_login = authority.as_str().rsplit('@').next().unwrap_or_default();
    // `Uri` accepts a port that is not a number, and ignores it.
    let port_is_bad = without_login != authority.host() && authority.port_u16().is_none();
    (!authority.host().is_empty() && !port_is_bad).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::proxy_url;

    #[test]
    fn only_http_and_https_addresses_are_proxies() {
        for (text, url) in [
            ("http://p:3128", "http://p:3128"),
            ("HTTPS://p/", "HTTPS://p/"),
            ("p:3128", "http://p:3128"),
            ("ada:s3cret@p", "http://ada:s3cret@p"),
            ("[::1]:3128", "http://[::1]:3128"),
        ] {
            assert_eq!(proxy_url(text).as_deref(), Some(url), "{text}");
        }
        for text in [
            "garbage://x",
            "socks5://p:1080",
            "http://",
            "://",
            "http://[broken",
            "p:99999",
            "ada@p:port",
            "a b",
        ] {
            assert_eq!(proxy_url(text), None, "{text}");
        }
    }
}
