//! Whether there is room for a file that does not exist yet.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Returns what keeps a file from being made together with its folders: the nearest of these that exists, and cannot be
/// written. Nothing is made.
pub fn unwritable_ancestor(path: &Path) -> Option<PathBuf> {
    let mut folders = path.ancestors().skip(1);
    let nearest = folders.find(|folder| fs::symlink_metadata(folder).is_ok())?;
    let allowed = Access::WRITE_OK | Access::EXEC_OK;
    let is_free =
        nearest.is_dir() && access(nearest, allowed).is_ok() && !is_of_the_kernel(nearest);
    (!is_free).then(|| nearest.to_owned())
}

/// Returns whether a folder is one of the kernel's own, in which nobody makes files, though root may seem to.
#[cfg(target_os = "linux")]
fn is_of_the_kernel(folder: &Path) -> bool {
    use rustix::fs::{PROC_SUPER_MAGIC, statfs};
    const SYSFS: u64 = 0x6265_6572;
    let kind = statfs(folder)
        .ok()
        .and_then(|facts| u64::try_from(facts.f_type).ok());
    kind.is_some_and(|kind| kind == SYSFS || u64::try_from(PROC_SUPER_MAGIC) == Ok(kind))
}

#[cfg(not(target_os = "linux"))]
fn is_of_the_kernel(_: &Path) -> bool {
    false
}
