//! The live service: its profile, API key and base address, and where each comes from. Only commands that send requests
//! resolve it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::credentials::{self, KeySource};
use super::error::{ConfigError, ServiceError};
use super::options::ServiceFlags;
use super::profiles::{self, Profile, Profiles};
use super::variables::bool_variable;
use crate::api::{Address, ApiKey, Environment};
use crate::host::Host;

const PROFILE: &str = "SENDIVENT_PROFILE";
const API_URL: &str = "SENDIVENT_API_URL";
const ALLOW_HTTP: &str = "SENDIVENT_ALLOW_HTTP";

#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    pub profile: String,
    pub key: ApiKey,
    pub key_source: KeySource,
    pub address: Address,
    /// Where the address comes from, for display, such as `--api-url`.
    pub address_source: &'static str,
    /// Whether the profile allows sends with a `live_` key without `--live`.
    pub live: bool,
}

impl Service {
    /// Resolves the profile, the key and the address. A `credential_command` is stopped after `timeout`.
    pub fn resolve(
        flags: &ServiceFlags,
        timeout: Option<Duration>,
        host: &Host,
    ) -> Result<Self, ServiceError> {
        let (profile, settings) = resolve_profile(flags, host)?;
        let (key, key_source) = credentials::find_key(flags, &profile, &settings, timeout, host)?;
        let (address, address_source) = match resolve_address(flags, &settings, host)? {
            Some(address) => address,
            None => (Address::of(key.environment()), "the key's prefix"),
        };
        check_environment(&key, &address)?;
        reject_embedded_key(&key, &address)?;
        Ok(Self {
            profile,
            key,
            key_source,
            address,
            address_source,
            live: settings.live,
        })
    }

    pub fn environment(&self) -> Environment {
        self.key.environment()
    }

    /// Describes for display what a send with this service does, such as whether it delivers for real.
    pub fn effect(&self) -> &'static str {
        match self.environment() {
            Environment::Sandbox if self.address.is_loopback() => {
                "custom URL: may deliver for real"
            }
            Environment::Sandbox => "delivers for real; only --simulate does not",
            Environment::Production if self.live => "the profile allows sends without --live",
            Environment::Production => "a send needs --live",
        }
    }

    /// Returns the service id, which the journal stores with each row to separate the rows of different services.
    pub fn service_id(&self) -> String {
        let id = format!("{}{}", service_id_prefix(&self.profile), self.address);
        match self.address.environment() {
            Some(_) => id,
            // A custom address can serve both environments, which only the key distinguishes.
            None => format!("{id} ({})", self.environment().as_str()),
        }
    }
}

/// Returns the prefix that all service ids of a profile have in common.
pub fn service_id_prefix(profile: &str) -> String {
    format!("profile {profile} at ")
}

/// Returns the name and the settings of the selected profile. A profile for which `login` has stored a key need not be
/// in the settings file; it then has default settings.
pub fn resolve_profile(
    flags: &ServiceFlags,
    host: &Host,
) -> Result<(String, Profile), ServiceError> {
    let mut profiles = Profiles::load(host)?;
    let default = profiles.default.take();
    let Some((name, origin)) = selected_profile(flags, host, default) else {
        let settings = profiles.all.remove(profiles::DEFAULT).unwrap_or_default();
        return Ok((profiles::DEFAULT.to_owned(), settings));
    };
    check_name(&name, origin)?;
    let has_key = || credentials::login_key_path(&name, host).is_some_and(|path| path.exists());
    match profiles.all.remove(&name) {
        Some(settings) => Ok((name, settings)),
        None if name == profiles::DEFAULT || has_key() => Ok((name, Profile::default())),
        None => {
            let known = profiles
                .all
                .into_keys()
                .chain(credentials::stored_profiles(host));
            let known: BTreeSet<String> = known.collect();
            Err(ServiceError::NoProfile {
                name,
                origin,
                known: known.into_iter().collect(),
            })
        }
    }
}

/// Returns the profile that the flag or the environment variable selects; `None` if neither does. Ignores
/// `default_profile` in the settings file.
pub fn requested_profile(
    flags: &ServiceFlags,
    host: &Host,
) -> Result<Option<String>, ServiceError> {
    let selected = selected_profile(flags, host, None);
    let resolve = |_| resolve_profile(flags, host).map(|(name, _)| name);
    selected.map(resolve).transpose()
}

