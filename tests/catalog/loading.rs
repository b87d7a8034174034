//! What is read when nothing is wrong, and where systems are found.

use crate::support::{Shop, fixtures};
use pgphase::ErrorKind;
use pgphase::catalog::{Platform, SeedMode, SeedValue, Source, load, load_all, query, verify};
use std::time::Duration;

#[test]
fn everything_a_system_has_is_read() {
    let shop = load(&fixtures(), "shop").unwrap();
    assert_eq!(
        (shop.name.as_str(), shop.platform, shop.min_server),
        ("shop", Platform::Postgres, 15)
    );
    assert_eq!(shop.lock_timeout, Some(Duration::from_secs(2)));
    assert_eq!(shop.schemas, ["public", "private"]);
    assert_eq!(shop.counts["indexes_min"], 5);
    let folders: Vec<String> = shop.phases.iter().map(|phase| phase.folder()).collect();
    assert_eq!(
        folders,
        ["phase_1_people", "phase_2_orders", "phase_7_reports"]
    );
    assert_eq!(shop.phase("orders").unwrap().line, 22);
    assert_eq!(
        shop.phase_number(7).unwrap().depends_on,
        ["people", "orders"]
    );
    assert_eq!(shop.phase_number(7).unwrap().repeatables[0].name, "R_views");
    assert!(shop.snapshot.is_none());
}

#[test]
fn a_version_is_phase_and_file_number_even_with_a_timestamp() {
    let shop = load(&fixtures(), "shop").unwrap();
    let versions = |number| -> Vec<(i64, String, bool)> {
        let phase = shop.phase_number(number).unwrap();
        phase
            .migrations
            .iter()
            .map(|m| (m.version, m.name.clone(), m.no_transaction))
            .collect()
    };
    assert_eq!(
        versions(1),
        [
            (1_000_000_000_000_001, "001_schema".to_owned(), false),
            (
                1_000_000_000_000_002,
                "002_customer_tier_index".to_owned(),
                true
            ),
        ]
    );
    assert_eq!(
        versions(2),
        [
            (2_000_000_000_000_001, "001_schema".to_owned(), false),
            (
                2_020_261_120_094_500,
                "20261120094500_order_note".to_owned(),
                false
            ),
        ]
    );
}

#[test]
fn the_largest_phase_and_file_number_fit_a_bigint() {
    let shop = Shop::new()
        .replace("system.toml", "number = 7", "number = 9000")
        .rename("phase_7_reports", "phase_9000_reports")
        .write("phase_9000_reports/999999999999999_last.sql", "select 1;");
    let loaded = shop.load().unwrap();
    assert_eq!(
        loaded.phases[2].migrations[0].version,
        9_000_999_999_999_999_999
    );
}

#[test]
fn tasks_and_queries_are_read_from_their_front_matter() {
    let shop = load(&fixtures(), "shop").unwrap();
    let task = &shop.tasks[0];
    assert_eq!(task.name, "forget_empty_orders");
    assert_eq!(
        (task.every, task.every_text.as_str()),
        (Duration::from_secs(86_400), "1 day")
    );
    assert_eq!(
        task.description.as_deref(),
        Some("An order that nobody filled within a day is of no use to anybody.")
    );
    let queries = query::load_all(&fixtures(), &shop).unwrap();
    assert_eq!(queries[0].name, "best_customers");
    assert_eq!(queries[0].params[0].default.as_deref(), Some("10"));
}

#[test]
fn checks_are_split_from_verify_sql() {
    let shop = load(&fixtures(), "shop").unwrap();
    let file = shop.phases[0].verify.as_ref().unwrap();
    let parsed = verify::parse(file).unwrap();
    let names: Vec<&str> = parsed
        .checks
        .iter()
        .map(|check| check.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "an e-mail belongs to one customer",
            "a tier with customers stays"
        ]
    );
    assert_eq!(parsed.checks[1].ids, ["SHOP-2", "SHOP-3"]);
    for check in &parsed.checks {
        let end = check.block.offset + check.block.sql.len();
        assert_eq!(check.block.sql, file.text[check.block.offset..end]);
    }
}

