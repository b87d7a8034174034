//! What statements create.

use super::body::body;
use super::names::{QualifiedName, path_name};
use super::object::{Object, ObjectKind, Space};
use super::tree::{Script, Tree, child, has};
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// What the statements of `text` create: tables, views, types, routines, schemas, sequences, indexes, …
///
/// Temporary objects, indexes without a name, and what `do` blocks create under their own conditions are left out.
pub fn objects_created(text: &str) -> Vec<Object> {
    let script = Script::parse(text);
    let trees = script.statements.iter().map(|(_, tree)| tree);
    trees
        .flat_map(|tree| definitions(tree, &tree.root))
        .filter(|definition| {
            !definition.temporary && !definition.implicit && definition.renamed.is_none()
        })
        .map(|definition| definition.object)
        .collect()
}

/// An object with what only the analysis needs to know of it.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub object: Object,
    pub temporary: bool,
    /// Comes along with another object: the sequence of a serial or identity column.
    pub implicit: bool,
    /// The former name, where it is an existing object under a new name or in a new schema.
    pub renamed: Option<QualifiedName>,
    /// Created by a `do` block or a function, under conditions that nobody can see from here.
    pub conditional: bool,
}

/// What a statement of a file defines, `do` blocks and functions included.
pub(super) fn all_definitions(tree: &Tree) -> Vec<Definition> {
    let mut found = definitions(tree, &tree.root);
    for statement in tree.root.children() {
        let Some(body) = body(&statement, &tree.origin) else {
            continue;
        };
        for mut definition in definitions(&body.tree, &body.tree.root) {
            definition.conditional = true;
            found.push(definition);
        }
    }
    found
}

/// What a tree defines, not looking into string literals.
pub(super) fn definitions(tree: &Tree, below: &SyntaxNode) -> Vec<Definition> {
    let mut found = Vec::new();
    for node in below.descendants() {
        if let Some(kind) = created_kind(&node) {
            found.extend(created(tree, &node, kind));
            if kind == ObjectKind::Table {
                found.extend(column_sequences(tree, &node));
            }
        } else {
            found.extend(renamed(tree, &node));
        }
        if node.kind() == SyntaxKind::ADD_COLUMN {
            found.extend(
                node.parent()
                    .and_then(|table| column_sequence(tree, &table, &node)),
            );
        }
    }
    found
}

fn created_kind(node: &SyntaxNode) -> Option<ObjectKind> {
    Some(match node.kind() {
        SyntaxKind::CREATE_SCHEMA => ObjectKind::Schema,
        SyntaxKind::CREATE_TABLE | SyntaxKind::CREATE_TABLE_AS | SyntaxKind::INTO_CLAUSE => {
            ObjectKind::Table
        }
        SyntaxKind::CREATE_FOREIGN_TABLE => ObjectKind::ForeignTable,
        SyntaxKind::CREATE_VIEW => ObjectKind::View,
        SyntaxKind::CREATE_MATERIALIZED_VIEW => ObjectKind::MaterializedView,
        SyntaxKind::CREATE_SEQUENCE => ObjectKind::Sequence,
        SyntaxKind::CREATE_INDEX => ObjectKind::Index,
        SyntaxKind::CREATE_TYPE => ObjectKind::Type,
        SyntaxKind::CREATE_DOMAIN => ObjectKind::Domain,
        SyntaxKind::CREATE_FUNCTION => ObjectKind::Function,
        SyntaxKind::CREATE_PROCEDURE => ObjectKind::Procedure,
        SyntaxKind::CREATE_AGGREGATE => ObjectKind::Aggregate,
        SyntaxKind::CREATE_ROLE | SyntaxKind::CREATE_USER | SyntaxKind::CREATE_GROUP => {
            ObjectKind::Role
        }
        SyntaxKind::CREATE_PUBLICATION => ObjectKind::Publication,
        SyntaxKind::CREATE_EXTENSION => ObjectKind::Extension,
        SyntaxKind::CREATE_COLLATION => ObjectKind::Collation,
        _ => return None,
    })
}

