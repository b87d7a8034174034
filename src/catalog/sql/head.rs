//! What the words of a statement say before it is parsed.

use super::lex::{self, Token, TokenKind};

/// What a `create` creates, where it is of interest.
const CREATED: [&str; 17] = [
    "table",
    "view",
    "index",
    "function",
    "procedure",
    "aggregate",
    "type",
    "domain",
    "sequence",
    "schema",
    "extension",
    "role",
    "user",
    "group",
    "publication",
    "collation",
    "materialized",
];

/// Words that may stand between `create` and what it creates.
const BETWEEN: [&str; 11] = [
    "or",
    "replace",
    "temp",
    "temporary",
    "unlogged",
    "global",
    "local",
    "unique",
    "recursive",
    "foreign",
    "constraint",
];

/// The word that says what a `create` creates.
fn created(text: &str) -> Option<&'static str> {
    let mut tokens = lex::significant(text);
    tokens.next().filter(|token| token.is_word("create"))?;
    let token = tokens.find(|token| !token.is_any(&BETWEEN))?;
    CREATED.into_iter().find(|word| token.is_word(word))
}

/// The first word of a statement, if it is one of these.
pub(super) fn begins_with(text: &str, words: &[&str]) -> bool {
    lex::significant(text)
        .next()
        .is_some_and(|token| token.is_any(words))
}

/// Whether a statement can define something, on its own or in its body.
pub(super) fn may_define(text: &str) -> bool {
    let Some(first) = lex::significant(text).next() else {
        return false;
    };
    match first.text.to_ascii_lowercase().as_str() {
        "create" => created(text).is_some(),
        "alter" => has_word(text, &["rename", "schema", "add"]),
        "do" => body_may_define(text),
        "select" | "with" | "(" => has_word(text, &["into"]),
        _ => false,
    }
}

/// Whether a routine's body or a `do` block can define something.
pub(super) fn body_may_define(text: &str) -> bool {
    let mut tokens = lex::significant(text);
    let first = tokens.next();
    let block = first.is_some_and(|token| token.is_word("do"));
    let routine = matches!(created(text), Some("function" | "procedure"));
    if !block && !routine {
        return false;
    }
    // The routine's own `create` does not count.
    let strings = tokens.filter(|token| matches!(token.kind, TokenKind::Literal { .. }));
    strings
        .into_iter()
        .any(|token| has_word(token.text, &["create", "alter"]))
        || has_word(text, &["atomic"])
}

/// Whether one of these words stands anywhere in the text, be it in a string.
pub(super) fn has_word(text: &str, words: &[&str]) -> bool {
    self::words(text).any(|found| words.iter().any(|word| found.eq_ignore_ascii_case(word)))
}

/// All runs of letters, digits and underscores, wherever they stand.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
    let mut at = 0;
    // Cuts only beside ASCII characters, so every piece is text.
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(part)?;
        let length = bytes[start..].iter().position(|byte| !part(byte));
        at = length.map_or(bytes.len(), |length| start + length);
        text.get(start..at)
    })
}

/// How much of a statement says what it creates: up to its columns, its query, or behind its arguments.
pub(super) fn end(text: &str) -> usize {
    let Some(created) = created(text) else {
        return text.len();
    };
    let routine = matches!(created, "function" | "procedure" | "aggregate");
    let stops: &[&str] = match created {
        "table" | "type" => &["as", "partition"],
        "view" | "materialized" => &["as", "with"],
        "index" => &["using"],
        _ => &[],
    };
    let opens = matches!(
        created,
        "table" | "type" | "view" | "materialized" | "index"
    );
    let mut depth = 0usize;
    for token in lex::significant(text) {
        match token.kind {
            TokenKind::OpenParen if opens => return token.start,
            TokenKind::OpenParen => depth += 1,
            TokenKind::CloseParen => {
                depth = depth.saturating_sub(1);
                if routine && depth == 0 {
                    return token.end();
                }
            }
            _ if depth == 0 && token.is_any(stops) => return token.start,
            _ => {}
        }
    }
    text.len()
}

/// A column in the list of a `create table`.
pub(super) struct Column<'a> {
    pub name: Token<'a>,
    /// Serial or identity: it brings a sequence.
    pub sequence: bool,
}

