//! API keys: the sources of a key in order of precedence, and the key files that `sendivent login` writes.

use std::fs::{self, DirBuilder};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{ConfigError, ServiceError};
use super::options::ServiceFlags;
use super::profiles::{Profile, is_name};
use crate::api::ApiKey;
use crate::host::Host;
use crate::text;

pub use super::error::{KEY, KEY_FILE, KeySource};

/// The maximum number of bytes that are read from a key file. A key is short, and the path may name an endless device
/// such as `/dev/zero`.
const MAX_KEY_FILE: u64 = 4096;
/// The maximum run time of a `credential_command`. It is long enough for the user to enter a password.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// Finds the API key. The first source that is set is used, even if its content is not a valid key.
///
/// A `credential_command` is stopped after `timeout`, or after a minute if `timeout` is longer or `None`. Errors name
/// the source and never contain its content.
pub fn find_key(
    flags: &ServiceFlags,
    profile_name: &str,
    profile: &Profile,
    timeout: Option<Duration>,
    host: &Host,
) -> Result<(ApiKey, KeySource), ServiceError> {
    let login_path = || login_key_path(profile_name, host).filter(|path| path.exists());
    let (text, source) = if let Some(path) = &flags.key_file {
        read_key(KeySource::Flag(path.clone()), path, host)?
    } else if let Some(path) = host.variable(KEY_FILE) {
        read_key(KeySource::FileVariable(path.clone()), &path, host)?
    } else if let Some(text) = host.variable(KEY) {
        (text, KeySource::Variable)
    } else if let Some(command) = &profile.credential_command {
        let timeout = timeout.map_or(COMMAND_TIMEOUT, |timeout| timeout.min(COMMAND_TIMEOUT));
        run_credential_command(command, profile_name, timeout, host)?
    } else if let Some(path) = login_path() {
        read_key(KeySource::Login(path.clone()), &path, host)?
    } else {
        return Err(ServiceError::NoKey {
            profile: profile_name.to_owned(),
        });
    };
    match parse_key(&text) {
        Ok(key) => Ok((key, source)),
        Err(reason) => Err(ServiceError::KeyInvalid {
            origin: source,
            reason,
        }),
    }
}

/// Returns the simulator's namespace that the key in `SENDIVENT_API_KEY` selects; `None` for the main namespace, or if
/// the variable is not set.
pub fn key_namespace(host: &Host) -> Option<String> {
    let key = ApiKey::parse(host.variable(KEY)?.trim()).ok()?;
    key.namespace().map(str::to_owned)
}

/// Parses a key. Ignores a byte order mark, which some editors write, and white space around the key, such as the
/// newline that `echo` writes.
pub fn parse_key(text: &str) -> Result<ApiKey, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match ApiKey::parse(text) {
        Ok(key) => Ok(key),
        Err(_) if text.is_empty() => Err("it is empty".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the key in `SENDIVENT_API_KEY`, even if another source has precedence. `None` if the variable holds no valid
/// key.
pub fn key_from_variable(host: &Host) -> Option<ApiKey> {
    parse_key(&host.variable(KEY)?).ok()
}

/// A source of an API key, and why it has no key.
#[derive(Debug, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SearchedSource {
    pub name: &'static str,
    pub found: String,
}

/// Returns the sources of a profile's key in order of precedence. Each is described as not set, because `whoami` lists
/// them only if no source has a key.
pub fn key_sources(profile: &str) -> Vec<SearchedSource> {
    let of_profile = format!("the profile {profile}");
    let sources = [
        ("--api-key-file", "not given".to_owned()),
        (KEY_FILE, "not set".to_owned()),
        (KEY, "not set".to_owned()),
        ("credential_command", format!("none for {of_profile}")),
        (
            "sendivent login",
            format!("nothing stored for {of_profile}"),
        ),
    ];
    sources
        .map(|(name, found)| SearchedSource { name, found })
        .into()
}

/// Returns the content of the file that `--api-key-file` names; `None` without the flag.
pub fn read_key_file(flags: &ServiceFlags, host: &Host) -> Result<Option<String>, ServiceError> {
    let Some(path) = &flags.key_file else {
        return Ok(None);
    };
    let (text, _) = read_key(KeySource::Flag(path.clone()), path, host)?;
    Ok(Some(text))
}

/// Returns the name of the environment variable that has precedence over a key stored by `login`; `None` if no such
/// variable is set.
pub fn overriding_variable(host: &Host) -> Option<&'static str> {
    [KEY_FILE, KEY]
        .into_iter()
        .find(|name| host.variable(name).is_some())
}

