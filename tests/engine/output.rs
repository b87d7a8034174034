//! JSON: the keys that programs rely on, and their types.

use crate::support::cluster::Cluster;
use crate::support::project::Project;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every path of a document with the types found there, in alphabetical order.
fn shape(value: &Value) -> String {
    let mut found: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    walk(value, String::new(), &mut found);
    let lines: Vec<String> = found
        .into_iter()
        .map(|(path, mut types)| {
            types.sort_unstable();
            types.dedup();
            format!("{path}: {}", types.join("|"))
        })
        .collect();
    lines.join("\n")
}

fn walk<'v>(value: &'v Value, path: String, found: &mut BTreeMap<String, Vec<&'v str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(items) => {
            for item in items {
                walk(item, format!("{path}[]"), found);
            }
            if !items.is_empty() {
                return;
            }
            "empty"
        }
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                walk(value, format!("{path}{dot}{key}"), found);
            }
            return;
        }
    };
    found.entry(path).or_default().push(kind);
}

fn shop() -> Project {
    let shop = Project::shop()
        .file(
            "phase_1_people/R_views.sql",
            "create or replace view public.people as select name from public.person;\n",
        )
        .file(
            "phase_1_people/R_views.down.sql",
            "drop view public.people;\n",
        )
        .file(
            "phase_1_people/seed.toml",
            "[[table]]\nname = \"public.person\"\nkey = [\"name\"]\nrows = [{ name = \"a\" }]\n",
        );
    shop.replace(
        "phase_1_people/R_views.sql",
        "view public.people",
        "view public.people with (security_invoker = true)",
    );
    shop
}

#[test]
fn the_keys_of_up_are_stable() {
    let database = Cluster::shared().plain("json_up");
    let report = database.pgphase("migrate up").dir(&shop()).json();
    insta::assert_snapshot!(shape(&report), @r"
    already_applied: number
    applied[].migration: string
    applied[].ms: number
    applied[].name: string
    applied[].phase: number
    elapsed_ms: number
    reverted: empty
    schema_version: number
    seeded.inserted: number
    seeded.unchanged: number
    seeded.updated: number
    system: string
    ");
    let nothing = database.pgphase("migrate up").dir(&shop()).json();
    assert_eq!(
        (&nothing["already_applied"], &nothing["applied"]),
        (&4.into(), &Value::Array(vec![]))
    );
}

#[test]
fn the_keys_of_down_are_stable() {
    let database = Cluster::shared().plain("json_down");
    database.pgphase("migrate up").dir(&shop()).ok();
    let report = database
        .pgphase("migrate down --all --yes")
        .dir(&shop())
        .json();
    insta::assert_snapshot!(shape(&report), @r"
    already_applied: number
    applied: empty
    elapsed_ms: number
    reverted[].migration: string
    reverted[].ms: number
    reverted[].name: string
    reverted[].phase: number
    schema_version: number
    seeded.inserted: number
    seeded.unchanged: number
    seeded.updated: number
    system: string
    ");
}

#[test]
fn the_keys_of_status_are_stable() {
    let database = Cluster::shared().plain("json_status");
    database.pgphase("migrate up --phase 1").dir(&shop()).ok();
    let report = database.pgphase("migrate status").dir(&shop()).json();
    insta::assert_snapshot!(shape(&report), @r"
    phases[].depends_on: empty
    phases[].depends_on[]: string
    phases[].migrations[].applied_at: null|string
    phases[].migrations[].applied_by: null|string
    phases[].migrations[].kind: string
    phases[].migrations[].name: string
    phases[].migrations[].state: string
    phases[].name: string
    phases[].number: number
    phases[].state: string
    schema_version: number
    system: string
    ");
    assert_eq!(
        (&report["phases"][0]["state"], &report["phases"][1]["state"]),
        (&"applied".into(), &"pending".into())
    );
}

#[test]
fn the_keys_of_a_plan_are_stable() {
    let database = Cluster::shared().plain("json_plan");
    database.pgphase("migrate up --phase 1").dir(&shop()).ok();
    let shop = shop().migration(
        "phase_1_people/002_narrow",
        "alter table public.person alter column name type varchar(10);\n",
    );
    shop.write("phase_1_people/R_views.sql", "create or replace view public.people with (security_invoker = true) as select 1 as name;\n");
    let report = database.pgphase("migrate plan").dir(&shop).json();
    insta::assert_snapshot!(shape(&report), @r"
    already_applied: number
    notes: empty
    schema_version: number
    steps[].file: string
    steps[].hazards: empty
    steps[].hazards[].file: string
    steps[].hazards[].level: string
    steps[].hazards[].line: number
    steps[].hazards[].message: string
    steps[].hazards[].rule: string
    steps[].kind: string
    steps[].migration: string
    steps[].name: string
    steps[].phase: number
    steps[].reason: string
    steps[].sql: string
    steps[].step: string
    system: string
    ");
}

#[test]
fn the_keys_of_an_error_are_stable() {
    let database = Cluster::shared().plain("json_error");
    let shop = Project::shop();
    shop.write(
        "phase_2_orders/001_schema.sql",
        "create table public.purchase (id int);\nselect 1 / 0;\nselect nothing;\n",
    );
    let run = database
        .pgphase("migrate up --format json")
        .dir(&shop)
        .fails(2);
    insta::assert_snapshot!(shape(&run.json()), @r"
    error.column: number
    error.detail: null
    error.file: string
    error.hint: null
    error.kind: string
    error.line: number
    error.message: string
    error.rolled_back[]: string
    error.sqlstate: string
    error.standing[]: string
    schema_version: number
    ");
}

#[test]
fn talk_never_gets_into_the_json_on_stdout() {
    let database = Cluster::shared().plain("json_talk");
    let project = Project::new("talk").phase(1, "one", &[]).migration(
        "phase_1_one/001_talk",
        "do $$ begin raise warning 'mind the gap'; end $$;\n",
    );
    let run = database
        .pgphase("migrate up --format json")
        .dir(&project)
        .ok();
    run.json();
    assert!(run.stderr.contains("mind the gap"), "{run}");
}

#[test]
fn verbs_that_write_files_list_them_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &str| {
        crate::support::cli::Pgphase::new(words)
            .within(folder.path())
            .json()
    };
    let files = |report: &Value| {
        report["files"]
            .as_array()
            .unwrap_or_else(|| panic!("{report:#}"))
            .len()
    };
    assert_eq!(files(&run("init shop")), 6);
    assert_eq!(files(&run("migrate export -o out")), 4);
    assert_eq!(files(&run("migrate new more --phase 1")), 2);
}
