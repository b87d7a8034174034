use super::*;
use crate::catalog::model::{Platform, SeedValue};
use crate::catalog::sql::testing::{phase, source, system, task, with_repeatable, with_seed};
use std::collections::BTreeMap;

/// What phase `base` of the tests below has.
const BASE: &str = "
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
fn check(system: &System) -> Vec<Violation> {
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
fn objects(system: &System) -> Vec<String> {
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
fn uses(sql: &str, expected: &[&str]) {
    assert_eq!(undeclared(sql), expected, "{sql}");
    fine_with_dependency(sql);
}

#[track_caller]
fn uses_nothing(sql: &str) {
    assert_eq!(undeclared(sql), Vec::<String>::new(), "{sql}");
}

const PLATFORM: &str = "table public.platform";

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
fn local_names_are_not_tables() {
    for sql in [
        "create table public.a (platform text, mood text); select platform, mood from public.a where platform = 'x';",
        "create table public.a (platform text); create index i on public.a (platform) where platform is not null;",
        "create table public.a (platform text check (platform <> '')); comment on column public.a.platform is 'platform';",
        "with platform as (select 1) select * from platform;",
        "with platform (x) as materialized (select 1), b as (select * from platform) select * from b, platform p;",
        "with recursive platform as (select 1 as n union all select n + 1 from platform) select * from platform;",
        "select platform.x from extensions.a as platform;",
        "select platform.x, f.y from (values (1)) platform (x), extensions.g() f (y);",
        "select * from (select 1 as x) platform where exists (select 1 where platform.x = 1) for update of platform;",
        "select 'select * from public.platform', $$public.platform$$;",
        "-- public.platform\nselect 1 /* from public.platform */;",
        "create function public.g(platform text) returns text language plpgsql as $$ begin return platform; end $$;",
        "create function public.g() returns text language plpgsql as $$ declare platform text; mood text := 'x'; begin
            platform := 'y'; select 1 into platform; raise notice 'from public.platform %', platform; return platform; end $$;",
        "create temp table platform (x int); insert into platform values (1); drop table platform;",
        "create function public.g() returns void language plpgsql as $$ begin create temp table platform as select 1; perform 1 from platform; end $$;",
        "create table public.a (x int); create trigger t after insert on public.a referencing new table as platform for each statement execute function extensions.f();
         create function public.g() returns trigger language plpgsql as $$ begin perform 1 from platform; return null; end $$;",
        "select * from extensions.platform, extensions.mood, auth.f(1), vault.platform;",
        "select count(*), lower('x'), now(), current_date, left('x', 1) from pg_class, pg_catalog.pg_type;",
    ] {
        uses_nothing(sql);
    }
}

#[test]
fn a_with_query_hides_the_table_only_where_it_is_in_sight() {
    uses(
        "with platform as (select * from platform) select * from platform;",
        &[PLATFORM],
    );
    uses(
        "with a as (select * from platform), platform as (select 1) select * from platform;",
        &[PLATFORM],
    );
    uses(
        "select * from (with platform as (select 1) select * from platform) x, platform;",
        &[PLATFORM],
    );
}

#[test]
fn search_path_settings_decide_for_unqualified_names() {
    uses_nothing("set local search_path = extensions; select * from platform;");
    uses(
        "set local search_path = ''; reset search_path; select * from platform;",
        &[PLATFORM],
    );
    uses(
        "create function extensions.g() returns int language sql set search_path = public as 'select 1 from platform';",
        &[PLATFORM],
    );
    let sql = "create function public.g() returns int language sql set search_path = '' as 'select 1 from platform';";
    let system = system(vec![phase("base", &[], BASE), phase("top", &["base"], sql)]);
    let found = check(&system);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].level),
        (ViolationKind::UnqualifiedName, Level::Warning)
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

#[test]
fn two_phases_cannot_define_the_same_object() {
    let duplicates = |first: &str, second: &str| {
        let system = system(vec![phase("a", &[], first), phase("b", &["a"], second)]);
        check(&system)
            .into_iter()
            .map(|found| (found.kind, found.object))
            .collect::<Vec<_>>()
    };
    let kind = ViolationKind::DuplicateObject;
    assert_eq!(
        duplicates(
            "create table public.x (a int);",
            "create view x as select 1;"
        ),
        [(kind, "view x".to_owned())]
    );
    assert_eq!(
        duplicates(
            "create function public.f(a int) returns int language sql as '';",
            "create or replace function public.f(b integer default 1) returns int language sql as '';"
        ),
        [(kind, "function public.f(integer)".to_owned())]
    );
    assert_eq!(
        duplicates(
            "create function public.f(a int) returns int language sql as '';",
            "create function public.f(a text) returns int language sql as '';"
        ),
        []
    );
    let shared = "create schema if not exists private; create extension if not exists pgcrypto;
                  do $$ begin create role r; exception when duplicate_object then null; end $$;";
    assert_eq!(duplicates(shared, shared), []);
    assert_eq!(
        duplicates(
            "create table public.x (a int);",
            "create index x on public.y (a);"
        )
        .len(),
        2
    );
}

#[test]
fn names_that_nobody_defines_are_warnings() {
    let found = |sql: &str| {
        let found = check(&system(vec![phase("a", &[], sql)]));
        assert!(
            found
                .iter()
                .all(|one| one.level == Level::Warning && one.kind == ViolationKind::UnknownObject)
        );
        found.into_iter().map(|one| one.object).collect::<Vec<_>>()
    };
    assert_eq!(
        found("select * from public.nothing;"),
        ["table public.nothing"]
    );
    assert_eq!(found("select * from nothing;"), ["table nothing"]);
    assert_eq!(
        found("select private.f(1), 'x'::app.t;"),
        ["function private.f", "type app.t"]
    );
    assert_eq!(
        found("select * from auth.users, pg_stat_activity, information_schema.tables;"),
        Vec::<String>::new()
    );
    assert_eq!(
        found("create extension postgis schema public; select public.st_x(1);"),
        Vec::<String>::new()
    );
    assert_eq!(
        found(
            "create table public.t (id bigserial, n int generated always as identity);
               select nextval('public.t_id_seq'); grant usage on sequence public.t_n_seq to anon;"
        ),
        Vec::<String>::new()
    );
    let mut plain = system(vec![phase("a", &[], "select * from auth.users;")]);
    plain.platform = Platform::Postgres;
    assert_eq!(objects(&plain), ["table auth.users"]);
}

#[test]
fn renamed_and_moved_objects_are_known_by_their_new_names() {
    let base = "create table public.a (x int); alter table public.a rename to b;
                create schema app; alter table public.b set schema app;";
    let good = system(vec![
        phase("base", &[], base),
        phase("top", &["base"], "select * from public.b, app.b;"),
    ]);
    assert_eq!(check(&good), []);
    let bad = system(vec![
        phase("base", &[], base),
        phase("top", &[], "select * from app.b;"),
    ]);
    assert_eq!(objects(&bad), ["table app.b"]);
}
