//! What most verbs begin with: which system, which database, one connection, one look.

use super::context::Context;
use crate::catalog::{self, Source, System};
use crate::db::dev::{DevEvent, DevOptions, DevServer, database_name};
use crate::db::lock::RunLock;
use crate::db::pooler::{self, Pooler};
use crate::db::{self, Session, Target};
use crate::history::{self, History, Look};
use crate::inspect::{self, collisions::Collisions};
use crate::plan::Plan;
use crate::render::Printer;
use crate::settings::{Chosen, DatabaseChoice, LOCK_TIMEOUT};
use crate::{Error, ErrorKind, Result, execute};
use std::time::Duration;

/// What a verb wants the database for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at it.
    Read,
    /// To apply migrations or reference data.
    Migrate,
    /// To revert migrations.
    Revert,
    /// To look at the platform, or to install it.
    Platform,
}

/// A system and its database, with what a first look told.
pub struct Opened {
    /// The connection.
    pub session: Session,
    /// The system's files.
    pub system: System,
    /// The server.
    pub look: Look,
    /// What is applied.
    pub history: History,
    /// The dev server, where that is the database.
    pub dev: Option<DevServer>,
    /// Command line, environment and files.
    pub context: Context,
    /// The server, where it is not the dev server.
    target: Option<Target>,
    /// Name of the environment, where it is protected.
    environment: Option<String>,
    role: Option<String>,
}

/// The system of a verb that needs no database.
pub fn system_from_files(context: &Context) -> Result<System> {
    catalog::load(&context.source, &context.system_or_default()?)
}

/// Connects and looks.
///
/// # Errors
/// Exit code 3 in all its kinds: configuration, connection, an unknown system.
pub async fn open(context: Context, printer: &Printer, purpose: Purpose) -> Result<Opened> {
    let allows_dev = purpose != Purpose::Platform || context.asks_for_dev();
    let chosen = context.database(allows_dev)?;
    match chosen.choice.clone() {
        DatabaseChoice::Dev => open_dev(context, printer).await,
        DatabaseChoice::Server(target) => open_server(context, chosen, *target, printer).await,
    }
}

async fn open_dev(context: Context, printer: &Printer) -> Result<Opened> {
    let system = catalog::load(&context.source, &context.system_or_default()?)?;
    let dev = acquire(&context.dev_options, printer).await?;
    let session = dev
        .open(&dev_database(&system.name, &context.source))
        .await?;
    let (look, history) = history::look(&session).await?;
    Ok(Opened {
        session,
        system,
        look,
        history,
        dev: Some(dev),
        context,
        target: None,
        environment: None,
        role: None,
    })
}

/// The dev server's database of a system: systems of a folder do not share one with those of the binary.
pub fn dev_database(system: &str, source: &Source) -> String {
    match source {
        Source::Embedded => database_name(system, None),
        Source::Dir(path) => database_name(system, Some(path.as_path())),
    }
}

/// Starts or finds the dev server; one line says which it is.
pub async fn acquire(options: &DevOptions, printer: &Printer) -> Result<DevServer> {
    let mut tell = |event: DevEvent| tell_dev(event, printer);
    let dev = DevServer::acquire(options, &mut tell).await?;
    let about = dev.describe();
    printer.say(&format!(
        "dev server: {} engine, PostgreSQL {}, {}",
        about.engine.as_str(),
        about.version,
        about.directory.display()
    ));
    Ok(dev)
}

/// Says what happens on the way to a running dev server.
pub(super) fn tell_dev(event: DevEvent, printer: &Printer) {
    match event {
        DevEvent::Note(text) => printer.say(&text),
        DevEvent::Initialising { version, directory } => {
            printer.say(&format!(
                "making a PostgreSQL {version} data directory in {}",
                directory.display()
            ));
        }
        DevEvent::Waiting(what) => printer.say(&format!("waiting: {what}")),
    }
}

async fn open_server(
    context: Context,
    chosen: Chosen,
    target: Target,
    printer: &Printer,
) -> Result<Opened> {
    for warning in &target.warnings {
        printer.warn(warning);
    }
    let session = db::connect(&target).await?;
    if let Some(role) = &chosen.role {
        set_role(&session, role).await?;
    }
    let (look, history) = history::look(&session).await?;
    let name = context.named_system()?.or_else(|| history.system.clone());
    let name = name.ok_or_else(|| context.which_system())?;
    let system = catalog::load(&context.source, &name)?;
    let environment = chosen.environment_name.filter(|_| chosen.protected);
    Ok(Opened {
        session,
        system,
        look,
        history,
        dev: None,
        context,
        target: Some(target),
        environment,
        role: chosen.role,
    })
}

/// How many colliding objects are named.
const NAMED: usize = 10;

/// The refusal of a database that holds what would be created.
fn colliding(
    database: &str,
    system: &System,
    collisions: &Collisions,
    without_history: bool,
) -> Error {
    let found = &collisions.found;
    let holds = match without_history {
        true => " and pgphase did not put them there",
        false => "",
    };
    let name = &system.name;
    let message =
        format!("database {database} has objects already that {name} would create{holds}");
    let mut lines: Vec<String> = found.iter().take(NAMED).cloned().collect();
    if found.len() > NAMED {
        lines.push(format!("and {} more", found.len() - NAMED));
    }
    let error = Error::new(ErrorKind::Collision, message).detail(lines.join("\n"));
    if without_history && found.len() == collisions.wanted {
        return error
            .hint(format!(
                "this looks like {name} itself, without its history: `pgphase verify --all-phases` checks it"
            ))
            .hint("pgphase cannot take it over: migrate an empty database, and move the data there");
    }
    error.hint("two systems never share a database: use an empty one")
}

