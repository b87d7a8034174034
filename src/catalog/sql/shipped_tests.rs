//! The shipped systems: nothing is wrong with them, and a dependency less is noticed.

use super::hazards::{LintContent, LintFile, lint};
use super::{mistakes, references};
use crate::catalog::{Phase, Source, SourceFile, System, load_all};

fn systems() -> Vec<System> {
    load_all(&Source::Embedded).expect("the shipped systems")
}

fn files(phase: &Phase) -> impl Iterator<Item = (&SourceFile, bool)> {
    let migrations = phase
        .migrations
        .iter()
        .map(|file| (&file.up, file.no_transaction));
    migrations.chain(phase.repeatables.iter().map(|file| (&file.up, false)))
}

#[test]
fn shipped_systems_use_only_what_they_declare() {
    for system in systems() {
        assert_eq!(references::check(&system), [], "{}", system.name);
        for (file, _) in system.phases.iter().flat_map(files) {
            assert!(mistakes(&file.path, &file.text).is_empty(), "{}", file.path);
        }
    }
}

#[test]
fn a_fresh_run_of_a_shipped_system_has_no_hazards() {
    for system in systems() {
        let mut run = Vec::new();
        for (at, phase) in system.phases.iter().enumerate() {
            let file = |path, content, outside: bool| LintFile {
                phase: &phase.name,
                path,
                content,
                transaction: (!outside).then_some(at),
            };
            run.extend(files(phase).map(|(source, outside)| {
                file(
                    source.path.as_str(),
                    LintContent::Sql(&source.text),
                    outside,
                )
            }));
            run.extend(
                phase
                    .seed
                    .as_ref()
                    .map(|seed| file(seed.file.path.as_str(), LintContent::Seed(seed), false)),
            );
        }
        assert_eq!(lint(&system, &run), [], "{}", system.name);
    }
}

#[test]
fn a_phase_of_a_shipped_system_without_its_dependencies_is_an_error() {
    for system in systems() {
        for (at, phase) in system.phases.iter().enumerate() {
            let mut alone = system.clone();
            alone.phases[at].depends_on.clear();
            let errors = references::errors(&alone);
            let noticed = errors.iter().any(|error| error.phase == phase.name);
            assert_eq!(noticed, !phase.depends_on.is_empty(), "{}", phase.name);
        }
    }
}
