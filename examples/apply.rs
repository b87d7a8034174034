//! Applies a system from a folder to a database, using pgphase as a library.
//!
//! ```sh
//! cargo run --example apply -- examples/minimal bookshop postgres://localhost/bookshop
//! ```
//!
//! What `pgphase migrate up` does besides: it finds a database by itself, asks which system is meant, looks for objects
//! that collide, brings the stand-in for Supabase on the dev server, draws a progress bar, and handles Ctrl-C.

#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]
// The test that runs this file has a `main` of its own.
#![allow(dead_code)]

use pgphase::catalog::{self, Source};
use pgphase::db::lock::RunLock;
use pgphase::db::{self, Environment, Target};
use pgphase::execute::{self, Event, Options, Outcome, Walk};
use pgphase::plan::{self, UpRequest};
use pgphase::{Error, ErrorKind, Result, history};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, system, url] = &arguments[..] else {
        println!("usage: apply DIR SYSTEM URL");
        return ExitCode::from(3);
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("cannot start: {error}");
            return ExitCode::from(3);
        }
    };
    match runtime.block_on(apply(Path::new(dir), system, url)) {
        Ok(outcome) => {
            println!("{} files applied", outcome.applied.len());
            ExitCode::SUCCESS
        }
        Err(error) => {
            // An error knows its place in the files, what stands, and what to do; this prints the first of it.
            println!("{error}");
            if let Some(hint) = &error.inner().hint {
                println!("{hint}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

/// Loads, connects, plans, applies.
pub async fn apply(dir: &Path, system: &str, url: &str) -> Result<Outcome> {
    // The files: every mistake in them is an error with its place, and no database is needed to find it.
    let system = catalog::load(&Source::Dir(dir.to_owned()), system)?;

    // The database: a connection string as libpq reads it, with PGPASSWORD, ~/.pgpass and the like.
    let target = Target::parse(url, &Environment::from_process())?;
    let session = db::connect(&target).await?;

    // One run at a time. The lock goes with the session, so an early return releases it too.
    let lock = RunLock::acquire(&session, Duration::from_secs(60), |holder| {
        println!("waiting for {holder}");
    })
    .await?;

    // The plan is data: nothing has been changed yet.
    let (look, history) = history::look(&session).await?;
    let plan = plan::up(&system, &history, &UpRequest::default())?;
    for step in &plan.steps {
        println!("{}: {}", step.name, step.reason);
    }

    // Walking it. A phase is one transaction: if a file fails, its phase is rolled back, and what stood before stands.
    let mut listen = |event: Event<'_>| {
        if let Event::Finished { step, elapsed } = event {
            println!("{step} took {} ms", elapsed.as_millis());
        }
    };
    let options = Options::default();
    let known = (&look, &history);
    let walk = execute::up(&session, &system, &plan, None, known, &options, &mut listen).await?;

    lock.release(&session).await?;
    session.close().await;
    match walk {
        Walk::Done(outcome) => Ok(outcome),
        // Only behind a transaction pooler, where the lock above does not hold.
        Walk::Stale(_) => Err(Error::new(
            ErrorKind::Locked,
            "another run changed the history at the same time",
        )),
    }
}
