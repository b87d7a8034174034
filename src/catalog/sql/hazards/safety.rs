//! Who may do what: definer functions and row level security.

use super::run::{Place, Run, in_schema};
use super::{Level, LintFile};
use crate::catalog::model::Platform;
use crate::catalog::sql::head;
use crate::catalog::sql::names::{QualifiedName, path_name};
use crate::catalog::sql::object::ObjectKind;
use crate::catalog::sql::objects::Definition;
use crate::catalog::sql::script::Script;
use crate::catalog::sql::search_path::of_routine;
use crate::catalog::sql::split::Statement;
use crate::catalog::sql::tree::{child, has};
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::collections::HashSet;
use std::rc::Rc;

/// A `security definer` routine must not take its caller's search path.
pub(super) fn check(run: &mut Run<'_>, node: &SyntaxNode) {
    if !matches!(
        node.kind(),
        SyntaxKind::CREATE_FUNCTION | SyntaxKind::CREATE_PROCEDURE
    ) {
        return;
    }
    let definer = child(node, SyntaxKind::FUNC_OPTION_LIST)
        .is_some_and(|options| has(&options, SyntaxKind::SECURITY_DEFINER_FUNC_OPTION));
    if definer && of_routine(node).is_none() {
        run.report(
            Level::Warning,
            "definer-without-search-path",
            "whoever calls this security definer routine decides what its unqualified names \
                 mean: add set search_path = '' and qualify the names",
        );
    }
}

/// On Supabase, a table without row level security is everybody's who has the public key.
pub(super) fn row_level_security(run: &mut Run<'_>, scripts: &[Option<Rc<Script<'_>>>]) {
    if run.system.platform != Platform::Supabase {
        return;
    }
    let protected = protected(run.files, scripts);
    for (file, script) in run.files.iter().zip(scripts) {
        for parsed in script.iter().flat_map(|script| &script.statements) {
            for definition in parsed.definitions().iter().filter(|found| is_table(found)) {
                let name = in_schema(definition.object.name.clone());
                let key = (file.phase.to_owned(), Some(name.clone()));
                if !protected.contains(&key) && !protected.contains(&(key.0, None)) {
                    let text = script.as_ref().map_or("", |script| script.text);
                    report(run, file, text, &parsed.statement, &name);
                }
            }
        }
    }
}

fn report(
    run: &mut Run<'_>,
    file: &LintFile<'_>,
    text: &str,
    statement: &Statement,
    name: &QualifiedName,
) {
    let exposed = name.schema.as_deref() == Some("public");
    let level = if exposed { Level::Warning } else { Level::Info };
    let place = Place::of(file, text, statement);
    run.report_at(
        &place,
        level,
        "table-without-row-level-security",
        format!(
            "{name} is open to every role that has a grant on it: alter table {name} enable row \
             level security"
        ),
    );
}

fn is_table(definition: &Definition) -> bool {
    definition.object.kind == ObjectKind::Table
        && !definition.temporary
        && definition.renamed.is_none()
}

/// The tables with row level security, by phase; `None` stands for all, where dynamic SQL enables it.
fn protected(
    files: &[LintFile<'_>],
    scripts: &[Option<Rc<Script<'_>>>],
) -> HashSet<(String, Option<QualifiedName>)> {
    let mut protected = HashSet::new();
    for (file, script) in files.iter().zip(scripts) {
        for parsed in script.iter().flat_map(|script| &script.statements) {
            if !head::begins_with(parsed.text, &["alter", "do"])
                || !head::has_word(parsed.text, &["security"])
            {
                continue;
            }
            for node in parsed.nodes() {
                let phase = file.phase.to_owned();
                match node.kind() {
                    SyntaxKind::ALTER_TABLE if has(&node, SyntaxKind::ENABLE_RLS) => {
                        protected.insert((phase, path_name(&node).map(in_schema)));
                    }
                    SyntaxKind::DO if mentions_row_security(&node) => {
                        protected.insert((phase, None));
                    }
                    _ => {}
                }
            }
        }
    }
    protected
}

fn mentions_row_security(node: &SyntaxNode) -> bool {
    node.text()
        .to_string()
        .to_ascii_lowercase()
        .contains("enable row level security")
}
