//! Command line, environment, `.env` files and `pgphase.toml` → [`Settings`]. What the command line says goes first,
//! then the environment, then the file, then the default.

pub mod choose;
pub mod config_file;
mod dotenv;
pub mod duration;

pub use choose::{Chosen, ConnectionArgs, DatabaseChoice, Source, choose_database};
pub use config_file::{ConfigFile, EnvironmentConfig};

use crate::db::Environment;
use crate::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a statement waits for a table's lock, unless told otherwise.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long to wait for the run lock: longer than most runs take, so that simultaneous deployments all succeed.
pub const LOCK_WAIT: Duration = Duration::from_secs(300);

/// What the command line says, apart from the connection; `None` where it says nothing.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--system`.
    pub system: Option<String>,
    /// `--dir`.
    pub dir: Option<PathBuf>,
    /// `--lock-timeout`, as written.
    pub lock_timeout: Option<String>,
    /// `--statement-timeout`, as written.
    pub statement_timeout: Option<String>,
    /// `--lock-wait`, as written.
    pub lock_wait: Option<String>,
}

/// What holds for this invocation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The system, where one was named.
    pub system: Option<String>,
    /// The folder of systems; `None` means those in the binary.
    pub dir: Option<PathBuf>,
    /// How long a statement waits for a table's lock. `None` where nobody said so: a system's own wish comes before
    /// [`LOCK_TIMEOUT`].
    pub lock_timeout: Option<Duration>,
    /// How long a statement may run; zero is no limit.
    pub statement_timeout: Duration,
    /// How long to wait for the run lock.
    pub lock_wait: Duration,
}

/// Everything that is read once, before any verb: the file, and the environment with the `.env` files added.
#[derive(Debug, Clone)]
pub struct Project {
    /// pgphase.toml, or nothing.
    pub config: ConfigFile,
    /// The process's variables, then `.env.local`, then `.env`.
    pub env: Environment,
}

impl Project {
    /// Reads pgphase.toml from `cwd` upwards, and the `.env` files beside it (in `cwd` where there is none).
    ///
    /// # Errors
    /// `Config` or `Io`, with the file's name and line.
    pub fn load(cwd: &Path, mut env: Environment) -> Result<Self> {
        let config = ConfigFile::find(cwd, env.home.as_deref())?;
        let root = config.path.as_deref().and_then(Path::parent).unwrap_or(cwd);
        dotenv::load(root, &mut env)?;
        Ok(Self { config, env })
    }

    /// The database for a verb.
    ///
    /// # Errors
    /// As for [`choose_database`].
    pub fn database(&self, cli: &ConnectionArgs, allows_dev: bool) -> Result<Chosen> {
        choose_database(cli, &self.env, &self.config, allows_dev)
    }

    /// Everything else.
    ///
    /// # Errors
    /// `Usage` for a malformed duration on the command line, `Config` for one in a variable.
    pub fn settings(&self, cli: &Overrides) -> Result<Settings> {
        let text = |flag: &Option<String>, variable| {
            flag.clone()
                .or_else(|| self.env.get(variable).map(str::to_owned))
        };
        let dir = cli
            .dir
            .clone()
            .or_else(|| self.env.get("PGPHASE_DIR").map(PathBuf::from));
        let config = &self.config;
        Ok(Settings {
            system: text(&cli.system, "PGPHASE_SYSTEM").or_else(|| config.system.clone()),
            dir: dir.or_else(|| config.dir.clone()),
            lock_timeout: self
                .time(&cli.lock_timeout, "--lock-timeout", "PGPHASE_LOCK_TIMEOUT")?
                .or(config.lock_timeout),
            statement_timeout: self
                .time(
                    &cli.statement_timeout,
                    "--statement-timeout",
                    "PGPHASE_STATEMENT_TIMEOUT",
                )?
                .or(config.statement_timeout)
                .unwrap_or_default(),
            lock_wait: self
                .time(&cli.lock_wait, "--lock-wait", "PGPHASE_LOCK_WAIT")?
                .or(config.lock_wait)
                .unwrap_or(LOCK_WAIT),
        })
    }

    fn time(&self, given: &Option<String>, flag: &str, variable: &str) -> Result<Option<Duration>> {
        let (text, kind, name) = match (given, self.env.get(variable)) {
            (Some(text), _) => (text.as_str(), ErrorKind::Usage, flag),
            (None, Some(text)) => (text, ErrorKind::Config, variable),
            (None, None) => return Ok(None),
        };
        duration::parse(text).map(Some).ok_or_else(|| {
            Error::new(kind, format!("{name}: {text:?} is not a duration"))
                .hint("write 500ms, 5s, 10min, 2h or 1d, at most 24d; 0 is no limit")
        })
    }
}

#[cfg(test)]
mod tests;
