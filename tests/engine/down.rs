//! `migrate down`: only what is named, never in silence, and without a trace.

use crate::support::cluster::Cluster;
use crate::support::look::assert_same;
use crate::support::project::Project;
use serde_json::json;

#[test]
fn down_needs_a_target() {
    let database = Cluster::shared().plain("down_target");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate down")
        .dir(&shop)
        .fails(3)
        .says("--all");
    database.pgphase("migrate down --yes").dir(&shop).fails(3);
    database
        .pgphase("migrate down --all --to 1 --yes")
        .dir(&shop)
        .fails(3);
    database
        .pgphase("migrate down --phase 9 --yes")
        .dir(&shop)
        .fails(3);
    assert!(database.has("public.purchase"));
}

#[test]
fn down_refuses_while_an_applied_phase_depends_on_it_unless_it_may_go_too() {
    let database = Cluster::shared().plain("dependents");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate down --phase people --yes")
        .dir(&shop)
        .fails(3)
        .says("2 (orders)")
        .says("--with-dependents");
    assert!(database.has("public.person") && database.has("public.purchase"));
    database
        .pgphase("migrate down --phase people --with-dependents --yes")
        .dir(&shop)
        .ok()
        .says("2 files reverted");
    assert!(!database.has("public.person") && !database.has("public.purchase"));
}

#[test]
fn without_a_terminal_down_asks_nobody_and_changes_nothing() {
    let database = Cluster::shared().plain("no_terminal");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate down --all")
        .dir(&shop)
        .fails(3)
        .says("no terminal")
        .says("--yes");
    assert_eq!(database.applied(), "people/001_schema\norders/001_schema");
    let error = database
        .pgphase("migrate down --all --format json")
        .dir(&shop)
        .fails(3)
        .error();
    assert_eq!(error["kind"], "not_confirmed");
}

#[test]
fn the_rows_that_would_be_lost_are_shown() {
    let database = Cluster::shared().plain("rows");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    database.execute(
        "insert into public.person (name) select 'p' || n from generate_series(1, 1234) n",
    );
    let run = database.pgphase("migrate down --all").dir(&shop).fails(3);
    let line = run
        .stderr
        .lines()
        .find(|line| line.contains("public.person"));
    assert!(line.is_some_and(|line| line.contains("1234")), "{run}");
}

#[test]
fn to_keeps_the_named_phase_and_what_it_needs() {
    let database = Cluster::shared().plain("down_to");
    let shop = Project::shop().phase(5, "reports", &["orders"]).table(
        "phase_5_reports",
        "001_schema",
        "public.report",
        "title text",
    );
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate down --to 1 --yes")
        .dir(&shop)
        .ok();
    assert_eq!(database.applied(), "people/001_schema");
    database
        .pgphase("migrate down --to people --yes")
        .dir(&shop)
        .ok()
        .says("nothing to do");
    database
        .pgphase("migrate down --phase 2 --yes")
        .dir(&shop)
        .ok()
        .says("nothing to do");
}

