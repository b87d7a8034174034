//! Whom the server runs as: ourselves, or, since PostgreSQL refuses root, a lesser user.

use super::options::failed;
use crate::error::Result;
use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a server may see of our environment; secrets in it are none of its business.
const ENVIRONMENT: [&str; 7] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "LOCALE_ARCHIVE",
    "SYSTEMROOT",
    "TMPDIR",
];

/// The user of the server processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUser {
    /// For messages.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Group id.
    pub gid: u32,
    /// Whether we are root and step down to this user.
    pub drops: bool,
}

/// Our own effective user id.
pub fn our_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

impl ServerUser {
    /// Ourselves, whoever that is.
    pub fn ourselves() -> Self {
        let gid = rustix::process::getegid().as_raw();
        Self {
            name: "you".to_owned(),
            uid: our_uid(),
            gid,
            drops: false,
        }
    }

    /// Ourselves; or, when we are root, the first of `names` that exists.
    ///
    /// # Errors
    /// We are root and none of them exists.
    pub fn choose(names: &[String]) -> Result<Self> {
        if our_uid() != 0 {
            return Ok(Self::ourselves());
        }
        names
            .iter()
            .find_map(|name| Self::named(name))
            .ok_or_else(|| {
                failed(format!(
                    "PostgreSQL refuses to run as root, and this machine has no user {}",
                    names.join(" or ")
                ))
                .hint("Run pgphase as another user, or add one: useradd --system postgres")
            })
    }

    /// The user of a directory that exists, if it is one of `names`.
    pub fn owning(uid: u32, names: &[String]) -> Option<Self> {
        names
            .iter()
            .filter_map(|name| Self::named(name))
            .find(|user| user.uid == uid)
    }

    fn named(name: &str) -> Option<Self> {
        let user = nix::unistd::User::from_name(name).ok().flatten()?;
        let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
        (uid != 0).then(|| Self {
            name: name.to_owned(),
            uid,
            gid,
            drops: true,
        })
    }

    /// A command that runs as this user, with little of our environment and in English.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .current_dir("/");
        command.stdin(Stdio::null());
        for name in ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.drops {
            // The standard library clears the supplementary groups as well.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives a file or folder to this user, never through a symbolic link.
    ///
    /// # Errors
    /// The system refuses.
    pub fn take(&self, path: &Path) -> std::io::Result<()> {
        if self.drops {
            std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }
}

/// The text of a program's output, without the white space around it.
pub fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).trim().to_owned()
}

/// Whether a file of that name is in a folder.
pub fn holds(dir: &Path, name: impl AsRef<OsStr>) -> bool {
    dir.join(name.as_ref()).is_file()
}
