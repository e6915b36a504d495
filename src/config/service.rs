//! The live service of a run: whose key, which address, and where each was told. It is looked for only by commands that
//! speak to the service.

use std::collections::BTreeSet;
use std::time::Duration;

use super::ConfigError;
use super::credentials::{self, KeySource};
use super::profiles::{self, Profile, Profiles};
use crate::api::{Address, ApiKey, Environment};
use crate::host::Host;
use crate::text;

/// The variable that names the profile.
const PROFILE: &str = "SENDIVENT_PROFILE";
/// The variable that holds the base address.
const API_URL: &str = "SENDIVENT_API_URL";
/// The variable that lets plain `http` leave this machine.
const ALLOW_HTTP: &str = "SENDIVENT_ALLOW_HTTP";

/// What the flags say of the service. What is missing was not typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceFlags {
    /// `--profile`
    pub profile: Option<String>,
    /// `--api-url`
    pub api_url: Option<String>,
    /// `--api-key-file`
    pub key_file: Option<String>,
    /// `--allow-http`
    pub allow_http: bool,
}

/// The live service of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The name of the profile.
    pub profile: String,
    /// The key.
    pub key: ApiKey,
    /// Where the key was found.
    pub key_source: KeySource,
    /// The base address.
    pub address: Address,
    /// Where the address was told, in words.
    pub address_source: &'static str,
    /// Whether the profile lets a `live_` key send without `--live`.
    pub live: bool,
}

/// Why there is no service to speak to. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// A flag, a variable or a setting cannot be used.
    #[error("{}", .0.message)]
    Config(ConfigError),
    /// No place holds a key.
    #[error("there is no API key for the profile `{profile}`")]
    NoKey {
        /// The profile.
        profile: String,
    },
    /// A place was to hold a key and does not.
    #[error("the API key from {place} cannot be used: {reason}")]
    KeyInvalid {
        /// Which place.
        place: KeySource,
        /// What is wrong; the text itself is not repeated.
        reason: String,
    },
    /// A file that was named cannot be read.
    #[error("the API key from {place} cannot be read: {reason}")]
    KeyUnreadable {
        /// Which place.
        place: KeySource,
        /// Why.
        reason: String,
    },
    /// Nothing is known of the profile.
    #[error("{by}: there is no profile `{name}`")]
    NoProfile {
        /// The name.
        name: String,
        /// What named it: a flag, a variable or a setting.
        by: &'static str,
        /// The names that are known.
        known: Vec<String>,
    },
}

impl From<ConfigError> for ServiceError {
    fn from(invalid: ConfigError) -> Self {
        Self::Config(invalid)
    }
}

impl ServiceError {
    /// Returns what can be done about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Config(invalid) => invalid.hint.clone(),
            Self::NoKey { .. } => {
                "Set SENDIVENT_API_KEY, or run `sendivent login`. Offline: --simulate.".to_owned()
            }
            Self::KeyInvalid { place, .. } => match place {
                KeySource::Command(_) => {
                    "Run the command by itself: it must print the key and nothing else."
                }
                KeySource::Login(_) => "Store it anew: sendivent login.",
                KeySource::Flag(_) | KeySource::FileVariable(_) | KeySource::Variable => {
                    "Put the key there and nothing else."
                }
            }
            .to_owned(),
            Self::KeyUnreadable { .. } => {
                "Check the name and its permissions; the file holds the key and nothing else."
                    .to_owned()
            }
            Self::NoProfile { name, known, .. } => {
                match text::closest_match(name, known.iter().map(String::as_str)) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None if known.is_empty() => {
                        format!("Make it: sendivent login --profile {name}")
                    }
                    None => format!("Known: {}.", text::join_and(known)),
                }
            }
        }
    }
}

impl Service {
    /// Finds the service of a run that has so much time.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn resolve(
        flags: &ServiceFlags,
        time: Option<Duration>,
        host: &Host,
    ) -> Result<Self, ServiceError> {
        let (profile, settings) = resolve_profile(flags, host)?;
        let (key, key_source) = credentials::find_key(flags, &profile, &settings, time, host)?;
        let (address, address_source) = match resolve_address(flags, &settings, host)? {
            Some(told) => told,
            None => (Address::of(key.environment()), "the key's prefix"),
        };
        check_environment(&key, &address)?;
        check_secret(&key, &address)?;
        Ok(Self {
            profile,
            key,
            key_source,
            address,
            address_source,
            live: settings.live,
        })
    }

    /// Returns the environment that the key is for.
    pub fn environment(&self) -> Environment {
        self.key.environment()
    }

    /// Returns what a send does there, in words.
    pub fn effect(&self) -> &'static str {
        match self.environment() {
            Environment::Sandbox if self.address.is_loopback() => {
                "whether it delivers depends on who answers there"
            }
            Environment::Sandbox => "it delivers for real; only --simulate does not",
            Environment::Production if self.live => "the profile sends without --live",
            Environment::Production => "a send needs --live",
        }
    }

    /// Returns the name under which the journal keeps what is sent there. An address that could be that of both
    /// environments does not tell them apart: the key does.
    pub fn service_id(&self) -> String {
        let place = format!("{}{}", service_id_prefix(&self.profile), self.address);
        match self.address.environment() {
            Some(_) => place,
            None => format!("{place} ({})", self.environment().as_str()),
        }
    }
}

/// Returns what the names of all targets of a profile begin with.
pub fn service_id_prefix(profile: &str) -> String {
    format!("profile {profile} at ")
}

