//! The system `everything` in a database.

use crate::support::cluster::{Cluster, Database};
use pgphase::catalog::{Phase, Platform, Source, System, load};
use pgphase::db::Session;
use pgphase::inspect::Snapshot;
use pgphase::inspect::facts::{self, Facts, Scope};
use pgphase::inspect::snapshot::build;
use pgphase::inspect::verify::{self, Options};
use pgphase::platform;
use pgphase::report::VerifyReport;
use std::path::Path;

/// The system of these tests.
pub fn system() -> System {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspect/systems");
    load(&Source::Dir(folder), "everything").expect("the system of these tests")
}

/// Runs a phase's files as they stand.
pub async fn apply(session: &Session, phase: &Phase) {
    let versioned = phase.migrations.iter().map(|file| &file.up);
    let files = versioned.chain(phase.repeatables.iter().map(|file| &file.up));
    for file in files {
        let result = session.client.batch_execute(&file.text).await;
        result.unwrap_or_else(|error| panic!("{}: {:?}", file.path, error.as_db_error()));
    }
}

/// A database with the platform's part only.
pub async fn empty(name: &str) -> (Database<'static>, Session) {
    let database = Cluster::shared().database(name);
    let session = database.session().await;
    platform::install(&session, Platform::Supabase)
        .await
        .expect("the platform");
    (database, session)
}

/// A database with these phases, in this order.
pub async fn with_phases(
    name: &str,
    system: &System,
    phases: &[&str],
) -> (Database<'static>, Session) {
    let (database, session) = empty(name).await;
    for phase in phases {
        apply(&session, system.phase(phase).expect("a phase")).await;
    }
    (database, session)
}

/// Everything in the system's schemas.
pub async fn whole(session: &Session, system: &System) -> Facts {
    let scope = Scope::Whole(system.schemas.clone());
    facts::read(&session.client, &scope).await.expect("facts")
}

/// The snapshot, made as `snapshot write` makes it.
pub async fn snapshot(system: &System) -> Snapshot {
    let (_database, session) = empty("snapshot").await;
    let before = whole(&session, system).await;
    let mut after = Vec::new();
    for phase in &system.phases {
        apply(&session, phase).await;
        after.push((phase.name.clone(), whole(&session, system).await));
    }
    build(system, before, after).expect("a snapshot")
}

/// Verifies all phases.
pub async fn verify_all(session: &Session, system: &System, snapshot: &Snapshot) -> VerifyReport {
    let applied: Vec<&Phase> = system.phases.iter().collect();
    verify::run(session, system, snapshot, &applied, Options::default())
        .await
        .expect("a report")
}

/// A copy of a database that nobody is connected to.
pub fn copy(from: &Database<'static>, name: &str) -> Database<'static> {
    let options = format!("template \"{}\"", from.name);
    from.cluster.database_with(name, &options, "postgres")
}
