//! Which tables a column may belong to: needed only where a phase adds columns to another's table.

use super::inventory::{Inventory, Key};
use crate::catalog::sql::names::{QualifiedName, expression_parts, path_name};
use crate::catalog::sql::object::Space;
use crate::catalog::sql::tree::{child, has_token};
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::collections::HashSet;

/// The tables that one statement or query level brings into sight.
#[derive(Default)]
pub(super) struct Scope {
    /// By the name they have there; `None` for what has unknown columns.
    tables: Vec<(String, Option<Key>)>,
    /// What column lists without a table belong to.
    target: Option<Key>,
    /// Its columns are found only through the table's name.
    named_only: bool,
}

/// Scopes from the outermost to the innermost, and the names that hide columns.
#[derive(Default)]
pub(super) struct Scopes {
    open: Vec<Scope>,
    variables: HashSet<String>,
}

impl Scope {
    /// The scope that a node opens.
    pub fn of(node: &SyntaxNode, path: &[String], inventory: &Inventory) -> Option<Self> {
        let mut scope = Self::default();
        match node.kind() {
            SyntaxKind::SELECT | SyntaxKind::SELECT_INTO => {}
            SyntaxKind::INSERT
            | SyntaxKind::UPDATE
            | SyntaxKind::DELETE
            | SyntaxKind::MERGE
            | SyntaxKind::CREATE_INDEX
            | SyntaxKind::CREATE_POLICY
            | SyntaxKind::ALTER_POLICY
            | SyntaxKind::ALTER_TABLE
            | SyntaxKind::CREATE_TRIGGER
            | SyntaxKind::COPY
            | SyntaxKind::CREATE_STATISTICS
            | SyntaxKind::GRANT
            | SyntaxKind::REVOKE => scope.add_target(node, path, inventory),
            _ => return None,
        }
        scope.add_from_items(node, path, inventory);
        Some(scope)
    }

    fn add_target(&mut self, node: &SyntaxNode, path: &[String], inventory: &Inventory) {
        let relation = node.children().find(|child| {
            matches!(
                child.kind(),
                SyntaxKind::RELATION_NAME_REF
                    | SyntaxKind::RELATION_NAME
                    | SyntaxKind::TABLE_RELATION_NAME
                    | SyntaxKind::ON_TABLE
                    | SyntaxKind::ON_RELATION
                    | SyntaxKind::COPY_TABLE
                    | SyntaxKind::FROM_TABLE
                    | SyntaxKind::ON_PRIVILEGE_OBJECTS_CLAUSE
            )
        });
        let Some(name) = relation.and_then(|relation| path_name(&relation)) else {
            return;
        };
        let key = resolve(&name, path, inventory);
        let alias = child(node, SyntaxKind::REQUIRED_AS_ALIAS)
            .or_else(|| child(node, SyntaxKind::OPTIONAL_AS_ALIAS))
            .and_then(|alias| child(&alias, SyntaxKind::TABLE_ALIAS))
            .map_or(name.name, |alias| normalize_name_node(&alias));
        let also: &[&str] = match node.kind() {
            SyntaxKind::INSERT => &["excluded"],
            SyntaxKind::CREATE_TRIGGER => &["new", "old"],
            _ => &[],
        };
        self.tables
            .extend(also.iter().map(|name| ((*name).to_owned(), key.clone())));
        self.tables.push((alias, key.clone()));
        self.target = key;
    }

    /// The tables of this level's `from` and `using`, not those of queries inside it.
    fn add_from_items(&mut self, node: &SyntaxNode, path: &[String], inventory: &Inventory) {
        for item in node.children() {
            match item.kind() {
                SyntaxKind::RELATION_FROM_ITEM => self.add_relation(&item, path, inventory),
                SyntaxKind::FUNCTION_FROM_ITEM
                | SyntaxKind::ROWS_FROM_ITEM
                | SyntaxKind::EXPR_FROM_ITEM
                | SyntaxKind::JSON_TABLE_FROM_ITEM
                | SyntaxKind::XML_TABLE_FROM_ITEM
                | SyntaxKind::GRAPH_TABLE_FROM_ITEM => self.add_unknown(&item),
                SyntaxKind::PAREN_FROM_ITEM => {
                    if child(&item, SyntaxKind::PAREN_SELECT).is_some() {
                        self.add_unknown(&item);
                    } else {
                        self.add_from_items(&item, path, inventory);
                    }
                }
                SyntaxKind::FROM_CLAUSE
                | SyntaxKind::USING_CLAUSE
                | SyntaxKind::USING_ON_CLAUSE
                | SyntaxKind::JOIN_EXPR
                | SyntaxKind::JOIN
                | SyntaxKind::PAREN_EXPR => self.add_from_items(&item, path, inventory),
                _ => {}
            }
        }
    }

