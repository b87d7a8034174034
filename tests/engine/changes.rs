//! What was applied is frozen; what is repeatable follows its file.

use crate::support::cluster::Cluster;
use crate::support::project::Project;
use serde_json::json;

#[test]
fn a_changed_applied_file_stops_up_and_names_the_file_and_when_it_was_applied() {
    let database = Cluster::shared().plain("changed");
    let shop = Project::shop();
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    shop.write(
        "phase_1_people/001_schema.sql",
        "create table public.person (id bigint primary key);\n",
    );
    let when = database.value("select to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') from pgphase.history");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("phase_1_people/001_schema.sql was changed")
        .says(&format!("applied {when}"))
        .says("app_owner")
        .says("new migration");
    assert!(!database.has("public.purchase"), "nothing may run");
    database.pgphase("migrate plan").dir(&shop).fails(2);
    database.pgphase("seed").dir(&shop).fails(2);
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says("changed");
    database
        .pgphase("migrate status --check")
        .dir(&shop)
        .fails(2);
    let error = database
        .pgphase("migrate up --format json")
        .dir(&shop)
        .fails(2)
        .error();
    assert_eq!(error["kind"], "diverged");
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_change() {
    let database = Cluster::shared().plain("line_ends");
    let shop = Project::shop();
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    let text = std::fs::read_to_string(shop.path("phase_1_people/001_schema.sql")).unwrap();
    shop.write(
        "phase_1_people/001_schema.sql",
        &format!("\u{feff}{}", text.replace('\n', "\r\n")),
    );
    database
        .pgphase("migrate up --phase 1")
        .dir(&shop)
        .ok()
        .says("nothing to do");
}

#[test]
fn a_missing_applied_file_stops_up() {
    let database = Cluster::shared().plain("missing");
    let shop = Project::shop().migration(
        "phase_1_people/002_more",
        "alter table public.person add column note text;\n",
    );
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    shop.remove("phase_1_people/002_more.sql");
    shop.remove("phase_1_people/002_more.down.sql");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("phase_1_people/002_more is gone");
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says("missing");
    assert!(!database.has("public.purchase"));
}

#[test]
fn a_renamed_applied_file_stops_up_and_names_both() {
    let database = Cluster::shared().plain("renamed");
    let shop = Project::shop();
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    shop.rename(
        "phase_1_people/001_schema.sql",
        "phase_1_people/001_tables.sql",
    );
    shop.rename(
        "phase_1_people/001_schema.down.sql",
        "phase_1_people/001_tables.down.sql",
    );
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("001_tables.sql was applied as 001_schema.sql");
}

#[test]
fn a_phase_that_is_gone_from_the_files_stops_up_and_is_in_the_status() {
    let database = Cluster::shared().plain("phase_gone");
    let both = Project::shop();
    database.pgphase("migrate up").dir(&both).ok();
    let one = Project::new("shop").phase(1, "people", &[]).table(
        "phase_1_people",
        "001_schema",
        "public.person",
        "name text not null unique",
    );
    database
        .pgphase("migrate up")
        .dir(&one)
        .fails(2)
        .says("phase 2 (orders)/001_schema is gone");
    database
        .pgphase("migrate status")
        .dir(&one)
        .ok()
        .says("orders")
        .says("missing");
}

#[test]
fn several_changed_files_are_all_named() {
    let database = Cluster::shared().plain("several");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    shop.replace("phase_1_people/001_schema.sql", "unique", "");
    shop.replace("phase_2_orders/001_schema.sql", "not null", "");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("2 applied files were changed")
        .says("phase_1_people/001_schema.sql")
        .says("phase_2_orders/001_schema.sql");
}

#[test]
fn on_a_development_database_a_changed_file_can_be_reverted_and_applied_anew() {
    let database = Cluster::shared().plain("redo");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    shop.replace("phase_2_orders/001_schema.sql", "not null", "");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("pgphase migrate down");
    database
        .pgphase("migrate down --phase 2 --yes")
        .dir(&shop)
        .ok();
    database.pgphase("migrate up").dir(&shop).ok();
    assert_eq!(
        database.value("select is_nullable from information_schema.columns where table_name = 'purchase' and column_name = 'person_id'"),
        "YES"
    );
}

#[test]
fn a_changed_repeatable_is_applied_again_alone() {
    let database = Cluster::shared().plain("repeatable");
    let function = |answer: u8| {
        format!(
            "create or replace function public.answer() returns int language sql set search_path = '' as 'select {answer}';\n"
        )
    };
    let shop = Project::shop()
        .file("phase_1_people/R_functions.sql", &function(41))
        .file(
            "phase_1_people/R_functions.down.sql",
            "drop function public.answer();\n",
        );
    database.pgphase("migrate up").dir(&shop).ok();
    shop.write("phase_1_people/R_functions.sql", &function(42));
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says("outdated");
    database
        .pgphase("migrate status --check")
        .dir(&shop)
        .fails(1);
    database
        .pgphase("migrate plan")
        .dir(&shop)
        .ok()
        .says("changed since")
        .says("R_functions");
    let report = database.pgphase("migrate up").dir(&shop).json();
    let applied: Vec<_> = report["applied"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["migration"].clone())
        .collect();
    assert_eq!(applied, [json!("R_functions")]);
    assert_eq!(database.value("select public.answer()"), "42");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .ok()
        .says("nothing to do");
}

#[test]
fn a_changed_row_of_the_reference_data_is_updated_and_nothing_else() {
    let database = Cluster::shared().plain("seed_changed");
    let shop = Project::shop().file(
        "phase_1_people/seed.toml",
        "[[table]]\nname = \"public.person\"\nkey = [\"id\"]\nrows = [\n    { id = 1, name = \"one\" },\n    { id = 2, name = \"two\" },\n    { id = 3, name = \"three\" },\n]\n",
    );
    shop.replace(
        "phase_1_people/001_schema.sql",
        "generated always",
        "generated by default",
    );
    database.pgphase("migrate up").dir(&shop).ok();
    let versions = || {
        database
            .lines("select id || ' ' || xmin::text || ' ' || name from public.person order by id")
    };
    let before = versions();
    shop.replace("phase_1_people/seed.toml", "two", "zwei");
    let report = database.pgphase("migrate up").dir(&shop).json();
    assert_eq!(
        report["seeded"],
        json!({"inserted": 0, "updated": 1, "unchanged": 2})
    );
    let changed: Vec<String> = before
        .lines()
        .zip(versions().lines())
        .filter(|(old, new)| old != new)
        .map(|(_, new)| new.to_owned())
        .collect();
    assert!(
        changed.len() == 1 && changed[0].ends_with("zwei"),
        "{changed:?}"
    );
}
