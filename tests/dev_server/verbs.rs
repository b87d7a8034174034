use crate::support::{Home, Run, alive, value};
use pgphase::ErrorKind;
use pgphase::db::dev::{self, DevOptions, StopOutcome};

#[tokio::test]
async fn start_keeps_the_server_until_stop() {
    let home = Home::new();
    let options = home.options();
    let started = dev::start(&options, &mut |_| {}).await.unwrap();
    assert!(!started.already);
    let pid = started.server.pid.unwrap();
    home.acquire().await.release().await.unwrap();
    assert!(alive(pid), "a run that leaves does not stop it");
    let again = dev::start(&options, &mut |_| {}).await.unwrap();
    assert!(again.already && again.server.pid == Some(pid));

    let stopped = dev::stop(&options, &mut |_| {}).await.unwrap();
    assert_eq!(
        stopped,
        [StopOutcome::Stopped {
            directory: started.server.directory
        }]
    );
    assert!(!alive(pid));
    assert_eq!(dev::stop(&options, &mut |_| {}).await.unwrap(), []);
    home.acquire().await.release().await.unwrap();
    assert_eq!(home.running(), None, "no longer kept");
}

#[tokio::test]
async fn stop_leaves_a_server_that_is_used_to_the_last_run() {
    let home = Home::new();
    let options = home.options();
    let mut run = Run::start(home.dir.path());
    let pid = run.server();
    dev::start(&options, &mut |_| {}).await.unwrap();
    let outcome = dev::stop(&options, &mut |_| {}).await.unwrap();
    let directory = home.place();
    assert_eq!(
        outcome,
        [StopOutcome::WhenOthersLeave {
            directory,
            users: vec![run.pid()]
        }]
    );
    assert!(alive(pid));
    run.leave();
    assert!(!alive(pid));
}

#[tokio::test]
async fn status_tells_without_starting_or_making_anything() {
    let home = Home::new();
    let (options, missing) = (home.options(), home.dir.path().join("not/yet"));
    let nothing = DevOptions {
        home: Some(missing.clone()),
        ..options.clone()
    };
    let servers = dev::status(&nothing).unwrap();
    let chosen = servers.iter().find(|server| server.chosen).unwrap();
    assert!(!chosen.has_data && chosen.pid.is_none());
    assert!(!missing.exists() && !missing.parent().unwrap().exists());

    let mut run = Run::start(home.dir.path());
    let pid = run.server();
    let servers = dev::status(&options).unwrap();
    let server = servers.iter().find(|server| server.chosen).unwrap();
    assert_eq!(server.pid, Some(pid));
    assert_eq!(server.users, [run.pid()]);
    assert!(server.has_data && !server.kept);
    assert_eq!(
        server.directory,
        std::fs::canonicalize(home.place()).unwrap()
    );
    run.leave();
    let servers = dev::status(&options).unwrap();
    assert!(
        servers
            .iter()
            .all(|server| server.pid.is_none() && server.users.is_empty())
    );
}

#[tokio::test]
async fn reset_throws_everything_away_but_never_under_another_run() {
    let home = Home::new();
    let options = home.options();
    let server = home.acquire().await;
    server.ensure_database("shop").await.unwrap();
    let error = dev::reset(&options, None, &mut |_| {}).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    let ours = format!(
        "another run (process {}) is in the dev server",
        std::process::id()
    );
    assert!(error.to_string().contains(&ours), "{error}");
    assert!(
        !server.ensure_database("shop").await.unwrap(),
        "still there"
    );
    server.release().await.unwrap();

    dev::reset(&options, None, &mut |_| {}).await.unwrap();
    assert!(!home.place().join("data").exists());
    let server = home.acquire().await;
    assert!(server.ensure_database("shop").await.unwrap(), "made anew");
    server.release().await.unwrap();
}

#[tokio::test]
async fn reset_repairs_data_that_cannot_be_used_and_keeps_a_kept_server() {
    let home = Home::new();
    let options = home.options();
    let pid = dev::start(&options, &mut |_| {}).await.unwrap().server.pid;
    std::fs::write(home.place().join("data/PG_VERSION"), "14\n").unwrap();
    dev::reset(&options, None, &mut |_| {}).await.unwrap();
    let now = home.running();
    assert!(now.is_some() && now != pid);
    dev::stop(&options, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn reset_of_one_database_leaves_the_others() {
    let home = Home::new();
    let options = home.options();
    let server = home.acquire().await;
    for name in ["shop", "blog"] {
        server.ensure_database(name).await.unwrap();
    }
    let session = server.session("shop").await.unwrap();
    let error = dev::reset(&options, Some("shop"), &mut |_| {})
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(
        error.to_string().contains("being accessed by other users"),
        "{error}"
    );
    session.close().await;
    dev::reset(&options, Some("shop"), &mut |_| {})
        .await
        .unwrap();
    dev::reset(&options, Some("shop"), &mut |_| {})
        .await
        .unwrap();
    assert!(server.ensure_database("shop").await.unwrap());
    assert!(!server.ensure_database("blog").await.unwrap());
    server.release().await.unwrap();
}

#[tokio::test]
async fn the_url_is_the_same_whether_or_not_the_server_runs() {
    let home = Home::new();
    let options = home.options();
    let before = dev::url(&options, "postgres", &mut |_| {}).unwrap();
    assert!(!before.running);
    assert_eq!(home.running(), None, "asking starts nothing");
    dev::start(&options, &mut |_| {}).await.unwrap();
    let now = dev::url(&options, "postgres", &mut |_| {}).unwrap();
    assert!(now.running);
    assert_eq!(now.url, before.url);
    let (client, connection) = tokio_postgres::connect(&now.url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    client.batch_execute("select 1").await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    dev::stop(&options, &mut |_| {}).await.unwrap();
}

#[tokio::test]
async fn psql_gets_the_database_the_arguments_and_gives_its_exit_code() {
    let home = Home::new();
    let options = home.options();
    let run = |sql: &str| {
        let arguments = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]
            .map(str::to_owned)
            .to_vec();
        let options = options.clone();
        async move {
            dev::psql(&options, "shop", &arguments, &mut |_| {})
                .await
                .unwrap()
        }
    };
    assert!(
        run("create table t as select current_database()::text as name")
            .await
            .success()
    );
    assert_eq!(run("select * from nowhere").await.code(), Some(1));
    let server = home.acquire().await;
    assert_eq!(value(&server, "shop", "select name from t").await, "shop");
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_machine_without_psql_is_told_where_to_get_it() {
    let home = Home::new();
    let server = home.acquire().await;
    let real = server.describe().bin_dir.unwrap();
    server.release().await.unwrap();
    let bin = tempfile::tempdir().unwrap();
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(bin.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["postgres", "initdb"] {
        std::os::unix::fs::symlink(real.join(name), bin.path().join(name)).unwrap();
    }
    let bin_dir = Some(bin.path().to_owned());
    let options = DevOptions {
        bin_dir,
        path: None,
        ..home.options()
    };
    let error = dev::psql(&options, "shop", &[], &mut |_| {})
        .await
        .unwrap_err();
    assert!(error.to_string().contains("no psql in"), "{error}");
    assert!(
        error
            .inner()
            .hint
            .as_deref()
            .unwrap()
            .contains("postgresql-client")
    );
}
