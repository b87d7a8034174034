//! The engine in the process; one test process each, since it is heavy.

use crate::support::{Home, Run, alive, value, wait_until};
use pgphase::ErrorKind;
use pgphase::db::dev::{self, DevEvent, DevOptions, DevServer, Engine};
use std::time::Duration;

fn embedded(home: &Home) -> DevOptions {
    DevOptions {
        engine: Some(Engine::Embedded),
        ..home.options()
    }
}

async fn acquire(home: &Home) -> DevServer {
    DevServer::acquire(&embedded(home), &mut |_| {})
        .await
        .unwrap()
}

#[tokio::test]
async fn what_one_run_commits_the_next_one_finds() {
    let home = Home::new();
    let mut events = Vec::new();
    let server = DevServer::acquire(&embedded(&home), &mut |event| events.push(event))
        .await
        .unwrap();
    assert!(
        matches!(&events[..], [DevEvent::Initialising { .. }]),
        "{events:?}"
    );
    let missing = server.session("shop").await.err().unwrap();
    assert_eq!(missing.inner().sqlstate.as_deref(), Some("3D000"));
    let session = server.open("shop").await.unwrap();
    assert!(session.cancel.is_none());
    session
        .client
        .batch_execute("create table t as select 1 as i")
        .await
        .unwrap();
    session.close().await;
    let version = value(&server, "shop", "select current_setting('server_version')").await;
    assert!(version.starts_with(&server.describe().version), "{version}");
    server.release().await.unwrap();

    let server = acquire(&home).await;
    assert!(!server.ensure_database("shop").await.unwrap());
    let count = value(&server, "shop", "select sum(i)::text from t").await;
    assert_eq!(count, "1");
    server.release().await.unwrap();
}

