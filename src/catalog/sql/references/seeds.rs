//! What a phase's seed uses.

use super::Findings;
use crate::catalog::model::{Seed, SeedTable, SeedValue};
use crate::catalog::sql::object::Space;
use crate::error::Location;

/// Checks the tables of a seed, their columns, and the tables that its rows refer to.
pub(super) fn check(phase: usize, seed: &Seed, findings: &mut Findings<'_>) {
    for table in &seed.tables {
        let at = |line| Location::at_line(&seed.file.path, &seed.file.text, line);
        table_use(phase, &table.schema, &table.table, at(table.line), findings);
        column_uses(phase, table, at(table.line), findings);
        for row in &table.rows {
            for value in row.values.values() {
                value_use(phase, value, &at(row.line), findings);
            }
        }
    }
}

fn value_use(phase: usize, value: &SeedValue, location: &Location, findings: &mut Findings<'_>) {
    if let SeedValue::Ref {
        schema, table, key, ..
    } = value
    {
        table_use(phase, schema, table, location.clone(), findings);
        for value in key.values() {
            value_use(phase, value, location, findings);
        }
    }
}

fn table_use(
    phase: usize,
    schema: &str,
    table: &str,
    location: Location,
    findings: &mut Findings<'_>,
) {
    let entries = findings.inventory.get(Space::Relation, schema, table);
    let owners: Vec<usize> = entries.iter().map(|entry| entry.phase).collect();
    let object = format!("table {schema}.{table}");
    if owners.is_empty() {
        findings.unknown(phase, location, object);
    } else if !findings.allowed(phase, &owners) {
        findings.undeclared(phase, location, object, &owners);
    }
}

fn column_uses(phase: usize, table: &SeedTable, location: Location, findings: &mut Findings<'_>) {
    let key = (table.schema.clone(), table.table.clone());
    for column in &table.columns {
        let Some(owners) = findings.inventory.column_added_by(&key, column) else {
            continue;
        };
        if !findings.allowed(phase, owners) {
            let owners = owners.to_vec();
            let object = format!("column {}.{}.{column}", table.schema, table.table);
            findings.undeclared(phase, location.clone(), object, &owners);
        }
    }
}
