//! Where the dev server lives on disk, and who may touch it.
//!
//! The home and one folder per major in it belong to us; only `data` and the socket's folder belong
//! to the server's user. So, as root, nothing that we write can be bent aside by that user.

use super::options::{DevOptions, failed};
use super::user::{ServerUser, our_uid};
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, Metadata, Permissions};
use std::io::ErrorKind as Io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The longest path of a socket; 108 bytes with the final zero on Linux, 104 elsewhere.
const LONGEST_SOCKET: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The name PostgreSQL gives its socket on the standard port.
pub const SOCKET: &str = ".s.PGSQL.5432";

/// The folders and files of one engine's major version.
#[derive(Debug, Clone)]
pub struct Place {
    /// Ours: locks, the log, the marker of `dev start`.
    pub dir: PathBuf,
    /// The server's data directory.
    pub data: PathBuf,
    /// What the server writes while it runs.
    pub log: PathBuf,
    /// There after `dev start`: the last one out lets the server run.
    pub kept: PathBuf,
}

impl Place {
    /// The place `name` in the home; touches nothing.
    pub fn at(home: &Path, name: &str) -> Self {
        Self::in_folder(home.join(name))
    }

    /// The same, with its folder made if it is missing and its path free of symbolic links.
    ///
    /// # Errors
    /// The folder cannot be made, or is not ours.
    pub fn open(home: &Path, name: &str, user: &ServerUser) -> Result<Self> {
        let dir = home.join(name);
        own_folder(&dir, user)?;
        let dir = std::fs::canonicalize(&dir).map_err(|error| cannot("use", &dir, &error))?;
        Ok(Self::in_folder(dir))
    }

    fn in_folder(dir: PathBuf) -> Self {
        let [data, log, kept] = ["data", "server.log", "kept"].map(|name| dir.join(name));
        Self {
            dir,
            data,
            log,
            kept,
        }
    }
}

/// The home as the options say it; touches nothing.
///
/// # Errors
/// Nothing says where it could be.
pub fn locate(options: &DevOptions) -> Result<PathBuf> {
    if let Some(home) = &options.home {
        return std::path::absolute(home).map_err(|error| cannot("use", home, &error));
    }
    if our_uid() == 0 {
        // The lesser user that the server runs as cannot reach root's own home.
        return Ok(PathBuf::from("/var/lib/pgphase/dev"));
    }
    let user_home = options
        .user_home
        .clone()
        .map(|home| home.join(".local/state"));
    let state = options.state_home.clone().or(user_home);
    state.map(|state| state.join("pgphase/dev")).ok_or_else(|| {
        failed("neither HOME nor XDG_STATE_HOME says where the dev server's data could live")
            .hint("Set PGPHASE_DEV_HOME to a folder that you can write to.")
    })
}

/// Makes the home, checks it, and returns its path without symbolic links.
///
/// # Errors
/// It cannot be made, is not ours, or the server's user cannot get to it.
pub fn open(options: &DevOptions, user: &ServerUser) -> Result<PathBuf> {
    let home = locate(options)?;
    if let Some(parent) = home.parent() {
        std::fs::create_dir_all(parent).map_err(|error| cannot("create", parent, &error))?;
    }
    own_folder(&home, user)?;
    let home = std::fs::canonicalize(&home).map_err(|error| cannot("use", &home, &error))?;
    match home
        .ancestors()
        .skip(1)
        .find(|dir| user.drops && !may_pass(dir, user))
    {
        None => Ok(home),
        Some(shut) => Err(failed(format!(
            "the server runs as {}, and {} does not let that user through to {}",
            user.name,
            shut.display(),
            home.display()
        ))
        .hint(
            "Set PGPHASE_DEV_HOME to a folder that user can reach, such as /var/lib/pgphase/dev.",
        )),
    }
}

/// A folder of our own, that others can at most pass through.
fn own_folder(path: &Path, user: &ServerUser) -> Result<()> {
    let mode = if user.drops { 0o711 } else { 0o700 };
    make(path, mode)?;
    let link = std::fs::symlink_metadata(path).map_err(|error| cannot("use", path, &error))?;
    let folder = std::fs::metadata(path).map_err(|error| cannot("use", path, &error))?;
    check_owner(path, &link, our_uid())?;
    check_owner(path, &folder, our_uid())?;
    if !folder.is_dir() {
        return Err(cannot(
            "use",
            path,
            &std::io::Error::from(Io::NotADirectory),
        ));
    }
    if folder.mode() & 0o022 != 0 {
        return Err(
            failed(format!("others may write to {}", path.display())).hint(format!(
                "chmod go-w {}, or set PGPHASE_DEV_HOME to another folder.",
                quoted(path)
            )),
        );
    }
    if user.drops && folder.mode() & 0o001 == 0 {
        let mode = Permissions::from_mode(folder.mode() & 0o7777 | 0o011);
        std::fs::set_permissions(path, mode).map_err(|error| cannot("open", path, &error))?;
    }
    Ok(())
}

