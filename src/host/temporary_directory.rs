//! A folder for one run.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::Host;

/// How many names are tried.
const TRIES: u32 = 16;

/// A folder that only its owner reaches, and that is removed with all that is in it when this value goes.
#[derive(Debug)]
pub struct TemporaryDirectory(PathBuf);

impl Host {
    /// Makes a folder below `$TMPDIR`, or else `/tmp`.
    ///
    /// # Errors
    /// What the system says, and of which folder.
    pub fn temporary_directory(&self) -> Result<TemporaryDirectory, (PathBuf, io::Error)> {
        let base = self.variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
        let base = PathBuf::from(base);
        let base = std::path::absolute(&base).unwrap_or(base);
        let mut tries = 0;
        loop {
            let path = base.join(format!("sendivent-{:016x}", self.entropy.next_u64()));
            tries += 1;
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(TemporaryDirectory(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && tries < TRIES => {}
                Err(error) => return Err((base, error)),
            }
        }
    }
}

impl TemporaryDirectory {
    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDirectory {
    fn drop(&mut self) {
        // Somebody who outlives the run may be making a file in it at this moment. What cannot be removed in the end is
        // for the system to clean up, as it does with what a killed process leaves.
        let mut tries = 0..TRIES;
        let _gone = tries.any(|_| fs::remove_dir_all(&self.0).is_ok() || !self.0.exists());
    }
}
