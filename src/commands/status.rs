//! `migrate status`.

use super::context::Context;
use super::open::{self, Purpose};
use super::{DONE, Exit, FAILED, FOUND};
use crate::cli::{Global, StatusArgs};
use crate::render::{self, Printer};
use crate::{Result, plan};

/// Shows files and history side by side. Creates nothing.
pub async fn run(global: &Global, args: &StatusArgs, printer: &Printer) -> Result<Exit> {
    let opened = open::open(Context::load(global, None)?, printer, Purpose::Read).await?;
    let same = plan::check_system(&opened.system, &opened.history);
    let status = plan::status(&opened.system, &opened.history);
    opened.close().await;
    same?;
    render::status(printer, &status);
    Ok(
        match (args.check, status.is_diverged(), status.is_pending()) {
            (true, true, _) => FAILED,
            (true, false, true) => FOUND,
            _ => DONE,
        },
    )
}
