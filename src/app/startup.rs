//! Settings for errors that come before the settings are resolved.

use crate::commands::GlobalArgs;
use crate::config::{OutputSettings, Settings, bool_variable};
use crate::host::Host;

/// Returns how an error is printed before the settings exist, and whether the run would be simulated.
pub fn startup_settings(host: &Host) -> (OutputSettings, bool) {
    let flags = GlobalArgs::read_leniently(host.arguments()).flags();
    let simulated = flags.simulate || bool_variable(host, "SENDIVENT_SIMULATE").unwrap_or(false);
    let settings = OutputSettings {
        no_pii: flags.no_pii || bool_variable(host, "SENDIVENT_NO_PII").unwrap_or(true),
        ..Settings::fallback(flags.output, host)
    };
    (settings, simulated)
}
