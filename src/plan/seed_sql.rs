//! Reference data as SQL: one statement a table, which inserts what is missing, updates what differs, and says how much.
//!
//! The rows travel as one JSON literal, and `jsonb_populate_record` gives each value its column's type: arrays become
//! array columns, tables become json, text becomes timestamps or enum labels. So a seed file needs no types, and a
//! statement is the same whether the tool runs it or psql does.

use crate::catalog::{Seed, SeedMode, SeedRow, SeedTable, SeedValue};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// All statements of a seed file, in its order.
pub fn sql(seed: &Seed) -> String {
    let mut text = String::new();
    for table in &seed.tables {
        let rows: Vec<&SeedRow> = table.rows.iter().collect();
        text.push_str(&apply_table(table, &rows));
        text.push_str(";\n\n");
    }
    text
}

/// The statements of a seed file row by row, to find the row that the server refuses: table, row, statement.
pub fn rows_sql(seed: &Seed) -> Vec<(&SeedTable, &SeedRow, String)> {
    seed.tables
        .iter()
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)))
        .map(|(table, row)| (table, row, apply_table(table, &[row])))
        .collect()
}

/// A read-only statement a table that lists the rows which are missing or differ, as `row` (from 1), `missing`,
/// `columns` (those that differ).
pub fn check_sql(table: &SeedTable) -> String {
    let selects: Vec<String> = groups(table, &table.rows.iter().collect::<Vec<_>>())
        .iter()
        .map(|group| check_group(table, group))
        .collect();
    selects.join("\nunion all\n")
}

/// Rows that list the same columns: a column that a row does not list must keep its default.
struct Group<'a> {
    columns: Vec<&'a str>,
    rows: Vec<(usize, &'a SeedRow)>,
}

fn groups<'a>(table: &'a SeedTable, rows: &[&'a SeedRow]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for row in rows {
        let number = table
            .rows
            .iter()
            .position(|other| std::ptr::eq(other, *row))
            .map_or(0, |at| at + 1);
        let columns: Vec<&str> = table
            .columns
            .iter()
            .map(String::as_str)
            .filter(|column| row.values.contains_key(*column))
            .collect();
        match groups.iter_mut().find(|group| group.columns == columns) {
            Some(group) => group.rows.push((number, row)),
            None => groups.push(Group {
                columns,
                rows: vec![(number, row)],
            }),
        }
    }
    groups
}

fn apply_table(table: &SeedTable, rows: &[&SeedRow]) -> String {
    let name = qualified(&table.schema, &table.table);
    let groups = groups(table, rows);
    let mut ctes = Vec::new();
    let mut known = Vec::new();
    let mut written = Vec::new();
    let mut lost = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let n = at + 1;
        ctes.push(format!(
            "given_{n} as materialized (\n{}\n)",
            given(table, group)
        ));
        for column in references(group) {
            // A row may say null instead of a reference.
            lost.push(format!(
                "select \"#row\", {0} as \"column\" from given_{n} where {1} is null and \"#entry\" -> {0} <> 'null'",
                literal(column),
                ident(column)
            ));
        }
        known.push(format!(
            "select 1 from given_{n} as given join {name} as live on {}",
            same_key(table)
        ));
        written.push(format!("select 1 from written_{n}"));
    }
    let guard = if lost.is_empty() {
        String::new()
    } else {
        ctes.push(format!(
            "lost as materialized (\n    {}\n)",
            lost.join("\n    union all\n    ")
        ));
        "\n    where not exists (select from lost)".to_owned()
    };
    // What was there before: the whole statement sees the table as it was when it began.
    ctes.push(format!(
        "known as materialized (\n    select count(*) as rows from ({}) as known\n)",
        known.join(" union all ")
    ));
    for (at, group) in groups.iter().enumerate() {
        ctes.push(write_group(table, group, at + 1, &guard));
    }
    let lost = if lost.is_empty() {
        "null::text"
    } else {
        "(select pg_catalog.string_agg(\"#row\" || ':' || \"column\", ',' order by \"#row\") from lost)"
    };
    let total = rows.len();
    format!(
        "-- Reference data of {name}\nwith {}\nselect\n    {} as \"table\", inserted, written - inserted as updated, \
         {total} - written as unchanged,\n    {lost} as lost\nfrom (\n    select count(*) as written, \
         least(count(*), {total} - (select rows from known)) as inserted\n    from ({}) as written\n) as counted",
        ctes.join(",\n"),
        literal(&format!("{}.{}", table.schema, table.table)),
        written.join(" union all ")
    )
}

fn write_group(table: &SeedTable, group: &Group<'_>, n: usize, guard: &str) -> String {
    let columns: Vec<String> = group.columns.iter().map(|column| ident(column)).collect();
    let list = columns.join(", ");
    let key: Vec<String> = table.key.iter().map(|column| ident(column)).collect();
    let others: Vec<String> = group
        .columns
        .iter()
        .filter(|column| !table.key.iter().any(|key| key == *column))
        .map(|column| ident(column))
        .collect();
    let action = if table.mode == SeedMode::Insert || others.is_empty() {
        "do nothing".to_owned()
    } else {
        let set: Vec<String> = others
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let differs: Vec<String> = others
            .iter()
            .map(|column| {
                format!(
                    "pg_catalog.to_jsonb(kept.{column}) is distinct from pg_catalog.to_jsonb(excluded.{column})"
                )
            })
            .collect();
        format!(
            "do update\n    set {}\n    where {}",
            set.join(", "),
            differs.join("\n        or ")
        )
    };
    format!(
        "written_{n} as (\n    insert into {} as kept ({list})\n    select {list} from given_{n}{guard}\n    \
         order by \"#row\"\n    on conflict ({}) {action}\n    returning 1\n)",
        qualified(&table.schema, &table.table),
        key.join(", ")
    )
}

