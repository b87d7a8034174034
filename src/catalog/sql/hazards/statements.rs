//! Statements that lock, lose or cannot.

use super::run::{Place, Run, relations};
use super::{Level, LintFile};
use crate::catalog::sql::body::Language;
use crate::catalog::sql::head;
use crate::catalog::sql::names::{QualifiedName, path_name};
use crate::catalog::sql::objects::indexed_table;
use crate::catalog::sql::script::{Parsed, Script};
use crate::catalog::sql::split::StatementKind;
use crate::catalog::sql::tree::{child, has, has_token};
use squawk_syntax::ast::normalize_name_node;
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// What concerns the file as a whole.
pub(super) fn whole_file(run: &mut Run<'_>, file: &LintFile<'_>, script: &Script<'_>) {
    let mut statements = script.statements.iter().map(|parsed| &parsed.statement);
    let needless = file.transaction.is_none()
        && !statements
            .clone()
            .any(|statement| statement.outside_transaction);
    if let Some(first) = statements.next().filter(|_| needless) {
        // A new value of an enum is another good reason.
        let adds_value = script.statements.iter().any(|parsed| {
            head::begins_with(parsed.text, &["alter"]) && head::has_word(parsed.text, &["value"])
        });
        let settings = script
            .statements
            .iter()
            .all(|one| one.statement.kind == StatementKind::Setting);
        if !adds_value && !settings {
            let place = Place::of(file, script.text, first);
            run.report_at(
                &place,
                Level::Warning,
                "needless-no-transaction",
                "nothing in this file needs to run outside a transaction; if it fails half-way, \
                     the first half stands: leave out -- pgphase: no-transaction",
            );
        }
    }
}

/// A statement that the server refuses inside a transaction.
pub(super) fn needs_no_transaction(run: &mut Run<'_>, file: &LintFile<'_>) {
    if file.transaction.is_some() {
        run.report(
            Level::Error,
            "needs-no-transaction",
            "the server refuses this statement inside a transaction: put it into a file of its \
                 own whose first comment has the line -- pgphase: no-transaction",
        );
    }
}

/// Rules about single statements; those of a `do` block count too.
pub(super) fn check(run: &mut Run<'_>, parsed: &Parsed<'_>, node: &SyntaxNode) {
    match node.kind() {
        SyntaxKind::CREATE_INDEX => create_index(run, node),
        SyntaxKind::DROP_INDEX => drop_index(run, node),
        SyntaxKind::ALTER_TABLE => alter_table(run, node),
        SyntaxKind::DROP_TABLE => drop_tables(run, node),
        SyntaxKind::DROP_SCHEMA => drop_schema(run, node),
        SyntaxKind::TRUNCATE => {
            each_old(run, node, "truncate", |name| {
                format!(
                    "deletes all rows of {name}, and locks it against reads until the end of the \
                         transaction"
                )
            });
        }
        SyntaxKind::LOCK => {
            each_old(run, node, "explicit-lock", |name| {
                format!("locks {name} until the end of the transaction")
            });
        }
        SyntaxKind::VACUUM if is_full(node) => {
            run.report(
                Level::Warning,
                "table-rewrite",
                "vacuum full rewrites the table while nobody can read or write it",
            );
        }
        SyntaxKind::CLUSTER => {
            run.report(
                Level::Warning,
                "table-rewrite",
                "cluster rewrites the table while nobody can read or write it",
            );
        }
        SyntaxKind::REFRESH if !has_token(node, SyntaxKind::CONCURRENTLY_KW) => {
            each_old_as(run, node, Level::Info, "refresh-not-concurrent", |name| {
                format!(
                    "nobody can read {name} while it is filled; refresh materialized view \
                         concurrently lets them"
                )
            });
        }
        SyntaxKind::DO => do_block(run, parsed),
        _ => {}
    }
    if !matches!(
        node.kind(),
        SyntaxKind::DROP_TABLE | SyntaxKind::DROP_SCHEMA
    ) && drops_cascading(node)
    {
        run.report(
            Level::Warning,
            "drop-cascade",
            "cascade drops whatever depends on this, whoever made it: name what is to go",
        );
    }
    rows_without_where(run, node);
}

fn do_block(run: &mut Run<'_>, parsed: &Parsed<'_>) {
    let Some(body) = parsed.body() else { return };
    if body.language == Language::Plpgsql {
        let inner = body.tree.root.descendants();
        let statements = inner.filter(|node| node.kind() == SyntaxKind::PLPGSQL_EXEC_SQL_STMT);
        for statement in statements.filter_map(|node| node.first_child()) {
            check(run, parsed, &statement);
        }
    }
}

fn create_index(run: &mut Run<'_>, node: &SyntaxNode) {
    let Some(table) = indexed_table(node) else {
        return;
    };
    if !has_token(node, SyntaxKind::CONCURRENTLY_KW) {
        if !run.is_new(&table) {
            run.report(
                Level::Warning,
                "require-concurrent-index-creation",
                format!(
                    "nobody can write to {table} while the index is built: use create index \
                     concurrently, in a file with -- pgphase: no-transaction"
                ),
            );
        }
        return;
    }
    if has(node, SyntaxKind::IF_NOT_EXISTS) {
        run.report(
            Level::Warning,
            "concurrent-index-if-not-exists",
            "if an earlier build failed, its invalid index has this name, and if not exists \
                 keeps it: leave if not exists out, a failed build is found and repaired on the \
                 next run",
        );
    }
    if !has(node, SyntaxKind::INDEX) {
        run.report(
            Level::Warning,
            "concurrent-index-without-name",
            "without a name, an index that a failed build leaves behind cannot be found again: \
                 name it",
        );
    }
}