    fn add_relation(&mut self, item: &SyntaxNode, path: &[String], inventory: &Inventory) {
        let Some(name) = path_name(item) else { return };
        let with_query = name.schema.is_none() && is_with_query(item, &name.name);
        let key = if with_query {
            None
        } else {
            resolve(&name, path, inventory)
        };
        self.tables.push((alias(item).unwrap_or(name.name), key));
    }

    fn add_unknown(&mut self, item: &SyntaxNode) {
        self.tables.push((alias(item).unwrap_or_default(), None));
    }
}

impl Scopes {
    /// What a routine's body sees from the start: parameters, variables, and rows of triggers.
    pub fn of_routine(
        routine: &SyntaxNode,
        plpgsql: Option<&SyntaxNode>,
        path: &[String],
        inventory: &Inventory,
    ) -> Self {
        let mut scope = Scope {
            named_only: true,
            ..Scope::default()
        };
        let mut variables = HashSet::new();
        for node in routine.descendants() {
            if matches!(
                node.kind(),
                SyntaxKind::PARAM_NAME | SyntaxKind::COLUMN_NAME
            ) {
                variables.insert(normalize_name_node(&node));
            }
        }
        for node in plpgsql.iter().flat_map(|body| body.descendants()) {
            if node.kind() == SyntaxKind::PLPGSQL_VAR_NAME {
                variables.insert(normalize_name_node(&node));
            }
            if node.kind() == SyntaxKind::PLPGSQL_VAR_DECL {
                scope.tables.extend(row_variable(&node, path, inventory));
            }
        }
        if let Some(table) = trigger_table(routine, inventory) {
            for name in ["new", "old"] {
                scope.tables.push((name.to_owned(), Some(table.clone())));
            }
        }
        Self {
            open: vec![scope],
            variables,
        }
    }

    pub fn push(&mut self, scope: Scope) {
        self.open.push(scope);
    }

    pub fn pop(&mut self) {
        self.open.pop();
    }

    /// The table that a column reference belongs to, if that is certain.
    pub fn column(
        &self,
        node: &SyntaxNode,
        path: &[String],
        inventory: &Inventory,
    ) -> Option<(Key, String)> {
        let parent = node.parent()?;
        match node.kind() {
            SyntaxKind::COLUMN_NAME_REF => {
                let column = normalize_name_node(node);
                if !inventory.added_columns.contains(&column) {
                    return None;
                }
                let table = match foreign_table(node) {
                    Some(name) => resolve(&name, path, inventory)?,
                    None => self
                        .open
                        .iter()
                        .rev()
                        .find_map(|scope| scope.target.clone())?,
                };
                Some((table, column))
            }
            SyntaxKind::FIELD_EXPR if parent.kind() != SyntaxKind::CALL_EXPR => {
                self.through_table(&expression_parts(node)?, inventory)
            }
            SyntaxKind::NAME_REF
                if !matches!(
                    parent.kind(),
                    SyntaxKind::FIELD_EXPR | SyntaxKind::CALL_EXPR
                ) =>
            {
                self.bare(normalize_name_node(node), inventory)
            }
            _ => None,
        }
    }

    fn through_table(&self, parts: &[String], inventory: &Inventory) -> Option<(Key, String)> {
        let (column, table) = parts.split_last()?;
        if !inventory.added_columns.contains(column) {
            return None;
        }
        if let [schema, table] = table {
            return Some(((schema.clone(), table.clone()), column.clone()));
        }
        let [name] = table else { return None };
        let mut tables = self.open.iter().rev().flat_map(|scope| &scope.tables);
        let (_, key) = tables.find(|(alias, _)| alias == name)?;
        Some((key.clone()?, column.clone()))
    }