/// Returns the profile that is meant, and what the settings file says of it. A profile may be nothing but a key that
/// `login` stored.
///
/// # Errors
/// [`ServiceError`], also for a name that nothing is known of.
pub fn resolve_profile(
    flags: &ServiceFlags,
    host: &Host,
) -> Result<(String, Profile), ServiceError> {
    let mut profiles = Profiles::load(host)?;
    let default = profiles.default.take();
    let Some((name, by)) = named(flags, host, default) else {
        let settings = profiles.all.remove(profiles::DEFAULT).unwrap_or_default();
        return Ok((profiles::DEFAULT.to_owned(), settings));
    };
    check_name(&name, by)?;
    let stored = || credentials::login_key_path(&name, host).is_some_and(|path| path.exists());
    match profiles.all.remove(&name) {
        Some(settings) => Ok((name, settings)),
        None if name == profiles::DEFAULT || stored() => Ok((name, Profile::default())),
        None => {
            let known = profiles
                .all
                .into_keys()
                .chain(credentials::stored_profiles(host));
            let known: BTreeSet<String> = known.collect();
            Err(ServiceError::NoProfile {
                name,
                by,
                known: known.into_iter().collect(),
            })
        }
    }
}

/// Returns the profile that a flag or the variable names, if one does.
///
/// # Errors
/// [`ServiceError`], also for a name that nothing is known of.
pub fn requested_profile(
    flags: &ServiceFlags,
    host: &Host,
) -> Result<Option<String>, ServiceError> {
    match named(flags, host, None) {
        Some(_) => Ok(Some(resolve_profile(flags, host)?.0)),
        None => Ok(None),
    }
}

/// Returns the name of the profile that is meant, and what names it; none when nothing does.
fn named(
    flags: &ServiceFlags,
    host: &Host,
    default: Option<String>,
) -> Option<(String, &'static str)> {
    let flag = flags.profile.clone().map(|name| (name, "--profile"));
    flag.or_else(|| Some((host.variable(PROFILE)?, PROFILE)))
        .or_else(|| Some((default?, "default_profile")))
}

fn check_name(name: &str, by: &str) -> Result<(), ConfigError> {
    match profiles::is_name(name) {
        true => Ok(()),
        false => Err(ConfigError {
            message: format!("{by}: `{name}` cannot be the name of a profile"),
            hint: "Use letters, digits, `.`, `-` and `_`.".to_owned(),
        }),
    }
}

/// Returns the name of the profile that `login` and `logout` are for: it need not be known yet.
///
/// # Errors
/// [`ConfigError`] for a name that cannot be one.
pub fn resolve_profile_name(flags: &ServiceFlags, host: &Host) -> Result<String, ConfigError> {
    // A settings file that cannot be read is no matter when a profile is named.
    let told = match named(flags, host, None) {
        Some(told) => Some(told),
        None => named(flags, host, Profiles::load(host)?.default),
    };
    let Some((name, by)) = told else {
        return Ok(profiles::DEFAULT.to_owned());
    };
    check_name(&name, by)?;
    Ok(name)
}

/// Returns the address that a flag, a variable or the profile tells, and which of them; none when the key's prefix decides.
///
/// # Errors
/// [`ConfigError`] for one that cannot be used, or that would send a key unencrypted through the network.
pub fn resolve_address(
    flags: &ServiceFlags,
    settings: &Profile,
    host: &Host,
) -> Result<Option<(Address, &'static str)>, ConfigError> {
    let told = flags
        .api_url
        .clone()
        .map(|text| (text, "--api-url"))
        .or_else(|| Some((host.variable(API_URL)?, API_URL)))
        .or_else(|| Some((settings.api_url.clone()?, "the profile's api_url")));
    let Some((text, source)) = told else {
        return Ok(None);
    };
    // The text itself is not repeated: it may hold a key in the place of a user name.
    let address = Address::parse(&text).map_err(|error| ConfigError {
        message: format!("{source}: the address cannot be used: {error}"),
        hint: "Write it like https://api.sendivent.com or http://127.0.0.1:7363.".to_owned(),
    })?;
    let allowed = flags.allow_http || settings.allow_http || super::switch(host, ALLOW_HTTP)?;
    if !address.is_secure() && !address.is_loopback() && !allowed {
        return Err(ConfigError {
            message: format!(
                "{source}: {address} is not encrypted: everybody on the way could read the key"
            ),
            hint: "Use https://. If you know that the way is safe: --allow-http.".to_owned(),
        });
    }
    Ok(Some((address, source)))
}

/// Refuses an address that holds the key: it is shown, and it names the service in the journal.
fn check_secret(key: &ApiKey, address: &Address) -> Result<(), ConfigError> {
    let small = |text: &str| text.to_ascii_lowercase();
    match small(address.as_str()).contains(&small(key.expose())) {
        false => Ok(()),
        true => Err(ConfigError {
            message: "the address of the service holds the API key itself".to_owned(),
            hint: "Take the key out of the address: it goes along in a header.".to_owned(),
        }),
    }
}

/// Refuses a key that belongs to the other environment, before anybody sees it there.
fn check_environment(key: &ApiKey, address: &Address) -> Result<(), ConfigError> {
    let of_key = key.environment();
    match address.environment() {
        Some(environment) if environment != of_key => Err(ConfigError {
            message: format!(
                "the key is for {}, but {address} is {}",
                match of_key {
                    Environment::Sandbox => "the sandbox",
                    Environment::Production => "production",
                },
                match environment {
                    Environment::Sandbox => "the sandbox's address",
                    Environment::Production => "production's address",
                }
            ),
            hint: format!(
                "Use a {}_ key, or leave the address out: it follows from the key.",
                match environment {
                    Environment::Sandbox => "test",
                    Environment::Production => "live",
                }
            ),
        }),
        _ => Ok(()),
    }
}
