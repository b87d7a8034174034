use crate::support::{Home, is_root, options, value};
use pgphase::db::dev::DevServer;
use pgphase::{Error, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

async fn refused(home: &Path) -> Error {
    DevServer::acquire(&options(home), &mut |_| {})
        .await
        .err()
        .unwrap()
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Below the home, a path so long that no socket fits.
fn long(home: &Home) -> PathBuf {
    let long = home
        .dir
        .path()
        .join("a-name-of-forty-bytes-".repeat(2))
        .join("b".repeat(80));
    std::fs::create_dir_all(long.parent().unwrap()).unwrap();
    long
}

#[tokio::test]
async fn a_home_that_cannot_be_written_says_the_ways_out() {
    let error = refused(Path::new("/proc/pgphase/dev")).await;
    assert!(
        error.to_string().contains("cannot create /proc/pgphase"),
        "{error}"
    );
    let hint = error.inner().hint.as_deref().unwrap();
    assert!(
        hint.contains("PGPHASE_DEV_HOME") && hint.contains("--database-url"),
        "{hint}"
    );
    assert_eq!(error.kind(), ErrorKind::DevServer);
}

#[tokio::test]
async fn a_home_of_somebody_else_is_refused() {
    let home = Home::new();
    let theirs = home.dir.path().join("theirs");
    if is_root() {
        std::fs::create_dir(&theirs).unwrap();
        chown(&theirs, Some(65_534), Some(65_534)).unwrap();
    } else {
        symlink("/usr", &theirs).unwrap();
    }
    let error = refused(&theirs).await;
    assert!(error.to_string().contains("belongs to user"), "{error}");
}

#[tokio::test]
async fn a_home_that_others_may_write_to_is_refused() {
    let home = Home::new();
    set_mode(home.dir.path(), 0o777);
    let error = refused(home.dir.path()).await;
    assert!(error.to_string().contains("others may write to"), "{error}");
    assert!(
        error
            .inner()
            .hint
            .as_deref()
            .unwrap()
            .contains("chmod go-w")
    );
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_a_short_private_folder() {
    let home = Home::new();
    let long = long(&home);
    let server = DevServer::acquire(&options(&long), &mut |_| {})
        .await
        .unwrap();
    let socket = server.describe().socket.unwrap();
    assert!(
        !socket.starts_with(&long) && socket.as_os_str().len() < 90,
        "{}",
        socket.display()
    );
    let found = std::fs::symlink_metadata(&socket).unwrap();
    assert_eq!(found.mode() & 0o7777, 0o700);
    assert_eq!(value(&server, "postgres", "select 'fine'").await, "fine");
    server.release().await.unwrap();
    std::fs::remove_dir_all(&socket).unwrap();
}

#[tokio::test]
async fn a_link_laid_in_the_place_of_the_short_folder_is_not_followed() {
    let home = Home::new();
    let long = long(&home);
    let server = DevServer::acquire(&options(&long), &mut |_| {})
        .await
        .unwrap();
    let socket = server.describe().socket.unwrap();
    server.release().await.unwrap();
    std::fs::remove_dir_all(&socket).unwrap();
    symlink(home.dir.path(), &socket).unwrap();
    let error = refused(&long).await;
    std::fs::remove_file(&socket).unwrap();
    assert!(
        error.to_string().contains(&socket.display().to_string()),
        "{error}"
    );
}

#[tokio::test]
async fn odd_characters_in_the_path_do_no_harm() {
    let home = Home::new();
    let odd = home.dir.path().join("it's a \"home\", ünd so");
    let server = DevServer::acquire(&options(&odd), &mut |_| {})
        .await
        .unwrap();
    let url = server.url("postgres").unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    client.batch_execute("select 1").await.unwrap();
    drop(client);
    driver.await.unwrap().unwrap();
    server.release().await.unwrap();
}

#[tokio::test]
async fn as_root_the_server_steps_down_to_the_first_user_that_exists() {
    if !is_root() {
        // Nobody to step down from: the server is ours, which the other tests show.
        return;
    }
    let home = Home::new();
    let mut options = home.options();
    options.server_users = vec!["no-such-user".to_owned(), "nobody".to_owned()];
    let server = DevServer::acquire(&options, &mut |_| {}).await.unwrap();
    let process = format!("/proc/{}", server.describe().pid.unwrap());
    let nobody = std::fs::metadata(home.place().join("data")).unwrap().uid();
    assert_ne!(nobody, 0);
    assert_eq!(std::fs::metadata(process).unwrap().uid(), nobody);
    assert_eq!(
        std::fs::metadata(home.place()).unwrap().uid(),
        0,
        "what we write stays ours"
    );
    server.release().await.unwrap();

    // The data that is there decides, so that adding a user later does not lock us out of it.
    let server = home.acquire().await;
    let process = format!("/proc/{}", server.describe().pid.unwrap());
    assert_eq!(std::fs::metadata(process).unwrap().uid(), nobody);
    server.release().await.unwrap();

    options.server_users = vec!["no-such-user".to_owned()];
    let error = DevServer::acquire(&options, &mut |_| {})
        .await
        .err()
        .unwrap();
    assert!(
        error.to_string().contains("has no user no-such-user"),
        "{error}"
    );
}

#[tokio::test]
async fn as_root_a_home_that_the_servers_user_cannot_reach_is_named() {
    if !is_root() {
        return;
    }
    let home = Home::new();
    let shut = home.dir.path().join("shut");
    std::fs::create_dir(&shut).unwrap();
    set_mode(&shut, 0o700);
    let error = refused(&shut.join("dev")).await;
    let wanted = format!("{} does not let that user through", shut.display());
    assert!(error.to_string().contains(&wanted), "{error}");
}
