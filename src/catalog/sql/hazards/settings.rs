//! Settings that outlive the file: the connection goes on to other files, and behind a pooler to other people.

use super::run::Run;
use super::{Level, LintFile};
use crate::catalog::sql::names::{QualifiedName, expression_parts};
use crate::catalog::sql::search_path::{set_config, string};
use crate::catalog::sql::tree::{child, has, has_token};
use squawk_syntax::{SyntaxKind, SyntaxNode};

const SESSION: &str = "session-setting";

/// Finds session state that a statement leaves behind, and `set local` where it does nothing.
pub(super) fn check(run: &mut Run<'_>, file: &LintFile<'_>, node: &SyntaxNode) {
    match node.kind() {
        SyntaxKind::SET => set(run, file, node),
        SyntaxKind::SET_ROLE => scoped(run, file, node, "role", Level::Error),
        SyntaxKind::SET_SESSION_AUTH => {
            scoped(run, file, node, "session authorization", Level::Error);
        }
        SyntaxKind::SET_TRANSACTION if has(node, SyntaxKind::SESSION_CHARACTERISTICS) => {
            leak(run, "session characteristics", Level::Warning);
        }
        SyntaxKind::SELECT => select(run, file, node),
        SyntaxKind::LISTEN => leak(run, "listen", Level::Warning),
        SyntaxKind::PREPARE => leak(run, "the prepared statement", Level::Warning),
        SyntaxKind::DECLARE if has(node, SyntaxKind::WITH_HOLD) => {
            leak(run, "the cursor", Level::Warning);
        }
        SyntaxKind::CREATE_TABLE | SyntaxKind::CREATE_TABLE_AS => temporary(run, node),
        _ => {}
    }
}

fn set(run: &mut Run<'_>, file: &LintFile<'_>, node: &SyntaxNode) {
    let setting = child(node, SyntaxKind::SET_CONFIG)
        .and_then(|config| child(&config, SyntaxKind::CONFIG_PARAMETER_REF))
        .map_or("time zone".to_owned(), |name| {
            name.text().to_string().trim().to_ascii_lowercase()
        });
    scoped(run, file, node, &setting, level_of(&setting));
}

/// What later files run with decides what they mean.
fn level_of(setting: &str) -> Level {
    match setting {
        "search_path"
        | "role"
        | "session_authorization"
        | "session_replication_role"
        | "standard_conforming_strings" => Level::Error,
        _ => Level::Warning,
    }
}

fn scoped(run: &mut Run<'_>, file: &LintFile<'_>, node: &SyntaxNode, setting: &str, level: Level) {
    let local = has(node, SyntaxKind::LOCAL_SCOPE) || has_token(node, SyntaxKind::LOCAL_KW);
    match (local, file.transaction) {
        (true, Some(_)) => {}
        (true, None) => without_effect(run, setting),
        (false, _) => leak(run, setting, level),
    }
}

fn leak(run: &mut Run<'_>, what: &str, level: Level) {
    run.report(level, SESSION, format!(
        "{what} outlives this file: it applies to what runs later on the same connection, behind \
             a pooler to others; use set local, or undo it"
    ));
}

fn without_effect(run: &mut Run<'_>, setting: &str) {
    run.report(Level::Warning, "set-local-outside-transaction", format!(
        "{setting} is set for a transaction, but this file runs outside one: the setting is gone \
             before the next statement"
    ));
}

fn select(run: &mut Run<'_>, file: &LintFile<'_>, node: &SyntaxNode) {
    if let Some(arguments) = set_config(node) {
        let setting = arguments
            .first()
            .and_then(string)
            .unwrap_or_else(|| "the setting".to_owned());
        let local = arguments.get(2).is_some_and(|flag| flag.text() == "true");
        match (local, file.transaction) {
            (true, Some(_)) => {}
            (true, None) => without_effect(run, &setting),
            (false, _) => leak(run, &setting, level_of(&setting)),
        }
    }
    for call in node
        .descendants()
        .filter(|node| node.kind() == SyntaxKind::CALL_EXPR)
    {
        let callee = call
            .first_child()
            .and_then(|callee| expression_parts(&callee));
        let name = callee
            .and_then(QualifiedName::from_parts)
            .map(|name| name.name);
        if name.is_some_and(|name| is_session_lock(&name)) {
            leak(run, "the advisory lock", Level::Warning);
        }
    }
}

fn is_session_lock(function: &str) -> bool {
    matches!(
        function,
        "pg_advisory_lock"
            | "pg_advisory_lock_shared"
            | "pg_try_advisory_lock"
            | "pg_try_advisory_lock_shared"
    )
}

/// A temporary table stays until the session ends, unless it says otherwise.
fn temporary(run: &mut Run<'_>, node: &SyntaxNode) {
    let drops = child(node, SyntaxKind::ON_COMMIT).is_some_and(|node| has(&node, SyntaxKind::DROP));
    if has(node, SyntaxKind::TEMP) && !drops {
        run.report(
            Level::Warning,
            "temporary-table",
            "the temporary table outlives this file on its connection: write on commit drop",
        );
    }
}
