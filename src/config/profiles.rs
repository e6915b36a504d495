//! The settings file `config.toml`. It defines profiles, each for one account of the service. It contains no API keys.
//!
//! ```toml
//! default_profile = "work"
//!
//! [profiles.work]
//! credential_command = "pass show sendivent/work"
//! live = true
//! ```
//!
//! The file is parsed to a tree of values with positions, and not deserialized with `serde`. The type errors of `serde`
//! contain the value, which may be an API key in the wrong place. Also, only the text of the message distinguishes an
//! unknown setting from other errors.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use crate::host::Host;
use crate::text;

/// The name of the profile that is used if no other profile is selected.
pub const DEFAULT: &str = "default";

/// The content of the settings file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profiles {
    /// The value of `default_profile`: the profile to use if no flag or environment variable selects one.
    pub default: Option<String>,
    pub all: BTreeMap<String, Profile>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// The base address of the service; `None` for the address of the key's environment.
    pub api_url: Option<String>,
    /// Whether a `live_` key may send without `--live`.
    pub live: bool,
    /// Whether unencrypted HTTP is allowed for hosts other than loopback addresses.
    pub allow_http: bool,
    /// A program that prints the API key to stdout, and its arguments.
    pub credential_command: Option<Vec<String>>,
}

const PROFILE_KEYS: [&str; 4] = ["api_url", "live", "allow_http", "credential_command"];
const TOP_LEVEL_KEYS: [&str; 2] = ["default_profile", "profiles"];

impl Profiles {
    /// Returns the path of the settings file. The file need not exist. `None` if neither `XDG_CONFIG_HOME` nor `HOME`
    /// is set.
    pub fn path(host: &Host) -> Option<PathBuf> {
        Some(host.config_directory()?.join("config.toml"))
    }

    /// Reads the settings file. A missing file is treated as an empty file. Errors name the line and never contain a
    /// value, because the value may be an API key in the wrong place.
    pub fn load(host: &Host) -> Result<Self, ConfigError> {
        let Some(path) = Self::path(host) else {
            return Ok(Self::default());
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ConfigError::new(
                format!("the settings file `{}` is not UTF-8", path.display()),
                "Save it as UTF-8.",
            )),
            Err(error) => Err(ConfigError::new(
                format!(
                    "the settings file `{}` cannot be read ({error})",
                    path.display()
                ),
                "Check its permissions.",
            )),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let reader = Reader { text, path };
        let table = DeTable::parse(text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            // The parser's message may quote a value.
            let reason = match error.message() {
                message if message.contains(['`', '"', '\'']) => "a syntax error",
                message => message,
            };
            let reason = format!("it is not valid TOML: {reason}");
            reader.invalid(offset, reason, "Fix the line; strings need quotes.")
        })?;
        let mut profiles = Self::default();
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                name @ "default_profile" => profiles.default = Some(reader.string(name, value)?),
                name @ "profiles" => {
                    for (name, fields) in reader.table(name, value)? {
                        let profile = reader.profile(name, fields)?;
                        profiles.all.insert(name.get_ref().to_string(), profile);
                    }
                }
                unknown => return Err(reader.unknown(key, unknown, &TOP_LEVEL_KEYS)),
            }
        }
        Ok(profiles)
    }
}

/// Returns whether a string is a valid profile name. Profile names are also file names.
pub fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(is_allowed) && !text.starts_with('.')
}

