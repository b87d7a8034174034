//! Tables, views, sequences, their columns.

use super::{Assembly, Relation};
use crate::inspect::facts::attr::{Attr, Fact};
use crate::inspect::facts::key;
use crate::inspect::facts::query::Section;
use crate::inspect::facts::rows::{Row, unquote};
use crate::inspect::facts::viewdef;
use std::collections::HashMap;

impl<'a> Assembly<'a> {
    pub(super) fn relations(&mut self) {
        let parents = self.parents();
        let views = self.by_id(Section::Views);
        let partitions = self.by_id(Section::Partitions);
        let servers = self.foreign_servers();
        for row in self.answer.rows(Section::Relations) {
            let id = row.id(0);
            if self.is_member("pg_class", id) {
                continue;
            }
            let relation = Relation {
                schema: unquote(row.text(1)),
                name: row.text(2).to_owned(),
                kind: row.text(3).chars().next().unwrap_or('r'),
                owner: unquote(row.text(9)),
            };
            if relation.kind != 'c' {
                let mut fact = relation_fact(row, &relation);
                let definition = views.get(&id).map(|view| viewdef::normalise(view.text(1)));
                fact.set_some(Attr::Definition, definition.as_deref());
                if let Some(partition) = partitions.get(&id) {
                    fact.set_some(Attr::PartitionKey, partition.opt(1));
                    fact.set_some(Attr::Bounds, partition.opt(2));
                    fact.set_some(Attr::Type, partition.opt(3));
                }
                fact.list(
                    Attr::Inherits,
                    parents.get(&id).cloned().unwrap_or_default(),
                );
                if let Some((server, options)) = servers.get(&id) {
                    fact.set(Attr::Server, *server);
                    fact.list(Attr::Options, options.clone());
                }
                self.add_commented(relation.key(), fact, "pg_class", id, 0);
                self.grants(
                    relation.word(),
                    &relation.path(),
                    &relation.owner,
                    row.opt(10),
                );
            }
            self.relations.insert(id, relation);
        }
    }

    fn parents(&self) -> HashMap<u32, Vec<String>> {
        let mut parents: HashMap<u32, Vec<String>> = HashMap::new();
        for row in self.answer.rows(Section::Parents) {
            parents
                .entry(row.id(0))
                .or_default()
                .push(row.text(1).to_owned());
        }
        parents
    }

    fn foreign_servers(&self) -> HashMap<u32, (&'a str, Vec<String>)> {
        let answer: &'a _ = self.answer;
        let rows = answer.rows(Section::ForeignTables);
        rows.map(|row| (row.id(0), (row.text(1), row.list(2))))
            .collect()
    }

    pub(super) fn columns(&mut self) {
        let defaults = self.by_column(Section::Defaults);
        let details = self.by_column(Section::ColumnDetails);
        for row in self.answer.rows(Section::Columns) {
            let (id, number) = (row.id(0), row.id(1));
            let Some(relation) = self.relations.get(&id).filter(|found| found.kind != 'S') else {
                continue;
            };
            let path = format!("{}.{}", relation.path(), key::ident(row.text(2)));
            let (owner, kind) = (relation.owner.clone(), relation.kind);
            let default = defaults.get(&(id, number)).map(|default| default.text(2));
            let mut fact = column_fact(row, default);
            if kind == 'c' {
                fact.set(Attr::Position, row.text(1));
                self.add_commented(format!("attribute {path}"), fact, "pg_class", id, number);
            } else {
                if let Some(detail) = details.get(&(id, number)).filter(|_| kind != 'v') {
                    add_details(&mut fact, *detail, row.text(3));
                }
                self.add_commented(format!("column {path}"), fact, "pg_class", id, number);
                self.grants("column", &path, &owner, row.opt(8));
            }
        }
    }

