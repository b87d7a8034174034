//! What statements create.

use super::head;
use super::names::{QualifiedName, path_name};
use super::object::{Object, ObjectKind, Space};
use super::script::{Parsed, Reader};
use super::tree::{Tree, child, has};
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// What the statements of `text` create: tables, views, types, routines, schemas, sequences, indexes, …
///
/// Temporary objects, indexes without a name, and what `do` blocks create under their own conditions are left out.
pub fn objects_created(text: &str) -> Vec<Object> {
    Reader::new().objects_created(text)
}

impl<'a> Reader<'a> {
    /// [`objects_created`].
    pub fn objects_created(&self, text: &'a str) -> Vec<Object> {
        let script = self.script(text);
        let definitions = script.statements.iter().flat_map(Parsed::definitions);
        let plain = definitions.filter(|definition| definition.is_plain());
        plain.map(|definition| definition.object.clone()).collect()
    }
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

impl Definition {
    /// Whether the statement surely creates something that is not there before and stays.
    fn is_plain(&self) -> bool {
        !self.temporary && !self.implicit && !self.conditional && self.renamed.is_none()
    }
}

/// What a tree defines, not looking into string literals.
pub(super) fn definitions(tree: &Tree, below: &SyntaxNode) -> Vec<Definition> {
    let mut found = Vec::new();
    for node in below.descendants() {
        if let Some(kind) = created_kind(&node) {
            found.extend(created(tree, &node, kind));
        } else {
            found.extend(renamed(tree, &node));
        }
        if node.kind() == SyntaxKind::ADD_COLUMN {
            found.extend(added_sequence(tree, &node));
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

/// The sequences that the columns of a `create table` bring.
pub(super) fn table_sequences(parsed: &Parsed<'_>) -> Vec<Definition> {
    let columns = head::columns(parsed.text)
        .into_iter()
        .filter(|column| column.sequence);
    let with_table = columns.filter_map(|column| {
        let table = path_name(&parsed.head().root)?;
        let offset = parsed.statement.range.start + column.name.start;
        Some(sequence(table, &column.name.identifier()?, offset))
    });
    with_table.collect()
}

/// The sequence of a serial or identity column that an `alter table` adds.
fn added_sequence(tree: &Tree, column: &SyntaxNode) -> Option<Definition> {
    let types = child(column, SyntaxKind::PATH_TYPE).and_then(|node| path_name(&node));
    let serial = types.is_some_and(|types| types.name.contains("serial"));
    let identity = column
        .descendants()
        .any(|node| node.kind() == SyntaxKind::GENERATED_IDENTITY);
    let table = path_name(&column.parent().filter(|_| serial || identity)?)?;
    let name = child(column, SyntaxKind::COLUMN_NAME)?;
    Some(sequence(
        table,
        &normalize_name_node(&name),
        tree.offset(&name),
    ))
}

/// `<table>_<column>_seq`, as the server names it.
fn sequence(table: QualifiedName, column: &str, offset: usize) -> Definition {
    let name = format!("{}_{column}_seq", table.name);
    Definition {
        object: Object {
            kind: ObjectKind::Sequence,
            name: QualifiedName {
                schema: table.schema,
                name,
            },
            arguments: None,
            if_not_exists: false,
            or_replace: false,
            offset,
        },
        temporary: false,
        implicit: true,
        renamed: None,
        conditional: false,
    }
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
