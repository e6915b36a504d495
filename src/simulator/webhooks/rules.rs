//! Restricts where webhooks may be posted: to this machine, and to hosts that the user allows by name.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

/// Which hosts webhooks may be posted to, and how long an attempt may take.
#[derive(Debug, Clone)]
pub struct WebhookRules {
    /// The hosts other than this machine that webhooks may be posted to, such as `hooks.example.com`.
    pub allowed_hosts: Vec<String>,
    /// How long to wait until the head of the receiver's response has arrived.
    pub timeout: Duration,
}

/// Why webhooks may not be posted to a URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// The URL cannot be parsed. Contains the parser's error message.
    #[error("the URL is invalid: {0}")]
    InvalidUrl(String),
    /// The host is neither this machine nor an allowed host. Contains the host.
    #[error("{0} is not this machine; `--allow-webhook-host {0}` allows it")]
    ForeignHost(String),
    /// The scheme is neither `http` nor `https`. Contains the scheme.
    #[error("the scheme {0} is not http or https")]
    Scheme(String),
}

impl Default for WebhookRules {
    fn default() -> Self {
        Self {
            allowed_hosts: Vec::new(),
            timeout: Duration::from_secs(10),
        }
    }
}

impl WebhookRules {
    /// Parses a URL, and checks that webhooks may be posted to it.
    pub fn check(&self, url: &str) -> Result<Url, DestinationError> {
        let url =
            Url::parse(url).map_err(|error| DestinationError::InvalidUrl(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(DestinationError::Scheme(url.scheme().to_owned()));
        }
        let host = without_brackets(url.host_str().unwrap_or_default());
        if is_this_machine(host) || self.is_allowed(host) {
            Ok(url)
        } else {
            Err(DestinationError::ForeignHost(host.to_owned()))
        }
    }

    fn is_allowed(&self, host: &str) -> bool {
        let mut allowed = self.allowed_hosts.iter();
        allowed.any(|allowed| without_brackets(allowed).eq_ignore_ascii_case(host))
    }
}

/// Returns whether a host is `localhost` or a loopback address. Expects a host as the URL parser normalizes it: in
/// lower case, and with IPv4 addresses in dotted form.
fn is_this_machine(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost",
    }
}

fn without_brackets(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::WebhookRules;

    #[test]
    fn only_this_machine_unless_allowed() {
        let rules = WebhookRules {
            allowed_hosts: vec!["Hooks.Example.com".to_owned(), "[2001:db8::1]".to_owned()],
            ..WebhookRules::default()
        };
        for (url, expected) in [
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
            assert_eq!(rules.check(url).is_ok(), expected, "{url}");
        }
    }
}