/// A given row and a live one are the same by their key.
fn same_key(table: &SeedTable) -> String {
    let columns = table.key.iter().map(|column| ident(column));
    let equal: Vec<String> = columns
        .map(|column| format!("live.{column} = given.{column}"))
        .collect();
    equal.join(" and ")
}

/// The rows of a group with their columns' own types.
fn given(table: &SeedTable, group: &Group<'_>) -> String {
    let mut columns = vec!["        (i.entry ->> '#row')::int as \"#row\"".to_owned()];
    for column in &group.columns {
        let quoted = ident(column);
        columns.push(match reference(group, column) {
            Some(value) => format!(
                "        {} as {quoted}",
                lookup(value, &format!("i.entry -> {}", literal(column)))
            ),
            None => format!("        r.{quoted}"),
        });
    }
    let references: Vec<String> = references(group).map(literal).collect();
    let plain = if references.is_empty() {
        "i.entry".to_owned()
    } else {
        columns.push("        i.entry as \"#entry\"".to_owned());
        format!("i.entry - array[{}]", references.join(", "))
    };
    format!(
        "    select\n{}\n    from pg_catalog.jsonb_array_elements({}::jsonb) as i(entry)\n    \
         cross join lateral pg_catalog.jsonb_populate_record(null::{}, {plain}) as r",
        columns.join(",\n"),
        literal(&json(group)),
        qualified(&table.schema, &table.table)
    )
}

fn check_group(table: &SeedTable, group: &Group<'_>) -> String {
    let differs: Vec<String> = group
        .columns
        .iter()
        .filter(|column| table.mode == SeedMode::Sync && !table.key.iter().any(|key| key == *column))
        .map(|column| {
            format!(
                "case when pg_catalog.to_jsonb(live.{0}) is distinct from pg_catalog.to_jsonb(given.{0}) then {1} end",
                ident(column),
                literal(column)
            )
        })
        .collect();
    let columns = if differs.is_empty() {
        "''".to_owned()
    } else {
        format!("pg_catalog.concat_ws(', ', {})", differs.join(", "))
    };
    format!(
        "select * from (\n    select given.\"#row\" as row, live.tableoid is null as missing,\n        {columns} as columns\n    \
         from (\n{}\n    ) as given\n    left join {} as live on {}\n) as compared where missing or columns <> ''",
        given(table, group),
        qualified(&table.schema, &table.table),
        same_key(table)
    )
}

fn references<'a>(group: &'a Group<'a>) -> impl Iterator<Item = &'a str> {
    group
        .columns
        .iter()
        .copied()
        .filter(|column| reference(group, column).is_some())
}

/// The first reference that a column holds; all rows of a column refer to the same table or give no reference.
fn reference<'a>(group: &Group<'a>, column: &str) -> Option<&'a SeedValue> {
    group
        .rows
        .iter()
        .find_map(|(_, row)| match row.values.get(column) {
            Some(value @ SeedValue::Ref { .. }) => Some(value),
            _ => None,
        })
}

/// A subselect that finds the row that a reference names; `path` is the JSON of its key.
fn lookup(value: &SeedValue, path: &str) -> String {
    let SeedValue::Ref {
        schema,
        table,
        column,
        key,
    } = value
    else {
        return "null".to_owned();
    };
    let name = qualified(schema, table);
    // What is itself a reference is no value of its column. A row that says null instead of a reference has no object.
    let nested: Vec<String> = key
        .iter()
        .filter(|(_, value)| matches!(value, SeedValue::Ref { .. }))
        .map(|(column, _)| literal(column))
        .collect();
    let plain = format!(
        "case pg_catalog.jsonb_typeof({path}) when 'object' then ({path}) - array[{}]::text[] end",
        nested.join(", ")
    );
    let conditions: Vec<String> = key
        .iter()
        .map(|(column, value)| {
            let quoted = ident(column);
            match value {
                SeedValue::Ref { .. } => {
                    format!(
                        "x.{quoted} = {}",
                        lookup(value, &format!("{path} -> {}", literal(column)))
                    )
                }
                _ => format!(
                    "x.{quoted} = (pg_catalog.jsonb_populate_record(null::{name}, {plain})).{quoted}"
                ),
            }
        })
        .collect();
    format!(
        "(select x.{} from {name} as x where {})",
        ident(column),
        conditions.join(" and ")
    )
}

/// The rows as a JSON array, a row a line.
fn json(group: &Group<'_>) -> String {
    let mut text = String::from("[");
    for (at, (number, row)) in group.rows.iter().enumerate() {
        let mut object = Map::new();
        object.insert("#row".to_owned(), Value::from(*number));
        object.extend(entries(&row.values));
        let separator = if at == 0 { "\n" } else { ",\n" };
        let _ = write!(text, "{separator}    {}", Value::Object(object));
    }
    text.push_str("\n]");
    text
}

fn entries(values: &BTreeMap<String, SeedValue>) -> Map<String, Value> {
    values
        .iter()
        .map(|(column, value)| {
            let value = match value {
                SeedValue::Null => Value::Null,
                SeedValue::Json(value) => value.clone(),
                SeedValue::Ref { key, .. } => Value::Object(entries(key)),
            };
            (column.clone(), value)
        })
        .collect()
}

fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", ident(schema), ident(table))
}

/// An identifier, quoted where it must be.
fn ident(name: &str) -> String {
    postgres_protocol::escape::escape_identifier(name)
}

fn literal(text: &str) -> String {
    postgres_protocol::escape::escape_literal(text)
}
