//! The snapshot: what each phase brings, changes and drops; the text; what it makes of odd orders.

use crate::scene::{self, system, whole, with_phases};
use pgphase::ErrorKind;
use pgphase::catalog::SourceFile;
use pgphase::inspect::Snapshot;
use pgphase::inspect::facts::{Attr, Facts, Value};
use pgphase::inspect::snapshot::build;

fn file(text: &str) -> SourceFile {
    SourceFile::new("phases/everything/schema.lock.json", text)
}

#[tokio::test]
async fn the_text_is_the_same_on_every_server() {
    let snapshot = scene::snapshot(&system()).await;
    insta::assert_snapshot!("lock", snapshot.to_text());
}

#[tokio::test]
async fn the_text_comes_back_as_the_same_snapshot() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let again = Snapshot::parse(&file(&snapshot.to_text())).unwrap();
    assert_eq!(again, snapshot);
    assert!(again.is_current(&system));
}

#[tokio::test]
async fn what_to_expect_follows_from_the_applied_phases_in_whatever_order() {
    let system = system();
    let snapshot = scene::snapshot(&system).await;
    let orders: [&[&str]; 4] = [
        &["base"],
        &["base", "more"],
        &["base", "aside"],
        &["base", "aside", "more"],
    ];
    for order in orders {
        let (_database, session) = with_phases("order", &system, order).await;
        let live = whole(&session, &system).await;
        let expected = snapshot.expected(order);
        for (key, fact) in &expected.facts {
            assert_eq!(live.get(key), Some(&**fact), "{key} after {order:?}");
        }
        for key in &expected.absent {
            assert_eq!(live.get(key), None, "{key} after {order:?}");
        }
    }
}

#[tokio::test]
async fn a_phase_keeps_only_what_it_changes_of_others() {
    let snapshot = scene::snapshot(&system()).await;
    let more = snapshot.phase("more").unwrap();
    let changed: Vec<_> = more.changes.keys().map(|key| &**key).collect();
    assert_eq!(
        changed,
        [
            "column public.users.handle",
            "enum public.mood",
            "schema public",
            "table public.users",
        ]
    );
    assert_eq!(
        more.changes["table public.users"],
        [(
            Attr::Comment,
            Some(Value::from("People, since phase 2 with a telephone."))
        )]
    );
    let removed: Vec<_> = more.removes.iter().map(|key| &**key).collect();
    assert_eq!(
        removed,
        [
            "grant on column public.users.mood to authenticated",
            "index public.booking_user_id_idx"
        ]
    );
}

#[tokio::test]
async fn phases_that_do_not_depend_on_each_other_may_not_change_the_same_thing() {
    let system = system();
    let (_database, session) = with_phases("conflict", &system, &["base"]).await;
    let base = whole(&session, &system).await;
    let comment = |text: &str| {
        let mut facts = base.clone();
        facts
            .0
            .get_mut("table public.users")
            .unwrap()
            .set(Attr::Comment, text);
        facts
    };
    let after = vec![
        ("base".to_owned(), base.clone()),
        ("more".to_owned(), comment("one")),
        ("aside".to_owned(), comment("two")),
    ];
    let error = build(&system, Facts::default(), after).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Catalog);
    let text = error.to_string();
    assert!(
        text.contains("system.toml:")
            && text.contains("phase aside changes the comment of table public.users"),
        "{text}"
    );
}

#[test]
fn a_damaged_snapshot_says_where() {
    let cases = [
        ("{", "schema.lock.json:1:"),
        (
            "{\"format_version\": 2}",
            "format_version is 2, and this version of pgphase knows 1",
        ),
        (
            "{\"format_version\": 1, \"system\": \"s\", \"schemas\": [],\n\"phases\": {\"p\": {\"files\": \"\", \"facts\": {\n\"table public.t\": {\"colour\": \"red\"}}}}}",
            "schema.lock.json:3:27: the snapshot cannot be read: unknown attribute `colour`",
        ),
        (
            "{\"format_version\": 1, \"system\": \"s\", \"schemas\": [], \"phases\": {}, \"more\": 1}",
            "unknown field `more`",
        ),
    ];
    for (text, wanted) in cases {
        let error = Snapshot::parse(&file(text)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Catalog);
        assert!(error.to_string().contains(wanted), "{error}");
        assert!(
            error
                .inner()
                .hint
                .as_deref()
                .is_some_and(|hint| hint.contains("snapshot write"))
        );
    }
}

#[tokio::test]
async fn an_edited_file_makes_its_phase_stale() {
    let mut system = system();
    let snapshot = scene::snapshot(&system).await;
    system.phases[1].migrations[0].up.sha256 = "other".into();
    assert_eq!(snapshot.stale_phases(&system), ["more"]);
    assert!(!snapshot.is_current(&system));
}
