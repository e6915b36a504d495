//! Addresses of the service: the base that every path of the API is put behind.

use std::fmt;
use std::net::IpAddr;

use http::Uri;

use super::Environment;

/// The host of the production environment (documented).
const PRODUCTION: &str = "api.sendivent.com";
/// The host of the sandbox (documented).
const SANDBOX: &str = "api-sandbox.sendivent.com";

/// A base address: scheme, host, port, and the path that all others lie below, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    secure: bool,
}

/// The text is no base address. It is not repeated here: it may hold a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// It has no form of an address.
    #[error("it is not an address such as https://api.sendivent.com")]
    Form,
    /// The scheme is neither `http` nor `https`.
    #[error("it begins with neither https:// nor http://")]
    Scheme,
    /// It holds a user name or a password.
    #[error("it holds a user name or a password, which have no place in it")]
    Secret,
    /// It holds a query or a fragment.
    #[error("it goes on with `?` or `#`, but paths are put behind it")]
    Query,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// [`InvalidAddress`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        if text.contains('#') {
            return Err(InvalidAddress::Query);
        }
        let uri: Uri = text.parse().map_err(|_| InvalidAddress::Form)?;
        let secure = match uri.scheme_str() {
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
        // A point at the end of a name says that it is whole, and leads to the same place.
        let whole = host.strip_suffix('.').unwrap_or(host);
        // A port that is none is passed over by the parser.
        let port_is_bad = authority.as_str() != host && authority.port_u16().is_none();
        if whole.is_empty() || whole.ends_with('.') || port_is_bad {
            return Err(InvalidAddress::Form);
        }
        Ok(Self {
            text: text.trim_end_matches('/').replacen(host, whole, 1),
            host: whole.trim_matches(['[', ']']).to_ascii_lowercase(),
            secure,
        })
    }

    /// Returns the address of an environment.
    pub fn of(environment: Environment) -> Self {
        let host = match environment {
            Environment::Production => PRODUCTION,
            Environment::Sandbox => SANDBOX,
        };
        Self {
            text: format!("https://{host}"),
            host: host.to_owned(),
            secure: true,
        }
    }

    /// Returns the environment whose own address this is; none for any other host.
    pub fn environment(&self) -> Option<Environment> {
        match self.host.as_str() {
            PRODUCTION => Some(Environment::Production),
            SANDBOX => Some(Environment::Sandbox),
            _ => None,
        }
    }

    /// Returns the host, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        let uri: Option<Uri> = self.text.parse().ok();
        let told = uri.and_then(|uri| uri.port_u16());
        told.unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// Returns host and port, as they are told to people.
    pub fn place(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port()),
            false => format!("{}:{}", self.host, self.port()),
        }
    }

    /// Returns whether what is said is encrypted on its way.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Returns whether it leads to this machine and nowhere else.
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host == "localhost" || self.host.ends_with(".localhost"),
        }
    }

    /// Returns the address without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.text
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
    fn addresses_are_read_and_nothing_else() {
        for (text, loopback, port) in [
            ("https://api.sendivent.com", false, 443),
            ("http://127.0.0.1:7363", true, 7363),
            ("http://[::1]:80/", true, 80),
            ("http://localhost", true, 80),
            ("https://gateway.example.com/sendivent/", false, 443),
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.as_str(), text.trim_end_matches('/'));
            assert_eq!((address.is_loopback(), address.port()), (loopback, port));
        }
        let place = |text| Address::parse(text).unwrap().place();
        assert_eq!(place("http://[::1]:80/"), "[::1]:80");
        assert_eq!(place("https://api.sendivent.com"), "api.sendivent.com:443");
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
        let shouted = Address::parse("https://API.Sendivent.COM").unwrap();
        assert_eq!(shouted.environment(), Some(Environment::Production));
        let whole = Address::parse("https://api.sendivent.com.:443/x.").unwrap();
        assert_eq!(whole.environment(), Some(Environment::Production));
        assert_eq!(whole.as_str(), "https://api.sendivent.com:443/x.");
        assert!(Address::parse("http://localhost.").unwrap().is_loopback());
        let other = Address::parse("http://127.0.0.1:1").unwrap();
        assert_eq!(other.environment(), None);
    }
}
