//! Reporters for errors that occur before the settings are resolved, and for help.

use std::rc::Rc;

use jiff::tz::TimeZone;

use crate::commands::GlobalArgs;
use crate::config::{OutputSettings, Progress, bool_variable};
use crate::host::Host;
use crate::output::{Format, Reporter};
use crate::redact::Redactor;

/// Returns a reporter for errors in the arguments or settings. It uses those arguments and environment variables that
/// are valid, such as `--output json`.
pub fn startup_reporter(host: &Host) -> Reporter<'_> {
    let arguments = GlobalArgs::read_leniently(&host.arguments);
    let format = Format::resolve(arguments.format(), host).unwrap_or_default();
    reporter(format, &arguments, host)
}

/// Returns a reporter for help and version. Their output is always text, so no other arguments need to be read.
pub fn help_reporter(host: &Host) -> Reporter<'_> {
    reporter(Format::default(), &GlobalArgs::default(), host)
}

fn reporter<'h>(format: Format, arguments: &GlobalArgs, host: &'h Host) -> Reporter<'h> {
    let simulated =
        arguments.simulate || bool_variable(host, "SENDIVENT_SIMULATE").unwrap_or(false);
    let no_pii = arguments.no_pii || bool_variable(host, "SENDIVENT_NO_PII").unwrap_or(true);
    let settings = OutputSettings {
        color_stdout: false,
        color_stderr: false,
        progress: Progress::None,
        zone: TimeZone::UTC,
        program: "sendivent".to_owned(),
        verbose: false,
    };
    let redactor = Rc::new(Redactor::new(no_pii));
    Reporter::new(host, format, settings, simulated, false, redactor)
}
