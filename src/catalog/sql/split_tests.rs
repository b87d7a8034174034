use super::*;
use proptest::prelude::*;

fn texts(text: &str) -> Vec<&str> {
    split(text)
        .into_iter()
        .map(|statement| &text[statement.range])
        .collect()
}

#[test]
fn semicolons_in_quotes_and_comments_do_not_end_a_statement() {
    let text =
        "select ';', \";\", E'\\';', $$;$$, $a$ $$; $a$ -- ;\n, 1 /* ; /* ; */ ; */ ;\nselect 2";
    assert_eq!(texts(text).len(), 2);
    assert_eq!(texts(text)[1], "select 2");
}

#[test]
fn a_dollar_inside_an_identifier_opens_no_quote() {
    assert_eq!(
        texts("select a$b$ from t; select c$b$ from t"),
        ["select a$b$ from t", "select c$b$ from t"]
    );
}

#[test]
fn empty_statements_are_not_counted() {
    assert_eq!(
        texts(";; select 1;; -- nothing\n ; select 2; ;"),
        ["select 1", "select 2"]
    );
    assert_eq!(split(" -- only a comment\n"), []);
}

#[test]
fn begin_atomic_keeps_its_semicolons() {
    let text = "create or replace function f(a int) returns int language sql\nbegin atomic\n\
                select case when a = 1 then 2 end; select 3;\nend;\nselect 4;";
    assert_eq!(texts(text).len(), 2);
    assert_eq!(texts(text)[1], "select 4");
}

#[test]
fn a_routine_with_return_or_a_string_body_ends_at_its_semicolon() {
    let text = "create function f() returns int return case when true then 1 end;\
                create procedure p() language plpgsql as $$ begin commit; end $$; select 1";
    assert_eq!(texts(text).len(), 3);
}

#[test]
fn a_rule_with_several_actions_is_one_statement() {
    let text = "create rule r as on insert to t do also (insert into a values (1); delete from b); select 1;";
    assert_eq!(texts(text).len(), 2);
}

#[test]
fn unknown_syntax_is_a_statement_all_the_same() {
    let text = "frobnicate table x (a; b) with {c};\nselect 1;";
    assert_eq!(
        texts(text),
        ["frobnicate table x (a; b) with {c}", "select 1"]
    );
}

#[test]
fn lines_and_offsets_are_those_of_the_first_token() {
    let text = "-- head\n\nselect 1;\n/* two\nlines */ select 2;\nselect 3";
    let lines: Vec<u32> = split(text).iter().map(|statement| statement.line).collect();
    assert_eq!(lines, [3, 5, 6]);
    assert_eq!(statement_at(text, 1), text.find("select 2"));
    assert_eq!(statement_at(text, 3), None);
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_statement() {
    assert_eq!(texts("\u{feff}select 1"), ["select 1"]);
}

#[test]
fn statements_that_refuse_a_transaction_are_known() {
    let outside = [
        "create unique index concurrently i on t (a)",
        "create index concurrently on t (a)",
        "drop index concurrently if exists i",
        "reindex (verbose) table concurrently t",
        "reindex (concurrently) index i",
        "REINDEX DATABASE x",
        "vacuum full t",
        "alter system set work_mem = '1MB'",
        "create database x",
        "drop tablespace x",
        "create subscription s connection 'x' publication p",
        "cluster",
        "alter table t detach partition p concurrently",
    ];
    for text in outside {
        assert!(split(text)[0].outside_transaction, "{text}");
    }
    let inside = [
        "create index i on t (a) where b = 'concurrently'",
        "reindex table t",
        "cluster t using i",
        "analyze t",
        "refresh materialized view concurrently m",
        "alter type e add value 'x'",
        "drop index i",
        "create subscription s connection 'x' publication p with (create_slot = false)",
    ];
    for text in inside {
        assert!(!split(text)[0].outside_transaction, "{text}");
    }
}

#[test]
fn the_count_is_the_servers() {
    // Sent to a PostgreSQL 15 server as one message, this answers with 14 command-complete messages.
    let text = r#";; -- leading
create table t (a int, "b;c" text default ';');
create or replace function f(x int) returns int language sql
begin atomic
  select case when x = 1 then 2 else 3 end;
  select 4;
end;
create procedure p() language sql begin atomic insert into t values (1, 'a'); update t set a = case a when 1 then 2 end; end;
create function g() returns int return case when true then 1 end;
do $do$ begin perform 1; perform $x$;$x$; end $do$;
/* ; /* nested ; */ */ select 1;;
select E'\';', U&'\0041;', 'it''s;', $$;$$, B'01', X'ff' ;
with x as (insert into t values (9, ';') returning a) select * from x;
;
create rule r as on insert to t do also (select 1; select 2);
drop rule r on t;
update t set a = a; delete from t where a = 9
;
create view v as select a$b$ from (select 1 as a$b$) q;
drop view v
-- trailing ; comment
"#;
    let statements = split(text);
    assert_eq!(statements.len(), 14);
    let firsts: Vec<&str> = statements
        .iter()
        .filter_map(|statement| text[statement.range.clone()].split_whitespace().next())
        .collect();
    assert_eq!(
        firsts.join(" "),
        "create create create create do select select with create drop update delete create drop"
    );
}

/// Pieces that meet in unlucky ways.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "'",
        "''",
        "\"",
        "$$",
        "$a$",
        "$1",
        ";",
        "(",
        ")",
        "--",
        "\n",
        "/*",
        "*/",
        "\\",
        "\\.",
        "E'",
        "U&'",
        "begin atomic",
        "end",
        "case",
        "create function f()",
        "copy t from stdin",
        " ",
        "select",
        "a",
        "é",
        "1e",
        "::",
        ".",
        "\u{feff}",
        "\r\n",
        "language sql as",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn nothing_is_lost(text: &str) -> Result<(), TestCaseError> {
    let mut at = 0;
    for statement in split(text) {
        prop_assert!(statement.range.start >= at && statement.range.end > statement.range.start);
        between(&text[at..statement.range.start])?;
        let line = text[..statement.range.start].matches('\n').count() as u32 + 1;
        prop_assert_eq!(statement.line, line);
        at = statement.range.end;
    }
    between(&text[at..])
}

/// What lies between two statements says nothing.
fn between(text: &str) -> Result<(), TestCaseError> {
    for token in lex::tokens(text) {
        prop_assert!(
            token.is_trivia() || token.kind == TokenKind::Semi,
            "lost {:?}",
            token
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_split_without_losing_a_token(text in "\\PC*") {
        nothing_is_lost(&text)?;
    }

    #[test]
    fn awkward_text_is_split_without_losing_a_token(text in soup()) {
        nothing_is_lost(&text)?;
    }
}
