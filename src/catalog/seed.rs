//! `seed.toml`: a phase's reference rows.

use super::model::{Seed, SeedMode, SeedRow, SeedTable, SeedValue, SourceFile};
use super::names::{LONGEST, did_you_mean, split_qualified};
use super::problems::{Problems, mistake};
use super::seed_value;
use super::toml_reader::{Doc, Table};
use crate::error::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

const TABLE_KEYS: [&str; 5] = ["name", "key", "mode", "columns", "rows"];

/// Reads and checks a seed file.
///
/// # Errors
/// `Catalog` with the first mistake's place and the others as detail.
pub fn parse(file: &SourceFile) -> Result<Seed> {
    let problems = Problems::default();
    let doc = Doc {
        file,
        problems: &problems,
    };
    let root = doc.parse();
    let mut tables = Vec::new();
    if let Some(root) = &root {
        let root = Table {
            doc,
            entries: root.get_ref(),
            span: 0..0,
            what: "seed.toml",
        };
        root.check_keys(&["table"]);
        let found = root
            .required_tables("table", "[[table]]")
            .unwrap_or_default();
        let lines = Lines::of(file);
        tables = found
            .iter()
            .filter_map(|table| read_table(table, &lines))
            .collect();
    }
    check_repeated_rows(&tables, file, &problems);
    check_order(&tables, file, &problems);
    problems.finish()?;
    Ok(Seed {
        file: file.clone(),
        tables,
    })
}

/// Where the lines of a file end; a seed may have many thousand rows.
struct Lines(Vec<usize>);

impl Lines {
    fn of(file: &SourceFile) -> Self {
        Self(file.text.match_indices('\n').map(|(at, _)| at).collect())
    }

    /// The line of a byte, from 1.
    fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|end| *end < offset) as u32 + 1
    }
}

fn read_table(table: &Table<'_>, lines: &Lines) -> Option<SeedTable> {
    table.check_keys(&TABLE_KEYS);
    let name = table.required_string("name");
    let key = table
        .required_strings("key")
        .map(|key| columns_of(table, "key", &key));
    let listed = table
        .strings("columns")
        .map(|columns| columns_of(table, "columns", &columns));
    let mode = mode(table);
    let rows = table.required_tables("rows", "a row");
    let (schema, table_name) = qualified(table, name?)?;
    let (key, rows) = (key?, rows?);
    if rows.is_empty() {
        table.doc.report(
            table.span.clone(),
            format!("`{schema}.{table_name}` has no rows"),
        );
        return None;
    }
    let columns = columns(table, &key, listed.as_deref(), &rows);
    let rows = rows
        .iter()
        .filter_map(|row| read_row(row, &key, listed.as_deref(), lines))
        .collect();
    let line = lines.line(table.span.start);
    Some(SeedTable {
        schema,
        table: table_name,
        key,
        mode: mode?,
        columns,
        rows,
        line,
    })
}

fn qualified(table: &Table<'_>, name: Spanned<String>) -> Option<(String, String)> {
    let text = name.get_ref();
    if let Some((schema, table)) = split_qualified(text) {
        return Some((schema.to_owned(), table.to_owned()));
    }
    let error = table
        .doc
        .error(name.span(), format!("`{text}` is no schema and table"));
    let hint = if text.contains('.') {
        "write schema.table; a name that needs quotes as in SQL: public.\"My table\"".into()
    } else {
        format!("write public.{text}")
    };
    table.doc.problems.push(error.hint(hint));
    None
}

fn mode(table: &Table<'_>) -> Option<SeedMode> {
    if !table.entries.contains_key("mode") {
        return Some(SeedMode::Sync);
    }
    let text = table.string("mode")?;
    match text.get_ref().as_str() {
        "sync" => Some(SeedMode::Sync),
        "insert" => Some(SeedMode::Insert),
        other => {
            let error = table
                .doc
                .error(text.span(), format!("unknown mode `{other}`"));
            table
                .doc
                .problems
                .push(error.hint(did_you_mean(other, &["sync", "insert"], "modes")));
            None
        }
    }
}

/// A list of column names: not empty, none twice.
fn columns_of(table: &Table<'_>, what: &str, list: &[Spanned<String>]) -> Vec<String> {
    if list.is_empty() {
        table
            .doc
            .report(table.span.clone(), format!("`{what}` must name a column"));
    }
    let mut names: Vec<String> = Vec::new();
    for name in list {
        if names.contains(name.get_ref()) {
            let message = format!("`{what}` names `{}` twice", name.get_ref());
            table.doc.report(name.span(), message);
        }
        names.push(name.get_ref().clone());
    }
    names
}