fn created(tree: &Tree, node: &SyntaxNode, kind: ObjectKind) -> Option<Definition> {
    let name_node = name_node(node, kind)?;
    let mut name = if kind.in_schema() {
        path_name(&name_node)?
    } else {
        QualifiedName {
            schema: None,
            name: normalize_name_node(&name_node),
        }
    };
    let schema_node = node
        .parent()
        .filter(|parent| parent.kind() == SyntaxKind::CREATE_SCHEMA);
    if kind == ObjectKind::Index {
        name.schema = indexed_table(node).and_then(|table| table.schema);
    } else if name.schema.is_none()
        && let Some(schema) = schema_node
    {
        name.schema = name_node_of_schema(&schema).map(|node| normalize_name_node(&node));
    }
    let routine = kind.space() == Space::Routine;
    let temporary = is_temporary(node, &name);
    Some(Definition {
        object: Object {
            kind,
            name,
            arguments: routine.then(|| argument_types(node)),
            if_not_exists: has(node, SyntaxKind::IF_NOT_EXISTS),
            or_replace: has(node, SyntaxKind::OR_REPLACE),
            offset: tree.offset(&name_node),
        },
        temporary,
        implicit: false,
        renamed: None,
        conditional: false,
    })
}

fn is_temporary(node: &SyntaxNode, name: &QualifiedName) -> bool {
    has(node, SyntaxKind::TEMP) || name.schema.as_deref() == Some("pg_temp")
}

fn name_node(node: &SyntaxNode, kind: ObjectKind) -> Option<SyntaxNode> {
    match kind {
        ObjectKind::Schema => name_node_of_schema(node),
        ObjectKind::Role => node.children().find(|child| {
            matches!(
                child.kind(),
                SyntaxKind::ROLE | SyntaxKind::USER | SyntaxKind::GROUP
            )
        }),
        ObjectKind::Publication => child(node, SyntaxKind::PUBLICATION),
        ObjectKind::Extension => child(node, SyntaxKind::EXTENSION),
        _ => node.children().find(|child| has(child, SyntaxKind::PATH)),
    }
}

/// `create schema x`; `create schema authorization x` takes the role's name.
fn name_node_of_schema(node: &SyntaxNode) -> Option<SyntaxNode> {
    node.children()
        .take_while(|child| created_kind(child).is_none())
        .flat_map(|child| child.descendants().collect::<Vec<_>>())
        .find(|child| {
            matches!(
                child.kind(),
                SyntaxKind::SCHEMA | SyntaxKind::ROLE_NAME_REF | SyntaxKind::ROLE
            )
        })
}

/// The table that a `create index` is on.
pub(super) fn indexed_table(node: &SyntaxNode) -> Option<QualifiedName> {
    path_name(&child(node, SyntaxKind::TABLE_RELATION_NAME)?)
}

/// Types of the input arguments, as `to_regprocedure` takes them.
pub(super) fn argument_types(routine: &SyntaxNode) -> String {
    let Some(parameters) = child(routine, SyntaxKind::PARAM_LIST) else {
        return String::new();
    };
    let inputs = parameters.children().filter(|parameter| {
        parameter.kind() == SyntaxKind::PARAM && !has(parameter, SyntaxKind::PARAM_OUT)
    });
    let types = inputs.filter_map(|parameter| {
        let types = parameter.children().find(|child| is_type(child.kind()))?;
        let text = types.text().to_string();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    });
    types.collect::<Vec<_>>().join(", ")
}

/// Whether a node of that kind is a type's name.
pub(super) fn is_type(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::PATH_TYPE
            | SyntaxKind::ARRAY_TYPE
            | SyntaxKind::VARCHAR_TYPE
            | SyntaxKind::CHARACTER_TYPE
            | SyntaxKind::BIT_TYPE
            | SyntaxKind::BIT_VARYING_TYPE
            | SyntaxKind::DOUBLE_TYPE
            | SyntaxKind::TIME_TYPE
            | SyntaxKind::TIMESTAMP_TYPE
            | SyntaxKind::INTERVAL_TYPE
            | SyntaxKind::PERCENT_TYPE
    )
}

fn column_sequences(tree: &Tree, table: &SyntaxNode) -> Vec<Definition> {
    let Some(list) = child(table, SyntaxKind::TABLE_ARG_LIST) else {
        return Vec::new();
    };
    let columns = list
        .children()
        .filter(|column| column.kind() == SyntaxKind::COLUMN);
    columns
        .filter_map(|column| column_sequence(tree, table, &column))
        .collect()
}

