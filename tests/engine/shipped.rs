//! The shipped system: what is healthy passes, whole, by phase and in its behaviour; damage fails; what is only found says
//! so.

#[cfg(feature = "embedded")]
use crate::support::cli::Pgphase;
use crate::support::cluster::{Cluster, Database};

fn built(name: &str) -> Database<'static> {
    let database = Cluster::shared().supabase(name);
    database.pgphase("migrate up --system streamvibe").ok();
    database
}

#[test]
fn a_healthy_database_is_verified_whole_phase_by_phase_and_in_its_behaviour() {
    let database = built("healthy");
    database
        .pgphase("verify --all-phases --deep")
        .ok()
        .says("verified");
    for phase in 1..=7 {
        database
            .pgphase(&format!("verify --phase {phase}"))
            .ok()
            .says("0 findings");
    }
    database.pgphase("verify --drift").ok();
}

#[test]
fn what_one_phase_lacks_is_no_matter_of_another() {
    let database = built("other_phase");
    database.execute("drop index public.idx_content_category");
    database
        .pgphase("verify --phase 6")
        .fails(2)
        .says("index public.idx_content_category: missing");
    database.pgphase("verify --phase 3").ok();
    database.pgphase("verify").fails(2);
}

#[test]
fn a_table_of_reference_data_that_is_gone_is_named_with_its_rows() {
    let database = built("no_table");
    database.execute("drop table public.job_type cascade");
    database
        .pgphase("verify")
        .fails(2)
        .says("table public.job_type: missing")
        .says("async_infrastructure: reference rows");
}

#[test]
fn what_a_user_added_is_drift_and_no_failure() {
    let database = built("own_objects");
    database.execute(
        "create function public.mine() returns int language sql set search_path = '' return 1",
    );
    database.execute("revoke execute on function public.mine() from public, anon, authenticated");
    database.pgphase("verify").ok();
    database
        .pgphase("verify --drift")
        .fails(1)
        .says("function public.mine(): is there and belongs to no applied phase");
    database.execute("alter table public.users add column extra int");
    database
        .pgphase("verify")
        .fails(2)
        .says("column public.users.extra");
}

#[test]
fn what_strangers_may_do_with_a_users_own_objects_is_a_warning() {
    let database = built("open_objects");
    database.execute("create table public.mine (id int)");
    database
        .pgphase("verify")
        .fails(1)
        .says("row level security is off");
    database.execute("drop table public.mine");
    database.execute("create function public.mine() returns int language sql security definer set search_path = '' as 'select 1'");
    database
        .pgphase("verify")
        .fails(1)
        .says("with its owner's rights");
}

#[test]
fn part_of_a_system_is_enough_unless_all_phases_are_asked_for() {
    let database = Cluster::shared().supabase("part");
    database
        .pgphase("migrate up --system streamvibe --phase 1")
        .ok();
    database.pgphase("verify --deep").ok();
    database
        .pgphase("verify --all-phases")
        .fails(2)
        .says("phase_7_async_infrastructure/001_schema: is not applied");
}

/// The README's first command on a machine without PostgreSQL.
#[cfg(feature = "embedded")]
#[test]
fn the_system_is_built_seeded_and_verified_on_the_engine_in_this_process() {
    let home = tempfile::tempdir().expect("a folder");
    let pgphase = |words: &str| {
        Pgphase::new(&format!("{words} --dev --dev-engine embedded"))
            .env("PGPHASE_DEV_HOME", home.path())
    };
    pgphase("migrate up").ok().says("38 files applied");
    pgphase("migrate up").ok().says("nothing to do");
    pgphase("verify --all-phases --deep").ok().says("verified");
    pgphase("migrate down --all --yes").ok().says("reverted");
}

#[test]
fn the_behaviour_does_not_hang_on_the_settings_of_a_session() {
    let database = built("settings");
    database
        .pgphase("verify --deep")
        .env(
            "PGOPTIONS",
            "-c row_security=off -c quote_all_identifiers=on -c backslash_quote=off -c plpgsql.check_asserts=off",
        )
        .ok()
        .says("verified");
}

#[test]
fn what_is_no_fact_of_the_files_and_breaks_their_promises_is_found() {
    let database = built("around");
    database.execute("alter table public.job_log disable trigger all");
    database
        .pgphase("verify")
        .fails(2)
        .says("enforcement is off (its triggers are disabled)");
    database.execute("alter table public.job_log enable trigger all");
    database.execute(
        "grant usage on schema pgphase to anon; grant all on all tables in schema pgphase to anon",
    );
    database
        .pgphase("verify")
        .fails(2)
        .says("schema pgphase: USAGE is granted to anon")
        .says("table pgphase.history: DELETE, INSERT");
    database
        .execute("revoke all on schema pgphase from anon; create publication px for all tables");
    database.pgphase("verify").ok();
    database
        .pgphase("verify --drift")
        .fails(1)
        .says("publication px: publishes all tables");
}