    /// A column without its table belongs to the only table in sight that has it.
    fn bare(&self, column: String, inventory: &Inventory) -> Option<(Key, String)> {
        if !inventory.added_columns.contains(&column) || self.variables.contains(&column) {
            return None;
        }
        for scope in self.open.iter().rev().filter(|scope| !scope.named_only) {
            if scope.tables.iter().any(|(_, key)| key.is_none()) {
                return None;
            }
            let keys = scope.tables.iter().filter_map(|(_, key)| key.as_ref());
            let mut having = keys.filter(|key| inventory.has_column(key, &column));
            if let Some(key) = having.next() {
                let same = having.all(|other| other == key);
                return same.then(|| (key.clone(), column));
            }
        }
        None
    }
}

/// Whether a name without schema is that of a `with` query in sight of `node`.
pub(super) fn is_with_query(node: &SyntaxNode, name: &str) -> bool {
    let mut below = node.clone();
    for ancestor in node.ancestors().skip(1) {
        let visible = match ancestor.kind() {
            // Inside `with`: the queries before this one, and itself if recursive.
            SyntaxKind::WITH_CLAUSE => {
                let recursive = has_token(&ancestor, SyntaxKind::RECURSIVE_KW);
                let tables = ancestor
                    .children()
                    .filter(|child| child.kind() == SyntaxKind::WITH_TABLE);
                let before: Vec<SyntaxNode> = match recursive {
                    true => tables.collect(),
                    false => tables.take_while(|table| *table != below).collect(),
                };
                before
                    .iter()
                    .any(|table| with_name(table).as_deref() == Some(name))
            }
            _ => child(&ancestor, SyntaxKind::WITH_CLAUSE)
                .filter(|clause| *clause != below)
                .is_some_and(|clause| {
                    clause
                        .children()
                        .any(|table| with_name(&table).as_deref() == Some(name))
                }),
        };
        if visible {
            return true;
        }
        below = ancestor;
    }
    false
}

fn with_name(table: &SyntaxNode) -> Option<String> {
    child(table, SyntaxKind::CTE_NAME).map(|name| normalize_name_node(&name))
}

fn alias(item: &SyntaxNode) -> Option<String> {
    let alias = child(
        &child(item, SyntaxKind::FROM_ALIAS)?,
        SyntaxKind::TABLE_ALIAS,
    )?;
    Some(normalize_name_node(&alias))
}

/// The known table of that name.
fn resolve(name: &QualifiedName, path: &[String], inventory: &Inventory) -> Option<Key> {
    let known = |schema: &String| {
        let found = !inventory
            .get(Space::Relation, schema, &name.name)
            .is_empty();
        found.then(|| (schema.clone(), name.name.clone()))
    };
    match &name.schema {
        Some(schema) => known(schema),
        None => path.iter().find_map(known),
    }
}

/// The other table of a foreign key, where `node` is one of its columns.
fn foreign_table(node: &SyntaxNode) -> Option<QualifiedName> {
    let constraint = node.ancestors().find(|ancestor| {
        matches!(
            ancestor.kind(),
            SyntaxKind::REFERENCES_CONSTRAINT | SyntaxKind::FOREIGN_KEY_CONSTRAINT
        )
    })?;
    let table = child(&constraint, SyntaxKind::TABLE_NAME_REF)?;
    (node.text_range().start() > table.text_range().start())
        .then(|| path_name(&table))
        .flatten()
}

/// `v public.t%rowtype` and `v public.t`.
fn row_variable(
    declaration: &SyntaxNode,
    path: &[String],
    inventory: &Inventory,
) -> Option<(String, Option<Key>)> {
    let name = child(declaration, SyntaxKind::PLPGSQL_VAR_NAME)?;
    let types = child(declaration, SyntaxKind::PLPGSQL_PERCENT_ROWTYPE)
        .or_else(|| child(declaration, SyntaxKind::PATH_TYPE))?;
    let key = resolve(&path_name(&types)?, path, inventory)?;
    Some((normalize_name_node(&name), Some(key)))
}

/// The table whose triggers call this function, if there is exactly one.
fn trigger_table(routine: &SyntaxNode, inventory: &Inventory) -> Option<Key> {
    let name = path_name(&child(routine, SyntaxKind::FUNCTION_NAME)?)?;
    let key = (
        name.schema.unwrap_or_else(|| "public".to_owned()),
        name.name,
    );
    let tables = inventory.trigger_tables.get(&key)?;
    (tables.len() == 1)
        .then(|| tables.iter().next().cloned())
        .flatten()
}
