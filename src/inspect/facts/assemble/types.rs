//! Enums, domains, ranges, composite types.

use super::Assembly;
use crate::inspect::facts::attr::{Attr, Fact};
use crate::inspect::facts::key;
use crate::inspect::facts::query::Section;
use crate::inspect::facts::rows::{Row, unquote};
use std::collections::HashMap;

impl Assembly<'_> {
    pub(super) fn types(&mut self) {
        let ranges = self.by_id(Section::Ranges);
        let domains = self.by_id(Section::Domains);
        let mut labels = self.labels();
        for row in self.answer.rows(Section::Types) {
            let id = row.id(0);
            let of_relation = row.id(4);
            let is_row_type = of_relation != 0
                && self
                    .relations
                    .get(&of_relation)
                    .is_none_or(|relation| relation.kind != 'c');
            if is_row_type || self.is_member("pg_type", id) {
                continue;
            }
            let word = match row.text(3) {
                "e" => "enum",
                "d" => "domain",
                "r" => "range type",
                "c" => "composite type",
                _ => "type",
            };
            let path = key::qualified(&unquote(row.text(1)), row.text(2));
            let mut fact = Fact::default();
            fact.list(Attr::Labels, labels.remove(&id).unwrap_or_default());
            fact.set_some(Attr::Definition, ranges.get(&id).map(|range| range.text(1)));
            if let Some(domain) = domains.get(&id) {
                fact.set_some(Attr::Type, domain.opt(1));
                fact.flag(Attr::NotNull, domain.flag(2));
                fact.set_some(Attr::Default, domain.opt(3));
                fact.set_some(Attr::Collation, domain.opt(4));
            }
            self.types.insert(id, (word, path.clone()));
            self.grants(word, &path, &unquote(row.text(5)), row.opt(6));
            self.add_commented(format!("{word} {path}"), fact, "pg_type", id, 0);
        }
    }

    /// The labels of each enum in their order, which the server keeps as fractions.
    fn labels(&self) -> HashMap<u32, Vec<String>> {
        let mut rows: Vec<_> = self.answer.rows(Section::Labels).collect();
        let place = |row: &Row<'_>| row.text(2).parse::<f64>().unwrap_or_default();
        rows.sort_by(|a, b| place(a).total_cmp(&place(b)));
        let mut labels: HashMap<u32, Vec<String>> = HashMap::new();
        for row in rows {
            labels
                .entry(row.id(0))
                .or_default()
                .push(row.text(1).to_owned());
        }
        labels
    }
}
