//! New values of an enum, used too early.

use super::tests::{file, none};
use super::{Level, LintContent, LintFile, lint};
use crate::catalog::model::{Platform, SeedValue};
use crate::catalog::sql::testing::{phase, system, with_seed};

const ENUM: &str = "create type public.mood as enum ('sad'); create table public.person (id int, mood public.mood, note text);";

/// Rules and levels when `text` runs behind a file that adds the value 'happy'.
fn after_new_value(text: &str, transaction: Option<usize>) -> Vec<Level> {
    let mut system = system(vec![phase("a", &[], ENUM)]);
    system.platform = Platform::Postgres;
    let add = LintFile {
        path: "add.sql",
        ..file("alter type public.mood add value 'happy';")
    };
    let found = lint(
        &system,
        &[
            add,
            LintFile {
                transaction,
                ..file(text)
            },
        ],
    );
    let enums = found
        .into_iter()
        .filter(|hazard| hazard.rule == "enum-value-used-in-same-transaction");
    enums.map(|hazard| hazard.level).collect()
}

#[test]
fn a_new_enum_value_cannot_be_used_in_its_transaction() {
    for text in [
        "select 'happy'::public.mood;",
        "select array['sad', 'happy']::public.mood[];",
        "insert into public.person (id, mood) values (1, 'happy');",
        "update public.person set mood = 'happy' where id = 1;",
        "delete from public.person where mood in ('happy', 'sad');",
        "alter table public.person alter column mood set default 'happy';",
        "create table public.b (m public.mood default 'happy');",
        "create view public.v as select 1 from public.person p where p.mood = 'happy';",
        "do $$ begin update public.person set mood = 'happy' where id = 1; end $$;",
        "create function public.f() returns bigint language sql as $$ select count(*) from public.person where mood = 'happy' $$;",
    ] {
        assert_eq!(after_new_value(text, Some(1)), [Level::Error], "{text}");
        assert_eq!(after_new_value(text, Some(2)), [], "{text}");
        assert_eq!(after_new_value(text, None), [], "{text}");
    }
    assert_eq!(
        after_new_value("insert into public.person values (1, 'happy');", Some(1)),
        [Level::Warning]
    );
}

#[test]
fn the_same_word_elsewhere_is_not_the_new_value() {
    for text in [
        "insert into public.person (id, note) values (1, 'happy');",
        "update public.person set note = 'happy' where note <> 'happy';",
        "select 'happy'; comment on table public.other is 'happy';",
        "select 'happy'::text from public.person;",
        "create function public.f() returns void language plpgsql as $$ begin update public.person set mood = 'happy'; end $$;",
        "alter type public.other add value 'happy';",
    ] {
        assert_eq!(after_new_value(text, Some(1)), [], "{text}");
    }
}

#[test]
fn values_of_a_type_of_the_same_transaction_may_be_used() {
    none(
        "create type public.e as enum ('a'); alter type public.e add value 'b'; select 'b'::public.e;",
    );
}

#[test]
fn a_seed_that_uses_a_new_value_is_an_error() {
    let happy = [
        ("id", SeedValue::Json(1.into())),
        ("mood", SeedValue::Json("happy".into())),
    ];
    let system = system(vec![with_seed(
        phase("a", &[], ENUM),
        "public.person",
        &happy,
    )]);
    let seed = system.phases[0].seed.as_ref().expect("a seed");
    let add = LintFile {
        path: "add.sql",
        ..file("alter type mood add value 'happy';")
    };
    let rows = LintFile {
        path: "a/seed.toml",
        content: LintContent::Seed(seed),
        ..add
    };
    let found = lint(&system, &[add, rows]);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].level, found[0].line, found[0].file.as_str()),
        (Level::Error, 3, "a/seed.toml")
    );
    assert_eq!(
        lint(
            &system,
            &[
                add,
                LintFile {
                    transaction: Some(2),
                    ..rows
                }
            ]
        ),
        []
    );
}
