//! Text that no author would write must not stop the tool either.

use super::hazards::{LintContent, LintFile, lint};
use super::testing::{phase, system};
use super::{concurrent_indexes, mistakes, objects_created, references};
use proptest::prelude::*;

/// Pieces of SQL that are valid in some order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "create table",
        "create or replace function",
        "create index concurrently",
        "create view",
        "create type",
        "alter table",
        "alter type",
        "add column",
        "add value",
        "rename to",
        "set schema",
        "enable row level security",
        "public.a",
        "b",
        "\"C d\"",
        "é",
        "(",
        ")",
        "()",
        ",",
        ";",
        "as",
        "on",
        "from",
        "join",
        "select",
        "insert into",
        "update",
        "delete from",
        "set",
        "set local",
        "search_path",
        "=",
        "values",
        "with",
        "where",
        "returning",
        "into",
        "do $$",
        "$$",
        "begin",
        "end",
        "declare",
        "execute 'select 1'",
        "language plpgsql",
        "language sql",
        "begin atomic",
        "returns trigger",
        "%rowtype",
        "%type",
        "::",
        "'x'",
        "'",
        "E'\\'",
        "case when",
        "then",
        "loop",
        "if",
        "raise",
        ".",
        "/*",
        "*/",
        "--\n",
        "\n",
        "references",
        "primary key",
        "check",
        "default",
        "policy",
        "trigger",
        "grant",
        "to",
        "1",
        "$1",
        "array[",
        "]",
        ":=",
        "null",
        "cast(",
        "extract(",
        "lateral",
        "union",
        "cascade",
        "if not exists",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30)
        .prop_map(|words| words.join(" "))
}

fn read(text: &str) {
    let system = system(vec![
        phase("a", &[], "create table public.a (x int);"),
        phase("b", &[], text),
    ]);
    for violation in references::check(&system) {
        assert!(violation.location.line > 0);
    }
    references::errors(&system);
    objects_created(text);
    concurrent_indexes(text);
    mistakes("b.sql", text);
    let file = LintFile {
        phase: "b",
        path: "b.sql",
        content: LintContent::Sql(text),
        transaction: Some(1),
    };
    lint(
        &system,
        &[
            file,
            LintFile {
                transaction: None,
                ..file
            },
        ],
    );
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,80}") {
        read(&text);
    }

    #[test]
    fn awkward_sql_is_read_without_a_panic(text in soup()) {
        read(&text);
    }
}