#[tokio::test]
async fn it_behaves_as_the_other_engine_where_schemas_can_tell() {
    let home = Home::new();
    let server = acquire(&home).await;
    let session = server.open("shop").await.unwrap();
    for extension in ["citext", "pg_trgm", "pgcrypto", "uuid-ossp"] {
        let create = format!("create extension \"{extension}\"");
        session.client.batch_execute(&create).await.unwrap();
    }
    for (setting, wanted) in [
        ("search_path", "\"$user\", public"),
        ("allow_system_table_mods", "off"),
        ("synchronous_commit", "on"),
        ("wal_level", "logical"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("default_text_search_config", "pg_catalog.english"),
    ] {
        let row = session
            .client
            .query_one("select current_setting($1)", &[&setting])
            .await;
        assert_eq!(row.unwrap().get::<_, String>(0), wanted, "{setting}");
    }
    let publish = "create publication p for all tables; do $$ begin raise notice 'heard'; end $$";
    session.client.batch_execute(publish).await.unwrap();
    let notices = session.take_notices();
    let heard: Vec<&str> = notices.iter().map(|notice| notice.message()).collect();
    assert_eq!(heard, ["heard"]);
    session.close().await;
    server.release().await.unwrap();
}

#[tokio::test]
async fn errors_leave_the_connection_usable_and_copy_works() {
    let home = Home::new();
    let server = acquire(&home).await;
    let session = server.open("shop").await.unwrap();
    let client = &session.client;
    client
        .batch_execute("create table t (i int primary key)")
        .await
        .unwrap();
    let error = client
        .batch_execute("insert into t values (1); select 1/0")
        .await
        .unwrap_err();
    assert_eq!(
        error.code(),
        Some(&tokio_postgres::error::SqlState::DIVISION_BY_ZERO)
    );
    let error = client
        .query("select i from nowhere", &[])
        .await
        .unwrap_err();
    assert_eq!(
        error.code(),
        Some(&tokio_postgres::error::SqlState::UNDEFINED_TABLE)
    );
    let mut copy = Box::pin(
        client
            .copy_in::<_, &[u8]>("copy t from stdin")
            .await
            .unwrap(),
    );
    futures_util::SinkExt::send(&mut copy, b"7\n8\n".as_slice())
        .await
        .unwrap();
    assert_eq!(copy.as_mut().finish().await.unwrap(), 2);
    // After a copy the engine reads the stream itself: statements must go on working.
    let seven = client
        .query_one("select count(*) from t where i > $1", &[&6i32])
        .await
        .unwrap();
    assert_eq!(seven.get::<_, i64>(0), 2);
    session.close().await;
    assert_eq!(
        value(&server, "shop", "select count(*)::text from t").await,
        "2"
    );
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_second_connection_to_a_database_is_refused_and_to_another_is_not() {
    let home = Home::new();
    let server = acquire(&home).await;
    let first = server.open("shop").await.unwrap();
    let error = server.session("shop").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(
        error.to_string().contains("serves one at a time"),
        "{error}"
    );
    assert_eq!(
        server.drop_database("shop").await.unwrap_err().kind(),
        ErrorKind::Locked
    );
    let scratch = server.open("scratch").await.unwrap();
    scratch
        .client
        .batch_execute("create table only_here ()")
        .await
        .unwrap();
    let look = "select to_regclass('only_here') is null";
    assert!(
        first
            .client
            .query_one(look, &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
    );
    scratch.close().await;
    server.drop_database("scratch").await.unwrap();
    assert!(server.session("scratch").await.is_err());
    first.close().await;
    server.release().await.unwrap();
}

#[tokio::test]
async fn other_runs_wait_their_turn_and_say_for_whom() {
    let home = Home::new();
    let server = acquire(&home).await;
    let mut events = Vec::new();
    let options = DevOptions {
        wait: Duration::from_millis(600),
        ..embedded(&home)
    };
    let error = DevServer::acquire(&options, &mut |event| events.push(event))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let us = format!(
        "another run (process {}) has the embedded dev server",
        std::process::id()
    );
    assert!(error.to_string().contains(&us), "{error}");
    assert!(
        matches!(&events[..], [DevEvent::Waiting(why)] if why.contains(&us)),
        "{events:?}"
    );

    let leave = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.release().await.unwrap();
    };
    let ((), next) = futures_util::future::join(leave, acquire(&home)).await;
    next.release().await.unwrap();
}

#[test]
fn a_run_killed_at_any_moment_leaves_data_that_opens() {
    let home = Home::new();
    // From before the files are complete to after the first statements.
    for milliseconds in [150, 600, 1200, 2500, 5000] {
        let run = Run::start_embedded(home.dir.path());
        std::thread::sleep(Duration::from_millis(milliseconds));
        run.kill();
    }
    let mut run = Run::start_embedded(home.dir.path());
    run.server();
    run.leave();
}

#[tokio::test]
async fn verbs_that_need_a_shared_server_say_that_this_one_is_not() {
    let home = Home::new();
    let options = embedded(&home);
    let mut errors = vec![
        dev::start(&options, &mut |_| {}).await.unwrap_err(),
        dev::url(&options, "shop", &mut |_| {}).unwrap_err(),
        dev::psql(&options, "shop", &[], &mut |_| {})
            .await
            .unwrap_err(),
    ];
    let server = acquire(&home).await;
    errors.push(server.url("shop").unwrap_err());
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(
            error.to_string().contains("lives in one process"),
            "{error}"
        );
    }
    let status = dev::status(&options).unwrap();
    let ours = status
        .iter()
        .find(|server| server.engine == Engine::Embedded)
        .unwrap();
    assert!(ours.chosen && !ours.has_data);
    assert_eq!(ours.users, [std::process::id()]);
    server.release().await.unwrap();
}

#[tokio::test]
async fn reset_throws_the_data_away() {
    let home = Home::new();
    let server = acquire(&home).await;
    for name in ["shop", "a/b", ".."] {
        assert!(server.ensure_database(name).await.unwrap(), "{name}");
    }
    server.release().await.unwrap();
    dev::reset(&embedded(&home), Some("shop"), &mut |_| {})
        .await
        .unwrap();
    let server = acquire(&home).await;
    assert!(server.ensure_database("shop").await.unwrap());
    assert!(!server.ensure_database("a/b").await.unwrap());
    server.release().await.unwrap();
    dev::reset(&embedded(&home), None, &mut |_| {})
        .await
        .unwrap();
    let server = acquire(&home).await;
    assert!(server.ensure_database("..").await.unwrap());
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_machine_without_binaries_gets_the_engine_that_is_built_in() {
    let home = Home::new();
    let options = DevOptions {
        engine: None,
        path: None,
        well_known: false,
        bin_dir: None,
        ..home.options()
    };
    let server = DevServer::acquire(&options, &mut |_| {}).await.unwrap();
    assert_eq!(server.describe().engine, Engine::Embedded);
    server.release().await.unwrap();
}

#[test]
fn the_process_of_a_run_ends_when_it_leaves() {
    let home = Home::new();
    let mut run = Run::start_embedded(home.dir.path());
    run.server();
    let pid = run.pid();
    run.leave();
    wait_until("the process is gone", || !alive(pid));
}

#[tokio::test]
async fn what_a_killed_run_left_half_made_is_cleared_away() {
    let home = Home::new();
    let server = acquire(&home).await;
    server.ensure_database("shop").await.unwrap();
    let dir = server.describe().directory.join("db-shop");
    // Killed before the files were in their place.
    std::fs::create_dir_all(dir.join(".pgdata-initdb-abc/base")).unwrap();
    std::fs::create_dir(dir.join("pgdata")).unwrap();
    let session = server.open("shop").await.unwrap();
    session
        .client
        .batch_execute("create table kept ()")
        .await
        .unwrap();
    session.close().await;
    server.release().await.unwrap();
    // Killed after they were.
    std::fs::create_dir(dir.join(".pgdata-initdb-def")).unwrap();
    let server = acquire(&home).await;
    let session = server.open("shop").await.unwrap();
    session.client.batch_execute("table kept").await.unwrap();
    session.close().await;
    server.release().await.unwrap();
}
