//! Counts by name, safety rules, and what an old snapshot says.

use crate::scene::{self, system, verify_all, with_phases};
use pgphase::catalog::Phase;
use pgphase::inspect::verify::{self, Options};
use pgphase::report::{Check, VerifyReport};

fn check<'a>(report: &'a VerifyReport, name: &str) -> &'a Check {
    let found = report.checks.iter().find(|check| check.name == name);
    found.unwrap_or_else(|| panic!("no check {name}: {:#?}", report.checks))
}

#[tokio::test]
async fn documented_counts_count_documented_names() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("counts", &system, &["base", "more", "aside"]).await;
    // Neither another table nor an extension's functions change a count, and one table for another does.
    let more = "create table public.mine (id integer); create extension pg_trgm schema public";
    session.client.batch_execute(more).await.unwrap();
    let report = verify_all(&session, &system, &snapshot).await;
    assert_eq!(*check(&report, "tables"), Check::exactly("tables", 12, 12));
    assert_eq!(
        *check(&report, "base: functions"),
        Check::exactly("base: functions", 5, 5)
    );
    assert!(check(&report, "indexes, at least").ok);

    session
        .client
        .batch_execute("drop table public.phone_call cascade")
        .await
        .unwrap();
    let report = verify_all(&session, &system, &snapshot).await;
    assert_eq!(*check(&report, "tables"), Check::exactly("tables", 12, 11));
    assert_eq!(
        *check(&report, "more: tables"),
        Check::exactly("more: tables", 1, 0)
    );
    assert!(check(&report, "base: tables").ok && !report.ok);
}

#[tokio::test]
async fn the_systems_counts_wait_until_all_phases_are_applied() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("some", &system, &["base"]).await;
    let applied = [system.phase("base").unwrap()];
    let report = verify::run(&session, &system, &snapshot, &applied, Options::default())
        .await
        .unwrap();
    assert!(report.ok);
    assert!(!report.checks.iter().any(|check| check.name == "tables"));
    assert!(check(&report, "base: tables").ok);
    assert!(check(&report, "base: facts").actual > 100);
}

#[tokio::test]
async fn checks_and_findings_of_the_caller_decide_too() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("caller", &system, &["base"]).await;
    let applied = [system.phase("base").unwrap()];
    let options = Options {
        checks: vec![Check::exactly("seed rows", 3, 2)],
        ..Options::default()
    };
    let report = verify::run(&session, &system, &snapshot, &applied, options)
        .await
        .unwrap();
    assert!(!report.ok);
    assert!(!check(&report, "seed rows").ok);
}

#[tokio::test]
async fn what_anonymous_requests_may_execute_must_be_listed_and_exist() {
    let mut system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("listed", &system, &["base", "more", "aside"]).await;
    system.phases[0].anon_execute =
        vec!["public.add_up(int, int)".into(), "public.typo(int)".into()];
    let report = verify_all(&session, &system, &snapshot).await;
    let found: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "function private.is_member(uuid): anonymous requests may execute it, and system.toml does not list it \
             in anon_execute",
            "function public.typo(integer) of everything: system.toml lists it in anon_execute, and the snapshot \
             knows no such function",
        ]
    );
}

#[tokio::test]
async fn a_phase_that_the_snapshot_does_not_know_is_told() {
    let system = system();
    let mut snapshot = scene::snapshot(&system).await;
    snapshot.phases.retain(|phase| phase.name != "aside");
    let (_database, session) = with_phases("unknown", &system, &["base", "aside"]).await;
    let applied: Vec<&Phase> = vec![&system.phases[0], &system.phases[2]];
    let report = verify::run(&session, &system, &snapshot, &applied, Options::default())
        .await
        .unwrap();
    assert!(!report.ok);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.object == "phase aside")
    );
}

#[tokio::test]
async fn a_system_without_supabase_is_not_held_to_its_rules() {
    let mut system = system();
    system.platform = pgphase::catalog::Platform::Postgres;
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("plain", &system, &["base", "more", "aside"]).await;
    let spoil = "create table public.mine (id integer); create view public.v as select 1 as one";
    session.client.batch_execute(spoil).await.unwrap();
    let report = verify_all(&session, &system, &snapshot).await;
    assert_eq!(report.findings, []);
}

#[tokio::test]
async fn a_locked_table_is_an_error_soon_and_no_endless_wait() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (database, session) = with_phases("locked", &system, &["base"]).await;
    let other = database.session().await;
    let lock = "begin; lock table public.users in access exclusive mode";
    other.client.batch_execute(lock).await.unwrap();
    let applied = [system.phase("base").unwrap()];
    let verify = verify::run(&session, &system, &snapshot, &applied, Options::default());
    let limit = std::time::Duration::from_secs(60);
    let error = tokio::time::timeout(limit, verify)
        .await
        .expect("no endless wait")
        .unwrap_err();
    assert_eq!(error.kind(), pgphase::ErrorKind::Locked);
    other.client.batch_execute("rollback").await.unwrap();
    let report = verify::run(&session, &system, &snapshot, &applied, Options::default()).await;
    assert!(report.unwrap().ok);
    let row = session
        .client
        .query_one("select current_setting('lock_timeout')", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, String>(0), "0");
}

#[tokio::test]
async fn a_constraint_that_newer_servers_keep_unvalidated_is_found() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("newer", &system, &["base", "more", "aside"]).await;
    let row = session
        .client
        .query_one("select current_setting('server_version_num')::integer", &[]);
    let newer = row.await.unwrap().get::<_, i32>(0) >= 180_000;
    // PostgreSQL 18 can add NOT NULL without looking at the rows; older ones only all at once.
    let sql = if newer {
        "alter table public.users add constraint bio_there not null bio not valid"
    } else {
        "alter table public.users alter column bio set not null"
    };
    session.client.batch_execute(sql).await.unwrap();
    let report = verify_all(&session, &system, &snapshot).await;
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| finding.object.as_str())
        .collect();
    let constraint: &[&str] = if newer {
        &["constraint public.users.bio_there"]
    } else {
        &[]
    };
    assert_eq!(found, [&["column public.users.bio"], constraint].concat());
}
