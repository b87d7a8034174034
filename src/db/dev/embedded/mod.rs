//! The engine in this process: PostgreSQL 18 compiled to WebAssembly.
//!
//! It serves one connection to a database at a time and knows neither timeouts nor cancelling, so
//! one run has it at a time. A database is a data directory of its own, always called `postgres`
//! inside: making one costs a copy, `create database` would cost another start.

mod wire;
mod worker;

use super::connect::{self, ROLE};
use super::home::{self, Place, cannot};
use super::lifetime::{self, Errand, Guard, Presence};
use super::options::{DevEvent, DevOptions, Engine, OnEvent, failed};
use super::user::ServerUser;
use super::{Description, ServerStatus, cluster};
use crate::db::Session;
use crate::error::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio_postgres::NoTls;
use worker::{Ended, Failure, State, Worker};

/// The engine's version; comes with the pinned crate.
pub const VERSION: &str = "18.4";
const FOLDER: &str = "embedded-pg18";
/// How long to wait for a connection that the caller is about to close.
const TURN_LIMIT: Duration = Duration::from_secs(3);
/// How long the engine may take to write out what it holds.
const CLOSE_LIMIT: Duration = Duration::from_secs(60);

/// What keeps other runs out, held by this run and by each thread until its database is closed.
struct Hold {
    _presence: Presence,
    _guard: Guard,
}

/// The engine, ours alone for as long as this is held.
pub struct Server {
    place: Place,
    hold: Arc<Hold>,
    workers: Mutex<HashMap<String, Worker>>,
}

impl Server {
    /// Waits until no other run has the engine.
    ///
    /// # Errors
    /// The home is not usable, or another run has it for too long.
    pub async fn acquire(options: &DevOptions, on_event: OnEvent<'_>) -> Result<Self> {
        let (place, guard) = take(options, on_event).await?;
        let presence = Presence::enter(&place, &guard)?;
        if databases(&place).is_empty() {
            // Files are unpacked and copied: the first connection takes seconds, once.
            let (version, directory) = (VERSION.to_owned(), place.dir.clone());
            on_event(DevEvent::Initialising { version, directory });
        }
        let hold = Arc::new(Hold {
            _presence: presence,
            _guard: guard,
        });
        Ok(Self {
            place,
            hold,
            workers: Mutex::default(),
        })
    }

    /// The only connection to that database at this time.
    ///
    /// # Errors
    /// There is no such database, another connection to it is open, or the engine fails.
    pub async fn session(&self, database: &str) -> Result<Session> {
        if !self.dir(database).exists() && database != ROLE {
            return Err(connect::missing(database));
        }
        let (ours, theirs) = UnixStream::pair().map_err(|error| broken(database, error))?;
        ours.set_nonblocking(true)
            .map_err(|error| broken(database, error))?;
        let ours =
            tokio::net::UnixStream::from_std(ours).map_err(|error| broken(database, error))?;
        let ended = self.hand_over(database, theirs).await?;
        let mut config = tokio_postgres::Config::new();
        config.user(ROLE).dbname(ROLE).application_name("pgphase");
        match config.connect_raw(ours, NoTls).await {
            Ok((client, connection)) => Ok(Session::start(client, connection, None)),
            Err(error) => Err(match ended.await {
                Ok(Err(failure)) => broken(database, failure),
                _ => connect::refused(database, &error),
            }),
        }
    }

