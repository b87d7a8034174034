//! `verify`.

use super::context::Context;
use super::open::{self, Opened, Purpose};
use super::{DONE, Exit, FAILED, FOUND, snapshot, stop};
use crate::catalog::Phase;
use crate::cli::{Global, VerifyArgs};
use crate::inspect::{Snapshot, deep, verify};
use crate::render::{self, Printer};
use crate::report::{Check, Finding, VerifyReport, What};
use crate::{Error, ErrorKind, Result, execute, plan};

/// Proves that the database is what the files say.
pub async fn run(global: &Global, args: &VerifyArgs, printer: &Printer) -> Result<Exit> {
    let context = Context::load(global, None)?;
    let opened = open::open(context, printer, Purpose::Read).await?;
    let watch = stop::watch(opened.session.cancel.clone());
    let result = watch.unless_stopped(prove(&opened, args, printer)).await;
    opened.close().await;
    result
}

async fn prove(opened: &Opened, args: &VerifyArgs, printer: &Printer) -> Result<Exit> {
    let system = &opened.system;
    plan::check_system(system, &opened.history)?;
    let file = system
        .snapshot
        .as_ref()
        .ok_or_else(|| snapshot::missing(system))?;
    let expected = Snapshot::parse(file)?;
    let phases = phases(opened, args)?;
    let mut options = verify::Options {
        drift: args.drift,
        applied: applied(opened),
        ..verify::Options::default()
    };
    options.findings.extend(history(opened, &phases, args));
    options.findings.extend(stale(&expected, opened, &phases));
    seeds(opened, &phases, &mut options).await?;
    let report = verify::run(&opened.session, system, &expected, &phases, options).await?;
    let report = if args.deep {
        deepen(opened, &phases, report).await?
    } else {
        report
    };
    let names: Vec<String> = phases.iter().map(|phase| phase.name.clone()).collect();
    render::verify(printer, &system.name, &names, &report);
    Ok(match (report.ok, report.findings.is_empty()) {
        (false, _) => FAILED,
        (true, false) => FOUND,
        (true, true) => DONE,
    })
}

/// Names of the phases that are applied; a database that was built by hand may hold any.
fn applied(opened: &Opened) -> Vec<String> {
    let by_hand = opened.history.system.is_none();
    opened
        .system
        .phases
        .iter()
        .filter(|phase| by_hand || opened.history.has_phase(&phase.name))
        .map(|phase| phase.name.clone())
        .collect()
}

/// The phases that are looked at: those asked for, else the applied ones, else, under --all-phases, all of them.
fn phases<'a>(opened: &'a Opened, args: &VerifyArgs) -> Result<Vec<&'a Phase>> {
    let system = &opened.system;
    if !args.phases.is_empty() {
        return args
            .phases
            .iter()
            .map(|name| system.find_phase(name))
            .collect();
    }
    if args.all_phases {
        return Ok(system.order());
    }
    let applied = |phase: &&Phase| opened.history.has_phase(&phase.name);
    let phases: Vec<&Phase> = system.order().into_iter().filter(applied).collect();
    if phases.is_empty() {
        let message = format!(
            "no phase of {} is applied, so there is nothing to verify",
            system.name
        );
        return Err(Error::new(ErrorKind::Usage, message)
            .hint("`pgphase migrate up` applies them; --all-phases verifies a database that was built by hand"));
    }
    Ok(phases)
}

/// What the history says of the phases: changed and missing files, files that are not applied.
fn history(opened: &Opened, phases: &[&Phase], args: &VerifyArgs) -> Vec<Finding> {
    if opened.history.system.is_none() && (args.all_phases || !args.phases.is_empty()) {
        // Built by hand, from exported files: the catalogue alone decides.
        return Vec::new();
    }
    let status = plan::status(&opened.system, &opened.history);
    let mut findings = Vec::new();
    for phase in status
        .phases
        .iter()
        .filter(|state| phases.iter().any(|phase| phase.name == state.name))
    {
        for file in &phase.migrations {
            let object = format!("file phase_{}_{}/{}", phase.number, phase.name, file.name);
            let detail = match file.state {
                plan::FileState::Applied => continue,
                plan::FileState::Pending => "is not applied",
                plan::FileState::Outdated => {
                    "has another text than was applied: `pgphase migrate up` applies it again"
                }
                plan::FileState::Changed => "was changed after it had been applied",
                plan::FileState::Missing => "was applied and is gone",
                plan::FileState::Invalid => "was begun outside a transaction, and has not ended",
            };
            findings.push(Finding::error(What::Different, object, detail));
        }
    }
    findings
}

/// A snapshot that was made from other files proves nothing about these.
fn stale(snapshot: &Snapshot, opened: &Opened, phases: &[&Phase]) -> Vec<Finding> {
    let stale = snapshot.stale_phases(&opened.system);
    phases
        .iter()
        .filter(|phase| stale.contains(&phase.name.as_str()))
        .map(|phase| {
            let detail = "was made from other files than these: `pgphase snapshot write`";
            Finding::error(
                What::Unknown,
                format!("snapshot of phase {}", phase.name),
                detail,
            )
        })
        .collect()
}

/// Adds the reference data's checks.
async fn seeds(opened: &Opened, phases: &[&Phase], options: &mut verify::Options) -> Result<()> {
    for phase in phases {
        let Some(seed) = &phase.seed else { continue };
        let rows: usize = seed.tables.iter().map(|table| table.rows.len()).sum();
        let name = format!("{}: reference rows", phase.name);
        match execute::check_seed(&opened.session, seed).await {
            Ok(differences) => {
                let wrong = differences.len().min(rows);
                options
                    .checks
                    .push(Check::exactly(name, rows as u64, (rows - wrong) as u64));
                options
                    .findings
                    .extend(differences.iter().map(seed_finding));
            }
            // A table that is gone is named by the facts; its rows are gone with it.
            Err(error)
                if matches!(
                    error.inner().sqlstate.as_deref(),
                    Some("42P01" | "42703" | "42704" | "3F000")
                ) =>
            {
                options.checks.push(Check::exactly(name, rows as u64, 0));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn seed_finding(row: &execute::SeedCheck) -> Finding {
    let object = format!("row {} ({})", row.table, row.key);
    if row.columns.is_empty() {
        return Finding::error(
            What::Missing,
            object,
            format!("is missing ({})", row.location),
        );
    }
    let detail = format!("differs in {} ({})", row.columns.join(", "), row.location);
    Finding::error(What::Different, object, detail)
}

/// Adds behaviour: each phase's verify.sql.
async fn deepen(opened: &Opened, phases: &[&Phase], report: VerifyReport) -> Result<VerifyReport> {
    let VerifyReport {
        mut checks,
        mut findings,
        ..
    } = report;
    let options = deep::Options {
        role: opened.role(),
        ..deep::Options::default()
    };
    for phase in phases {
        let outcomes = deep::run(&opened.session, phase, &options).await?;
        let (more_checks, more_findings) = deep::report(&outcomes);
        checks.extend(more_checks);
        findings.extend(more_findings);
    }
    Ok(VerifyReport::new(checks, findings))
}