async fn set_role(session: &Session, role: &str) -> Result<()> {
    let sql = format!(
        "set role {}",
        postgres_protocol::escape::escape_identifier(role)
    );
    session.client.batch_execute(&sql).await.map_err(|error| {
        let context = db::sql_error::SqlContext::new(ErrorKind::Permission, "setting the role");
        db::sql_error::from_pg(&error, &context).kind_is(ErrorKind::Permission)
    })
}

impl Opened {
    /// Closes the connection and lets the dev server go.
    pub async fn close(self) {
        self.session.close().await;
        if let Some(dev) = self.dev {
            // Its failure to stop is found by the next run; the verb's own result counts.
            let _ = dev.release().await;
        }
    }

    /// Takes the run lock; none behind a transaction pooler, where only each transaction's own lock means something.
    pub async fn lock(&self, pooled: bool, printer: &Printer) -> Result<Option<RunLock>> {
        if pooled {
            return Ok(None);
        }
        let wait = self.context.settings.lock_wait;
        let tell = |holder: &db::lock::Holder| {
            printer.say(&format!("waiting for another run: {holder}"));
        };
        RunLock::acquire(&self.session, wait, tell).await.map(Some)
    }

    /// Whether the connection goes through a transaction pooler, where a session's lock and settings do not hold.
    ///
    /// # Errors
    /// What the connection says.
    pub async fn is_pooled(&self, printer: &Printer) -> Result<bool> {
        let Some(target) = &self.target else {
            return Ok(false);
        };
        let judged = pooler::judge(target, &self.session, self.look.backend_pid);
        let (reason, judged) = match judged {
            Pooler::Suspected(reason) => (
                reason.clone(),
                pooler::confirm(target, &self.session, reason).await?,
            ),
            judged => (String::new(), judged),
        };
        if judged.keeps_sessions() {
            return Ok(false);
        }
        let why = if reason.is_empty() {
            reason
        } else {
            format!(" ({reason})")
        };
        printer.say(&format!(
            "this is a transaction pooler{why}: each transaction takes the run lock for itself"
        ));
        Ok(true)
    }

    /// How a run behaves.
    pub fn execute_options(&self) -> execute::Options {
        let settings = &self.context.settings;
        let wanted = settings.lock_timeout.or(self.system.lock_timeout);
        execute::Options {
            lock_timeout: wanted.unwrap_or(LOCK_TIMEOUT),
            statement_timeout: settings.statement_timeout,
            role: self.role.clone(),
            ..execute::Options::default()
        }
    }

    /// The role that statements run as, where one was asked for.
    pub fn role(&self) -> Option<String> {
        self.role.clone()
    }

    /// Whether the environment is marked as protected.
    pub fn is_protected(&self) -> bool {
        self.environment.is_some()
    }

    /// Refuses a server that cannot be written to, before anything is tried.
    pub fn check_writable(&self) -> Result<()> {
        if self.look.in_recovery {
            let message = "the server is a standby, which cannot be written to";
            return Err(Error::new(ErrorKind::Unsupported, message).hint("connect to the primary"));
        }
        if self.look.read_only {
            let message = format!(
                "transactions of role {} in database {} are read-only",
                self.look.role, self.look.database
            );
            return Err(Error::new(ErrorKind::Unsupported, message).hint(
                "default_transaction_read_only is on: for the role, the database, the server, or in PGOPTIONS",
            ));
        }
        Ok(())
    }

    /// Asks before something destructive: for the environment's name where it is protected, else for "yes".
    pub fn confirm(&self, printer: &Printer, yes: bool, what: &str) -> Result<()> {
        let database = &self.look.database;
        match &self.environment {
            Some(name) => printer.confirm(
                &format!("{what} (database {database}, protected environment {name})"),
                name,
                "a protected environment wants its name typed on a terminal",
            ),
            None if yes => Ok(()),
            None => printer.confirm(&format!("{what} (database {database})"), "yes", "add --yes"),
        }
    }

    /// Refuses a plan whose new phases would create what is there already.
    pub async fn check_collisions(&self, plan: &Plan) -> Result<()> {
        let collisions = inspect::collisions::find(&self.session, &plan.creates).await?;
        if collisions.found.is_empty() {
            return Ok(());
        }
        let without_history = self.history.system.is_none();
        Err(colliding(
            &self.look.database,
            &self.system,
            &collisions,
            without_history,
        ))
    }

    /// Rows of each table; none where they cannot be counted in time.
    pub async fn count_rows(
        &self,
        tables: &[(String, String)],
    ) -> Result<Vec<(String, Option<u64>)>> {
        inspect::rows::count(&self.session, tables, Duration::from_secs(5)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn refused(found: usize, wanted: usize) -> Error {
        let source = Source::Dir(PathBuf::from("examples/minimal"));
        let system = catalog::load(&source, "bookshop").expect("the example");
        let found = (1..=found).map(|n| format!("table public.t{n}")).collect();
        colliding("db", &system, &Collisions { found, wanted }, true)
    }

    #[test]
    fn ten_colliding_objects_are_named_and_the_others_counted() {
        let error = refused(190, 200);
        let detail = error.inner().detail.clone().expect("a list");
        assert_eq!(detail.lines().count(), 11);
        assert!(detail.ends_with("\nand 180 more"), "{detail}");
        let hint = error.inner().hint.clone().expect("a hint");
        assert!(hint.contains("never share"), "{hint}");
    }

    #[test]
    fn the_system_itself_without_history_is_recognised() {
        let error = refused(10, 10);
        let detail = error.inner().detail.clone().expect("a list");
        assert!(!detail.contains("more"), "{detail}");
        let hint = error.inner().hint.clone().expect("a hint");
        assert!(hint.contains("looks like bookshop itself"), "{hint}");
        assert!(hint.contains("verify --all-phases"), "{hint}");
    }
}
