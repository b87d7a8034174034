//! The dev server: a private PostgreSQL for development, there when a run needs it and gone after.
//!
//! ```text
//! options    what the caller wants, and what of the environment counts
//! choose     which engine: this machine's binaries, or PostgreSQL in this process
//! binaries   finds PostgreSQL's programs        user      whom the server runs as
//! home       folders, and who may touch them    lifetime  who uses the server: locks
//! cluster    makes a data directory, starts     postmaster  the process: alive? stop it
//! system     one shared server of the binaries  embedded  PostgreSQL in this process
//! connect    sessions and databases             verbs     `pgphase dev start | stop | ...`
//! ```

mod binaries;
mod choose;
mod cluster;
mod connect;
#[cfg(feature = "embedded")]
mod embedded;
mod home;
mod lifetime;
mod options;
mod postmaster;
mod system;
mod user;
mod verbs;

pub use binaries::OLDEST_MAJOR;
pub use connect::database_name;
pub use options::{DevEvent, DevOptions, Engine};
pub use verbs::{
    ServerStatus, Started, StopOutcome, UrlAnswer, psql, reset, start, status, stop, url,
};

use crate::db::Session;
use crate::error::Result;
use choose::{Chosen, Touch, choose};
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// The dev server, running for as long as this is held.
///
/// [`release`](Self::release) it at the end to hear of failures; dropping it lets go of it too.
pub struct DevServer {
    inner: Inner,
}

enum Inner {
    System(system::Server),
    #[cfg(feature = "embedded")]
    Embedded(embedded::Server),
}

/// What the line on stderr and `dev status` say of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Which engine.
    pub engine: Engine,
    /// The server's version, such as "15.18".
    pub version: String,
    /// Where its data and log are.
    pub directory: PathBuf,
    /// Where its programs are (psql, pg_dump ...); absent for the embedded engine.
    pub bin_dir: Option<PathBuf>,
    /// The server process; absent for the embedded engine.
    pub pid: Option<u32>,
    /// The folder of its socket; absent for the embedded engine.
    pub socket: Option<PathBuf>,
    /// The URL of its database `postgres`; absent for the embedded engine.
    pub url: Option<String>,
    /// How many other runs use it now.
    pub shared_by: usize,
    /// Whether `dev start` asked for it to stay.
    pub kept: bool,
}

impl fmt::Display for Description {
    /// The line on stderr: "PostgreSQL 15.18 (system) in /home/me/.local/state/pgphase/dev/pg15".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            version,
            engine,
            directory,
            ..
        } = self;
        write!(
            f,
            "PostgreSQL {version} ({}) in {}",
            engine.as_str(),
            directory.display()
        )?;
        match self.shared_by {
            0 => Ok(()),
            1 => f.write_str(", shared with another run"),
            others => write!(f, ", shared with {others} other runs"),
        }
    }
}

impl DevServer {
    /// Finds the dev server running, or starts it.
    ///
    /// # Errors
    /// There is no engine, its home is not usable, or it does not start; with the way out.
    pub async fn acquire(options: &DevOptions, on_event: &mut dyn FnMut(DevEvent)) -> Result<Self> {
        let inner = match choose(options, Touch::Prepare, on_event)? {
            Chosen::System(setup) => {
                Inner::System(system::Server::acquire(setup, options, on_event).await?)
            }
            #[cfg(feature = "embedded")]
            Chosen::Embedded => {
                Inner::Embedded(embedded::Server::acquire(options, on_event).await?)
            }
        };
        Ok(Self { inner })
    }

    /// A new connection to that database, as superuser `postgres`. The embedded engine has one at
    /// a time: close the last one first.
    ///
    /// # Errors
    /// There is no such database, or the embedded engine's connection is taken.
    pub async fn session(&self, database: &str) -> Result<Session> {
        match &self.inner {
            Inner::System(server) => server.session(database).await,
            #[cfg(feature = "embedded")]
            Inner::Embedded(server) => server.session(database).await,
        }
    }

    /// Creates the database if it is missing, safely while others do the same; tells whether it did.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn ensure_database(&self, name: &str) -> Result<bool> {
        #[cfg(feature = "embedded")]
        if let Inner::Embedded(server) = &self.inner {
            return server.ensure_database(name);
        }
        let session = self.session(connect::ROLE).await?;
        let created = connect::ensure_database(&session, name).await;
        session.close().await;
        created
    }

    /// A new connection to that database, which is created if it is missing: one round of logging in
    /// where it is there.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open(&self, database: &str) -> Result<Session> {
        match self.session(database).await {
            Err(error) if connect::is_missing_database(&error) => {
                self.ensure_database(database).await?;
                self.session(database).await
            }
            answer => answer,
        }
    }

    /// Drops a database, if there is one.
    ///
    /// # Errors
    /// Somebody is connected to it.
    pub async fn drop_database(&self, name: &str) -> Result<()> {
        #[cfg(feature = "embedded")]
        if let Inner::Embedded(server) = &self.inner {
            return server.drop_database(name).await;
        }
        // A session in the database would be in the way.
        let session = self.session("template1").await?;
        let dropped = connect::drop_database(&session, name).await;
        session.close().await;
        dropped
    }

    /// What to say about it.
    pub fn describe(&self) -> Description {
        match &self.inner {
            Inner::System(server) => verbs::describe(server),
            #[cfg(feature = "embedded")]
            Inner::Embedded(server) => server.describe(),
        }
    }

    /// The URL of a database on it.
    ///
    /// # Errors
    /// The embedded engine cannot be shared.
    pub fn url(&self, database: &str) -> Result<String> {
        match &self.inner {
            Inner::System(server) => Ok(connect::url(&server.postmaster.socket_dir, database)),
            #[cfg(feature = "embedded")]
            Inner::Embedded(_) => Err(embedded::not_shared("has no URL")),
        }
    }

    /// Lets go of it; the last run out stops it, unless `dev start` asked for it to stay. Close
    /// sessions first.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn release(self) -> Result<()> {
        match self.inner {
            Inner::System(mut server) => {
                let leaving = tokio::task::spawn_blocking(move || server.leave());
                leaving
                    .await
                    .unwrap_or_else(|error| Err(options::failed(error.to_string())))
            }
            #[cfg(feature = "embedded")]
            Inner::Embedded(server) => server.release().await,
        }
    }
}
