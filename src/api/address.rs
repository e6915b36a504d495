//! Base addresses of the service, such as `https://api.sendivent.com`. The path of each request is appended to the base
//! address.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::Environment;

// Both hosts are in the service's documentation.
const PRODUCTION: &str = "api.sendivent.com";
const SANDBOX: &str = "api-sandbox.sendivent.com";

/// A base address: scheme, host, optional port and optional path prefix, without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub text: String,
    pub uri: Uri,
    /// The host in lower case. An IPv6 address has no brackets.
    pub host: String,
    pub is_secure: bool,
}

/// Why a string is not a base address. The error messages do not contain the string, which may include an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    #[error("it is not a URL such as https://api.sendivent.com")]
    Form,
    #[error("it does not begin with https:// or http://")]
    Scheme,
    #[error("it contains a user name or a password")]
    Secret,
    #[error("it contains a query or a fragment (`?` or `#`)")]
    Query,
}

impl Address {
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        if text.contains('#') {
            return Err(InvalidAddress::Query);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidAddress::Form)?;
        let is_secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err(InvalidAddress::Scheme),
            None => return Err(InvalidAddress::Form),
        };
        let authority = uri.authority().ok_or(InvalidAddress::Form)?;
        if authority.as_str().contains('@') {
            return Err(InvalidAddress::Secret);
        }
        if uri.query().is_some() {
            return Err(InvalidAddress::Query);
        }
        let host = authority.host();
        // `example.com.` is the same host as `example.com`.
        let bare = host.strip_suffix('.').unwrap_or(host);
        // `Uri` accepts an invalid port, such as `a:99999`, and then has no port.
        let port_is_bad = authority.as_str() != host && authority.port_u16().is_none();
        if bare.is_empty() || bare.ends_with('.') || port_is_bad {
            return Err(InvalidAddress::Form);
        }
        let text = text.trim_end_matches('/').replacen(host, bare, 1);
        Ok(Self {
            uri: text.parse().map_err(|_| InvalidAddress::Form)?,
            text,
            host: bare.trim_matches(['[', ']']).to_ascii_lowercase(),
            is_secure,
        })
    }

    pub fn of(environment: Environment) -> Self {
        let host = match environment {
            Environment::Production => PRODUCTION,
            Environment::Sandbox => SANDBOX,
        };
        Self::parse(&format!("https://{host}")).expect("the service's host is a valid one")
    }

    /// Returns the environment of a host of the service; `None` for any other host.
    pub fn environment(&self) -> Option<Environment> {
        match self.host.as_str() {
            PRODUCTION => Some(Environment::Production),
            SANDBOX => Some(Environment::Sandbox),
            _ => None,
        }
    }

    pub fn port(&self) -> u16 {
        let default = if self.is_secure { 443 } else { 80 };
        self.uri.port_u16().unwrap_or(default)
    }

    pub fn host_and_port(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port()),
            false => format!("{}:{}", self.host, self.port()),
        }
    }

    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, InvalidAddress};
    use crate::api::Environment;

    #[test]
    fn only_base_addresses_are_accepted() {
        for (text, loopback, port) in [
            ("https://api.sendivent.com", false, 443),
            ("http://127.0.0.1:7363", true, 7363),
            ("http://[::1]:80/", true, 80),
            ("http://localhost", true, 80),
            ("https://gateway.example.com/sendivent/", false, 443),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.text, text.trim_end_matches('/'));
            assert_eq!((address.is_loopback(), address.port()), (loopback, port));
        }
        let host_and_port = |text| Address::parse(text).unwrap().host_and_port();
        assert_eq!(host_and_port("http://[::1]:80/"), "[::1]:80");
        assert_eq!(
            host_and_port("https://api.sendivent.com"),
            "api.sendivent.com:443"
        );
        for (text, error) in [
            ("", InvalidAddress::Form),
            ("api.sendivent.com", InvalidAddress::Form),
            ("https://", InvalidAddress::Form),
            ("https://a b", InvalidAddress::Form),
            ("https://.", InvalidAddress::Form),
            ("https://api.sendivent.com..", InvalidAddress::Form),
            ("https://a:99999", InvalidAddress::Form),
            ("ftp://a", InvalidAddress::Scheme),
            ("https://test_key@a", InvalidAddress::Secret),
            ("https://a/?x=1", InvalidAddress::Query),
            ("https://a/#x", InvalidAddress::Query),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_two_environments_are_known_by_their_hosts() {
        for environment in [Environment::Sandbox, Environment::Production] {
            assert_eq!(Address::of(environment).environment(), Some(environment));
        }
        let upper_case = Address::parse("https://API.Sendivent.COM").unwrap();
        assert_eq!(upper_case.environment(), Some(Environment::Production));
        let trailing_dot = Address::parse("https://api.sendivent.com.:443/x.").unwrap();
        assert_eq!(trailing_dot.environment(), Some(Environment::Production));
        assert_eq!(trailing_dot.text, "https://api.sendivent.com:443/x.");
        assert!(Address::parse("http://localhost.").unwrap().is_loopback());
        let other = Address::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(other.environment(), None);
    }
}