    /// The rows of a section by the object they are about.
    pub(super) fn by_id(&self, section: Section) -> HashMap<u32, Row<'a>> {
        let answer: &'a _ = self.answer;
        answer.rows(section).map(|row| (row.id(0), row)).collect()
    }

    /// The rows of a section by the column they are about.
    fn by_column(&self, section: Section) -> HashMap<(u32, u32), Row<'a>> {
        let answer: &'a _ = self.answer;
        answer
            .rows(section)
            .map(|row| ((row.id(0), row.id(1)), row))
            .collect()
    }

    pub(super) fn sequences(&mut self) {
        let columns = self.answer.rows(Section::Columns);
        let columns: HashMap<_, _> = columns
            .map(|row| ((row.id(0), row.id(1)), row.text(2)))
            .collect();
        for row in self.answer.rows(Section::Sequences) {
            let Some(relation) = self.relations.get(&row.id(0)) else {
                continue;
            };
            let owner = self
                .relations
                .get(&row.id(8))
                .zip(columns.get(&(row.id(8), row.id(9))));
            let owner = owner.map(|(table, name)| format!("{}.{}", table.path(), key::ident(name)));
            let Some(fact) = self.facts.0.get_mut(relation.key().as_str()) else {
                continue;
            };
            fact.set(Attr::Type, row.text(1));
            fact.set(Attr::Start, row.text(2));
            fact.set(Attr::Increment, row.text(3));
            fact.set(Attr::Min, row.text(4));
            fact.set(Attr::Max, row.text(5));
            fact.set_some(Attr::Cache, row.opt(6).filter(|cache| *cache != "1"));
            fact.flag(Attr::Cycle, row.flag(7));
            fact.set_some(Attr::OwnedBy, owner.as_deref());
        }
    }
}

fn relation_fact(row: Row<'_>, relation: &Relation) -> Fact {
    let mut fact = Fact::default();
    let kind = match relation.kind {
        'p' => Some("partitioned"),
        'f' => Some("foreign"),
        _ => None,
    };
    fact.set_some(Attr::Kind, kind);
    let persistence = match row.text(4) {
        "u" => Some("unlogged"),
        "t" => Some("temporary"),
        _ => None,
    };
    fact.set_some(Attr::Persistence, persistence);
    fact.flag(Attr::Rls, row.flag(5));
    fact.flag(Attr::ForceRls, row.flag(6));
    let identity = match row.text(7) {
        "f" => Some("full"),
        "i" => Some("index"),
        "n" if matches!(relation.kind, 'r' | 'p') => Some("nothing"),
        _ => None,
    };
    fact.set_some(Attr::ReplicaIdentity, identity);
    let mut options = row.list(8);
    options.sort_unstable();
    fact.list(Attr::Options, options);
    fact
}

fn column_fact(row: Row<'_>, default: Option<&str>) -> Fact {
    let mut fact = Fact::default();
    fact.set(Attr::Type, row.text(3));
    fact.flag(Attr::NotNull, row.flag(4));
    let identity = match row.text(5) {
        "a" => Some("always"),
        "d" => Some("by default"),
        _ => None,
    };
    fact.set_some(Attr::Identity, identity);
    let generated = row.text(6);
    fact.flag(Attr::Virtual, generated == "v");
    fact.set_some(
        if generated.is_empty() {
            Attr::Default
        } else {
            Attr::Generated
        },
        default,
    );
    fact.set_some(Attr::Collation, row.opt(7));
    fact
}

/// Adds what few columns have.
fn add_details(fact: &mut Fact, row: Row<'_>, of_type: &str) {
    fact.set_some(
        Attr::Storage,
        row.opt(2)
            .and_then(|storage| storage_word(storage, of_type)),
    );
    let compression = match row.text(3) {
        "p" => Some("pglz"),
        "l" => Some("lz4"),
        _ => None,
    };
    fact.set_some(Attr::Compression, compression);
    fact.set_some(
        Attr::StatisticsTarget,
        row.opt(4).filter(|target| *target != "-1"),
    );
    fact.list(Attr::Options, [row.list(5), row.list(6)].concat());
    fact.flag(Attr::Inherited, !row.flag(7));
}

/// The storage of a column of variable length, unless it is what nearly all types have.
fn storage_word(storage: &str, of_type: &str) -> Option<&'static str> {
    match storage {
        "p" => Some("plain"),
        "e" => Some("external"),
        "m" if !["numeric", "inet", "cidr"]
            .iter()
            .any(|usual| of_type.starts_with(usual)) =>
        {
            Some("main")
        }
        _ => None,
    }
}
