use super::*;
use crate::catalog::model::SeedValue;
use crate::catalog::sql::testing::{phase, source, system, task, with_repeatable, with_seed};
use std::collections::BTreeMap;

/// What phase `base` of the tests below has.
pub(super) const BASE: &str = "
    create schema private;
    create type public.mood as enum ('sad', 'happy');
    create domain public.slug as text check (value ~ '^[a-z]+$');
    create table public.platform (id uuid primary key, slug public.slug, mood public.mood);
    create sequence public.ticket;
    create view public.platforms as select * from public.platform;
    create function public.f(a integer) returns integer language sql as 'select 1';
    create procedure public.p() language sql as '';
    create function private.touch() returns trigger language plpgsql as $$ begin return new; end $$;
    create role app_user nologin;
    create publication changes;";

/// What is wrong when phase `top` has this SQL and depends on nothing.
fn undeclared(sql: &str) -> Vec<String> {
    let system = system(vec![phase("base", &[], BASE), phase("top", &[], sql)]);
    objects(&system)
}

/// The full check; the quick one must find the same errors.
#[track_caller]
pub(super) fn check(system: &System) -> Vec<Violation> {
    let found = super::check(system);
    let mut errors = found.clone();
    errors.retain(|violation| {
        let file = violation.location.file.as_str();
        let later = ["down.sql", "verify.sql", "upkeep.sql"]
            .iter()
            .any(|end| file.ends_with(end));
        violation.level == Level::Error && !later
    });
    assert_eq!(super::errors(system), errors);
    found
}

#[track_caller]
pub(super) fn objects(system: &System) -> Vec<String> {
    check(system)
        .into_iter()
        .map(|violation| violation.object)
        .collect()
}

/// The same SQL with the dependency declared, which must be fine.
fn fine_with_dependency(sql: &str) {
    let system = system(vec![phase("base", &[], BASE), phase("top", &["base"], sql)]);
    assert_eq!(check(&system), [], "{sql}");
}

#[track_caller]
pub(super) fn uses(sql: &str, expected: &[&str]) {
    assert_eq!(undeclared(sql), expected, "{sql}");
    fine_with_dependency(sql);
}

#[track_caller]
pub(super) fn uses_nothing(sql: &str) {
    assert_eq!(undeclared(sql), Vec::<String>::new(), "{sql}");
}

pub(super) const PLATFORM: &str = "table public.platform";

#[test]
fn a_foreign_key_needs_the_dependency() {
    let system = system(vec![
        phase("base", &[], BASE),
        phase(
            "top",
            &[],
            "create table public.a (\n    p uuid references public.platform (id)\n);",
        ),
    ]);
    let found = check(&system);
    assert_eq!(found.len(), 1);
    let violation = &found[0];
    assert_eq!(violation.kind, ViolationKind::UndeclaredDependency);
    assert_eq!(violation.level, Level::Error);
    assert_eq!(violation.location.to_string(), "top/001_schema.sql:2:23");
    assert_eq!(violation.owner_phase.as_deref(), Some("base"));
    assert_eq!(
        violation.message,
        "phase \"top\" uses table public.platform of phase \"base\", which it does not depend on"
    );
    assert_eq!(
        violation.hint,
        "add \"base\" to depends_on of phase \"top\" in system.toml"
    );
    assert_eq!(found[0].clone().into_error().exit_code(), 3);
}

#[test]
fn a_dependency_through_another_phase_is_enough() {
    let use_it = "create table public.a (p uuid references public.platform (id));";
    let declared = system(vec![
        phase("base", &[], BASE),
        phase("middle", &["base"], ""),
        phase("top", &["middle"], use_it),
    ]);
    assert_eq!(check(&declared), []);
    // The phase that others depend on may not use theirs.
    let backwards = system(vec![
        phase("base", &[], use_it),
        phase("top", &["base"], BASE),
    ]);
    let found = check(&backwards);
    assert_eq!(found.len(), 1);
    assert!(
        found[0]
            .hint
            .starts_with("phase \"top\" depends on \"base\" already"),
        "{}",
        found[0].hint
    );
}

