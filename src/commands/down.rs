//! `migrate down`.

use super::context::Context;
use super::open::{self, Opened, Purpose};
use super::{DONE, Exit, stop};
use crate::catalog::sql::{self, ObjectKind};
use crate::cli::{DownArgs, Global};
use crate::plan::{self, DownRequest, DownTarget, Plan};
use crate::render::{self, Printer, Progress};
use crate::{Result, execute};
use std::sync::Arc;
use std::time::Instant;

/// Plans, shows what would be lost, asks, reverts.
pub async fn run(global: &Global, args: &DownArgs, printer: &Printer) -> Result<Exit> {
    let started = Instant::now();
    let mut opened = open::open(
        Context::load(global, Some(&args.waiting))?,
        printer,
        Purpose::Revert,
    )
    .await?;
    let result = revert(&mut opened, args, printer, started).await;
    opened.close().await;
    result.map(|()| DONE)
}

async fn revert(
    opened: &mut Opened,
    args: &DownArgs,
    printer: &Printer,
    started: Instant,
) -> Result<()> {
    let request = DownRequest {
        target: target(args),
        with_dependents: args.with_dependents,
    };
    let plan = plan::down(&opened.system, &opened.history, &request)?;
    if args.dry_run {
        render::sql(printer, &plan);
        return Ok(());
    }
    if plan.is_empty() {
        render::outcome(
            printer,
            &plan,
            &execute::Outcome::default(),
            started.elapsed(),
        );
        return Ok(());
    }
    opened.check_writable()?;
    let tables = opened.count_rows(&tables(opened, &plan)).await?;
    render::lost_rows(printer, &tables);
    let what = format!("Phases to revert: {}", plan.phases().join(", "));
    opened.confirm(printer, args.yes, &what)?;
    let pooled = opened.is_pooled(printer).await?;
    let watch = stop::watch(opened.session.cancel.clone());
    let lock = watch.unless_stopped(opened.lock(pooled, printer)).await?;
    opened.look_again().await?;
    let plan = plan::down(&opened.system, &opened.history, &request)?;
    let mut options = opened.execute_options();
    options.stop = Arc::clone(&watch.stop);
    let progress = Progress::new(*printer, plan.steps.len());
    let mut observer = |event: execute::Event<'_>| progress.hear(&event);
    let outcome = execute::down(&opened.session, &plan, &options, &mut observer).await;
    progress.end();
    if let Some(lock) = lock {
        let _ = lock.release(&opened.session).await;
    }
    render::outcome(printer, &plan, &outcome?, started.elapsed());
    Ok(())
}

fn target(args: &DownArgs) -> DownTarget {
    match &args.to {
        Some(phase) => DownTarget::To(phase.clone()),
        None if args.all => DownTarget::All,
        None => DownTarget::Phases(args.phases.clone()),
    }
}

/// The tables that the files of the plan's phases create.
fn tables(opened: &Opened, plan: &Plan) -> Vec<(String, String)> {
    plan.phases()
        .iter()
        .filter_map(|name| opened.system.phase(name))
        .flat_map(|phase| &phase.migrations)
        .flat_map(|file| sql::objects_created(&file.up.text))
        .filter(|object| object.kind == ObjectKind::Table)
        .map(|object| {
            (
                object.name.schema.unwrap_or_else(|| "public".to_owned()),
                object.name.name,
            )
        })
        .collect()
}
