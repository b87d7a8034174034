//! Tables that others hold.

use crate::support::cli::wait_until;
use crate::support::cluster::{Cluster, Database, blocking};
use crate::support::project::Project;
use std::time::{Duration, Instant};

/// Phase 1 is applied; a second file alters its table.
fn altering(database: &Database<'_>) -> Project {
    let project = Project::new("shop").phase(1, "people", &[]).table(
        "phase_1_people",
        "001_schema",
        "public.person",
        "name text",
    );
    database.pgphase("migrate up").dir(&project).ok();
    project.migration(
        "phase_1_people/002_more",
        "alter table public.person add column note text;\n",
    )
}

/// Waits until a statement has waited for the table for longer than the runs' lock timeout of 100 ms.
async fn until_waited_for(database: &Database<'_>, statement: &str) {
    let waiting = format!(
        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '%{statement}%' and datname = current_database()"
    );
    wait_until("the run waits for the table", || {
        database.value(&waiting) != "0"
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
}

/// Holds the table in ACCESS EXCLUSIVE mode until the future says so.
fn holding(database: &Database<'_>, during: impl Future<Output = ()> + Send) {
    blocking(async {
        let session = database.session().await;
        let hold = "begin; lock table public.person in access exclusive mode";
        session.client.batch_execute(hold).await.unwrap();
        during.await;
        session.close().await;
    });
}

#[test]
fn a_table_that_is_released_in_time_is_waited_for_and_tried_again() {
    let database = Cluster::shared().plain("released");
    let project = altering(&database);
    let mut run = None;
    holding(&database, async {
        run = Some(
            database
                .pgphase("migrate up --lock-timeout 100ms")
                .dir(&project)
                .spawn(),
        );
        until_waited_for(&database, "add column note").await;
    });
    run.unwrap()
        .wait()
        .exits(0)
        .says("lock timeout")
        .says("again in");
    assert_eq!(database.applied(), "people/001_schema\npeople/002_more");
}

#[test]
fn a_table_that_stays_locked_is_exit_3_and_rolled_back() {
    let database = Cluster::shared().plain("stays");
    let project = altering(&database);
    holding(&database, async {
        let error = database
            .pgphase("migrate up --lock-timeout 50ms --lock-wait 1s --format json")
            .dir(&project)
            .fails(3)
            .error();
        assert_eq!(error["kind"], "locked", "{error:#}");
        assert_eq!(error["sqlstate"], "55P03");
        assert_eq!(error["line"], 1);
        assert!(
            error["rolled_back"][0]
                .as_str()
                .unwrap()
                .contains("002_more")
        );
    });
    assert_eq!(database.applied(), "people/001_schema");
    database.pgphase("migrate up").dir(&project).ok();
}

#[test]
fn down_waits_for_a_lock_as_up_does() {
    let database = Cluster::shared().plain("down_lock");
    let project = altering(&database);
    database.pgphase("migrate up").dir(&project).ok();
    project.write(
        "phase_1_people/002_more.down.sql",
        "alter table public.person drop column note;\n",
    );
    let mut run = None;
    holding(&database, async {
        run = Some(
            database
                .pgphase("migrate down --all --yes --lock-timeout 100ms")
                .dir(&project)
                .spawn(),
        );
        until_waited_for(&database, "drop column note").await;
    });
    run.unwrap().wait().exits(0).says("again in");
    assert!(!database.has("public.person"));
}

#[test]
fn ctrl_c_while_waiting_for_a_table_ends_at_once() {
    let database = Cluster::shared().plain("lock_stop");
    let project = altering(&database);
    holding(&database, async {
        let run = database
            .pgphase("migrate up --lock-timeout 60s")
            .dir(&project)
            .spawn();
        wait_until("the run waits for the table", || {
            database.value("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()") == "1"
        });
        let begun = Instant::now();
        run.signal("INT");
        run.wait()
            .exits(2)
            .says("stopped in phase_1_people/002_more");
        assert!(begun.elapsed() < Duration::from_secs(5));
    });
    assert_eq!(database.applied(), "people/001_schema");
}
