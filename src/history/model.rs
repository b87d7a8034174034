//! What the history says, as data.

use crate::{Error, ErrorKind, Result};
use serde::Serialize;
use std::fmt;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// The server as a run meets it.
#[derive(Debug, Clone)]
pub struct Look {
    /// For example 150018.
    pub server_version_num: i32,
    /// For example `15.18 (Debian 15.18-0+deb12u1)`.
    pub server_version: String,
    /// Name of the database.
    pub database: String,
    /// The role that the statements run as.
    pub role: String,
    /// Whether that role is a superuser.
    pub is_superuser: bool,
    /// A standby, which cannot be written to.
    pub in_recovery: bool,
    /// Transactions are read-only: a standby, or a setting of the role or the database.
    pub read_only: bool,
    /// Whether the role may create schemas.
    pub can_create: bool,
    /// Whether there is a schema of the tool's name.
    pub has_schema: bool,
    /// Whether pgphase has been here: at least one of its tables is there.
    pub has_history: bool,
    /// Whether what platform `supabase` promises is there: auth.users, auth.uid(), the three roles of the API.
    pub has_supabase: bool,
    /// Whether publication supabase_realtime exists.
    pub has_realtime: bool,
    /// Process id of the server process that answered; changes between transactions behind a transaction pooler.
    pub backend_pid: i32,
}

impl Look {
    /// The server's major version, for example 15.
    pub fn major(&self) -> u32 {
        u32::try_from(self.server_version_num / 10_000).unwrap_or(0)
    }
}

/// Everything that has been applied to a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The system that the database holds; none where pgphase has never been.
    pub system: Option<String>,
    /// In order of phase and version.
    pub applied: Vec<Applied>,
}

impl History {
    /// The row of a file.
    pub fn file(&self, phase: &str, name: &str) -> Option<&Applied> {
        self.applied
            .iter()
            .find(|row| row.phase == phase && row.name == name)
    }

    /// Whether anything of a phase has been applied.
    pub fn has_phase(&self, phase: &str) -> bool {
        self.applied.iter().any(|row| row.phase == phase)
    }
}

/// A file that has been applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Name of the phase.
    pub phase: String,
    /// Number of the phase.
    pub phase_number: u32,
    /// File name without extension.
    pub name: String,
    /// How it was applied.
    pub kind: FileKind,
    /// Of versioned files.
    pub version: Option<i64>,
    /// Of the text that was applied; while it is running, of the statements that are done.
    pub sha256: String,
    /// Whether it is done.
    pub state: State,
    /// Of a file outside a transaction: statements done.
    pub statements_done: usize,
    /// Milliseconds.
    pub duration_ms: Option<i32>,
    /// UTC, RFC 3339.
    pub applied_at: String,
    /// Role.
    pub applied_by: String,
    /// Version of pgphase.
    pub tool_version: String,
}

/// How a file is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Once, in a transaction.
    Versioned,
    /// Once, statement by statement, outside a transaction.
    NoTransaction,
    /// Whenever its text changed.
    Repeatable,
    /// Reference data, whenever its text changed.
    Seed,
}

impl FileKind {
    /// The name in the history table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Versioned => "versioned",
            Self::NoTransaction => "no_transaction",
            Self::Repeatable => "repeatable",
            Self::Seed => "seed",
        }
    }

    /// Whether it is applied once and frozen from then on.
    pub fn is_versioned(self) -> bool {
        matches!(self, Self::Versioned | Self::NoTransaction)
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a file is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A file outside a transaction was begun and has not ended.
    Running,
    /// Applied.
    Done,
}

pub(super) fn look(row: &Row) -> Look {
    Look {
        server_version_num: row.get("server_version_num"),
        server_version: row.get("server_version"),
        database: row.get("database"),
        role: row.get("role"),
        is_superuser: row.get::<_, Option<bool>>("is_superuser").unwrap_or(false),
        in_recovery: row.get("in_recovery"),
        read_only: row.get("read_only"),
        can_create: row.get("can_create"),
        has_schema: row.get("has_schema"),
        has_history: row.get("has_history"),
        has_supabase: row.get::<_, bool>("has_auth_users")
            && row.get::<_, bool>("has_auth_uid")
            && row.get::<_, i32>("api_roles") == 3,
        has_realtime: row.get("has_realtime"),
        backend_pid: row.get("backend_pid"),
    }
}

/// The tables are not as this version knows them.
pub(super) fn damaged(what: &str) -> Error {
    Error::new(
        ErrorKind::Diverged,
        format!("the history is damaged: {what}"),
    )
    .hint("the tables in schema pgphase were changed by hand; restore them from a backup")
}

/// A value of the history; an error, not a panic, where it is of another type or null.
pub(super) fn value<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T> {
    row.try_get(column)
        .map_err(|error| damaged(&format!("column {column} cannot be read: {error}")))
}

pub(super) fn applied(row: &Row) -> Result<Applied> {
    let name: String = value(row, "name")?;
    let kind = match value::<String>(row, "kind")?.as_str() {
        "versioned" => FileKind::Versioned,
        "no_transaction" => FileKind::NoTransaction,
        "repeatable" => FileKind::Repeatable,
        "seed" => FileKind::Seed,
        "refinery" => {
            return Err(damaged(&format!("{name} is in refinery's table only")));
        }
        other => return Err(damaged(&format!("{name} has the unknown kind {other}"))),
    };
    let state = match value::<String>(row, "state")?.as_str() {
        "running" => State::Running,
        _ => State::Done,
    };
    if kind.is_versioned() && state == State::Done && !value::<bool>(row, "in_refinery")? {
        return Err(damaged(&format!("{name} is missing in refinery's table")));
    }
    let unsigned = |column: &str| {
        let number: i32 = value(row, column)?;
        u32::try_from(number).map_err(|_| damaged(&format!("{name} has {column} {number}")))
    };
    Ok(Applied {
        phase: value(row, "phase")?,
        phase_number: unsigned("phase_number")?,
        kind,
        version: value(row, "version")?,
        sha256: value(row, "sha256")?,
        state,
        statements_done: unsigned("statements_done")? as usize,
        duration_ms: value(row, "duration_ms")?,
        applied_at: value(row, "applied_at")?,
        applied_by: value(row, "applied_by")?,
        tool_version: value(row, "tool_version")?,
        name,
    })
}
