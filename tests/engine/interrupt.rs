//! Ctrl-C and termination.

use crate::support::cli::{Running, wait_until};
use crate::support::cluster::{Cluster, Database};
use crate::support::project::Project;
use std::time::{Duration, Instant};

fn slow() -> Project {
    Project::new("slow")
        .phase(1, "quick", &[])
        .table("phase_1_quick", "001_schema", "public.quick", "name text")
        .phase(2, "slow", &["quick"])
        .migration(
            "phase_2_slow/001_slow",
            "create table public.slow (id int);\nselect pg_sleep(40);\n",
        )
}

/// Starts a run and waits until the server sleeps.
fn sleeping(database: &Database<'_>, project: &Project, words: &str) -> Running {
    let run = database.pgphase(words).dir(project).spawn();
    wait_until("the server sleeps", || is_sleeping(database));
    run
}

fn is_sleeping(database: &Database<'_>) -> bool {
    database.value("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()") != "0"
}

#[test]
fn an_interrupt_cancels_on_the_server_rolls_back_and_says_what_stands() {
    for signal in ["INT", "TERM"] {
        let database = Cluster::shared().plain("interrupt");
        let project = slow();
        let run = sleeping(&database, &project, "migrate up --format json");
        let begun = Instant::now();
        run.signal(signal);
        let run = run.wait().exits(2);
        assert!(begun.elapsed() < Duration::from_secs(5), "{run}");
        let error = run.error();
        assert_eq!(error["kind"], "interrupted", "{run}");
        assert_eq!(error["standing"][0], "phase_1_quick/001_schema", "{run}");
        assert_eq!(error["rolled_back"][0], "phase_2_slow/001_slow", "{run}");
        assert!(!is_sleeping(&database), "the server still sleeps");
        assert!(!database.has("public.slow"));
        assert_eq!(database.applied(), "quick/001_schema");
        database
            .pgphase("migrate plan")
            .dir(&project)
            .ok()
            .says("001_slow")
            .says_not("001_schema");
    }
}

#[test]
fn an_interrupted_down_rolls_back_and_says_so() {
    let database = Cluster::shared().plain("down_stop");
    let project = slow();
    project.write(
        "phase_2_slow/001_slow.sql",
        "create table public.slow (id int);\n",
    );
    project.write(
        "phase_2_slow/001_slow.down.sql",
        "drop table public.slow;\nselect pg_sleep(40);\n",
    );
    database.pgphase("migrate up").dir(&project).ok();
    let run = sleeping(&database, &project, "migrate down --all --yes");
    run.signal("INT");
    run.wait()
        .exits(2)
        .says("stopped")
        .says("rolled back: phase_2_slow/001_slow");
    assert!(database.has("public.slow"));
    assert_eq!(database.applied(), "quick/001_schema\nslow/001_slow");
}

#[test]
fn an_interrupt_outside_a_transaction_keeps_what_is_done_and_goes_on_there() {
    let database = Cluster::shared().plain("outside_stop");
    let project = Project::new("slow").phase(1, "one", &[]).migration(
        "phase_1_one/001_slow",
        "-- pgphase: no-transaction\ncreate table public.first (id int);\nselect pg_sleep(case when to_regclass('public.go') is null then 40 else 0 end);\ncreate table public.last (id int);\n",
    );
    let run = sleeping(&database, &project, "migrate up");
    run.signal("INT");
    run.wait()
        .exits(2)
        .says("stopped in phase_1_one/001_slow")
        .says("goes on with this statement");
    assert!(database.has("public.first") && !database.has("public.last"));
    database
        .pgphase("migrate status")
        .dir(&project)
        .ok()
        .says("invalid");
    database
        .pgphase("migrate plan")
        .dir(&project)
        .ok()
        .says("was interrupted after 1 statement");
    database.execute("create table public.go ()");
    database.pgphase("migrate up").dir(&project).ok();
    assert!(database.has("public.last"));
    database
        .pgphase("migrate status --check")
        .dir(&project)
        .ok();
}

#[test]
fn an_interrupt_while_another_run_is_waited_for_ends_at_once() {
    let database = Cluster::shared().plain("wait_stop");
    let project = slow();
    let first = sleeping(&database, &project, "migrate up");
    let second = database.pgphase("migrate up").dir(&project).spawn();
    wait_until("the second run is there", || {
        database.value("select count(*) from pg_stat_activity where application_name = 'pgphase' and datname = current_database() and pid <> pg_backend_pid()") == "2"
    });
    std::thread::sleep(Duration::from_millis(300));
    second.signal("INT");
    let second = second.wait();
    assert_eq!(second.code, Some(2), "{second}");
    first.signal("INT");
    first.wait().exits(2);
}

#[test]
fn an_interrupt_before_anything_leaves_nothing() {
    let database = Cluster::shared().plain("early_stop");
    let run = database.pgphase("migrate up").dir(&slow()).spawn();
    run.signal("INT");
    let run = run.wait();
    assert_ne!(run.code, Some(0), "{run}");
    assert!(!database.has("public.slow"));
}
