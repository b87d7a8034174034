//! A file outside a transaction: statement by statement, each recorded when it is done, so that a run which stopped
//! half-way goes on where it stopped; an index that was left INVALID is dropped and built again.

use super::answers::tell_notices;
use super::messages::{self, Failure};
use super::transaction::{refinery_error, refinery_migrations};
use super::{Done, Event, Observer, Outcome, Patience, Run, applied};
use crate::catalog::sql::{self, IndexAction, IndexTarget, Statement};
use crate::history::{FileKind, REFINERY_TABLE, State, write};
use crate::plan::{Step, Transaction};
use crate::{Error, ErrorKind, Result};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use refinery_core::traits::r#async::{AsyncQuery, AsyncTransaction};
use refinery_core::{AsyncMigrate, Migration, Runner};
use std::time::{Duration, Instant};

/// Runs the one file of the transaction. `false` never comes back: the session lock protects the run.
pub(super) async fn run(
    run: &mut Run<'_>,
    transaction: &Transaction,
    has_schema: &mut bool,
    outcome: &mut Outcome,
    observer: &mut Observer<'_>,
) -> Result<bool> {
    let step = &run.plan.steps[transaction.steps.start];
    if !*has_schema {
        let create = format!("begin;\n{}\ncommit", write::create(&run.system.name));
        messages::ask(run.session, &create, "creating schema pgphase").await?;
        *has_schema = true;
    }
    let migrations = refinery_migrations(std::slice::from_ref(step))?;
    let mut outside = Outside {
        run,
        step,
        observer,
        error: None,
        elapsed: Duration::ZERO,
    };
    let mut runner = Runner::new(&migrations)
        .set_grouped(true)
        .set_abort_missing(false);
    runner.set_migration_table_name(REFINERY_TABLE);
    let result = runner.run_async(&mut outside).await;
    let (error, elapsed) = (outside.error.take(), outside.elapsed);
    if let Some(error) = error {
        return Err(error);
    }
    result.map_err(|error| refinery_error(&error))?;
    run.history
        .applied
        .retain(|row| row.phase != step.phase || row.name != step.migration);
    run.history.applied.extend(applied(step));
    outcome.applied.push(Done {
        phase: step.phase_number,
        name: step.phase.clone(),
        migration: step.migration.clone(),
        ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    });
    Ok(true)
}

struct Outside<'r, 'a, 'o> {
    run: &'r Run<'a>,
    step: &'r Step,
    observer: &'r mut Observer<'o>,
    error: Option<Error>,
    elapsed: Duration,
}

impl AsyncTransaction for Outside<'_, '_, '_> {
    type Error = super::refinery_session::Stopped;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        queries: T,
    ) -> Result<usize, Self::Error> {
        let queries: Vec<&str> = queries.collect();
        let [_, record] = queries[..] else {
            // The history table was created with the tool's schema; a file that is done already is no query at all.
            return Ok(0);
        };
        match self.walk(record).await {
            Ok(()) => Ok(queries.len()),
            Err(error) => {
                self.error = Some(error);
                Err(super::refinery_session::Stopped)
            }
        }
    }
}

impl AsyncQuery<Vec<Migration>> for Outside<'_, '_, '_> {
    async fn query(&mut self, _query: &str) -> Result<Vec<Migration>, Self::Error> {
        // The plan has read the history, and the session lock keeps it as it was.
        Ok(Vec::new())
    }
}

impl AsyncMigrate for Outside<'_, '_, '_> {}

