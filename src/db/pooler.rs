//! Poolers between us and the server. In transaction mode (PgBouncer, Supavisor, …) the next transaction may run in
//! another server process: session locks, `set` and prepared statements do not hold.
//!
//! What is decided from what:
//! 1. [`suspect`]: names and ports that poolers are known by; no round trip.
//! 2. [`judge`]: the server process that answers a query (`pg_backend_pid()`, which a caller adds to a query that it
//!    sends anyway) against the process that the login named for cancel requests. Servers name the same; poolers
//!    make up a number of their own. No round trip either.
//! 3. [`confirm`]: only where there is a suspicion. A second client asks in turn with the first: whoever gets a server
//!    process that the other one had is behind a pooler in transaction mode.

use super::connect::connect;
use super::session::Session;
use super::sql_error::{SqlContext, from_pg};
use super::target::{Address, Target};
use crate::{ErrorKind, Result};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

mod key;

/// What a caller adds to its first query for [`judge`].
pub const PID_EXPRESSION: &str = "pg_backend_pid()";

/// How often both clients ask; in transaction mode the first turn gives it away unless others use the pool as well.
const TURNS: usize = 4;
/// A pool that is used up makes us wait; then there is no proof, only the suspicion.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is in between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pooler {
    /// Nothing: the process that answers is the one that let us in.
    None,
    /// Probably something, for this reason.
    Suspected(String),
    /// Something that keeps a session together.
    SessionMode,
    /// Something that keeps only a transaction together.
    TransactionMode,
}

impl Pooler {
    /// Whether session locks and settings hold from one transaction to the next. A suspicion counts as no.
    pub fn keeps_sessions(&self) -> bool {
        matches!(self, Self::None | Self::SessionMode)
    }
}

/// Why the connection string looks like a pooler's, if it does.
pub fn suspect(target: &Target) -> Option<String> {
    if target.says_pooler {
        return Some("the connection string says pgbouncer=true".into());
    }
    target.hosts.iter().find_map(|host| {
        let Address::Tcp { name, .. } = &host.address else {
            return None;
        };
        let name = name.to_ascii_lowercase();
        let first = name.split('.').next().unwrap_or_default();
        let known = match host.port {
            6543 => Some("port 6543 is that of poolers in transaction mode"),
            6432 => Some("port 6432 is PgBouncer's"),
            _ if name.ends_with(".neon.tech") && first.ends_with("-pooler") => {
                Some("the host is Neon's pooler")
            }
            // Port 5432 of Supabase's pooler is session mode.
            _ => None,
        };
        known.map(str::to_owned)
    })
}

/// `backend_pid` is what [`PID_EXPRESSION`] gave in this session.
pub fn judge(target: &Target, session: &Session, backend_pid: i32) -> Pooler {
    match key::process(session) {
        Some(named) if named == backend_pid => Pooler::None,
        // An engine in this process names nobody.
        None | Some(0) if suspect(target).is_none() => Pooler::None,
        _ => Pooler::Suspected(suspect(target).unwrap_or_else(|| {
            "the process that answers is not the one that the login named".into()
        })),
    }
}

/// Turns a suspicion into knowledge, where the pool lets us: with a second connection.
///
/// # Errors
/// What the first connection says; that the second cannot be had is no error.
pub async fn confirm(target: &Target, session: &Session, suspicion: String) -> Result<Pooler> {
    let other = match timeout(PATIENCE, connect(target)).await {
        Ok(Ok(other)) => other,
        _ => return Ok(Pooler::Suspected(suspicion)),
    };
    let verdict = match timeout(PATIENCE, take_turns(session, &other)).await {
        Ok(verdict) => verdict?,
        Err(_) => Pooler::Suspected(suspicion),
    };
    // Not awaited: a pool that made us wait may make the goodbye wait, too.
    drop(other);
    Ok(verdict)
}

/// Both clients ask for their server process, one after the other, several times.
async fn take_turns(one: &Session, other: &Session) -> Result<Pooler> {
    let (mut of_one, mut of_other) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..TURNS {
        of_one.insert(backend_pid(one).await?);
        of_other.insert(backend_pid(other).await?);
        if of_one.len() > 1 || of_other.len() > 1 || !of_one.is_disjoint(&of_other) {
            return Ok(Pooler::TransactionMode);
        }
    }
    Ok(Pooler::SessionMode)
}

async fn backend_pid(session: &Session) -> Result<i32> {
    let context = SqlContext::new(ErrorKind::Database, "looking for a pooler");
    let rows = session
        .client
        .query_typed("select pg_backend_pid()", &[])
        .await;
    let rows = rows.map_err(|error| from_pg(&error, &context))?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}
