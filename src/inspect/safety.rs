//! Rules that hold whatever the snapshot says: row level security, pinned search paths, what anonymous requests may do.

use super::facts::{self, Attr, Fact, Facts, Value, key};
use super::snapshot::Expected;
use crate::Result;
use crate::catalog::{Phase, Platform, System};
use crate::report::{Check, Finding, What};
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::Client;

/// What roles of the Data API may do with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// Anonymous or signed-in requests may read it; anonymous ones may execute it.
    pub readable: bool,
    /// Anonymous requests may write it.
    pub writable: bool,
}

/// Access by the name of the fact; `schema private to anon` stands for the right to create objects there.
pub type AccessMap = BTreeMap<String, Access>;

/// Reads who may do what, in one round trip.
///
/// # Errors
/// Database: the server refused the statement.
pub async fn read(client: &Client, schemas: &[String]) -> Result<AccessMap> {
    let sql = include_str!("safety.sql");
    let rows = facts::rows_of(client, sql, schemas, "reading privileges").await?;
    Ok(rows.iter().filter_map(|row| access(row)).collect())
}

fn access(row: &[String]) -> Option<(String, Access)> {
    let [kind, schema, name, readable, writable] = row else {
        return None;
    };
    let path = match kind.as_str() {
        "schema" => format!("{} to {}", key::ident(schema), key::ident(name)),
        "function" => {
            let (name, arguments) = name.split_once('(')?;
            format!("{}({arguments}", key::qualified(schema, name))
        }
        _ => key::qualified(schema, name),
    };
    let access = Access {
        readable: readable == "t",
        writable: writable == "t",
    };
    Some((format!("{kind} {path}"), access))
}

/// The rules for what the applied phases brought, and for what stands beside it in the same schemas.
pub fn judge(
    system: &System,
    applied: &[&Phase],
    expected: &Expected<'_>,
    live: &Facts,
    access: &AccessMap,
) -> (Vec<Check>, Vec<Finding>) {
    let rules = Rules {
        expected,
        live,
        access,
    };
    let mut checks = Vec::new();
    let mut findings = Vec::new();
    rules.search_paths(system.platform, &mut checks, &mut findings);
    if system.platform == Platform::Supabase {
        rules.row_level_security(&mut checks, &mut findings);
        rules.anonymous_execution(system, applied, &mut checks, &mut findings);
        rules.views(&mut findings);
        rules.schemas(&mut findings);
    }
    (checks, findings)
}

struct Rules<'a> {
    expected: &'a Expected<'a>,
    live: &'a Facts,
    access: &'a AccessMap,
}

impl<'a> Rules<'a> {
    /// Live facts of a kind, with whether they are ours.
    fn of_kind(&self, word: &'static str) -> impl Iterator<Item = (&'a str, &'a Fact, bool)> {
        let ours = |key: &str| self.expected.facts.contains_key(key);
        let of_kind = self
            .live
            .iter()
            .filter(move |(key, _)| key.starts_with(word));
        of_kind.map(move |(key, fact)| (key, fact, ours(key)))
    }

    fn may(&self, key: &str) -> Access {
        self.access.get(key).copied().unwrap_or(Access {
            readable: false,
            writable: false,
        })
    }

    fn row_level_security(&self, checks: &mut Vec<Check>, findings: &mut Vec<Finding>) {
        let (mut all, mut on) = (0, 0);
        for (key, fact, ours) in self.of_kind("table ") {
            // A foreign table cannot have policies: its grants decide what the Data API shows of it.
            if fact.text(Attr::Kind) == Some("foreign") {
                continue;
            }
            let protected = fact.get(Attr::Rls).is_some();
            all += u64::from(ours);
            on += u64::from(ours && protected);
            if protected {
                continue;
            }
            let access = self.may(key);
            let detail = match access {
                Access { writable: true, .. } => {
                    "row level security is off, and anonymous requests may write the table"
                }
                Access { readable: true, .. } => {
                    "row level security is off, and the Data API may read the table"
                }
                _ => "row level security is off",
            };
            if ours {
                findings.push(Finding::error(What::Unsafe, key, detail));
            } else if access.readable || access.writable {
                findings.push(Finding::warning(What::Unsafe, key, detail));
            }
        }
        checks.push(Check::exactly("tables with row level security", all, on));
    }

    fn search_paths(
        &self,
        platform: Platform,
        checks: &mut Vec<Check>,
        findings: &mut Vec<Finding>,
    ) {
        let (mut all, mut pinned) = (0, 0);
        for (key, fact, ours) in self.of_kind("function ") {
            let definer = fact.get(Attr::Definer).is_some();
            if !ours || !needs_search_path(fact) || platform == Platform::Postgres && !definer {
                continue;
            }
            all += 1;
            if has_search_path(fact) {
                pinned += 1;
            } else {
                let detail = match definer {
                    true => "is security definer, and its search_path is not pinned",
                    false => "its search_path is not pinned",
                };
                findings.push(Finding::error(What::Unsafe, key, detail));
            }
        }
        checks.push(Check::exactly(
            "functions with a pinned search_path",
            all,
            pinned,
        ));
    }

