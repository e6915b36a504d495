//! Where a database is, and what it contains.

use std::fmt;
use std::path::PathBuf;

/// The schema of a database file, and how the file is used.
#[derive(Debug, Clone, Copy)]
pub struct DbSchema {
    /// The name of the file in messages, such as `simulator file`.
    pub name: &'static str,
    /// `application_id` in the SQLite header: a file with another one belongs to another program.
    pub application_id: i32,
    /// The statements that create the tables and indexes.
    pub sql: &'static str,
    /// Whether a commit survives a loss of power, and not only a killed process.
    pub durable: bool,
    /// Whether the write-ahead log stays when the last process closes the file. This saves four flushes a command, but
    /// the file alone, without its log, may lack the last commits.
    pub keeps_wal: bool,
    /// The page size of a new file in bytes: what one changed row costs to write, and the next process to read.
    pub page_size: u32,
}

/// The location of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DbLocation {
    /// A file.
    File(PathBuf),
    /// Memory, for the lifetime of the process.
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
