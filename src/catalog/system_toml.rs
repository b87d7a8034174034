//! `system.toml`: from text to checked declarations, each with its place.

use super::model::{Counts, Platform, SourceFile};
use super::names::{LONGEST, is_name};
use super::problems::Problems;
use super::toml_reader::{Doc, Table, to_i64, with_article};
use super::{duration, names};
use std::collections::BTreeSet;
use std::time::Duration;
use toml::Spanned;

const KEYS: [&str; 10] = [
    "name",
    "default",
    "title",
    "description",
    "platform",
    "min_server",
    "lock_timeout",
    "schemas",
    "counts",
    "phase",
];
const PHASE_KEYS: [&str; 6] = [
    "number",
    "name",
    "domain",
    "depends_on",
    "counts",
    "anon_execute",
];
const COUNTED: [&str; 7] = [
    "tables",
    "functions",
    "indexes",
    "enums",
    "views",
    "triggers",
    "policies",
];
/// The largest phase number: number · 10^15 + file number must fit a bigint.
const LAST_PHASE: i64 = 9000;
/// PostgreSQL's largest timeout, in milliseconds.
const LONGEST_TIMEOUT: u128 = i32::MAX as u128;

/// What `system.toml` says.
pub(crate) struct Declared {
    pub title: String,
    pub description: String,
    pub platform: Platform,
    pub min_server: u32,
    pub is_default: bool,
    pub lock_timeout: Option<Duration>,
    pub schemas: Vec<String>,
    pub counts: Counts,
    /// In file order.
    pub phases: Vec<DeclaredPhase>,
}

/// A `[[phase]]`.
pub(crate) struct DeclaredPhase {
    pub number: Spanned<u32>,
    pub name: Spanned<String>,
    pub domain: String,
    pub depends_on: Vec<Spanned<String>>,
    pub counts: Counts,
    pub anon_execute: Vec<String>,
    /// Line of its header, from 1.
    pub line: u32,
}

impl DeclaredPhase {
    /// The folder's name: `phase_1_user_onboarding`.
    pub fn folder(&self) -> String {
        format!("phase_{}_{}", self.number.get_ref(), self.name.get_ref())
    }
}

/// Reads the file of the system in folder `folder_name`; nothing where a mistake was noted.
pub(crate) fn read(file: &SourceFile, folder_name: &str, problems: &Problems) -> Option<Declared> {
    let before = problems.count();
    let doc = Doc { file, problems };
    let root = doc.parse()?;
    let table = Table {
        doc,
        entries: root.get_ref(),
        span: 0..0,
        what: "system.toml",
    };
    let declared = read_root(&table, folder_name);
    declared.filter(|_| problems.count() == before)
}

fn read_root(table: &Table<'_>, folder_name: &str) -> Option<Declared> {
    table.check_keys(&KEYS);
    check_name(table, folder_name);
    let title = table.required_string("title");
    let description = table.required_string("description");
    let platform = platform(table);
    let min_server = table.required_integer("min_server", 10..=99);
    let is_default = table.flag("default");
    let lock_timeout = lock_timeout(table);
    let schemas = schemas(table);
    let counts = counts(table, "[counts]");
    let phases = table.required_tables("phase", "[[phase]]").map(|tables| {
        if tables.is_empty() {
            table
                .doc
                .report(table.span.clone(), "a system has at least one [[phase]]");
        }
        tables.iter().filter_map(read_phase).collect()
    });
    Some(Declared {
        title: title?.into_inner(),
        description: description?.into_inner(),
        platform: platform?,
        min_server: u32::try_from(min_server?.into_inner()).ok()?,
        is_default,
        lock_timeout,
        schemas,
        counts,
        phases: phases?,
    })
}

fn check_name(table: &Table<'_>, folder_name: &str) {
    let Some(name) = table.required_string("name") else {
        return;
    };
    if name.get_ref() != folder_name {
        let message = format!(
            "the system is `{}` here, but its folder is `{folder_name}`",
            name.get_ref()
        );
        table.doc.report(name.span(), message);
    } else if !is_name(folder_name) {
        table
            .doc
            .report(name.span(), bad_name("system", folder_name));
    }
}

/// Why a name is none.
fn bad_name(what: &str, name: &str) -> String {
    format!(
        "`{name}` cannot name a {what}: lower-case letters, digits and underscores, a letter first, at most {LONGEST} characters"
    )
}

fn platform(table: &Table<'_>) -> Option<Platform> {
    let text = table.required_string("platform")?;
    match text.get_ref().as_str() {
        "supabase" => Some(Platform::Supabase),
        "postgres" => Some(Platform::Postgres),
        other => {
            let error = table
                .doc
                .error(text.span(), format!("unknown platform `{other}`"));
            let hint = names::did_you_mean(other, &["supabase", "postgres"], "known platforms");
            table.doc.problems.push(error.hint(hint));
            None
        }
    }
}

fn lock_timeout(table: &Table<'_>) -> Option<Duration> {
    let text = table.string("lock_timeout")?;
    let parsed = duration::parse(text.get_ref()).and_then(|length| {
        let fits = length.as_millis() <= LONGEST_TIMEOUT;
        if fits {
            Ok(length)
        } else {
            Err("it is more than 24 days".to_owned())
        }
    });
    parsed
        .map_err(|reason| {
            table
                .doc
                .report(text.span(), format!("bad `lock_timeout`: {reason}"))
        })
        .ok()
}

