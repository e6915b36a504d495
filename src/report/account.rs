//! What a command found about keys, profiles, files and the way to the service.

/// What `login` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// The profile.
    pub profile: String,
    /// The environment that the key is for.
    pub environment: &'static str,
    /// What tells the key from others.
    pub fingerprint: String,
    /// The file that holds it.
    pub path: String,
    /// Whether it took the place of another one.
    pub replaced: bool,
    /// The variable that is set and goes before it, if there is one.
    pub shadowed_by: Option<&'static str>,
}

/// What `whoami` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhoAmI {
    /// The run would be simulated.
    Simulator {
        /// The simulator's file.
        file: String,
        /// The run whose world is seen; none for the main one.
        run: Option<String>,
        /// The journal; none when it is switched off.
        journal: Option<String>,
    },
    /// The run would speak to the live service.
    Service(Account),
    /// The run would speak to the live service, but no place holds a key for it.
    NoCredentials(NoCredentials),
}

/// What is known without a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoCredentials {
    /// The profile.
    pub profile: String,
    /// The base address, and where it was told, in words; none when it follows from the key.
    pub address: Option<(String, &'static str)>,
    /// The places that were looked at, in order, each with why it has no key.
    pub places: Vec<(&'static str, String)>,
    /// The journal; none when it is switched off.
    pub journal: Option<String>,
    /// What is wrong, and the fix.
    pub error: (String, String),
}

/// Whose key is in use, and for which address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The profile.
    pub profile: String,
    /// The environment that the key is for.
    pub environment: &'static str,
    /// The base address.
    pub address: String,
    /// Where the address was told, in words.
    pub address_source: String,
    /// Where the key was found, in words.
    pub key_source: String,
    /// What tells the key from others.
    pub fingerprint: String,
    /// Whether a send needs `--live`.
    pub needs_live: bool,
    /// What a send does there, in words.
    pub effect: &'static str,
    /// The journal; none when it is switched off.
    pub journal: Option<String>,
}

/// One thing that `doctor` checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// A stable word for it.
    pub name: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// How one thing stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but should be looked at.
    Warn,
    /// It does not work.
    Fail(Trouble),
}

/// What does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Settings.
    Settings,
    /// The key.
    Key,
    /// The profile.
    Profile,
    /// The service knows the key, and refuses all the same.
    Refused,
    /// The way to the service.
    Network,
    /// A file.
    File,
}
