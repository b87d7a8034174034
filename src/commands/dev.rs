//! `dev start | stop | status | url | reset | psql`.

use super::context::Context;
use super::open;
use super::{DONE, Exit};
use crate::catalog;
use crate::cli::{DevVerb, Global};
use crate::db::dev::{self, DevEvent, StopOutcome};
use crate::render::{self, Printer};
use crate::{Error, ErrorKind, Result};

/// Runs the verb.
pub async fn run(global: &Global, verb: &DevVerb, printer: &Printer) -> Result<Exit> {
    let context = Context::load(global, None)?;
    let options = &context.dev_options;
    let mut tell = |event: DevEvent| open::tell_dev(event, printer);
    match verb {
        DevVerb::Start => {
            let database = database(&context)?;
            let mut started = dev::start(options, &mut tell).await?;
            if started.server.url.is_some() {
                // The same as `dev url` prints.
                started.server.url = Some(dev::url(options, &database, &mut tell)?.url);
            }
            render::dev_started(printer, &started);
        }
        DevVerb::Stop => {
            let outcomes = dev::stop(options, &mut tell).await?;
            stopped(printer, &outcomes);
        }
        DevVerb::Status => render::dev_status(printer, &dev::status(options)?),
        DevVerb::Url => {
            let answer = dev::url(options, &database(&context)?, &mut tell)?;
            if !answer.running {
                printer.say("the dev server is not running; `pgphase dev start` leaves it running");
            }
            render::dev_url(printer, &answer);
        }
        DevVerb::Reset { yes } => {
            let question = "Everything in the dev server's databases goes";
            if !yes {
                printer.confirm(question, "yes", "add --yes")?;
            }
            dev::reset(options, None, &mut tell).await?;
            printer.say("the dev server's data is gone; the next run starts afresh");
        }
        DevVerb::Psql { args } => return psql(&context, args, printer).await,
    }
    Ok(DONE)
}

fn stopped(printer: &Printer, outcomes: &[StopOutcome]) {
    if outcomes.is_empty() {
        printer.say("no dev server is running");
    }
    for outcome in outcomes {
        match outcome {
            StopOutcome::Stopped { directory } => {
                printer.say(&format!("stopped {}", directory.display()));
            }
            StopOutcome::WhenOthersLeave { directory, users } => {
                let users: Vec<String> = users.iter().map(ToString::to_string).collect();
                printer.say(&format!(
                    "{} stops when its other users are done (processes {})",
                    directory.display(),
                    users.join(", ")
                ));
            }
        }
    }
}

/// The database of the system that is meant; `postgres` where none is.
fn database(context: &Context) -> Result<String> {
    let name = match context.named_system()? {
        Some(name) => Some(name),
        None => catalog::default_system(&context.source)?,
    };
    Ok(name.map_or_else(
        || "postgres".to_owned(),
        |name| open::dev_database(&name, &context.source),
    ))
}

async fn psql(context: &Context, args: &[String], printer: &Printer) -> Result<Exit> {
    let database = database(context)?;
    let mut tell = |event: DevEvent| open::tell_dev(event, printer);
    let status = dev::psql(&context.dev_options, &database, args, &mut tell).await?;
    if status.success() {
        return Ok(DONE);
    }
    Err(Error::new(
        ErrorKind::DevServer,
        format!("psql ended with {status}"),
    ))
}
