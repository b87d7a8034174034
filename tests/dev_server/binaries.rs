use crate::support::{Home, notes, options};
use pgphase::db::dev::{DevEvent, DevOptions, DevServer, Engine};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// The real binaries of this machine.
async fn real(home: &Home) -> std::path::PathBuf {
    let server = home.acquire().await;
    let dir = server.describe().bin_dir.unwrap();
    server.release().await.unwrap();
    dir
}

fn script(path: &Path, text: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Folders that the server's user can look into as well.
fn open_folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// Binaries that say they are that version and can do nothing else.
fn pretend(dir: &Path, version: &str) {
    script(
        &dir.join("postgres"),
        &format!("echo 'postgres (PostgreSQL) {version}'"),
    );
    script(&dir.join("initdb"), "exit 1");
}

/// No place to look but PATH.
fn only_path(home: &Home, dirs: &[&Path]) -> DevOptions {
    let path = Some(std::env::join_paths(dirs).unwrap());
    DevOptions {
        path,
        well_known: false,
        bin_dir: None,
        ..home.options()
    }
}

async fn fails(options: &DevOptions) -> pgphase::Error {
    DevServer::acquire(options, &mut |_| {})
        .await
        .err()
        .unwrap()
}

#[tokio::test]
async fn links_in_path_are_followed_to_where_the_other_programs_are() {
    let (home, links) = (Home::new(), open_folder());
    let real = real(&home).await;
    symlink(real.join("postgres"), links.path().join("postgres")).unwrap();
    let server = DevServer::acquire(&only_path(&home, &[links.path()]), &mut |_| {})
        .await
        .unwrap();
    let found = server.describe().bin_dir.unwrap();
    assert_eq!(found, std::fs::canonicalize(real).unwrap());
    server.release().await.unwrap();
}

#[tokio::test]
async fn binaries_that_are_too_old_are_skipped_with_a_note() {
    let (home, old) = (Home::new(), open_folder());
    let real = real(&home).await;
    pretend(old.path(), "14.19");
    let options = only_path(&home, &[old.path(), &real]);
    let mut events: Vec<DevEvent> = Vec::new();
    let server = DevServer::acquire(&options, &mut |event| events.push(event))
        .await
        .unwrap();
    assert!(
        notes(&events).contains("PostgreSQL 14.19 is too old"),
        "{events:?}"
    );
    server.release().await.unwrap();
}

#[tokio::test]
async fn pg_config_is_asked_where_nothing_else_helps() {
    let (home, bin) = (Home::new(), open_folder());
    let real = real(&home).await;
    script(
        &bin.path().join("pg_config"),
        &format!("echo '{}'", real.display()),
    );
    let server = DevServer::acquire(&only_path(&home, &[bin.path()]), &mut |_| {})
        .await
        .unwrap();
    assert_eq!(server.describe().bin_dir, Some(real));
    server.release().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_the_user_names_is_the_only_one_looked_at() {
    let (home, old, empty) = (Home::new(), open_folder(), open_folder());
    pretend(old.path(), "9.6.24");
    for (dir, reason) in [
        (&old, "PostgreSQL 9.6.24 is too old"),
        (&empty, "no postgres in it"),
    ] {
        let options = DevOptions {
            bin_dir: Some(dir.path().to_owned()),
            ..options(home.dir.path())
        };
        let error = fails(&options).await;
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.inner().hint.as_deref().unwrap().contains("PG_BINDIR"));
    }
}

#[tokio::test]
async fn a_machine_without_postgresql_is_told_every_way_out() {
    let (home, old) = (Home::new(), open_folder());
    pretend(old.path(), "13.22");
    let error = fails(&only_path(&home, &[old.path()])).await;
    let inner = error.inner();
    assert!(
        inner.message.contains("no PostgreSQL server binaries"),
        "{error}"
    );
    assert!(
        inner
            .detail
            .as_deref()
            .unwrap()
            .contains("13.22 is too old")
    );
    let hint = inner.hint.as_deref().unwrap();
    let ways = [
        "apt-get install",
        "brew install",
        "--pg-bindir",
        "--features embedded",
    ];
    assert!(
        ways.iter().all(|way| hint.contains(way)) && hint.contains("--database-url"),
        "{hint}"
    );
    assert_eq!(error.exit_code(), 3);
}

#[tokio::test]
async fn a_failing_initdb_says_what_it_said() {
    let (home, bin) = (Home::new(), open_folder());
    pretend(bin.path(), "18.4");
    script(
        &bin.path().join("initdb"),
        "echo 'no room left' >&2; exit 1",
    );
    let error = fails(&only_path(&home, &[bin.path()])).await;
    assert_eq!(error.inner().detail.as_deref(), Some("no room left"));
    assert!(!home.dir.path().join("pg18/data").exists());
}

#[cfg(not(feature = "embedded"))]
#[tokio::test]
async fn asking_for_an_engine_that_was_not_built_in_says_how_to_build_it() {
    let options = DevOptions {
        engine: Some(Engine::Embedded),
        ..Home::new().options()
    };
    let error = fails(&options).await;
    assert!(
        error
            .to_string()
            .contains("built without the embedded engine"),
        "{error}"
    );
    assert!(
        error
            .inner()
            .hint
            .as_deref()
            .unwrap()
            .contains("--features embedded")
    );
}

#[test]
fn an_unknown_engine_is_a_clear_error() {
    let error = "docker".parse::<Engine>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"docker\" is no engine of the dev server"
    );
    assert_eq!("embedded".parse::<Engine>().unwrap(), Engine::Embedded);
}
