//! Deep verification: behaviour, by running a phase's `verify.sql`.
//!
//! A file runs in one transaction that is rolled back, each check behind a savepoint that the next one starts from
//! again, so that one check's failure or leftovers are invisible to the others. Everything is sent at once: one round
//! trip a file, however many checks it has. Statements that would end the transaction are refused before anything runs.
//!
//! What PostgreSQL itself does not undo stays: numbers taken from a sequence, advisory locks of the session, prepared
//! statements. Notifications are sent at commit, so never.

use crate::catalog::verify::{self, Block, VerifyFile};
use crate::catalog::{Phase, SourceFile, sql};
use crate::db::Session;
use crate::db::sql_error::{self, Sent, SqlContext};
use crate::report::{Check, Finding, What};
use crate::{Error, ErrorKind, Result};
use futures_util::StreamExt;
use postgres_protocol::escape::escape_identifier;
use std::pin::pin;
use std::time::{Duration, Instant};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryStream};

/// How checks are run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest time that one statement of a check may take.
    pub statement_timeout: Duration,
    /// Longest time that a statement may wait for a lock: checks must not stand in the way of a busy database.
    pub lock_timeout: Duration,
    /// The role that the checks start as, if not the one that is logged in.
    pub role: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            role: None,
        }
    }
}

/// What became of one check.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The phase that it belongs to.
    pub phase: String,
    /// What should hold.
    pub name: String,
    /// The requirements that it proves.
    pub ids: Vec<String>,
    /// Why it failed, with file and line; none if it passed.
    pub error: Option<Error>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Runs the checks of a phase; none if it has no `verify.sql`.
///
/// # Errors
/// Catalog: the file cannot be read as checks. Verification: what all checks share failed, or a check ended the
/// transaction. Connection, Database: the server could not be asked. A check that fails is no error, but an outcome.
pub async fn run(session: &Session, phase: &Phase, options: &Options) -> Result<Vec<Outcome>> {
    let Some(file) = &phase.verify else {
        return Ok(Vec::new());
    };
    let parsed = verify::parse(file)?;
    if let Some(mistake) = sql::mistakes(&file.path, &file.text).into_iter().next() {
        return Err(mistake);
    }
    let transaction = Transaction {
        session,
        phase,
        file,
        parsed: &parsed,
    };
    let outcomes = transaction.run(options).await;
    // Also after an error: whatever happened, nothing may stay. Notices belong to what was rolled back.
    let rolled_back = session.client.batch_execute("rollback").await;
    session.take_notices();
    let outcomes = outcomes?;
    let context = SqlContext::new(ErrorKind::Database, "rolling the checks back");
    rolled_back.map_err(|error| sql_error::from_pg(&error, &context))?;
    Ok(outcomes)
}

/// How the checks of several phases went, for the report: a count a phase, a finding a failure.
pub fn report(outcomes: &[Outcome]) -> (Vec<Check>, Vec<Finding>) {
    let mut checks = Vec::new();
    for group in outcomes.chunk_by(|a, b| a.phase == b.phase) {
        let passed = group
            .iter()
            .filter(|outcome| outcome.error.is_none())
            .count();
        let name = format!("{}: behaviour", group[0].phase);
        checks.push(Check::exactly(name, group.len() as u64, passed as u64));
    }
    let failed = outcomes
        .iter()
        .filter_map(|outcome| Some((outcome, outcome.error.as_ref()?)));
    let finding = |(outcome, error): (&Outcome, &Error)| {
        let ids = match outcome.ids.as_slice() {
            [] => String::new(),
            ids => format!(" ({})", ids.join(", ")),
        };
        let object = format!("check of {}: {}{ids}", outcome.phase, outcome.name);
        Finding::error(What::Failed, object, error.to_string())
    };
    (checks, failed.map(finding).collect())
}

struct Transaction<'a> {
    session: &'a Session,
    phase: &'a Phase,
    file: &'a SourceFile,
    parsed: &'a VerifyFile,
}

/// A message that was sent; its answer is still to come.
type Flying = Result<SimpleQueryStream, tokio_postgres::Error>;

/// A message that failed, and after how many of its statements.
struct Failure {
    error: tokio_postgres::Error,
    statements: usize,
}

const SAVEPOINT: &str = "savepoint pgphase_check";
const BACK: &str = "rollback to savepoint pgphase_check";

