//! Every damage is found and named; what is no damage is not.

use crate::cases::{DAMAGE, HARMLESS, WARNINGS};
use crate::scene::{self, copy, system, verify_all, with_phases};
use crate::support::cluster::Database;
use pgphase::catalog::{Phase, System};
use pgphase::inspect::Snapshot;
use pgphase::inspect::verify::{self, Options};
use pgphase::report::{Finding, Level, VerifyReport};

/// A database with all phases that nobody is connected to, to be copied.
async fn template(system: &System) -> Database<'static> {
    let (database, session) = with_phases("damage", system, &["base", "more", "aside"]).await;
    session.close().await;
    database
}

/// A copy with one thing done to it; the catalogue may be written, too.
fn spoil(template: &Database<'static>, number: usize, sql: &str) -> Database<'static> {
    let database = copy(template, &number.to_string());
    database.execute(&format!("set allow_system_table_mods = on; {sql}"));
    database
}

async fn verify_copy(
    database: &Database<'_>,
    system: &System,
    snapshot: &Snapshot,
    drift: bool,
) -> VerifyReport {
    let session = database.session().await;
    let applied: Vec<&Phase> = system.phases.iter().collect();
    let options = Options {
        drift,
        ..Options::default()
    };
    let report = verify::run(&session, system, snapshot, &applied, options)
        .await
        .unwrap();
    session.close().await;
    report
}

fn names(findings: &[Finding], level: Level, object: &str, detail: &str) -> bool {
    findings.iter().any(|finding| {
        finding.level == level && finding.object == object && finding.detail.contains(detail)
    })
}

#[tokio::test]
async fn each_damage_is_found_and_named() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let template = template(&system).await;
    let mut unnoticed = Vec::new();
    for (number, case) in DAMAGE.iter().enumerate() {
        let database = spoil(&template, number, case.sql);
        let report = verify_copy(&database, &system, &snapshot, false).await;
        if report.ok || !names(&report.findings, Level::Error, case.object, case.detail) {
            unnoticed.push((case.sql, report.findings));
        }
    }
    assert!(
        unnoticed.is_empty(),
        "{} of {}: {unnoticed:#?}",
        unnoticed.len(),
        DAMAGE.len()
    );
    assert!(DAMAGE.len() >= 40);
}

#[tokio::test]
async fn what_is_only_odd_is_a_warning() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let template = template(&system).await;
    for (number, case) in WARNINGS.iter().enumerate() {
        let database = spoil(&template, number, case.sql);
        let report = verify_copy(&database, &system, &snapshot, false).await;
        assert!(
            report.ok && names(&report.findings, Level::Warning, case.object, case.detail),
            "{}: {:#?}",
            case.sql,
            report.findings
        );
    }
}

#[tokio::test]
async fn a_users_own_objects_are_drift_and_nothing_else() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let template = template(&system).await;
    for (number, (sql, object)) in HARMLESS.iter().enumerate() {
        let database = spoil(&template, number, sql);
        let report = verify_copy(&database, &system, &snapshot, false).await;
        assert!(
            report.ok && report.findings.is_empty(),
            "{sql}: {:#?}",
            report.findings
        );
        let drift = verify_copy(&database, &system, &snapshot, true).await;
        let found: Vec<_> = drift
            .findings
            .iter()
            .map(|finding| finding.object.as_str())
            .collect();
        assert_eq!(found, [*object], "{sql}");
    }
}

#[tokio::test]
async fn a_phase_finds_its_damage_inside_its_own_transaction() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    // Rare attributes, extra objects of rare kinds and privileges beside the files are for the whole verification.
    let spoilt = [
        (
            "base",
            "drop index public.users_mood_idx",
            "index public.users_mood_idx",
        ),
        (
            "base",
            "alter table public.users disable row level security",
            "table public.users",
        ),
        (
            "base",
            "grant delete on public.users to anon",
            "grant on table public.users to anon",
        ),
        (
            "base",
            "alter function public.people(interval) reset all",
            "function public.people(interval)",
        ),
        (
            "base",
            "alter table auth.users disable trigger on_sign_up",
            "trigger auth.users.on_sign_up",
        ),
        (
            "base",
            "alter sequence public.ticket_number cache 7",
            "sequence public.ticket_number",
        ),
        (
            "base",
            "drop event trigger everything_ddl",
            "event trigger everything_ddl",
        ),
        (
            "base",
            "drop rule remember on public.parent",
            "rule public.parent.remember",
        ),
        (
            "base",
            "drop statistics public.users_mood_born",
            "statistics public.users_mood_born",
        ),
        (
            "base",
            "comment on constraint users_handle_check on public.users is null",
            "constraint public.users.users_handle_check",
        ),
        (
            "more",
            "alter table public.users drop column phone",
            "column public.users.phone",
        ),
        (
            "more",
            "drop policy own_booking on public.booking",
            "policy public.booking.own_booking",
        ),
        ("more", "comment on schema public is null", "schema public"),
        (
            "more",
            "create index booking_user_id_idx on public.booking (user_id)",
            "index public.booking_user_id_idx",
        ),
        (
            "more",
            "alter type public.mood rename value 'angry' to 'cross'",
            "enum public.mood",
        ),
        (
            "aside",
            "drop function private.aside()",
            "function private.aside()",
        ),
        (
            "aside",
            "alter table public.users alter column nickname type varchar",
            "column public.users.nickname",
        ),
    ];
    let (_database, session) = with_phases("inside", &system, &["base"]).await;
    for (name, sql, object) in spoilt {
        let phase = system.phase(name).unwrap();
        let before: &[&str] = if name == "base" { &[] } else { &["base"] };
        session.client.batch_execute("begin").await.unwrap();
        if name != "base" {
            scene::apply(&session, phase).await;
        }
        let healthy = verify::phase_facts(&session.client, &snapshot, &[phase], before)
            .await
            .unwrap();
        assert_eq!(healthy, [], "{name}");
        session.client.batch_execute(sql).await.unwrap();
        let findings = verify::phase_facts(&session.client, &snapshot, &[phase], before)
            .await
            .unwrap();
        let found: Vec<_> = findings
            .iter()
            .map(|finding| finding.object.as_str())
            .collect();
        assert!(found.contains(&object), "{sql}: {found:?}");
        session.client.batch_execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn several_phases_are_compared_together() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("together", &system, &["base", "more", "aside"]).await;
    let phases: Vec<&Phase> = system.phases.iter().collect();
    let findings = verify::phase_facts(&session.client, &snapshot, &phases, &[])
        .await
        .unwrap();
    assert_eq!(findings, []);
}

