//! Rules, statistics objects, publications, default privileges, event triggers, extensions, and what else there is.

use super::Assembly;
use super::tables::enabled;
use crate::inspect::facts::attr::{Attr, Fact};
use crate::inspect::facts::key;
use crate::inspect::facts::query::Section;
use crate::inspect::facts::rows::unquote;

impl Assembly<'_> {
    pub(super) fn others(&mut self) {
        self.rules();
        self.statistics();
        self.publications();
        self.default_privileges();
        self.event_triggers();
        self.extensions();
        for row in self.answer.rows(Section::Others) {
            let (catalogue, id) = (row.text(0), row.id(1));
            if !self.is_member(catalogue, id) {
                let key = format!("{} {}", row.text(2), row.text(3));
                self.add_commented(key, Fact::default(), catalogue, id, 0);
            }
        }
    }

    fn rules(&mut self) {
        for row in self.answer.rows(Section::Rules) {
            let Some(table) = self.relations.get(&row.id(1)) else {
                continue;
            };
            let key = format!("rule {}.{}", table.path(), key::ident(row.text(2)));
            let mut fact = Fact::default();
            fact.set(Attr::Definition, row.text(4));
            fact.set_some(Attr::Enabled, enabled(row, 3));
            self.add_commented(key, fact, "pg_rewrite", row.id(0), 0);
        }
    }

    fn statistics(&mut self) {
        for row in self.answer.rows(Section::Statistics) {
            let Some(table) = self.relations.get(&row.id(3)) else {
                continue;
            };
            let mut fact = Fact::default();
            fact.set(Attr::Table, table.path());
            fact.set(Attr::Definition, row.text(5));
            fact.set_some(
                Attr::StatisticsTarget,
                row.opt(4).filter(|target| *target != "-1"),
            );
            let key = format!("statistics {}", key::qualified(row.text(1), row.text(2)));
            self.add_commented(key, fact, "pg_statistic_ext", row.id(0), 0);
        }
    }

    fn publications(&mut self) {
        let answer = self.answer;
        let rows = answer
            .rows(Section::Publications)
            .chain(answer.rows(Section::PublishedSchemas));
        for row in rows {
            let what = match (self.relations.get(&row.id(1)), row.opt(2)) {
                (Some(table), _) => format!("table {}", table.path()),
                (None, Some(_)) => format!("schema {}", key::ident(&unquote(row.text(2)))),
                (None, None) => continue,
            };
            let mut fact = Fact::default();
            fact.set_some(Attr::Where, row.opt(3));
            fact.list(Attr::Columns, row.list(4));
            self.add(
                format!("publication {} {what}", key::ident(row.text(0))),
                fact,
            );
        }
    }

    /// Whose new objects they are about is left out: the role that applies the files, whatever its name is.
    fn default_privileges(&mut self) {
        for row in self.answer.rows(Section::DefaultPrivileges) {
            let word = match row.text(1) {
                "r" => "tables",
                "S" => "sequences",
                "f" => "functions",
                "T" => "types",
                _ => continue,
            };
            let path = key::ident(&unquote(row.text(0))).into_owned();
            let role = unquote(row.text(2));
            for (grantee, fact) in super::grants::parse(word, row.opt(3)) {
                if grantee == role || self.mighty.contains(&grantee) || fact.is_empty() {
                    continue;
                }
                let grantee = super::grants::role(&grantee);
                let key = format!("default privileges in {path} on {word} to {grantee}");
                // Those of several roles are one fact: whose they are is left out.
                let known = self.facts.0.entry(key.into()).or_default();
                fact.iter()
                    .for_each(|(attr, value)| known.put(attr, Some(value.clone())));
            }
        }
    }

    fn event_triggers(&mut self) {
        for row in self.answer.rows(Section::EventTriggers) {
            let mut fact = Fact::default();
            fact.set(Attr::Event, row.text(2));
            fact.set_some(Attr::Enabled, enabled(row, 3));
            fact.list(Attr::Tags, row.list(4));
            fact.set(Attr::Function, row.text(5));
            let key = format!("event trigger {}", key::ident(row.text(1)));
            self.add_commented(key, fact, "pg_event_trigger", row.id(0), 0);
        }
    }

    fn extensions(&mut self) {
        for row in self.answer.rows(Section::Extensions) {
            let mut fact = Fact::default();
            fact.set(Attr::Schema, row.text(2));
            self.add(format!("extension {}", key::ident(row.text(1))), fact);
        }
    }
}
