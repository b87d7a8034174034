use crate::support::{Home, Run, alive, value, wait_until};
use pgphase::db::dev::{DevEvent, DevServer};
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn the_first_run_makes_the_data_and_the_last_one_out_stops_the_server() {
    let home = Home::new();
    let mut events = Vec::new();
    let server = DevServer::acquire(&home.options(), &mut |event| events.push(event))
        .await
        .unwrap();
    assert!(
        matches!(&events[..], [DevEvent::Initialising { .. }]),
        "{events:?}"
    );
    let described = server.describe();
    assert_eq!(described.pid, home.running());
    assert_eq!(described.shared_by, 0);
    let version = value(
        &server,
        "postgres",
        "select current_setting('server_version')",
    )
    .await;
    assert!(
        version.starts_with(&described.version),
        "{version} {}",
        described.version
    );
    server.release().await.unwrap();
    assert_eq!(home.running(), None);

    events.clear();
    let again = DevServer::acquire(&home.options(), &mut |event| events.push(event))
        .await
        .unwrap();
    assert_eq!(events, []);
    drop(again);
    assert_eq!(home.running(), None, "dropping lets go as well");
}

#[tokio::test]
async fn the_server_is_private_and_set_up_for_development() {
    let home = Home::new();
    let server = home.acquire().await;
    for (setting, wanted) in [
        ("listen_addresses", ""),
        ("fsync", "off"),
        ("synchronous_commit", "on"),
        ("wal_level", "logical"),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("default_text_search_config", "pg_catalog.english"),
        ("lc_messages", "C.UTF-8"),
    ] {
        let found = value(
            &server,
            "postgres",
            &format!("select current_setting('{setting}')"),
        )
        .await;
        assert_eq!(found, wanted, "{setting}");
    }
    let socket = server.describe().socket.unwrap();
    for private in [socket, home.place().join("data")] {
        let mode = std::fs::metadata(&private).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", private.display());
    }
    server.release().await.unwrap();
}

#[test]
fn eight_runs_at_once_share_one_server_and_leave_none_behind() {
    let home = Home::new();
    let mut runs: Vec<Run> = (0..8).map(|_| Run::start(home.dir.path())).collect();
    let servers: Vec<u32> = runs.iter_mut().map(Run::server).collect();
    assert!(servers.iter().all(|pid| *pid == servers[0]), "{servers:?}");
    // All go at once: exactly one of them must be the last.
    let leaving: Vec<_> = runs
        .into_iter()
        .map(|run| std::thread::spawn(move || run.leave()))
        .collect();
    leaving
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(home.running(), None);
}

#[test]
fn runs_that_come_and_go_all_the_time_always_find_a_server() {
    let home = Home::new();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let dir = home.dir.path().to_owned();
            std::thread::spawn(move || {
                for _ in 0..6 {
                    let mut run = Run::start(&dir);
                    run.server();
                    run.leave();
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(home.running(), None);
}

#[tokio::test]
async fn the_server_outlives_the_run_that_started_it_while_others_use_it() {
    let home = Home::new();
    let mut first = Run::start(home.dir.path());
    let pid = first.server();
    let second = home.acquire().await;
    assert_eq!(second.describe().shared_by, 1);
    let line = second.describe().to_string();
    assert!(
        line.starts_with("PostgreSQL ") && line.contains(" (system) in "),
        "{line}"
    );
    assert!(line.ends_with(", shared with another run"), "{line}");
    first.leave();
    assert_eq!(second.describe().shared_by, 0);
    assert_eq!(
        value(&second, "postgres", "select 'still here'").await,
        "still here"
    );
    second.release().await.unwrap();
    assert!(!alive(pid));
}

#[tokio::test]
async fn a_server_orphaned_by_a_killed_run_is_used_and_then_stopped_by_the_next() {
    let home = Home::new();
    let mut run = Run::start(home.dir.path());
    let pid = run.server();
    run.kill();
    assert!(alive(pid));
    let next = home.acquire().await;
    assert_eq!(next.describe().pid, Some(pid));
    assert_eq!(next.describe().shared_by, 0);
    next.release().await.unwrap();
    assert!(!alive(pid));
}

#[test]
fn ctrl_c_in_the_terminal_does_not_reach_the_server() {
    let home = Home::new();
    let mut run = Run::start(home.dir.path());
    let pid = run.server();
    let group = |pid: u32| {
        rustix::process::getpgid(rustix::process::Pid::from_raw(pid.cast_signed())).unwrap()
    };
    assert_ne!(group(pid), group(run.pid()));
    run.leave();
}

#[tokio::test]
async fn a_run_abandoned_while_the_server_starts_leaves_no_server() {
    let home = Home::new();
    home.acquire().await.release().await.unwrap();
    let options = home.options();
    let mut ignore = |_| {};
    let acquire = DevServer::acquire(&options, &mut ignore);
    let moment = std::time::Duration::from_millis(1);
    if let Ok(server) = tokio::time::timeout(moment, acquire).await {
        drop(server);
    }
    wait_until("no server is left", || home.running().is_none());
}

#[tokio::test]
async fn eight_at_once_create_a_database_once() {
    let home = Home::new();
    let server = home.acquire().await;
    let made =
        futures_util::future::join_all((0..8).map(|_| server.ensure_database("Stream \"Vibe\"")))
            .await;
    let made: Vec<bool> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    let name = value(
        &server,
        "Stream \"Vibe\"",
        "select current_database()::text",
    )
    .await;
    assert_eq!(name, "Stream \"Vibe\"");
    server.release().await.unwrap();
}

#[tokio::test]
async fn opening_a_database_creates_it_and_finds_it_again() {
    let home = Home::new();
    let server = home.acquire().await;
    let first = server.open("shop").await.unwrap();
    first
        .client
        .batch_execute("create table t (); insert into t default values")
        .await
        .unwrap();
    first.close().await;
    let error = server.session("nowhere").await.err().unwrap();
    assert!(
        error.to_string().contains("\"nowhere\" does not exist"),
        "{error}"
    );
    server.release().await.unwrap();
    let server = home.acquire().await;
    let again = server.open("shop").await.unwrap();
    let count: i64 = again
        .client
        .query_one("select count(*) from t", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(count, 1);
    again.close().await;
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_running_statement_can_be_cancelled() {
    let home = Home::new();
    let server = home.acquire().await;
    let session = server.session("postgres").await.unwrap();
    let cancel = session.cancel.clone().unwrap();
    let sleep = session.client.batch_execute("select pg_sleep(60)");
    let stop = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        cancel().await;
    };
    let (slept, ()) = futures_util::future::join(sleep, stop).await;
    let error = slept.unwrap_err();
    assert_eq!(
        error.code(),
        Some(&tokio_postgres::error::SqlState::QUERY_CANCELED),
        "{error}"
    );
    session.close().await;
    server.release().await.unwrap();
}
