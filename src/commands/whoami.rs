//! `whoami`: shows the service, files and key that other commands use with the same flags and environment.

use clap::Args;
use serde::Serialize;

use super::command::{Command, Context, Setup};
use crate::api::Environment;
use crate::config::credentials::{self, SearchedSource};
use crate::config::{self, Service, ServiceError};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{BAD, HINT, Report, TextWriter};

/// Show the service, files and key in use, without sending a request
#[derive(Debug, Clone, Args)]
pub struct WhoAmI {}

impl Command for WhoAmI {
    const NAME: &'static str = "whoami";
    type Input = ();
    type Report = WhoAmIReport;

    fn validate(self, _setup: &Setup<'_>) -> Result<(), Error> {
        let Self {} = self;
        Ok(())
    }

    async fn run((): (), context: Context<'_>) -> Result<WhoAmIReport, Error> {
        let session = context.session;
        let journal = session.journal.clone().transpose()?;
        let mut report = WhoAmIReport {
            journal: journal.map(|location| location.to_string()),
            ..WhoAmIReport::default()
        };
        if session.simulate {
            report.simulator = Some(session.simulator_db.clone()?.to_string());
            report.namespace.clone_from(&session.namespace);
            return Ok(report);
        }
        match session.service(context.host) {
            Ok(service) => report.service = Some(Account::of(service)),
            Err(error @ ServiceError::NoKey { .. }) => {
                report.service = Some(Account::without_key(context)?);
                report.no_key = Some(error.into());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(report)
    }
}

/// The service, files and key that other commands use with the same flags and environment.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct WhoAmIReport {
    /// Path of the simulator's file; null without `--simulate`.
    simulator: Option<String>,
    /// The simulator's namespace; null for the main namespace or without `--simulate`.
    namespace: Option<String>,
    /// Path of the journal; null if the journal is switched off.
    journal: Option<String>,
    /// The service and the key; null with `--simulate`.
    service: Option<Account>,
    /// Why there is no key. `None` if a key was found, or with `--simulate`.
    #[serde(skip)]
    no_key: Option<Error>,
}

/// The service, and the key in use.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Account {
    profile: String,
    /// `sandbox` or `production`; null without a key.
    environment: Option<&'static str>,
    /// The base URL; null if it depends on the key's prefix, and no key was found.
    address: Option<String>,
    /// Where the base URL was configured; null if `address` is null.
    address_source: Option<String>,
    /// Where the key was found; null without a key.
    key_source: Option<String>,
    /// A hash that identifies the key without revealing it; null without a key.
    key_fingerprint: Option<String>,
    /// Whether a send needs `--live`; null without a key.
    needs_live: Option<bool>,
    /// The places that were searched for a key, in order of precedence. Empty if a key was found.
    places: Vec<SearchedSource>,
    /// The effect of a send, for display, such as "a send needs --live". Empty without a key.
    #[serde(skip)]
    effect: &'static str,
}

impl Account {
    fn of(service: &Service) -> Self {
        Self {
            profile: service.profile.clone(),
            environment: Some(service.environment().as_str()),
            address: Some(service.address.to_string()),
            address_source: Some(service.address_source.to_string()),
            key_source: Some(service.key_source.to_string()),
            key_fingerprint: Some(service.key.fingerprint()),
            needs_live: Some(service.environment() == Environment::Production && !service.live),
            effect: service.effect(),
            ..Self::default()
        }
    }

    fn without_key(context: Context<'_>) -> Result<Self, Error> {
        let (session, host) = (context.session, context.host);
        let (profile, settings) = config::resolve_profile(&session.flags, host)?;
        let address = config::resolve_address(&session.flags, &settings, host)?;
        let (address, address_source) = address
            .map(|(address, source)| (address.to_string(), source.to_string()))
            .unzip();
        Ok(Self {
            address,
            address_source,
            places: credentials::key_sources(&profile),
            profile,
            ..Self::default()
        })
    }

    fn write(&self, journal: &str, out: &mut TextWriter<'_>) {
        write_field("profile", &self.profile, out);
        if let Some(environment) = self.environment {
            write_field("service", &format!("{environment}: {}", self.effect), out);
        }
        match (&self.address, &self.address_source) {
            (Some(address), Some(source)) => {
                write_field("address", &format!("{address}, from {source}"), out);
            }
            _ => write_field("address", "from the key's prefix", out),
        }
        match (&self.key_fingerprint, &self.key_source) {
            (Some(fingerprint), Some(source)) => {
                write_field("key", &format!("{fingerprint}, from {source}"), out);
                write_field("journal", journal, out);
            }
            _ => {
                write_field("journal", journal, out);
                write_field("key", "none; looked for in this order:", out);
            }
        }
        for SearchedSource { name, found } in &self.places {
            let found = out.style().sanitize(found);
            out.line(format_args!("{:<9}  {name:<22}  {found}", ""));
        }
    }
}

fn write_field(name: &str, value: &str, out: &mut TextWriter<'_>) {
    let value = out.style().sanitize(value);
    out.line(format_args!("{name:<9}  {value}"));
}

impl Report for WhoAmIReport {
    const SCHEMA: &'static str = "sendivent.whoami/1";

    fn exit(&self) -> Exit {
        match self.no_key {
            Some(_) => Exit::Auth,
            None => Exit::Ok,
        }
    }

    fn text(&self, out: &mut TextWriter<'_>) {
        let journal = self.journal.as_deref().unwrap_or("switched off");
        if let Some(account) = &self.service {
            return account.write(journal, out);
        }
        let file = self.simulator.as_deref().unwrap_or_default();
        let key = match &self.namespace {
            Some(name) => format!("SENDIVENT_API_KEY, which selects the namespace {name}"),
            None => "none needed".to_owned(),
        };
        write_field(
            "service",
            "simulator, offline: nobody receives anything",
            out,
        );
        write_field("file", file, out);
        write_field("journal", journal, out);
        write_field("key", &key, out);
    }

    fn notes(&self, _rows_only: bool, out: &mut TextWriter<'_>) {
        if let Some(error) = &self.no_key {
            let style = out.style();
            let message = style.sanitize(&error.to_string());
            out.line(format_args!("{} {message}", style.paint("error:", BAD)));
            let hint = style.hint(&error.hint().unwrap_or_default(), None);
            out.line(format_args!("{} {hint}", style.paint("hint:", HINT)));
        }
    }

    fn error(&self) -> Option<&Error> {
        self.no_key.as_ref()
    }
}