/// The sequence `<table>_<column>_seq` of a serial or identity column.
fn column_sequence(tree: &Tree, table: &SyntaxNode, column: &SyntaxNode) -> Option<Definition> {
    let types = child(column, SyntaxKind::PATH_TYPE).and_then(|node| path_name(&node));
    let serial = types.is_some_and(|types| {
        let name = types.name.as_str();
        matches!(
            name,
            "serial" | "bigserial" | "smallserial" | "serial4" | "serial8" | "serial2"
        )
    });
    let identity = column
        .descendants()
        .any(|node| node.kind() == SyntaxKind::GENERATED_IDENTITY);
    if !serial && !identity {
        return None;
    }
    let name = path_name(table)?;
    let column_node = child(column, SyntaxKind::COLUMN_NAME)?;
    let sequence = format!("{}_{}_seq", name.name, normalize_name_node(&column_node));
    Some(Definition {
        object: Object {
            kind: ObjectKind::Sequence,
            name: QualifiedName {
                schema: name.schema,
                name: sequence,
            },
            arguments: None,
            if_not_exists: false,
            or_replace: false,
            offset: tree.offset(&column_node),
        },
        temporary: false,
        implicit: true,
        renamed: None,
        conditional: false,
    })
}

/// The new name of `alter … rename to` and `alter … set schema`.
fn renamed(tree: &Tree, node: &SyntaxNode) -> Option<Definition> {
    let kind = match node.kind() {
        SyntaxKind::ALTER_TABLE => ObjectKind::Table,
        SyntaxKind::ALTER_FOREIGN_TABLE => ObjectKind::ForeignTable,
        SyntaxKind::ALTER_VIEW => ObjectKind::View,
        SyntaxKind::ALTER_MATERIALIZED_VIEW => ObjectKind::MaterializedView,
        SyntaxKind::ALTER_SEQUENCE => ObjectKind::Sequence,
        SyntaxKind::ALTER_INDEX => ObjectKind::Index,
        SyntaxKind::ALTER_TYPE => ObjectKind::Type,
        SyntaxKind::ALTER_DOMAIN => ObjectKind::Domain,
        SyntaxKind::ALTER_FUNCTION => ObjectKind::Function,
        SyntaxKind::ALTER_PROCEDURE => ObjectKind::Procedure,
        SyntaxKind::ALTER_AGGREGATE => ObjectKind::Aggregate,
        _ => return None,
    };
    let former = path_name(node)?;
    let mut name = former.clone();
    let target = node.children().find(|child| is_rename_to(child.kind()));
    let schema = child(node, SyntaxKind::SET_SCHEMA);
    if let Some(target) = &target {
        name.name = path_name(target)?.name;
    } else {
        let schema = child(schema.as_ref()?, SyntaxKind::SCHEMA_REF)?;
        name.schema = Some(normalize_name_node(&schema));
    }
    let signature = node
        .descendants()
        .find(|node| has(node, SyntaxKind::PARAM_LIST));
    let routine = kind.space() == Space::Routine;
    Some(Definition {
        object: Object {
            kind,
            name,
            arguments: signature
                .filter(|_| routine)
                .map(|node| argument_types(&node)),
            if_not_exists: false,
            or_replace: false,
            offset: tree.offset(target.as_ref().or(schema.as_ref())?),
        },
        temporary: false,
        implicit: false,
        renamed: Some(former),
        conditional: false,
    })
}

fn is_rename_to(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::TABLE_RENAME_TO
            | SyntaxKind::VIEW_RENAME_TO
            | SyntaxKind::SEQUENCE_RENAME_TO
            | SyntaxKind::INDEX_RENAME_TO
            | SyntaxKind::TYPE_RENAME_TO
            | SyntaxKind::DOMAIN_RENAME_TO
            | SyntaxKind::FUNCTION_RENAME_TO
            | SyntaxKind::PROCEDURE_RENAME_TO
            | SyntaxKind::AGGREGATE_RENAME_TO
    )
}

#[cfg(test)]
#[path = "objects_tests.rs"]
mod tests;
