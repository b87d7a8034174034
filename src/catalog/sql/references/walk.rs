//! Walks a file's syntax trees and looks up every name in them.

use super::files::{File, Role};
use super::inventory::{Inventory, Key};
use super::scope::{Scope, Scopes};
use super::{Findings, text};
use crate::catalog::sql::body::{Body, Language, body};
use crate::catalog::sql::names::{QualifiedName, expression_parts, path_parts};
use crate::catalog::sql::object::Space;
use crate::catalog::sql::script::Parsed;
use crate::catalog::sql::search_path::{self, default_path, of_routine};
use crate::catalog::sql::tree::{Origin, Tree, child};
use crate::error::Location;
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::collections::HashSet;
use std::rc::Rc;

/// Looks up the names in those statements of a file for which `wanted` says yes.
pub(super) fn file(
    file: &File<'_>,
    findings: &mut Findings<'_>,
    wanted: impl Fn(&Parsed<'_>) -> bool,
) {
    let mut walker = Walker {
        inventory: findings.inventory,
        findings,
        file,
        local: local_names(file),
        path: default_path(),
        known_only: false,
        scopes: Scopes::default(),
        tree: Tree::of_sql("", Origin::At(0)),
        body: None,
    };
    for parsed in &file.script.statements {
        if wanted(parsed) {
            walker.statement(parsed);
        }
        if let Some(path) = search_path::set_by(parsed) {
            walker.path = path;
        }
    }
}

/// What a check, a task or a down file creates is its own.
fn local_names(file: &File<'_>) -> HashSet<(Space, String)> {
    if file.role == Role::Up {
        return HashSet::new();
    }
    let definitions = file.script.statements.iter().flat_map(Parsed::definitions);
    let objects = definitions.map(|definition| &definition.object);
    objects
        .map(|object| (object.kind.space(), object.name.name.clone()))
        .collect()
}

/// The state of a walk.
pub(super) struct Walker<'f, 'a> {
    pub inventory: &'a Inventory,
    pub findings: &'f mut Findings<'a>,
    pub file: &'f File<'f>,
    /// Names that the file defines for itself.
    pub local: HashSet<(Space, String)>,
    /// Where unqualified names are looked up.
    pub path: Vec<String>,
    /// Say nothing of names that nobody defines: the text is not surely what it seems.
    pub known_only: bool,
    pub scopes: Scopes,
    pub tree: Tree,
    /// The body of the statement's own routine or block, which is parsed already.
    body: Option<Body>,
}

impl Walker<'_, '_> {
    fn statement(&mut self, parsed: &Parsed<'_>) {
        self.body = parsed.body().cloned();
        self.tree(parsed.tree());
    }

    /// Walks one tree, and searches the text of what could not be parsed.
    pub fn tree(&mut self, tree: &Tree) {
        let outer = std::mem::replace(&mut self.tree, tree.clone());
        let known_only = self.known_only;
        if tree.is_broken() {
            self.known_only = true;
            text::scan(self, tree);
        }
        self.node(&tree.root);
        self.known_only = known_only;
        self.tree = outer;
    }

    fn node(&mut self, node: &SyntaxNode) {
        let scoped = !self.inventory.added_columns.is_empty()
            && Scope::of(node, &self.path, self.inventory).is_some_and(|scope| {
                self.scopes.push(scope);
                true
            });
        self.visit(node);
        for child in node.children() {
            self.node(&child);
        }
        self.body_of(node);
        if scoped {
            self.scopes.pop();
        }
    }

    fn visit(&mut self, node: &SyntaxNode) {
        match node.kind() {
            SyntaxKind::PATH => self.new_name(node),
            SyntaxKind::PATH_REF => self.path_ref(node),
            SyntaxKind::CALL_EXPR => self.call(node),
            SyntaxKind::CAST_EXPR => text::cast(self, node),
            SyntaxKind::SCHEMA_REF => self.simple(Space::Schema, node),
            SyntaxKind::ROLE_NAME_REF => self.simple(Space::Role, node),
            SyntaxKind::PUBLICATION_REF => self.simple(Space::Publication, node),
            SyntaxKind::NAME_REF | SyntaxKind::FIELD_EXPR | SyntaxKind::COLUMN_NAME_REF => {
                self.column(node);
            }
            SyntaxKind::PLPGSQL_DYN_EXECUTE_STMT
            | SyntaxKind::PLPGSQL_FOR_DYN_STMT
            | SyntaxKind::PLPGSQL_RETURN_QUERY_EXECUTE_STMT
            | SyntaxKind::PLPGSQL_OPEN_EXECUTE => text::dynamic(self, node),
            _ => {}
        }
    }

    /// A body in a string literal, with the routine's own search path, parameters and variables.
    fn body_of(&mut self, node: &SyntaxNode) {
        if !matches!(
            node.kind(),
            SyntaxKind::CREATE_FUNCTION | SyntaxKind::CREATE_PROCEDURE | SyntaxKind::DO
        ) {
            return;
        }
        let origin = Rc::clone(&self.tree.origin);
        let Some(body) = self.body.take().or_else(|| body(node, &origin)) else {
            return;
        };
        let path = of_routine(node).unwrap_or_else(|| self.path.clone());
        let path = std::mem::replace(&mut self.path, path);
        let variables = match body.language {
            Language::Plpgsql => Some(&body.tree.root),
            Language::Sql => None,
        };
        let scopes = std::mem::take(&mut self.scopes);
        if !self.inventory.added_columns.is_empty() {
            self.scopes = Scopes::of_routine(node, variables, &self.path, self.inventory);
        }
        self.tree(&body.tree);
        self.scopes = scopes;
        self.path = path;
    }

    /// The schema in which something is created.
    fn new_name(&mut self, node: &SyntaxNode) {
        let mut parts = path_parts(node);
        parts.pop();
        if let Some(schema) = parts.pop() {
            self.schema(&schema, node);
        }
    }

    fn schema(&mut self, schema: &str, node: &SyntaxNode) {
        let name = QualifiedName {
            schema: None,
            name: schema.to_owned(),
        };
        self.look_up(Space::Schema, &name, self.tree.offset(node), true);
    }

    fn simple(&mut self, space: Space, node: &SyntaxNode) {
        let name = QualifiedName {
            schema: None,
            name: normalize_name_node(node),
        };
        self.look_up(space, &name, self.tree.offset(node), true);
    }

    fn path_ref(&mut self, node: &SyntaxNode) {
        let Some(parent) = node.parent() else { return };
        let mut parts = path_parts(node);
        let space = match parent.kind() {
            SyntaxKind::RELATION_NAME_REF
            | SyntaxKind::TABLE_NAME_REF
            | SyntaxKind::VIEW_REF
            | SyntaxKind::SEQUENCE_REF
            | SyntaxKind::INDEX_REF
            | SyntaxKind::PLPGSQL_PERCENT_ROWTYPE => Space::Relation,
            SyntaxKind::TYPE_NAME_REF | SyntaxKind::DOMAIN_REF | SyntaxKind::PATH_TYPE => {
                Space::Type
            }
            SyntaxKind::FUNCTION_NAME_REF
            | SyntaxKind::PROCEDURE_NAME_REF
            | SyntaxKind::ROUTINE_NAME_REF
            | SyntaxKind::AGGREGATE => Space::Routine,
            SyntaxKind::COLLATION_REF => Space::Collation,
            SyntaxKind::QUALIFIED_COLUMN_NAME_REF | SyntaxKind::PERCENT_TYPE => {
                self.column_path(node, &parts);
                parts.pop();
                Space::Relation
            }
            _ => return,
        };
        let Some(name) = QualifiedName::from_parts(parts) else {
            return;
        };
        if space == Space::Relation && name.schema.is_none() && self.is_local(node, &name.name) {
            return;
        }
        // An index may be one that a constraint brings, and a definition's options name what they like.
        let guess = parent.kind() == SyntaxKind::INDEX_REF
            || space == Space::Collation
            || parent
                .parent()
                .is_some_and(|node| node.kind() == SyntaxKind::ATTRIBUTE_VALUE)
            || (parent.kind() == SyntaxKind::PERCENT_TYPE && name.schema.is_none());
        self.look_up(space, &name, self.tree.offset(node), guess);
    }

    /// Names without schema that are not in the catalogue: with queries, temporary and transition tables.
    fn is_local(&self, node: &SyntaxNode, name: &str) -> bool {
        super::scope::is_with_query(node, name)
            || self.inventory.transitions.contains(name)
            || self
                .inventory
                .temporary
                .contains(&(self.file.phase, name.to_owned()))
    }

    fn call(&mut self, node: &SyntaxNode) {
        let Some(callee) = node.first_child() else {
            return;
        };
        let Some(parts) = expression_parts(&callee) else {
            return;
        };
        let Some(name) = QualifiedName::from_parts(parts) else {
            return;
        };
        text::call(self, node, &name);
        if name.schema.is_none() && BUILT_IN.contains(&name.name.as_str()) {
            return;
        }
        self.look_up(Space::Routine, &name, self.tree.offset(&callee), false);
    }

    /// Reports a column that another phase adds to a table.
    pub fn column_use(&mut self, table: &Key, column: &str, offset: usize) {
        let Some(owners) = self.inventory.column_added_by(table, column) else {
            return;
        };
        if !self.findings.allowed(self.file.phase, owners) {
            let owners = owners.to_vec();
            let object = format!("column {}.{}.{column}", table.0, table.1);
            let location = self.location(offset);
            self.findings
                .undeclared(self.file.phase, location, object, &owners);
        }
    }

    fn column(&mut self, node: &SyntaxNode) {
        if self.inventory.added_columns.is_empty() {
            return;
        }
        if let Some((table, column)) = self.scopes.column(node, &self.path, self.inventory) {
            self.column_use(&table, &column, self.tree.offset(node));
        }
    }

    /// `schema.table.column`, as `comment on column` and `%type` have it.
    fn column_path(&mut self, node: &SyntaxNode, parts: &[String]) {
        if let [.., schema, table, column] = parts {
            let table = (schema.clone(), table.clone());
            self.column_use(&table, column, self.tree.offset(node));
        }
    }

    pub fn location(&self, offset: usize) -> Location {
        Location::at_offset(&self.file.source.path, self.file.script.text, offset)
    }

    /// The node's child list of arguments.
    pub fn arguments(call: &SyntaxNode) -> Vec<SyntaxNode> {
        let list = child(call, SyntaxKind::ARG_LIST);
        list.iter()
            .flat_map(SyntaxNode::children)
            .filter_map(|node| node.first_child())
            .collect()
    }
}

/// Functions of the server that are called without schema, and whose names a system may use too.
const BUILT_IN: [&str; 46] = [
    "abs",
    "age",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "ceil",
    "coalesce",
    "concat",
    "count",
    "date",
    "date_part",
    "date_trunc",
    "every",
    "exp",
    "floor",
    "format",
    "greatest",
    "least",
    "left",
    "length",
    "ln",
    "log",
    "lower",
    "max",
    "md5",
    "min",
    "mod",
    "now",
    "nullif",
    "position",
    "power",
    "random",
    "rank",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "sign",
    "sqrt",
    "sum",
    "translate",
    "trim",
    "upper",
    "version",
];