#[test]
fn every_statement_that_names_a_table_uses_it() {
    for sql in [
        "alter table public.platform add column x int;",
        "alter table only public.platform enable row level security;",
        "create index i on public.platform (slug);",
        "create policy \"p\" on public.platform for select to authenticated using (true);",
        "create trigger t before update on public.platform for each row execute function extensions.f();",
        "comment on table public.platform is 'x';",
        "comment on column public.platform.id is 'x';",
        "comment on constraint c on public.platform is 'x';",
        "grant select (id) on table public.platform to anon;",
        "revoke all on public.platform from anon;",
        "alter publication supabase_realtime add table public.platform;",
        "drop table public.platform;",
        "truncate public.platform;",
        "lock table public.platform;",
        "create table public.a (like public.platform including all);",
        "create table public.a () inherits (public.platform);",
        "create table public.a partition of public.platform for values in ('x');",
        "create view public.v as select 1 from public.platform;",
        "create materialized view public.v as table public.platform;",
        "create table public.a as select * from public.platform;",
        "insert into public.platform values (1);",
        "update public.platform set id = null;",
        "delete from public.platform;",
        "merge into public.platform t using (select 1) s on true when matched then delete;",
        "copy public.platform to '/tmp/x';",
        "analyze public.platform;",
        "create statistics s on id, slug from public.platform;",
        "create rule r as on insert to public.platform do nothing;",
        "create sequence public.s owned by public.platform.id;",
        "select 'public.platform'::regclass;",
        "select has_table_privilege('anon', 'public.platform', 'select');",
        "explain select * from public.platform;",
        "select from \"public\" . PLATFORM;",
        "select * from platform;",
    ] {
        uses(sql, &[PLATFORM]);
    }
}

#[test]
fn types_are_used_by_columns_casts_and_arguments() {
    let mood = &["type public.mood"];
    uses("create table public.a (m public.mood);", mood);
    uses("create table public.a (m mood[] default '{}');", mood);
    uses("select 'sad'::public.mood;", mood);
    uses("select cast('sad' as mood);", mood);
    uses("select public.mood 'sad';", mood);
    uses(
        "create function public.g(m public.mood) returns int language sql as 'select 1';",
        mood,
    );
    uses(
        "create function public.g() returns setof public.mood language sql as 'select null';",
        mood,
    );
    uses(
        "create function public.g() returns table (m public.mood) language sql as 'select null';",
        mood,
    );
    uses("create type public.c as (m public.mood);", mood);
    uses("create domain public.d as public.mood;", mood);
    uses("alter type public.mood add value 'x';", mood);
    uses("comment on type public.mood is 'x';", mood);
    uses("grant usage on type public.mood to anon;", mood);
    uses("drop function extensions.g(public.mood);", mood);
    uses(
        "create table public.a (s public.slug);",
        &["domain public.slug"],
    );
    uses(
        "create function public.g() returns setof public.platform language sql as '';",
        &[PLATFORM],
    );
}

#[test]
fn functions_are_used_by_calls_triggers_policies_and_grants() {
    let f = &["function public.f(integer)"];
    uses("select public.f(1);", f);
    uses("select f(1);", f);
    uses("select * from public.f(1) as x;", f);
    uses(
        "select * from rows from (public.f(1), extensions.g(2)) as x;",
        f,
    );
    uses(
        "create table public.a (x int default public.f(1), check (public.f(x) > 0));",
        f,
    );
    uses(
        "create table public.a (x int);\ncreate index i on public.a (public.f(x));",
        f,
    );
    uses(
        "create table public.a (x int); create policy p on public.a using (public.f(x) = 1);",
        f,
    );
    uses("grant execute on function public.f(integer) to anon;", f);
    uses("comment on function public.f(integer) is 'x';", f);
    uses("alter function public.f(integer) owner to postgres;", f);
    uses("select 'public.f(integer)'::regprocedure;", f);
    uses("call public.p();", &["procedure public.p()"]);
    uses(
        "create table public.a (x int); create trigger t before update on public.a for each row execute function private.touch();",
        &["function private.touch()"],
    );
    uses(
        "select nextval('public.ticket');",
        &["sequence public.ticket"],
    );
    uses(
        "grant usage on sequence public.ticket to anon;",
        &["sequence public.ticket"],
    );
    uses("create table private.a (x int);", &["schema private"]);
    uses(
        "grant usage on schema private to anon;",
        &["schema private"],
    );
    uses(
        "grant select on all tables in schema public to app_user;",
        &["role app_user"],
    );
    uses(
        "alter publication changes add tables in schema public;",
        &["publication changes"],
    );
}

