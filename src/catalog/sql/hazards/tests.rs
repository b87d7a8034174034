use super::*;
use crate::catalog::model::Platform;
use crate::catalog::sql::testing::system;

pub(super) fn file(text: &str) -> LintFile<'_> {
    LintFile {
        phase: "a",
        path: "a.sql",
        content: LintContent::Sql(text),
        transaction: Some(1),
    }
}

fn outside(text: &str) -> LintFile<'_> {
    LintFile {
        transaction: None,
        ..file(text)
    }
}

/// Rules and lines, on plain PostgreSQL, where tables need no row level security.
fn rules(files: &[LintFile<'_>]) -> Vec<(&'static str, u32)> {
    let mut system = system(Vec::new());
    system.platform = Platform::Postgres;
    lint(&system, files)
        .into_iter()
        .map(|hazard| (hazard.rule, hazard.line))
        .collect()
}

#[track_caller]
fn one(text: &str, rule: &str) -> Hazard {
    let found = lint(&system(Vec::new()), &[file(text)]);
    assert_eq!(found.len(), 1, "{text}: {found:#?}");
    assert_eq!(found[0].rule, rule, "{text}");
    found[0].clone()
}

#[track_caller]
pub(super) fn none(text: &str) {
    assert_eq!(rules(&[file(text)]), [], "{text}");
}

/// A table that stands before the run changes it.
const CHANGES: &str = "create index i on public.t (a);
    alter table public.t add column b int not null;
    alter table public.t add column c uuid default gen_random_uuid();
    alter table public.t alter column a type text;
    alter table public.t alter column a set not null;
    alter table public.t add constraint x foreign key (a) references public.u (id);
    alter table public.t add constraint y check (a > 0);
    alter table public.t add constraint z unique (a);
    alter table public.t rename column a to aa;
    alter table public.t drop column aa;
    update public.t set b = 1;
    delete from public.t;
    truncate public.t;
    alter table public.t rename to tt;
    drop table public.tt;";

#[test]
fn changes_of_a_table_in_use_are_hazards() {
    let found = rules(&[file(CHANGES)]);
    assert_eq!(
        found,
        [
            ("require-concurrent-index-creation", 1),
            ("adding-required-field", 2),
            ("adding-field-with-default", 3),
            ("changing-column-type", 4),
            ("adding-not-nullable-field", 5),
            ("adding-foreign-key-constraint", 6),
            ("constraint-missing-not-valid", 7),
            ("disallowed-unique-constraint", 8),
            ("renaming-column", 9),
            ("drop-column", 10),
            ("update-without-where", 11),
            ("delete-without-where", 12),
            ("truncate", 13),
            ("renaming-table", 14),
            // A new name does not make it a new table.
            ("drop-table", 15),
        ]
    );
}

#[test]
fn the_same_changes_of_a_table_of_this_run_are_none() {
    let create = "create table public.t (a int); create table public.u (id int primary key);";
    assert_eq!(rules(&[file(&format!("{create} {CHANGES}"))]), []);
    let first = LintFile {
        path: "first.sql",
        ..file(create)
    };
    let second = LintFile {
        transaction: Some(2),
        ..file(CHANGES)
    };
    assert_eq!(rules(&[first, second]), []);
}

#[test]
fn a_hazard_says_level_line_and_file() {
    let hazard = one("select 1;\n\ndrop table public.t;", "drop-table");
    assert_eq!(
        (hazard.level, hazard.line, hazard.file.as_str()),
        (Level::Warning, 3, "a.sql")
    );
    let json = serde_json::to_string(&hazard).expect("json");
    assert_eq!(
        json,
        r#"{"level":"warning","rule":"drop-table","message":"the rows of public.t are lost","line":3,"file":"a.sql"}"#
    );
}

#[test]
fn safe_ways_are_no_hazards() {
    none(
        "alter table public.t add column b int, add column c text not null default 'x', add column d timestamptz default now();",
    );
    none(
        "alter table public.t add constraint x foreign key (a) references public.u (id) not valid;",
    );
    none("update public.t set a = 1 where b = 2; delete from public.t where a = 1;");
    none(
        "create function public.f() returns void language plpgsql as $$ begin delete from public.t; end $$;",
    );
    none(
        "comment on table public.t is 'x'; grant select on public.t to anon; create view public.v as select 1;",
    );
    assert_eq!(
        rules(&[outside(
            "create index concurrently i on public.t (a);\ndrop index concurrently j;"
        )]),
        []
    );
}

#[test]
fn statements_that_refuse_a_transaction_are_errors_inside_one() {
    for text in [
        "create index concurrently i on public.t (a);",
        "vacuum public.t;",
        "alter system set work_mem = '1MB';",
        "create database x;",
        "reindex table concurrently public.t;",
    ] {
        assert_eq!(one(text, "needs-no-transaction").level, Level::Error);
        assert_eq!(rules(&[outside(text)]), [], "{text}");
    }
}

#[test]
fn a_file_outside_a_transaction_needs_a_reason() {
    let found = rules(&[outside(
        "create table public.a (x int); create table public.b (x int);",
    )]);
    assert_eq!(found, [("needless-no-transaction", 1)]);
    assert_eq!(rules(&[outside("alter type public.e add value 'x';")]), []);
}

#[test]
fn concurrent_indexes_that_cannot_be_repaired_are_hazards() {
    assert_eq!(
        rules(&[outside(
            "create index concurrently if not exists i on public.t (a);\ncreate index concurrently on public.t (b);"
        )]),
        [
            ("concurrent-index-if-not-exists", 1),
            ("concurrent-index-without-name", 2)
        ]
    );
}

#[test]
fn statements_in_do_blocks_count() {
    assert_eq!(
        one(
            "do $$ begin if true then drop table public.t; end if; end $$;",
            "drop-table"
        )
        .line,
        1
    );
}

#[test]
fn cascades_and_dropped_schemas_are_hazards() {
    one("drop function public.f(integer) cascade;", "drop-cascade");
    one("drop schema app cascade;", "drop-schema");
    none("create schema app; drop schema app cascade;");
}

#[test]
fn session_settings_leak() {
    for (text, level) in [
        ("set search_path = public;", Level::Error),
        ("set session search_path to public;", Level::Error),
        ("set role postgres;", Level::Error),
        ("set session authorization postgres;", Level::Error),
        ("select set_config('search_path', '', false);", Level::Error),
        ("set lock_timeout = '1s';", Level::Warning),
        ("set time zone 'utc';", Level::Warning),
        (
            "select pg_catalog.set_config('work_mem', '1MB', false);",
            Level::Warning,
        ),
        ("select pg_advisory_lock(1);", Level::Warning),
        (
            "set session characteristics as transaction read only;",
            Level::Warning,
        ),
    ] {
        assert_eq!(one(text, "session-setting").level, level, "{text}");
    }
    one("create temp table x (a int);", "temporary-table");
    none("set local search_path = ''; set local role anon; set local time zone 'utc'; select set_config('a.b', 'c', true);
          create temp table x (a int) on commit drop; select pg_advisory_xact_lock(1); set transaction read write;");
    assert_eq!(
        rules(&[outside("set local lock_timeout = '1s';\nvacuum public.t;")]),
        [("set-local-outside-transaction", 1)]
    );
}

#[test]
fn a_definer_function_needs_a_search_path() {
    let text =
        "create function public.f() returns int language sql security definer as 'select 1';";
    one(text, "definer-without-search-path");
    none(&text.replace("definer as", "definer set search_path = '' as"));
    none(&text.replace("definer as", "invoker as"));
}

#[test]
fn tables_without_row_level_security_are_hazards_on_supabase() {
    let hazard = one(
        "create table public.a (x int);",
        "table-without-row-level-security",
    );
    assert_eq!(hazard.level, Level::Warning);
    assert_eq!(
        one(
            "create table app.a (x int);",
            "table-without-row-level-security"
        )
        .level,
        Level::Info
    );
    let enable = "alter table public.a enable row level security;";
    let both = [
        file("create table public.a (x int);"),
        LintFile {
            path: "b.sql",
            ..file(enable)
        },
    ];
    let on_supabase = |files: &[LintFile<'_>]| lint(&system(Vec::new()), files).len();
    assert_eq!(on_supabase(&both), 0);
    assert_eq!(
        on_supabase(&[
            both[0],
            LintFile {
                phase: "other",
                ..both[1]
            }
        ]),
        1
    );
    let dynamic = "create table public.a (x int); do $$ begin execute format('alter table %I ENABLE row level security', 'a'); end $$;";
    assert_eq!(on_supabase(&[file(dynamic)]), 0);
    assert_eq!(
        on_supabase(&[file("create temp table a (x int) on commit drop;")]),
        0
    );
    none("create table public.a (x int);");
}

#[test]
fn a_comment_allows_a_hazard_but_no_error() {
    none("-- pgphase: allow drop-table\ndrop table public.t;");
    none("drop table public.t -- pgphase: allow drop-table, truncate\n;");
    one(
        "-- pgphase: allow truncate\ndrop table public.t;",
        "drop-table",
    );
    one(
        "-- pgphase: allow session-setting\nset role postgres;",
        "session-setting",
    );
}
