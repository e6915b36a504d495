//! Keys of the API: where one is looked for, and the files that `login` writes.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::profiles::{CredentialCommand, Profile};
use super::{ConfigError, ServiceError, ServiceFlags};
use crate::api::ApiKey;
use crate::host::Host;
use crate::text;

/// The variable that holds the key itself.
pub const KEY: &str = "SENDIVENT_API_KEY";
/// The variable that names the file with the key.
pub const KEY_FILE: &str = "SENDIVENT_API_KEY_FILE";
/// How many bytes of a file are looked at: keys are short, and the name may be one of a device.
const LONGEST: u64 = 4096;
/// How long a `credential_command` may take: somebody may have to type a password.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// Where a key was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// `--api-key-file`
    Flag(String),
    /// `SENDIVENT_API_KEY_FILE`
    FileVariable(String),
    /// `SENDIVENT_API_KEY`
    Variable,
    /// The profile's `credential_command`.
    Command(String),
    /// The file that `login` wrote for the profile.
    Login(PathBuf),
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(path) if path == "-" => f.write_str("--api-key-file - (stdin)"),
            Self::Flag(path) => write!(f, "--api-key-file {path}"),
            Self::FileVariable(path) => write!(f, "{KEY_FILE} ({path})"),
            Self::Variable => f.write_str(KEY),
            Self::Command(profile) => write!(f, "the credential_command of the profile {profile}"),
            Self::Login(path) => write!(f, "`sendivent login` ({})", path.display()),
        }
    }
}

/// Finds the key of a run. The first place that is set decides, even if what it holds is no key.
///
/// A `credential_command` has so much time, if the whole run has a limit, and never more than a minute.
///
/// # Errors
/// [`ServiceError`], which names the place and never repeats what it holds.
pub fn find_key(
    flags: &ServiceFlags,
    name: &str,
    profile: &Profile,
    time: Option<Duration>,
    host: &Host,
) -> Result<(ApiKey, KeySource), ServiceError> {
    let (text, source) = if let Some(path) = &flags.key_file {
        let source = KeySource::Flag(path.clone());
        (from_file(path, source.clone(), host)?, source)
    } else if let Some(path) = host.variable(KEY_FILE) {
        let source = KeySource::FileVariable(path.clone());
        (from_file(&path, source.clone(), host)?, source)
    } else if let Some(text) = host.variable(KEY) {
        (text, KeySource::Variable)
    } else if let Some(command) = &profile.credential_command {
        let source = KeySource::Command(name.to_owned());
        let limit = time.map_or(COMMAND_LIMIT, |time| time.min(COMMAND_LIMIT));
        let text = from_command(command, source.clone(), limit, host)?;
        (text, source)
    } else if let Some(path) = login_key_path(name, host).filter(|path| path.exists()) {
        let source = KeySource::Login(path.clone());
        let shown = path.display().to_string();
        (from_file(&shown, source.clone(), host)?, source)
    } else {
        return Err(ServiceError::NoKey {
            profile: name.to_owned(),
        });
    };
    match parse_key(&text) {
        Ok(key) => Ok((key, source)),
        Err(reason) => Err(ServiceError::KeyInvalid {
            place: source,
            reason,
        }),
    }
}

/// Returns the run of the simulator that the variable's key names, if it does.
pub fn key_namespace(host: &Host) -> Option<String> {
    let key = ApiKey::parse(host.variable(KEY)?.trim()).ok()?;
    key.run().map(str::to_owned)
}

/// Reads a key from what a place holds. What editors and `echo` leave around it is no part of it.
///
/// # Errors
/// What is wrong, without the text itself.
pub fn parse_key(text: &str) -> Result<ApiKey, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    match ApiKey::parse(text) {
        Ok(key) => Ok(key),
        Err(_) if text.is_empty() => Err("it holds nothing".to_owned()),
        Err(invalid) => Err(invalid.to_string()),
    }
}

/// Returns the key that the environment holds, whether it is the one in use or not.
pub fn key_from_variable(host: &Host) -> Option<ApiKey> {
    parse_key(&host.variable(KEY)?).ok()
}

/// Returns every place where the key of a profile is looked for, in order, each with what it says of itself when it has
/// none.
pub fn key_sources(name: &str) -> Vec<(&'static str, String)> {
    vec![
        ("--api-key-file", "not given".to_owned()),
        (KEY_FILE, "not set".to_owned()),
        (KEY, "not set".to_owned()),
        ("credential_command", format!("none for the profile {name}")),
        (
            "sendivent login",
            format!("nothing stored for the profile {name}"),
        ),
    ]
}