#[test]
fn function_bodies_are_read() {
    let body = |body: &str| {
        format!(
            "create function public.g() returns void language plpgsql set search_path = '' as $$ {body} $$;"
        )
    };
    for statements in [
        "begin perform 1 from public.platform; end",
        "begin if exists (select from public.platform) then null; end if; end",
        "declare x uuid; begin select id into strict x from public.platform; end",
        "declare x uuid; begin insert into public.platform values (null) returning id into x; end",
        "declare x public.platform%rowtype; begin null; end",
        "declare x public.platform.id%type; begin null; end",
        "declare c cursor for select * from public.platform; begin null; end",
        "declare r record; begin for r in select * from public.platform loop null; end loop; end",
        "begin return query select 1 from public.platform; end",
        "begin execute 'delete from public.platform'; end",
        "begin execute format('select %I from public.platform where id = $1', 'x') using 1; end",
        "begin execute 'create index on ' || 'x' || ' ' || 'select 1 from public.platform'; end",
        "begin raise notice '%', (select count(*) from public.platform); end",
        "begin null; exception when others then delete from public.platform; end",
        "begin case when exists (select from public.platform) then null; else null; end case; end",
    ] {
        uses(&body(statements), &[PLATFORM]);
    }
    uses(
        "do $$ begin delete from public.platform; end $$;",
        &[PLATFORM],
    );
    uses(
        "do 'begin delete from public.platform where slug = ''x''; end';",
        &[PLATFORM],
    );
    uses(
        "create function public.g() returns int language sql as $$ select 1 from public.platform $$;",
        &[PLATFORM],
    );
    uses(
        "create procedure public.g() language sql begin atomic delete from public.platform; select 1; end;",
        &[PLATFORM],
    );
    uses(
        "create function public.g() returns bigint language sql return (select count(*) from public.platform);",
        &[PLATFORM],
    );
}

#[test]
fn the_place_in_a_body_is_the_place_in_the_file() {
    let sql = "create function public.g() returns void language plpgsql as '\nbegin\n    perform ''é'', 1\n      from public.platform;\nend';";
    let system = system(vec![phase("base", &[], BASE), phase("top", &[], sql)]);
    assert_eq!(
        check(&system)[0].location.to_string(),
        "top/001_schema.sql:4:12"
    );
}

#[test]
fn what_cannot_be_parsed_is_searched_for_known_names() {
    uses(
        "frobnicate public.platform with public.f(1);",
        &[PLATFORM, "function public.f(integer)"],
    );
    uses(
        "do $$ begin frob 1 2 from public.platform; end $$;",
        &[PLATFORM],
    );
    uses_nothing("frobnicate public.nothing, a.b.c, platform;");
}

#[test]
fn repeatables_down_files_checks_and_tasks_are_read() {
    let with_all = |depends_on: &[&str]| {
        let mut top = with_repeatable(
            phase("top", depends_on, ""),
            "create or replace view public.v as select 1 from public.platform;",
            "drop view public.v; drop function public.f(integer);",
        );
        top.verify = Some(source(
            "top/verify.sql",
            "-- check: x\nselect 'sad'::public.mood;",
        ));
        let mut system = system(vec![phase("base", &[], BASE), top]);
        system
            .tasks
            .push(task("top", "-- title: x\nselect nextval('public.ticket');"));
        system
    };
    assert_eq!(
        objects(&with_all(&[])),
        [
            "sequence public.ticket",
            "function public.f(integer)",
            PLATFORM,
            "type public.mood"
        ]
    );
    assert_eq!(check(&with_all(&["base"])), []);
}

#[test]
fn what_a_check_creates_for_itself_is_its_own() {
    let mut top = phase("top", &[], "");
    top.verify = Some(source(
        "top/verify.sql",
        "create table public.platform (x int); insert into public.platform values (1);
         create function pg_temp.g() returns int language sql as 'select 1'; select pg_temp.g();",
    ));
    assert_eq!(check(&system(vec![phase("base", &[], BASE), top])), []);
}

#[test]
fn seeds_use_their_tables_and_those_they_refer_to() {
    let key = BTreeMap::from([("slug".to_owned(), SeedValue::Json("x".into()))]);
    let reference = SeedValue::Ref {
        schema: "public".into(),
        table: "platform".into(),
        column: "id".into(),
        key,
    };
    let seeded = |depends_on: &[&str]| {
        let top = phase("top", depends_on, "create table public.a (k text, p uuid);");
        let row = [("k", SeedValue::Json("x".into())), ("p", reference.clone())];
        system(vec![
            phase("base", &[], BASE),
            with_seed(top, "public.a", &row),
        ])
    };
    let found = check(&seeded(&[]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].location.to_string(), "top/seed.toml:3");
    assert_eq!(check(&seeded(&["base"])), []);
    let row = [("id", SeedValue::Null)];
    let other = with_seed(phase("top", &[], ""), "public.platform", &row);
    assert_eq!(
        objects(&system(vec![phase("base", &[], BASE), other])),
        [PLATFORM]
    );
    let unknown = with_seed(phase("top", &[], ""), "public.nothing", &row);
    assert_eq!(objects(&system(vec![unknown])), ["table public.nothing"]);
}
