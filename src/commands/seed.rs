//! `seed`.

use super::context::Context;
use super::open::{self, Opened, Purpose};
use super::{DONE, Exit, FOUND, up};
use crate::catalog::Phase;
use crate::cli::{Global, SeedArgs};
use crate::render::{self, Printer};
use crate::{Error, ErrorKind, Result, execute, plan};
use std::time::Instant;

/// Writes the reference data of the applied phases, or compares it.
pub async fn run(global: &Global, args: &SeedArgs, printer: &Printer) -> Result<Exit> {
    let started = Instant::now();
    let purpose = if args.check {
        Purpose::Read
    } else {
        Purpose::Migrate
    };
    let mut opened = open::open(
        Context::load(global, Some(&args.waiting))?,
        printer,
        purpose,
    )
    .await?;
    let result = if args.check {
        check(&opened, args, printer).await
    } else {
        write(&mut opened, args, printer, started).await
    };
    opened.close().await;
    result
}

async fn write(
    opened: &mut Opened,
    args: &SeedArgs,
    printer: &Printer,
    started: Instant,
) -> Result<Exit> {
    chosen(opened, args)?;
    let planner = |opened: &Opened| plan::seed(&opened.system, &opened.history, &args.phases);
    let (plan, outcome) = up::apply(opened, &planner, printer).await?;
    render::outcome(printer, &plan, &outcome, started.elapsed());
    Ok(DONE)
}

async fn check(opened: &Opened, args: &SeedArgs, printer: &Printer) -> Result<Exit> {
    let mut differences = Vec::new();
    for phase in chosen(opened, args)? {
        if let Some(seed) = &phase.seed {
            differences.extend(execute::check_seed(&opened.session, seed).await?);
        }
    }
    render::seed_differences(printer, &opened.system.name, &differences);
    Ok(if differences.is_empty() { DONE } else { FOUND })
}

/// The applied phases, or those asked for, which must be applied.
fn chosen<'a>(opened: &'a Opened, args: &SeedArgs) -> Result<Vec<&'a Phase>> {
    plan::check_system(&opened.system, &opened.history)?;
    let applied = |phase: &&Phase| opened.history.has_phase(&phase.name);
    if args.phases.is_empty() {
        let phases: Vec<&Phase> = opened.system.order().into_iter().filter(applied).collect();
        if phases.is_empty() {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("no phase of {} is applied", opened.system.name),
            )
            .hint("`pgphase migrate up` applies the phases and writes their reference data"));
        }
        return Ok(phases);
    }
    args.phases
        .iter()
        .map(|name| {
            let phase = opened.system.find_phase(name)?;
            if opened.history.has_phase(&phase.name) {
                return Ok(phase);
            }
            Err(Error::new(
                ErrorKind::Usage,
                format!("phase {} ({}) is not applied", phase.number, phase.name),
            )
            .hint(format!("`pgphase migrate up --phase {}`", phase.number)))
        })
        .collect()
}
