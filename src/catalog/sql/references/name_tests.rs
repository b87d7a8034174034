//! Which names are tables and which are not, and what is wrong with names as such.

use super::tests::{BASE, PLATFORM, check, objects, uses, uses_nothing};
use super::{Level, ViolationKind};
use crate::catalog::model::Platform;
use crate::catalog::sql::testing::{phase, source, system};

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

#[test]
fn anon_may_execute_only_functions_of_the_phase_that_lists_them() {
    let with = |phase_index: usize, signature: &str| {
        let mut system = system(vec![phase("base", &[], BASE), phase("top", &["base"], "")]);
        system.file = source(
            "system.toml",
            &format!("name = \"test\"\nanon_execute = [\"{signature}\"]\n"),
        );
        system.phases[phase_index]
            .anon_execute
            .push(signature.to_owned());
        check(&system)
    };
    assert_eq!(with(0, "public.f(int)"), []);
    let wrong = with(1, "public.f(integer)");
    assert_eq!(wrong[0].location.to_string(), "system.toml:2:18");
    assert_eq!((wrong.len(), wrong[0].level), (1, Level::Error));
    let unknown = with(0, "public.f(text)");
    assert_eq!(
        (unknown.len(), unknown[0].kind),
        (1, ViolationKind::UnknownObject)
    );
}
