//! Poolers are recognised, and what is said of them is true.

mod support;

use pgphase::db::lock::RunLock;
use pgphase::db::pooler::{PID_EXPRESSION, Pooler, confirm, judge, suspect};
use pgphase::db::{Environment, Session, Target, connect};
use std::time::Duration;
use support::cluster::Cluster;
use support::pgbouncer::PgBouncer;

async fn judged(target: &Target, session: &Session) -> Pooler {
    let sql = format!("select {PID_EXPRESSION}");
    let pid: i32 = session.client.query_typed(&sql, &[]).await.unwrap()[0].get(0);
    judge(target, session, pid)
}

fn reason(pooler: Pooler) -> String {
    match pooler {
        Pooler::Suspected(reason) => reason,
        other => panic!("no suspicion: {other:?}"),
    }
}

#[test]
fn names_and_ports_of_poolers_are_known() {
    let env = Environment::from_vars([("HOME", "/nonexistent"), ("USER", "me")]);
    let cases = [
        ("host=aws-0-eu.pooler.supabase.com port=6543", true),
        ("host=aws-0-eu.pooler.supabase.com port=5432", false),
        ("host=db.abc.supabase.co port=6543", true),
        ("host=ep-cool-1-pooler.eu-central-1.aws.neon.tech", true),
        ("host=ep-cool-1.eu-central-1.aws.neon.tech", false),
        ("host=localhost port=6432", true),
        ("host=localhost pgbouncer=true", true),
        ("host=localhost", false),
        ("host=/tmp port=6543", false),
    ];
    for (text, suspected) in cases {
        let target = Target::parse(text, &env).unwrap();
        assert_eq!(suspect(&target).is_some(), suspected, "{text}");
    }
}

#[tokio::test]
async fn a_server_without_a_pooler_is_known_from_the_login_alone() {
    let database = Cluster::shared().database("pooler");
    let session = database.session().await;
    assert_eq!(judged(&database.target(), &session).await, Pooler::None);
    let mut says = database.target();
    says.says_pooler = true;
    // The process that answers is the proof, whatever the string says.
    assert_eq!(judged(&says, &session).await, Pooler::None);
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_suspected_at_once_and_then_proven() {
    let database = Cluster::shared().database("pooler_transaction");
    let Some(pgbouncer) = PgBouncer::start(database.cluster, "transaction", "") else {
        return;
    };
    let target = pgbouncer.target(&database.name);
    let session = connect(&target).await.unwrap();
    let suspicion = reason(judged(&target, &session).await);
    let verdict = confirm(&target, &session, suspicion).await.unwrap();
    assert_eq!(verdict, Pooler::TransactionMode);
    assert!(!verdict.keeps_sessions());
}

#[tokio::test]
async fn a_pooler_in_session_mode_is_suspected_and_then_trusted() {
    let database = Cluster::shared().database("pooler_session");
    let Some(pgbouncer) = PgBouncer::start(database.cluster, "session", "") else {
        return;
    };
    let target = pgbouncer.target(&database.name);
    let session = connect(&target).await.unwrap();
    let suspicion = reason(judged(&target, &session).await);
    let verdict = confirm(&target, &session, suspicion).await.unwrap();
    assert_eq!(verdict, Pooler::SessionMode);
    assert!(verdict.keeps_sessions());
}

#[tokio::test]
async fn a_pool_without_room_for_a_second_client_leaves_the_suspicion() {
    let database = Cluster::shared().database("pooler_full");
    let settings = "default_pool_size = 1";
    let Some(pgbouncer) = PgBouncer::start(database.cluster, "session", settings) else {
        return;
    };
    let target = pgbouncer.target(&database.name);
    let session = connect(&target).await.unwrap();
    let suspicion = reason(judged(&target, &session).await);
    let verdict = confirm(&target, &session, suspicion.clone()).await.unwrap();
    assert_eq!(verdict, Pooler::Suspected(suspicion));
    assert!(!verdict.keeps_sessions());
}

#[tokio::test]
async fn behind_a_transaction_pooler_two_sessions_get_the_run_lock_and_one_transaction_does() {
    let database = Cluster::shared().database("pooler_lock");
    let Some(pgbouncer) = PgBouncer::start(database.cluster, "transaction", "") else {
        return;
    };
    let target = pgbouncer.target(&database.name);
    let (one, other) = (
        connect(&target).await.unwrap(),
        connect(&target).await.unwrap(),
    );
    // Why the session's lock is not to be relied upon there: both have it.
    let _first = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let _second = RunLock::acquire(&other, Duration::ZERO, |_| {})
        .await
        .unwrap();
    drop((one, other));

    let fresh = Cluster::shared().database("pooler_xact");
    let target = pgbouncer.target(&fresh.name);
    let (one, other) = (
        connect(&target).await.unwrap(),
        connect(&target).await.unwrap(),
    );
    let taken = pgphase::db::lock::TRY_IN_TRANSACTION;
    one.client.batch_execute("begin").await.unwrap();
    let first: bool = one.client.query_typed(taken, &[]).await.unwrap()[0].get(0);
    other.client.batch_execute("begin").await.unwrap();
    let second: bool = other.client.query_typed(taken, &[]).await.unwrap()[0].get(0);
    assert!(first && !second);
    one.client.batch_execute("commit").await.unwrap();
    let second: bool = other.client.query_typed(taken, &[]).await.unwrap()[0].get(0);
    assert!(second);
    other.client.batch_execute("commit").await.unwrap();
}

#[tokio::test]
async fn the_startup_parameter_options_is_refused_by_a_pooler_with_a_hint() {
    let database = Cluster::shared().database("pooler_options");
    let Some(pgbouncer) = PgBouncer::start(database.cluster, "transaction", "") else {
        return;
    };
    let mut target = pgbouncer.target(&database.name);
    target.options = Some("-c enable_seqscan=off".into());
    let error = connect(&target)
        .await
        .err()
        .expect("pgbouncer refuses the parameter");
    assert_eq!(error.inner().sqlstate.as_deref(), Some("08P01"));
    let hint = error.inner().hint.clone().unwrap_or_default();
    assert!(
        hint.contains("poolers refuse the startup parameter options"),
        "{error}: {hint}"
    );
}