    fn anonymous_execution(
        &self,
        system: &System,
        applied: &[&Phase],
        checks: &mut Vec<Check>,
        findings: &mut Vec<Finding>,
    ) {
        let allowed: BTreeSet<String> = applied
            .iter()
            .flat_map(|phase| &phase.anon_execute)
            .map(|text| signature(text))
            .collect();
        let mut executable = 0;
        for (key, fact, ours) in self.of_kind("function ") {
            if !self.may(key).readable {
                continue;
            }
            if !ours {
                if key.starts_with("function public.") && fact.get(Attr::Definer).is_some() {
                    let detail = "anonymous requests may execute it with its owner's rights, and no phase brought it";
                    findings.push(Finding::warning(What::Unsafe, key, detail));
                }
                continue;
            }
            executable += 1;
            if !allowed.contains(key) {
                let detail = "anonymous requests may execute it, and system.toml does not list it in anon_execute";
                findings.push(Finding::error(What::Unsafe, key, detail));
            }
        }
        for key in allowed
            .iter()
            .filter(|key| !self.expected.facts.contains_key(key.as_str()))
        {
            let detail =
                "system.toml lists it in anon_execute, and the snapshot knows no such function";
            findings.push(Finding::error(
                What::Unknown,
                format!("{key} of {}", system.name),
                detail,
            ));
        }
        let name = "functions that anonymous requests may execute";
        checks.push(Check::exactly(name, allowed.len() as u64, executable));
    }

    /// A view without security_invoker reads with its owner's rights, past row level security. Only schema public is
    /// exposed by the Data API; elsewhere such a view is a helper of policies.
    fn views(&self, findings: &mut Vec<Finding>) {
        for (key, fact, ours) in self.of_kind("view public.") {
            let options = match fact.get(Attr::Options) {
                Some(Value::List(items)) => items.as_slice(),
                _ => &[],
            };
            let invoker = |option: &str| {
                option
                    .strip_prefix("security_invoker=")
                    .is_some_and(|value| matches!(value, "true" | "on" | "1" | "yes"))
            };
            if self.may(key).readable && !options.iter().any(|option| invoker(option)) {
                let detail = "the Data API may read it, and it is not security_invoker: row level security is bypassed";
                findings.push(level(ours, key, detail));
            }
        }
        for (key, _, _) in self.of_kind("materialized view public.") {
            if self.may(key).readable {
                let detail =
                    "the Data API may read it, and row level security does not apply to it";
                findings.push(Finding::warning(What::Unsafe, key, detail));
            }
        }
    }

    fn schemas(&self, findings: &mut Vec<Finding>) {
        for key in self.access.keys().filter(|key| key.starts_with("schema ")) {
            if let Some((schema, role)) = key.rsplit_once(" to ") {
                findings.push(Finding::error(
                    What::Unsafe,
                    schema,
                    format!("{role} may create objects in it"),
                ));
            }
        }
    }
}

fn level(ours: bool, key: &str, detail: &str) -> Finding {
    if ours {
        Finding::error(What::Unsafe, key, detail)
    } else {
        Finding::warning(What::Unsafe, key, detail)
    }
}

/// Aggregates cannot have one, compiled functions need none, and a body that is kept parsed (`begin atomic`) was bound
/// to its objects when it was created.
fn needs_search_path(fact: &Fact) -> bool {
    let parsed = fact
        .text(Attr::Body)
        .is_none_or(|body| !body.starts_with("sha256:"));
    fact.text(Attr::Kind) != Some("aggregate")
        && !matches!(fact.text(Attr::Language), Some("c" | "internal"))
        && !parsed
}

fn has_search_path(fact: &Fact) -> bool {
    match fact.get(Attr::Settings) {
        Some(Value::List(items)) => items.iter().any(|item| item.starts_with("search_path=")),
        _ => false,
    }
}

/// The name of the fact for a function as people write it: `public.f(int, text[])`.
fn signature(text: &str) -> String {
    const ALIASES: [(&str, &str); 14] = [
        ("int", "integer"),
        ("int4", "integer"),
        ("int2", "smallint"),
        ("int8", "bigint"),
        ("bool", "boolean"),
        ("float4", "real"),
        ("float8", "double precision"),
        ("decimal", "numeric"),
        ("varchar", "character varying"),
        ("char", "character"),
        ("bpchar", "character"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamp", "timestamp without time zone"),
        ("timetz", "time with time zone"),
    ];
    let (name, arguments) = text.split_once('(').unwrap_or((text, ")"));
    let types = arguments
        .trim_end()
        .trim_end_matches(')')
        .split(',')
        .map(|name| {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let (base, suffix) = name.find('[').map_or((&*name, ""), |at| name.split_at(at));
            let base = ALIASES
                .iter()
                .find(|(alias, _)| *alias == base)
                .map_or(base, |(_, full)| full);
            format!("{base}{suffix}")
        });
    format!(
        "function {}({})",
        name.trim(),
        types.collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn signatures_are_found_however_their_types_are_written() {
        assert_eq!(
            signature("public.f(int,  text[])"),
            "function public.f(integer, text[])"
        );
        assert_eq!(signature("public.f()"), "function public.f()");
        assert_eq!(
            signature("public.f(timestamptz, varchar[])"),
            "function public.f(timestamp with time zone, character varying[])"
        );
    }
}
