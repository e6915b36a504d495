//! Output options that the command line and the environment select.

/// A value of a flag, for one of a fixed set: its name, its help, the value.
pub type Choice<T> = (&'static str, &'static str, T);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal only.
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Live on a terminal, plain elsewhere; resolved to one of the others by `Settings::resolve`.
    #[default]
    Auto,
    Live,
    Plain,
    None,
}

impl ColorChoice {
    /// The values of `--color`.
    pub const CHOICES: [Choice<Self>; 3] = [
        ("auto", "On a terminal", Self::Auto),
        ("always", "Always", Self::Always),
        ("never", "Never", Self::Never),
    ];
}

impl Progress {
    /// The values of `--progress`.
    pub const CHOICES: [Choice<Self>; 3] = [
        (
            "auto",
            "Live on a terminal, plain lines elsewhere",
            Self::Auto,
        ),
        ("plain", "One line per change", Self::Plain),
        ("none", "No progress, only the result", Self::None),
    ];
}

/// The flags that select the live service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceFlags {
    pub profile: Option<String>,
    pub api_url: Option<String>,
    /// `--api-key-file`
    pub key_file: Option<String>,
    pub allow_http: bool,
}
