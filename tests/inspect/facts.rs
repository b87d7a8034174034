//! Facts are the same whoever asks, with whatever settings, inside and outside of a transaction.

use crate::scene::{apply, empty, system, whole, with_phases};
use pgphase::inspect::facts::{self, Facts, Scope};

/// Every kind of fact that there is.
const KINDS: [&str; 25] = [
    "attribute ",
    "column ",
    "composite type ",
    "constraint ",
    "default privileges in ",
    "domain constraint ",
    "domain ",
    "enum ",
    "event trigger ",
    "extension ",
    "function ",
    "grant on ",
    "index ",
    "materialized view ",
    "policy ",
    "publication ",
    "range type ",
    "rule ",
    "schema ",
    "sequence ",
    "statistics ",
    "table ",
    "trigger ",
    "view ",
    "operator ",
];

fn names(facts: &Facts) -> Vec<&str> {
    facts.iter().map(|(key, _)| key).collect()
}

#[tokio::test]
async fn every_kind_of_object_becomes_a_fact() {
    let system = system();
    let (_database, session) = with_phases("kinds", &system, &["base"]).await;
    let operator =
        "create operator public.=== (leftarg = integer, rightarg = integer, function = int4eq)";
    session.client.batch_execute(operator).await.unwrap();
    let facts = whole(&session, &system).await;
    for kind in KINDS {
        let found = facts.iter().any(|(key, _)| key.starts_with(kind));
        assert!(found, "no fact begins with {kind:?}: {:#?}", names(&facts));
    }
}

#[tokio::test]
async fn settings_of_the_session_change_no_fact_and_come_back() {
    let system = system();
    let (_database, session) = with_phases("settings", &system, &["base"]).await;
    let plain = whole(&session, &system).await;
    let strange = "set search_path = public, private; set datestyle = 'SQL, DMY'; set intervalstyle = iso_8601; \
                   set timezone = 'Asia/Tokyo'; set extra_float_digits = -15; set bytea_output = escape; \
                   set quote_all_identifiers = on; set standard_conforming_strings = off; set jit = on";
    session.client.batch_execute(strange).await.unwrap();
    assert_eq!(whole(&session, &system).await, plain);
    for (name, value) in [
        ("search_path", "public, private"),
        ("timezone", "Asia/Tokyo"),
        ("jit", "on"),
    ] {
        let now: String = session
            .client
            .query_one("select current_setting($1)", &[&name])
            .await
            .unwrap()
            .get(0);
        assert_eq!(now, value);
    }
}

#[tokio::test]
async fn inside_a_transaction_its_local_settings_are_left_as_they_were() {
    let system = system();
    let (_database, session) = with_phases("local", &system, &["base"]).await;
    session
        .client
        .batch_execute("begin; set local search_path = private")
        .await
        .unwrap();
    let inside = whole(&session, &system).await;
    let path = session
        .client
        .query_one("select current_setting('search_path')", &[])
        .await
        .unwrap();
    assert_eq!(path.get::<_, String>(0), "private");
    session.client.batch_execute("commit").await.unwrap();
    assert_eq!(whole(&session, &system).await, inside);
    let path = session
        .client
        .query_one("select current_setting('search_path')", &[])
        .await
        .unwrap();
    assert_eq!(path.get::<_, String>(0), "\"$user\", public");
}

#[tokio::test]
async fn a_role_without_any_right_reads_the_same_facts() {
    let system = system();
    let (_database, session) = with_phases("role", &system, &["base"]).await;
    let mighty = whole(&session, &system).await;
    session.client.batch_execute("set role anon").await.unwrap();
    assert_eq!(whole(&session, &system).await, mighty);
}

#[tokio::test]
async fn members_of_extensions_are_no_facts() {
    let (_database, session) = empty("members").await;
    let before = whole(&session, &system()).await;
    session
        .client
        .batch_execute("create extension pg_trgm schema public")
        .await
        .unwrap();
    let after = whole(&session, &system()).await;
    let new: Vec<_> = names(&after)
        .into_iter()
        .filter(|key| before.get(key).is_none())
        .collect();
    assert_eq!(new, ["extension pg_trgm"]);
}

#[tokio::test]
async fn the_parts_of_a_scope_are_the_same_as_in_the_whole() {
    let system = system();
    let (_database, session) = with_phases("parts", &system, &["base", "more", "aside"]).await;
    let all = whole(&session, &system).await;
    let names = facts::Names {
        schemas: system.schemas.clone(),
        relations: vec!["users".into(), "Odd Name".into()],
        functions: vec!["add_up".into()],
        types: vec!["mood".into()],
        extra: vec![facts::Section::ChildComments, facts::Section::ColumnDetails],
    };
    let part = facts::read(&session.client, &Scope::Objects(names))
        .await
        .unwrap();
    assert!(part.len() > 40, "{:#?}", self::names(&part));
    for (key, fact) in part.iter() {
        assert_eq!(all.get(key), Some(fact), "{key}");
    }
}

#[tokio::test]
async fn applying_a_phase_twice_changes_nothing() {
    let mut system = system();
    let (_database, session) = with_phases("twice", &system, &["base"]).await;
    let once = whole(&session, &system).await;
    system.phases[0].migrations.clear();
    apply(&session, &system.phases[0]).await;
    assert_eq!(whole(&session, &system).await, once);
}
