//! Checks whether a file can be created.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Returns the nearest existing ancestor of a file if the file and its directories cannot be created in it. Creates nothing.
pub fn unwritable_ancestor(path: &Path) -> Option<PathBuf> {
    let mut ancestors = path.ancestors().skip(1);
    let nearest = ancestors.find(|ancestor| fs::symlink_metadata(ancestor).is_ok())?;
    let required = Access::WRITE_OK | Access::EXEC_OK;
    let is_writable =
        nearest.is_dir() && access(nearest, required).is_ok() && !is_kernel_directory(nearest);
    (!is_writable).then(|| nearest.to_owned())
}

/// Returns whether a directory belongs to procfs or sysfs, where root passes the access check but cannot create files.
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