fn schemas(table: &Table<'_>) -> Vec<String> {
    let Some(list) = table.strings("schemas") else {
        return vec!["public".to_owned(), "private".to_owned()];
    };
    let mut seen = BTreeSet::new();
    for schema in &list {
        let name = schema.get_ref().as_str();
        let reserved = name.starts_with("pg_") || matches!(name, "information_schema" | "pgphase");
        if reserved || name.len() > LONGEST || name.contains(['.', '"', '\0']) {
            let message = format!("`{name}` cannot be among the `schemas` of a system");
            table.doc.report(schema.span(), message);
        } else if !seen.insert(name) {
            table
                .doc
                .report(schema.span(), format!("schema `{name}` is listed twice"));
        }
    }
    if table.entries.contains_key("schemas") && list.is_empty() {
        table
            .doc
            .report(table.span.clone(), "`schemas` must not be empty");
    }
    list.into_iter().map(Spanned::into_inner).collect()
}

fn counts(table: &Table<'_>, what: &'static str) -> Counts {
    let Some(counts) = table.table("counts", what) else {
        return Counts::new();
    };
    let known: Vec<String> = COUNTED
        .iter()
        .flat_map(|name| [(*name).to_owned(), format!("{name}_min")])
        .collect();
    counts.check_keys(&known.iter().map(String::as_str).collect::<Vec<_>>());
    counts
        .entries
        .iter()
        .filter_map(|(key, value)| one_count(&counts, key, value))
        .collect()
}

fn one_count(
    counts: &Table<'_>,
    key: &Spanned<toml::de::DeString<'_>>,
    value: &Spanned<toml::de::DeValue<'_>>,
) -> Option<(String, u32)> {
    let name = key.get_ref().as_ref();
    if let Some(exact) = name
        .strip_suffix("_min")
        .filter(|exact| counts.entries.contains_key(*exact))
    {
        let message = format!("`{exact}` and `{name}` exclude each other");
        counts.doc.report(key.span(), message);
    }
    let number = value.get_ref().as_integer().and_then(to_i64);
    match number.and_then(|number| u32::try_from(number).ok()) {
        Some(number) => Some((name.to_owned(), number)),
        None => {
            let found = match value.get_ref().as_integer() {
                Some(number) => number.to_string(),
                None => with_article(value.get_ref().type_str()),
            };
            counts.doc.report(
                value.span(),
                format!("`{name}` must be a count, not {found}"),
            );
            None
        }
    }
}

fn read_phase(table: &Table<'_>) -> Option<DeclaredPhase> {
    table.check_keys(&PHASE_KEYS);
    let number = table.required_integer("number", 1..=LAST_PHASE);
    let name = table.required_string("name").filter(|name| {
        let fine = is_name(name.get_ref());
        if !fine {
            table
                .doc
                .report(name.span(), bad_name("phase", name.get_ref()));
        }
        fine
    });
    let domain = table.required_string("domain");
    let depends_on = table.required_strings("depends_on");
    let counts = counts(table, "a phase's counts");
    let anon_execute = anon_execute(table);
    let number = number?;
    Some(DeclaredPhase {
        number: Spanned::new(number.span(), u32::try_from(*number.get_ref()).ok()?),
        name: name?,
        domain: domain?.into_inner(),
        depends_on: depends_on?,
        counts,
        anon_execute,
        line: table.doc.line(&table.span),
    })
}

fn anon_execute(table: &Table<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in table.strings("anon_execute").unwrap_or_default() {
        match signature(text.get_ref()) {
            Some(signature) if found.contains(&signature) => {
                table
                    .doc
                    .report(text.span(), format!("`{signature}` is listed twice"));
            }
            Some(signature) => found.push(signature),
            None => {
                let message = format!("`{}` is no function's signature", text.get_ref());
                let error = table.doc.error(text.span(), message);
                table
                    .doc
                    .problems
                    .push(error.hint(
                        "schema, name and argument types, as in \"public.f(integer, text)\"",
                    ));
            }
        }
    }
    found
}

/// `schema.name(type, type)` with the blanks PostgreSQL would write.
fn signature(text: &str) -> Option<String> {
    let (name, rest) = text.trim().split_once('(')?;
    let arguments = rest.strip_suffix(')')?;
    names::split_qualified(name).filter(|_| !name.contains('"'))?;
    let words = |argument: &str| argument.split_whitespace().collect::<Vec<_>>().join(" ");
    let arguments: Vec<String> = match arguments.trim() {
        "" => Vec::new(),
        list => list.split(',').map(words).collect(),
    };
    let fine = |argument: &String| {
        !argument.is_empty()
            && argument
                .chars()
                .all(|c| c.is_alphanumeric() || " _.[]\"".contains(c))
    };
    arguments
        .iter()
        .all(fine)
        .then(|| format!("{name}({})", arguments.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn signatures_are_written_as_postgresql_writes_them() {
        for (text, expected) in [
            ("public.f()", "public.f()"),
            ("public.f( )", "public.f()"),
            ("public.f(integer,text[])", "public.f(integer, text[])"),
            (
                "a.b(timestamp  with time zone, a.c)",
                "a.b(timestamp with time zone, a.c)",
            ),
        ] {
            assert_eq!(signature(text).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in [
            "f()",
            "public.f",
            "public.f(",
            "public.f(integer,)",
            "public.f(a;b)",
            "(a)",
            "",
        ] {
            assert_eq!(signature(text), None, "{text}");
        }
    }
}
