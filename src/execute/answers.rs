//! The answers of a transaction's messages, in order: what changed, what the server remarked, what went wrong where.

use super::messages::{self, Failure, Flying};
use super::{Event, Observer, Outcome, Run, seed};
use crate::db::Session;
use crate::plan::{Step, StepKind};
use crate::{Error, ErrorKind, Result};
use std::time::Instant;

/// A message on its way, and what it is.
pub(super) struct Flight<'s> {
    pub step: Option<&'s Step>,
    pub part: Part,
    pub sent: Flying,
}

/// What a message is of a step.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A savepoint before reference data.
    Mark,
    /// The file itself.
    File,
    /// Its rows in the histories.
    Record,
}

/// Reads the answers in order; the first failure counts, since everything after it only fails along.
pub(super) async fn receive(
    flights: Vec<Flight<'_>>,
    mut started: Instant,
    observer: &mut Observer<'_>,
    run: &Run<'_>,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for flight in flights {
        if let (Part::File, Some(step)) = (flight.part, flight.step) {
            observer(Event::Started { step: &step.name });
        }
        let answer = match flight.sent.receive().await {
            Ok(answer) => answer,
            Err(failure) => return Err(explain(run, flight.step, flight.part, failure).await),
        };
        let (Part::File, Some(step)) = (flight.part, flight.step) else {
            continue;
        };
        let elapsed = started.elapsed();
        started = Instant::now();
        tell_notices(run.session, &step.phase, observer);
        if let (StepKind::Seed, Some(seed)) = (step.kind, seed_of(run, step)) {
            let changed = seed::read(&answer.rows, seed)?;
            outcome.seeded += changed;
        }
        outcome.applied.push(super::Done {
            phase: step.phase_number,
            name: step.phase.clone(),
            migration: step.migration.clone(),
            ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        });
        observer(Event::Finished {
            step: &step.name,
            elapsed,
        });
    }
    Ok(outcome)
}

/// Passes the server's notices on, but for those that only say that `if exists` and `if not exists` did their work.
pub(super) fn tell_notices(session: &Session, phase: &str, observer: &mut Observer<'_>) {
    for notice in session.take_notices() {
        let (severity, message) = (notice.severity(), notice.message());
        if severity != "NOTICE" || !message.ends_with(", skipping") {
            observer(Event::Notice {
                severity,
                message,
                phase,
            });
        }
    }
}

fn seed_of<'s>(run: &'s Run<'_>, step: &Step) -> Option<&'s crate::catalog::Seed> {
    run.system
        .phase(&step.phase)
        .and_then(|phase| phase.seed.as_ref())
}

async fn explain(run: &Run<'_>, step: Option<&Step>, part: Part, failure: Failure) -> Error {
    let Some(step) = step else {
        return messages::plain(&failure.error, "setting a savepoint");
    };
    if run.options.check_stop().is_err() {
        return Error::new(ErrorKind::Interrupted, format!("stopped in {}", step.name));
    }
    match (part, step.kind, seed_of(run, step)) {
        (Part::File, StepKind::Seed, Some(seed)) => {
            seed::find_row(run.session, seed, &failure.error).await
        }
        (Part::File, ..) => messages::in_file(
            &failure,
            &step.file,
            &step.sql,
            &format!("applying {}", step.name),
        ),
        _ => messages::plain(&failure.error, &format!("recording {}", step.name)),
    }
}
