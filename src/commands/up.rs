//! `migrate up`.

use super::context::Context;
use super::open::{self, Opened, Purpose};
use super::{DONE, Exit, stop};
use crate::catalog::Platform;
use crate::catalog::sql::Level;
use crate::cli::{Global, UpArgs};
use crate::execute::{self, Outcome, Walk};
use crate::inspect::Snapshot;
use crate::plan::{self, Plan, StepKind, UpRequest};
use crate::render::{self, Printer, Progress};
use crate::{Error, ErrorKind, Result, history, platform};
use postgres_protocol::escape::escape_identifier;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run waits before it looks again at what another run does (behind a transaction pooler).
const PAUSE: Duration = Duration::from_millis(200);

/// Plans, applies, reports.
pub async fn run(global: &Global, args: &UpArgs, printer: &Printer) -> Result<Exit> {
    let started = Instant::now();
    let mut opened = open::open(
        Context::load(global, Some(&args.waiting))?,
        printer,
        Purpose::Migrate,
    )
    .await?;
    let request = request(&args.phases);
    let result = if args.dry_run {
        plan::up(&opened.system, &opened.history, &request).map(|plan| render::sql(printer, &plan))
    } else {
        let planner = |opened: &Opened| plan::up(&opened.system, &opened.history, &request);
        apply(&mut opened, &planner, printer)
            .await
            .map(|(plan, outcome)| {
                render::outcome(printer, &plan, &outcome, started.elapsed());
            })
    };
    opened.close().await;
    result.map(|()| DONE)
}

/// The phases of a run.
pub(super) fn request(args: &crate::cli::PhaseArgs) -> UpRequest {
    UpRequest {
        phases: args.phases.clone(),
        only: args.only,
        single_transaction: args.single_transaction,
        thorough: false,
    }
}

