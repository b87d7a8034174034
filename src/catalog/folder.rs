//! Folders and files, on disk or in the binary, read the same way.

use super::model::SourceFile;
use super::problems::{mistake, whole_file};
use crate::error::{Error, ErrorKind, Location, Result};
use include_dir::Dir;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A folder that can be listed and read.
#[derive(Debug, Clone)]
pub struct Folder {
    path: String,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Disk(PathBuf),
    Embedded(&'static Dir<'static>),
}

/// What a folder holds under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name alone.
    pub name: String,
    /// File, folder, or something that cannot be read as either.
    pub kind: EntryKind,
}

/// What an [`Entry`] is; symbolic links count as what they point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A pipe, a socket, a link to nowhere.
    Other,
}

impl Folder {
    /// A folder on disk.
    pub fn disk(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            path: path.display().to_string(),
            place: Place::Disk(path),
        }
    }

    /// A folder of the binary, shown under `name`.
    pub fn embedded(name: &str, dir: &'static Dir<'static>) -> Self {
        Self {
            path: name.to_owned(),
            place: Place::Embedded(dir),
        }
    }

    /// The path as a user would write it.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path of something in it, as a user would write it.
    pub fn path_of(&self, name: &str) -> String {
        match &self.place {
            Place::Disk(path) => path.join(name).display().to_string(),
            Place::Embedded(_) => format!("{}/{name}", self.path),
        }
    }

    /// What it holds, by name; what editors and tools leave behind is left out ([`is_ignored`]).
    ///
    /// # Errors
    /// `Io` where the folder is not there or may not be read.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = match &self.place {
            Place::Disk(path) => disk_entries(path)?,
            Place::Embedded(dir) => embedded_entries(dir),
        };
        entries.retain(|entry| !is_ignored(&entry.name));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Whether it holds a file of that name.
    pub fn has_file(&self, name: &str) -> bool {
        match &self.place {
            Place::Disk(path) => path.join(name).is_file(),
            Place::Embedded(dir) => embedded_file(dir, name).is_some(),
        }
    }

    /// The folder of that name in it.
    pub fn folder(&self, name: &str) -> Option<Self> {
        let place = match &self.place {
            Place::Disk(path) => Place::Disk(Some(path.join(name)).filter(|path| path.is_dir())?),
            Place::Embedded(dir) => {
                Place::Embedded(dir.dirs().find(|dir| last_part(dir.path()) == name)?)
            }
        };
        Some(Self {
            path: self.path_of(name),
            place,
        })
    }

    /// Reads and normalises a file.
    ///
    /// # Errors
    /// `Io` where it cannot be read, `Catalog` where it is no UTF-8 text.
    pub fn read(&self, name: &str) -> Result<SourceFile> {
        let path = self.path_of(name);
        match &self.place {
            Place::Disk(folder) => {
                let bytes =
                    std::fs::read(folder.join(name)).map_err(|error| unreadable(&path, &error))?;
                SourceFile::from_bytes(path, &bytes)
            }
            Place::Embedded(dir) => {
                let file = embedded_file(dir, name).ok_or_else(|| {
                    Error::new(ErrorKind::Io, format!("{path} is not in this binary"))
                })?;
                SourceFile::from_bytes(path, file.contents())
            }
        }
    }
}

impl SourceFile {
    /// Normalises a file's bytes: no byte order mark, every line end a line feed.
    ///
    /// # Errors
    /// `Catalog` where the bytes are no UTF-8 or hold a NUL, which PostgreSQL cannot take.
    pub fn from_bytes(path: impl Into<String>, bytes: &[u8]) -> Result<Self> {
        let path = path.into();
        let text = std::str::from_utf8(bytes).map_err(|error| not_utf8(&path, bytes, &error))?;
        if let Some(at) = text.find('\0') {
            return Err(
                mistake("the file holds a NUL character, which PostgreSQL cannot take")
                    .at(Location::at_offset(&path, text, at)),
            );
        }
        Ok(Self::new(path, text))
    }

    /// Normalises a text.
    pub fn new(path: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = match text.contains('\r') {
            true => text.replace("\r\n", "\n").replace('\r', "\n"),
            false => text.to_owned(),
        };
        let mut sha256 = String::with_capacity(64);
        for byte in Sha256::digest(&text) {
            let _ = write!(sha256, "{byte:02x}");
        }
        Self {
            path: path.into(),
            text,
            sha256,
        }
    }

