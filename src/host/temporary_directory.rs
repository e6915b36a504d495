//! Temporary directories, which are deleted on drop.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Host;

/// How many times dropping the directory tries to delete it.
const MAX_ATTEMPTS: u32 = 16;

/// A directory that only the user can access. It is deleted with its content on drop.
#[derive(Debug)]
pub struct TemporaryDirectory(TempDir);

impl Host {
    /// Creates a directory in `$TMPDIR`, or in `/tmp` if the variable is not set.
    ///
    /// # Errors
    /// Returns the parent directory, and why the directory cannot be created in it.
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
        // `TempDir` tries only once, which fails if another process creates a file in the directory meanwhile. If all
        // attempts fail, the operating system deletes the directory when it cleans up temporary files.
        let path = self.path();
        let _is_removed =
            (1..MAX_ATTEMPTS).any(|_| fs::remove_dir_all(path).is_ok() || !path.exists());
    }
}
