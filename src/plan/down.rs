//! The plan of `migrate down`.

use super::divergence;
use super::model::{Plan, Step, StepKind, Transaction};
use crate::catalog::{Phase, SourceFile, System};
use crate::history::{Applied, FileKind, History};
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeSet;

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct DownRequest {
    /// What is to go.
    pub target: DownTarget,
    /// Revert what depends on it as well.
    pub with_dependents: bool,
}

/// What is to be reverted.
#[derive(Debug, Clone)]
pub enum DownTarget {
    /// Everything.
    All,
    /// These phases, by number or name.
    Phases(Vec<String>),
    /// All phases that come after this one; it stays.
    To(String),
}

/// Plans what is to be reverted, dependents first.
///
/// # Errors
/// [`ErrorKind::Usage`] while an applied phase depends on what is to go, [`ErrorKind::Diverged`] where an applied file
/// is gone, [`ErrorKind::Catalog`] where a down file is missing. That an applied file was changed is no hindrance: to
/// revert it and apply it anew is how a database under development follows its files.
pub fn down(system: &System, history: &History, request: &DownRequest) -> Result<Plan> {
    divergence::check_system(system, history)?;
    let going = going(system, history, request)?;
    let all = matches!(request.target, DownTarget::All);
    let rows = history.applied.iter();
    divergence::check_gone(
        system,
        rows.filter(|row| all || going.contains(&row.phase_number)),
    )?;
    let mut plan = Plan::of(system);
    for phase in system
        .order()
        .into_iter()
        .rev()
        .filter(|phase| going.contains(&phase.number))
    {
        let start = plan.steps.len();
        revert_phase(&mut plan, phase, history)?;
        plan.transactions.push(Transaction {
            steps: start..plan.steps.len(),
            verify: Vec::new(),
            outside: false,
            last_revert: false,
        });
    }
    let stays = history
        .applied
        .iter()
        .any(|row| !going.contains(&row.phase_number));
    if let Some(last) = plan.transactions.last_mut() {
        last.last_revert = !stays;
    }
    Ok(plan)
}

fn going(system: &System, history: &History, request: &DownRequest) -> Result<BTreeSet<u32>> {
    let applied: Vec<&Phase> = system
        .order()
        .into_iter()
        .filter(|phase| history.has_phase(&phase.name))
        .collect();
    let mut going = BTreeSet::new();
    match &request.target {
        DownTarget::All => going.extend(applied.iter().map(|phase| phase.number)),
        DownTarget::Phases(names) => {
            for name in names {
                let phase = system.find_phase(name)?;
                if applied.iter().any(|other| other.number == phase.number) {
                    going.insert(phase.number);
                }
            }
        }
        DownTarget::To(name) => {
            let stays = system.find_phase(name)?;
            let keep: BTreeSet<u32> = system
                .closure(&stays.name)
                .into_iter()
                .map(|phase| phase.number)
                .collect();
            let after = applied.iter().map(|phase| phase.number);
            going.extend(after.filter(|number| *number > stays.number && !keep.contains(number)));
        }
    }
    let dependents: Vec<&Phase> = going
        .iter()
        .filter_map(|number| system.phase_number(*number))
        .flat_map(|phase| system.dependents(&phase.name))
        .filter(|phase| history.has_phase(&phase.name) && !going.contains(&phase.number))
        .collect();
    if dependents.is_empty() {
        return Ok(going);
    }
    if request.with_dependents || matches!(request.target, DownTarget::To(_)) {
        going.extend(dependents.iter().map(|phase| phase.number));
        return Ok(going);
    }
    let mut names: Vec<String> = dependents
        .iter()
        .map(|phase| format!("{} ({})", phase.number, phase.name))
        .collect();
    names.sort();
    names.dedup();
    Err(Error::new(
        ErrorKind::Usage,
        format!(
            "applied phases depend on what is to be reverted: {}",
            names.join(", ")
        ),
    )
    .hint("add --with-dependents to revert them too, or revert them first"))
}

fn revert_phase(plan: &mut Plan, phase: &Phase, history: &History) -> Result<()> {
    let rows: Vec<&Applied> = history
        .applied
        .iter()
        .filter(|row| row.phase == phase.name)
        .collect();
    if rows.iter().any(|row| row.kind == FileKind::Seed) {
        plan.steps.push(step(phase, "seed", StepKind::Forget, None));
    }
    for file in phase.repeatables.iter().rev() {
        if rows.iter().any(|row| row.name == file.name) {
            plan.steps
                .push(step(phase, &file.name, StepKind::Down, Some(&file.down)));
        }
    }
    for file in phase.migrations.iter().rev() {
        if !rows.iter().any(|row| row.name == file.name) {
            continue;
        }
        let Some(down) = &file.down else {
            return Err(Error::new(
                ErrorKind::Catalog,
                format!(
                    "{} has no down file, so it cannot be reverted",
                    file.up.path
                ),
            )
            .hint(format!(
                "write {}.down.sql beside it, or restore a backup",
                file.name
            )));
        };
        let mut step = step(phase, &file.name, StepKind::Down, Some(down));
        step.version = Some(file.version);
        plan.steps.push(step);
    }
    Ok(())
}

fn step(phase: &Phase, name: &str, kind: StepKind, file: Option<&SourceFile>) -> Step {
    Step {
        phase_number: phase.number,
        phase: phase.name.clone(),
        name: format!("{}/{name}", phase.folder()),
        migration: name.to_owned(),
        kind,
        file: file.map_or_else(String::new, |file| file.path.clone()),
        reason: "to be reverted".to_owned(),
        hazards: Vec::new(),
        sql: file.map_or_else(String::new, |file| file.text.clone()),
        sha256: String::new(),
        version: None,
        resume_at: 0,
    }
}
