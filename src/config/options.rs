//! Output options that the command line and the environment select.

/// The output format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text for people.
    #[default]
    Text,
    /// JSON with a published schema.
    Json,
    /// CSV with a header.
    Csv,
    /// Notification ids, one per line.
    Ids,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal only.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Live on a terminal, plain elsewhere; resolved to one of the others by `Settings::resolve`.
    #[default]
    Auto,
    /// Lines that are redrawn.
    Live,
    /// One line per change.
    Plain,
    /// No progress.
    None,
}

impl Format {
    /// All formats with their names.
    pub const ALL: [(&'static str, Self); 4] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("csv", Self::Csv),
        ("ids", Self::Ids),
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ids => "ids",
        }
    }
}
