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
    /// The way to the service.
    Network,
    /// A file.
    File,
}
