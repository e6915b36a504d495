//! The forms of what a run prints.

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// JSON, with a schema.
    Json,
    /// CSV, with a header.
    Csv,
    /// Ids of notifications, one per line.
    Ids,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorChoice {
    /// On a terminal.
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
    /// Live on a terminal, plain elsewhere. Settled into one of the others when the settings are made.
    #[default]
    Auto,
    /// Live lines that are redrawn.
    Live,
    /// One line per change.
    Plain,
    /// Nothing before the result.
    None,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("text", Self::Text),
        ("json", Self::Json),
        ("csv", Self::Csv),
        ("ids", Self::Ids),
    ];

    /// Returns the format's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Ids => "ids",
        }
    }
}
