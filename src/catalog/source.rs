//! Where systems come from.

use super::embedded;
use super::folder::{EntryKind, Folder};
use super::problems::mistake;
use crate::error::{Error, ErrorKind, Result};
use std::path::PathBuf;

/// Where systems come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The ones in the binary.
    Embedded,
    /// A folder that holds systems (`--dir`).
    Dir(PathBuf),
}

impl Source {
    /// The names of the systems: folders with a `system.toml`. Reads no file.
    ///
    /// # Errors
    /// `Io` where the folder cannot be read, `Catalog` where it is itself a system.
    pub fn systems(&self) -> Result<Vec<String>> {
        let root = self.root()?;
        let folders = root.entries()?.into_iter().filter(|entry| {
            entry.kind == EntryKind::Folder
                && root
                    .folder(&entry.name)
                    .is_some_and(|folder| folder.has_file("system.toml"))
        });
        let names: Vec<String> = folders.map(|entry| entry.name).collect();
        if names.is_empty() && root.has_file("system.toml") {
            return Err(mistake(format!(
                "{} is a system, not a folder of systems",
                root.path()
            ))
            .hint("point --dir at the folder above it, and name the system with --system"));
        }
        Ok(names)
    }

    /// The folder of that system on disk, whether it is there or not; nothing where it is in the binary.
    pub fn path(&self, system: &str) -> Option<PathBuf> {
        match self {
            Self::Embedded => None,
            Self::Dir(path) => Some(path.join(system)),
        }
    }

    /// The folder that holds the systems.
    pub(crate) fn root(&self) -> Result<Folder> {
        match self {
            Self::Embedded => Ok(embedded::phases()),
            Self::Dir(path) if path.is_dir() => Ok(Folder::disk(path)),
            Self::Dir(path) => {
                let problem = if path.exists() {
                    "is not a folder"
                } else {
                    "does not exist"
                };
                Err(
                    Error::new(ErrorKind::Io, format!("{} {problem}", path.display()))
                        .hint("--dir names a folder that holds systems"),
                )
            }
        }
    }
}

/// The system that is meant on the dev server when nothing says which: the one whose `system.toml` says `default =
/// true`, else the only one there is.
///
/// # Errors
/// As [`Source::systems`].
pub fn default_system(source: &Source) -> Result<Option<String>> {
    let mut names = source.systems()?;
    if names.len() == 1 {
        return Ok(names.pop());
    }
    for name in names {
        if super::load(source, &name)?.is_default {
            return Ok(Some(name));
        }
    }
    Ok(None)
}
