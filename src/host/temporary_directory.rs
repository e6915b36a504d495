//! Temporary directories.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Host;

const MAX_ATTEMPTS: u32 = 16;

/// An owner-only directory that is removed with its content on drop.
#[derive(Debug)]
pub struct TemporaryDirectory(TempDir);

impl Host {
    /// Creates a directory below `$TMPDIR`, or else `/tmp`.
    ///
    /// # Errors
    /// The parent directory, and why nothing can be created in it.
    pub fn temporary_directory(&self) -> Result<TemporaryDirectory, (PathBuf, io::Error)> {
        // Not `std::env::temp_dir`: a test has its own environment.
        let parent = PathBuf::from(self.variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned()));
        let parent = std::path::absolute(&parent).unwrap_or(parent);
        let directory = tempfile::Builder::new()
            .prefix("sendivent-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&parent);
        directory
            .map(TemporaryDirectory)
            .map_err(|error| (parent, error))
    }
}

impl TemporaryDirectory {
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // `TempDir` tries once, which fails if a process that outlives this one creates a file in between. Whatever remains
        // is left to the system's clean-up of temporary files.
        let path = self.path();
        let _is_removed =
            (1..MAX_ATTEMPTS).any(|_| fs::remove_dir_all(path).is_ok() || !path.exists());
    }
}
