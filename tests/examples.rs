//! The examples do what they say.

mod support;

#[path = "../examples/apply.rs"]
mod apply;

use std::path::Path;
use support::cluster::{Cluster, blocking};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/minimal")
}

#[test]
fn the_library_applies_the_bookshop_once_and_then_finds_nothing_to_do() {
    let database = Cluster::shared().database("example_apply");
    let run = || blocking(apply::apply(&folder(), "bookshop", &database.url()));
    let first = run().expect("the bookshop is applied");
    assert_eq!(first.applied.len(), 4, "{first:?}");
    assert_eq!(first.seeded.inserted, 4, "{first:?}");
    let second = run().expect("a second run");
    assert!(second.applied.is_empty(), "{second:?}");
}

#[test]
fn the_library_says_that_a_system_is_not_there() {
    let database = Cluster::shared().database("example_unknown");
    let error = blocking(apply::apply(&folder(), "bookshops", &database.url()))
        .expect_err("no such system");
    assert_eq!(error.exit_code(), 3, "{error}");
    let hint = error.inner().hint.clone().unwrap_or_default();
    assert!(hint.contains("bookshop"), "{error}: {hint}");
}
