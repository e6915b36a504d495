//! Types of global options on the command line.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Live,
    Plain,
    None,
}

/// The global flags that select the live service. Each is `None` or `false` if it is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServiceFlags {
    pub profile: Option<String>,
    pub api_url: Option<String>,
    /// The value of `--api-key-file`: a path, or `-` for stdin.
    pub key_file: Option<String>,
    pub allow_http: bool,
}
