//! What of a plan's SQL may hurt, and what must not run at all.

use super::model::{Plan, Step, StepKind};
use crate::catalog::sql::hazards::{Hazard, LintContent, LintFile};
use crate::catalog::sql::references::Violation;
use crate::catalog::sql::{self, Level, Object, Reader};
use crate::catalog::{Seed, System};
use crate::history::History;
use crate::{Error, ErrorKind, Location, Result};

/// Adds the hazards of each step and what new phases create, after refusing what must not run: statements that a
/// migration may not contain, uses of phases that are not declared, and what is certain to fail.
pub(super) fn add(
    plan: &mut Plan,
    system: &System,
    history: &History,
    thorough: bool,
) -> Result<()> {
    if plan.steps.is_empty() {
        return Ok(());
    }
    // One reader for all questions: no file is parsed twice.
    let reader = Reader::new();
    let files_of_sql = || plan.steps.iter().filter(|step| step.kind != StepKind::Seed);
    refuse(
        files_of_sql()
            .flat_map(|step| mistakes(step, &reader))
            .collect(),
    )?;
    let violations = if thorough {
        reader.check(system)
    } else {
        reader.errors(system)
    };
    let (wrong, doubtful): (Vec<Violation>, Vec<Violation>) = violations
        .into_iter()
        .partition(|violation| violation.level == Level::Error);
    refuse(wrong.into_iter().map(Violation::into_error).collect())?;
    let hazards = reader.lint(system, &files(plan, system));
    let creates = creates(plan, history, &reader);
    drop(reader);
    plan.creates = creates;
    let notes = notes(plan, &doubtful);
    plan.notes.extend(notes);
    for hazard in hazards {
        if let Some(step) = plan.steps.iter_mut().find(|step| step.file == hazard.file) {
            step.hazards.push(hazard);
        }
    }
    for step in &mut plan.steps {
        let hazard = useless_down(step, system);
        step.hazards.extend(hazard);
    }
    refuse(plan.steps.iter().flat_map(certain_failures).collect())
}

/// A down file that holds comments only is a way to say that nothing is to undo; it is also what `migrate new` writes.
fn useless_down(step: &Step, system: &System) -> Option<Hazard> {
    const RULE: &str = "down-does-nothing";
    let phase = system.phase(&step.phase)?;
    let mut files = phase.migrations.iter();
    let down = files
        .find(|file| file.up.path == step.file)?
        .down
        .as_ref()?;
    let allowed = || down.text.contains(&format!("pgphase: allow {RULE}"));
    if !sql::split(&down.text).is_empty() || allowed() {
        return None;
    }
    Some(Hazard {
        level: Level::Warning,
        rule: RULE,
        message: format!(
            "{} holds no statement, so `migrate down` leaves what this file does; write what undoes it, or `-- pgphase: allow {RULE}` there",
            down.path
        ),
        line: 1,
        file: step.file.clone(),
    })
}

fn mistakes<'a>(step: &'a Step, reader: &Reader<'a>) -> Vec<Error> {
    if sql::split(&step.sql).is_empty() {
        // What `migrate new` wrote, and nobody filled in yet.
        let error = Error::new(ErrorKind::Catalog, "the file holds no statement");
        return vec![
            error
                .at(Location::at_line(&step.file, &step.sql, 1))
                .hint("write its statements, or remove the file"),
        ];
    }
    reader.mistakes(&step.file, &step.sql)
}

/// What is created by phases of which nothing is applied.
fn creates<'a>(plan: &'a Plan, history: &History, reader: &Reader<'a>) -> Vec<Object> {
    let new = plan.steps.iter().filter(|step| {
        matches!(step.kind, StepKind::Versioned | StepKind::Repeatable)
            && !history.has_phase(&step.phase)
    });
    new.flat_map(|step| reader.objects_created(&step.sql))
        .collect()
}

/// What may be meant so, in the files that the plan runs.
fn notes(plan: &Plan, doubtful: &[Violation]) -> Vec<String> {
    doubtful
        .iter()
        .filter(|violation| {
            plan.steps
                .iter()
                .any(|step| step.file == violation.location.file)
        })
        .map(|violation| format!("{}: {}", violation.location, violation.message))
        .collect()
}

/// The first mistake decides the place; the others follow as details.
fn refuse(mut errors: Vec<Error>) -> Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    let first = errors.remove(0);
    Err(errors
        .iter()
        .fold(first, |error, other| error.detail(format!("also {other}"))))
}

fn certain_failures(step: &Step) -> Vec<Error> {
    let certain = step
        .hazards
        .iter()
        .filter(|hazard| hazard.level == Level::Error);
    certain
        .map(|hazard| {
            Error::new(ErrorKind::Catalog, hazard.message.clone())
                .at(Location::at_line(&hazard.file, &step.sql, hazard.line))
                .hint(format!("rule {}", hazard.rule))
        })
        .collect()
}

fn files<'a>(plan: &'a Plan, system: &'a System) -> Vec<LintFile<'a>> {
    let mut files = Vec::new();
    for (at, transaction) in plan.transactions.iter().enumerate() {
        for step in &plan.steps[transaction.steps.clone()] {
            let content = match (step.kind, seed(system, &step.phase)) {
                (StepKind::Seed, Some(seed)) => LintContent::Seed(seed),
                _ => LintContent::Sql(&step.sql),
            };
            files.push(LintFile {
                phase: &step.phase,
                path: &step.file,
                content,
                transaction: (!transaction.outside).then_some(at),
            });
        }
    }
    files
}

fn seed<'a>(system: &'a System, phase: &str) -> Option<&'a Seed> {
    system.phase(phase).and_then(|phase| phase.seed.as_ref())
}
