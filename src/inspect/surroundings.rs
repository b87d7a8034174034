//! What is no fact of the files and still decides whether a database is sound: who may reach the history, what the roles
//! of requests are, whom objects belong to, what publishes or opens everything.

use super::facts::{self, Attr, Facts, key};
use super::snapshot::Expected;
use crate::Result;
use crate::catalog::{Phase, Platform};
use crate::report::{Finding, What};
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// What stands around the facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surroundings {
    rows: Vec<Row>,
    /// Owners by the name of the fact.
    owners: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    rule: String,
    kind: String,
    name: String,
    role: String,
    what: String,
}

/// Reads it, in one round trip.
///
/// # Errors
/// Database: the server refused the statement.
pub async fn read(client: &Client, schemas: &[String]) -> Result<Surroundings> {
    let sql = include_str!("surroundings.sql");
    let rows = facts::rows_of(client, sql, schemas, "reading owners and roles").await?;
    let mut surroundings = Surroundings::default();
    for row in rows {
        let Ok([rule, kind, schema, name, role, what]) = <[String; 6]>::try_from(row) else {
            continue;
        };
        if rule == "owner" {
            let fact = fact_name(&kind, &schema, &name);
            surroundings.owners.insert(fact, role);
        } else {
            surroundings.rows.push(Row {
                rule,
                kind,
                name,
                role,
                what,
            });
        }
    }
    Ok(surroundings)
}

fn fact_name(kind: &str, schema: &str, name: &str) -> String {
    match (kind, name.split_once('(')) {
        ("schema", _) => format!("schema {}", key::ident(schema)),
        ("function", Some((name, arguments))) => {
            format!("function {}({arguments}", key::qualified(schema, name))
        }
        _ => format!("{kind} {}", key::qualified(schema, name)),
    }
}

impl Surroundings {
    /// Strangers at the history, and request roles that row level security does not hold.
    pub fn safety(&self, platform: Platform) -> Vec<Finding> {
        let judge = |row: &Row| {
            let finding =
                |object, detail: String| Some(Finding::error(What::Unsafe, object, detail));
            match row.rule.as_str() {
                "history" => {
                    let object = match row.kind.as_str() {
                        "schema" => "schema pgphase".to_owned(),
                        kind => fact_name(kind, "pgphase", &row.name),
                    };
                    let detail = format!(
                        "{} is granted to {}: the history of the migrations is nobody else's",
                        row.what, row.role
                    );
                    finding(object, detail)
                }
                "role" if platform == Platform::Supabase && !row.what.is_empty() => {
                    finding(format!("role {}", row.name), row.what.clone())
                }
                _ => None,
            }
        };
        self.rows.iter().filter_map(judge).collect()
    }

    /// What publishes everything, ours with it, and what opens everything that is still to be created.
    pub fn drift(&self) -> Vec<Finding> {
        let judge = |row: &Row| match row.rule.as_str() {
            "publication" => Some(Finding::warning(
                What::Extra,
                format!("publication {}", key::ident(&row.name)),
                "publishes all tables, ours among them",
            )),
            "default privileges" => Some(Finding::warning(
                What::Extra,
                format!("default privileges on {} to {}", row.kind, row.role),
                format!(
                    "{} on whatever {} creates, in any schema",
                    row.what, row.name
                ),
            )),
            _ => None,
        };
        self.rows.iter().filter_map(judge).collect()
    }

    /// Objects of ours that belong to another role than most do, unless the files name that role as an owner. With
    /// whose rights a definer function runs is decided by its owner.
    pub fn owners(&self, expected: &Expected<'_>, live: &Facts, phases: &[Phase]) -> Vec<Finding> {
        let ours = || {
            let owners = self.owners.iter();
            owners.filter(|(key, _)| expected.facts.contains_key(key.as_str()))
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        ours().for_each(|(_, role)| *counts.entry(role).or_default() += 1);
        let Some((&usual, _)) = counts.iter().max_by_key(|(_, count)| **count) else {
            return Vec::new();
        };
        let meant: Vec<&str> = counts
            .keys()
            .copied()
            .filter(|role| *role == usual || named_as_owner(phases, role))
            .collect();
        let odd = ours().filter(|(_, role)| !meant.contains(&role.as_str()));
        let judge = |(key, role): (&String, &String)| {
            let definer = live
                .get(key)
                .is_some_and(|fact| fact.get(Attr::Definer).is_some());
            if definer {
                let detail = format!(
                    "is security definer and runs with the rights of its owner {role}; most objects belong to {usual}"
                );
                Finding::error(What::Unsafe, key.as_str(), detail)
            } else {
                let detail = format!("belongs to {role}, most objects to {usual}");
                Finding::warning(What::Unsafe, key.as_str(), detail)
            }
        };
        odd.map(judge).collect()
    }
}

/// Whether a file hands something to that role, or creates it as that role.
fn named_as_owner(phases: &[Phase], role: &str) -> bool {
    let files = phases.iter().flat_map(|phase| {
        let versioned = phase.migrations.iter().map(|file| &file.up.text);
        versioned.chain(phase.repeatables.iter().map(|file| &file.up.text))
    });
    let role = role.to_lowercase();
    files.into_iter().any(|text| {
        let text = text.replace(['"', ';', '\''], " ").to_lowercase();
        let words: Vec<&str> = text.split_whitespace().collect();
        words.windows(3).any(|words| {
            words[2] == role
                && matches!(
                    (words[0], words[1]),
                    ("owner", "to") | ("set" | "local", "role")
                )
        }) || words
            .windows(2)
            .any(|words| words[0] == "authorization" && words[1] == role)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_facts() {
        assert_eq!(fact_name("schema", "private", ""), "schema private");
        assert_eq!(
            fact_name("function", "public", "f(integer, text[])"),
            "function public.f(integer, text[])"
        );
        assert_eq!(fact_name("table", "public", "a b"), "table public.\"a b\"");
    }
}
