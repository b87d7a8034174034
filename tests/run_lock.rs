//! The run lock: one holder, who is named; taken over as soon as it is free.

mod support;

use pgphase::ErrorKind;
use pgphase::db::lock::{Holder, KEY, RunLock, TRY_IN_SESSION, TRY_IN_TRANSACTION, holder};
use std::time::{Duration, Instant};
use support::cluster::Cluster;

#[tokio::test]
async fn a_second_run_is_refused_and_told_who_holds_the_lock() {
    let database = Cluster::shared().database("lock");
    let (one, other) = (database.session().await, database.session().await);
    let lock = RunLock::acquire(&one, Duration::ZERO, |_| panic!("nobody to wait for"))
        .await
        .unwrap();
    let pid: i32 = one
        .client
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap()
        .get(0);

    let error = RunLock::acquire(&other, Duration::ZERO, |_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert_eq!(error.exit_code(), 3);
    let text = error.to_string();
    assert!(
        text.contains(&format!("process {pid} (pgphase, role postgres")),
        "{text}"
    );
    assert!(
        error
            .inner()
            .hint
            .as_ref()
            .unwrap()
            .contains(&format!("pg_terminate_backend({pid})"))
    );

    assert!(lock.release(&one).await.unwrap());
    let lock = RunLock::acquire(&other, Duration::ZERO, |_| {})
        .await
        .unwrap();
    assert!(lock.release(&other).await.unwrap());
    assert_eq!(holder(&one).await.unwrap(), None);
}

#[tokio::test]
async fn a_waiting_run_hears_of_the_holder_once_and_goes_on_when_the_lock_is_free() {
    let database = Cluster::shared().database("lock_wait");
    let (one, other) = (database.session().await, database.session().await);
    let lock = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let release = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        lock.release(&one).await.unwrap()
    };
    let mut heard: Vec<Holder> = Vec::new();
    let start = Instant::now();
    let wait = RunLock::acquire(&other, Duration::from_secs(30), |holder| {
        heard.push(holder.clone())
    });
    let (released, taken) = tokio::join!(release, wait);
    assert!(released);
    taken.unwrap().release(&other).await.unwrap();
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].application, "pgphase");
    let waited = start.elapsed();
    assert!(waited >= Duration::from_millis(400), "{waited:?}");
}

#[tokio::test]
async fn a_waiting_run_gives_up_when_its_time_is_over() {
    let database = Cluster::shared().database("lock_over");
    let (one, other) = (database.session().await, database.session().await);
    let _lock = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let start = Instant::now();
    let error = RunLock::acquire(&other, Duration::from_millis(300), |_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn a_waiting_run_holds_no_snapshot_so_that_a_concurrent_index_build_goes_through() {
    let database = Cluster::shared().database("lock_index");
    let (one, other) = (database.session().await, database.session().await);
    one.client
        .batch_execute("create table t (a int)")
        .await
        .unwrap();
    let lock = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let build = async {
        let sql = "set statement_timeout = '20s'; ";
        one.client.batch_execute(sql).await.unwrap();
        one.client
            .batch_execute("create index concurrently t_a_idx on t (a)")
            .await
            .unwrap();
        lock.release(&one).await.unwrap();
    };
    let wait = RunLock::acquire(&other, Duration::from_secs(30), |_| {});
    let ((), taken) = tokio::join!(build, wait);
    taken.unwrap().release(&other).await.unwrap();
}

#[tokio::test]
async fn a_role_without_privileges_can_take_the_lock_and_name_the_holder() {
    let cluster = Cluster::shared();
    let database = cluster.database("lock_plain");
    let role = format!("plain_{}", std::process::id());
    cluster.execute(&format!("create role {role} login"));
    let mut target = database.target();
    target.user = role.clone();
    let one = database.session().await;
    let other = pgphase::db::connect(&target).await.unwrap();
    let _lock = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let error = RunLock::acquire(&other, Duration::ZERO, |_| {})
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("(pgphase, role postgres"),
        "{error}"
    );
    other.close().await;
    cluster.execute(&format!("drop role {role}"));
}

#[tokio::test]
async fn the_texts_for_callers_take_the_same_lock() {
    let database = Cluster::shared().database("lock_texts");
    let (one, other) = (database.session().await, database.session().await);
    let sql = format!("select {TRY_IN_SESSION}");
    assert!(
        one.client
            .query_one(sql.as_str(), &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    );
    assert!(
        !other
            .client
            .query_one(TRY_IN_TRANSACTION, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    );
    RunLock::taken().release(&one).await.unwrap();
    let held = other
        .client
        .query_one(TRY_IN_TRANSACTION, &[])
        .await
        .unwrap();
    assert!(held.get::<_, bool>(0), "key {KEY} is free again");
}

#[tokio::test]
async fn a_lock_in_one_database_does_not_hold_up_another() {
    let cluster = Cluster::shared();
    let (first, second) = (cluster.database("lock_a"), cluster.database("lock_b"));
    let (one, other) = (first.session().await, second.session().await);
    let _one = RunLock::acquire(&one, Duration::ZERO, |_| {})
        .await
        .unwrap();
    let _other = RunLock::acquire(&other, Duration::ZERO, |_| {})
        .await
        .unwrap();
}
