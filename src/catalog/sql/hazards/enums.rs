//! `alter type … add value` and a use of the new value in the same transaction, which the server refuses.

use super::run::{Place, Run, in_schema};
use super::{Level, LintFile};
use crate::catalog::model::{Seed, SeedValue, System};
use crate::catalog::sql::body::Language;
use crate::catalog::sql::head;
use crate::catalog::sql::names::{QualifiedName, expression_parts, path_name};
use crate::catalog::sql::script::{Parsed, Script};
use crate::catalog::sql::search_path::string;
use crate::catalog::sql::tree::child;
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::collections::HashMap;

const RULE: &str = "enum-value-used-in-same-transaction";

/// A value that a transaction adds to an enum which it did not create.
#[derive(Clone)]
pub(super) struct NewValue {
    transaction: usize,
    enum_type: QualifiedName,
    value: String,
    file: String,
}

/// Columns of a user-defined type: table, column, type; in the order of their definitions.
pub(super) type ColumnTypes = HashMap<QualifiedName, Vec<(String, Option<QualifiedName>)>>;

/// Notes new values, and looks for uses of those that the transaction has added before.
pub(super) fn check(
    run: &mut Run<'_>,
    file: &LintFile<'_>,
    parsed: &Parsed<'_>,
    node: &SyntaxNode,
) {
    let Some(transaction) = file.transaction else {
        return;
    };
    if let Some((enum_type, value)) = added(node) {
        // Values of a type that the transaction itself creates may be used at once.
        if !run.types.contains(&(Some(transaction), enum_type.clone())) {
            let file = file.path.to_owned();
            run.values.push(NewValue {
                transaction,
                enum_type,
                value,
                file,
            });
        }
        return;
    }
    for value in values(run, transaction) {
        uses_in(run, &value, parsed, node);
    }
}

/// Whether the file's transaction has added values before.
pub(super) fn has_values(run: &Run<'_>, file: &LintFile<'_>) -> bool {
    file.transaction.is_some_and(|transaction| {
        run.values
            .iter()
            .any(|value| value.transaction == transaction)
    })
}

/// Looks for rows of a seed that use a value which the transaction has added before.
pub(super) fn seed(run: &mut Run<'_>, file: &LintFile<'_>, seed: &Seed) {
    let Some(transaction) = file.transaction else {
        return;
    };
    for value in values(run, transaction) {
        for table in &seed.tables {
            let name = QualifiedName {
                schema: Some(table.schema.clone()),
                name: table.table.clone(),
            };
            let columns = columns_of(run, &name, &value.enum_type);
            for row in &table.rows {
                let uses = columns.iter().any(|column| {
                    matches!(row.values.get(column), Some(SeedValue::Json(json)) if *json == *value.value)
                });
                if uses {
                    let place = Place {
                        file: file.path.to_owned(),
                        line: row.line,
                        allowed: Vec::new(),
                    };
                    run.report_at(&place, Level::Error, RULE, message(&value));
                }
            }
        }
    }
}

fn values(run: &Run<'_>, transaction: usize) -> Vec<NewValue> {
    run.values
        .iter()
        .filter(|value| value.transaction == transaction)
        .cloned()
        .collect()
}

fn added(node: &SyntaxNode) -> Option<(QualifiedName, String)> {
    let action = child(node, SyntaxKind::ADD_VALUE)?;
    let value = string(&child(&action, SyntaxKind::LITERAL)?)?;
    Some((in_schema(path_name(node)?), value))
}

/// What the server evaluates at once: the statement itself, `do` blocks, and SQL (not PL/pgSQL) bodies.
fn uses_in(run: &mut Run<'_>, value: &NewValue, parsed: &Parsed<'_>, node: &SyntaxNode) {
    uses(run, value, node);
    let Some(body) = parsed.body() else { return };
    if node.kind() == SyntaxKind::DO || body.language == Language::Sql {
        uses(run, value, &body.tree.root);
    }
}

fn uses(run: &mut Run<'_>, value: &NewValue, node: &SyntaxNode) {
    let literals = node
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::LITERAL);
    for literal in literals.filter(|node| string(node).as_deref() == Some(value.value.as_str())) {
        match certainty(run, value, &literal) {
            Some(true) => run.report(Level::Error, RULE, message(value)),
            Some(false) => run.report(
                Level::Warning,
                RULE,
                format!("if this is the enum's value: {}", message(value)),
            ),
            None => {}
        }
    }
}

fn message(value: &NewValue) -> String {
    format!(
        "'{}' of {} is added by {} in the same transaction, and the server allows its use only \
             after the commit: apply the file that adds it in an earlier run, or mark it -- \
             pgphase: no-transaction",
        value.value, value.enum_type, value.file
    )
}

/// Whether a literal is the enum's value: surely, possibly, or not at all.
fn certainty(run: &mut Run<'_>, value: &NewValue, literal: &SyntaxNode) -> Option<bool> {
    if let Some(target) = cast_type(literal) {
        return (in_schema(target) == value.enum_type).then_some(true);
    }
    let parent = literal.parent()?;
    if let Some(column) = parent
        .parent()
        .filter(|_| parent.kind() == SyntaxKind::DEFAULT_CONSTRAINT)
    {
        let types = child(&column, SyntaxKind::PATH_TYPE).and_then(|node| path_name(&node));
        return (types.map(in_schema).as_ref() == Some(&value.enum_type)).then_some(true);
    }
    let columns = columns_in_sight(run, literal, &value.enum_type);
    if columns.is_empty() {
        return None;
    }
    match compared_column(&parent, literal) {
        Some(column) => columns.contains(&column).then_some(true),
        None => Some(false),
    }
}

