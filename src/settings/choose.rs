//! Which database is meant: `--database-url`, `--env`, `DATABASE_URL`, `PG*`, or the dev server.

use super::ConfigFile;
use super::config_file::NAME;
use crate::db::target::Address;
use crate::db::{Environment, Target};
use crate::{Error, ErrorKind, Result};
use std::fmt;

/// What the command line says about the connection.
#[derive(Clone, Default)]
pub struct ConnectionArgs {
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--env`.
    pub env: Option<String>,
    /// `--dev`.
    pub dev: bool,
    /// `--role`.
    pub role: Option<String>,
}

/// A server, or the one that we start ourselves.
#[derive(Clone, Debug)]
pub enum DatabaseChoice {
    /// A server of the user's.
    Server(Box<Target>),
    /// The dev server.
    Dev,
}

/// What made the choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `--dev`.
    DevFlag,
    /// `--database-url`.
    Flag,
    /// `--env NAME`.
    Environment(String),
    /// `DATABASE_URL`, with the file it comes from, if it does.
    DatabaseUrl(Option<String>),
    /// One of libpq's variables, by name.
    Libpq(&'static str),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DevFlag => f.write_str("--dev"),
            Self::Flag => f.write_str("--database-url"),
            Self::Environment(name) => write!(f, "--env {name}"),
            Self::DatabaseUrl(None) => f.write_str("DATABASE_URL"),
            Self::DatabaseUrl(Some(file)) => write!(f, "DATABASE_URL in {file}"),
            Self::Libpq(variable) => f.write_str(variable),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// The database, and what is known of it before anybody connects.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The database.
    pub choice: DatabaseChoice,
    /// The environment's name in pgphase.toml: by `--env`, or because it is the same database as a protected one.
    pub environment_name: Option<String>,
    /// The environment's name is asked for before anything destructive.
    pub protected: bool,
    /// The role to work as, by SET ROLE.
    pub role: Option<String>,
    /// What made the choice, for the line that tells the user.
    pub source: Source,
}

/// The strongest of what is given. `allows_dev` says whether the verb may fall back to the dev server.
///
/// # Errors
/// `Config`: a malformed connection string, an environment that is unknown or has no URL, nothing given where the dev
/// server is not for this verb or under `CI`; `Usage`: `--dev` for a verb that never runs there.
pub fn choose_database(
    cli: &ConnectionArgs,
    env: &Environment,
    config: &ConfigFile,
    allows_dev: bool,
) -> Result<Chosen> {
    if cli.dev {
        return match allows_dev {
            true => Ok(chosen(cli, DatabaseChoice::Dev, Source::DevFlag)),
            false => Err(Error::new(
                ErrorKind::Usage,
                "this command does not run on the dev server",
            )
            .hint("name a database: --database-url, --env or DATABASE_URL")),
        };
    }
    // A misspelt name is a mistake even where a stronger word decides.
    let known = |name: &&String| config.environments.contains_key(*name);
    if let Some(name) = cli.env.as_ref().filter(|name| !known(name)) {
        return Err(unknown_environment(config, name));
    }
    if let Some(url) = &cli.database_url {
        // A variable that was meant to hold it and does not: libpq's defaults would be another database.
        if url.trim().is_empty() {
            return Err(Error::new(ErrorKind::Usage, "--database-url is empty")
                .hint("is the variable that should hold it set?"));
        }
        return server(cli, env, config, url, Source::Flag);
    }
    if let Some(name) = &cli.env {
        return environment(cli, env, config, name);
    }
    if let Some(url) = env.get("DATABASE_URL") {
        let source = Source::DatabaseUrl(env.origin("DATABASE_URL").map(str::to_owned));
        return server(cli, env, config, url, source);
    }
    if let Some(variable) = Target::in_environment(env) {
        return server(cli, env, config, "", Source::Libpq(variable));
    }
    if allows_dev && !is_ci(env) {
        return Ok(chosen(cli, DatabaseChoice::Dev, Source::Default));
    }
    Err(nothing_given(config, allows_dev))
}

fn chosen(cli: &ConnectionArgs, choice: DatabaseChoice, source: Source) -> Chosen {
    Chosen {
        choice,
        environment_name: None,
        protected: false,
        role: cli.role.clone(),
        source,
    }
}

/// A server by its connection string; protected if it is the database of a protected environment, whichever way it
/// was named.
fn server(
    cli: &ConnectionArgs,
    env: &Environment,
    config: &ConfigFile,
    url: &str,
    source: Source,
) -> Result<Chosen> {
    let target = Target::parse(url, env).map_err(|error| error.detail(format!("from {source}")))?;
    let protected = protected_twin(&target, env, config);
    let mut chosen = chosen(cli, DatabaseChoice::Server(Box::new(target)), source);
    chosen.protected = protected.is_some();
    chosen.environment_name = protected;
    Ok(chosen)
}

fn environment(
    cli: &ConnectionArgs,
    env: &Environment,
    config: &ConfigFile,
    name: &str,
) -> Result<Chosen> {
    let Some(settings) = config.environments.get(name) else {
        return Err(unknown_environment(config, name));
    };
    let url = match (&settings.url, &settings.url_env) {
        (Some(url), _) => url.as_str(),
        (None, Some(variable)) => env.get(variable).ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                format!("environment {name}: variable {variable} is not set"),
            )
            .hint(format!(
                "[env.{name}] in {NAME} takes its connection string from there"
            ))
        })?,
        (None, None) => {
            return Err(Error::new(
                ErrorKind::Config,
                format!("environment {name} has no url"),
            ));
        }
    };
    let source = Source::Environment(name.to_owned());
    let target = Target::parse(url, env).map_err(|error| error.detail(format!("from {source}")))?;
    Ok(Chosen {
        choice: DatabaseChoice::Server(Box::new(target)),
        environment_name: Some(name.to_owned()),
        protected: settings.protected,
        role: cli.role.clone().or_else(|| settings.role.clone()),
        source,
    })
}

/// The protected environment whose database this is.
fn protected_twin(target: &Target, env: &Environment, config: &ConfigFile) -> Option<String> {
    let protected = config
        .environments
        .iter()
        .filter(|(_, settings)| settings.protected);
    protected
        .filter_map(|(name, settings)| {
            let variable = || {
                settings
                    .url_env
                    .as_ref()
                    .and_then(|variable| env.get(variable))
            };
            let url = settings.url.as_deref().or_else(variable)?;
            Some((name, Target::parse(url, env).ok()?))
        })
        .find(|(_, other)| is_same_database(target, other))
        .map(|(name, _)| name.clone())
}

/// One host in common, and the same database.
fn is_same_database(one: &Target, other: &Target) -> bool {
    let place = |address: &Address| match address {
        Address::Tcp { name, .. } => name.to_ascii_lowercase(),
        Address::Unix(dir) => dir.display().to_string(),
    };
    one.dbname == other.dbname
        && one.hosts.iter().any(|host| {
            let same = |twin: &crate::db::target::HostSpec| {
                host.port == twin.port && place(&host.address) == place(&twin.address)
            };
            other.hosts.iter().any(same)
        })
}

/// Continuous integration sets CI=true, or to something else that is not false.
fn is_ci(env: &Environment) -> bool {
    env.get("CI")
        .is_some_and(|value| !matches!(value, "false" | "0"))
}

fn unknown_environment(config: &ConfigFile, name: &str) -> Error {
    let error = Error::new(
        ErrorKind::Config,
        format!("there is no environment named {name}"),
    );
    if config.path.is_none() {
        return error.hint(format!(
            "no {NAME} was found here or in the folders above: pgphase init writes one"
        ));
    }
    if config.environments.is_empty() {
        return error.hint(format!("{NAME} has no [env.NAME] section"));
    }
    let known: Vec<&str> = config.environments.keys().map(String::as_str).collect();
    error.hint(format!("{NAME} has {}", known.join(", ")))
}

fn nothing_given(config: &ConfigFile, allows_dev: bool) -> Error {
    let error = Error::new(ErrorKind::Config, "no database is given")
        .hint("--database-url postgres://user@host:5432/database, or DATABASE_URL, or PGHOST and its like");
    let error = match config.environments.keys().next() {
        Some(name) => error.hint(format!("or --env {name}, from {NAME}")),
        None => error,
    };
    match allows_dev {
        true => error.hint(
            "CI is set, so the dev server is used with --dev only: a forgotten URL must not pass",
        ),
        false => error,
    }
}
