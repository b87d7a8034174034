//! `--dry-run` prints what would run, and only that.

use crate::support::cluster::Cluster;
use crate::support::look::assert_same;
use crate::support::project::Project;

#[test]
fn the_sql_of_a_dry_run_given_to_psql_builds_the_same_database() {
    let cluster = Cluster::shared();
    let database = cluster.supabase("dry_run");
    let before = database.catalogue();
    let sql = database
        .pgphase("migrate up --system streamvibe --dry-run")
        .ok()
        .stdout;
    assert_same(&before, &database.catalogue());
    assert!(!database.has_history(), "a dry run leaves nothing");
    database.psql_text(&sql);
    let built = cluster.streamvibe("not_dry");
    assert_same(&built.catalogue(), &database.catalogue());
    let rows = "select count(*) from public.subscription_tier";
    assert_eq!(
        built.value(rows),
        database.value(rows),
        "reference data too"
    );
}

#[test]
fn a_dry_run_of_down_takes_everything_away() {
    let cluster = Cluster::shared();
    let empty = cluster.supabase("dry_empty");
    let database = cluster.streamvibe("dry_down");
    let sql = database.pgphase("migrate down --all --dry-run").ok().stdout;
    database.psql_text(&sql);
    assert_same(&empty.catalogue(), &database.catalogue());
}

#[test]
fn a_dry_run_of_what_is_pending_shows_only_that_and_files_outside_a_transaction_as_such() {
    let database = Cluster::shared().plain("dry_rest");
    let shop = Project::shop().file(
        "phase_2_orders/002_index.sql",
        "-- pgphase: no-transaction\ncreate index concurrently purchase_idx on public.purchase (person_id)",
    )
    .file("phase_2_orders/002_index.down.sql", "drop index public.purchase_idx;\n");
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    let run = database
        .pgphase("migrate up --dry-run")
        .dir(&shop)
        .ok()
        .says_not("public.person (\n");
    assert!(
        run.stdout
            .contains("commit;\n\n-- phase_2_orders/002_index"),
        "{run}"
    );
    assert!(
        !run.stdout.contains("begin;\n\ncommit;"),
        "no transaction is empty: {run}"
    );
    database.psql_text(&run.stdout);
    assert!(database.has("public.purchase_idx"));
}

#[test]
fn a_dry_run_under_single_transaction_is_one_transaction() {
    let database = Cluster::shared().plain("dry_single");
    let run = database
        .pgphase("migrate up --dry-run --single-transaction")
        .dir(&Project::shop())
        .ok();
    assert_eq!(run.stdout.matches("begin;").count(), 1, "{run}");
    assert_eq!(run.stdout.matches("commit;").count(), 1, "{run}");
}
