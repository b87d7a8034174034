//! Files outside a transaction: recorded statement by statement, resumed, repaired.

use crate::support::cli::wait_until;
use crate::support::cluster::Cluster;
use crate::support::project::Project;

fn with_index(index: &str) -> Project {
    Project::new("shop")
        .phase(1, "people", &[])
        .table("phase_1_people", "001_schema", "public.person", "name text")
        .file(
            "phase_1_people/002_index.sql",
            &format!("-- Found by name.\n-- pgphase: no-transaction\n{index}\n"),
        )
        .file(
            "phase_1_people/002_index.down.sql",
            "drop index public.person_name_idx;\n",
        )
}

const UNIQUE: &str = "create unique index concurrently person_name_idx on public.person (name);";

#[test]
fn an_index_is_built_concurrently_recorded_and_in_plan_and_status() {
    let database = Cluster::shared().plain("concurrently");
    let project = with_index(UNIQUE);
    database
        .pgphase("migrate plan")
        .dir(&project)
        .ok()
        .says("002_index outside a transaction");
    let status = database.pgphase("migrate status").dir(&project).json();
    assert_eq!(
        status["phases"][0]["migrations"][1]["kind"],
        "no_transaction"
    );
    database.pgphase("migrate up").dir(&project).ok();
    assert_eq!(
        database.value(
            "select indisvalid from pg_index where indexrelid = 'public.person_name_idx'::regclass"
        ),
        "t"
    );
    assert_eq!(
        database.lines("select kind || ' ' || state || ' ' || statements_done from pgphase.history order by name"),
        "versioned done 0\nno_transaction done 1"
    );
    database
        .pgphase("migrate status --check")
        .dir(&project)
        .ok();
    database
        .pgphase("migrate up")
        .dir(&project)
        .ok()
        .says("nothing to do");
    database
        .pgphase("migrate down --all --yes")
        .dir(&project)
        .ok();
    assert!(!database.has("public.person"));
}

#[test]
fn an_index_that_a_failed_build_left_invalid_is_found_and_built_again() {
    let database = Cluster::shared().plain("invalid");
    let project = with_index(UNIQUE);
    let first = Project::new("shop").phase(1, "people", &[]).table(
        "phase_1_people",
        "001_schema",
        "public.person",
        "name text",
    );
    database.pgphase("migrate up").dir(&first).ok();
    database.execute("insert into public.person (name) values ('twin'), ('twin')");
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("002_index.sql:3:1")
        .says("[23505]")
        .says("twin")
        .says("run `pgphase migrate up` again");
    assert_eq!(
        database.value(
            "select indisvalid from pg_index where indexrelid = 'public.person_name_idx'::regclass"
        ),
        "f"
    );
    database
        .pgphase("migrate status")
        .dir(&project)
        .ok()
        .says("invalid");
    database
        .pgphase("migrate status --check")
        .dir(&project)
        .fails(1);
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("[23505]");
    database.execute("delete from public.person where id = 2");
    database
        .pgphase("migrate up")
        .dir(&project)
        .ok()
        .says("was left INVALID by a failed build");
    assert_eq!(
        database.value(
            "select indisvalid from pg_index where indexrelid = 'public.person_name_idx'::regclass"
        ),
        "t"
    );
    database
        .pgphase("migrate status --check")
        .dir(&project)
        .ok();
}

#[test]
fn if_not_exists_does_not_hide_an_invalid_index() {
    let database = Cluster::shared().plain("if_not_exists");
    let project = with_index(
        "create unique index concurrently if not exists person_name_idx on public.person (name);",
    );
    let first = Project::new("shop").phase(1, "people", &[]).table(
        "phase_1_people",
        "001_schema",
        "public.person",
        "name text",
    );
    database.pgphase("migrate up").dir(&first).ok();
    database.execute("insert into public.person (name) values ('twin'), ('twin')");
    database.pgphase("migrate up").dir(&project).fails(2);
    database.execute("delete from public.person where id = 2");
    database.pgphase("migrate up").dir(&project).ok();
    assert_eq!(
        database.value(
            "select indisvalid from pg_index where indexrelid = 'public.person_name_idx'::regclass"
        ),
        "t"
    );
}

