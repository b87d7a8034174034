//! Systems for tests, made of text.

use crate::catalog::model::{
    Counts, Migration, Phase, Platform, Repeatable, Seed, SeedMode, SeedRow, SeedTable, SeedValue,
    SourceFile, System, Task,
};
use std::time::Duration;

/// A file of that path and text.
pub fn source(path: &str, text: &str) -> SourceFile {
    SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        sha256: String::new(),
    }
}

/// A phase with one migration.
pub fn phase(name: &str, depends_on: &[&str], sql: &str) -> Phase {
    Phase {
        number: 0,
        name: name.to_owned(),
        domain: String::new(),
        depends_on: depends_on.iter().map(|name| (*name).to_owned()).collect(),
        counts: Counts::new(),
        anon_execute: Vec::new(),
        line: 1,
        migrations: vec![Migration {
            version: 0,
            number: 1,
            name: "001_schema".to_owned(),
            up: source(&format!("{name}/001_schema.sql"), sql),
            down: None,
            no_transaction: false,
        }],
        repeatables: Vec::new(),
        seed: None,
        verify: None,
    }
}

/// Adds a repeatable with its down file.
pub fn with_repeatable(mut phase: Phase, up: &str, down: &str) -> Phase {
    let name = "R_functions".to_owned();
    let up = source(&format!("{}/R_functions.sql", phase.name), up);
    let down = source(&format!("{}/R_functions.down.sql", phase.name), down);
    phase.repeatables.push(Repeatable { name, up, down });
    phase
}

/// Adds a seed of one row.
pub fn with_seed(mut phase: Phase, table: &str, row: &[(&str, SeedValue)]) -> Phase {
    let (schema, table) = table.split_once('.').expect("schema.table");
    let columns: Vec<String> = row.iter().map(|(column, _)| (*column).to_owned()).collect();
    let values = row
        .iter()
        .map(|(column, value)| ((*column).to_owned(), value.clone()))
        .collect();
    phase.seed = Some(Seed {
        file: source(
            &format!("{}/seed.toml", phase.name),
            "[[table]]\nname = \"x\"\nrows = [{}]",
        ),
        tables: vec![SeedTable {
            schema: schema.to_owned(),
            table: table.to_owned(),
            key: columns[..1].to_vec(),
            mode: SeedMode::Sync,
            columns,
            rows: vec![SeedRow { values, line: 3 }],
            line: 1,
        }],
    });
    phase
}

/// A Supabase system of these phases.
pub fn system(phases: Vec<Phase>) -> System {
    let numbered = phases
        .into_iter()
        .zip(1..)
        .map(|(phase, number)| Phase { number, ..phase });
    System {
        name: "test".to_owned(),
        title: String::new(),
        description: String::new(),
        platform: Platform::Supabase,
        min_server: 15,
        is_default: false,
        lock_timeout: None,
        schemas: vec!["public".to_owned(), "private".to_owned()],
        counts: Counts::new(),
        phases: numbered.collect(),
        tasks: Vec::new(),
        snapshot: None,
        file: source("system.toml", ""),
    }
}

/// A task of that phase.
pub fn task(phase: &str, sql: &str) -> Task {
    Task {
        name: "upkeep".to_owned(),
        title: String::new(),
        every: Duration::from_secs(60),
        every_text: "1 minute".to_owned(),
        phase: phase.to_owned(),
        description: None,
        file: source("tasks/upkeep.sql", sql),
    }
}
