//! `platform status | install | uninstall`.

use super::context::Context;
use super::open::{self, Purpose};
use super::{DONE, Exit, FOUND};
use crate::Result;
use crate::catalog::Platform;
use crate::cli::{Global, PlatformVerb};
use crate::platform::{self, PlatformStatus};
use crate::render::{self, Printer};

/// Runs the verb.
pub async fn run(global: &Global, verb: &PlatformVerb, printer: &Printer) -> Result<Exit> {
    let opened = open::open(Context::load(global, None)?, printer, Purpose::Platform).await?;
    let result = act(&opened, verb, printer).await;
    opened.close().await;
    result
}

async fn act(opened: &open::Opened, verb: &PlatformVerb, printer: &Printer) -> Result<Exit> {
    let wanted = opened.system.platform;
    if wanted == Platform::Postgres {
        let status = platform::status(&opened.session, wanted).await?;
        render::platform(printer, &opened.system.name, &status);
        return Ok(DONE);
    }
    if !matches!(verb, PlatformVerb::Status) {
        opened.check_writable()?;
    }
    match verb {
        PlatformVerb::Status => {}
        PlatformVerb::Install => platform::install(&opened.session, wanted).await?,
        PlatformVerb::Uninstall { yes } => {
            opened.confirm(
                printer,
                *yes,
                "The stand-in goes, with the accounts in auth.users",
            )?;
            for notice in platform::uninstall(&opened.session, wanted).await? {
                printer.say(&notice);
            }
        }
    }
    let status = platform::status(&opened.session, wanted).await?;
    render::platform(printer, &opened.system.name, &status);
    Ok(exit(verb, &status))
}

/// `status` finds something where a part is missing.
fn exit(verb: &PlatformVerb, status: &PlatformStatus) -> Exit {
    if matches!(verb, PlatformVerb::Status) && !status.complete {
        FOUND
    } else {
        DONE
    }
}
