//! The proxy that the environment names.

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use super::ClientBuildError;
use crate::api::Address;
use crate::host::Host;

/// The proxy that stands between this machine and the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxySettings {
    /// The variable that names it.
    pub variable: &'static str,
    /// Its address. It may hold a password.
    pub(super) url: String,
}

impl ProxySettings {
    /// Finds the proxy for an address. What stays on this machine needs none.
    ///
    /// # Errors
    /// [`ClientBuildError::Proxy`] for one that cannot be used.
    pub fn find(address: &Address, host: &Host) -> Result<Option<Self>, ClientBuildError> {
        const SECURE: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
        // Not HTTP_PROXY: to a CGI program, that is a header which somebody else chose.
        const PLAIN: [&str; 3] = ["http_proxy", "all_proxy", "ALL_PROXY"];
        let names: &[&'static str] = match address.is_secure() {
            _ if address.is_loopback() => &[],
            true => &SECURE,
            false => &PLAIN,
        };
        let mut named = names
            .iter()
            .filter_map(|name| Some((*name, host.variable(name)?)));
        let Some((variable, text)) = named.next() else {
            return Ok(None);
        };
        let except = ["no_proxy", "NO_PROXY"];
        let except = except.iter().find_map(|name| host.variable(name));
        let url = usable(&text).ok_or(ClientBuildError::Proxy { variable })?;
        let matcher = Matcher::builder()
            .all(&*url)
            .no(except.unwrap_or_default())
            .build();
        let to: Option<Uri> = address.as_str().parse().ok();
        let is_in_between = to.is_some_and(|to| matcher.intercept(&to).is_some());
        Ok(is_in_between.then_some(Self { variable, url }))
    }
}

/// Returns the address of a proxy with its scheme, if it is one that can be spoken to.
fn usable(text: &str) -> Option<String> {
    let url = match text.split_once("://") {
        None => format!("http://{text}"),
        Some((scheme, _)) if ["http", "https"].contains(&&*scheme.to_ascii_lowercase()) => {
            text.to_owned()
        }
        Some(_) => return None,
    };
    let uri: Uri = url.parse().ok()?;
    let authority = uri.authority()?;
    let behind_login = authority.as_str().rsplit('@').next().unwrap_or_default();
    // A port that is none is passed over by the parser.
    let port_is_bad = behind_login != authority.host() && authority.port_u16().is_none();
    (!authority.host().is_empty() && !port_is_bad).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::usable;

    #[test]
    fn only_what_can_be_spoken_to_is_a_proxy() {
        for (text, url) in [
            ("http://p:3128", "http://p:3128"),
            ("HTTPS://p/", "HTTPS://p/"),
            ("p:3128", "http://p:3128"),
            ("ada:s3cret@p", "http://ada:s3cret@p"),
            ("[::1]:3128", "http://[::1]:3128"),
        ] {
            assert_eq!(usable(text).as_deref(), Some(url), "{text}");
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
            assert_eq!(usable(text), None, "{text}");
        }
    }
}
