//! Looks into databases, as the superuser.

use super::cluster::{Cluster, Database, blocking};
use pgphase::db::connect;
use std::collections::HashSet;
use tokio_postgres::SimpleQueryMessage;

const CATALOGUE: &str = include_str!("catalogue.sql");

impl Cluster {
    /// All rows of a query, every value as text.
    #[track_caller]
    pub fn rows(&self, dbname: &str, sql: &str) -> Vec<Vec<Option<String>>> {
        let target = self.target(dbname);
        blocking(async {
            let session = connect(&target).await.expect("a connection");
            let answer = session.client.simple_query(sql).await;
            session.close().await;
            let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            let rows = answer.into_iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            rows.map(|row| {
                (0..row.len())
                    .map(|at| row.get(at).map(str::to_owned))
                    .collect()
            })
            .collect()
        })
    }

    /// The one value of a query, `null` for none.
    #[track_caller]
    pub fn value(&self, dbname: &str, sql: &str) -> String {
        let rows = self.rows(dbname, sql);
        assert!(
            rows.len() == 1 && rows[0].len() == 1,
            "not one value: {sql}: {rows:?}"
        );
        rows[0][0].clone().unwrap_or_else(|| "null".to_owned())
    }
}

impl Database<'_> {
    #[track_caller]
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.cluster.rows(&self.name, sql)
    }

    #[track_caller]
    pub fn value(&self, sql: &str) -> String {
        self.cluster.value(&self.name, sql)
    }

    /// The first column of all rows, a value a line.
    #[track_caller]
    pub fn lines(&self, sql: &str) -> String {
        let rows = self.rows(sql);
        let values: Vec<String> = rows
            .into_iter()
            .map(|row| row[0].clone().unwrap_or_else(|| "null".to_owned()))
            .collect();
        values.join("\n")
    }

    /// Everything the database holds but for schema pgphase; see `catalogue.sql`.
    #[track_caller]
    pub fn catalogue(&self) -> String {
        self.lines(CATALOGUE)
    }

    /// Whether a table, view or index is there.
    #[track_caller]
    pub fn has(&self, relation: &str) -> bool {
        self.value(&format!("select to_regclass('{relation}') is not null")) == "t"
    }

    /// Whether the tool's own schema is there.
    #[track_caller]
    pub fn has_history(&self) -> bool {
        self.value("select to_regnamespace('pgphase') is not null") == "t"
    }

    /// What is applied: `phase/file`, a line each.
    #[track_caller]
    pub fn applied(&self) -> String {
        self.lines("select phase || '/' || name from pgphase.history order by phase_number, kind <> 'versioned', name")
    }
}

/// Compares two catalogues; what differs is shown, not everything.
#[track_caller]
pub fn assert_same(one: &str, other: &str) {
    let (old, new): (HashSet<&str>, HashSet<&str>) =
        (one.lines().collect(), other.lines().collect());
    let missing: Vec<&str> = one.lines().filter(|line| !new.contains(line)).collect();
    let added: Vec<&str> = other.lines().filter(|line| !old.contains(line)).collect();
    assert!(
        missing.is_empty() && added.is_empty(),
        "gone:\n  {}\nnew:\n  {}",
        missing.join("\n  "),
        added.join("\n  ")
    );
}