    /// The place of a byte of the text.
    pub fn at(&self, offset: usize) -> Location {
        Location::at_offset(&self.path, &self.text, offset)
    }

    /// A line of the text, from 1.
    pub fn at_line(&self, line: u32) -> Location {
        Location::at_line(&self.path, &self.text, line)
    }

    /// The line of a byte of the text, from 1.
    pub fn line_of(&self, offset: usize) -> u32 {
        self.at(offset).line
    }
}

/// What editors, version control and people leave beside the files: hidden files, backups, notes.
pub fn is_ignored(name: &str) -> bool {
    const ENDINGS: [&str; 9] = [
        "~",
        ".bak",
        ".orig",
        ".rej",
        ".swp",
        ".swo",
        ".tmp",
        ".md",
        ".DS_Store",
    ];
    name.starts_with(['.', '#']) || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn disk_entries(path: &Path) -> Result<Vec<Entry>> {
    let shown = path.display().to_string();
    let unreadable = |error| unreadable(&shown, &error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = match std::fs::metadata(entry.path()) {
            Ok(data) if data.is_dir() => EntryKind::Folder,
            Ok(data) if data.is_file() => EntryKind::File,
            _ => EntryKind::Other,
        };
        entries.push(Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            kind,
        });
    }
    Ok(entries)
}

fn embedded_entries(dir: &Dir<'_>) -> Vec<Entry> {
    let files = dir.files().map(|file| (file.path(), EntryKind::File));
    let folders = dir.dirs().map(|dir| (dir.path(), EntryKind::Folder));
    files
        .chain(folders)
        .map(|(path, kind)| Entry {
            name: last_part(path),
            kind,
        })
        .collect()
}

fn embedded_file<'a>(dir: &'a Dir<'a>, name: &str) -> Option<&'a include_dir::File<'a>> {
    dir.files().find(|file| last_part(file.path()) == name)
}

fn last_part(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn unreadable(path: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read {path}: {error}"))
}

fn not_utf8(path: &str, bytes: &[u8], error: &std::str::Utf8Error) -> Error {
    let hint = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        "it looks like UTF-16: save it as UTF-8"
    } else {
        "save it as UTF-8"
    };
    let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
    let mut location = Location::at_offset(path, valid, valid.len());
    location.snippet = None;
    mistake("the file is not UTF-8").at(location).hint(hint)
}

/// A file's text holds nothing at all.
pub(crate) fn reject_empty(file: &SourceFile) -> Result<()> {
    if file.text.trim().is_empty() {
        return Err(mistake("the file is empty").at(whole_file(&file.path)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_a_byte_order_mark_do_not_change_the_checksum() {
        let plain = SourceFile::new("a.sql", "select 1;\nselect 2;\n");
        for other in [
            "\u{feff}select 1;\nselect 2;\n",
            "select 1;\r\nselect 2;\r\n",
            "select 1;\rselect 2;\r",
        ] {
            assert_eq!(SourceFile::new("a.sql", other), plain);
        }
        assert_ne!(
            SourceFile::new("a.sql", "select 1;\nselect 2;").sha256,
            plain.sha256
        );
    }

    #[test]
    fn the_checksum_is_sha_256_in_lower_case_hexadecimal() {
        // FIPS 180-2's first example.
        assert_eq!(
            SourceFile::new("a", "abc").sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_named_with_their_line() {
        let error = SourceFile::from_bytes("a.sql", b"select 1;\n  \xff").unwrap_err();
        assert_eq!(error.to_string(), "a.sql:2:3: the file is not UTF-8");
        let error = SourceFile::from_bytes("a.sql", b"\xff\xfes\0").unwrap_err();
        assert!(error.inner().hint.as_deref().unwrap().contains("UTF-16"));
        let error = SourceFile::from_bytes("a.sql", b"a\n\0").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("a.sql:2:1: the file holds a NUL"),
            "{error}"
        );
    }

    #[test]
    fn leavings_of_editors_are_ignored() {
        for name in [
            ".001_a.sql.swp",
            "001_a.sql~",
            "#001_a.sql#",
            "001_a.sql.orig",
            "README.md",
        ] {
            assert!(is_ignored(name), "{name}");
        }
        assert!(!is_ignored("001_a.sql"));
    }
}
