//! Checks whether a file could be created, without creating it.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Returns the nearest existing ancestor of `path` if `path` and its missing directories cannot be created there.
/// `None` if they can. Creates nothing.
pub fn unwritable_ancestor(path: &Path) -> Option<PathBuf> {
    let mut ancestors = path.ancestors().skip(1);
    let nearest = ancestors.find(|ancestor| fs::symlink_metadata(ancestor).is_ok())?;
    let required = Access::WRITE_OK | Access::EXEC_OK;
    let is_writable =
        nearest.is_dir() && access(nearest, required).is_ok() && !is_kernel_directory(nearest);
    (!is_writable).then(|| nearest.to_owned())
}

/// Returns whether a directory belongs to procfs or sysfs. There the access check succeeds for root although no file
/// can be created.
#[cfg(target_os = "linux")]
fn is_kernel_directory(directory: &Path) -> bool {
    use rustix::fs::{PROC_SUPER_MAGIC, statfs};
    const SYSFS: u64 = 0x6265_6572;
    let kind = statfs(directory)
        .ok()
        .and_then(|stat| u64::try_from(stat.f_type).ok());
    kind.is_some_and(|kind| kind == SYSFS || u64::try_from(PROC_SUPER_MAGIC) == Ok(kind))
}

#[cfg(not(target_os = "linux"))]
fn is_kernel_directory(_: &Path) -> bool {
    false
}
