//! The run lock: one run at a time on a database, whatever system it applies.
//!
//! It is an advisory lock, taken by polling. A blocking `pg_advisory_lock` would hold a snapshot while it waits, and an
//! index that the holder builds concurrently waits for all snapshots: a deadlock.
//!
//! Behind a transaction pooler a session's lock stays with a server connection that the next client gets. There, only
//! the transaction's lock ([`TRY_IN_TRANSACTION`]) means something.

use super::session::Session;
use super::sql_error::{SqlContext, from_pg};
use crate::{Error, ErrorKind, Result};
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_postgres::types::Type;

/// The lock's number, one for all systems since they share schema `pgphase`: the bytes `pgphase` and a zero, so that
/// `pg_locks` shows classid 1885827176 ("pgph") and objid 1634952448 ("ase", 0).
pub const KEY: i64 = i64::from_be_bytes(*b"pgphase\0");

/// An expression for a caller's own first query: true when this session has got the lock. Then [`RunLock::taken`].
pub const TRY_IN_SESSION: &str = "pg_try_advisory_lock(8099566048462988544)";

/// A statement for the start of a transaction: its one column is true when this transaction has got the lock, which
/// ends with it.
pub const TRY_IN_TRANSACTION: &str = "select pg_try_advisory_xact_lock(8099566048462988544)";

const HOLDER: &str = include_str!("lock_holder.sql");

/// Pauses between attempts: short at first, since most runs are short.
const PAUSE: (Duration, Duration) = (Duration::from_millis(25), Duration::from_secs(1));

/// Who holds the lock.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// The server process.
    pub pid: i32,
    /// Its role; empty when not visible.
    pub user: String,
    /// What it calls itself; empty when not visible.
    pub application: String,
    /// Where it connects from; empty for a socket, or when not visible.
    pub address: String,
    /// `active`, `idle in transaction`, …; empty when not visible.
    pub state: String,
    /// How long it has been connected, in seconds.
    pub connected_seconds: Option<f64>,
}

impl fmt::Display for Holder {
    /// `process 4711 (pgphase, role deploy, from 10.0.0.7, connected for 12 s, active)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labelled =
            |label: &str, text: &str| (!text.is_empty()).then(|| format!("{label}{text}"));
        let connected = self
            .connected_seconds
            .map(|seconds| format!("connected for {seconds:.0} s"));
        let parts: Vec<String> = [
            labelled("", &self.application),
            labelled("role ", &self.user),
            labelled("from ", &self.address),
            connected,
            labelled("", &self.state),
        ]
        .into_iter()
        .flatten()
        .collect();
        write!(f, "process {}", self.pid)?;
        if parts.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", parts.join(", "))
        }
    }
}

/// The lock, held by a session until it is released or the session ends.
#[derive(Debug)]
#[must_use = "the lock is held until it is released or the session ends"]
pub struct RunLock(());

impl RunLock {
    /// For a caller whose own query contained [`TRY_IN_SESSION`] and saw true.
    pub fn taken() -> Self {
        Self(())
    }

    /// Takes the lock, waiting at most `wait`. `on_wait` hears of each new holder that has to be waited for.
    ///
    /// # Errors
    /// `Locked`, naming the holder, when the time is over; what the connection says otherwise.
    pub async fn acquire(
        session: &Session,
        wait: Duration,
        mut on_wait: impl FnMut(&Holder),
    ) -> Result<Self> {
        let deadline = Instant::now() + wait;
        let mut pause = PAUSE.0;
        let mut announced = None;
        loop {
            if try_lock(session).await? {
                return Ok(Self(()));
            }
            let holder = holder(session).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(locked(holder.as_ref(), wait));
            }
            if let Some(holder) = holder
                && announced.replace(holder.pid) != Some(holder.pid)
            {
                on_wait(&holder);
            }
            sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(PAUSE.1);
        }
    }

    /// Gives the lock back; false when the session did not hold it any more, which a transaction pooler brings about.
    ///
    /// # Errors
    /// What the connection says; the server then releases the lock itself.
    pub async fn release(self, session: &Session) -> Result<bool> {
        one_bool(session, "select pg_advisory_unlock($1)").await
    }
}

/// Who holds the lock now, if anybody.
///
/// # Errors
/// What the connection says.
pub async fn holder(session: &Session) -> Result<Option<Holder>> {
    let rows = session
        .client
        .query_typed(HOLDER, &[(&KEY, Type::INT8)])
        .await;
    let rows = rows.map_err(|error| from_pg(&error, &context()))?;
    Ok(rows.first().map(|row| Holder {
        pid: row.get(0),
        user: row.get(1),
        application: row.get(2),
        address: row.get(3),
        state: row.get(4),
        connected_seconds: row.get(5),
    }))
}

async fn try_lock(session: &Session) -> Result<bool> {
    one_bool(session, "select pg_try_advisory_lock($1)").await
}

/// One round trip, without a named statement.
async fn one_bool(session: &Session, sql: &str) -> Result<bool> {
    let rows = session.client.query_typed(sql, &[(&KEY, Type::INT8)]).await;
    let rows = rows.map_err(|error| from_pg(&error, &context()))?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

fn context() -> SqlContext<'static> {
    SqlContext::new(ErrorKind::Database, "taking the run lock")
}

fn locked(holder: Option<&Holder>, wait: Duration) -> Error {
    let who = holder.map_or_else(|| "another session".to_owned(), ToString::to_string);
    let waited = if wait.is_zero() {
        String::new()
    } else {
        format!(
            ", and has not released it within {} s",
            wait.as_secs_f64().round()
        )
    };
    let error = Error::new(
        ErrorKind::Locked,
        format!("another run is at work on this database: {who} holds the run lock{waited}"),
    )
    .hint("--lock-wait says how long to wait for it");
    match holder {
        Some(holder) => error.hint(format!(
            "if that run hangs, end it: select pg_terminate_backend({});",
            holder.pid
        )),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sql_texts_contain_the_key() {
        assert!(TRY_IN_SESSION.contains(&KEY.to_string()));
        assert!(TRY_IN_TRANSACTION.contains(&KEY.to_string()));
        assert_eq!(
            (KEY >> 32, KEY & 0xffff_ffff),
            (1_885_827_176, 1_634_952_448)
        );
    }

    #[test]
    fn a_holder_that_may_not_be_looked_at_is_still_named_by_its_process() {
        let mut holder = Holder {
            pid: 4711,
            user: String::new(),
            application: String::new(),
            address: String::new(),
            state: String::new(),
            connected_seconds: None,
        };
        assert_eq!(holder.to_string(), "process 4711");
        holder.application = "pgphase".into();
        holder.address = "10.0.0.7".into();
        holder.connected_seconds = Some(11.6);
        let shown = "process 4711 (pgphase, from 10.0.0.7, connected for 12 s)";
        assert_eq!(holder.to_string(), shown);
    }
}
