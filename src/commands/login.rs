//! `login`, `logout` and `whoami`: keys and profiles, without the network.

use super::Context;
use crate::api::{ApiKey, Environment};
use crate::config::{self, ConfigError, ServiceError, Session, credentials};
use crate::error::Error;
use crate::report::{Account, LoggedIn, NoCredentials, Report, WhoAmI};
use crate::sqlite::DbLocation;

/// Keeps a key for a profile.
pub fn login(key: &ApiKey, context: Context<'_>) -> Result<Report, Error> {
    let (profile, path) = login_key_path(context)?;
    let replaced = path.exists();
    credentials::store_key(key, &path).map_err(|source| Error::KeyFile {
        what: "written",
        path: path.clone(),
        source,
    })?;
    Ok(Report::LoggedIn(LoggedIn {
        profile,
        environment: key.environment().as_str(),
        fingerprint: key.fingerprint(),
        path: path.display().to_string(),
        replaced,
        shadowed_by: credentials::overriding_variable(context.host),
    }))
}

/// Forgets the key of a profile.
pub fn logout(context: Context<'_>) -> Result<Report, Error> {
    let (profile, path) = login_key_path(context)?;
    let forgotten = credentials::delete_key(&path).map_err(|source| Error::KeyFile {
        what: "removed",
        path,
        source,
    })?;
    if forgotten {
        return Ok(Report::LoggedOut(profile));
    }
    Err(Error::NotFound {
        message: format!("no key was stored for the profile `{profile}`"),
        hint: "`sendivent whoami` shows where a key is found.".to_owned(),
    })
}

fn login_key_path(context: Context<'_>) -> Result<(String, std::path::PathBuf), Error> {
    let Context { session, host, .. } = context;
    let profile = config::resolve_profile_name(&session.flags, host)?;
    let path = credentials::login_key_path(&profile, host).ok_or_else(|| ConfigError {
        message: "there is no place for the key: neither XDG_CONFIG_HOME nor HOME is set"
            .to_owned(),
        hint: "Set HOME, or give the key by SENDIVENT_API_KEY.".to_owned(),
    })?;
    Ok((profile, path))
}

/// Tells which service, key and files are in use.
pub fn who_am_i(context: Context<'_>) -> Result<Report, Error> {
    let Context { session, host, .. } = context;
    let journal = journal(session)?;
    if session.simulate {
        return Ok(Report::WhoAmI(WhoAmI::Simulator {
            file: shown(session.simulator_db.as_ref().map_err(Clone::clone)?),
            run: session.namespace.clone(),
            journal,
        }));
    }
    let service = match session.service(host) {
        Err(error @ ServiceError::NoKey { .. }) => return keyless(&error, journal, context),
        service => service?,
    };
    Ok(Report::WhoAmI(WhoAmI::Service(Account {
        profile: service.profile.clone(),
        environment: service.environment().as_str(),
        address: service.address.to_string(),
        address_source: service.address_source.to_owned(),
        key_source: service.key_source.to_string(),
        fingerprint: service.key.fingerprint(),
        needs_live: service.environment() == Environment::Production && !service.live,
        effect: service.effect(),
        journal,
    })))
}

/// Tells what is known without a key: above all, where it is looked for.
fn keyless(
    error: &ServiceError,
    journal: Option<String>,
    context: Context<'_>,
) -> Result<Report, Error> {
    let Context { session, host, .. } = context;
    let (profile, settings) = config::resolve_profile(&session.flags, host)?;
    let address = config::resolve_address(&session.flags, &settings, host)?;
    Ok(Report::WhoAmI(WhoAmI::NoCredentials(NoCredentials {
        address: address.map(|(address, source)| (address.to_string(), source)),
        places: credentials::key_sources(&profile),
        profile,
        journal,
        error: (error.to_string(), error.hint()),
    })))
}

fn journal(session: &Session) -> Result<Option<String>, Error> {
    match &session.journal {
        None => Ok(None),
        Some(place) => Ok(Some(shown(place.as_ref().map_err(Clone::clone)?))),
    }
}

/// Returns where a file lies, in words.
pub fn shown(place: &DbLocation) -> String {
    match place {
        DbLocation::File(path) => path.display().to_string(),
        DbLocation::Memory => ":memory:".to_owned(),
    }
}
