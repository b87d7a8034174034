//! Rows of the catalogue put together into facts.

mod functions;
mod grants;
mod others;
mod relations;
mod tables;
mod types;

use super::Facts;
use super::attr::{Attr, Fact};
use super::key;
use super::query::Section;
use super::rows::{Answer, unquote};
use std::collections::{HashMap, HashSet};

/// The facts that an answer holds.
pub fn facts(answer: &Answer) -> Facts {
    let mut assembly = Assembly::new(answer);
    assembly.schemas();
    assembly.relations();
    assembly.types();
    assembly.columns();
    assembly.functions();
    assembly.constraints_and_indexes();
    assembly.triggers();
    assembly.policies();
    assembly.sequences();
    assembly.others();
    assembly.facts
}

/// A table, view, sequence or composite type.
struct Relation {
    schema: String,
    name: String,
    kind: char,
    owner: String,
}

impl Relation {
    /// The word that the names of its own facts begin with.
    fn word(&self) -> &'static str {
        match self.kind {
            'v' => "view",
            'm' => "materialized view",
            'S' => "sequence",
            'c' => "composite type",
            _ => "table",
        }
    }

    fn path(&self) -> String {
        key::qualified(&self.schema, &self.name)
    }

    fn key(&self) -> String {
        format!("{} {}", self.word(), self.path())
    }
}

/// What is known while facts are put together.
struct Assembly<'a> {
    answer: &'a Answer,
    facts: Facts,
    relations: HashMap<u32, Relation>,
    /// Enums, domains and the like: word and path.
    types: HashMap<u32, (&'static str, String)>,
    functions: HashMap<u32, String>,
    /// Objects of extensions: catalogue and number.
    members: HashSet<(&'a str, u32)>,
    comments: HashMap<(&'a str, u32, u32), &'a str>,
    /// Roles that need no grants.
    mighty: HashSet<String>,
}

impl<'a> Assembly<'a> {
    fn new(answer: &'a Answer) -> Self {
        let members = answer
            .rows(Section::Members)
            .map(|row| (row.text(0), row.id(1)));
        let sections = [
            Section::Comments,
            Section::ChildComments,
            Section::AllComments,
        ];
        let comments = sections
            .into_iter()
            .flat_map(|section| answer.rows(section));
        let comments = comments.map(|row| ((row.text(0), row.id(1), row.id(2)), row.text(3)));
        Self {
            answer,
            facts: Facts::default(),
            relations: HashMap::new(),
            types: HashMap::new(),
            functions: HashMap::new(),
            members: members.collect(),
            comments: comments.collect(),
            mighty: answer
                .rows(Section::Server)
                .flat_map(|row| row.list(1))
                .collect(),
        }
    }

    fn add(&mut self, key: String, fact: Fact) {
        self.facts.0.insert(key.into(), fact);
    }

    /// Adds a fact with the comment of the object it is about.
    fn add_commented(
        &mut self,
        key: String,
        mut fact: Fact,
        catalogue: &str,
        id: u32,
        column: u32,
    ) {
        fact.set_some(
            Attr::Comment,
            self.comments.get(&(catalogue, id, column)).copied(),
        );
        self.add(key, fact);
    }

    fn is_member(&self, catalogue: &str, id: u32) -> bool {
        self.members.contains(&(catalogue, id))
    }

    fn schemas(&mut self) {
        for row in self.answer.rows(Section::Schemas) {
            let path = key::ident(row.text(1)).into_owned();
            self.grants("schema", &path, &unquote(row.text(2)), row.opt(3));
            self.add_commented(
                format!("schema {path}"),
                Fact::default(),
                "pg_namespace",
                row.id(0),
                0,
            );
        }
    }
}
