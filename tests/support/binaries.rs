//! PostgreSQL's programs, and the user that they may run as.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The server's binaries.
pub fn bindir() -> PathBuf {
    if let Some(dir) = std::env::var_os("PGPHASE_TEST_BINDIR") {
        return PathBuf::from(dir);
    }
    let packaged = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = packaged
        .filter_map(|entry| {
            let major: u32 = entry.file_name().to_str()?.parse().ok()?;
            let dir = entry.path().join("bin");
            dir.join("postgres").exists().then_some((major, dir))
        })
        .max();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir| dir.join("postgres").exists())
    };
    newest.map(|(_, dir)| dir).or_else(on_path).expect(
        "PostgreSQL's server binaries: install them, or name their directory in PGPHASE_TEST_BINDIR",
    )
}

/// The ids under which a server may run when we are root.
fn server_user() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = |user: &str| {
        let line = passwd
            .lines()
            .find(|line| line.split(':').next() == Some(user))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    ids("postgres").or_else(|| ids("nobody"))
}

/// Runs as whom a server may run.
pub fn as_server_user(mut command: Command) -> Command {
    if let Some((uid, gid)) = server_user() {
        command.uid(uid).gid(gid);
    }
    command.current_dir("/");
    command
}

/// Gives a file to whom a server runs as.
pub fn own(path: &Path) {
    if let Some((uid, gid)) = server_user() {
        chown(path, Some(uid), Some(gid)).expect("root may give files away");
    }
}

/// A file of the server's that nobody else reads.
pub fn write_private(path: &Path, content: &str) {
    fs::write(path, content).expect("a file of the cluster");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its mode");
    own(path);
}