/// The type in `'x'::type`, `cast('x' as type)`, `array['x']::type[]`.
fn cast_type(literal: &SyntaxNode) -> Option<QualifiedName> {
    let cast = literal
        .ancestors()
        .skip(1)
        .take_while(|node| {
            matches!(
                node.kind(),
                SyntaxKind::ARRAY_EXPR | SyntaxKind::CAST_EXPR | SyntaxKind::PAREN_EXPR
            )
        })
        .find(|node| node.kind() == SyntaxKind::CAST_EXPR)?;
    let types = cast
        .children()
        .find(|node| matches!(node.kind(), SyntaxKind::PATH_TYPE | SyntaxKind::ARRAY_TYPE))?;
    path_name(&types)
}

/// The column that a literal is compared with, assigned or inserted to.
fn compared_column(parent: &SyntaxNode, literal: &SyntaxNode) -> Option<String> {
    match parent.kind() {
        SyntaxKind::BIN_EXPR => other_side(parent, literal),
        SyntaxKind::TUPLE_EXPR => other_side(&parent.parent()?, parent),
        SyntaxKind::SET_EXPR => {
            let target = child(&parent.parent()?, SyntaxKind::COLUMN_TARGET)?;
            Some(normalize_name_node(&child(
                &target,
                SyntaxKind::COLUMN_NAME_REF,
            )?))
        }
        SyntaxKind::SET_DEFAULT => Some(normalize_name_node(&child(
            &parent.parent()?,
            SyntaxKind::COLUMN_NAME_REF,
        )?)),
        SyntaxKind::ROW => {
            let position = parent.children().position(|value| value == *literal)?;
            let insert = parent
                .ancestors()
                .find(|node| node.kind() == SyntaxKind::INSERT)?;
            let targets = child(&insert, SyntaxKind::COLUMN_TARGET_LIST)?;
            let target = targets.children().nth(position)?;
            Some(normalize_name_node(&child(
                &target,
                SyntaxKind::COLUMN_NAME_REF,
            )?))
        }
        _ => None,
    }
}

fn other_side(expression: &SyntaxNode, side: &SyntaxNode) -> Option<String> {
    let mut others = expression.children().filter(|node| node != side);
    others.find_map(|other| expression_parts(&other)?.pop())
}

/// Columns of that type in the tables which the statement around a literal names.
fn columns_in_sight(
    run: &mut Run<'_>,
    literal: &SyntaxNode,
    enum_type: &QualifiedName,
) -> Vec<String> {
    let Some(statement) = literal.ancestors().last() else {
        return Vec::new();
    };
    let names = statement.descendants().filter(|node| {
        matches!(
            node.kind(),
            SyntaxKind::RELATION_NAME_REF | SyntaxKind::TABLE_NAME_REF
        )
    });
    let tables: Vec<QualifiedName> = names.filter_map(|node| path_name(&node)).collect();
    tables
        .into_iter()
        .flat_map(|table| columns_of(run, &in_schema(table), enum_type))
        .collect()
}

fn columns_of(run: &mut Run<'_>, table: &QualifiedName, enum_type: &QualifiedName) -> Vec<String> {
    let system = run.system;
    let types = run.column_types.get_or_insert_with(|| column_types(system));
    let columns = types.get(table).into_iter().flatten();
    let typed = columns.filter(|(_, found)| found.as_ref() == Some(enum_type));
    typed.map(|(column, _)| column.clone()).collect()
}

/// Reads the types of all columns out of the system's migrations; only done where a value is added.
fn column_types(system: &System) -> ColumnTypes {
    let mut types = ColumnTypes::new();
    let migrations = system.phases.iter().flat_map(|phase| &phase.migrations);
    for migration in migrations {
        for parsed in &Script::new(&migration.up.text).statements {
            if !head::has_word(parsed.text, &["table"]) {
                continue;
            }
            for node in parsed.nodes() {
                add_columns(&mut types, &node);
            }
        }
    }
    types
}

fn add_columns(types: &mut ColumnTypes, node: &SyntaxNode) {
    let columns: Vec<SyntaxNode> = match node.kind() {
        SyntaxKind::CREATE_TABLE => child(node, SyntaxKind::TABLE_ARG_LIST)
            .iter()
            .flat_map(SyntaxNode::children)
            .collect(),
        SyntaxKind::ALTER_TABLE => node.children().collect(),
        _ => return,
    };
    let Some(table) = path_name(node).map(in_schema) else {
        return;
    };
    for column in columns {
        let types_of_table = types.entry(table.clone()).or_default();
        if let Some(name) = child(&column, SyntaxKind::COLUMN_NAME) {
            let found = child(&column, SyntaxKind::PATH_TYPE).and_then(|node| path_name(&node));
            types_of_table.push((normalize_name_node(&name), found.map(in_schema)));
        }
    }
}
