//! Options that the command line selects.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Live,
    Plain,
    None,
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