fn read_key(
    source: KeySource,
    path: impl AsRef<Path>,
    host: &Host,
) -> Result<(String, KeySource), ServiceError> {
    let result = match &source {
        KeySource::Flag(path) if path == "-" => host.read_stdin(),
        _ => fs::File::open(path).and_then(|file| {
            let mut text = String::new();
            file.take(MAX_KEY_FILE).read_to_string(&mut text)?;
            Ok(text)
        }),
    };
    let error = match result {
        Ok(text) => return Ok((text, source)),
        Err(error) => error,
    };
    Err(match source {
        KeySource::Flag(path) if path == "-" => ServiceError::Config(ConfigError::new(
            format!(
                "the API key from --api-key-file - (stdin) cannot be read: {}",
                describe_io(&error)
            ),
            "Only one thing can come from stdin: put the key, or the rest, in a file.",
        )),
        // The user did not choose this file. The hint for this error is to run `login` again.
        KeySource::Login(_) => ServiceError::KeyInvalid {
            origin: source,
            reason: format!("it cannot be read ({})", describe_io(&error)),
        },
        source => ServiceError::KeyUnreadable {
            origin: source,
            reason: describe_io(&error),
        },
    })
}

/// Describes an I/O error without the operating system's error number.
fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => error.to_string(),
    }
}

fn run_credential_command(
    command: &[String],
    profile: &str,
    timeout: Duration,
    host: &Host,
) -> Result<(String, KeySource), ServiceError> {
    let origin = KeySource::Command(profile.to_owned());
    let output = match command.split_first() {
        Some((program, arguments)) => host.capture_output(program, arguments, timeout),
        None => Ok(Vec::new()),
    };
    let text = match output {
        Ok(output) => String::from_utf8(output).map_err(|_| "its output is not UTF-8".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(format!(
            "it did not end within {}, and was stopped",
            text::format_duration(timeout)
        )),
        Err(error) => Err(format!("it failed ({})", describe_io(&error))),
    };
    match text {
        Ok(text) => Ok((text, origin)),
        Err(reason) => Err(ServiceError::KeyInvalid { origin, reason }),
    }
}

/// Returns the path of the key file that `login` writes for a profile. The file need not exist. `None` if neither
/// `XDG_CONFIG_HOME` nor `HOME` is set.
pub fn login_key_path(profile: &str, host: &Host) -> Option<PathBuf> {
    Some(key_directory(host)?.join(profile))
}

fn key_directory(host: &Host) -> Option<PathBuf> {
    Some(host.config_directory()?.join("keys"))
}

/// Returns the names of the profiles for which `login` has stored a key.
pub fn stored_profiles(host: &Host) -> Vec<String> {
    let entries = key_directory(host).and_then(|directory| fs::read_dir(directory).ok());
    let names = entries.into_iter().flatten().filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        is_name(&name).then_some(name)
    });
    names.collect()
}

/// Writes the key of a profile to a file that only its owner can read.
pub fn store_key(key: &ApiKey, path: &Path) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    // Written to a temporary file that is then renamed, so that a crash leaves the old key or the new key. `tempfile`
    // creates the file with mode 600. The name begins with a dot, which is not valid in the name of a profile.
    let mut file = tempfile::Builder::new()
        .prefix(".")
        .suffix(".new")
        .tempfile_in(directory)?;
    writeln!(file, "{}", key.expose())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Deletes the key file of a profile. Returns whether the file existed.
pub fn delete_key(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