/// Reads the key that `--api-key-file` names; none when it was not typed.
///
/// # Errors
/// [`ServiceError::KeyUnreadable`].
pub fn read_key_file(flags: &ServiceFlags, host: &Host) -> Result<Option<String>, ServiceError> {
    let read = |path: &String| from_file(path, KeySource::Flag(path.clone()), host);
    flags.key_file.as_ref().map(read).transpose()
}

/// Returns the variable that goes before what `login` stores, if one is set.
pub fn overriding_variable(host: &Host) -> Option<&'static str> {
    [KEY_FILE, KEY]
        .into_iter()
        .find(|name| host.variable(name).is_some())
}

fn from_file(path: &str, source: KeySource, host: &Host) -> Result<String, ServiceError> {
    use std::io::Read;
    let read = match (path, &source) {
        ("-", KeySource::Flag(_)) => host.read_stdin(),
        (path, _) => fs::File::open(path).and_then(|file| {
            let mut text = String::new();
            file.take(LONGEST).read_to_string(&mut text)?;
            Ok(text)
        }),
    };
    read.map_err(|error| match source {
        KeySource::Flag(path) if path == "-" => ServiceError::Config(ConfigError {
            message: format!(
                "the API key from --api-key-file - (stdin) cannot be read: {}",
                describe_io(&error)
            ),
            hint: "Only one thing can come from stdin: put the key, or the rest, in a file."
                .to_owned(),
        }),
        // Nobody named this file.
        KeySource::Login(_) => ServiceError::KeyInvalid {
            place: source,
            reason: format!("it cannot be read ({})", describe_io(&error)),
        },
        source => ServiceError::KeyUnreadable {
            place: source,
            reason: describe_io(&error),
        },
    })
}

/// Returns what the system says, without its numbers.
fn describe_io(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "it is not text".to_owned(),
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "that is not allowed".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => error.to_string(),
    }
}

fn from_command(
    command: &CredentialCommand,
    source: KeySource,
    limit: Duration,
    host: &Host,
) -> Result<String, ServiceError> {
    let output = match command {
        CredentialCommand::Line(line) => {
            host.capture_output("/bin/sh", &["-c".to_owned(), line.clone()], limit)
        }
        CredentialCommand::Words(words) => match words.split_first() {
            Some((program, arguments)) => host.capture_output(program, arguments, limit),
            None => Ok(Vec::new()),
        },
    };
    let text = match output {
        Ok(output) => {
            String::from_utf8(output).map_err(|_| "what it printed is not text".to_owned())
        }
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(format!(
            "it did not end within {}, and was stopped",
            text::format_duration(limit)
        )),
        Err(error) => Err(format!("it failed ({})", describe_io(&error))),
    };
    text.map_err(|reason| ServiceError::KeyInvalid {
        place: source,
        reason,
    })
}

/// Returns where `login` keeps the key of a profile, whether it is there or not.
pub fn login_key_path(profile: &str, host: &Host) -> Option<PathBuf> {
    let folder = host.config_directory()?;
    Some(folder.join("keys").join(profile))
}

/// Returns the profiles that `login` stored a key for.
pub fn stored_profiles(host: &Host) -> Vec<String> {
    let folder = host.config_directory().map(|folder| folder.join("keys"));
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    let names = entries.into_iter().flatten().filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        super::profiles::is_name(&name).then_some(name)
    });
    names.collect()
}

/// Writes the key of a profile, for its owner only: under another name first, so that there is always a whole key or
/// none.
///
/// # Errors
/// What the system says; the file that was there is then as it was.
pub fn store_key(key: &ApiKey, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    // Profiles do not begin with a point: no other file has this name.
    name.push(".new");
    let new = folder.join(format!(".{}", name.to_string_lossy()));
    // What a run left that was killed may have other permissions.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    let written = writeln!(file, "{}", key.expose())
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        // The first error is the one to tell.
        drop(fs::remove_file(&new));
    }
    written
}

/// Forgets the key of a profile. Returns whether there was one.
///
/// # Errors
/// What the system says.
pub fn delete_key(path: &Path) -> io::Result<bool> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
