//! The proof inside a transaction: what it completes is what the snapshot says.

use super::Run;
use crate::catalog::Phase;
use crate::inspect::verify;
use crate::plan::Transaction;
use crate::{Error, ErrorKind, Result};

/// Compares the facts of the phases that this transaction completes with the snapshot.
pub(super) async fn prove(run: &Run<'_>, transaction: &Transaction) -> Result<()> {
    let Some(snapshot) = run.snapshot else {
        return Ok(());
    };
    let phases: Vec<&Phase> = transaction
        .verify
        .iter()
        .filter_map(|name| run.system.phase(name))
        .collect();
    if phases.is_empty() {
        return Ok(());
    }
    let before: Vec<&str> = run
        .system
        .phases
        .iter()
        .filter(|phase| run.history.has_phase(&phase.name))
        .map(|phase| phase.name.as_str())
        .collect();
    let findings = verify::phase_facts(&run.session.client, snapshot, &phases, &before).await?;
    if findings.is_empty() {
        return Ok(());
    }
    let list: Vec<String> = findings
        .iter()
        .map(|finding| format!("{}: {}", finding.object, finding.detail))
        .collect();
    Err(Error::new(
        ErrorKind::Verification,
        format!(
            "after phase {}, the database is not what the snapshot says",
            transaction.verify.join(", ")
        ),
    )
    .detail(list.join("\n"))
    .hint("if the files are right, the snapshot is old: `pgphase snapshot write`"))
}
