//! What stands around the files of a transaction: how it begins, and what follows each file.

use super::{Options, Run};
use crate::history::{FileKind, State, write};
use crate::plan::Step;

/// Only `set local`: nothing may outlive the transaction behind a transaction pooler. The second look at the history
/// must see what was committed before the lock was had, whatever isolation the database has by default.
pub(super) fn opening(options: &Options) -> String {
    format!(
        "begin isolation level read committed; {}; {}; {}",
        role(options),
        settings(options),
        write::START_CLOCK
    )
}

/// The role of the run, also after a file that took another one.
pub(super) fn role(options: &Options) -> String {
    options.role.as_ref().map_or_else(
        || "reset role".to_owned(),
        |role| {
            let role = postgres_protocol::escape::escape_identifier(role);
            format!("reset role; set local role {role}")
        },
    )
}

/// The settings of the run: each file begins with them, whatever the one before it has set.
fn settings(options: &Options) -> String {
    format!(
        "reset all; set local client_encoding = 'UTF8'; set local lock_timeout = {}; \
         set local statement_timeout = {}; set local idle_in_transaction_session_timeout = 0; {NO_TRANSACTION_TIMEOUT}",
        options.lock_timeout.as_millis(),
        options.statement_timeout.as_millis(),
    )
}

/// PostgreSQL 17 and newer have this setting.
const NO_TRANSACTION_TIMEOUT: &str = "select set_config('transaction_timeout', '0', true) \
    where current_setting('transaction_timeout', true) is not null";

/// The rows of both histories for a file, and the settings and the clock of the next one.
pub(super) fn record(step: &Step, refinery: Option<&str>, run: &Run<'_>) -> String {
    let kind = step.kind.file_kind().unwrap_or(FileKind::Repeatable);
    let row = write::record(&write::Row {
        phase: &step.phase,
        phase_number: step.phase_number,
        name: &step.migration,
        kind,
        version: step.version,
        sha256: &step.sha256,
        state: State::Done,
        duration_ms: None,
        is_new: run.history.file(&step.phase, &step.migration).is_none(),
    });
    let refinery = refinery.map_or_else(String::new, |sql| format!("{sql};\n"));
    format!(
        "{};\n{refinery}{row};\n{};\n{}",
        role(run.options),
        settings(run.options),
        write::START_CLOCK
    )
}
