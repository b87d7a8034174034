//! `pgphase.toml`: where it is looked for, and what it may say.

use super::duration;
use crate::{Error, ErrorKind, Location, Result};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file's name.
pub const NAME: &str = "pgphase.toml";

/// What a project says about itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// The system meant when `--system` does not say.
    pub system: Option<String>,
    /// The folder of systems; relative to the file's own folder, made absolute by [`ConfigFile::load`].
    pub dir: Option<PathBuf>,
    /// How long a statement may wait for a table's lock.
    #[serde(default, deserialize_with = "time")]
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run; zero is no limit.
    #[serde(default, deserialize_with = "time")]
    pub statement_timeout: Option<Duration>,
    /// How long to wait for the run lock.
    #[serde(default, deserialize_with = "time")]
    pub lock_wait: Option<Duration>,
    /// Databases by name, for `--env`.
    #[serde(default, rename = "env")]
    pub environments: BTreeMap<String, EnvironmentConfig>,
    /// The file itself, where there is one.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

/// One `[env.NAME]`.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentConfig {
    /// A connection string.
    pub url: Option<String>,
    /// The environment variable that has the connection string.
    pub url_env: Option<String>,
    /// Its name is asked for before anything destructive.
    #[serde(default)]
    pub protected: bool,
    /// The role to work as, by SET ROLE.
    pub role: Option<String>,
}

impl std::fmt::Debug for EnvironmentConfig {
    /// Without the URL, which may have a password in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EnvironmentConfig")
            .field("url", &self.url.as_ref().map(|_| "***"))
            .field("url_env", &self.url_env)
            .field("protected", &self.protected)
            .field("role", &self.role)
            .finish()
    }
}

impl ConfigFile {
    /// The nearest file from `start` upwards, or an empty configuration. The search ends at the folder of a version
    /// control repository, and does not leave `home` upwards: a stray file elsewhere must not choose a database.
    ///
    /// # Errors
    /// As for [`ConfigFile::load`].
    pub fn find(start: &Path, home: Option<&Path>) -> Result<Self> {
        for dir in start.ancestors() {
            let path = dir.join(NAME);
            if path.is_file() {
                // As a user who is in `start` would write it.
                let shown = if dir == start { Path::new(NAME) } else { &path };
                return Self::read(&path, &shown.display().to_string());
            }
            if dir.join(".git").exists() || Some(dir) == home {
                break;
            }
        }
        Ok(Self::default())
    }

    /// Reads one file.
    ///
    /// # Errors
    /// `Io` when it cannot be read; `Config` with file, line and column for everything that is not as documented.
    pub fn load(path: &Path) -> Result<Self> {
        Self::read(path, &path.display().to_string())
    }

    fn read(path: &Path, shown: &str) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::new(ErrorKind::Io, format!("{shown}: {error}")))?;
        let mut config = Self::parse(shown, &text)?;
        let base = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        config.dir = config
            .dir
            .map(|dir| base.parent().unwrap_or(Path::new("")).join(dir));
        config.path = Some(path.to_owned());
        Ok(config)
    }

    /// Reads the text of a file that is called `name` in errors.
    ///
    /// # Errors
    /// `Config`, with line and column.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|error| syntax(name, text, &error))?;
        for (env, settings) in &config.environments {
            if settings.url.is_some() && settings.url_env.is_some() {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("[env.{env}] has both url and url_env"),
                )
                .at(header(name, text, env)));
            }
            if settings.url.is_none() && settings.url_env.is_none() {
                return Err(Error::new(ErrorKind::Config, format!("[env.{env}] has neither url nor url_env"))
                    .hint("url_env = \"PROD_DATABASE_URL\" names an environment variable, so that the password is not in the file")
                    .at(header(name, text, env)));
            }
        }
        Ok(config)
    }
}

/// The parser's message at its place. The line is not shown where it may hold a password.
fn syntax(name: &str, text: &str, error: &toml::de::Error) -> Error {
    let config = Error::new(ErrorKind::Config, error.message().trim().to_owned());
    let Some(span) = error.span() else {
        return config.at(Location {
            file: name.to_owned(),
            line: 1,
            column: None,
            snippet: None,
        });
    };
    let mut place = Location::at_offset(name, text, span.start);
    if place
        .snippet
        .as_deref()
        .is_some_and(|line| line.contains("://") || line.contains("password"))
    {
        place.snippet = None;
    }
    config.at(place)
}

/// Where an environment begins.
fn header(name: &str, text: &str, env: &str) -> Location {
    let line = text.lines().position(|line| {
        let inside = line
            .trim()
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'));
        inside.is_some_and(|(inside, _)| {
            inside
                .trim()
                .strip_prefix("env.")
                .is_some_and(|key| key.trim_matches(['"', '\'']) == env)
        })
    });
    Location {
        file: name.to_owned(),
        line: line.map_or(1, |index| index as u32 + 1),
        column: None,
        snippet: None,
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    duration::parse(&text).map(Some).ok_or_else(|| {
        serde::de::Error::custom("not a duration: write 500ms, 5s, 10min, 2h or 1d; 0 is no limit")
    })
}
