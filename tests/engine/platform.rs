//! `platform`: the stand-in for Supabase, brought and taken away. On servers of their own, since roles belong to the
//! whole server.

use crate::support::cluster::Cluster;
use crate::support::look::assert_same;

#[test]
fn the_stand_in_is_seen_installed_once_used_and_taken_away_without_a_trace() {
    let cluster = Cluster::builder().start();
    let database = cluster.database("platform");
    let run = |words: &str| database.pgphase(&format!("platform {words} --system streamvibe"));
    let roles = "select rolname from pg_roles order by 1";
    let (before, roles_before) = (database.catalogue(), database.lines(roles));

    run("status").fails(1).says("missing");
    assert_same(&before, &database.catalogue());
    run("install").ok();
    let installed = database.catalogue();
    run("status").ok();
    run("install").ok();
    assert_same(&installed, &database.catalogue());
    let status = run("status").json();
    assert_eq!(
        (&status["complete"], &status["is_stand_in"]),
        (&true.into(), &true.into())
    );

    database.pgphase("migrate up --system streamvibe").ok();
    run("uninstall --yes").fails(2).says("migrate down --all");
    assert!(database.has("auth.users"), "nothing went");
    database.pgphase("migrate down --all --yes").ok();
    run("uninstall").fails(3).says("--yes");
    assert_same(&installed, &database.catalogue());
    run("uninstall --yes").ok();
    assert_same(&before, &database.catalogue());
    assert_eq!(roles_before, database.lines(roles));
}

#[test]
fn a_role_that_may_not_install_the_stand_in_is_told_what_would_help() {
    let cluster = Cluster::builder().start();
    cluster.execute("create role humble login createrole");
    let database = cluster.database_with("humble", "owner humble", "humble");
    let before = database.catalogue();
    database
        .pgphase("platform install --system streamvibe")
        .fails(3)
        .says("BYPASSRLS")
        .says("superuser");
    assert_same(&before, &database.catalogue());
    assert_eq!(
        database.value("select count(*) from pg_roles where rolname = 'anon'"),
        "0"
    );
}

#[test]
fn a_system_for_plain_postgresql_needs_no_platform() {
    let database = Cluster::shared().plain("needs_none");
    let before = database.catalogue();
    for verb in ["status", "install", "uninstall --yes"] {
        database
            .pgphase(&format!("platform {verb}"))
            .dir(&crate::support::project::Project::shop())
            .ok()
            .says("nothing but PostgreSQL");
    }
    assert_same(&before, &database.catalogue());
}

#[test]
fn a_system_that_was_built_from_its_exported_files_is_recognised_and_not_built_again() {
    let database = Cluster::shared().streamvibe("without_history");
    database.execute("drop schema pgphase cascade");
    database
        .pgphase("migrate up --system streamvibe")
        .fails(3)
        .says("and pgphase did not put them there")
        .says(" more")
        .says("looks like streamvibe itself");
    database
        .pgphase("verify --all-phases --system streamvibe")
        .ok();
}
