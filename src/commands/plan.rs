//! `migrate plan`.

use super::context::Context;
use super::open::{self, Purpose};
use super::{DONE, Exit, FOUND, up};
use crate::Result;
use crate::cli::{Global, PlanArgs};
use crate::plan::{self, UpRequest};
use crate::render::{self, Printer};

/// Shows what `up` would do. Without a database to look at, that is everything.
pub async fn run(global: &Global, args: &PlanArgs, printer: &Printer) -> Result<Exit> {
    let opened = open::open(Context::load(global, None)?, printer, Purpose::Read).await?;
    let request = UpRequest {
        thorough: true,
        ..up::request(&args.phases)
    };
    let result = plan::up(&opened.system, &opened.history, &request);
    let collisions = match &result {
        Ok(plan) => opened.check_collisions(plan).await,
        Err(_) => Ok(()),
    };
    opened.close().await;
    let plan = result?;
    collisions?;
    render::plan(printer, &plan, args.sql);
    Ok(if args.check && !plan.is_empty() {
        FOUND
    } else {
        DONE
    })
}
