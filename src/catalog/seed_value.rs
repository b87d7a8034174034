//! One value of a seed file: from TOML to [`SeedValue`].

use super::model::SeedValue;
use super::names::split_qualified;
use super::toml_reader::{Doc, to_i64};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeFloat, DeTable, DeValue};

/// How a table is written that would be read as something else.
const AS_TEXT: &str = "a json value of this shape is written as text: { json = '{ … }' }";

/// Reads a value; nothing where a mistake was noted.
pub(crate) fn read(doc: Doc<'_>, value: &Spanned<DeValue<'_>>) -> Option<SeedValue> {
    let DeValue::Table(table) = value.get_ref() else {
        return json(doc, value).map(SeedValue::Json);
    };
    if table.contains_key("ref") {
        return reference(doc, table, value.span());
    }
    match (table.len(), table.get("null"), table.get("json")) {
        (1, Some(null), _) => match null.get_ref() {
            DeValue::Boolean(true) => Some(SeedValue::Null),
            _ => refuse(doc, null.span(), "SQL's null is written { null = true }"),
        },
        (1, _, Some(text)) => json_text(doc, text).map(SeedValue::Json),
        _ => json(doc, value).map(SeedValue::Json),
    }
}

fn refuse<T>(doc: Doc<'_>, span: Range<usize>, message: &str) -> Option<T> {
    doc.problems.push(doc.error(span, message).hint(AS_TEXT));
    None
}

/// `{ ref = "public.ai_provider", slug = "openai" }`.
fn reference(doc: Doc<'_>, table: &DeTable<'_>, span: Range<usize>) -> Option<SeedValue> {
    let target = table.get("ref")?;
    let Some((schema, name, column)) = target.get_ref().as_str().and_then(target_column) else {
        return refuse(
            doc,
            target.span(),
            "`ref` must name a table as \"schema.table\" or \"schema.table(column)\"",
        );
    };
    if table.len() == 1 {
        return refuse(
            doc,
            span,
            "`ref` does not say which row: add a column and its value",
        );
    }
    let mut key = BTreeMap::new();
    for (column, value) in table.iter().filter(|(column, _)| column.get_ref() != "ref") {
        match read(doc, value)? {
            SeedValue::Null => {
                return refuse(doc, value.span(), "a row cannot be found by a null");
            }
            found => key.insert(column.get_ref().clone().into_owned(), found),
        };
    }
    Some(SeedValue::Ref {
        schema: schema.to_owned(),
        table: name.to_owned(),
        column: column.to_owned(),
        key,
    })
}

/// `schema.table(column)`; without a column, `id` is meant.
fn target_column(text: &str) -> Option<(&str, &str, &str)> {
    let (name, column) = match text.strip_suffix(')') {
        Some(rest) => rest.rsplit_once('(')?,
        None => (text, "id"),
    };
    let (schema, table) = split_qualified(name)?;
    if !name.ends_with('"') && name.contains('(') {
        return None;
    }
    let plain = !column.is_empty() && !column.contains(|c: char| "()\". ".contains(c));
    plain.then_some((schema, table, column))
}

/// `{ json = '…' }`: everything that JSON can say and TOML cannot.
fn json_text(doc: Doc<'_>, text: &Spanned<DeValue<'_>>) -> Option<Value> {
    let Some(json) = text.get_ref().as_str() else {
        return refuse(doc, text.span(), "`json` must be a string that holds JSON");
    };
    let value: Value = serde_json::from_str(json)
        .map_err(|error| doc.report(text.span(), format!("`json` holds no JSON: {error}")))
        .ok()?;
    if json_has_nul(&value) {
        return no_nul(doc, text.span());
    }
    Some(value)
}

fn json_has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(json_has_nul),
        Value::Object(fields) => fields
            .iter()
            .any(|(key, value)| key.contains('\0') || json_has_nul(value)),
        _ => false,
    }
}

fn no_nul<T>(doc: Doc<'_>, span: Range<usize>) -> Option<T> {
    doc.report(span, "PostgreSQL's text cannot hold a NUL character");
    None
}

fn json(doc: Doc<'_>, value: &Spanned<DeValue<'_>>) -> Option<Value> {
    match value.get_ref() {
        DeValue::String(text) if text.contains('\0') => no_nul(doc, value.span()),
        DeValue::String(text) => Some(Value::String(text.clone().into_owned())),
        DeValue::Boolean(yes) => Some(Value::Bool(*yes)),
        DeValue::Datetime(moment) => Some(Value::String(moment.to_string())),
        DeValue::Integer(number) => match to_i64(number) {
            Some(number) => Some(Value::Number(number.into())),
            None => {
                let message = format!("{number} does not fit a bigint: write it as a string");
                doc.report(value.span(), message);
                None
            }
        },
        DeValue::Float(number) => float(number)
            .map_err(|reason| doc.report(value.span(), format!("{number} {reason}")))
            .ok(),
        DeValue::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| json(doc, item)).collect();
            items
                .into_iter()
                .collect::<Option<Vec<_>>>()
                .map(Value::Array)
        }
        DeValue::Table(table) => {
            let mut fields = Map::new();
            for (key, value) in table {
                if key.get_ref().contains('\0') {
                    return no_nul(doc, key.span());
                }
                fields.insert(key.get_ref().clone().into_owned(), json(doc, value)?);
            }
            Some(Value::Object(fields))
        }
    }
}

/// A float that JSON can say and that loses no digit on the way.
fn float(number: &DeFloat<'_>) -> Result<Value, &'static str> {
    let text = number.as_str();
    let parsed: f64 = text.parse().map_err(|_| "is no number")?;
    let json =
        Number::from_f64(parsed).ok_or("is no number that JSON can say: write it as a string")?;
    if digits(text) != digits(&format!("{parsed:e}")) {
        return Err("has more digits than a float keeps: write it as a string");
    }
    Ok(Value::Number(json))
}

/// The significant digits of a decimal number.
fn digits(number: &str) -> String {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}