impl Transaction<'_> {
    async fn run(&self, options: &Options) -> Result<Vec<Outcome>> {
        let opening = self.send(&opening(options)).await;
        let preamble = self.send(&self.parsed.preamble.sql).await;
        let savepoint = self.send(SAVEPOINT).await;
        let mut flights = Vec::with_capacity(self.parsed.checks.len());
        for check in &self.parsed.checks {
            flights.push((
                check,
                self.send(&check.block.sql).await,
                self.send(BACK).await,
            ));
        }
        let plain = |failure: Failure| {
            let context = SqlContext::new(ErrorKind::Database, "beginning the checks");
            sql_error::from_pg(&failure.error, &context)
        };
        receive(opening).await.map_err(plain)?;
        if let Err(failure) = receive(preamble).await {
            let error = self.explain(&self.parsed.preamble, &failure, "preparing the checks");
            return Err(error.detail("no check of this phase was run"));
        }
        receive(savepoint).await.map_err(plain)?;
        let mut outcomes = Vec::with_capacity(flights.len());
        for (check, sent, back) in flights {
            let started = Instant::now();
            let answer = receive(sent).await;
            let elapsed = started.elapsed();
            let error = answer.err().map(|failure| {
                self.explain(
                    &check.block,
                    &failure,
                    &format!("checking that {}", check.name),
                )
            });
            if receive(back).await.is_err() {
                return Err(error.unwrap_or_else(|| self.ended(check)));
            }
            outcomes.push(Outcome {
                phase: self.phase.name.clone(),
                name: check.name.clone(),
                ids: check.ids.clone(),
                error,
                elapsed,
            });
        }
        Ok(outcomes)
    }

    /// Sending does not wait: the future is ready at once.
    async fn send(&self, sql: &str) -> Flying {
        self.session.client.simple_query_raw(sql).await
    }

    fn explain(&self, block: &Block, failure: &Failure, action: &str) -> Error {
        let statement = sql::statement_at(&block.sql, failure.statements);
        let sent = Sent {
            file: self.file,
            from: block.offset,
            prefix: 0,
            statement: statement.map(|offset| block.offset + offset),
        };
        let context = SqlContext {
            kind: ErrorKind::Verification,
            action,
            sent: Some(sent),
        };
        sql_error::from_pg(&failure.error, &context)
    }

    /// The savepoint is gone although the check ran without an error.
    fn ended(&self, check: &verify::Check) -> Error {
        let message = format!(
            "the check \"{}\" ended the transaction or took its savepoint away",
            check.name
        );
        Error::new(ErrorKind::Verification, message).at(check.block.at(self.file, 0))
    }
}

/// What a check says must not hang on what a database, a role or PGOPTIONS sets: with asserts off every check would
/// pass, without row security those that try to read what they must not would fail.
const SETTINGS: &str = "\
    set local client_encoding = 'UTF8'; set local row_security = on; set local plpgsql.check_asserts = on; \
    set local plpgsql.extra_errors = 'none'; set local check_function_bodies = on; \
    set local standard_conforming_strings = on; set local backslash_quote = 'safe_encoding'; \
    set local quote_all_identifiers = off; set local transform_null_equals = off; set local array_nulls = on; \
    set local datestyle = 'ISO, MDY'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; \
    set local extra_float_digits = 1; set local xmloption = 'content'; \
    select set_config('session_replication_role', 'origin', true) \
    where current_setting('session_replication_role') <> 'origin'; \
    select set_config('transaction_timeout', '0', true) \
    where current_setting('transaction_timeout', true) is not null";

/// Only `set local`: nothing may outlive the transaction.
fn opening(options: &Options) -> String {
    let role = options.role.as_ref();
    let role = role.map_or_else(String::new, |role| {
        format!("; set local role {}", escape_identifier(role))
    });
    format!(
        "begin isolation level read committed; {SETTINGS}; set local statement_timeout = {}; set local lock_timeout = {}; \
         set local idle_in_transaction_session_timeout = 0{role}",
        options.statement_timeout.as_millis(),
        options.lock_timeout.as_millis()
    )
}

async fn receive(sent: Flying) -> Result<(), Failure> {
    let stream = sent.map_err(|error| Failure {
        error,
        statements: 0,
    })?;
    let mut stream = pin!(stream);
    let mut statements = 0;
    while let Some(message) = stream.next().await {
        match message {
            Ok(SimpleQueryMessage::CommandComplete(_)) => statements += 1,
            Ok(_) => {}
            Err(error) => return Err(Failure { error, statements }),
        }
    }
    Ok(())
}
