//! One transaction of a run: lock, second look, files, reference data, history, proof, commit.
//!
//! Three round trips: opening; everything the transaction does, sent at once; commit or rollback.

use super::answers::{Flight, Part, receive};
use super::frame::{opening, record};
use super::messages::{self, Failure};
use super::proof::prove;
use super::{Event, Observer, Outcome, Patience, Run, applied, seed};
use crate::db::lock;
use crate::history::{REFINERY_TABLE, write};
use crate::plan::{Step, StepKind, Transaction};
use crate::{Error, ErrorKind, Result};
use refinery_core::{Migration, Runner};
use std::time::Instant;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Runs a transaction, again after a lock timeout or a deadlock. `false`: the history is not what the plan was made for.
pub(super) async fn run(
    run: &mut Run<'_>,
    transaction: &Transaction,
    has_schema: &mut bool,
    outcome: &mut Outcome,
    observer: &mut Observer<'_>,
) -> Result<bool> {
    let mut patience = Patience::new(run.options);
    loop {
        match once(run, transaction, *has_schema, observer).await {
            Ok(None) => return Ok(false),
            Ok(Some(done)) => {
                *has_schema = true;
                for step in &run.plan.steps[transaction.steps.clone()] {
                    run.history
                        .applied
                        .retain(|row| row.phase != step.phase || row.name != step.migration);
                    run.history.applied.extend(applied(step));
                }
                outcome.applied.extend(done.applied);
                outcome.seeded += done.seeded;
                return Ok(true);
            }
            Err(error) => patience.again(error, observer).await?,
        }
    }
}

async fn once(
    run: &Run<'_>,
    transaction: &Transaction,
    has_schema: bool,
    observer: &mut Observer<'_>,
) -> Result<Option<Outcome>> {
    let steps = &run.plan.steps[transaction.steps.clone()];
    let migrations = refinery_migrations(steps)?;
    let mut open = Open::new(run, transaction, steps, has_schema, observer);
    let mut runner = Runner::new(&migrations)
        .set_grouped(true)
        .set_abort_missing(false);
    runner.set_migration_table_name(REFINERY_TABLE);
    let result = runner.run_async(&mut open).await;
    let ended = open.end().await;
    match (ended, result) {
        (Err(error), _) => Err(error),
        (Ok(outcome), Ok(_)) => Ok(outcome),
        (Ok(_), Err(error)) => Err(refinery_error(&error)),
    }
}

/// The versioned files, under the names that refinery wants: `U<version>__<phase>_<file>`.
pub(super) fn refinery_migrations(steps: &[Step]) -> Result<Vec<Migration>> {
    steps
        .iter()
        .filter_map(|step| step.version.map(|version| (step, version)))
        .map(|(step, version)| {
            let name = format!("U{version}__{}_{}", step.phase, step.migration);
            Migration::unapplied(&name, &step.sql).map_err(|error| refinery_error(&error))
        })
        .collect()
}

pub(super) fn refinery_error(error: &refinery_core::Error) -> Error {
    Error::new(
        ErrorKind::Diverged,
        format!("the history cannot be used: {error}"),
    )
    .hint("`pgphase migrate status` shows files and history side by side")
}

/// A transaction that refinery's runner drives.
pub(super) struct Open<'r, 'a, 'o> {
    run: &'r Run<'a>,
    transaction: &'r Transaction,
    steps: &'r [Step],
    has_schema: bool,
    observer: &'r mut Observer<'o>,
    state: Progress,
    outcome: Outcome,
    error: Option<Error>,
}

#[derive(PartialEq, Eq)]
enum Progress {
    Closed,
    Open,
    Stale,
    Walked,
}

impl<'r, 'a, 'o> Open<'r, 'a, 'o> {
    fn new(
        run: &'r Run<'a>,
        transaction: &'r Transaction,
        steps: &'r [Step],
        has_schema: bool,
        observer: &'r mut Observer<'o>,
    ) -> Self {
        Self {
            run,
            transaction,
            steps,
            has_schema,
            observer,
            state: Progress::Closed,
            outcome: Outcome::default(),
            error: None,
        }
    }

    pub fn is_open(&self) -> bool {
        self.state != Progress::Closed
    }

    /// Keeps the real error: refinery's own would be text only.
    pub fn keep(&mut self, error: Error) -> super::refinery_session::Stopped {
        self.error = Some(error);
        super::refinery_session::Stopped
    }

    /// Begins, takes the lock, and looks at the history again: one round trip.
    pub async fn open(&mut self) -> Result<Vec<Migration>> {
        let session = self.run.session;
        let begin = messages::send(session, &opening(self.run.options)).await;
        let lock = messages::send(session, lock::TRY_IN_TRANSACTION).await;
        let create = if self.has_schema {
            None
        } else {
            Some(messages::send(session, &write::create_under_lock(&self.run.system.name)).await)
        };
        let refinery = messages::send(session, REFINERY_SQL).await;
        let ours = messages::send(session, OURS_SQL).await;
        self.state = Progress::Open;

        let fail = |failure: Failure| messages::plain(&failure.error, "beginning a transaction");
        begin.receive().await.map_err(fail)?;
        let locked = lock.receive().await.map_err(fail)?;
        if locked.rows.first().and_then(|row| row.get(0)) != Some("t") {
            self.state = Progress::Stale;
            return Ok(Vec::new());
        }
        if let Some(create) = create
            && let Err(failure) = create.receive().await
        {
            // Somebody else created it since: look again.
            let code = failure.error.code().map(|code| code.code());
            if matches!(code, Some("42P06" | "23505")) {
                self.state = Progress::Stale;
                return Ok(Vec::new());
            }
            return Err(messages::plain(&failure.error, "creating schema pgphase"));
        }
        let refinery = refinery.receive().await.map_err(fail)?;
        let ours = ours.receive().await.map_err(fail)?;
        if !self.is_expected(&ours) {
            self.state = Progress::Stale;
        }
        refinery.rows.iter().map(refinery_row).collect()
    }

