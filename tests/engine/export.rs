//! `migrate export`: the files that people run by hand end in what `up` ends in.

use crate::support::cli::Pgphase;
use crate::support::cluster::Cluster;
use crate::support::look::assert_same;
use crate::support::project::Project;
use std::path::{Path, PathBuf};

fn exported(folder: &Path, words: &str) -> Vec<PathBuf> {
    Pgphase::new(&format!("migrate export --system streamvibe {words} -o"))
        .arg(folder)
        .ok();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn the_files_of_the_phases_run_in_order_by_psql_end_in_what_up_ends_in() {
    let cluster = Cluster::shared();
    let folder = tempfile::tempdir().unwrap();
    let files = exported(folder.path(), "--per-phase-only --timestamp 20261231235957");
    let names: Vec<&str> = files
        .iter()
        .map(|file| file.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names.len(), 7);
    assert_eq!(
        names[0],
        "20261231235957_streamvibe_phase_1_user_onboarding.sql"
    );
    assert_eq!(
        names[3],
        "20270101000000_streamvibe_phase_4_ai_enhancement.sql"
    );
    let database = cluster.supabase("by_phase");
    for file in &files {
        database.psql(file);
    }
    assert_same(
        &cluster.streamvibe("by_up").catalogue(),
        &database.catalogue(),
    );
}

#[test]
fn the_combined_file_the_rollback_and_the_verification_do_what_they_say() {
    let cluster = Cluster::shared();
    let folder = tempfile::tempdir().unwrap();
    exported(folder.path(), "");
    let file = |name: &str| folder.path().join(format!("streamvibe_{name}.sql"));
    let built = cluster.streamvibe("as_up");
    let database = cluster.supabase("combined");
    let empty = database.catalogue();
    database.psql(&file("all"));
    assert_same(&built.catalogue(), &database.catalogue());

    let healthy = database.psql(&file("verify"));
    assert!(
        healthy.contains("ok") && !healthy.contains("DIFFERS"),
        "{healthy}"
    );
    assert_eq!(healthy, built.psql(&file("verify")), "the same after up");
    database.execute("drop table public.cache_store; update public.subscription_tier set max_social_accounts = 99 where slug = 'free'");
    database.execute("alter table public.users disable row level security");
    let damaged = database.psql(&file("verify"));
    assert_ne!(healthy, damaged);
    for word in ["37", "users", "max_social_accounts"] {
        assert!(damaged.contains(word), "no {word} in {damaged}");
    }

    built.psql(&file("rollback"));
    assert_same(&empty, &built.catalogue());
}

#[test]
fn export_does_not_overwrite_unless_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let shop = Project::shop();
    let export = |more: &str| {
        Pgphase::new(&format!(
            "migrate export --timestamp 20260101000000 {more} -o"
        ))
        .arg(folder.path())
        .dir(&shop)
    };
    export("").ok();
    let path = folder.path().join("shop_all.sql");
    std::fs::write(&path, "mine").unwrap();
    export("").fails(3).says("exists").says("--force");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    export("--force").ok();
    assert_ne!(std::fs::read_to_string(&path).unwrap(), "mine");
    Pgphase::new("migrate export --timestamp 2026 -o")
        .arg(folder.path())
        .dir(&shop)
        .fails(3)
        .says("YYYYMMDDHHMMSS");
}

#[test]
fn files_outside_a_transaction_become_files_of_their_own_and_stay_outside_in_the_combined_one() {
    let cluster = Cluster::shared();
    let shop = Project::shop()
        .file("phase_1_people/002_index.sql", "-- pgphase: no-transaction\ncreate index concurrently person_idx on public.person (name);\n")
        .file("phase_1_people/002_index.down.sql", "drop index public.person_idx;\n")
        .table("phase_1_people", "003_after", "public.after", "name text");
    let folder = tempfile::tempdir().unwrap();
    Pgphase::new("migrate export -o")
        .arg(folder.path())
        .dir(&shop)
        .ok();
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let phases: Vec<&str> = names
        .iter()
        .filter(|name| name.starts_with('2'))
        .map(|name| &name[15..])
        .collect();
    assert_eq!(
        phases,
        [
            "shop_phase_1_people_part_1.sql",
            "shop_phase_1_people_part_2.sql",
            "shop_phase_1_people_part_3.sql",
            "shop_phase_2_orders.sql"
        ]
    );
    let (by_phase, combined, up) = (
        cluster.plain("x_phase"),
        cluster.plain("x_all"),
        cluster.plain("x_up"),
    );
    for name in names.iter().filter(|name| name.starts_with('2')) {
        by_phase.psql(&folder.path().join(name));
    }
    combined.psql(&folder.path().join("shop_all.sql"));
    up.pgphase("migrate up").dir(&shop).ok();
    assert_same(&up.catalogue(), &by_phase.catalogue());
    assert_same(&up.catalogue(), &combined.catalogue());
    combined.psql(&folder.path().join("shop_rollback.sql"));
    assert_same(&cluster.plain("x_empty").catalogue(), &combined.catalogue());
}
