//! Finds PostgreSQL's server binaries on this machine.

use super::options::{DevEvent, DevOptions, OnEvent, failed};
use super::user::{ServerUser, holds, text};
use crate::error::Result;
use std::path::{Path, PathBuf};

/// The oldest major whose server is used.
pub const OLDEST_MAJOR: u32 = 15;

/// A folder with `postgres` and `initdb` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub dir: PathBuf,
    /// The major version.
    pub major: u32,
    /// The version as the server says it, such as "15.18".
    pub version: String,
}

/// Where packages put PostgreSQL: a parent, what comes before the version, what after it.
const WELL_KNOWN: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // postgresql.org's RPMs
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew, Apple silicon
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew, Intel
    ("/home/linuxbrew/.linuxbrew/opt", "postgresql@", "bin"), // Homebrew, Linux
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
];

/// The first usable binaries, in the documented order; `None` where the machine has none.
///
/// # Errors
/// The folder that the user named has no usable binaries.
pub fn find(
    options: &DevOptions,
    user: &ServerUser,
    on_event: OnEvent<'_>,
) -> Result<Option<Binaries>> {
    if let Some(dir) = &options.bin_dir {
        return examine(dir, user).map(Some).map_err(|reason| {
            failed(format!(
                "{} has no usable PostgreSQL: {reason}",
                dir.display()
            ))
            .hint("Give --pg-bindir (PG_BINDIR) the folder that holds postgres and initdb.")
        });
    }
    let mut seen = Vec::new();
    for source in [from_path, from_packages, from_pg_config] {
        for dir in source(options) {
            if seen.contains(&dir) {
                continue;
            }
            match examine(&dir, user) {
                Ok(found) => return Ok(Some(found)),
                Err(reason) => on_event(DevEvent::Note(format!("{}: {reason}", dir.display()))),
            }
            seen.push(dir);
        }
    }
    Ok(None)
}

/// The `psql` beside the server, else the one of PATH.
pub fn psql(bin_dir: &Path, options: &DevOptions) -> Option<PathBuf> {
    std::iter::once(bin_dir.to_owned())
        .chain(path_folders(options))
        .find(|dir| holds(dir, "psql"))
        .map(|dir| dir.join("psql"))
}

fn path_folders(options: &DevOptions) -> Vec<PathBuf> {
    let path = options.path.clone().unwrap_or_default();
    // A relative entry would make what runs depend on where the user stands.
    std::env::split_paths(&path)
        .filter(|dir| dir.is_absolute())
        .collect()
}

/// PATH often holds links only; `initdb` and the libraries are beside what they point to.
fn from_path(options: &DevOptions) -> Vec<PathBuf> {
    let resolved = |dir: PathBuf| {
        let real = std::fs::canonicalize(dir.join("postgres"))
            .ok()?
            .parent()?
            .to_owned();
        Some(if holds(&real, "initdb") { real } else { dir })
    };
    let with_server = |dir: &PathBuf| holds(dir, "postgres");
    path_folders(options)
        .into_iter()
        .filter(with_server)
        .filter_map(resolved)
        .collect()
}

fn from_packages(options: &DevOptions) -> Vec<PathBuf> {
    let places = WELL_KNOWN.iter().filter(|_| options.well_known);
    places
        .flat_map(|(parent, prefix, suffix)| versions(Path::new(parent), prefix, suffix))
        .collect()
}

/// The versions below `parent`, newest first; 9.6 comes after 10.
fn versions(parent: &Path, prefix: &str, suffix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let number = leading_number(entry.file_name().to_str()?.strip_prefix(prefix)?)?;
            Some((number, entry.path().join(suffix)))
        })
        .filter(|(_, dir)| holds(dir, "postgres"))
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn from_pg_config(options: &DevOptions) -> Vec<PathBuf> {
    let Some(dir) = path_folders(options)
        .into_iter()
        .find(|dir| holds(dir, "pg_config"))
    else {
        return Vec::new();
    };
    let output = std::process::Command::new(dir.join("pg_config"))
        .arg("--bindir")
        .output();
    let named = output.ok().filter(|output| output.status.success());
    let named = named.map(|output| PathBuf::from(text(&output.stdout)));
    // Debian's pg_config of the client library names a folder without a server.
    named
        .filter(|dir| dir.is_absolute() && holds(dir, "postgres"))
        .into_iter()
        .collect()
}

/// Looks into one folder; the error is the reason why it will not do.
fn examine(dir: &Path, user: &ServerUser) -> Result<Binaries, String> {
    for name in ["postgres", "initdb"] {
        if !holds(dir, name) {
            return Err(format!("no {name} in it"));
        }
    }
    // Run as the server's user: that user must be able to reach it.
    let output = user
        .command(&dir.join("postgres"))
        .arg("--version")
        .output();
    let output = output.map_err(|error| format!("{} cannot run it: {error}", user.name))?;
    if !output.status.success() {
        return Err(format!(
            "postgres --version failed: {}",
            text(&output.stderr)
        ));
    }
    let said = text(&output.stdout);
    let (major, version) =
        parse_version(&said).ok_or_else(|| format!("\"{said}\" is no PostgreSQL version"))?;
    if major < OLDEST_MAJOR {
        return Err(format!(
            "PostgreSQL {version} is too old, {OLDEST_MAJOR} is the oldest used"
        ));
    }
    Ok(Binaries {
        dir: dir.to_owned(),
        major,
        version,
    })
}

/// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" is (15, "15.18").
fn parse_version(said: &str) -> Option<(u32, String)> {
    let version = said
        .strip_prefix("postgres (PostgreSQL) ")?
        .split_whitespace()
        .next()?;
    Some((leading_number(version)?, version.to_owned()))
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_releases_and_from_development_builds() {
        let read = |said| parse_version(said).map(|(major, version)| format!("{major} {version}"));
        assert_eq!(
            read("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)").as_deref(),
            Some("15 15.18")
        );
        assert_eq!(
            read("postgres (PostgreSQL) 19devel").as_deref(),
            Some("19 19devel")
        );
        assert_eq!(read("mysqld  Ver 8.0"), None);
    }

    #[test]
    fn the_newest_version_comes_first_by_number_not_by_letter() {
        let parent = tempfile::tempdir().unwrap();
        for name in [
            "postgresql@9.6",
            "postgresql@18",
            "postgresql@10",
            "postgresql",
            "redis",
        ] {
            let bin = parent.path().join(name).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            std::fs::write(bin.join("postgres"), "").unwrap();
        }
        let found = versions(parent.path(), "postgresql@", "bin");
        let names: Vec<_> = found
            .iter()
            .map(|dir| dir.parent().unwrap().file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["postgresql@18", "postgresql@10", "postgresql@9.6"]);
    }
}