    /// Whether the history is what this run knows.
    fn is_expected(&self, ours: &messages::Answer) -> bool {
        let text = |row: &tokio_postgres::SimpleQueryRow, at: usize| row.get(at).map(str::to_owned);
        let mut live: Vec<_> = ours
            .rows
            .iter()
            .map(|row| (text(row, 0), text(row, 1), text(row, 2)))
            .collect();
        let mut known: Vec<_> = self
            .run
            .history
            .applied
            .iter()
            .map(|row| {
                (
                    Some(row.phase.clone()),
                    Some(row.name.clone()),
                    Some(row.sha256.clone()),
                )
            })
            .collect();
        live.sort();
        known.sort();
        live == known
    }

    /// Sends all files with their history at once, and reads the answers. `queries` are refinery's: each versioned
    /// file's text, followed by the row for refinery's table.
    pub async fn walk(&mut self, queries: &[&str]) -> Result<()> {
        if self.state == Progress::Stale {
            return Ok(());
        }
        // A request to stop that came while nothing ran had nothing to cancel.
        self.run.options.check_stop()?;
        let flights = self.send_all(queries).await;
        // The connection's own task writes: the server is at work while the proof is prepared.
        tokio::task::yield_now().await;
        let started = Instant::now();
        let (received, proof) = tokio::join!(
            receive(flights, started, self.observer, self.run),
            prove(self.run, self.transaction)
        );
        let outcome = received?;
        proof?;
        for phase in &self.transaction.verify {
            (self.observer)(Event::Verified { phase });
        }
        self.outcome = outcome;
        self.state = Progress::Walked;
        Ok(())
    }

    async fn send_all<'s>(&self, queries: &[&str]) -> Vec<Flight<'s>>
    where
        'r: 's,
    {
        let session = self.run.session;
        let mut versioned = queries.chunks_exact(2);
        let mut flights = Vec::new();
        for step in self.steps {
            if step.kind == StepKind::Seed {
                let sent = messages::send(session, seed::SAVEPOINT).await;
                flights.push(Flight {
                    step: None,
                    part: Part::Mark,
                    sent,
                });
            }
            let pair = if step.version.is_some() {
                versioned.next()
            } else {
                None
            };
            let text = pair.map_or(step.sql.as_str(), |pair| pair[0]);
            let sent = messages::send(session, text).await;
            flights.push(Flight {
                step: Some(step),
                part: Part::File,
                sent,
            });
            let sent =
                messages::send(session, &record(step, pair.map(|pair| pair[1]), self.run)).await;
            flights.push(Flight {
                step: Some(step),
                part: Part::Record,
                sent,
            });
        }
        flights
    }

    /// Commits what was walked through, or rolls back. None: the history was not the expected one.
    async fn end(mut self) -> Result<Option<Outcome>> {
        let session = self.run.session;
        if self.state == Progress::Closed {
            return self.error.take().map_or(Ok(None), Err);
        }
        let stop = self.run.options.check_stop();
        if self.error.is_none() && stop.is_ok() && self.state == Progress::Walked {
            messages::ask(session, "commit", "committing").await?;
            (self.observer)(Event::Committed);
            return Ok(Some(self.outcome));
        }
        // A lost connection has rolled back by itself.
        let _ = messages::ask(session, "rollback", "rolling back").await;
        session.take_notices();
        match self.error.take() {
            Some(error) => Err(error),
            None => stop.map(|()| None),
        }
    }
}

const REFINERY_SQL: &str = "select version, name, applied_on, checksum from pgphase.refinery_schema_history order by version";
const OURS_SQL: &str = "select phase, name, sha256 from pgphase.history";

fn refinery_row(row: &tokio_postgres::SimpleQueryRow) -> Result<Migration> {
    let damaged = || {
        Error::new(
            ErrorKind::Diverged,
            "the history is damaged: a row of refinery's table cannot be read",
        )
        .hint("the tables in schema pgphase were changed by hand; restore them from a backup")
    };
    let version = row
        .get(0)
        .and_then(|text| text.parse().ok())
        .ok_or_else(damaged)?;
    let name = row.get(1).ok_or_else(damaged)?.to_owned();
    let applied_on = row
        .get(2)
        .and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok())
        .ok_or_else(damaged)?;
    let checksum = row
        .get(3)
        .and_then(|text| text.parse().ok())
        .ok_or_else(damaged)?;
    Ok(Migration::applied(version, name, applied_on, checksum))
}
