//! The settings of one invocation, from the global flags and the environment.

use jiff::tz::TimeZone;

use super::global::{ColorChoice, GlobalArgs, ProgressChoice};
use crate::config::{
    ConfigError, OutputSettings, Progress, ServiceFlags, ServiceResolver, Session, Settings,
    bool_variable, credentials, is_on, journal_location, simulator_location,
};
use crate::host::Host;
use crate::text;

impl GlobalArgs {
    /// Combines the global flags with the environment. The output format is not included: [`Self::format`] is called
    /// earlier, because an error of this function is printed in that format.
    pub(crate) fn settings(self, host: &Host) -> Result<Settings, ConfigError> {
        let Self {
            simulate,
            simulator_db,
            profile,
            api_url,
            api_key_file,
            allow_http,
            no_journal,
            output: _,
            json: _,
            quiet: _,
            color,
            progress,
            no_input,
            no_pii,
            utc,
            tz,
            verbose,
        } = self;
        let flags = ServiceFlags {
            profile,
            api_url,
            key_file: api_key_file,
            allow_http,
        };
        let simulate = simulate || bool_variable(host, "SENDIVENT_SIMULATE")?;
        let no_pii = no_pii || bool_variable(host, "SENDIVENT_NO_PII")?;
        let program = program_with_flags(simulate, simulator_db.as_deref(), &flags);
        let (simulator_db, has_explicit_simulator_db) = simulator_location(simulator_db, host);
        let color = color.unwrap_or_default();
        Ok(Settings {
            session: Session {
                simulate,
                has_explicit_simulator_db,
                namespace: credentials::key_namespace(host),
                journal: (!no_journal).then(|| journal_location(simulate, &simulator_db, host)),
                simulator_db,
                can_prompt: host.terminal.stdin
                    && host.terminal.stderr
                    && !no_input
                    && !is_on(host, "CI"),
                no_pii,
                flags,
                resolver: ServiceResolver::default(),
            },
            output_settings: OutputSettings {
                color_stdout: is_colored(color, host.terminal.stdout, host),
                color_stderr: is_colored(color, host.terminal.stderr, host),
                progress: resolve_progress(progress.unwrap_or_default(), verbose, host),
                zone: time_zone(utc, tz, host)?,
                program,
                verbose,
            },
        })
    }
}

fn has_dumb_terminal(host: &Host) -> bool {
    host.variable("TERM").is_none_or(|term| term == "dumb")
}

fn is_colored(choice: ColorChoice, is_terminal: bool, host: &Host) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if host.variable("NO_COLOR").is_some() => false,
        ColorChoice::Auto if is_on(host, "CLICOLOR_FORCE") => true,
        ColorChoice::Auto => is_terminal && !has_dumb_terminal(host),
    }
}

fn resolve_progress(choice: ProgressChoice, verbose: bool, host: &Host) -> Progress {
    // The log lines of --verbose would appear in the middle of redrawn lines.
    let can_redraw =
        host.terminal.stderr && !is_on(host, "CI") && !has_dumb_terminal(host) && !verbose;
    match choice {
        ProgressChoice::Auto if can_redraw => Progress::Live,
        ProgressChoice::Auto | ProgressChoice::Plain => Progress::Plain,
        ProgressChoice::None => Progress::None,
    }
}

fn program_with_flags(
    simulate: bool,
    simulator_db: Option<&str>,
    service: &ServiceFlags,
) -> String {
    let mut program = match simulate {
        true => "sendivent --simulate".to_owned(),
        false => "sendivent".to_owned(),
    };
    let mut add = |flag: &str, value: Option<&str>| {
        if let Some(value) = value {
            program.push_str(&format!(" {flag} {}", text::shell_quote(value)));
        }
    };
    add("--simulator-db", simulator_db);
    if simulate {
        return program;
    }
    let ServiceFlags {
        profile,
        api_url,
        key_file,
        allow_http,
    } = service;
    add("--profile", profile.as_deref());
    add("--api-url", api_url.as_deref());
    // The next command does not have the key on its stdin.
    let key_file = key_file.as_deref().filter(|file| *file != "-");
    add("--api-key-file", key_file);
    if *allow_http {
        program.push_str(" --allow-http");
    }
    program
}

fn time_zone(utc: bool, name: Option<String>, host: &Host) -> Result<TimeZone, ConfigError> {
    match name {
        Some(name) => TimeZone::get(&name).map_err(|_| {
            ConfigError::new(
                format!("--tz: `{name}` is not a time zone"),
                "Use a name like Europe/Stockholm or America/New_York.",
            )
        }),
        None if utc => Ok(TimeZone::UTC),
        None => Ok(host.time_zone()),
    }
}
