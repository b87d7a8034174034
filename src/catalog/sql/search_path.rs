//! Which schemas unqualified names are looked up in.

use super::head;
use super::names::QualifiedName;
use super::script::Parsed;
use super::split::StatementKind;
use super::tree::{child, has_token};
use squawk_syntax::ast::{self, AstNode, normalize_name_node};
use squawk_syntax::{SyntaxKind, SyntaxNode};

/// Where this tool's connections look: the server's default, and Supabase's.
pub(super) fn default_path() -> Vec<String> {
    vec!["public".to_owned(), "extensions".to_owned()]
}

/// The path that a statement leaves behind, if it sets one.
pub(super) fn set_by(parsed: &Parsed<'_>) -> Option<Vec<String>> {
    let may = match parsed.statement.kind {
        StatementKind::Setting => true,
        StatementKind::Rows => {
            head::begins_with(parsed.text, &["select"])
                && head::has_word(parsed.text, &["set_config"])
        }
        _ => false,
    };
    if !may {
        return None;
    }
    parsed.nodes().find_map(|node| set_by_statement(&node))
}

/// The path that `set [local] search_path`, `reset search_path` or
/// `select set_config('search_path', …)` leaves behind.
fn set_by_statement(statement: &SyntaxNode) -> Option<Vec<String>> {
    match statement.kind() {
        SyntaxKind::SET => set_by_clause(&child(statement, SyntaxKind::SET_CONFIG)?),
        SyntaxKind::RESET => {
            let text = statement.text().to_string().to_ascii_lowercase();
            (text.contains("search_path") || text.contains("all")).then(default_path)
        }
        SyntaxKind::SELECT => {
            let arguments = set_config(statement)?;
            let name = string(arguments.first()?)?;
            if name != "search_path" {
                return None;
            }
            Some(list(&string(arguments.get(1)?)?))
        }
        _ => None,
    }
}

/// The arguments of a top-level `select set_config(…)`.
pub(super) fn set_config(select: &SyntaxNode) -> Option<Vec<SyntaxNode>> {
    let targets = child(
        &child(select, SyntaxKind::SELECT_CLAUSE)?,
        SyntaxKind::TARGET_LIST,
    )?;
    let call = child(&targets.first_child()?, SyntaxKind::CALL_EXPR)?;
    let callee = super::names::expression_parts(&call.first_child()?)?;
    let name = QualifiedName::from_parts(callee)?;
    let arguments = child(&call, SyntaxKind::ARG_LIST)?;
    (name.name == "set_config").then(|| {
        arguments
            .children()
            .filter_map(|argument| argument.first_child())
            .collect()
    })
}

/// The path that a routine's `set search_path = …` gives its body; `None` where it has none.
pub(super) fn of_routine(routine: &SyntaxNode) -> Option<Vec<String>> {
    let options = child(routine, SyntaxKind::FUNC_OPTION_LIST)?;
    let mut settings = options
        .children()
        .filter(|option| option.kind() == SyntaxKind::SET_FUNC_OPTION);
    settings.find_map(|option| set_by_clause(&child(&option, SyntaxKind::SET_CONFIG_PARAM)?))
}

/// `set search_path = a, b` behind the keyword; an empty string names no schema.
fn set_by_clause(clause: &SyntaxNode) -> Option<Vec<String>> {
    let name = child(clause, SyntaxKind::CONFIG_PARAMETER_REF)?;
    if !name
        .text()
        .to_string()
        .trim()
        .eq_ignore_ascii_case("search_path")
    {
        return None;
    }
    let Some(values) = child(clause, SyntaxKind::TO_CONFIG_VALUE) else {
        return Some(default_path());
    };
    let names = values.children().filter_map(|value| match value.kind() {
        SyntaxKind::LITERAL => string(&value),
        _ => Some(normalize_name_node(&value)),
    });
    let names: Vec<String> = names.collect();
    let default = has_token(&values, SyntaxKind::DEFAULT_KW);
    Some(if default {
        default_path()
    } else {
        searched(names)
    })
}

/// A path as one string, as `set_config` takes it.
fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    searched(
        parts
            .filter_map(|part| Some(QualifiedName::from_text(part)?.name))
            .collect(),
    )
}

/// Leaves out what holds none of the files' objects.
fn searched(names: Vec<String>) -> Vec<String> {
    let keeps = |name: &String| {
        !matches!(
            name.as_str(),
            "" | "$user" | "pg_catalog" | "pg_temp" | "\"\""
        )
    };
    names.into_iter().filter(keeps).collect()
}

/// The value of a string literal.
pub(super) fn string(node: &SyntaxNode) -> Option<String> {
    ast::Literal::cast(node.clone())?.string_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::sql::tree::parse;

    fn path(text: &str) -> Option<Vec<String>> {
        let statement = parse(text).first_child().expect("a statement");
        set_by_statement(&statement).or_else(|| of_routine(&statement))
    }

    #[test]
    fn every_way_to_set_the_path_is_understood() {
        let both = Some(vec!["app".to_owned(), "public".to_owned()]);
        assert_eq!(path("set search_path = app, public"), both);
        assert_eq!(
            path("set local search_path to 'app', \"public\", pg_temp, \"$user\""),
            both
        );
        assert_eq!(
            path("select set_config('search_path', 'app, public', true)"),
            both
        );
        assert_eq!(
            path("select pg_catalog.set_config('search_path', '', false)"),
            Some(vec![])
        );
        assert_eq!(path("set search_path = ''"), Some(vec![]));
        assert_eq!(path("set search_path to default"), Some(default_path()));
        assert_eq!(path("reset search_path"), Some(default_path()));
        assert_eq!(
            path(
                "create function f() returns int language sql set search_path = app, public as ''"
            ),
            both
        );
    }

    #[test]
    fn other_settings_leave_the_path_alone() {
        assert_eq!(path("set lock_timeout = '1s'"), None);
        assert_eq!(path("select set_config('a.b', 'public', true)"), None);
        assert_eq!(
            path("create function f() returns int language sql set work_mem = '1MB' as ''"),
            None
        );
    }
}