/// Takes the lock, plans again under it, and walks the plan.
pub(super) async fn apply(
    opened: &mut Opened,
    planner: &(dyn Fn(&Opened) -> Result<Plan> + Sync),
    printer: &Printer,
) -> Result<(Plan, Outcome)> {
    let mut plan = planner(opened)?;
    if plan.is_empty() {
        return Ok((plan, Outcome::default()));
    }
    confirm_hazards(opened, &plan, printer)?;
    let pooled = opened.is_pooled(printer).await?;
    fit(opened, &plan, pooled, printer).await?;
    let watch = stop::watch(opened.session.cancel.clone());
    let lock = watch.unless_stopped(opened.lock(pooled, printer)).await?;
    let mut options = opened.execute_options();
    options.stop = Arc::clone(&watch.stop);
    let deadline = Instant::now() + opened.context.settings.lock_wait;
    let mut sum = Outcome::default();
    let result = loop {
        if opened.look_again().await? {
            plan = planner(opened)?;
        }
        if let Err(error) = opened.check_collisions(&plan).await {
            // Without the lock, another run may have created them since.
            if lock.is_none() && opened.look_again().await? {
                plan = planner(opened)?;
                continue;
            }
            break Err(error);
        }
        match round(opened, &plan, &options, &mut sum, printer).await {
            Ok(Round::Stale) if lock.is_none() && Instant::now() < deadline => {
                let pause = async {
                    tokio::time::sleep(PAUSE).await;
                    Ok(())
                };
                watch.unless_stopped(pause).await?;
            }
            Ok(Round::Stale) => break Err(changed_meanwhile()),
            Ok(Round::Done) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    if let Some(lock) = lock {
        let _ = lock.release(&opened.session).await;
    }
    result.map(|()| (plan, sum))
}

/// How one walk over a plan ended.
enum Round {
    Done,
    /// Another run is at work, or changed the history since the plan was made.
    Stale,
}

fn changed_meanwhile() -> Error {
    Error::new(
        ErrorKind::Locked,
        "another run changed the history at the same time",
    )
    .hint("run it again")
}

/// A protected environment asks for its name before a plan that may hurt.
fn confirm_hazards(opened: &Opened, plan: &Plan, printer: &Printer) -> Result<()> {
    let hazards = || plan.steps.iter().flat_map(|step| &step.hazards);
    if !opened.is_protected() || hazards().all(|hazard| hazard.level < Level::Warning) {
        return Ok(());
    }
    for hazard in hazards() {
        printer.say(&format!(
            "{}: {} ({}:{})",
            hazard.level, hazard.message, hazard.file, hazard.line
        ));
    }
    opened.confirm(printer, false, "This plan has hazards")
}

/// One walk over a plan.
async fn round(
    opened: &Opened,
    plan: &Plan,
    options: &execute::Options,
    sum: &mut Outcome,
    printer: &Printer,
) -> Result<Round> {
    if plan.is_empty() {
        return Ok(Round::Done);
    }
    let snapshot = current_snapshot(opened, printer)?;
    let progress = Progress::new(*printer, plan.steps.len());
    let mut observer = |event: execute::Event<'_>| progress.hear(&event);
    let known = (&opened.look, &opened.history);
    let walk = execute::up(
        &opened.session,
        &opened.system,
        plan,
        snapshot.as_ref(),
        known,
        options,
        &mut observer,
    )
    .await;
    progress.end();
    let (outcome, round) = match walk? {
        Walk::Done(outcome) => (outcome, Round::Done),
        Walk::Stale(outcome) => (outcome, Round::Stale),
    };
    sum.applied.extend(outcome.applied);
    sum.seeded += outcome.seeded;
    Ok(round)
}

/// The snapshot, unless it was made from other files than these.
fn current_snapshot(opened: &Opened, printer: &Printer) -> Result<Option<Snapshot>> {
    let Some(file) = &opened.system.snapshot else {
        return Ok(None);
    };
    let snapshot = Snapshot::parse(file)?;
    if snapshot.is_current(&opened.system) {
        return Ok(Some(snapshot));
    }
    printer.say(&format!(
        "{} was made from other files, so the result is not compared with it; `pgphase snapshot write` makes it current",
        file.path
    ));
    Ok(None)
}

/// Whether the server can take the plan at all; brings the platform on the dev server.
async fn fit(opened: &mut Opened, plan: &Plan, pooled: bool, printer: &Printer) -> Result<()> {
    opened.check_writable()?;
    let (look, system) = (&opened.look, &opened.system);
    if look.major() < system.min_server {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "{} needs PostgreSQL {} or newer; this is {}",
                system.title, system.min_server, look.server_version
            ),
        ));
    }
    let outside = plan
        .steps
        .iter()
        .find(|step| step.kind == StepKind::NoTransaction);
    if let (true, Some(step)) = (pooled, outside) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "{} runs outside a transaction, which a transaction pooler cannot do",
                step.file
            ),
        )
        .hint("use the direct connection string, or the pooler's session mode"));
    }
    if system.platform == Platform::Supabase && !look.has_supabase {
        if opened.dev.is_none() {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("{} presupposes Supabase, which this server does not have", system.title),
            )
            .hint(format!(
                "`pgphase platform install --system {name}` brings a stand-in; `pgphase platform status --system {name}` shows what is missing",
                name = system.name
            )));
        }
        platform::install(&opened.session, system.platform).await?;
        printer.say("stand-in for the supabase platform installed on the dev server");
    }
    if look.has_schema && !look.has_history {
        return Err(Error::new(
            ErrorKind::Collision,
            "there is a schema pgphase already, and pgphase did not make it",
        )
        .hint(
            "pgphase keeps its history there: rename that schema, or drop it if nothing needs it",
        ));
    }
    if !look.has_history && !look.can_create {
        return Err(Error::new(
            ErrorKind::Permission,
            format!(
                "role {} may not create schemas in database {}",
                look.role, look.database
            ),
        )
        .hint(format!(
            "grant create on database {} to {}",
            escape_identifier(&look.database),
            escape_identifier(&look.role)
        )));
    }
    Ok(())
}

impl Opened {
    /// Reads the history again, under the lock; tells whether it changed since the last look.
    pub(super) async fn look_again(&mut self) -> Result<bool> {
        let (look, history) = history::look(&self.session).await?;
        self.look = look;
        let changed = history != self.history;
        self.history = history;
        Ok(changed)
    }
}