fn drop_index(run: &mut Run<'_>, node: &SyntaxNode) {
    if !has_token(node, SyntaxKind::CONCURRENTLY_KW) {
        each_old_as(
            run,
            node,
            Level::Info,
            "require-concurrent-index-deletion",
            |name| {
                format!(
                    "waits for every query on the table of {name}, and makes later ones wait: \
                         drop index concurrently does not"
                )
            },
        );
    }
}

fn alter_table(run: &mut Run<'_>, node: &SyntaxNode) {
    let Some(table) = relations(node).into_iter().next() else {
        return;
    };
    if run.is_new(&table) {
        return;
    }
    for action in node.children() {
        match action.kind() {
            SyntaxKind::DROP_COLUMN => {
                let column = child(&action, SyntaxKind::COLUMN_NAME_REF);
                let column = column
                    .map(|node| normalize_name_node(&node))
                    .unwrap_or_default();
                run.report(
                    Level::Warning,
                    "drop-column",
                    format!("what is in column {table}.{column} is lost"),
                );
            }
            SyntaxKind::SET_TABLESPACE
            | SyntaxKind::SET_ACCESS_METHOD
            | SyntaxKind::SET_LOGGED
            | SyntaxKind::SET_UNLOGGED => {
                run.report(
                    Level::Warning,
                    "table-rewrite",
                    format!("rewrites {table} while nobody can read or write it"),
                );
            }
            SyntaxKind::DISABLE_RLS => {
                run.report(Level::Warning, "row-level-security-disabled", format!("everybody with a grant on {table} sees and changes all of its rows from here on"));
            }
            SyntaxKind::DISABLE_TRIGGER => {
                run.report(Level::Warning, "trigger-disabled", format!("triggers of {table} stay switched off, for everybody, until they are enabled again"));
            }
            _ => {}
        }
    }
}

fn drop_tables(run: &mut Run<'_>, node: &SyntaxNode) {
    each_old(run, node, "drop-table", |name| {
        format!("the rows of {name} are lost")
    });
    if has(node, SyntaxKind::CASCADE) {
        run.report(
            Level::Warning,
            "drop-cascade",
            "cascade drops whatever depends on this, whoever made it: name what is to go",
        );
    }
}

fn drop_schema(run: &mut Run<'_>, node: &SyntaxNode) {
    let schemas = node
        .children()
        .filter(|child| child.kind() == SyntaxKind::SCHEMA_REF);
    let schemas: Vec<String> = schemas.map(|schema| normalize_name_node(&schema)).collect();
    if has(node, SyntaxKind::CASCADE) && !schemas.iter().all(|schema| run.is_new_schema(schema)) {
        run.report(
            Level::Warning,
            "drop-schema",
            format!("everything in schema {} is lost", schemas.join(", ")),
        );
    }
}

fn drops_cascading(node: &SyntaxNode) -> bool {
    let drops = node
        .first_token()
        .is_some_and(|token| token.kind() == SyntaxKind::DROP_KW);
    let column = node.children().any(|action| {
        matches!(
            action.kind(),
            SyntaxKind::DROP_COLUMN | SyntaxKind::DROP_CONSTRAINT
        ) && has(&action, SyntaxKind::CASCADE)
    });
    (drops && has(node, SyntaxKind::CASCADE)) || column
}

fn is_full(vacuum: &SyntaxNode) -> bool {
    let mut tokens = vacuum.descendants_with_tokens();
    tokens.any(|element| element.kind() == SyntaxKind::FULL_KW)
}

/// `update` and `delete` of every row, in any part of the statement.
fn rows_without_where(run: &mut Run<'_>, node: &SyntaxNode) {
    for part in node.descendants() {
        let (rule, verb) = match part.kind() {
            SyntaxKind::UPDATE => ("update-without-where", "changes"),
            SyntaxKind::DELETE => ("delete-without-where", "deletes"),
            _ => continue,
        };
        let bounded =
            has(&part, SyntaxKind::WHERE_CLAUSE) || has(&part, SyntaxKind::WHERE_CURRENT_OF);
        let table = child(&part, SyntaxKind::RELATION_NAME).and_then(|table| path_name(&table));
        let routine = part.ancestors().any(|node| {
            matches!(
                node.kind(),
                SyntaxKind::CREATE_FUNCTION
                    | SyntaxKind::CREATE_PROCEDURE
                    | SyntaxKind::CREATE_RULE
            )
        });
        if let Some(table) = table.filter(|table| !bounded && !routine && !run.is_new(table)) {
            run.report(Level::Info, rule, format!("{verb} every row of {table}"));
        }
    }
}

fn each_old(
    run: &mut Run<'_>,
    node: &SyntaxNode,
    rule: &'static str,
    message: impl Fn(&str) -> String,
) {
    each_old_as(run, node, Level::Warning, rule, message);
}

/// Reports once for all relations of the statement that stood before the run.
fn each_old_as(
    run: &mut Run<'_>,
    node: &SyntaxNode,
    level: Level,
    rule: &'static str,
    message: impl Fn(&str) -> String,
) {
    let names = relations(node).into_iter().filter(|name| !run.is_new(name));
    let names: Vec<String> = names.map(|name: QualifiedName| name.to_string()).collect();
    if !names.is_empty() {
        run.report(level, rule, message(&names.join(", ")));
    }
}