/// A folder that belongs to the server's user and is closed to all others.
///
/// # Errors
/// It cannot be made, or something else is there.
pub fn server_folder(path: &Path, user: &ServerUser) -> Result<()> {
    make(path, 0o700)?;
    let found = std::fs::symlink_metadata(path).map_err(|error| cannot("use", path, &error))?;
    if !found.is_dir() {
        return Err(cannot(
            "use",
            path,
            &std::io::Error::from(Io::NotADirectory),
        ));
    }
    if user.drops && found.uid() == our_uid() {
        // Just made, or a run ended between making it and giving it away.
        user.take(path)
            .map_err(|error| cannot("hand over", path, &error))?;
    } else {
        check_owner(path, &found, user.uid)?;
    }
    if found.mode() & 0o077 != 0 {
        return Err(failed(format!("others may look into {}", path.display()))
            .hint(format!("chmod 700 {}", quoted(path))));
    }
    Ok(())
}

/// The folder of the socket: in the place if the path is short enough, else a short one that
/// belongs to this place alone.
///
/// # Errors
/// It cannot be made safely.
pub fn socket_folder(place: &Place, user: &ServerUser, options: &DevOptions) -> Result<PathBuf> {
    let inside = place.dir.join("run");
    let dir = if fits(&inside) {
        inside
    } else {
        short_folder(place, user, options)
    };
    if !fits(&dir) {
        return Err(
            failed(format!("{} is too long for a socket's path", dir.display()))
                .hint("Set PGPHASE_DEV_HOME to a shorter path."),
        );
    }
    server_folder(&dir, user)?;
    Ok(dir)
}

fn short_folder(place: &Place, user: &ServerUser, options: &DevOptions) -> PathBuf {
    let digest = Sha256::digest(place.dir.as_os_str().as_encoded_bytes());
    let hash: String = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let ours = |dir: &PathBuf| {
        let found = std::fs::metadata(dir);
        found.is_ok_and(|found| found.uid() == our_uid() && found.mode() & 0o022 == 0)
    };
    // Root's runtime folder is closed to the server's user.
    let runtime = options
        .runtime_dir
        .clone()
        .filter(|_| !user.drops)
        .filter(ours);
    let runtime = runtime
        .map(|dir| dir.join(format!("pgphase-{hash}")))
        .filter(|dir| fits(dir));
    runtime.unwrap_or_else(|| PathBuf::from(format!("/tmp/pgphase-{}-{hash}", user.uid)))
}

fn fits(dir: &Path) -> bool {
    dir.as_os_str().len() + 1 + SOCKET.len() <= LONGEST_SOCKET
}

fn make(path: &Path, mode: u32) -> Result<()> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != Io::AlreadyExists => Err(cannot("create", path, &error)),
        _ => Ok(()),
    }
}

fn check_owner(path: &Path, found: &Metadata, wanted: u32) -> Result<()> {
    if found.uid() == wanted {
        return Ok(());
    }
    Err(failed(format!(
        "{} belongs to user {}, not to user {wanted}: not used",
        path.display(),
        found.uid()
    ))
    .hint("Set PGPHASE_DEV_HOME to a folder of your own."))
}

fn may_pass(dir: &Path, user: &ServerUser) -> bool {
    std::fs::metadata(dir).is_ok_and(|found| {
        let bit = match found {
            ref found if found.uid() == user.uid => 0o100,
            ref found if found.gid() == user.gid => 0o010,
            _ => 0o001,
        };
        found.mode() & bit != 0
    })
}

/// An error about a file or folder of the home, with the way out.
pub fn cannot(what: &str, path: &Path, error: &std::io::Error) -> Error {
    failed(format!("cannot {what} {}: {error}", path.display())).hint(
        "Set PGPHASE_DEV_HOME to a folder that you can write to, or name a database with --database-url.",
    )
}

/// A path for a command line that the user may copy.
pub fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
