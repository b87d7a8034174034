//! A history that was damaged, is newer, or belongs to another system: said plainly, never a panic.

use crate::support::cluster::{Cluster, Database};
use crate::support::project::Project;

/// Phase 1 of the shop is applied.
fn applied(name: &str) -> (Database<'static>, Project) {
    let database = Cluster::shared().plain(name);
    let shop = Project::shop();
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    (database, shop)
}

/// After this damage, every verb that reads the history ends with that code and says these words.
fn damaged(name: &str, damage: &str, code: i32, words: &[&str]) {
    let (database, shop) = applied(name);
    database.execute(damage);
    for verb in [
        "migrate up",
        "migrate plan",
        "migrate status",
        "migrate down --all --yes",
        "seed",
    ] {
        let mut run = database
            .pgphase(verb)
            .dir(&shop)
            .fails(code)
            .says_not("panicked");
        for word in words {
            run = run.says(word);
        }
    }
    assert!(!database.has("public.purchase"), "nothing may run");
}

#[test]
fn a_row_that_is_gone_from_refinerys_table_is_named() {
    damaged(
        "no_refinery_row",
        "delete from pgphase.refinery_schema_history",
        2,
        &["damaged", "001_schema"],
    );
}

#[test]
fn a_row_that_only_refinerys_table_has_is_named() {
    damaged(
        "no_row",
        "delete from pgphase.history",
        2,
        &["damaged", "people_001_schema", "refinery"],
    );
}

#[test]
fn a_newer_format_is_refused_with_exit_3() {
    damaged(
        "newer",
        "update pgphase.meta set format = 2",
        3,
        &["newer pgphase", "format 2", "update pgphase"],
    );
}

#[test]
fn a_newer_format_with_other_columns_is_still_told_as_newer() {
    damaged(
        "newer_columns",
        "update pgphase.meta set format = 2; alter table pgphase.history rename column sha256 to digest",
        3,
        &["newer pgphase"],
    );
}

#[test]
fn an_empty_meta_table_is_told() {
    damaged(
        "no_meta",
        "delete from pgphase.meta",
        2,
        &["damaged", "meta"],
    );
}

#[test]
fn a_missing_column_is_told() {
    damaged(
        "no_column",
        "alter table pgphase.history drop column sha256",
        2,
        &["sha256"],
    );
}

#[test]
fn a_missing_table_is_told() {
    damaged(
        "no_table",
        "drop table pgphase.refinery_schema_history",
        2,
        &["refinery_schema_history"],
    );
}

#[test]
fn a_missing_history_table_is_told() {
    damaged("no_history", "drop table pgphase.history", 2, &["pgphase"]);
}

#[test]
fn a_column_of_another_type_is_told() {
    damaged(
        "other_type",
        "alter table pgphase.history alter column phase_number type text",
        2,
        &["pgphase"],
    );
}

#[test]
fn a_null_where_there_must_be_a_value_is_told() {
    damaged(
        "null_value",
        "alter table pgphase.history alter column sha256 drop not null; update pgphase.history set sha256 = null",
        2,
        &["damaged"],
    );
}

#[test]
fn a_checksum_of_refinery_that_is_no_number_is_told() {
    let (database, shop) = applied("checksum");
    database.execute("update pgphase.refinery_schema_history set checksum = 'x'");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("damaged")
        .says_not("panicked");
}

#[test]
fn a_schema_of_the_tools_name_that_is_somebody_elses_is_refused() {
    let cluster = Cluster::shared();
    for (name, owner) in [("their_schema", "postgres"), ("own_schema", "app_owner")] {
        let database = cluster.plain(name);
        database.execute(&format!("create schema pgphase authorization {owner}"));
        let shop = Project::shop();
        database
            .pgphase("migrate status")
            .dir(&shop)
            .ok()
            .says("pending");
        database
            .pgphase("migrate up")
            .dir(&shop)
            .fails(3)
            .says("there is a schema pgphase already");
        assert!(!database.has("public.person"));
    }
}

#[test]
fn a_schema_auth_that_is_closed_to_us_is_no_hindrance() {
    let database = Cluster::shared().plain("closed_auth");
    database.execute("create schema auth; create table auth.users (id int)");
    database.pgphase("migrate up").dir(&Project::shop()).ok();
}

#[test]
fn a_role_that_may_not_read_the_history_is_exit_3() {
    let cluster = Cluster::shared();
    let (owner, shop) = applied("unreadable");
    let role = format!("limited_r{}", std::process::id());
    cluster.execute(&format!("create role {role} login"));
    let limited = std::mem::ManuallyDrop::new(cluster.named(&owner.name, &role));
    limited
        .pgphase("migrate status")
        .dir(&shop)
        .fails(3)
        .says("permission denied")
        .says("--role");
    cluster.execute(&format!("drop role {role}"));
}

#[test]
fn a_database_that_holds_another_system_is_refused_and_both_are_named() {
    let (database, _shop) = applied("other_system");
    let bank = Project::new("bank").phase(1, "accounts", &[]).table(
        "phase_1_accounts",
        "001_schema",
        "public.account",
        "name text",
    );
    for verb in [
        "migrate up",
        "migrate down --all --yes",
        "migrate plan",
        "seed",
    ] {
        database
            .pgphase(verb)
            .dir(&bank)
            .fails(3)
            .says("holds the system shop, not bank");
    }
    assert!(!database.has("public.account") && database.has("public.person"));
}

#[test]
fn objects_that_are_there_already_are_named_and_nothing_is_changed() {
    let database = Cluster::shared().plain("collide");
    let project = Project::new("shop").phase(1, "one", &[]).migration(
        "phase_1_one/001_schema",
        "create type public.mood as enum ('x');\ncreate table public.fresh (id int);\ncreate table public.person (id int);\ncreate view public.people as select 1 as one;\n\
         create function public.f(a integer) returns int language sql as 'select 1';\ncreate index person_idx on public.person (id);\n",
    );
    database.execute(
        "create table public.person (id int); create type public.mood as enum ('y'); create view public.people as select 2 as two;
         create function public.f(a integer) returns int language sql as 'select 2'; create function public.f(a text) returns int language sql as 'select 3'",
    );
    let before = database.catalogue();
    for verb in ["migrate plan", "migrate up"] {
        database
            .pgphase(verb)
            .dir(&project)
            .fails(3)
            .says("table public.person")
            .says("type public.mood")
            .says("view public.people")
            .says("function public.f(")
            .says_not("public.fresh");
    }
    assert_eq!(before, database.catalogue());
    assert!(!database.has_history());
}

#[test]
fn reading_a_young_history_is_not_so_expensive_that_the_server_would_compile_it() {
    let (database, _shop) = applied("young");
    let read = include_str!("../../src/history/read.sql");
    let plan = database.lines(&format!("explain {read}"));
    let total = plan
        .split_once("..")
        .and_then(|(_, rest)| rest.split_once(' '));
    let cost: f64 = total.and_then(|(cost, _)| cost.parse().ok()).expect(&plan);
    // jit_above_cost is 100,000: without its limit, the statement is at 150,000.
    assert!(cost < 1_000.0, "{plan}");
}