#[test]
fn down_in_json_lists_what_was_reverted_in_order() {
    let database = Cluster::shared().plain("down_json");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    let report = database
        .pgphase("migrate down --all --yes")
        .dir(&shop)
        .json();
    let reverted: Vec<_> = report["reverted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].clone())
        .collect();
    assert_eq!(reverted, [json!("orders"), json!("people")]);
    assert_eq!(report["applied"], json!([]));
}

#[test]
fn a_down_that_fails_rolls_its_phase_back_and_says_what_is_gone() {
    let database = Cluster::shared().plain("down_fails");
    let shop = Project::shop();
    shop.write(
        "phase_1_people/001_schema.down.sql",
        "drop table public.person;\ndrop table public.nothing;\n",
    );
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate down --all --yes")
        .dir(&shop)
        .fails(2)
        .says("001_schema.down.sql:2:")
        .says("[42P01]")
        .says("phase_2_orders/001_schema is reverted")
        .says("rolled back: phase_1_people/001_schema");
    assert!(database.has("public.person") && !database.has("public.purchase"));
    assert_eq!(database.applied(), "people/001_schema");
}

#[test]
fn a_migration_without_a_down_file_cannot_be_reverted_and_nothing_is() {
    let database = Cluster::shared().plain("no_down_file");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    shop.remove("phase_1_people/001_schema.down.sql");
    database
        .pgphase("migrate down --all --yes")
        .dir(&shop)
        .fails(3)
        .says("has no down file");
    assert!(database.has("public.purchase"));
}

#[test]
fn somebody_elses_table_in_schema_pgphase_stops_the_last_down_whole() {
    let database = Cluster::shared().plain("foreign");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    database.execute("create table pgphase.mine (id int)");
    database
        .pgphase("migrate down --all --yes")
        .dir(&shop)
        .fails(2)
        .says("pgphase");
    assert!(database.has("pgphase.history") && database.has("public.person"));
}

/// All of StreamVibe is there; a phase goes, with what depends on it, and comes back.
fn goes_and_comes_back(phase: u8) {
    let database = Cluster::shared().streamvibe("up_down_up");
    let built = database.catalogue();
    let down = format!("migrate down --phase {phase} --with-dependents --yes");
    database.pgphase(&down).ok();
    assert_ne!(built, database.catalogue());
    database.pgphase("migrate up --system streamvibe").ok();
    assert_same(&built, &database.catalogue());
}

macro_rules! up_down_up_ends_in_the_identical_catalogue {
    ($($name:ident $phase:literal)*) => {
        $(#[test] fn $name() { goes_and_comes_back($phase); })*
    };
}

up_down_up_ends_in_the_identical_catalogue! {
    up_down_up_of_phase_1_ends_in_the_identical_catalogue 1
    up_down_up_of_phase_2_ends_in_the_identical_catalogue 2
    up_down_up_of_phase_3_ends_in_the_identical_catalogue 3
    up_down_up_of_phase_4_ends_in_the_identical_catalogue 4
    up_down_up_of_phase_5_ends_in_the_identical_catalogue 5
    up_down_up_of_phase_6_ends_in_the_identical_catalogue 6
    up_down_up_of_phase_7_ends_in_the_identical_catalogue 7
}

#[test]
fn down_of_each_phase_alone_leaves_what_the_phases_before_it_built() {
    let database = Cluster::shared().supabase("one_by_one");
    let mut before = vec![database.catalogue()];
    for phase in 1..=7 {
        database
            .pgphase(&format!(
                "migrate up --system streamvibe --phase {phase} --only"
            ))
            .ok();
        before.push(database.catalogue());
    }
    for phase in (1..=7).rev() {
        before.pop();
        database
            .pgphase(&format!("migrate down --phase {phase} --yes"))
            .ok();
        assert_same(before.last().unwrap(), &database.catalogue());
    }
}

#[test]
fn down_of_everything_leaves_the_database_as_it_was_found() {
    let cluster = Cluster::shared();
    let database = cluster.supabase("without_trace");
    let roles = "select rolname || ' ' || rolsuper || rolbypassrls || rolcanlogin || coalesce(rolconfig::text, '')
        from pg_roles order by 1";
    let (found, found_roles) = (database.catalogue(), database.lines(roles));
    database.pgphase("migrate up --system streamvibe").ok();
    database.pgphase("migrate down --all --yes").ok();
    assert_same(&found, &database.catalogue());
    let ours = |roles: &str| -> Vec<String> {
        let others = roles
            .lines()
            .filter(|role| !role.starts_with("builder_") && !role.starts_with("limited_"));
        others.map(str::to_owned).collect()
    };
    assert_eq!(ours(&found_roles), ours(&database.lines(roles)));
    assert!(!database.has_history());
    database.pgphase("migrate up --system streamvibe").ok();
}
