//! The location and the schema of a database.

use std::fmt;
use std::path::PathBuf;

/// The schema of a database file, and options for the file.
#[derive(Debug, Clone, Copy)]
pub struct DbSchema {
    /// What the file is called in error messages, such as `simulator file`.
    pub name: &'static str,
    /// The `application_id` in the file's SQLite header. A file with a different id belongs to another program.
    pub application_id: i32,
    /// The SQL statements that create the tables and indexes.
    pub sql: &'static str,
    /// Whether commits survive a loss of power. If false, they always survive if the process is killed, but not always
    /// if the power fails.
    pub durable: bool,
    /// Whether the write-ahead log is kept when the last process closes the file. This saves four disk flushes per
    /// command. However, the newest commits are then in the log, and a copy of the file alone may lack them.
    pub keeps_wal: bool,
    /// The page size of a new file in bytes. SQLite reads and writes whole pages, so small pages make small changes
    /// cheaper.
    pub page_size: u32,
}

/// Where a database is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbLocation {
    /// A file with this path.
    File(PathBuf),
    /// In memory. The database is lost when its connection is closed.
    Memory,
}

impl fmt::Display for DbLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Memory => f.write_str(":memory:"),
        }
    }
}
