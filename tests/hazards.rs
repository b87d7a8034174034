//! What a plan says about a database that is in use.

mod support;

use pgphase::catalog::{self, Source};
use pgphase::execute::{self, Event, Options};
use pgphase::history;
use pgphase::plan::{self, Plan, UpRequest};
use std::path::Path;
use support::cluster::{Cluster, Database, blocking};

const SYSTEM: &str = r#"
name = "notes"
title = "Notes"
description = "A system for tests."
platform = "postgres"
min_server = 15

[[phase]]
number = 1
name = "core"
domain = "Notes"
depends_on = []
"#;

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join("notes").join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
    std::fs::write(path, text).expect("a file");
}

/// The plan for the folder as it is now; `apply` applies it.
fn planned(root: &Path, database: &Database<'_>, apply: bool) -> Plan {
    blocking(async {
        let system = catalog::load(&Source::Dir(root.to_owned()), "notes").expect("files");
        let session = database.session().await;
        let (look, history) = history::look(&session).await.expect("a look");
        let plan = plan::up(&system, &history, &UpRequest::default()).expect("a plan");
        if apply {
            let (known, options) = ((&look, &history), Options::default());
            let mut silent = |_: Event<'_>| {};
            let walk =
                execute::up(&session, &system, &plan, None, known, &options, &mut silent).await;
            walk.expect("it is applied");
        }
        session.close().await;
        plan
    })
}

#[test]
fn a_rule_is_silenced_by_a_comment_at_the_statement_and_only_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Cluster::shared().database("hazards_allow");
    write(folder.path(), "system.toml", SYSTEM);
    let schema = "create table public.note (id int, author text, title text);";
    write(folder.path(), "phase_1_core/001_schema.sql", schema);
    planned(folder.path(), &database, true);

    let drops = "alter table public.note drop column author;\n\n\
                 -- Nobody reads it any more.\n\
                 -- pgphase: allow drop-column\n\
                 alter table public.note drop column title;\n";
    write(folder.path(), "phase_1_core/002_drops.sql", drops);
    let plan = planned(folder.path(), &database, false);
    let found: Vec<_> = plan
        .steps
        .iter()
        .flat_map(|step| &step.hazards)
        .map(|hazard| (hazard.rule, hazard.line))
        .collect();
    assert_eq!(found, [("drop-column", 1)]);
}

#[test]
fn a_down_file_without_a_statement_is_a_warning_unless_it_says_that_it_is_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Cluster::shared().database("hazards_down");
    write(folder.path(), "system.toml", SYSTEM);
    let schema = "create table public.note (id int);";
    write(folder.path(), "phase_1_core/001_schema.sql", schema);
    let rules = |down: &str| -> Vec<(&str, pgphase::catalog::sql::Level)> {
        write(folder.path(), "phase_1_core/001_schema.down.sql", down);
        let plan = planned(folder.path(), &database, false);
        let hazards = plan.steps.iter().flat_map(|step| &step.hazards);
        hazards.map(|hazard| (hazard.rule, hazard.level)).collect()
    };
    let warning = pgphase::catalog::sql::Level::Warning;
    assert_eq!(
        rules("-- Undo it here.\n"),
        [("down-does-nothing", warning)]
    );
    assert_eq!(rules("-- pgphase: allow down-does-nothing\n"), []);
    assert_eq!(rules("drop table public.note;\n"), []);
}
