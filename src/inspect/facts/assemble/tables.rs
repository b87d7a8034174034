//! What hangs on tables: constraints, indexes, triggers, policies.

use super::Assembly;
use crate::inspect::facts::attr::{Attr, Fact};
use crate::inspect::facts::key;
use crate::inspect::facts::query::Section;
use crate::inspect::facts::rows::Row;
use std::collections::HashMap;

impl Assembly<'_> {
    pub(super) fn constraints_and_indexes(&mut self) {
        let by_index = self.constraints();
        for row in self.answer.rows(Section::Indexes) {
            let Some(table) = self.relations.get(&row.id(1)) else {
                continue;
            };
            let constraint = by_index.get(&row.id(0)).cloned();
            if constraint.as_ref().is_some_and(String::is_empty) {
                continue;
            }
            let key = format!("index {}", key::requote(row.text(2)));
            let mut fact = match &constraint {
                Some(key) => self.facts.0.remove(key.as_str()).unwrap_or_default(),
                None => Fact::default(),
            };
            fact.flag(Attr::Invalid, !row.flag(3));
            fact.flag(Attr::Clustered, row.flag(4));
            fact.set_some(Attr::ReplicaIdentity, row.flag(5).then_some("index"));
            match constraint {
                Some(key) => self.add(key, fact),
                None => {
                    fact.set(Attr::Table, table.path());
                    fact.set_some(Attr::Definition, row.opt(6));
                    self.add_commented(key, fact, "pg_class", row.id(0), 0);
                }
            }
        }
    }

    /// Adds the constraints; gives the names of those that an index stands behind.
    fn constraints(&mut self) -> HashMap<u32, String> {
        let mut by_index = HashMap::new();
        let answer = self.answer;
        let rows = answer
            .rows(Section::Constraints)
            .chain(answer.rows(Section::DomainConstraints));
        for row in rows {
            let has_index = matches!(row.text(4), "p" | "u" | "x");
            if row.id(8) != 0 {
                // A partition's part of its parent's constraint says nothing that the parent's does not.
                if has_index {
                    by_index.insert(row.id(6), String::new());
                }
                continue;
            }
            let path = match self.relations.get(&row.id(1)) {
                Some(table) => format!("constraint {}", table.path()),
                None => match self.types.get(&row.id(2)) {
                    Some((_, path)) => format!("domain constraint {path}"),
                    None => continue,
                },
            };
            let key = format!("{path}.{}", key::ident(row.text(3)));
            if has_index {
                by_index.insert(row.id(6), key.clone());
            }
            let mut fact = Fact::default();
            let definition = row.text(7);
            fact.set(
                Attr::Definition,
                definition.strip_suffix(" NOT VALID").unwrap_or(definition),
            );
            fact.flag(Attr::NotValid, !row.flag(5));
            fact.flag(Attr::Unenforced, row.opt(9).is_some());
            self.add_commented(key, fact, "pg_constraint", row.id(0), 0);
        }
        by_index
    }

    pub(super) fn triggers(&mut self) {
        let answer = self.answer;
        let rows = answer
            .rows(Section::Triggers)
            .chain(answer.rows(Section::OutsideTriggers));
        for row in rows {
            if self.is_member("pg_class", row.id(1)) {
                continue;
            }
            let path = key::requote(row.text(4));
            let mut fact = Fact::default();
            let definition = row.opt(7).map_or_else(|| plain_trigger(row), str::to_owned);
            fact.set(Attr::Definition, definition);
            fact.set_some(Attr::Enabled, enabled(row, 3));
            let key = format!("trigger {path}.{}", key::ident(row.text(2)));
            self.add_commented(key, fact, "pg_trigger", row.id(0), 0);
        }
    }

    pub(super) fn policies(&mut self) {
        for row in self.answer.rows(Section::Policies) {
            let Some(table) = self.relations.get(&row.id(1)) else {
                continue;
            };
            let key = format!("policy {}.{}", table.path(), key::ident(row.text(2)));
            let mut fact = Fact::default();
            let command = match row.text(3) {
                "r" => "select",
                "a" => "insert",
                "w" => "update",
                "d" => "delete",
                _ => "all",
            };
            fact.set(Attr::Command, command);
            fact.flag(Attr::Restrictive, !row.flag(4));
            let mut roles = row.list(5);
            roles.retain(|role| role != "-");
            roles.sort_unstable();
            fact.list(Attr::Roles, roles);
            fact.set_some(Attr::Using, row.opt(6));
            fact.set_some(Attr::Check, row.opt(7));
            self.add_commented(key, fact, "pg_policy", row.id(0), 0);
        }
    }
}

/// What `pg_get_triggerdef` says of a trigger without condition, arguments, columns or transition tables.
fn plain_trigger(row: Row<'_>) -> String {
    const EVENTS: [(u32, &str); 4] = [
        (4, "INSERT"),
        (8, "DELETE"),
        (16, "UPDATE"),
        (32, "TRUNCATE"),
    ];
    let bits = row.id(5);
    let timing = match (bits & 2, bits & 64) {
        (2, _) => "BEFORE",
        (_, 64) => "INSTEAD OF",
        _ => "AFTER",
    };
    let events = EVENTS
        .iter()
        .filter(|(bit, _)| bits & bit != 0)
        .map(|(_, name)| *name);
    let events = events.collect::<Vec<_>>().join(" OR ");
    let each = if bits & 1 == 1 { "ROW" } else { "STATEMENT" };
    let (name, table, function) = (key::ident(row.text(2)), row.text(4), row.text(6));
    format!(
        "CREATE TRIGGER {name} {timing} {events} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
    )
}

/// When a trigger or rule fires, unless it is as usual.
pub(super) fn enabled(row: Row<'_>, column: usize) -> Option<&'static str> {
    match row.text(column) {
        "D" => Some("disabled"),
        "R" => Some("enabled on replicas only"),
        "A" => Some("enabled always"),
        _ => None,
    }
}
