//! The settings file: profiles, each for one account of the service. Keys of the API have no place in it.
//!
//! ```toml
//! default_profile = "work"
//!
//! [profiles.work]
//! credential_command = "pass show sendivent/work"
//! live = true
//! ```

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ConfigError;
use crate::host::Host;
use crate::text;

/// The name of the profile that nobody named.
pub const DEFAULT: &str = "default";

/// What the settings file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profiles {
    /// The profile to use when none is named.
    pub default: Option<String>,
    /// The profiles, by name.
    pub all: BTreeMap<String, Profile>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    /// The base address of the service.
    pub api_url: Option<String>,
    /// Whether a `live_` key sends without `--live`.
    pub live: bool,
    /// Whether plain `http` may leave this machine.
    pub allow_http: bool,
    /// The command that prints the key.
    pub credential_command: Option<CredentialCommand>,
}

/// A command that prints the key on its stdout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialCommand {
    /// A line for the shell.
    Line(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

/// The keys of a profile.
const KEYS: [&str; 4] = ["api_url", "live", "allow_http", "credential_command"];
/// The keys of the whole file.
const OUTER_KEYS: [&str; 2] = ["default_profile", "profiles"];

impl Profiles {
    /// Returns where the file lies, whether it exists or not.
    pub fn path(host: &Host) -> Option<PathBuf> {
        Some(host.config_directory()?.join("config.toml"))
    }

    /// Reads the file. One that does not exist says nothing.
    ///
    /// # Errors
    /// [`ConfigError`], with the line. No value is repeated: it may be a key in the wrong place.
    pub fn load(host: &Host) -> Result<Self, ConfigError> {
        let Some(path) = Self::path(host) else {
            return Ok(Self::default());
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(ConfigError {
                message: format!("the settings file `{}` is not text", path.display()),
                hint: "Save it as UTF-8.".to_owned(),
            }),
            Err(error) => Err(ConfigError {
                message: format!(
                    "the settings file `{}` cannot be read ({error})",
                    path.display()
                ),
                hint: "Check its permissions.".to_owned(),
            }),
        }
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let reader = Reader { text, path };
        let table = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            reader.invalid(
                at,
                format!("it is not valid TOML: {}", reader.harmless(error.message())),
                "Mend the line; a text stands between quotes.".to_owned(),
            )
        })?;
        let mut profiles = Self::default();
        for (key, value) in table.get_ref() {
            match key.get_ref().as_ref() {
                "default_profile" => profiles.default = Some(reader.text(key.get_ref(), value)?),
                "profiles" => {
                    for (name, fields) in reader.table("profiles", value)? {
                        let name_of = name.get_ref().to_string();
                        if !is_name(&name_of) {
                            return Err(reader.invalid(
                                name.span().start,
                                "the name of a profile has letters, digits, `.`, `-` and `_`"
                                    .to_owned(),
                                "Rename the profile.".to_owned(),
                            ));
                        }
                        let profile = reader.profile(&name_of, fields)?;
                        profiles.all.insert(name_of, profile);
                    }
                }
                unknown => return Err(reader.unknown(key.span().start, unknown, &OUTER_KEYS)),
            }
        }
        Ok(profiles)
    }
}

/// Returns whether a text can be the name of a profile. It is the name of a file, too.
pub fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('.')
}

struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Reader<'_> {
    fn profile(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<Profile, ConfigError> {
        let mut profile = Profile::default();
        for (key, value) in self.table(name, value)? {
            let known = key.get_ref().as_ref();
            match known {
                "api_url" => profile.api_url = Some(self.text(known, value)?),
                "live" => profile.live = self.switch(known, value)?,
                "allow_http" => profile.allow_http = self.switch(known, value)?,
                "credential_command" => {
                    profile.credential_command = Some(self.command(known, value)?);
                }
                unknown => return Err(self.unknown(key.span().start, unknown, &KEYS)),
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
        table.ok_or_else(|| self.kind(name, value, "a table, such as [profiles.work]"))
    }

    fn text(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<String, ConfigError> {
        let text = value.get_ref().as_str().map(ToOwned::to_owned);
        text.ok_or_else(|| self.kind(name, value, "a text between quotes"))
    }

    fn switch(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<bool, ConfigError> {
        let switch = value.get_ref().as_bool();
        switch.ok_or_else(|| self.kind(name, value, "true or false"))
    }

    fn command(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<CredentialCommand, ConfigError> {
        let wrong = || self.kind(name, value, "a line for the shell, or a list of words");
        match value.get_ref() {
            DeValue::String(line) if !line.trim().is_empty() => {
                Ok(CredentialCommand::Line(line.to_string()))
            }
            DeValue::Array(words) if !words.is_empty() => {
                let words = words
                    .iter()
                    .map(|word| word.get_ref().as_str().map(ToOwned::to_owned));
                let words: Option<Vec<String>> = words.collect();
                words.map(CredentialCommand::Words).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }

    fn kind(&self, name: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> ConfigError {
        self.invalid(
            value.span().start,
            format!("`{name}` must be {wanted}"),
            "Mend the line.".to_owned(),
        )
    }

    fn unknown(&self, at: usize, name: &str, known: &[&str]) -> ConfigError {
        let hint = if ["key", "api_key", "token"].contains(&name) {
            "A key has no place in this file: `sendivent login` keeps it in one of its own."
                .to_owned()
        } else {
            match text::closest_match(name, known.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Known here: {}.", text::join_and(known)),
            }
        };
        self.invalid(at, format!("`{name}` is not a setting"), hint)
    }

    fn invalid(&self, at: usize, what: String, hint: String) -> ConfigError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        ConfigError {
            message: format!(
                "the settings file `{}`, line {line}: {what}",
                self.path.display()
            ),
            hint,
        }
    }

    /// Returns the parser's message, unless it repeats something of the file.
    fn harmless<'m>(&self, message: &'m str) -> &'m str {
        match message.contains(['`', '"', '\'']) {
            true => "something on this line is not understood",
            false => message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CredentialCommand, Profiles, is_name};
    use std::path::Path;

    fn parse(text: &str) -> Result<Profiles, String> {
        Profiles::parse(text, Path::new("config.toml"))
            .map_err(|invalid| format!("{} {}", invalid.message, invalid.hint))
    }

    #[test]
    fn a_whole_file_is_read() {
        let profiles = parse(
            "default_profile = \"work\"\n[profiles.work]\napi_url = \"http://127.0.0.1:1\"\nlive = true\n\
             allow_http = false\ncredential_command = [\"pass\", \"show\"]\n[profiles.other]\n\
             credential_command = \"pass show\"\n",
        )
        .unwrap();
        assert_eq!(profiles.default.as_deref(), Some("work"));
        let work = &profiles.all["work"];
        assert!(work.live && !work.allow_http);
        let words = vec!["pass".to_owned(), "show".to_owned()];
        assert_eq!(
            work.credential_command,
            Some(CredentialCommand::Words(words))
        );
        let line = CredentialCommand::Line("pass show".to_owned());
        assert_eq!(profiles.all["other"].credential_command, Some(line));
        assert_eq!(parse("").unwrap(), Profiles::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line_and_without_its_value() {
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
                &["line 2", "`api_url` must be a text"],
            ),
            (
                "[profiles.a]\ncredential_command = []",
                &["line 2", "`credential_command`"],
            ),
            (
                "[profiles]\na = \"live_secret\"",
                &["line 2", "`a` must be a table"],
            ),
            ("[profiles.\"a b\"]", &["line 1", "name of a profile"]),
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
    fn names_are_names_of_files() {
        assert!(is_name("work-2.eu_x"));
        for text in ["", ".", "..", ".a", "a/b", "a b", "ä"] {
            assert!(!is_name(text), "{text}");
        }
    }
}
