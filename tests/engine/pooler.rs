//! Through a transaction pooler.

use crate::support::cli::Pgphase;
use crate::support::cluster::{Cluster, Database};
use crate::support::pgbouncer::PgBouncer;
use crate::support::project::Project;

fn through(pooler: &PgBouncer, database: &Database<'_>, words: &str) -> Pgphase {
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/{}?sslmode=disable",
        pooler.port(),
        database.name
    );
    Pgphase::new(words).env("DATABASE_URL", url)
}

#[test]
fn up_and_down_work_through_a_transaction_pooler_again_and_again() {
    let cluster = Cluster::shared();
    let database = cluster.database("pooled");
    let Some(pooler) = PgBouncer::start(cluster, "transaction", "default_pool_size = 3") else {
        return;
    };
    let shop = Project::shop();
    for _ in 0..2 {
        through(&pooler, &database, "migrate up")
            .dir(&shop)
            .ok()
            .says("transaction pooler");
        through(&pooler, &database, "migrate up")
            .dir(&shop)
            .ok()
            .says("nothing to do");
        through(&pooler, &database, "migrate status --check")
            .dir(&shop)
            .ok();
        through(&pooler, &database, "migrate down --all --yes")
            .dir(&shop)
            .ok();
        assert!(!database.has_history());
    }
    // No session's lock may stay behind with a server connection of the pool.
    assert_eq!(
        database.value(
            "select count(*) from pg_locks l join pg_database d on d.oid = l.database
            where l.locktype = 'advisory' and d.datname = current_database()"
        ),
        "0"
    );
}

#[test]
fn the_whole_of_streamvibe_goes_through_a_transaction_pooler() {
    let cluster = Cluster::shared();
    let database = cluster.supabase("pooled_whole");
    // The pooler's users are the superuser.
    database.execute("grant usage on schema auth to postgres");
    let Some(pooler) = PgBouncer::start(cluster, "transaction", "default_pool_size = 3") else {
        return;
    };
    through(&pooler, &database, "migrate up --system streamvibe").ok();
    through(&pooler, &database, "migrate up")
        .ok()
        .says("nothing to do");
    through(&pooler, &database, "seed --check").ok();
}

#[test]
fn eight_runs_at_once_through_a_transaction_pooler_all_succeed_and_apply_each_file_once() {
    let cluster = Cluster::shared();
    let database = cluster.database("pooled_eight");
    let Some(pooler) = PgBouncer::start(cluster, "transaction", "default_pool_size = 4") else {
        return;
    };
    let project = Project::shop()
        .migration("phase_1_people/002_mark", "create table public.mark (run int);\ninsert into public.mark values (1);\nselect pg_sleep(0.1);\n")
        .migration("phase_2_orders/002_mark", "insert into public.mark values (2);\n");
    let runs: Vec<_> = (0..8)
        .map(|_| {
            through(&pooler, &database, "migrate up")
                .dir(&project)
                .spawn()
        })
        .collect();
    for run in runs {
        run.wait().exits(0);
    }
    assert_eq!(
        database.lines("select run from public.mark order by 1"),
        "1\n2"
    );
    assert_eq!(database.value("select count(*) from pgphase.history"), "4");
}

#[test]
fn a_file_outside_a_transaction_is_refused_through_a_transaction_pooler() {
    let cluster = Cluster::shared();
    let database = cluster.database("pooled_outside");
    let Some(pooler) = PgBouncer::start(cluster, "transaction", "default_pool_size = 3") else {
        return;
    };
    let shop = Project::shop()
        .file("phase_1_people/002_index.sql", "-- pgphase: no-transaction\ncreate index concurrently person_idx on public.person (name);\n")
        .file("phase_1_people/002_index.down.sql", "drop index public.person_idx;\n");
    through(&pooler, &database, "migrate up")
        .dir(&shop)
        .fails(3)
        .says("002_index.sql runs outside a transaction")
        .says("direct connection");
    assert!(!database.has_history());
    let Some(session) = PgBouncer::start(cluster, "session", "default_pool_size = 3") else {
        return;
    };
    through(&session, &database, "migrate up").dir(&shop).ok();
    assert!(database.has("public.person_idx"));
}

#[test]
fn an_interrupt_through_a_pooler_cancels_on_the_server() {
    let cluster = Cluster::shared();
    let database = cluster.database("pooled_stop");
    let Some(pooler) = PgBouncer::start(cluster, "transaction", "default_pool_size = 3") else {
        return;
    };
    let project = Project::new("slow")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_slow", "select pg_sleep(40);\n");
    let run = through(&pooler, &database, "migrate up")
        .dir(&project)
        .spawn();
    crate::support::cli::wait_until("the server sleeps", || {
        database.value("select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()") == "1"
    });
    run.signal("INT");
    let run = run.wait().exits(2).says("stopped");
    assert!(run.took.as_secs() < 20, "{run}");
    assert!(!database.has_history());
}