    /// Makes the database's folder if it is missing; the first connection fills it.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn ensure_database(&self, name: &str) -> Result<bool> {
        let dir = self.dir(name);
        if dir.exists() {
            return Ok(false);
        }
        std::fs::create_dir(&dir).map_err(|error| cannot("create", &dir, &error))?;
        Ok(true)
    }

    /// Throws the database away, if there is one.
    ///
    /// # Errors
    /// A connection to it is open, or its folder cannot be removed.
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        if !self.becomes_idle(name).await {
            return Err(taken(name));
        }
        let worker = self.lock().remove(name);
        if let Some(worker) = worker {
            finish(name, worker).await?;
        }
        cluster::remove_tree(&self.dir(name))
    }

    /// What to say about it.
    pub fn describe(&self) -> Description {
        Description {
            engine: Engine::Embedded,
            version: VERSION.to_owned(),
            directory: self.place.dir.clone(),
            bin_dir: None,
            pid: None,
            socket: None,
            url: None,
            shared_by: 0,
            kept: false,
        }
    }

    /// Closes all databases and lets the next run have the engine.
    ///
    /// # Errors
    /// A connection was left open, or a database could not be closed in order.
    pub async fn release(self) -> Result<()> {
        let names: Vec<String> = self.lock().keys().cloned().collect();
        for name in names {
            if !self.becomes_idle(&name).await {
                return Err(failed(format!("a connection to \"{name}\" was left open")));
            }
            let worker = self.lock().remove(&name);
            if let Some(worker) = worker {
                finish(&name, worker).await?;
            }
        }
        Ok(())
    }

    /// Gives the thread of that database a connection to serve, once it has none.
    async fn hand_over(&self, database: &str, stream: UnixStream) -> Result<Ended> {
        while self.becomes_idle(database).await {
            let copy = stream
                .try_clone()
                .map_err(|error| broken(database, error))?;
            if let Some(answer) = self.offer(database, copy)? {
                return Ok(answer);
            }
        }
        Err(taken(database))
    }

    /// Waits until the thread of that database, if there is one, serves no connection.
    async fn becomes_idle(&self, database: &str) -> bool {
        let begun = Instant::now();
        loop {
            let state = self.lock().get(database).map_or(State::Idle, Worker::state);
            let limit = match state {
                State::Idle => return true,
                State::Serving => TURN_LIMIT,
                State::Closing => CLOSE_LIMIT,
            };
            if begun.elapsed() > limit {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn offer(&self, database: &str, stream: UnixStream) -> Result<Option<Ended>> {
        let mut workers = self.lock();
        if !workers.contains_key(database) {
            let worker = Worker::start(&self.dir(database), Arc::clone(&self.hold));
            let worker = worker.map_err(|error| broken(database, error))?;
            workers.insert(database.to_owned(), worker);
        }
        Ok(workers
            .get(database)
            .and_then(|worker| worker.serve(stream)))
    }

    fn dir(&self, database: &str) -> PathBuf {
        // Any name makes a file name: no slashes, no dot in front.
        self.place.dir.join(format!(
            "db-{}",
            connect::percent_encoded(database).replace('/', "%2F")
        ))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Worker>> {
        self.workers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

async fn finish(name: &str, worker: Worker) -> Result<()> {
    let finished = tokio::task::spawn_blocking(|| worker.finish()).await;
    finished
        .map_err(|error| broken(name, error))?
        .map_err(|error| broken(name, error))
}

async fn take(options: &DevOptions, on_event: OnEvent<'_>) -> Result<(Place, Guard)> {
    let user = ServerUser::ourselves();
    let home = home::open(options, &user)?;
    let place = Place::open(&home, FOLDER, &user)?;
    let guard = Guard::take(&place, Errand::Embedded, options.wait, on_event).await?;
    lifetime::sweep(&place, &guard);
    Ok((place, guard))
}

/// Throws all databases of the engine away.
///
/// # Errors
/// Another run has it for too long, or a folder cannot be removed.
pub async fn reset(options: &DevOptions, on_event: OnEvent<'_>) -> Result<()> {
    let (place, _guard) = take(options, on_event).await?;
    for dir in databases(&place) {
        cluster::remove_tree(&dir)?;
    }
    Ok(())
}

/// The engine in `dev status`. Touches nothing.
///
/// # Errors
/// Nothing says where the home could be.
pub fn look(options: &DevOptions, chosen: bool) -> Result<ServerStatus> {
    let home = home::locate(options)?;
    let place = Place::at(&std::fs::canonicalize(&home).unwrap_or(home), FOLDER);
    Ok(ServerStatus {
        engine: Engine::Embedded,
        major: None,
        chosen,
        has_data: !databases(&place).is_empty(),
        kept: false,
        pid: None,
        socket: None,
        users: lifetime::users(&place, None),
        directory: place.dir,
    })
}

fn databases(place: &Place) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&place.dir)
        .into_iter()
        .flatten()
        .flatten();
    let is_database = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("db-"))
    };
    entries
        .map(|entry| entry.path())
        .filter(is_database)
        .collect()
}

/// The error of a verb that needs a server other programs can reach.
pub fn not_shared(what: &str) -> Error {
    failed(format!("the embedded dev server lives in one process and {what}"))
        .kind_is(ErrorKind::Unsupported)
        .hint("Install PostgreSQL (apt-get install postgresql, brew install postgresql): then the dev server is shared.")
}

fn taken(database: &str) -> Error {
    failed(format!(
        "\"{database}\" has a connection, and the embedded dev server serves one at a time"
    ))
    .kind_is(ErrorKind::Locked)
    .hint("Close the other session first, or use --dev-engine system.")
}

fn broken(database: &str, error: impl Into<Failure>) -> Error {
    let said = error.into();
    failed(format!(
        "embedded dev server, database \"{database}\": {}",
        said.message()
    ))
    .hint("`pgphase dev reset` makes the data anew.")
}
