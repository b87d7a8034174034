//! A protected environment wants its name typed, whatever `--yes` says.

use crate::support::cluster::{Cluster, Database};
use crate::support::project::Project;
use std::io::Write;
use std::process::{Command, Stdio};

fn protect(shop: &Project, database: &Database<'_>) {
    shop.write(
        "../pgphase.toml",
        &format!(
            "dir = \".\"\nsystem = \"shop\"\n\n[env.production]\nurl = \"{}\"\nprotected = true\n",
            database.login_url()
        ),
    );
}

/// Runs on a terminal, and types a line.
fn typed(shop: &Project, words: &str, line: &str) -> (i32, String) {
    let command = format!("{} {words}", env!("CARGO_BIN_EXE_pgphase"));
    let mut child = Command::new("script")
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .env("TERM", "dumb")
        .current_dir(shop.as_ref())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{line}").unwrap();
    let output = child.wait_with_output().unwrap();
    drop(input);
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
}

#[test]
fn down_on_a_protected_environment_asks_for_its_name_even_with_yes() {
    let database = Cluster::shared().plain("protected");
    let shop = Project::shop();
    protect(&shop, &database);
    let run = |words: &str| crate::support::cli::Pgphase::new(words).within(shop.as_ref());
    run("migrate up --env production").ok();
    run("migrate down --all --yes --env production")
        .fails(3)
        .says("protected environment production");
    // The same database by its URL is as protected.
    run("migrate down --all --yes")
        .on(&database)
        .fails(3)
        .says("protected environment production");
    assert!(database.has("public.person"));
    let (code, said) = typed(&shop, "migrate down --all --yes --env production", "yes");
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("not confirmed") && database.has("public.person"),
        "{said}"
    );
    let (code, said) = typed(&shop, "migrate down --all --env production", "production");
    assert_eq!(code, 0, "{said}");
    assert!(!database.has("public.person"));
}

#[test]
fn down_on_a_terminal_asks_for_yes() {
    let database = Cluster::shared().plain("typed_yes");
    let shop = Project::shop();
    shop.write("../pgphase.toml", "dir = \".\"\n");
    let url = format!("--database-url '{}'", database.login_url());
    database.pgphase("migrate up").dir(&shop).ok();
    let (code, said) = typed(&shop, &format!("migrate down --all {url}"), "no");
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("public.person"), "{said}");
    assert!(database.has("public.person"));
    let (code, said) = typed(&shop, &format!("migrate down --all {url}"), "yes");
    assert_eq!(code, 0, "{said}");
    assert!(!database.has("public.person"));
}
