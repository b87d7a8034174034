//! The plan of `migrate up`.

use super::model::{Plan, Step, StepKind, Transaction};
use super::{divergence, hazards, seed_sql};
use crate::catalog::{Migration, Phase, Repeatable, Seed, System};
use crate::history::{FileKind, History, State};
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeSet;

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct UpRequest {
    /// Phases by number or name; empty means all.
    pub phases: Vec<String>,
    /// Do not add what the chosen phases need.
    pub only: bool,
    /// One transaction for the whole run.
    pub single_transaction: bool,
    /// Also look for what may be meant so, such as names that no phase defines: takes longer.
    pub thorough: bool,
}

/// Plans what is to do.
///
/// # Errors
/// [`ErrorKind::Diverged`] where an applied file was changed or is gone, [`ErrorKind::Usage`] for an unknown phase,
/// a missing dependency under `--only`, or a file that cannot be in one transaction; [`ErrorKind::Catalog`] where the
/// SQL is wrong in a way that is certain to fail.
pub fn up(system: &System, history: &History, request: &UpRequest) -> Result<Plan> {
    divergence::check(system, history)?;
    let chosen = choose(system, history, request)?;
    let mut plan = Plan::of(system);
    for phase in system.order() {
        if let Some(reason) = chosen.reason(system, phase) {
            plan_phase(&mut plan, phase, history, &reason);
        }
    }
    if request.single_transaction {
        merge_transactions(&mut plan)?;
    }
    hazards::add(&mut plan, system, history, request.thorough)?;
    Ok(plan)
}

/// Plans the reference data of applied phases, whether its file changed or not: the rows may have.
///
/// # Errors
/// As [`up`]; [`ErrorKind::Usage`] for an unknown phase.
pub fn seed(system: &System, history: &History, phases: &[String]) -> Result<Plan> {
    divergence::check(system, history)?;
    let mut asked = BTreeSet::new();
    for name in phases {
        asked.insert(system.find_phase(name)?.number);
    }
    let mut plan = Plan::of(system);
    let wanted = |phase: &&Phase| {
        history.has_phase(&phase.name) && (asked.is_empty() || asked.contains(&phase.number))
    };
    for phase in system.order().into_iter().filter(wanted) {
        let start = plan.steps.len();
        if let Some(seed) = &phase.seed {
            plan.steps
                .push(seed_step(phase, seed, "asked for".to_owned()));
            close(&mut plan, start, start + 1);
        }
    }
    Ok(plan)
}

/// The phases of a run: those asked for, and those they need.
struct Chosen {
    asked: BTreeSet<u32>,
    needed: BTreeSet<u32>,
    all: bool,
}

impl Chosen {
    /// Why a phase is in the plan; none where it is not.
    fn reason(&self, system: &System, phase: &Phase) -> Option<String> {
        if self.all {
            return Some("all phases".to_owned());
        }
        if self.asked.contains(&phase.number) {
            return Some("asked for".to_owned());
        }
        if !self.needed.contains(&phase.number) {
            return None;
        }
        let wanting: Vec<String> = system
            .phases
            .iter()
            .filter(|other| {
                self.needed.contains(&other.number) || self.asked.contains(&other.number)
            })
            .filter(|other| other.depends_on.contains(&phase.name))
            .map(|other| format!("{} ({})", other.number, other.name))
            .collect();
        Some(format!("needed by phase {}", wanting.join(" and ")))
    }
}

fn choose(system: &System, history: &History, request: &UpRequest) -> Result<Chosen> {
    let mut chosen = Chosen {
        asked: BTreeSet::new(),
        needed: BTreeSet::new(),
        all: request.phases.is_empty(),
    };
    for name in &request.phases {
        let phase = system.find_phase(name)?;
        chosen.asked.insert(phase.number);
    }
    if chosen.all && !request.only {
        return Ok(chosen);
    }
    for number in chosen.asked.clone() {
        for phase in needed_by(system, number) {
            if request.only {
                check_only(system, history, &chosen, number, phase)?;
            } else if !chosen.asked.contains(&phase.number) {
                chosen.needed.insert(phase.number);
            }
        }
    }
    Ok(chosen)
}

/// What the phase of that number needs, directly or not.
fn needed_by(system: &System, number: u32) -> Vec<&Phase> {
    system
        .phase_number(number)
        .map_or_else(Vec::new, |phase| system.closure(&phase.name))
}

/// Under `--only`, everything a phase needs must be applied, or asked for as well.
fn check_only(
    system: &System,
    history: &History,
    chosen: &Chosen,
    asked: u32,
    needs: &Phase,
) -> Result<()> {
    if chosen.asked.contains(&needs.number) || is_complete(needs, history) {
        return Ok(());
    }
    let missing: Vec<String> = needed_by(system, asked)
        .into_iter()
        .filter(|phase| !is_complete(phase, history))
        .map(|phase| format!("{} ({})", phase.number, phase.name))
        .collect();
    let name = system
        .phase_number(asked)
        .map_or("", |phase| phase.name.as_str());
    Err(Error::new(
        ErrorKind::Usage,
        format!(
            "phase {asked} ({name}) needs phase {}, not applied yet",
            missing.join(", ")
        ),
    )
    .hint(format!(
        "leave --only away: `pgphase migrate up --phase {asked}` applies them first"
    )))
}

/// Whether every versioned file of a phase is applied.
pub(super) fn is_complete(phase: &Phase, history: &History) -> bool {
    history.has_phase(&phase.name)
        && phase.migrations.iter().all(|file| {
            history
                .file(&phase.name, &file.name)
                .is_some_and(|row| row.state == State::Done)
        })
}

