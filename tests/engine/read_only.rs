//! Verbs that only look create nothing, and may run where nothing may be created.

use crate::support::cli::Pgphase;
use crate::support::cluster::Cluster;
use crate::support::look::assert_same;

#[test]
fn looking_at_an_empty_database_creates_nothing() {
    let database = Cluster::shared().supabase("looking");
    let before = database.catalogue();
    for (words, code) in [
        ("migrate status --system streamvibe", 0),
        ("migrate status --check --system streamvibe", 1),
        ("migrate plan --system streamvibe", 0),
        ("migrate up --dry-run --system streamvibe", 0),
        ("migrate down --all --dry-run --system streamvibe", 0),
        ("platform status --system streamvibe", 0),
        ("seed --check --system streamvibe", 3),
        ("verify --system streamvibe", 3),
        ("verify --all-phases --system streamvibe", 2),
    ] {
        database.pgphase(words).fails(code);
        assert!(!database.has_history(), "{words}");
    }
    assert_same(&before, &database.catalogue());
}

#[test]
fn looking_works_in_a_read_only_session_and_writing_says_why_it_cannot() {
    let database = Cluster::shared().streamvibe("read_only");
    let url = format!(
        "{}&options=-c%20default_transaction_read_only%3Don",
        database.login_url()
    );
    for words in ["migrate status", "migrate plan", "seed --check", "verify"] {
        Pgphase::new(words).env("DATABASE_URL", &url).ok();
    }
    let down = Pgphase::new("migrate down --phase 7 --yes")
        .env("DATABASE_URL", &url)
        .run();
    assert!(matches!(down.code, Some(2 | 3)), "{down}");
    down.says("read-only");
}
