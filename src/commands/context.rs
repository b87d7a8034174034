//! Command line, environment and files, read once for a verb.

use crate::Result;
use crate::catalog::Source;
use crate::cli::{DevEngine, Global, WaitArgs};
use crate::db::Environment;
use crate::db::dev::{DevOptions, Engine};
use crate::settings::{Chosen, ConnectionArgs, Overrides, Project, Settings};
use crate::{Error, ErrorKind};

/// Everything that decides which system and which database a verb works on.
#[derive(Clone)]
pub struct Context {
    /// What holds for this invocation.
    pub settings: Settings,
    /// How the dev server is found or started.
    pub dev_options: DevOptions,
    /// Where the systems come from.
    pub source: Source,
    project: Project,
    connection: ConnectionArgs,
}

impl Context {
    /// Reads pgphase.toml, `.env` and the environment.
    ///
    /// # Errors
    /// Exit code 3 for whatever is wrong in them.
    pub fn load(global: &Global, waiting: Option<&WaitArgs>) -> Result<Self> {
        let here = std::env::current_dir().map_err(|error| {
            Error::new(
                ErrorKind::Io,
                format!("the current folder cannot be used: {error}"),
            )
        })?;
        let project = Project::load(&here, Environment::from_process())?;
        let waiting = waiting.cloned().unwrap_or_default();
        let mut settings = project.settings(&Overrides {
            system: global.system.clone(),
            dir: global.dir.clone(),
            lock_timeout: waiting.lock_timeout,
            statement_timeout: waiting.statement_timeout,
            lock_wait: waiting.lock_wait,
        })?;
        // Shorter to read in every message.
        if let Some(below) = settings
            .dir
            .as_deref()
            .and_then(|dir| dir.strip_prefix(&here).ok())
        {
            settings.dir = Some(if below.as_os_str().is_empty() {
                ".".into()
            } else {
                below.to_owned()
            });
        }
        let mut dev_options = DevOptions::from_env()?;
        // The flags go before the variables.
        dev_options.bin_dir = global.pg_bindir.clone().or(dev_options.bin_dir);
        let engine = global.dev_engine.map(|engine| match engine {
            DevEngine::System => Engine::System,
            DevEngine::Embedded => Engine::Embedded,
        });
        dev_options.engine = engine.or(dev_options.engine);
        Ok(Self {
            source: settings.dir.clone().map_or(Source::Embedded, Source::Dir),
            settings,
            dev_options,
            project,
            connection: ConnectionArgs {
                database_url: global.database_url.clone(),
                env: global.environment.clone(),
                dev: global.dev,
                role: global.role.clone(),
            },
        })
    }

    /// Whether the user asked for the dev server by name.
    pub fn asks_for_dev(&self) -> bool {
        self.connection.dev
    }

    /// The database that a verb works on.
    ///
    /// # Errors
    /// A wrong connection string, an unknown environment, or none where the dev server must not stand in.
    pub fn database(&self, allows_dev: bool) -> Result<Chosen> {
        self.project.database(&self.connection, allows_dev)
    }

    /// The system that the user named, or the only one in their folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn named_system(&self) -> Result<Option<String>> {
        if let Some(name) = &self.settings.system {
            return Ok(Some(name.clone()));
        }
        if matches!(self.source, Source::Dir(_)) {
            let mut names = self.source.systems()?;
            if names.len() == 1 {
                return Ok(names.pop());
            }
        }
        Ok(None)
    }

    /// The system of a verb that needs no database, or that works on the dev server: the named one, else the default.
    ///
    /// # Errors
    /// There are several, and nothing says which.
    pub fn system_or_default(&self) -> Result<String> {
        if let Some(name) = self.named_system()? {
            return Ok(name);
        }
        crate::catalog::default_system(&self.source)?.ok_or_else(|| self.which_system())
    }

    /// Nothing says which system is meant.
    pub fn which_system(&self) -> Error {
        let names = self.source.systems().unwrap_or_default();
        let error = Error::new(ErrorKind::Usage, "which system?");
        if names.is_empty() {
            return error.hint("this folder holds no system; `pgphase init` makes one");
        }
        error.hint(format!("name one with --system: {}", names.join(", ")))
    }
}
