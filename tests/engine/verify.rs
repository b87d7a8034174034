//! `verify` and `snapshot write` as their users meet them.

use crate::support::binaries::bindir;
use crate::support::cli::{Pgphase, repository};
use crate::support::cluster::Cluster;
use crate::support::project::Project;

#[test]
fn a_healthy_streamvibe_is_verified_in_depth_and_without_drift() {
    let database = Cluster::shared().streamvibe("healthy");
    let before = database.catalogue();
    database.pgphase("verify").ok().says("verified");
    database.pgphase("verify --drift").ok();
    database.pgphase("verify --all-phases").ok();
    database.pgphase("verify --phase 3").ok();
    database.pgphase("verify --deep").ok();
    assert_eq!(before, database.catalogue());
    let report = database.pgphase("verify").json();
    assert_eq!(
        (&report["system"], &report["ok"]),
        (&"streamvibe".into(), &true.into())
    );
    for check in report["checks"].as_array().unwrap() {
        for key in ["name", "expected", "actual", "ok"] {
            assert!(!check[key].is_null(), "no {key} in {check}");
        }
    }
}

#[test]
fn each_damage_is_named_and_is_exit_2() {
    for (damage, words) in [
        (
            "drop index public.idx_content_item_hashtags",
            "idx_content_item_hashtags",
        ),
        (
            "alter table public.users disable row level security",
            "public.users",
        ),
        (
            "alter table public.users alter column display_name type varchar(300)",
            "display_name",
        ),
        (
            "grant execute on function public.complete_job(uuid, jsonb) to anon",
            "complete_job",
        ),
        (
            "update public.subscription_tier set max_social_accounts = 99 where slug = 'free'",
            "slug = free",
        ),
    ] {
        let database = Cluster::shared().streamvibe("damaged");
        database.execute(damage);
        let run = database.pgphase("verify").fails(2).says(words);
        assert!(run.stdout.contains("NOT as the files say"), "{run}");
        let report = database.pgphase("verify --format json").fails(2).json();
        assert_eq!(report["ok"], false);
        let finding = &report["findings"][0];
        for key in ["level", "object", "detail"] {
            assert!(finding[key].is_string(), "no {key} in {finding}");
        }
    }
}

#[test]
fn what_is_there_and_should_not_be_is_drift() {
    let database = Cluster::shared().streamvibe("drift");
    database.execute("create table public.left_over (id int); alter table public.left_over enable row level security");
    database.pgphase("verify --drift").run().says("left_over");
    assert_ne!(database.pgphase("verify --drift").run().code, Some(0));
}

#[test]
fn verify_is_content_with_the_applied_phases_unless_it_must_be_all() {
    let database = Cluster::shared().supabase("partly");
    database
        .pgphase("verify --system streamvibe")
        .fails(3)
        .says("no phase of streamvibe is applied");
    database
        .pgphase("migrate up --system streamvibe --phase 1")
        .ok();
    database
        .pgphase("verify --deep")
        .ok()
        .says("user_onboarding")
        .says_not("content_sync");
    database
        .pgphase("verify --all-phases")
        .fails(2)
        .says("content_sync");
    database.pgphase("verify --phase 2").fails(2);
}

#[test]
fn a_database_that_was_built_by_hand_from_the_exported_files_is_verified_too() {
    let database = Cluster::shared().supabase("by_hand");
    let folder = tempfile::tempdir().unwrap();
    Pgphase::new("migrate export --system streamvibe -o")
        .arg(folder.path())
        .ok();
    database.psql(&folder.path().join("streamvibe_all.sql"));
    database
        .pgphase("verify --all-phases --system streamvibe")
        .ok();
    database.execute("drop table public.cache_store");
    database
        .pgphase("verify --all-phases --system streamvibe")
        .fails(2)
        .says("cache_store");
}

#[test]
fn the_committed_snapshots_are_current() {
    for (dir, system) in [("phases", "streamvibe"), ("examples/minimal", "bookshop")] {
        let home = tempfile::tempdir().unwrap();
        Pgphase::new("snapshot write --check --system")
            .arg(system)
            .dir(&repository().join(dir))
            .env("PGPHASE_DEV_HOME", home.path())
            .env("PG_BINDIR", bindir())
            .ok();
    }
}

#[test]
fn an_old_snapshot_is_exit_1_and_shows_what_changed() {
    let project = Project::shop();
    let home = tempfile::tempdir().unwrap();
    let write = |words: &str| {
        Pgphase::new(words)
            .dir(&project)
            .env("PGPHASE_DEV_HOME", home.path())
            .env("PG_BINDIR", bindir())
    };
    write("snapshot write --check").fails(1);
    write("snapshot write").ok();
    write("snapshot write --check").ok();
    let project = &project;
    project.write(
        "phase_2_orders/002_more.sql",
        "alter table public.purchase add column amount int;\n",
    );
    project.write(
        "phase_2_orders/002_more.down.sql",
        "alter table public.purchase drop column amount;\n",
    );
    write("snapshot write --check")
        .fails(1)
        .says("public.purchase.amount");
    // A run says that it does not compare with the old one, and goes on.
    let database = Cluster::shared().plain("old_snapshot");
    database
        .pgphase("migrate up")
        .dir(project)
        .ok()
        .says("was made from other files");
    database
        .pgphase("verify")
        .dir(project)
        .fails(2)
        .says("snapshot");
    write("snapshot write").ok();
    database.pgphase("verify").dir(project).ok();
}

#[test]
fn a_phase_whose_result_is_not_what_the_snapshot_says_is_rolled_back() {
    let database = Cluster::shared().plain("proof");
    let project = Project::shop();
    let home = tempfile::tempdir().unwrap();
    Pgphase::new("snapshot write")
        .dir(&project)
        .env("PGPHASE_DEV_HOME", home.path())
        .env("PG_BINDIR", bindir())
        .ok();
    let lock = std::fs::read_to_string(project.path("schema.lock.json")).unwrap();
    assert!(
        lock.contains(
            "\"column public.purchase.person_id\": {\"type\": \"bigint\", \"not_null\": true}"
        ),
        "{lock}"
    );
    project.replace(
        "schema.lock.json",
        "\"column public.purchase.person_id\": {\"type\": \"bigint\", \"not_null\": true}",
        "\"column public.purchase.person_id\": {\"type\": \"text\", \"not_null\": true}",
    );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("not what the snapshot says")
        .says("public.purchase.person_id")
        .says("applied before, and stands: phase_1_people/001_schema")
        .says("rolled back: phase_2_orders/001_schema");
    assert!(database.has("public.person") && !database.has("public.purchase"));
}

#[test]
fn a_snapshot_is_not_written_while_a_down_file_leaves_something_behind() {
    let shop = Project::shop();
    shop.write("phase_2_orders/001_schema.down.sql", "select 1;\n");
    let written = shop.path("schema.lock.json");
    let _ = std::fs::remove_file(&written);
    Pgphase::new("snapshot write")
        .env("PG_BINDIR", bindir())
        .dir(&shop)
        .fails(2)
        .says("the down files of phase orders do not undo its files")
        .says("table public.purchase is left");
    assert!(!written.exists());
    Pgphase::new("snapshot write --skip-down")
        .env("PG_BINDIR", bindir())
        .dir(&shop)
        .ok();
    assert!(written.exists());
}
