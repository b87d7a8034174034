//! `queries/*.sql`: the queries that a system's document gives, by name, with parameters.

use super::Source;
use super::directive;
use super::folder::reject_empty;
use super::frontmatter::{self, Entry, FrontMatter, Key, Occurs};
use super::load::find;
use super::model::{Param, Query, SourceFile, System};
use super::names::{did_you_mean, is_name};
use super::problems::{Problems, mistake};
use super::task::{known_phase, sql_files};
use crate::error::Result;
use squawk_lexer::TokenKind;
use std::ops::Range;

const KEYS: [Key; 5] = [
    ("title", Occurs::Once),
    ("phase", Occurs::Once),
    ("description", Occurs::Optional),
    ("param", Occurs::Named),
    ("writes", Occurs::Optional),
];

/// Reads all queries of a loaded system, by name.
///
/// # Errors
/// `Catalog` with the first mistake's place and the others as detail; `Io` where a file cannot be read.
pub fn load_all(source: &Source, system: &System) -> Result<Vec<Query>> {
    let Some(folder) = find(source, &system.name)?.folder("queries") else {
        return Ok(Vec::new());
    };
    let problems = Problems::default();
    let phases: Vec<&str> = system
        .phases
        .iter()
        .map(|phase| phase.name.as_str())
        .collect();
    let queries = sql_files(&folder, &problems)?
        .iter()
        .filter_map(|name| {
            let read = folder.read(&format!("{name}.sql"));
            problems.take(read.and_then(|file| parse(name, file, &phases)))
        })
        .collect();
    problems.finish().map(|()| queries)
}

/// Reads one query; `phases` are the names that it may give.
///
/// # Errors
/// `Catalog` with the mistake's place.
pub fn parse(name: &str, file: SourceFile, phases: &[&str]) -> Result<Query> {
    reject_empty(&file)?;
    let found = frontmatter::parse(&file, &KEYS)?;
    directive::require_statement(&file)?;
    let phase = known_phase(&found, phases)?;
    let params: Vec<Param> = found
        .all("param")
        .map(|entry| param(&found, entry))
        .collect::<Result<_>>()?;
    check_references(&file, &found, &params)?;
    let writes = match found.get("writes") {
        None => false,
        Some(entry) if entry.value == "true" => true,
        Some(entry) if entry.value == "false" => false,
        Some(entry) => return Err(found.error(entry, "`writes` is true or false")),
    };
    let title = found.text("title");
    let description = found.get("description").map(|entry| entry.value.clone());
    Ok(Query {
        name: name.to_owned(),
        title,
        phase,
        description,
        params,
        writes,
        file,
    })
}

/// `param <name>: <type> [= default] -- what it is`.
fn param(found: &FrontMatter<'_>, entry: &Entry) -> Result<Param> {
    if !is_name(&entry.name) {
        return Err(found.error(entry, format!("`{}` cannot name a parameter", entry.name)));
    }
    let wrong = |what: &str| {
        found
            .error(entry, format!("parameter `{}` has no {what}", entry.name))
            .hint("write `-- param days: integer = 30 -- how far back`")
    };
    let (declaration, about) = entry
        .value
        .split_once("--")
        .ok_or_else(|| wrong("explanation"))?;
    let (type_name, default) = match declaration.split_once('=') {
        Some((type_name, default)) => (type_name, Some(default.trim().to_owned())),
        None => (declaration, None),
    };
    let (type_name, about) = (type_name.trim().to_owned(), about.trim().to_owned());
    if type_name.is_empty() {
        return Err(wrong("type"));
    }
    if about.is_empty() {
        return Err(wrong("explanation"));
    }
    Ok(Param {
        name: entry.name.clone(),
        type_name,
        default,
        about,
    })
}

/// The places of `:name` in an SQL text: not in strings, comments or casts. The range holds the colon.
pub fn references(sql: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut offset = 0;
    let mut colons = 0;
    for token in squawk_lexer::tokenize(sql) {
        let span = offset..offset + token.len as usize;
        if token.kind == TokenKind::Ident && colons == 1 {
            found.push((span.start - 1..span.end, &sql[span.clone()]));
        }
        colons = if token.kind == TokenKind::Colon {
            colons + 1
        } else {
            0
        };
        offset = span.end;
    }
    found
}

fn check_references(file: &SourceFile, found: &FrontMatter<'_>, params: &[Param]) -> Result<()> {
    let problems = Problems::default();
    let used = references(&file.text[found.body..]);
    let known: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
    for (span, name) in used.iter().filter(|(_, name)| !known.contains(name)) {
        let place = file.at(found.body + span.start);
        let error = mistake(format!("there is no parameter `{name}`")).at(place);
        problems.push(error.hint(did_you_mean(name, &known, "parameters")));
    }
    for entry in found
        .all("param")
        .filter(|entry| !used.iter().any(|(_, name)| *name == entry.name))
    {
        let message = format!("parameter `{}` is not used in the query", entry.name);
        problems.push(found.error(entry, message));
    }
    problems.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Query, String> {
        parse("q", SourceFile::new("q.sql", text), &["one"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_query_has_typed_parameters() {
        let query = read(
            "-- title: Q\n-- phase: one\n-- writes: true\n-- param days: integer = 30 -- how far back\n-- param who: uuid -- whose\n\nselect ':no', now()::date, :days, f(:who), a[1:2] -- :neither\n",
        )
        .unwrap();
        assert!(query.writes);
        assert_eq!(query.params[0].default.as_deref(), Some("30"));
        assert_eq!(
            (
                query.params[1].type_name.as_str(),
                query.params[1].about.as_str()
            ),
            ("uuid", "whose")
        );
    }

    #[test]
    fn every_mistake_has_its_line() {
        let head = "-- title: Q\n-- phase: one\n";
        for (rest, expected) in [
            ("\nselect :a;", "q.sql:4:8: there is no parameter `a`"),
            (
                "-- param a: text -- b\n\nselect 1;",
                "q.sql:3: parameter `a` is not used",
            ),
            (
                "-- param a: text\n\nselect :a;",
                "q.sql:3: parameter `a` has no explanation",
            ),
            (
                "-- param a: = 3 -- b\n\nselect :a;",
                "q.sql:3: parameter `a` has no type",
            ),
            (
                "-- param A: text -- b\n\nselect :A;",
                "q.sql:3: `A` cannot name a parameter",
            ),
            (
                "-- writes: yes\n\nselect 1;",
                "q.sql:3: `writes` is true or false",
            ),
            ("\n-- nothing\n", "q.sql:1: the file holds no statement"),
        ] {
            let error = read(&format!("{head}{rest}")).unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
        let error = read("-- title: Q\n-- phase: two\n\nselect 1;").unwrap_err();
        assert!(
            error.starts_with("q.sql:2: there is no phase `two`"),
            "{error}"
        );
    }
}