#[test]
fn seeds_are_typed_and_know_their_lines() {
    let shop = load(&fixtures(), "shop").unwrap();
    let seed = shop.phases[0].seed.as_ref().unwrap();
    let [tier, customer] = &seed.tables[..] else {
        panic!("two tables")
    };
    assert_eq!((tier.line, tier.mode), (1, SeedMode::Sync));
    assert_eq!(tier.columns, ["slug", "discount", "perks"]);
    assert_eq!((tier.rows[0].line, tier.rows[1].line), (5, 6));
    assert_eq!(
        tier.rows[1].values["perks"],
        SeedValue::Json(serde_json::json!({ "delivery": "free", "gifts": ["card", "cake"] }))
    );
    assert_eq!((customer.line, customer.mode), (10, SeedMode::Insert));
    let ada = &customer.rows[0].values;
    assert_eq!(
        ada["created_at"],
        SeedValue::Json("2026-01-01T00:00:00Z".into())
    );
    let SeedValue::Ref {
        schema, table, key, ..
    } = &ada["tier_id"]
    else {
        panic!("a reference")
    };
    assert_eq!((schema.as_str(), table.as_str()), ("public", "tier"));
    assert_eq!(key["slug"], SeedValue::Json("loyal".into()));
}

#[test]
fn the_checksum_does_not_depend_on_the_editor() {
    let plain = Shop::new().load().unwrap();
    let text = plain.phases[1].migrations[0].up.text.replace('\n', "\r\n");
    let windows = Shop::new()
        .write("phase_2_orders/001_schema.sql", format!("\u{feff}{text}"))
        .load()
        .unwrap();
    assert_eq!(
        plain.phases[1].migrations[0].up.sha256,
        windows.phases[1].migrations[0].up.sha256
    );
}

#[test]
fn what_editors_and_people_leave_behind_is_ignored() {
    let shop = Shop::new()
        .write(".DS_Store", "x")
        .write("README.md", "x")
        .write("system.toml.orig", "x")
        .write("phase_1_people/.001_schema.sql.swp", "x")
        .write("phase_1_people/001_schema.sql~", "x")
        .write("phase_1_people/#001_schema.sql#", "x")
        .write("tasks/notes.md", "x");
    shop.load().unwrap();
}

#[test]
fn a_down_file_may_say_that_there_is_nothing_to_undo() {
    let shop = Shop::new().write(
        "phase_1_people/001_schema.down.sql",
        "-- Nothing to undo.\n",
    );
    assert!(shop.load().unwrap().phases[0].migrations[0].down.is_some());
}

#[test]
fn systems_are_listed_without_reading_them() {
    let shop = Shop::new()
        .write("../broken/system.toml", "not = [toml")
        .write("../notes/x", "");
    assert_eq!(shop.source().systems().unwrap(), ["broken", "shop"]);
    assert_eq!(shop.source().path("shop"), Some(shop.path("")));
    let error = load_all(&shop.source()).expect_err("one system is broken");
    assert!(
        error.to_string().contains("broken/system.toml:1:"),
        "{error}"
    );
}

#[test]
fn every_system_of_a_folder_is_loaded() {
    let names: Vec<String> = load_all(&fixtures())
        .unwrap()
        .into_iter()
        .map(|system| system.name)
        .collect();
    assert_eq!(names, fixtures().systems().unwrap());
}

#[test]
fn every_system_in_the_binary_is_without_mistakes() {
    for name in Source::Embedded.systems().unwrap() {
        let system = load(&Source::Embedded, &name).unwrap_or_else(|error| panic!("{error:?}"));
        assert_eq!(system.file.path, format!("phases/{name}/system.toml"));
        query::load_all(&Source::Embedded, &system).unwrap();
        for phase in &system.phases {
            phase
                .verify
                .iter()
                .for_each(|file| drop(verify::parse(file).unwrap()));
        }
    }
}

#[test]
fn an_unknown_system_is_answered_with_the_known_ones() {
    let shop = Shop::new();
    for (name, hint) in [
        ("shp", "did you mean `shop`?"),
        ("elephant", "systems: shop"),
        ("../shop", "systems: shop"),
    ] {
        let error = load(&shop.source(), name).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(
            error
                .to_string()
                .starts_with(&format!("there is no system `{name}` in ")),
            "{error}"
        );
        assert_eq!(error.inner().hint.as_deref(), Some(hint));
    }
}

#[test]
fn a_folder_that_holds_no_systems_says_so() {
    let shop = Shop::new();
    let missing = Source::Dir(shop.path("nowhere")).systems().unwrap_err();
    assert!(
        missing.to_string().ends_with("nowhere does not exist"),
        "{missing}"
    );
    assert_eq!((missing.kind(), missing.exit_code()), (ErrorKind::Io, 3));
    let file = Source::Dir(shop.path("system.toml")).systems().unwrap_err();
    assert!(
        file.to_string().ends_with("system.toml is not a folder"),
        "{file}"
    );
    let itself = Source::Dir(shop.path("")).systems().unwrap_err();
    assert!(
        itself
            .to_string()
            .ends_with("is a system, not a folder of systems"),
        "{itself}"
    );
    assert!(
        Source::Dir(shop.path("tasks"))
            .systems()
            .unwrap()
            .is_empty()
    );
}
