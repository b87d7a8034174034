use crate::support::{Home, alive, notes, signal, value, wait_until};
use pgphase::db::dev::{DevEvent, DevServer};

#[tokio::test]
async fn after_a_killed_server_the_next_waits_for_its_remains_and_has_what_was_committed() {
    let home = Home::new();
    let server = home.acquire().await;
    let session = server.session("postgres").await.unwrap();
    session
        .client
        .batch_execute("create table kept as select 'committed' as t")
        .await
        .unwrap();
    let row = session
        .client
        .query_one("select pg_backend_pid()", &[])
        .await
        .unwrap();
    let backend: i32 = row.get(0);
    let pid = server.describe().pid.unwrap();
    // A backend that does not notice: it goes on holding the shared memory.
    signal("-STOP", backend.cast_unsigned());
    signal("-KILL", pid);
    wait_until("the server is dead", || !alive(pid));
    drop(server);

    let mut waited = false;
    let options = home.options();
    let mut on_event = |event| {
        if matches!(&event, DevEvent::Waiting(of) if of.contains("remains of a killed server")) {
            waited = true;
            signal("-CONT", backend.cast_unsigned());
        }
    };
    let next = DevServer::acquire(&options, &mut on_event).await.unwrap();
    assert!(waited);
    assert_ne!(next.describe().pid, Some(pid));
    assert_eq!(
        value(&next, "postgres", "select t from kept").await,
        "committed"
    );
    next.release().await.unwrap();
}

#[tokio::test]
async fn stale_pid_and_socket_files_are_cleared_even_if_the_process_id_lives_again() {
    let home = Home::new();
    let server = home.acquire().await;
    let (place, socket) = (home.place(), server.describe().socket.unwrap());
    server.release().await.unwrap();
    // Our own process: alive, and not to be signalled.
    let ours = std::process::id();
    let file = format!(
        "{ours}\n{}\n1\n5432\n{}\n\n  5432001  1\nready\n",
        place.join("data").display(),
        socket.display()
    );
    std::fs::write(place.join("data/postmaster.pid"), &file).unwrap();
    std::fs::write(socket.join(".s.PGSQL.5432.lock"), &file).unwrap();
    drop(std::os::unix::net::UnixListener::bind(socket.join(".s.PGSQL.5432")).unwrap());

    let server = home.acquire().await;
    assert_ne!(server.describe().pid, Some(ours));
    assert_eq!(value(&server, "postgres", "select 'fine'").await, "fine");
    server.release().await.unwrap();
}

#[tokio::test]
async fn files_of_killed_runs_do_not_count_as_users() {
    let home = Home::new();
    home.acquire().await.release().await.unwrap();
    std::fs::write(home.place().join("users/4242.0"), "").unwrap();
    let server = home.acquire().await;
    assert_eq!(server.describe().shared_by, 0);
    assert!(!home.place().join("users/4242.0").exists());
    server.release().await.unwrap();
    assert_eq!(home.running(), None);
}

#[tokio::test]
async fn an_interrupted_initdb_is_begun_again() {
    let home = Home::new();
    home.acquire().await.release().await.unwrap();
    let place = home.place();
    std::fs::rename(place.join("data"), place.join("data.new")).unwrap();
    std::fs::remove_file(place.join("data.new/global/pg_control")).unwrap();
    let server = home.acquire().await;
    assert!(place.join("data/global/pg_control").exists());
    assert!(!place.join("data.new").exists());
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_server_whose_socket_was_cleaned_away_is_replaced() {
    let home = Home::new();
    pgphase::db::dev::start(&home.options(), &mut |_| {})
        .await
        .unwrap();
    let pid = home.running().unwrap();
    std::fs::remove_file(home.place().join("run/.s.PGSQL.5432")).unwrap();
    let server = home.acquire().await;
    assert_ne!(server.describe().pid, Some(pid));
    assert_eq!(value(&server, "postgres", "select 'fine'").await, "fine");
    server.release().await.unwrap();
    pgphase::db::dev::stop(&home.options(), &mut |_| {})
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_that_dies_at_once_shows_the_end_of_its_log() {
    let home = Home::new();
    home.acquire().await.release().await.unwrap();
    let conf = home.place().join("data/postgresql.conf");
    std::fs::write(&conf, "work_mem = 'a lot'\n").unwrap();
    let error = DevServer::acquire(&home.options(), &mut |_| {})
        .await
        .err()
        .unwrap();
    let inner = error.inner();
    assert!(inner.message.contains("ended while starting"), "{error}");
    let detail = inner.detail.as_deref().unwrap();
    assert!(
        detail.contains("invalid value for parameter \"work_mem\""),
        "{detail}"
    );
    assert!(inner.hint.as_deref().unwrap().contains("server.log"));
    assert_eq!(error.exit_code(), 3);
}

#[tokio::test]
async fn data_of_another_major_is_never_opened() {
    let home = Home::new();
    home.acquire().await.release().await.unwrap();
    std::fs::write(home.place().join("data/PG_VERSION"), "14\n").unwrap();
    let error = DevServer::acquire(&home.options(), &mut |_| {})
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("was made by PostgreSQL 14"),
        "{error}"
    );
    assert!(error.inner().hint.as_deref().unwrap().contains("dev reset"));
}

#[tokio::test]
async fn a_new_major_gets_its_own_data_and_says_where_the_old_is() {
    let home = Home::new();
    let old = home.dir.path().join("pg14/data");
    std::fs::create_dir_all(&old).unwrap();
    std::fs::write(old.join("PG_VERSION"), "14\n").unwrap();
    let mut events = Vec::new();
    let server = DevServer::acquire(&home.options(), &mut |event| events.push(event))
        .await
        .unwrap();
    assert!(
        notes(&events).contains("the data of PostgreSQL 14 stays in"),
        "{events:?}"
    );
    assert!(!server.describe().directory.ends_with("pg14"));
    server.release().await.unwrap();
}
