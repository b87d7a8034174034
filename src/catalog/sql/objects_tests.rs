use super::*;

fn created(text: &str) -> Vec<String> {
    objects_created(text)
        .into_iter()
        .map(|object| match object.arguments {
            Some(arguments) => format!("{} {}({arguments})", object.kind, object.name),
            None => format!("{} {}", object.kind, object.name),
        })
        .collect()
}

#[test]
fn every_kind_of_object_is_named() {
    let text = r#"
        create schema app; create schema authorization bob;
        create table public.t (id bigint generated always as identity primary key, n serial);
        create unlogged table u as select 1;
        create foreign table f (a int) server s;
        create view public.v as select 1;
        create materialized view public.m as select 1;
        create sequence public.s;
        create unique index t_n_idx on public.t (n);
        create type public.e as enum ('a'); create type public.c as (a int);
        create domain public.d as text;
        create aggregate public.agg (int) (sfunc = int4pl, stype = int);
        create role app_user nologin;
        create publication p for table public.t;
        create extension pgcrypto with schema extensions;
        create collation public.german (provider = icu, locale = 'de');
    "#;
    assert_eq!(
        created(text),
        [
            "schema app",
            "schema bob",
            "table public.t",
            "table u",
            "foreign table f",
            "view public.v",
            "materialized view public.m",
            "sequence public.s",
            "index public.t_n_idx",
            "type public.e",
            "type public.c",
            "domain public.d",
            "aggregate public.agg(int)",
            "role app_user",
            "publication p",
            "extension pgcrypto",
            "collation public.german",
        ]
    );
}

#[test]
fn routines_have_the_types_of_their_input_arguments() {
    let text =
        "create or replace function public.f(a integer, inout b public.e default 'x', out c int,
                    variadic d text[], character varying(3), e timestamp with time zone)
                returns record language sql as 'select 1';
                create procedure p() language sql as '';";
    assert_eq!(
        created(text),
        [
            "function public.f(integer, public.e, text[], character varying(3), timestamp with time zone)",
            "procedure p()",
        ]
    );
    assert!(objects_created(text)[0].or_replace && !objects_created(text)[1].or_replace);
}

#[test]
fn flags_and_offsets_are_those_of_the_statement() {
    let text = "-- x\ncreate table if not exists /* y */ \"My\".\"T\" (a int);";
    let object = &objects_created(text)[0];
    assert!(object.if_not_exists && !object.or_replace);
    assert_eq!(object.offset, text.find("\"My\"").unwrap());
    assert_eq!(object.name.to_string(), "My.T");
}

#[test]
fn temporary_and_conditional_objects_are_left_out() {
    let text = "create temp table a (x int); create temporary view b as select 1;
                create table pg_temp.c (x int); create index on t (x);
                do $$ begin create type e as enum ('a'); end $$; alter table a rename to b;";
    assert_eq!(created(text), Vec::<String>::new());
}

#[test]
fn objects_inside_create_schema_are_in_that_schema() {
    assert_eq!(
        created("create schema app create table t (a int) create view v as select 1;"),
        ["schema app", "table app.t", "view app.v"]
    );
}

#[test]
fn an_unknown_statement_does_not_hide_the_others() {
    let text = "create frob x;\ncreate table a (x int) with frob;\ncreate table b (x int);";
    assert_eq!(created(text), ["table a", "table b"]);
}
