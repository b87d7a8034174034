//! What all phases of a system define, to look names up in.

use super::files::{File, Role};
use crate::catalog::sql::head;
use crate::catalog::sql::names::{QualifiedName, expression_parts, path_name};
use crate::catalog::sql::object::{ObjectKind, Space};
use crate::catalog::sql::objects::Definition;
use crate::catalog::sql::script::Parsed;
use crate::catalog::sql::search_path;
use crate::catalog::sql::tree::child;
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::collections::{HashMap, HashSet};

/// A schema-qualified relation, routine or type.
pub(super) type Key = (String, String);

/// One definition and where it is.
pub(super) struct Entry {
    /// Index of the phase in the system.
    pub phase: usize,
    /// Index of the file in the list of files.
    pub file: usize,
    pub definition: Definition,
}

/// All definitions of a system.
#[derive(Default)]
pub(super) struct Inventory {
    entries: HashMap<(Space, Key), Vec<Entry>>,
    /// Schemas that a phase creates.
    pub schemas: HashSet<String>,
    /// Schemas into which an extension puts objects that no file shows.
    pub extension_schemas: HashSet<String>,
    /// Names of transition tables, known in trigger functions only.
    pub transitions: HashSet<String>,
    /// Temporary relations of each phase.
    pub temporary: HashSet<(usize, String)>,
    /// Columns by table, with the phases that add them.
    columns: HashMap<Key, HashMap<String, Vec<usize>>>,
    /// Names of columns that another phase adds than the one that creates the table.
    pub added_columns: HashSet<String>,
    /// First words of the names of the tables that have such columns.
    extended_tables: HashSet<String>,
    /// The tables whose triggers call a function.
    pub trigger_tables: HashMap<Key, HashSet<Key>>,
}

