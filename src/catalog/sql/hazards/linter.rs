//! Rules of squawk about locks and rewrites, for what is not new in the run.

use super::run::{Place, Run, in_schema, relations};
use super::{Level, LintFile};
use crate::catalog::sql::head;
use crate::catalog::sql::names::QualifiedName;
use crate::catalog::sql::script::Script;
use crate::catalog::sql::split::Statement;
use squawk_linter::{Linter, Rule, Violation};
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};
use std::collections::HashSet;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The rules that are taken over, under squawk's names.
const RULES: [(Rule, &str); 12] = [
    (Rule::AddingFieldWithDefault, "adding-field-with-default"),
    (
        Rule::AddingForeignKeyConstraint,
        "adding-foreign-key-constraint",
    ),
    (Rule::AddingNotNullableField, "adding-not-nullable-field"),
    (Rule::AddingRequiredField, "adding-required-field"),
    (
        Rule::AddingSerialPrimaryKeyField,
        "adding-serial-primary-key-field",
    ),
    (Rule::ChangingColumnType, "changing-column-type"),
    (
        Rule::DisallowedUniqueConstraint,
        "disallowed-unique-constraint",
    ),
    (Rule::RenamingColumn, "renaming-column"),
    (Rule::RenamingTable, "renaming-table"),
    (
        Rule::RequireConcurrentPartitionDetach,
        "require-concurrent-partition-detach",
    ),
    (Rule::RequireConcurrentReindex, "require-concurrent-reindex"),
    // Last: the rules above say more about the same constraint.
    (
        Rule::ConstraintMissingNotValid,
        "constraint-missing-not-valid",
    ),
];

/// Runs squawk over a file, if it changes tables that stood before the run.
pub(super) fn squawk(run: &mut Run<'_>, file: &LintFile<'_>, script: &Script<'_>) {
    let old = statements_on_old_tables(run, script);
    if old.is_empty() {
        return;
    }
    let mut violations = violations(run, file, script.text);
    violations.sort_by_key(|violation| position(violation.code));
    let mut told: Vec<Range<usize>> = Vec::new();
    for violation in violations {
        let offset = usize::from(violation.text_range.start());
        let Some(statement) = old
            .iter()
            .find(|statement| statement.range.contains(&offset))
        else {
            continue;
        };
        let Some((_, name)) = RULES.iter().find(|(rule, _)| *rule == violation.code) else {
            continue;
        };
        let range = offset..usize::from(violation.text_range.end());
        let again = told
            .iter()
            .any(|other| other.start < range.end && range.start < other.end);
        if violation.code != Rule::ConstraintMissingNotValid || !again {
            report(run, file, script, statement, name, &violation);
            told.push(range);
        }
    }
}

fn report(
    run: &mut Run<'_>,
    file: &LintFile<'_>,
    script: &Script<'_>,
    statement: &Statement,
    rule: &'static str,
    violation: &Violation,
) {
    let offset = usize::from(violation.text_range.start());
    let mut place = Place::of(file, script.text, statement);
    place.line += script.text[statement.range.start..offset]
        .matches('\n')
        .count() as u32;
    let message = match &violation.help {
        Some(help) => format!("{} {help}", violation.message),
        None => violation.message.clone(),
    };
    run.report_at(&place, Level::Warning, rule, message.replace('`', ""));
}

fn position(rule: Rule) -> usize {
    RULES
        .iter()
        .position(|(known, _)| *known == rule)
        .unwrap_or(RULES.len())
}

fn violations(run: &Run<'_>, file: &LintFile<'_>, text: &str) -> Vec<Violation> {
    let mut linter = Linter::from(RULES.map(|(rule, _)| rule));
    linter.settings.assume_in_transaction = file.transaction.is_some();
    if let Ok(version) = run.system.min_server.to_string().parse() {
        linter.settings.pg_version = version;
    }
    // The parser limits its own steps by panicking: then there is nothing to say.
    catch_unwind(AssertUnwindSafe(|| {
        linter.lint(&SourceFile::parse(text), text)
    }))
    .unwrap_or_default()
}

/// Statements that change tables or indexes which neither the run nor the file so far has created.
fn statements_on_old_tables<'s>(run: &Run<'_>, script: &'s Script<'_>) -> Vec<&'s Statement> {
    let mut new = HashSet::new();
    let mut old = Vec::new();
    for parsed in &script.statements {
        let is_new =
            |name: &QualifiedName| run.is_new(name) || new.contains(&in_schema(name.clone()));
        if head::begins_with(parsed.text, &["alter", "reindex"]) {
            let changes = parsed.nodes().filter(is_change);
            if changes
                .into_iter()
                .any(|node| !relations(&node).iter().all(is_new))
            {
                old.push(&parsed.statement);
            }
        }
        for definition in parsed.definitions() {
            let stood = definition
                .renamed
                .as_ref()
                .is_some_and(|former| !run.is_new(former));
            if !stood {
                new.insert(in_schema(definition.object.name.clone()));
            }
        }
    }
    old
}

fn is_change(node: &SyntaxNode) -> bool {
    matches!(
        node.kind(),
        SyntaxKind::ALTER_TABLE | SyntaxKind::REINDEX | SyntaxKind::ALTER_FOREIGN_TABLE
    )
}