#[tokio::test]
async fn privileges_of_roles_that_the_files_do_not_know_do_not_stop_a_migration() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (database, session) = with_phases("strangers", &system, &["base"]).await;
    let role = format!("stranger_{}", std::process::id());
    database.execute(&format!(
        "create role {role}; grant select on public.users to {role}"
    ));
    let phase = [system.phase("base").unwrap()];
    let inside = verify::phase_facts(&session.client, &snapshot, &phase, &[])
        .await
        .unwrap();
    let report = verify::run(&session, &system, &snapshot, &phase, Options::default())
        .await
        .unwrap();
    database.execute(&format!("drop owned by {role}; drop role {role}"));
    assert_eq!(inside, []);
    assert!(names(
        &report.findings,
        Level::Error,
        &format!("grant on table public.users to {role}"),
        "should not be granted: SELECT"
    ));
}

#[tokio::test]
async fn a_healthy_database_is_silent_whichever_phases_are_applied() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    for order in [
        &["base"][..],
        &["base", "aside"],
        &["base", "aside", "more"],
    ] {
        let (_database, session) = with_phases("healthy", &system, order).await;
        let applied: Vec<&Phase> = order.iter().filter_map(|name| system.phase(name)).collect();
        let options = Options {
            drift: true,
            ..Options::default()
        };
        let report = verify::run(&session, &system, &snapshot, &applied, options)
            .await
            .unwrap();
        assert_eq!(report.findings, [], "{order:?}");
        let failed: Vec<_> = report.checks.iter().filter(|check| !check.ok).collect();
        assert!(report.ok && failed.is_empty(), "{order:?}: {failed:#?}");
    }
    let (_database, session) = with_phases("healthy", &system, &["base", "more", "aside"]).await;
    assert!(verify_all(&session, &system, &snapshot).await.ok);
}

/// Roles are the whole server's: what is done to them here is never committed.
#[tokio::test]
async fn request_roles_that_row_level_security_does_not_hold_are_errors() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let (_database, session) = with_phases("roles", &system, &["base", "more", "aside"]).await;
    for (sql, object, detail) in [
        (
            "alter role anon bypassrls",
            "role anon",
            "bypasses row level security",
        ),
        (
            "alter role authenticated superuser",
            "role authenticated",
            "is a superuser",
        ),
        (
            "grant service_role to anon",
            "role anon",
            "is a member of service_role",
        ),
    ] {
        session.client.batch_execute("begin").await.unwrap();
        session.client.batch_execute(sql).await.unwrap();
        let report = verify_all(&session, &system, &snapshot).await;
        session.client.batch_execute("rollback").await.unwrap();
        assert!(
            !report.ok && names(&report.findings, Level::Error, object, detail),
            "{sql}: {:#?}",
            report.findings
        );
    }
    assert!(verify_all(&session, &system, &snapshot).await.ok);
}

#[tokio::test]
async fn an_owner_that_the_files_name_is_meant() {
    let mut system = system();
    let snapshot = scene::snapshot(&system).await;
    let (database, session) = with_phases("owner", &system, &["base", "more", "aside"]).await;
    let handing = "alter function public.people(interval) owner to pg_monitor;";
    database.execute(handing);
    let report = verify_all(&session, &system, &snapshot).await;
    assert!(!report.ok, "{:#?}", report.findings);
    let file = &mut system.phases[0].migrations[0].up;
    file.text.push_str(handing);
    let report = verify_all(&session, &system, &snapshot).await;
    assert!(report.ok && report.findings.is_empty(), "{report:#?}");
}
