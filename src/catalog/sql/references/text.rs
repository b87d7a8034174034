//! Names inside string literals and in text that could not be parsed: only known names count.

use super::walk::Walker;
use crate::catalog::sql::lex::{self, Token, TokenKind};
use crate::catalog::sql::names::{QualifiedName, path_name};
use crate::catalog::sql::object::Space;
use crate::catalog::sql::search_path::string;
use crate::catalog::sql::tree::{Origin, Tree, child, parse};
use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxKind, SyntaxNode};
use std::rc::Rc;

/// Looks for `schema.name` in a tree that has errors.
pub(super) fn scan(walker: &mut Walker<'_, '_>, tree: &Tree) {
    let text = tree.root.text().to_string();
    let tokens: Vec<Token<'_>> = lex::significant(&text).collect();
    for (at, window) in tokens.windows(3).enumerate() {
        let after_dot = at > 0 && tokens[at - 1].kind == TokenKind::Dot;
        if window[1].kind != TokenKind::Dot || after_dot {
            continue;
        }
        let (Some(schema), Some(name)) = (window[0].identifier(), window[2].identifier()) else {
            continue;
        };
        let called = tokens
            .get(at + 3)
            .is_some_and(|token| token.kind == TokenKind::OpenParen);
        let name = QualifiedName {
            schema: Some(schema),
            name,
        };
        let space = match called && walker.knows(Space::Routine, &name) {
            true => Space::Routine,
            false => Space::Type,
        };
        walker.look_up(space, &name, tree.origin.in_file(window[0].start), true);
    }
}

/// `'public.t'::regclass` and its like name an object.
pub(super) fn cast(walker: &mut Walker<'_, '_>, node: &SyntaxNode) {
    let Some(target) = child(node, SyntaxKind::PATH_TYPE).and_then(|node| path_name(&node)) else {
        return;
    };
    let space = match target.name.as_str() {
        "regclass" => Space::Relation,
        "regtype" => Space::Type,
        "regproc" | "regprocedure" => Space::Routine,
        "regnamespace" => Space::Schema,
        _ => return,
    };
    if let Some(literal) = child(node, SyntaxKind::LITERAL) {
        named_by(walker, space, &literal);
    }
}

/// Arguments of functions that take an object's name, or SQL, as text.
pub(super) fn call(walker: &mut Walker<'_, '_>, node: &SyntaxNode, callee: &QualifiedName) {
    let spaces: &[Space] = match callee.name.as_str() {
        "nextval"
        | "currval"
        | "setval"
        | "pg_get_serial_sequence"
        | "pg_relation_size"
        | "pg_total_relation_size"
        | "has_table_privilege"
        | "has_column_privilege"
        | "has_any_column_privilege"
        | "has_sequence_privilege" => &[Space::Relation],
        "has_function_privilege" => &[Space::Routine],
        "has_type_privilege" => &[Space::Type],
        "has_schema_privilege" => &[Space::Schema],
        "schedule" | "schedule_in_database" if callee.schema.as_deref() == Some("cron") => {
            for literal in Walker::arguments(node) {
                sql(walker, &literal);
            }
            return;
        }
        _ => return,
    };
    for literal in Walker::arguments(node) {
        for space in spaces {
            named_by(walker, *space, &literal);
        }
    }
}

fn named_by(walker: &mut Walker<'_, '_>, space: Space, literal: &SyntaxNode) {
    let name = string(literal).and_then(|text| QualifiedName::from_text(&text));
    if let Some(name) = name {
        walker.look_up(space, &name, walker.tree.offset(literal), true);
    }
}

/// The strings from which `execute` builds its statement.
pub(super) fn dynamic(walker: &mut Walker<'_, '_>, node: &SyntaxNode) {
    let Some(expression) = child(node, SyntaxKind::PLPGSQL_EXPR) else {
        return;
    };
    for literal in expression.descendants() {
        if literal.kind() == SyntaxKind::LITERAL {
            sql(walker, &literal);
        }
    }
}

/// Reads a string literal as SQL, if it begins like SQL.
fn sql(walker: &mut Walker<'_, '_>, literal: &SyntaxNode) {
    const VERBS: [&str; 17] = [
        "select", "insert", "update", "delete", "with", "merge", "create", "alter", "drop",
        "grant", "revoke", "comment", "truncate", "refresh", "lock", "call", "perform",
    ];
    let Some(decoded) = ast::Literal::cast(literal.clone()).and_then(|node| node.decoded_value())
    else {
        return;
    };
    let begins = lex::significant(decoded.text())
        .next()
        .is_some_and(|token| token.is_any(&VERBS));
    if !begins {
        return;
    }
    let root = parse(&without_placeholders(decoded.text()));
    let origin = Rc::new(Origin::In(Rc::clone(&walker.tree.origin), decoded));
    let known_only = std::mem::replace(&mut walker.known_only, true);
    walker.tree(&Tree { root, origin });
    walker.known_only = known_only;
}

/// Puts a name of the same length where `format` has `%I`, `%1$s`, `%L`.
fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let digits = behind.len()
            - behind
                .trim_start_matches(|c: char| c.is_ascii_digit() || c == '$')
                .len();
        let length = match behind[digits..].chars().next() {
            Some('I' | 's' | 'L') => digits + 2,
            _ => 1,
        };
        out.push_str(&if length == 1 {
            "%".to_owned()
        } else {
            "x".repeat(length)
        });
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::without_placeholders;

    #[test]
    fn placeholders_become_names_of_the_same_length() {
        assert_eq!(
            without_placeholders("select %I from %1$I where a = %L and b % 2 = 5%"),
            "select xx from xxxx where a = xx and b % 2 = 5%"
        );
    }
}
