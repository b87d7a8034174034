//! What has been applied: reading refinery's table and our own beside it.
//!
//! Reading never creates anything. The tables themselves are `schema.sql`, which the first `migrate up` sends as part
//! of its first transaction.

mod model;
pub mod write;

pub use model::{Applied, FileKind, History, Look, State};

use crate::db::Session;
use crate::{Error, ErrorKind, Result};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

/// Format of the tables that this version of the tool writes and reads.
pub const FORMAT: i32 = 1;

/// The statements that create the tool's schema.
pub const SCHEMA_SQL: &str = include_str!("schema.sql");

/// Refinery's table, qualified, so that a migration's own `set local search_path` cannot hide it.
pub const REFINERY_TABLE: &str = "pgphase.refinery_schema_history";

const LOOK_SQL: &str = include_str!("look.sql");
const READ_SQL: &str = include_str!("read.sql");

/// Looks at the server and reads the history, in one round trip.
///
/// # Errors
/// [`ErrorKind::Unsupported`] if a newer pgphase wrote the history, [`ErrorKind::Diverged`] if the history is
/// damaged, [`ErrorKind::Permission`] if the role may not read it.
pub async fn look(session: &Session) -> Result<(Look, History)> {
    // Both are sent before either is awaited. Where pgphase has never been, the second fails, and that is an answer.
    let (look, rows) = tokio::join!(
        session.client.query_typed_one(LOOK_SQL, &[]),
        session.client.query_typed(READ_SQL, &[]),
    );
    let look = model::look(&look.map_err(|error| read_error(&error))?);
    match rows {
        Ok(rows) => Ok((look, parse(&rows)?)),
        Err(error) if !look.has_history && is_absent(&error) => Ok((look, History::default())),
        Err(error) => {
            // A newer format may have other columns: then that is what to say.
            check_format(session).await?;
            Err(read_error(&error))
        }
    }
}

async fn check_format(session: &Session) -> Result<()> {
    let format = "select format from pgphase.meta";
    match session.client.query_typed(format, &[]).await {
        Ok(rows) => rows
            .first()
            .map_or(Ok(()), |row| known(model::value(row, "format")?)),
        // The first error says what is wrong.
        Err(_) => Ok(()),
    }
}

fn known(format: i32) -> Result<()> {
    if format <= FORMAT {
        return Ok(());
    }
    let message = format!(
        "a newer pgphase wrote this database's history (format {format}; this version knows {FORMAT})"
    );
    Err(Error::new(ErrorKind::Unsupported, message).hint("update pgphase"))
}

fn is_absent(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        // A schema of that name that is somebody else's may be closed to us.
        *code == SqlState::UNDEFINED_TABLE
            || *code == SqlState::INVALID_SCHEMA_NAME
            || *code == SqlState::INSUFFICIENT_PRIVILEGE
    })
}

fn read_error(error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return Error::new(
            ErrorKind::Connection,
            format!("cannot read the history: {error}"),
        );
    };
    let code = db.code();
    let (kind, hint) = match *code {
        SqlState::INSUFFICIENT_PRIVILEGE => (
            ErrorKind::Permission,
            "connect as the role that applied the migrations, or give --role",
        ),
        // Class 42: tables, columns or types are not the ones that the query expects.
        _ if code.code().starts_with("42") || *code == SqlState::INVALID_SCHEMA_NAME => (
            ErrorKind::Diverged,
            "the tables in schema pgphase were changed by hand; restore them from a backup",
        ),
        _ => (ErrorKind::Database, "see the server's log"),
    };
    Error::new(kind, format!("cannot read the history: {}", db.message()))
        .sqlstate(db.code().code())
        .hint(hint)
}

fn parse(rows: &[Row]) -> Result<History> {
    let Some(first) = rows.first() else {
        return Err(Error::new(
            ErrorKind::Diverged,
            "the history is damaged: pgphase.meta is empty",
        )
        .hint("restore the tables in schema pgphase from a backup"));
    };
    known(model::value(first, "format")?)?;
    let mut history = History {
        system: Some(model::value(first, "system")?),
        applied: Vec::new(),
    };
    for row in rows {
        // A history without a row is one row of nulls.
        if model::value::<Option<String>>(row, "name")?.is_some() {
            history.applied.push(model::applied(row)?);
        }
    }
    Ok(history)
}
