//! Functions, procedures and aggregates.

use super::Assembly;
use crate::inspect::facts::attr::{Attr, Fact};
use crate::inspect::facts::key;
use crate::inspect::facts::query::Section;
use crate::inspect::facts::rows::{Row, unquote};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;

impl Assembly<'_> {
    pub(super) fn functions(&mut self) {
        let aggregates = self.answer.rows(Section::Aggregates);
        let aggregates: HashMap<_, _> = aggregates.map(|row| (row.id(0), row.text(1))).collect();
        for row in self.answer.rows(Section::Functions) {
            let id = row.id(0);
            if self.is_member("pg_proc", id) {
                continue;
            }
            let path = format!(
                "{}({})",
                key::qualified(&unquote(row.text(1)), row.text(2)),
                row.text(3)
            );
            self.functions.insert(id, path.clone());
            self.grants("function", &path, &unquote(row.text(16)), row.opt(17));
            let mut fact = function_fact(row);
            fact.set_some(Attr::Definition, aggregates.get(&id).copied());
            self.add_commented(format!("function {path}"), fact, "pg_proc", id, 0);
        }
    }
}

fn function_fact(row: Row<'_>) -> Fact {
    let mut fact = Fact::default();
    let kind = match row.text(4) {
        "p" => Some("procedure"),
        "a" => Some("aggregate"),
        "w" => Some("window function"),
        _ => None,
    };
    fact.set_some(Attr::Kind, kind);
    fact.set_some(Attr::Arguments, row.opt(5));
    fact.set_some(Attr::Returns, row.opt(6));
    fact.set(Attr::Language, row.text(7));
    let volatility = match row.text(8) {
        "i" => Some("immutable"),
        "s" => Some("stable"),
        _ => None,
    };
    fact.set_some(Attr::Volatility, volatility);
    let parallel = match row.text(9) {
        "s" => Some("safe"),
        "r" => Some("restricted"),
        _ => None,
    };
    fact.set_some(Attr::Parallel, parallel);
    fact.flag(Attr::Definer, row.flag(10));
    fact.flag(Attr::Strict, row.flag(11));
    fact.flag(Attr::Leakproof, row.flag(12));
    let compiled = matches!(row.text(7), "c" | "internal");
    fact.set_some(
        Attr::Cost,
        row.opt(13)
            .filter(|cost| *cost != if compiled { "1" } else { "100" }),
    );
    fact.set_some(
        Attr::Rows,
        row.opt(14).filter(|rows| !matches!(*rows, "0" | "1000")),
    );
    fact.list(Attr::Settings, row.list(15));
    let body = row
        .opt(19)
        .map(str::to_owned)
        .or_else(|| row.opt(18).map(digest));
    fact.set_some(Attr::Body, body.as_deref());
    fact
}

/// What stands for a body in the snapshot. Half of the digest is enough to tell two texts apart, and lines stay short.
fn digest(body: &str) -> String {
    let mut text = "sha256:".to_owned();
    for byte in Sha256::digest(body.replace("\r\n", "\n").as_bytes())
        .iter()
        .take(16)
    {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