type Key<'i> = Spanned<Cow<'i, str>>;

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Reader<'_> {
    fn profile(
        &self,
        name: &Key<'_>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Profile, ConfigError> {
        if !is_name(name.get_ref()) {
            return Err(self.invalid(
                name.span().start,
                "a profile name has only letters, digits, `.`, `-` and `_`",
                "Rename the profile.",
            ));
        }
        let mut profile = Profile::default();
        for (key, value) in self.table(name.get_ref(), value)? {
            match key.get_ref().as_ref() {
                name @ "api_url" => profile.api_url = Some(self.string(name, value)?),
                name @ "live" => profile.live = self.boolean(name, value)?,
                name @ "allow_http" => profile.allow_http = self.boolean(name, value)?,
                name @ "credential_command" => {
                    profile.credential_command = Some(self.command(name, value)?);
                }
                unknown => return Err(self.unknown(key, unknown, &PROFILE_KEYS)),
            }
        }
        Ok(profile)
    }

    fn table<'t, 'i>(
        &self,
        name: &str,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Result<&'t DeTable<'i>, ConfigError> {
        let table = value.get_ref().as_table();
        table.ok_or_else(|| self.wrong_type(name, value, "a table, such as [profiles.work]"))
    }

    fn string(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        let string = value.get_ref().as_str().map(ToOwned::to_owned);
        string.ok_or_else(|| self.wrong_type(name, value, "a string in quotes"))
    }

    fn boolean(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<bool, ConfigError> {
        let boolean = value.get_ref().as_bool();
        boolean.ok_or_else(|| self.wrong_type(name, value, "true or false"))
    }

    fn command(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<String>, ConfigError> {
        let command = match value.get_ref() {
            DeValue::String(line) if !line.trim().is_empty() => {
                Some(["/bin/sh", "-c", line].map(str::to_owned).to_vec())
            }
            DeValue::Array(values) if !values.is_empty() => {
                let strings = values.iter().map(|value| value.get_ref().as_str());
                strings.map(|text| text.map(str::to_owned)).collect()
            }
            _ => None,
        };
        let expected = "a command line for the shell, or a list of strings";
        command.ok_or_else(|| self.wrong_type(name, value, expected))
    }

    fn wrong_type(&self, name: &str, value: &Spanned<DeValue<'_>>, expected: &str) -> ConfigError {
        let reason = format!("`{name}` must be {expected}");
        self.invalid(value.span().start, reason, "Fix the line.")
    }

    fn unknown(&self, key: &Key<'_>, name: &str, known: &[&str]) -> ConfigError {
        let hint = match text::did_you_mean(name, known.iter().copied()) {
            _ if ["key", "api_key", "token"].contains(&name) => {
                "API keys do not belong in this file: store them with `sendivent login`.".to_owned()
            }
            Some(hint) => hint,
            None => format!("Known here: {}.", text::join_and(known)),
        };
        self.invalid(key.span().start, format!("`{name}` is not a setting"), hint)
    }

    fn invalid(
        &self,
        offset: usize,
        reason: impl fmt::Display,
        hint: impl Into<String>,
    ) -> ConfigError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let path = self.path.display();
        ConfigError::new(
            format!("the settings file `{path}`, line {line}: {reason}"),
            hint,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Profiles, is_name};
    use std::path::Path;

    fn parse(text: &str) -> Result<Profiles, String> {
        Profiles::parse(text, Path::new("config.toml"))
            .map_err(|error| format!("{} {}", error.message, error.hint))
    }

    #[test]
    fn a_complete_file_is_parsed() {
        let profiles = parse(
            "default_profile = \"work\"\n[profiles.work]\napi_url = \"http://127.0.0.1:1\"\nlive = true\n\
             allow_http = false\ncredential_command = [\"pass\", \"show\"]\n[profiles.other]\n\
             credential_command = \"pass show\"\n",
        )
        .unwrap();
        assert_eq!(profiles.default.as_deref(), Some("work"));
        let work = &profiles.all["work"];
        assert!(work.live && !work.allow_http);
        assert_eq!(work.credential_command.as_ref().unwrap(), &["pass", "show"]);
        let line = &profiles.all["other"].credential_command;
        assert_eq!(line.as_ref().unwrap(), &["/bin/sh", "-c", "pass show"]);
        assert_eq!(parse("").unwrap(), Profiles::default());
    }

    #[test]
    fn errors_name_the_line_and_omit_the_value() {
        for (text, parts) in [
            (
                "\n\n[profiles.a]\nlvie = true",
                &["line 4", "`lvie` is not a setting", "`live`"][..],
            ),
            (
                "api_key = \"live_secret\"",
                &["line 1", "`api_key`", "sendivent login"],
            ),
            ("profile = 1", &["line 1", "`profile`", "`profiles`"]),
            (
                "[profiles.a]\nlive = \"live_secret\"",
                &["line 2", "`live` must be true or false"],
            ),
            (
                "[profiles.a]\napi_url = 7",
                &["line 2", "`api_url` must be a string"],
            ),
            (
                "[profiles.a]\ncredential_command = []",
                &["line 2", "`credential_command`"],
            ),
            (
                "[profiles]\na = \"live_secret\"",
                &["line 2", "`a` must be a table"],
            ),
            ("[profiles.\"a b\"]", &["line 1", "profile name"]),
            ("x = live_secret", &["line 1", "not valid TOML"]),
            (
                "[profiles.a]\nlive = true\nlive = true",
                &["line 3", "not valid TOML"],
            ),
        ] {
            let error = parse(text).unwrap_err();
            for part in parts {
                assert!(error.contains(part), "no `{part}` in {error}");
            }
            assert!(!error.contains("live_secret"), "{error}");
        }
    }

    #[test]
    fn profile_names_are_file_names() {
        assert!(is_name("work-2.eu_x"));
        for text in ["", ".", "..", ".a", "a/b", "a b", "ä"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
