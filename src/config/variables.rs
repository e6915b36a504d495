//! Boolean environment variables.

use super::error::ConfigError;
use crate::host::Host;

/// Reads a boolean environment variable of this program; `false` if it is not set. Any value other than 1, 0, true,
/// false, yes and no is an error.
pub fn bool_variable(host: &Host, name: &str) -> Result<bool, ConfigError> {
    let Some(value) = host.variable(name) else {
        return Ok(false);
    };
    parse_bool(&value).ok_or_else(|| {
        ConfigError::new(
            format!("{name}: `{value}` is neither yes nor no"),
            format!("Set {name}=1, or unset it."),
        )
    })
}

/// Returns whether a variable that this program does not define, such as `CI`, is set to anything but `0`, `false` or
/// `no`.
pub fn is_on(host: &Host, name: &str) -> bool {
    let value = host.variable(name);
    value.is_some_and(|value| parse_bool(&value) != Some(false))
}

fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "true" | "yes" => Some(true),
        "0" | "false" | "no" => Some(false),
        _ => None,
    }
}
