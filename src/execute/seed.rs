//! Reference data: reading what a statement changed, finding the row that the server refuses, comparing.

use super::messages;
use super::{Seeded, messages::Answer};
use crate::catalog::{Seed, SeedTable, SourceFile};
use crate::db::{Session, sql_error};
use crate::plan;
use crate::{Error, ErrorKind, Location, Result};
use tokio_postgres::SimpleQueryRow;

/// Set before the reference data of a phase, so that a refused row can be found, and so that row level security raises
/// an error instead of hiding rows; the settings that follow each file undo it.
pub(super) const SAVEPOINT: &str = "savepoint pgphase_seed; set local row_security = off";

/// A row of a seed file that the database does not have, or has otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedCheck {
    /// Schema-qualified table.
    pub table: String,
    /// The row's key, as `slug = free`.
    pub key: String,
    /// Columns that differ; empty where the row is missing.
    pub columns: Vec<String>,
    /// Where the row is in the seed file.
    pub location: Location,
}

/// Reads what the statements of a seed file changed.
///
/// # Errors
/// [`ErrorKind::Seed`] if a reference names a row that is not there.
pub(super) fn read(rows: &[SimpleQueryRow], seed: &Seed) -> Result<Seeded> {
    let mut sum = Seeded::default();
    for (row, table) in rows.iter().zip(&seed.tables) {
        if let Some(lost) = row.get("lost") {
            return Err(lost_reference(seed, table, lost));
        }
        let count = |column: &str| {
            row.get(column)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        sum += Seeded {
            inserted: count("inserted"),
            updated: count("updated"),
            unchanged: count("unchanged"),
        };
    }
    Ok(sum)
}

/// `lost` is `row:column,row:column,…`.
fn lost_reference(seed: &Seed, table: &SeedTable, lost: &str) -> Error {
    let first = lost.split(',').next().unwrap_or(lost);
    let (row, column) = first.split_once(':').unwrap_or((first, "?"));
    let row = row
        .parse::<usize>()
        .ok()
        .and_then(|row| table.rows.get(row.saturating_sub(1)));
    let target = match row.and_then(|row| row.values.get(column)) {
        Some(crate::catalog::SeedValue::Ref {
            schema, table, key, ..
        }) => {
            format!("{schema}.{table} has no row with {}", describe(key))
        }
        _ => "the referenced row is not there".to_owned(),
    };
    let line = row.map_or(table.line, |row| row.line);
    Error::new(
        ErrorKind::Seed,
        format!(
            "{}.{}: column {column}: {target}",
            table.schema, table.table
        ),
    )
    .at(Location::at_line(&seed.file.path, &seed.file.text, line))
    .hint("rows are written in the order of the file: the referenced table must come first")
}

fn describe(key: &std::collections::BTreeMap<String, crate::catalog::SeedValue>) -> String {
    let parts: Vec<String> = key
        .iter()
        .map(|(column, value)| match value {
            crate::catalog::SeedValue::Json(serde_json::Value::String(text)) => {
                format!("{column} = {text}")
            }
            crate::catalog::SeedValue::Json(value) => format!("{column} = {value}"),
            crate::catalog::SeedValue::Null => format!("{column} = null"),
            crate::catalog::SeedValue::Ref {
                schema, table, key, ..
            } => {
                format!("{column} = ({schema}.{table} with {})", describe(key))
            }
        })
        .collect();
    parts.join(" and ")
}

/// A statement for a whole table failed: runs the rows one by one, each under a savepoint, until one is refused.
/// The transaction stays open, and is rolled back by the caller.
pub(super) async fn find_row(
    session: &Session,
    seed: &Seed,
    first: &tokio_postgres::Error,
) -> Error {
    let action = "writing reference data";
    if messages::ask(session, "rollback to savepoint pgphase_seed", action)
        .await
        .is_err()
    {
        return messages::plain(first, action);
    }
    for (table, row, sql) in plan::seed_rows_sql(seed) {
        let failure = match messages::send(session, &sql).await.receive().await {
            Ok(Answer { .. }) => continue,
            Err(failure) => failure,
        };
        let key: std::collections::BTreeMap<_, _> = row
            .values
            .iter()
            .filter(|(column, _)| table.key.contains(column))
            .map(|(column, value)| (column.clone(), value.clone()))
            .collect();
        let action = format!(
            "writing {}.{}, row {}",
            table.schema,
            table.table,
            describe(&key)
        );
        let error = from_row(&failure.error, &seed.file, row.line, &action);
        if error.inner().sqlstate.as_deref() == Some("42P10") {
            let key = table.key.join(", ");
            return error.hint(format!("`key` needs a unique constraint on ({key})"));
        }
        return error;
    }
    // Alone, every row is accepted: the rows contradict each other.
    messages::plain(first, action)
        .kind_is(ErrorKind::Seed)
        .at(Location::at_line(&seed.file.path, &seed.file.text, 1))
}

fn from_row(error: &tokio_postgres::Error, file: &SourceFile, line: u32, action: &str) -> Error {
    sql_error::from_pg(error, &sql_error::SqlContext::new(ErrorKind::Seed, action))
        .at(Location::at_line(&file.path, &file.text, line))
}

/// Compares a seed file with the database; reads only.
///
/// # Errors
/// The server's error, for example where a table is not there.
pub async fn check(session: &Session, seed: &Seed) -> Result<Vec<SeedCheck>> {
    let mut sent = Vec::new();
    for table in &seed.tables {
        // Rows that row level security hides are not missing: the server says so instead.
        let sql = format!(
            "set local row_security = off;\n{}",
            plan::seed_check_sql(table)
        );
        sent.push((table, messages::send(session, &sql).await));
    }
    let mut differences = Vec::new();
    for (table, sent) in sent {
        let name = format!("{}.{}", table.schema, table.table);
        let answer = sent
            .receive()
            .await
            .map_err(|failure| not_compared(&failure.error, &name))?;
        for row in &answer.rows {
            differences.extend(difference(seed, table, row));
        }
    }
    Ok(differences)
}

/// A row type that does not exist means that its table is not there.
fn not_compared(error: &tokio_postgres::Error, table: &str) -> crate::Error {
    use tokio_postgres::error::SqlState;
    let gone = [
        &SqlState::UNDEFINED_OBJECT,
        &SqlState::UNDEFINED_TABLE,
        &SqlState::INVALID_SCHEMA_NAME,
    ];
    match error.code().filter(|code| gone.contains(code)) {
        Some(code) => crate::Error::new(
            crate::ErrorKind::Database,
            format!("table {table} is missing, or a type that its rows need"),
        )
        .sqlstate(code.code())
        .detail(error.as_db_error().map_or("", |error| error.message()))
        .hint("`pgphase verify` shows what else is missing"),
        None => messages::plain(error, &format!("comparing {table}")),
    }
}

fn difference(seed: &Seed, table: &SeedTable, row: &SimpleQueryRow) -> Option<SeedCheck> {
    let number: usize = row.get("row")?.parse().ok()?;
    let given = table.rows.get(number.checked_sub(1)?)?;
    let key = given
        .values
        .iter()
        .filter(|(column, _)| table.key.contains(column))
        .map(|(column, value)| (column.clone(), value.clone()))
        .collect();
    let columns = if row.get("missing") == Some("t") {
        Vec::new()
    } else {
        row.get("columns")
            .unwrap_or("")
            .split(", ")
            .map(str::to_owned)
            .collect()
    };
    Some(SeedCheck {
        table: format!("{}.{}", table.schema, table.table),
        key: describe(&key),
        columns,
        location: Location::at_line(&seed.file.path, &seed.file.text, given.line),
    })
}