/// Key first, then the listed ones, or those of the rows as they come.
fn columns(
    table: &Table<'_>,
    key: &[String],
    listed: Option<&[String]>,
    rows: &[Table<'_>],
) -> Vec<String> {
    let given = || {
        rows.iter()
            .flat_map(|row| row.entries.keys().map(|key| key.get_ref().as_ref()))
    };
    let mut columns = key.to_vec();
    let mut seen: BTreeSet<String> = key.iter().cloned().collect();
    let mut add = |name: &str| {
        if seen.insert(name.to_owned()) {
            columns.push(name.to_owned());
        }
    };
    let Some(listed) = listed else {
        given().for_each(&mut add);
        return columns;
    };
    listed.iter().for_each(|name| add(name));
    for name in key.iter().filter(|name| !listed.contains(name)) {
        let message = format!("key column `{name}` is not among `columns`");
        table.doc.report(table.span.clone(), message);
    }
    let given: BTreeSet<&str> = given().collect();
    for name in listed.iter().filter(|name| !given.contains(name.as_str())) {
        table
            .doc
            .report(table.span.clone(), format!("no row gives column `{name}`"));
    }
    columns
}

fn read_row(
    row: &Table<'_>,
    key: &[String],
    listed: Option<&[String]>,
    lines: &Lines,
) -> Option<SeedRow> {
    let doc = row.doc;
    let before = doc.problems.count();
    let mut values = BTreeMap::new();
    for (column, value) in row.entries {
        check_column(doc, column.get_ref(), column.span(), listed);
        if let Some(value) = seed_value::read(doc, value) {
            values.insert(column.get_ref().clone().into_owned(), value);
        }
    }
    for column in key {
        match (values.get(column), row.entries.get(column.as_str())) {
            (None, None) => {
                doc.report(
                    row.span.clone(),
                    format!("the row has no value for key column `{column}`"),
                );
            }
            (Some(value), Some(place)) if !identifies(value) => {
                let message =
                    format!("key column `{column}` cannot be a null, an array or a table");
                doc.report(place.span(), message);
            }
            _ => {}
        }
    }
    let line = lines.line(row.span.start);
    (doc.problems.count() == before).then_some(SeedRow { values, line })
}

fn check_column(doc: Doc<'_>, name: &str, span: std::ops::Range<usize>, listed: Option<&[String]>) {
    if name.is_empty() || name.len() > LONGEST || name.contains('\0') {
        doc.report(
            span,
            format!("`{}` is no column's name", name.escape_debug()),
        );
    } else if let Some(listed) = listed.filter(|listed| !listed.iter().any(|column| column == name))
    {
        let known: Vec<&str> = listed.iter().map(String::as_str).collect();
        let error = doc.error(span, format!("column `{name}` is not among `columns`"));
        doc.problems
            .push(error.hint(did_you_mean(name, &known, "columns")));
    }
}

/// Whether a row can be found by this value.
fn identifies(value: &SeedValue) -> bool {
    !matches!(
        value,
        SeedValue::Null | SeedValue::Json(Value::Null | Value::Array(_) | Value::Object(_))
    )
}

/// A table may come twice (rows that refer to earlier ones of the same table), a row may not.
fn check_repeated_rows(tables: &[SeedTable], file: &SourceFile, problems: &Problems) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for table in tables {
        for row in &table.rows {
            let values: Vec<_> = table
                .key
                .iter()
                .map(|name| (name, row.values.get(name)))
                .collect();
            let identity = format!("{}.{} {values:?}", table.schema, table.table);
            if let Some(line) = seen.insert(identity, row.line) {
                let key = table.key.join(", ");
                let message = format!(
                    "row of {}.{} with the same key ({key}) as line {line}",
                    table.schema, table.table
                );
                problems.push(mistake(message).at(file.at_line(row.line)));
            }
        }
    }
}

/// A row that is referred to is written before the row that refers to it, if this file writes it.
fn check_order(tables: &[SeedTable], file: &SourceFile, problems: &Problems) {
    for (at, table) in tables.iter().enumerate() {
        let written = |schema: &str, name: &str, tables: &[SeedTable]| {
            tables
                .iter()
                .any(|table| table.schema == schema && table.table == name)
        };
        let later = |value: &SeedValue| {
            let mut targets = Vec::new();
            referenced(value, &mut targets);
            targets.into_iter().find(|(schema, name)| {
                !written(schema, name, &tables[..at]) && written(schema, name, &tables[at..])
            })
        };
        for row in &table.rows {
            if let Some((schema, name)) = row.values.values().find_map(later) {
                let message =
                    format!("refers to {schema}.{name}, whose rows are not written before");
                problems.push(
                    mistake(message)
                        .at(file.at_line(row.line))
                        .hint("tables are written in the order of the file, each [[table]] in one statement: move the referenced rows into an earlier [[table]]"),
                );
            }
        }
    }
}

fn referenced(value: &SeedValue, into: &mut Vec<(String, String)>) {
    if let SeedValue::Ref {
        schema, table, key, ..
    } = value
    {
        into.push((schema.clone(), table.clone()));
        key.values().for_each(|value| referenced(value, into));
    }
}
