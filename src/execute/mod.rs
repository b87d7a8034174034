//! A plan becomes the database's state. Execution only walks the plan and tells what happens; it decides nothing.

mod answers;
mod down;
mod event;
mod frame;
mod messages;
mod outside;
mod proof;
mod refinery_session;
mod seed;
mod transaction;

pub use down::down;
pub use event::{Event, Observer};
pub use seed::{SeedCheck, check as check_seed};

use crate::catalog::System;
use crate::db::Session;
use crate::history::{Applied, History, Look};
use crate::inspect::Snapshot;
use crate::plan::{Plan, Transaction};
use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How a run behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long a statement waits for a lock before its transaction is rolled back and tried again.
    pub lock_timeout: Duration,
    /// How often a transaction is tried again after a lock timeout or a deadlock.
    pub retries: u32,
    /// Limit of a single statement; zero means none.
    pub statement_timeout: Duration,
    /// SET ROLE within each transaction.
    pub role: Option<String>,
    /// Set when the user asked to stop.
    pub stop: Arc<AtomicBool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(5),
            retries: 5,
            statement_timeout: Duration::ZERO,
            role: None,
            stop: Arc::default(),
        }
    }
}

impl Options {
    /// [`ErrorKind::Interrupted`] once the user asked to stop.
    fn check_stop(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Error::new(ErrorKind::Interrupted, "stopped"));
        }
        Ok(())
    }
}

/// Pauses between attempts: they begin with a tenth of the lock timeout, and double.
const SHORTEST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(8);

/// How a transaction that met a lock is tried again: later and later.
struct Patience<'o> {
    options: &'o Options,
    attempt: u32,
    wait: Duration,
}

impl<'o> Patience<'o> {
    fn new(options: &'o Options) -> Self {
        Self {
            options,
            attempt: 0,
            wait: (options.lock_timeout / 10).clamp(SHORTEST, LONGEST),
        }
    }

    /// Waits where trying again may help.
    ///
    /// # Errors
    /// The error itself where it does not help, or no longer; [`ErrorKind::Interrupted`] when asked to stop.
    async fn again(&mut self, error: Error, observer: &mut Observer<'_>) -> Result<()> {
        // Lock timeouts and deadlocks go away by themselves.
        let passes =
            error.kind() == ErrorKind::Locked || error.inner().sqlstate.as_deref() == Some("40P01");
        if !passes || self.attempt >= self.options.retries {
            return Err(error);
        }
        observer(Event::Retry {
            reason: &error.inner().message,
            after: self.wait,
        });
        let end = Instant::now() + self.wait;
        while Instant::now() < end {
            self.options.check_stop()?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.wait = (self.wait * 2).min(LONGEST);
        self.attempt += 1;
        Ok(())
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Outcome {
    /// Files applied, in order.
    pub applied: Vec<Done>,
    /// Files reverted, in order.
    pub reverted: Vec<Done>,
    /// What the reference data changed.
    pub seeded: Seeded,
}

/// A file that was applied or reverted.
#[derive(Debug, Clone, Serialize)]
pub struct Done {
    /// Number of the phase.
    pub phase: u32,
    /// Name of the phase.
    pub name: String,
    /// File name without extension.
    pub migration: String,
    /// Milliseconds between its first and its last answer.
    pub ms: u64,
}

/// What reference data changed, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// Rows that were missing.
    pub inserted: u64,
    /// Rows that differed.
    pub updated: u64,
    /// Rows that were as they should be.
    pub unchanged: u64,
}

impl std::ops::AddAssign for Seeded {
    fn add_assign(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

/// Everything a transaction of a run needs to know.
pub(crate) struct Run<'a> {
    pub session: &'a Session,
    pub system: &'a System,
    pub plan: &'a Plan,
    pub snapshot: Option<&'a Snapshot>,
    pub options: &'a Options,
    /// What the history held when the run was planned, and what this run has added since.
    pub history: History,
}

/// How a walk over a plan ended.
#[derive(Debug)]
pub enum Walk {
    /// Everything is done.
    Done(Outcome),
    /// Somebody else changed the history since the plan was made: look and plan again.
    Stale(Outcome),
}

/// Applies a plan.
///
/// # Errors
/// The first failure, with what stands and what was rolled back. [`ErrorKind::Interrupted`] when asked to stop.
pub async fn up(
    session: &Session,
    system: &System,
    plan: &Plan,
    snapshot: Option<&Snapshot>,
    (look, history): (&Look, &History),
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Walk> {
    let mut run = Run {
        session,
        system,
        plan,
        snapshot,
        options,
        history: history.clone(),
    };
    let mut has_schema = look.has_history;
    let mut outcome = Outcome::default();
    for transaction in &plan.transactions {
        options
            .check_stop()
            .map_err(|error| told(error, &outcome, plan, transaction))?;
        let result = if transaction.outside {
            outside::run(
                &mut run,
                transaction,
                &mut has_schema,
                &mut outcome,
                observer,
            )
            .await
        } else {
            transaction::run(
                &mut run,
                transaction,
                &mut has_schema,
                &mut outcome,
                observer,
            )
            .await
        };
        match result {
            Ok(true) => {}
            Ok(false) => return Ok(Walk::Stale(outcome)),
            Err(error) => return Err(told(error, &outcome, plan, transaction)),
        }
    }
    Ok(Walk::Done(outcome))
}

/// Adds what stands and what was rolled back.
fn told(error: Error, outcome: &Outcome, plan: &Plan, transaction: &Transaction) -> Error {
    let standing = outcome
        .applied
        .iter()
        .map(|done| format!("phase_{}_{}/{}", done.phase, done.name, done.migration))
        .collect();
    let rolled_back = if transaction.outside {
        Vec::new()
    } else {
        plan.steps[transaction.steps.clone()]
            .iter()
            .map(|step| step.name.clone())
            .collect()
    };
    error.outcome(standing, rolled_back)
}

/// A step that is done, as a row of the history.
fn applied(step: &crate::plan::Step) -> Option<Applied> {
    Some(Applied {
        phase: step.phase.clone(),
        phase_number: step.phase_number,
        name: step.migration.clone(),
        kind: step.kind.file_kind()?,
        version: step.version,
        sha256: step.sha256.clone(),
        state: crate::history::State::Done,
        statements_done: 0,
        duration_ms: None,
        applied_at: String::new(),
        applied_by: String::new(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