/// The columns of a `create table`, in order.
pub(super) fn columns(text: &str) -> Vec<Column<'_>> {
    const NO_COLUMN: [&str; 8] = [
        "constraint",
        "primary",
        "unique",
        "check",
        "foreign",
        "exclude",
        "like",
        "period",
    ];
    const SEQUENCES: [&str; 7] = [
        "serial",
        "bigserial",
        "smallserial",
        "serial2",
        "serial4",
        "serial8",
        "identity",
    ];
    let mut columns: Vec<Column<'_>> = Vec::new();
    if created(text) != Some("table") {
        return columns;
    }
    let (mut depth, mut begins, mut in_column) = (0usize, false, false);
    for token in lex::significant(text) {
        match token.kind {
            TokenKind::OpenParen => {
                depth += 1;
                begins = depth == 1;
                continue;
            }
            TokenKind::CloseParen if depth <= 1 => break,
            TokenKind::CloseParen => depth -= 1,
            TokenKind::Comma if depth == 1 => {
                begins = true;
                continue;
            }
            _ if begins => {
                in_column = token.identifier().is_some() && !token.is_any(&NO_COLUMN);
                if in_column {
                    columns.push(Column {
                        name: token,
                        sequence: false,
                    });
                }
            }
            _ if depth == 1 && in_column && token.is_any(&SEQUENCES) => {
                if let Some(column) = columns.last_mut() {
                    column.sequence = true;
                }
            }
            // `create table x as select …`
            _ if depth == 0 && token.is_word("as") => break,
            _ => {}
        }
        begins = false;
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> &str {
        &text[..end(text)]
    }

    #[test]
    fn the_head_ends_where_the_contents_begin() {
        assert_eq!(head("create table a.b (x int)"), "create table a.b ");
        assert_eq!(
            head("create table a.b partition of c default"),
            "create table a.b "
        );
        assert_eq!(
            head("create temp table b as select 1"),
            "create temp table b "
        );
        assert_eq!(
            head("create or replace view v with (x) as select 1"),
            "create or replace view v "
        );
        assert_eq!(head("create type t as enum ('a')"), "create type t ");
        assert_eq!(
            head("create unique index i on t using gin (a)"),
            "create unique index i on t "
        );
        assert_eq!(
            head("create function f(a numeric(3, 1), b int) returns int as $$ x $$"),
            "create function f(a numeric(3, 1), b int)"
        );
        assert_eq!(
            head("create schema s create table t (a int)"),
            "create schema s create table t (a int)"
        );
        assert_eq!(
            head("alter table t add column x int"),
            "alter table t add column x int"
        );
    }

    #[test]
    fn statements_that_define_nothing_are_known_by_their_words() {
        for text in [
            "create policy p on t",
            "create trigger t before insert on t",
            "comment on table t is 'create'",
            "alter table t enable row level security",
            "select 1",
            "grant create on schema s to x",
            "do $$ begin perform 1; end $$",
        ] {
            assert!(!may_define(text), "{text}");
        }
        for text in [
            "CREATE OR REPLACE FUNCTION f()",
            "create unique index i on t (a)",
            "alter table a rename to b",
            "do $$ begin create table t (); end $$",
            "select 1 into t",
            "create foreign table t ()",
        ] {
            assert!(may_define(text), "{text}");
        }
        assert!(!body_may_define(
            "create function f() returns int language sql as 'select 1'"
        ));
        assert!(body_may_define(
            "create function f() returns int as $$ begin create temp table t(); end $$"
        ));
    }

    #[test]
    fn columns_are_told_from_constraints() {
        let text = "create table t (id bigint generated always as identity (start 1), \"A b\" numeric(3, 1) default (1),
            constraint c check (a > 1, b), n serial, primary key (id), like other, x text default 'a, b') partition by (x)";
        let found: Vec<(Option<String>, bool)> = columns(text)
            .into_iter()
            .map(|column| (column.name.identifier(), column.sequence))
            .collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(
            found,
            [
                (name("id"), true),
                (name("A b"), false),
                (name("n"), true),
                (name("x"), false)
            ]
        );
        assert!(columns("create table t as select (a), b").is_empty());
    }
}