/// Returns the name of the selected profile and where it comes from; `None` if no profile is selected.
fn selected_profile(
    flags: &ServiceFlags,
    host: &Host,
    default: Option<String>,
) -> Option<(String, &'static str)> {
    let flag = (flags.profile.clone(), "--profile");
    first_set(flag, PROFILE, (default, "default_profile"), host)
}

/// Returns the first value that is set, and where it comes from. The order is flag, environment variable, settings
/// file.
fn first_set(
    flag: (Option<String>, &'static str),
    variable: &'static str,
    setting: (Option<String>, &'static str),
    host: &Host,
) -> Option<(String, &'static str)> {
    let candidates = [flag, (host.variable(variable), variable), setting];
    let mut set = candidates
        .into_iter()
        .filter_map(|(value, origin)| Some((value?, origin)));
    set.next()
}

fn check_name(name: &str, origin: &str) -> Result<(), ConfigError> {
    match profiles::is_name(name) {
        true => Ok(()),
        false => Err(ConfigError::new(
            format!("{origin}: `{name}` is not a valid profile name"),
            "Use letters, digits, `.`, `-` and `_`.",
        )),
    }
}

/// Returns the name of the profile for `login` and `logout`. The profile need not exist.
pub fn resolve_profile_name(flags: &ServiceFlags, host: &Host) -> Result<String, ConfigError> {
    // The settings file is read only if neither the flag nor the variable is set. An invalid file then does not prevent
    // `login --profile`.
    let selected = match selected_profile(flags, host, None) {
        Some(selected) => Some(selected),
        None => selected_profile(flags, host, Profiles::load(host)?.default),
    };
    match selected {
        Some((name, origin)) => check_name(&name, origin).map(|()| name),
        None => Ok(profiles::DEFAULT.to_owned()),
    }
}

/// Returns the configured base address and where it comes from; `None` if no address is configured. The prefix of the
/// key then determines the address.
pub fn resolve_address(
    flags: &ServiceFlags,
    settings: &Profile,
    host: &Host,
) -> Result<Option<(Address, &'static str)>, ConfigError> {
    let flag = (flags.api_url.clone(), "--api-url");
    let setting = (settings.api_url.clone(), "the profile's api_url");
    let Some((text, origin)) = first_set(flag, API_URL, setting, host) else {
        return Ok(None);
    };
    // The error does not contain the address, because its user name may be an API key.
    let address = Address::parse(&text).map_err(|error| {
        ConfigError::new(
            format!("{origin}: invalid address: {error}"),
            "Use an address like https://api.sendivent.com or http://127.0.0.1:7363.",
        )
    })?;
    let is_http_allowed =
        flags.allow_http || settings.allow_http || bool_variable(host, ALLOW_HTTP)?;
    if !address.is_secure && !address.is_loopback() && !is_http_allowed {
        return Err(ConfigError::new(
            format!(
                "{origin}: {address} is not encrypted: anyone on the network path could read the key"
            ),
            "Use https://, or --allow-http on a network that you trust.",
        ));
    }
    Ok(Some((address, origin)))
}

/// Rejects an address that contains the key, because addresses are printed and stored in the journal.
fn reject_embedded_key(key: &ApiKey, address: &Address) -> Result<(), ConfigError> {
    let address = address.text.to_ascii_lowercase();
    match address.contains(&key.expose().to_ascii_lowercase()) {
        false => Ok(()),
        true => Err(ConfigError::new(
            "the base address contains the API key",
            "Remove the key from the address: it is sent in a header.",
        )),
    }
}

/// Rejects the combination of a key for one environment and the address of the other environment. The key is not sent
/// to that address.
fn check_environment(key: &ApiKey, address: &Address) -> Result<(), ConfigError> {
    let (of_key, of_address, prefix) = match (key.environment(), address.environment()) {
        (Environment::Sandbox, Some(Environment::Production)) => {
            ("the sandbox", "production's address", "live")
        }
        (Environment::Production, Some(Environment::Sandbox)) => {
            ("production", "the sandbox's address", "test")
        }
        _ => return Ok(()),
    };
    Err(ConfigError::new(
        format!("the key is for {of_key}, but {address} is {of_address}"),
        format!("Use a {prefix}_ key, or omit the address: it follows from the key."),
    ))
}