impl Inventory {
    /// What the files that build the schema define; down files and checks define nothing that lasts.
    pub fn of(files: &[File<'_>]) -> Self {
        let mut inventory = Self::default();
        let building = || {
            files
                .iter()
                .enumerate()
                .filter(|(_, file)| file.role == Role::Up)
        };
        for (index, file) in building() {
            for_each_statement(file, |parsed, home| {
                inventory.add_statement(index, file, parsed, home)
            });
        }
        inventory.find_added_columns();
        for (_, file) in building() {
            for_each_statement(file, |parsed, home| inventory.add_trigger(parsed, home));
        }
        inventory
    }

    fn add_statement(&mut self, index: usize, file: &File<'_>, parsed: &Parsed<'_>, home: &str) {
        if head::begins_with(parsed.text, &["create", "alter"]) {
            self.add_columns(file.phase, parsed, home);
        }
        for definition in parsed.definitions() {
            if definition.object.kind == ObjectKind::Extension {
                let schema = extension_schema(parsed).unwrap_or_else(|| home.to_owned());
                self.extension_schemas.insert(schema);
            }
            self.add(index, file.phase, definition.clone(), home);
        }
    }

    fn add(&mut self, file: usize, phase: usize, definition: Definition, home: &str) {
        let object = &definition.object;
        if definition.temporary {
            self.temporary.insert((phase, object.name.name.clone()));
            return;
        }
        if object.kind == ObjectKind::Schema {
            self.schemas.insert(object.name.name.clone());
        }
        let name = match object.kind.in_schema() {
            true => at_home(object.name.clone(), home),
            false => (String::new(), object.name.name.clone()),
        };
        let key = (object.kind.space(), name);
        self.entries.entry(key).or_default().push(Entry {
            phase,
            file,
            definition,
        });
    }

    fn add_columns(&mut self, phase: usize, parsed: &Parsed<'_>, home: &str) {
        let created = head::columns(parsed.text);
        if !created.is_empty() {
            let Some(table) = path_name(&parsed.head().root) else {
                return;
            };
            let table = at_home(table, home);
            for column in created.iter().filter_map(|column| column.name.identifier()) {
                self.add_column(&table, column, phase);
            }
        } else if head::begins_with(parsed.text, &["alter"])
            && head::has_word(parsed.text, &["add", "rename"])
        {
            for node in parsed
                .nodes()
                .filter(|node| node.kind() == SyntaxKind::ALTER_TABLE)
            {
                self.alter_columns(phase, &node, home);
            }
        }
    }

    fn alter_columns(&mut self, phase: usize, table: &SyntaxNode, home: &str) {
        let Some(key) = path_name(table).map(|name| at_home(name, home)) else {
            return;
        };
        for action in table.children() {
            if let Some(name) = child(&action, SyntaxKind::COLUMN_NAME)
                && matches!(
                    action.kind(),
                    SyntaxKind::ADD_COLUMN | SyntaxKind::RENAME_COLUMN
                )
            {
                self.add_column(&key, normalize_name_node(&name), phase);
            }
        }
    }

    fn add_column(&mut self, table: &Key, column: String, phase: usize) {
        let columns = self.columns.entry(table.clone()).or_default();
        columns.entry(column).or_default().push(phase);
    }

    /// Which tables a trigger function serves matters only where columns are added to others' tables.
    fn add_trigger(&mut self, parsed: &Parsed<'_>, home: &str) {
        let trigger = head::begins_with(parsed.text, &["create"])
            && head::has_word(parsed.text, &["trigger"]);
        let matters = |word: &str| {
            word.eq_ignore_ascii_case("referencing")
                || self
                    .extended_tables
                    .iter()
                    .any(|table| table.eq_ignore_ascii_case(word))
        };
        if !trigger || !head::words(parsed.text).any(matters) {
            return;
        }
        for node in parsed
            .nodes()
            .filter(|node| node.kind() == SyntaxKind::CREATE_TRIGGER)
        {
            let tables = node.descendants();
            self.transitions.extend(
                tables
                    .filter(|name| name.kind() == SyntaxKind::TRANSITION_RELATION_NAME)
                    .map(|name| normalize_name_node(&name)),
            );
            let table = child(&node, SyntaxKind::ON_RELATION).and_then(|node| path_name(&node));
            let call = child(&node, SyntaxKind::CALL_EXPR).and_then(|call| call.first_child());
            let function =
                call.and_then(|call| QualifiedName::from_parts(expression_parts(&call)?));
            if let (Some(table), Some(function)) = (table, function) {
                let tables = self
                    .trigger_tables
                    .entry(at_home(function, home))
                    .or_default();
                tables.insert(at_home(table, home));
            }
        }
    }

    fn find_added_columns(&mut self) {
        let (mut names, mut tables) = (HashSet::new(), HashSet::new());
        for (table, columns) in &self.columns {
            let owners = self.owners(Space::Relation, table);
            for (column, phases) in columns {
                if phases.iter().any(|phase| !owners.contains(phase)) {
                    names.insert(column.clone());
                    tables.extend(head::words(&table.1).next().map(str::to_owned));
                }
            }
        }
        self.added_columns = names;
        self.extended_tables = tables;
    }

    /// The definitions of that name.
    pub fn get(&self, space: Space, schema: &str, name: &str) -> &[Entry] {
        let key = (space, (schema.to_owned(), name.to_owned()));
        self.entries.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The phases that define that name.
    pub fn owners(&self, space: Space, (schema, name): &Key) -> Vec<usize> {
        self.get(space, schema, name)
            .iter()
            .map(|entry| entry.phase)
            .collect()
    }

    /// The phases that add this column to a table of another phase; `None` where it is no such column.
    pub fn column_added_by(&self, table: &Key, column: &str) -> Option<&[usize]> {
        let phases = self.columns.get(table)?.get(column)?;
        let owners = self.owners(Space::Relation, table);
        let own = phases.iter().any(|phase| owners.contains(phase));
        (!own).then_some(phases.as_slice())
    }

    /// Whether the table is known to have the column.
    pub fn has_column(&self, table: &Key, column: &str) -> bool {
        self.columns
            .get(table)
            .is_some_and(|columns| columns.contains_key(column))
    }

    /// Every name that a phase defines, with the phases that do; columns added to others' tables too.
    pub fn names(&self) -> impl Iterator<Item = (&str, Vec<usize>)> {
        let objects = self.entries.iter().map(|((_, (_, name)), entries)| {
            (
                name.as_str(),
                entries.iter().map(|entry| entry.phase).collect(),
            )
        });
        let columns = self.columns.iter().flat_map(|(table, columns)| {
            columns.keys().filter_map(|column| {
                Some((
                    column.as_str(),
                    self.column_added_by(table, column)?.to_vec(),
                ))
            })
        });
        objects.chain(columns)
    }

    /// Every name with all its definitions.
    pub fn groups(&self) -> impl Iterator<Item = &Vec<Entry>> {
        self.entries.values()
    }
}

/// Calls `each` with every statement and the schema in which it creates unqualified names.
fn for_each_statement(file: &File<'_>, mut each: impl FnMut(&Parsed<'_>, &str)) {
    let mut home = "public".to_owned();
    for parsed in &file.script.statements {
        if let Some(path) = search_path::set_by(parsed) {
            home = path
                .into_iter()
                .next()
                .unwrap_or_else(|| "public".to_owned());
        }
        each(parsed, &home);
    }
}

fn extension_schema(parsed: &Parsed<'_>) -> Option<String> {
    let mut nodes = parsed.tree().root.descendants();
    let schema = nodes.find(|node| node.kind() == SyntaxKind::SCHEMA_REF)?;
    Some(normalize_name_node(&schema))
}

fn at_home(name: QualifiedName, home: &str) -> Key {
    (name.schema.unwrap_or_else(|| home.to_owned()), name.name)
}
