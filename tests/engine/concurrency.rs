//! Many at once.

use crate::support::cli::Pgphase;
use crate::support::cluster::{Cluster, Database};
use crate::support::look::assert_same;
use crate::support::project::Project;

#[test]
fn eight_runs_at_once_on_an_empty_database_all_succeed_and_apply_each_file_once() {
    let database = Cluster::shared().plain("eight");
    // Not idempotent, and each row tells of one application.
    let project = Project::shop()
        .migration("phase_1_people/002_mark", "create table public.mark (run int);\ninsert into public.mark values (1);\nselect pg_sleep(0.05);\n")
        .migration("phase_2_orders/002_mark", "insert into public.mark values (2);\n")
        .file("phase_2_orders/R_mark.sql", "insert into public.mark values (3);\n")
        .file("phase_2_orders/R_mark.down.sql", "-- Nothing to undo.\n");
    let runs: Vec<_> = (0..8)
        .map(|_| {
            database
                .pgphase("migrate up --format json")
                .dir(&project)
                .spawn()
        })
        .collect();
    let mut applied = 0;
    for run in runs {
        let report = run.wait().exits(0).json();
        applied += report["applied"].as_array().unwrap().len();
    }
    assert_eq!(applied, 5, "every file is applied by one of them");
    assert_eq!(
        database.lines("select run from public.mark order by 1"),
        "1\n2\n3"
    );
    assert_eq!(
        database.value(
            "select count(*) from pgphase.history where state = 'done' and duration_ms is not null"
        ),
        "5"
    );
    assert_eq!(
        database.value("select count(*) from pgphase.refinery_schema_history"),
        "4"
    );
}

#[test]
fn eight_runs_of_streamvibe_at_once_all_succeed() {
    let database = Cluster::shared().supabase("eight_whole");
    let runs: Vec<_> = (0..8)
        .map(|_| {
            database
                .pgphase("migrate up --system streamvibe --quiet")
                .spawn()
        })
        .collect();
    for run in runs {
        run.wait().exits(0);
    }
    let whole = Cluster::shared().streamvibe("one_whole");
    assert_same(&whole.catalogue(), &database.catalogue());
}

#[test]
fn eight_databases_of_one_server_at_once_get_their_platform_and_their_system() {
    // A server of its own: the roles, which all databases share, must not be there yet.
    let cluster = Cluster::builder().start();
    let databases: Vec<Database<'_>> = (0..8).map(|_| cluster.database("many")).collect();
    let project = Project::new("mini").phase(1, "one", &[]).file(
        "phase_1_one/001_schema.sql",
        "create table public.mine (user_id uuid primary key references auth.users (id));\n",
    );
    project.replace("system.toml", "\"postgres\"", "\"supabase\"");
    for words in ["platform install", "migrate up"] {
        let runs: Vec<_> = databases
            .iter()
            .map(|database| database.pgphase(words).dir(&project).spawn())
            .collect();
        for run in runs {
            run.wait().exits(0);
        }
    }
    for database in &databases {
        assert!(database.has("public.mine"));
    }
}

#[test]
fn a_second_run_waits_names_the_holder_and_gives_up_in_time() {
    let database = Cluster::shared().plain("waits");
    let project = Project::new("slow").phase(1, "one", &[]).migration(
        "phase_1_one/001_slow",
        "create table public.slow (id int);\nselect pg_sleep(2.5);\n",
    );
    let first = database.pgphase("migrate up").dir(&project).spawn();
    crate::support::cli::wait_until("the first run is at work", || {
        database.value("select count(*) from pg_stat_activity where query like '%pg_sleep(2.5)%' and state = 'active' and datname = current_database() and pid <> pg_backend_pid()") == "1"
    });
    database
        .pgphase("migrate up --lock-wait 200ms")
        .dir(&project)
        .fails(3)
        .says("holds the run lock")
        .says("pgphase, role app_owner");
    let second = database.pgphase("migrate up").dir(&project).spawn();
    first.wait().exits(0);
    second
        .wait()
        .exits(0)
        .says("waiting for another run")
        .says("nothing to do");
}

#[test]
fn a_run_that_was_killed_leaves_nothing_half_done_and_does_not_lock_others_out() {
    let database = Cluster::shared().plain("killed");
    let project = Project::new("slow").phase(1, "one", &[]).migration(
        "phase_1_one/001_slow",
        "create table public.slow (id int);\nselect pg_sleep(case when current_setting('application_name') = 'slow' then 30 else 0 end);\n",
    );
    let slow = format!("{}&application_name=slow", database.login_url());
    let run = Pgphase::new("migrate up --database-url")
        .arg(slow)
        .dir(&project)
        .spawn();
    crate::support::cli::wait_until("the run is at work", || {
        database.value("select count(*) from pg_stat_activity where application_name = 'slow' and wait_event = 'PgSleep' and datname = current_database()") == "1"
    });
    run.signal("KILL");
    run.wait();
    // The server notices when it next speaks; a human would look at pg_stat_activity and do this.
    database.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'slow' and datname = current_database()");
    assert!(!database.has_history());
    database.pgphase("migrate up").dir(&project).ok();
}
