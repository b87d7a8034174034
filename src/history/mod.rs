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
        Err(error) => Err(read_error(&error)),
    }
}

fn is_absent(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| {
        *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME
    })
}

fn read_error(error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        return Error::new(
            ErrorKind::Connection,
            format!("cannot read the history: {error}"),
        );
    };
    let (kind, hint) = match *db.code() {
        SqlState::INSUFFICIENT_PRIVILEGE => (
            ErrorKind::Permission,
            "connect as the role that applied the migrations, or give --role",
        ),
        SqlState::UNDEFINED_TABLE | SqlState::UNDEFINED_COLUMN | SqlState::INVALID_SCHEMA_NAME => (
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
    let format: i32 = first.get("format");
    if format > FORMAT {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("a newer pgphase wrote this database's history (format {format}; this version knows {FORMAT})"),
        )
        .hint("update pgphase"));
    }
    let mut history = History {
        system: Some(first.get("system")),
        applied: Vec::new(),
    };
    for row in rows
        .iter()
        .filter(|row| row.get::<_, Option<String>>("name").is_some())
    {
        history.applied.push(model::applied(row)?);
    }
    Ok(history)
}
