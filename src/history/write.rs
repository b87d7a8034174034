//! The statements that keep the history. They go along with the files in the same transaction.

use super::{FORMAT, FileKind, REFINERY_TABLE, State};
use postgres_protocol::escape::escape_literal;

/// The tool's schema and its one row of facts.
pub fn create(system: &str) -> String {
    format!(
        "{}\ninsert into pgphase.meta (format, system) values ({FORMAT}, {});",
        super::SCHEMA_SQL,
        escape_literal(system)
    )
}

/// The same within a transaction that has asked for the run lock; nothing where it has not got it. Without the lock,
/// creating the schema would wait for the run that has it.
pub fn create_under_lock(system: &str) -> String {
    format!(
        "do $pgphase$\nbegin\n    if pg_try_advisory_xact_lock({}) then\n        execute {};\n    end if;\nend\n$pgphase$",
        crate::db::lock::KEY,
        escape_literal(&create(system))
    )
}

/// The statements that remove the tool's schema.
pub const DROP_SQL: &str = include_str!("drop.sql");

/// Starts the clock of the next file: the duration is measured on the server.
pub const START_CLOCK: &str = "select set_config('pgphase.started', clock_timestamp()::text, true)";

const ON_THE_CLOCK: &str = "(extract(epoch from clock_timestamp() - nullif(current_setting('pgphase.started', true), '')::timestamptz) * 1000)::int";

/// A row of our own history.
#[derive(Debug)]
pub struct Row<'a> {
    /// Name of the phase.
    pub phase: &'a str,
    /// Number of the phase.
    pub phase_number: u32,
    /// File name without extension.
    pub name: &'a str,
    /// How it was applied.
    pub kind: FileKind,
    /// Of versioned files.
    pub version: Option<i64>,
    /// Of the text that was applied; of a file that is running, of the statements that are done.
    pub sha256: &'a str,
    /// Whether it is done.
    pub state: State,
    /// Milliseconds, where the client measured; else the server's clock since [`START_CLOCK`] counts.
    pub duration_ms: Option<u64>,
    /// The history does not have the file, which was looked at under the lock. Planning an insert that may turn into an
    /// update costs the server three times as much.
    pub is_new: bool,
}

/// Records a file, or that it was applied again.
pub fn record(row: &Row<'_>) -> String {
    let state = match row.state {
        State::Running => "running",
        State::Done => "done",
    };
    let duration = match (row.state, row.duration_ms) {
        (State::Running, _) => "null".to_owned(),
        (State::Done, Some(ms)) => ms.to_string(),
        (State::Done, None) => ON_THE_CLOCK.to_owned(),
    };
    let or_update = if row.is_new { "" } else { OR_UPDATE };
    format!(
        "insert into pgphase.history (phase, name, phase_number, kind, version, sha256, state, duration_ms, tool_version)\n\
         values ({}, {}, {}, '{}', {}, {}, '{state}', {duration}, {}){or_update}",
        escape_literal(row.phase),
        escape_literal(row.name),
        row.phase_number,
        row.kind,
        row.version
            .map_or_else(|| "null".to_owned(), |version| version.to_string()),
        escape_literal(row.sha256),
        escape_literal(env!("CARGO_PKG_VERSION")),
    )
}

const OR_UPDATE: &str = "\non conflict (phase, name) do update set sha256 = excluded.sha256, state = excluded.state, kind = excluded.kind,
    duration_ms = excluded.duration_ms, applied_at = clock_timestamp(), applied_by = session_user,
    tool_version = excluded.tool_version";

/// Of a file outside a transaction: so many statements are done, with this SHA-256.
pub fn progress(phase: &str, name: &str, done: usize, sha256: &str) -> String {
    format!(
        "update pgphase.history set statements_done = {done}, sha256 = {} where phase = {} and name = {}",
        escape_literal(sha256),
        escape_literal(phase),
        escape_literal(name)
    )
}

/// Removes a reverted file from both histories.
pub fn forget(phase: &str, name: &str, version: Option<i64>) -> String {
    let mut sql = format!(
        "delete from pgphase.history where phase = {} and name = {}",
        escape_literal(phase),
        escape_literal(name)
    );
    if let Some(version) = version {
        sql.push_str(&format!(
            ";\ndelete from {REFINERY_TABLE} where version = {version}"
        ));
    }
    sql
}