const STEPS: &str = "-- pgphase: no-transaction\ncreate table public.first (id int);\n\
    select pg_sleep(case when to_regclass('public.go') is null then 40 else 0 end);\n\
    create table public.last (id int);\n";

#[test]
fn a_run_that_was_killed_in_the_middle_is_resumed_where_it_stopped() {
    let database = Cluster::shared().plain("resumed");
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_steps", STEPS);
    let run = database.pgphase("migrate up").dir(&project).spawn();
    let asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()";
    wait_until("the server sleeps", || database.value(asleep) == "1");
    run.signal("KILL");
    run.wait();
    database.execute("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()");
    assert_eq!(
        database.lines("select state || ' ' || statements_done from pgphase.history"),
        "running 1"
    );
    database
        .pgphase("migrate plan")
        .dir(&project)
        .ok()
        .says("was interrupted after 1 statement");
    database.execute("create table public.go ()");
    database.pgphase("migrate up").dir(&project).ok();
    assert!(database.has("public.first") && database.has("public.last"));
    assert_eq!(database.lines("select state from pgphase.history"), "done");
    assert_eq!(
        database.value("select count(*) from pgphase.refinery_schema_history"),
        "1"
    );
}

#[test]
fn the_statements_that_are_still_to_come_may_be_corrected_and_those_done_may_not() {
    let database = Cluster::shared().plain("corrected");
    let wrong = "-- pgphase: no-transaction\ncreate table public.first (id int);\ncreate table public.last (id wrong);\n";
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_steps", wrong);
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("001_steps.sql:3:");
    assert!(database.has("public.first"));
    project.replace(
        "phase_1_one/001_steps.sql",
        "first (id int)",
        "first (id bigint)",
    );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("was changed");
    project.replace(
        "phase_1_one/001_steps.sql",
        "first (id bigint)",
        "first (id int)",
    );
    project.replace("phase_1_one/001_steps.sql", "wrong", "int");
    database.pgphase("migrate up").dir(&project).ok();
    assert!(database.has("public.last"));
    database
        .pgphase("migrate status --check")
        .dir(&project)
        .ok();
}

#[test]
fn a_file_outside_a_transaction_and_single_transaction_exclude_each_other() {
    let database = Cluster::shared().plain("exclude");
    let project = with_index(UNIQUE);
    for verb in ["plan", "up"] {
        database
            .pgphase(&format!("migrate {verb} --single-transaction"))
            .dir(&project)
            .fails(3)
            .says("002_index.sql runs outside a transaction");
    }
    assert!(!database.has_history());
}

#[test]
fn an_index_waits_for_nobody_that_waits_for_the_run_lock() {
    let database = Cluster::shared().plain("no_deadlock");
    let project = with_index(UNIQUE);
    let runs: Vec<_> = (0..6)
        .map(|_| database.pgphase("migrate up").dir(&project).spawn())
        .collect();
    for run in runs {
        let run = run.wait().exits(0);
        assert!(run.took.as_secs() < 30, "{run}");
    }
}

#[test]
fn a_file_outside_splits_its_phase_and_what_came_before_it_stands() {
    let database = Cluster::shared().plain("splits");
    let project =
        with_index("create unique index concurrently person_name_idx on public.person (wrong);")
            .migration(
                "phase_1_people/003_after",
                "create table public.after (id int);\n",
            );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("applied before, and stands: phase_1_people/001_schema")
        .says("[42703]");
    assert!(database.has("public.person") && !database.has("public.after"));
    project.replace("phase_1_people/002_index.sql", "wrong", "name");
    database.pgphase("migrate up").dir(&project).ok();
    assert!(database.has("public.after"));
}