fn plan_phase(plan: &mut Plan, phase: &Phase, history: &History, reason: &str) {
    let is_new = !history.has_phase(&phase.name);
    let first = plan.steps.len();
    let mut open = first;
    for migration in &phase.migrations {
        let row = history.file(&phase.name, &migration.name);
        if row.is_some_and(|row| row.state == State::Done) {
            plan.already_applied += 1;
            continue;
        }
        let resume_at = row.map_or(0, |row| row.statements_done);
        let why = match row {
            Some(_) => format!("was interrupted after {resume_at} statements"),
            None if is_new => reason.to_owned(),
            None => "new file".to_owned(),
        };
        let at = plan.steps.len();
        plan.steps
            .push(migration_step(phase, migration, why, resume_at));
        if migration.no_transaction {
            close(plan, open, at);
            plan.transactions.push(Transaction {
                steps: at..at + 1,
                verify: Vec::new(),
                outside: true,
                last_revert: false,
            });
            open = at + 1;
        } else if !is_new {
            // A file that comes later is a transaction of its own, so that locks are held briefly.
            close(plan, open, at + 1);
            open = at + 1;
        }
    }
    for file in &phase.repeatables {
        push_repeatable(plan, phase, file, history, is_new, reason);
    }
    push_seed(plan, phase, history, is_new, reason);
    close(plan, open, plan.steps.len());
    if plan.steps.len() > first {
        verify_last(plan, phase);
    }
}

/// Ends a transaction before step `end`, if it has any step.
fn close(plan: &mut Plan, start: usize, end: usize) {
    if start < end {
        plan.transactions.push(Transaction {
            steps: start..end,
            verify: Vec::new(),
            outside: false,
            last_revert: false,
        });
    }
}

/// The facts of a phase are complete only in its last transaction.
fn verify_last(plan: &mut Plan, phase: &Phase) {
    match plan.transactions.last_mut() {
        Some(last) if !last.outside => last.verify.push(phase.name.clone()),
        _ => {
            let end = plan.steps.len();
            plan.transactions.push(Transaction {
                steps: end..end,
                verify: vec![phase.name.clone()],
                outside: false,
                last_revert: false,
            });
        }
    }
}

fn migration_step(phase: &Phase, file: &Migration, reason: String, resume_at: usize) -> Step {
    Step {
        phase_number: phase.number,
        phase: phase.name.clone(),
        name: format!("{}/{}", phase.folder(), file.name),
        migration: file.name.clone(),
        kind: if file.no_transaction {
            StepKind::NoTransaction
        } else {
            StepKind::Versioned
        },
        file: file.up.path.clone(),
        reason,
        hazards: Vec::new(),
        sql: file.up.text.clone(),
        sha256: file.up.sha256.clone(),
        version: Some(file.version),
        resume_at,
    }
}

fn push_repeatable(
    plan: &mut Plan,
    phase: &Phase,
    file: &Repeatable,
    history: &History,
    is_new: bool,
    reason: &str,
) {
    let row = history.file(&phase.name, &file.name);
    if row.is_some_and(|row| row.sha256 == file.up.sha256) {
        plan.already_applied += 1;
        return;
    }
    let reason = match row {
        Some(row) => format!("changed since {}", row.applied_at),
        None if is_new => reason.to_owned(),
        None => "new file".to_owned(),
    };
    plan.steps.push(Step {
        phase_number: phase.number,
        phase: phase.name.clone(),
        name: format!("{}/{}", phase.folder(), file.name),
        migration: file.name.clone(),
        kind: StepKind::Repeatable,
        file: file.up.path.clone(),
        reason,
        hazards: Vec::new(),
        sql: file.up.text.clone(),
        sha256: file.up.sha256.clone(),
        version: None,
        resume_at: 0,
    });
}

fn push_seed(plan: &mut Plan, phase: &Phase, history: &History, is_new: bool, reason: &str) {
    let Some(seed) = &phase.seed else { return };
    let row = history
        .applied
        .iter()
        .find(|row| row.phase == phase.name && row.kind == FileKind::Seed);
    if row.is_some_and(|row| row.sha256 == seed.file.sha256) {
        plan.already_applied += 1;
        return;
    }
    let reason = match row {
        Some(row) => format!("changed since {}", row.applied_at),
        None if is_new => reason.to_owned(),
        None => "new file".to_owned(),
    };
    plan.steps.push(seed_step(phase, seed, reason));
}

fn seed_step(phase: &Phase, seed: &Seed, reason: String) -> Step {
    Step {
        phase_number: phase.number,
        phase: phase.name.clone(),
        name: format!("{}/seed", phase.folder()),
        migration: "seed".to_owned(),
        kind: StepKind::Seed,
        file: seed.file.path.clone(),
        reason,
        hazards: Vec::new(),
        sql: seed_sql::sql(seed),
        sha256: seed.file.sha256.clone(),
        version: None,
        resume_at: 0,
    }
}

/// One transaction for the whole run.
fn merge_transactions(plan: &mut Plan) -> Result<()> {
    if let Some(step) = plan
        .steps
        .iter()
        .find(|step| step.kind == StepKind::NoTransaction)
    {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{} runs outside a transaction: --single-transaction is not possible",
                step.file
            ),
        )
        .hint("leave --single-transaction away: each phase is still a transaction of its own"));
    }
    if plan.steps.is_empty() {
        return Ok(());
    }
    let verify = plan
        .transactions
        .drain(..)
        .flat_map(|tx| tx.verify)
        .collect();
    plan.transactions.push(Transaction {
        steps: 0..plan.steps.len(),
        verify,
        outside: false,
        last_revert: false,
    });
    Ok(())
}