impl Outside<'_, '_, '_> {
    async fn walk(&mut self, refinery: &str) -> Result<()> {
        let started = Instant::now();
        (self.observer)(Event::Started {
            step: &self.step.name,
        });
        self.begin().await?;
        let statements = sql::split(&self.step.sql);
        let indexes = sql::concurrent_indexes(&self.step.sql);
        let mut result = Ok(());
        for (at, statement) in statements.iter().enumerate().skip(self.step.resume_at) {
            result = self.statement(at, statement, &indexes).await;
            if result.is_err() {
                break;
            }
        }
        // What was set for the session must not outlive the file.
        let reset = messages::ask(self.run.session, RESET, "resetting the settings").await;
        result?;
        reset?;
        self.elapsed = started.elapsed();
        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        let done = format!(
            "begin;\n{refinery};\n{};\ncommit",
            self.record(State::Done, &self.step.sha256, Some(ms))
        );
        messages::ask(
            self.run.session,
            &done,
            &format!("recording {}", self.step.name),
        )
        .await?;
        (self.observer)(Event::Finished {
            step: &self.step.name,
            elapsed: self.elapsed,
        });
        Ok(())
    }

    /// Says in the history that the file was begun, and sets the timeouts for the session.
    async fn begin(&self) -> Result<()> {
        let options = self.run.options;
        let role = options.role.as_ref().map_or_else(String::new, |role| {
            format!("set role {};\n", escape_identifier(role))
        });
        let done = sql::sha256_of_first(self.step.resume_at, &self.step.sql);
        let running = self.record(State::Running, &done, None);
        let sql = format!(
            "{role}set lock_timeout = {};\nset statement_timeout = {};\n{running}",
            options.lock_timeout.as_millis(),
            options.statement_timeout.as_millis()
        );
        messages::ask(
            self.run.session,
            &sql,
            &format!("beginning {}", self.step.name),
        )
        .await?;
        Ok(())
    }

    fn record(&self, state: State, sha256: &str, duration_ms: Option<u64>) -> String {
        write::record(&write::Row {
            phase: &self.step.phase,
            phase_number: self.step.phase_number,
            name: &self.step.migration,
            kind: FileKind::NoTransaction,
            version: self.step.version,
            sha256,
            state,
            duration_ms,
            is_new: false,
        })
    }

    /// One statement; again after a lock timeout or a deadlock, which leave an INVALID index behind.
    async fn statement(
        &mut self,
        at: usize,
        statement: &Statement,
        indexes: &[IndexTarget],
    ) -> Result<()> {
        let index = indexes.iter().find(|index| index.range == statement.range);
        let mut patience = Patience::new(self.run.options);
        loop {
            self.run.options.check_stop()?;
            let is_done = match index {
                Some(index) => self.repair(index).await?,
                None => false,
            };
            if !is_done && let Err(failure) = self.send(statement).await {
                let error = self.explain(statement, &failure);
                patience.again(error, self.observer).await?;
                continue;
            }
            tell_notices(self.run.session, &self.step.phase, self.observer);
            let sha256 = sql::sha256_of_first(at + 1, &self.step.sql);
            let progress = write::progress(&self.step.phase, &self.step.migration, at + 1, &sha256);
            messages::ask(self.run.session, &progress, "recording the progress").await?;
            return Ok(());
        }
    }

    async fn send(&self, statement: &Statement) -> Result<(), Failure> {
        let text = &self.step.sql[statement.range.clone()];
        messages::send(self.run.session, text)
            .await
            .receive()
            .await
            .map(|_| ())
    }

    fn explain(&self, statement: &Statement, failure: &Failure) -> Error {
        if self.run.options.check_stop().is_err() {
            return Error::new(
                ErrorKind::Interrupted,
                format!("stopped in {}", self.step.name),
            )
            .hint("run `pgphase migrate up` again: it goes on with this statement");
        }
        messages::in_statement(
            failure,
            &self.step.file,
            &self.step.sql,
            statement.range.start,
            &format!("applying {}", self.step.name),
        )
        .hint("statements before this one are done and recorded; run `pgphase migrate up` again to go on here")
    }

    /// Drops what a failed build left behind. True: the index is there and valid, so the statement was done.
    async fn repair(&mut self, index: &IndexTarget) -> Result<bool> {
        let Some(name) = &index.name else {
            return Ok(false);
        };
        let doing = "looking for an invalid index";
        let found = messages::ask(self.run.session, &leftovers(index, name), doing).await?;
        for row in &found.rows {
            let (Some(leftover), Some(valid)) = (row.get(0), row.get(1)) else {
                continue;
            };
            if valid == "t" {
                // Built, but the run stopped before this was recorded.
                return Ok(index.kind == IndexAction::Create);
            }
            let drop = format!("drop index concurrently {leftover}");
            messages::ask(
                self.run.session,
                &drop,
                &format!("dropping the invalid index {leftover}"),
            )
            .await?;
            let message =
                format!("index {leftover} was left INVALID by a failed build; it is built again");
            (self.observer)(Event::Notice {
                severity: "NOTICE",
                message: &message,
                phase: &self.step.phase,
            });
        }
        Ok(false)
    }
}

const RESET: &str = "reset all; reset role";

/// The index of that name on that table, or, of a reindex, its invalid `_ccnew` copies.
fn leftovers(index: &IndexTarget, name: &str) -> String {
    let schema = index.schema.as_deref().unwrap_or("public");
    let condition = match index.kind {
        IndexAction::Create => format!("c.relname = {}", escape_literal(name)),
        IndexAction::Reindex => format!(
            "not i.indisvalid and c.relname ~ ('^' || {} || '_cc(new|old)[0-9]*$')",
            escape_literal(&regex_escape(name))
        ),
        IndexAction::Drop => "false".to_owned(),
    };
    format!(
        "select pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid and i.indisready\n\
         from pg_catalog.pg_index i\n\
         join pg_catalog.pg_class c on c.oid = i.indexrelid\n\
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace\n\
         where n.nspname = {} and {condition}",
        escape_literal(schema)
    )
}

fn regex_escape(name: &str) -> String {
    name.chars()
        .flat_map(|c| {
            if c.is_alphanumeric() || c == '_' {
                vec![c]
            } else {
                vec!['\\', c]
            }
        })
        .collect()
}
