//! Reverting: one transaction a phase, its history rows with it.

use super::answers::tell_notices;
use super::frame::{opening, role};
use super::messages::{self, Failure};
use super::{Done, Event, Observer, Options, Outcome, Patience};
use crate::db::{Session, lock};
use crate::history::write;
use crate::plan::{Plan, Step, StepKind, Transaction};
use crate::{Error, ErrorKind, Result};
use std::time::Instant;

/// Reverts what a plan says.
///
/// # Errors
/// The first failure, with what stands and what was rolled back.
pub async fn down(
    session: &Session,
    plan: &Plan,
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for transaction in &plan.transactions {
        let steps = &plan.steps[transaction.steps.clone()];
        match patiently(session, transaction, steps, options, observer).await {
            Ok(done) => outcome.reverted.extend(done),
            Err(error) => {
                let gone = outcome.reverted.iter();
                let gone = gone.map(|done| {
                    format!(
                        "phase_{}_{}/{} is reverted",
                        done.phase, done.name, done.migration
                    )
                });
                let kept = steps.iter().map(|step| step.name.clone()).collect();
                return Err(error.outcome(gone.collect(), kept));
            }
        }
    }
    Ok(outcome)
}

/// Reverts a phase, again after a lock timeout or a deadlock.
async fn patiently(
    session: &Session,
    transaction: &Transaction,
    steps: &[Step],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Vec<Done>> {
    let mut patience = Patience::new(options);
    loop {
        options.check_stop()?;
        let error = match revert(session, transaction, steps, options, observer).await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        // A lost connection has rolled back by itself.
        let _ = messages::ask(session, "rollback", "rolling back").await;
        session.take_notices();
        patience.again(error, observer).await?;
    }
}

async fn revert(
    session: &Session,
    transaction: &Transaction,
    steps: &[Step],
    options: &Options,
    observer: &mut Observer<'_>,
) -> Result<Vec<Done>> {
    messages::ask(session, &opening(options), "beginning a transaction").await?;
    let locked = messages::ask(session, lock::TRY_IN_TRANSACTION, "taking the run lock").await?;
    if locked.rows.first().and_then(|row| row.get(0)) != Some("t") {
        return Err(Error::new(ErrorKind::Locked, "another run holds the lock")
            .hint("run it again when the other one is done"));
    }
    let mut sent = Vec::new();
    for step in steps {
        // A file that took another role must not keep it.
        let forget = write::forget(&step.phase, &step.migration, step.version);
        let mut sql = format!("{};\n{forget}", role(options));
        let file = if step.kind == StepKind::Down {
            Some(messages::send(session, &step.sql).await)
        } else {
            None
        };
        if transaction.last_revert && std::ptr::eq(step, &raw const steps[steps.len() - 1]) {
            sql = format!("{sql};\n{}", write::DROP_SQL);
        }
        sent.push((step, file, messages::send(session, &sql).await));
    }
    let mut done = Vec::new();
    let mut started = Instant::now();
    for (step, file, history) in sent {
        if let Some(file) = file {
            observer(Event::Started { step: &step.name });
            file.receive()
                .await
                .map_err(|failure| explain(&failure, step, options))?;
        }
        let elapsed = started.elapsed();
        started = Instant::now();
        history.receive().await.map_err(|failure| {
            messages::plain(
                &failure.error,
                &format!("taking {} out of the history", step.name),
            )
        })?;
        tell_notices(session, &step.phase, observer);
        if step.kind == StepKind::Down {
            observer(Event::Finished {
                step: &step.name,
                elapsed,
            });
            done.push(Done {
                phase: step.phase_number,
                name: step.phase.clone(),
                migration: step.migration.clone(),
                ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            });
        }
    }
    options.check_stop()?;
    messages::ask(session, "commit", "committing").await?;
    observer(Event::Committed);
    Ok(done)
}

fn explain(failure: &Failure, step: &Step, options: &Options) -> Error {
    if options.check_stop().is_err() {
        return Error::new(ErrorKind::Interrupted, format!("stopped in {}", step.name));
    }
    let action = format!("reverting {}", step.name);
    messages::in_file(failure, &step.file, &step.sql, &action)
}
