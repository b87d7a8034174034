//! Finds what a name stands for, and says what is wrong with it.

use super::describe;
use super::inventory::Entry;
use super::walk::Walker;
use crate::catalog::model::Platform;
use crate::catalog::sql::names::QualifiedName;
use crate::catalog::sql::object::Space;
use crate::catalog::sql::search_path::default_path;

impl Walker<'_, '_> {
    /// Looks a name up and reports what is wrong with it; `guess` keeps quiet if nobody defines it.
    pub fn look_up(&mut self, space: Space, name: &QualifiedName, offset: usize, guess: bool) {
        let space_of_local = (space, name.name.clone());
        if self.local.contains(&space_of_local) {
            return;
        }
        let found = self.find(space, name);
        if let Some(entries) = found {
            let owners: Vec<usize> = entries.iter().map(|entry| entry.phase).collect();
            let object = describe_use(entries, space, name);
            if !self.findings.allowed(self.file.phase, &owners) {
                let location = self.location(offset);
                self.findings
                    .undeclared(self.file.phase, location, object, &owners);
            }
        } else if !guess && !self.known_only {
            self.nobody_defines(space, name, offset);
        }
    }

    fn find(&self, space: Space, name: &QualifiedName) -> Option<&'_ [Entry]> {
        let spaces: &[Space] = match space {
            // A table's name is a type too; a type's name may be called like a function.
            Space::Type => &[Space::Type, Space::Relation],
            Space::Routine => &[Space::Routine, Space::Type, Space::Relation],
            Space::Relation => &[Space::Relation],
            other => {
                let entries = self.inventory.get(other, "", &name.name);
                return (!entries.is_empty()).then_some(entries);
            }
        };
        let one = std::slice::from_ref(&name.schema).iter().flatten().cloned();
        let schemas: Vec<String> = match name.schema {
            Some(_) => one.collect(),
            None => self.path.clone(),
        };
        schemas.iter().find_map(|schema| {
            spaces
                .iter()
                .map(|space| self.inventory.get(*space, schema, &name.name))
                .find(|entries| !entries.is_empty())
        })
    }

    fn nobody_defines(&mut self, space: Space, name: &QualifiedName, offset: usize) {
        let object = format!("{} {name}", word(space));
        match &name.schema {
            Some(schema) if self.is_platform(schema) => {}
            // An extension's functions and types are in no file.
            Some(schema) if self.inventory.extension_schemas.contains(schema) => {}
            Some(_) => {
                let location = self.location(offset);
                self.findings.unknown(self.file.phase, location, object);
            }
            None if space != Space::Relation && !self.is_ours(space, name) => {}
            None if name.name.starts_with("pg_") => {}
            None if self.path.is_empty() => {
                let location = self.location(offset);
                self.findings.unqualified(self.file.phase, location, object);
            }
            None if space == Space::Relation && !self.may_be_platforms() => {
                let location = self.location(offset);
                self.findings.unknown(self.file.phase, location, object);
            }
            None => {}
        }
    }

    /// Whether a type of that name is in schema public, where an empty search path does not find it.
    fn is_ours(&self, space: Space, name: &QualifiedName) -> bool {
        space == Space::Type
            && !self
                .inventory
                .get(Space::Type, "public", &name.name)
                .is_empty()
    }

    /// Schemas whose objects come with the server or the platform.
    fn is_platform(&self, schema: &str) -> bool {
        const SERVER: [&str; 8] = [
            "pg_catalog",
            "information_schema",
            "pg_temp",
            "pg_toast",
            "extensions",
            "cron",
            "net",
            "pgmq",
        ];
        const SUPABASE: [&str; 10] = [
            "auth",
            "vault",
            "realtime",
            "storage",
            "graphql",
            "graphql_public",
            "pgsodium",
            "supabase_functions",
            "supabase_migrations",
            "pgbouncer",
        ];
        let supabase = self.findings.system.platform == Platform::Supabase;
        let ours = self.inventory.schemas.contains(schema);
        !ours && (SERVER.contains(&schema) || (supabase && SUPABASE.contains(&schema)))
    }

    /// Whether the search path leads to schemas whose tables no file shows.
    fn may_be_platforms(&self) -> bool {
        let other = self.path != default_path();
        !self.inventory.extension_schemas.is_empty()
            || (other && self.path.iter().any(|schema| self.is_platform(schema)))
    }

    /// Whether the name resolves to something of ours.
    pub fn knows(&self, space: Space, name: &QualifiedName) -> bool {
        self.find(space, name).is_some()
    }
}

fn word(space: Space) -> &'static str {
    match space {
        Space::Schema => "schema",
        Space::Relation => "table",
        Space::Type => "type",
        Space::Routine => "function",
        Space::Role => "role",
        Space::Publication => "publication",
        Space::Extension => "extension",
        Space::Collation => "collation",
    }
}

/// The object as its definition names it; overloads are told apart only by their arguments.
fn describe_use(entries: &[Entry], space: Space, name: &QualifiedName) -> String {
    let object = &entries[0].definition.object;
    match (space, &name.schema) {
        (Space::Routine, _) if entries.len() > 1 => format!("function {}", object.name),
        _ => describe(object),
    }
}
