//! A system as plain SQL, as somebody would write it by hand for psql: versioned and repeatable files in order, reference
//! data as plain inserts.

use anyhow::{Result, ensure};
use pgphase::catalog::{Phase, SeedRow, SeedTable, SeedValue, System};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use serde_json::Value;
use std::fmt::Write as _;

/// Folder and text of each phase.
///
/// # Errors
/// A file of the system cannot run in a transaction.
pub fn phases(system: &System) -> Result<Vec<(String, String)>> {
    let order = system.order().into_iter();
    order.map(|one| Ok((one.folder(), phase(one)?))).collect()
}

fn phase(phase: &Phase) -> Result<String> {
    let mut text = String::new();
    for file in &phase.migrations {
        ensure!(
            !file.no_transaction,
            "{} runs outside a transaction",
            file.up.path
        );
        let _ = writeln!(text, "{}", file.up.text);
    }
    for file in &phase.repeatables {
        let _ = writeln!(text, "{}", file.up.text);
    }
    for table in phase.seed.iter().flat_map(|seed| &seed.tables) {
        text.push_str(&inserts(table));
    }
    Ok(text)
}

/// One insert for rows after one another that list the same columns.
fn inserts(table: &SeedTable) -> String {
    let name = qualified(&table.schema, &table.table);
    let mut text = String::new();
    for rows in table
        .rows
        .chunk_by(|a, b| a.values.keys().eq(b.values.keys()))
    {
        let columns = rows[0].values.keys().map(|name| escape_identifier(name));
        let columns: Vec<String> = columns.collect();
        let values: Vec<String> = rows.iter().map(row).collect();
        let (columns, values) = (columns.join(", "), values.join(",\n    "));
        let _ = writeln!(text, "insert into {name} ({columns}) values\n    {values};");
    }
    text
}

fn row(row: &SeedRow) -> String {
    let values: Vec<String> = row.values.values().map(sql).collect();
    format!("({})", values.join(", "))
}

fn sql(value: &SeedValue) -> String {
    match value {
        SeedValue::Null => "null".to_owned(),
        SeedValue::Json(value) => json(value),
        SeedValue::Ref {
            schema,
            table,
            column,
            key,
        } => {
            let wanted = key
                .iter()
                .map(|(column, value)| format!("{} = {}", escape_identifier(column), sql(value)));
            let wanted: Vec<String> = wanted.collect();
            let (column, table) = (escape_identifier(column), qualified(schema, table));
            format!(
                "(select {column} from {table} where {})",
                wanted.join(" and ")
            )
        }
    }
}

/// Arrays are meant for array columns, objects for json.
fn json(value: &Value) -> String {
    match value {
        Value::String(text) => escape_literal(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("array[{}]", items.join(", "))
        }
        Value::Object(_) => escape_literal(&value.to_string()),
        other => other.to_string(),
    }
}

fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", escape_identifier(schema), escape_identifier(table))
}
