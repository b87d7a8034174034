//! `examples/minimal` does what its README says.

use crate::support::cli::{Pgphase, repository};
use crate::support::look::assert_same;
use crate::support::project::Project;
use crate::support::{binaries::bindir, cluster::Cluster};

#[test]
fn every_command_of_the_readme_works_in_its_order_on_a_copy() {
    let copy = Project::copy_of(&repository().join("examples/minimal"), "bookshop");
    let home = tempfile::tempdir().unwrap();
    let readme = std::fs::read_to_string(repository().join("examples/minimal/README.md")).unwrap();
    let commands: Vec<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("pgphase "))
        .filter_map(|line| line.split("   ").next())
        .collect();
    assert!(commands.len() >= 5, "{commands:?}");
    let run = |words: &str| {
        Pgphase::new(words)
            .within(copy.as_ref())
            .env("PGPHASE_DEV_HOME", home.path())
            .env("PG_BINDIR", bindir())
            .run()
    };
    for words in commands {
        let run = run(words);
        // Down asks, and here is no terminal.
        let expected = if words.starts_with("migrate down") {
            3
        } else {
            0
        };
        assert_eq!(run.code, Some(expected), "{run}");
    }
    assert_eq!(run("migrate up --phase orders --dir .").code, Some(0));
    let refused = run("migrate down --phase catalog --dir . --yes").exits(3);
    refused.says("orders");
    run("migrate down --phase orders --dir . --yes").exits(0);
    run("dev stop").exits(0);
}

#[test]
fn the_bookshop_goes_up_is_verified_and_goes_down_without_a_trace() {
    let database = Cluster::shared().plain("bookshop");
    let folder = repository().join("examples/minimal");
    let before = database.catalogue();
    database
        .pgphase("migrate up")
        .dir(&folder)
        .ok()
        .says("4 inserted");
    database
        .pgphase("migrate up")
        .dir(&folder)
        .ok()
        .says("nothing to do");
    database.pgphase("verify --deep").dir(&folder).ok();
    database
        .pgphase("migrate down --all --yes")
        .dir(&folder)
        .ok();
    assert_same(&before, &database.catalogue());
    assert!(!database.has_history());
}
