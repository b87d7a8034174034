//! What the caller wants of the dev server, and what of the environment it depends on.

use crate::error::{Error, ErrorKind, Result};
use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// PostgreSQL's own binaries, found on this machine.
    System,
    /// PostgreSQL 18 inside this process.
    Embedded,
}

impl Engine {
    /// The name as the user writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Embedded => "embedded",
        }
    }
}

impl FromStr for Engine {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "system" => Ok(Self::System),
            "embedded" => Ok(Self::Embedded),
            other => Err(Error::new(
                ErrorKind::Config,
                format!("\"{other}\" is no engine of the dev server"),
            )
            .hint("Say system or embedded.")),
        }
    }
}

/// Everything the dev server depends on; [`DevOptions::from_env`] fills it from the environment.
#[derive(Debug, Clone)]
pub struct DevOptions {
    /// `--dev-engine`, PGPHASE_DEV_ENGINE; without it the system's binaries, else the embedded one.
    pub engine: Option<Engine>,
    /// `--pg-bindir`, PG_BINDIR: the only place to look for binaries.
    pub bin_dir: Option<PathBuf>,
    /// PGPHASE_DEV_HOME: where the data lives.
    pub home: Option<PathBuf>,
    /// XDG_STATE_HOME.
    pub state_home: Option<PathBuf>,
    /// HOME.
    pub user_home: Option<PathBuf>,
    /// XDG_RUNTIME_DIR, for a socket whose path would be too long in the home.
    pub runtime_dir: Option<PathBuf>,
    /// PATH.
    pub path: Option<OsString>,
    /// Whether to look where packages install PostgreSQL as well.
    pub well_known: bool,
    /// Whom the server runs as when we are root: the first of these that exists.
    pub server_users: Vec<String>,
    /// How long to wait for another run that starts, stops or holds the server.
    pub wait: Duration,
}

impl DevOptions {
    /// The options as the environment gives them.
    ///
    /// # Errors
    /// PGPHASE_DEV_ENGINE names no engine.
    pub fn from_env() -> Result<Self> {
        let dir = |name: &str| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        let engine = std::env::var("PGPHASE_DEV_ENGINE")
            .ok()
            .filter(|name| !name.is_empty());
        Ok(Self {
            engine: engine.map(|name| name.parse()).transpose()?,
            bin_dir: dir("PG_BINDIR"),
            home: dir("PGPHASE_DEV_HOME"),
            state_home: dir("XDG_STATE_HOME").filter(|dir| dir.is_absolute()),
            user_home: dir("HOME").filter(|dir| dir.is_absolute()),
            runtime_dir: dir("XDG_RUNTIME_DIR").filter(|dir| dir.is_absolute()),
            path: std::env::var_os("PATH"),
            well_known: true,
            server_users: vec!["postgres".to_owned(), "nobody".to_owned()],
            wait: Duration::from_secs(60),
        })
    }
}

/// What happens on the way to a running server; for the line or the spinner on stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DevEvent {
    /// Something the user may want to know.
    Note(String),
    /// A data directory is being made, which takes most of a second, once.
    Initialising {
        /// The server's version.
        version: String,
        /// The directory that is being made.
        directory: PathBuf,
    },
    /// Another run is in the way; says of what.
    Waiting(String),
}

/// Where events go.
pub(super) type OnEvent<'a> = &'a mut dyn FnMut(DevEvent);

/// An error of the dev server.
pub(super) fn failed(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::DevServer, message)
}
