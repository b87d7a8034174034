//! Whether a database is what the files say: counts, every fact of the applied phases, safety rules.

use super::compare::{Extras, compare};
use super::facts::{self, Fact, Scope, key};
use super::snapshot::{Expected, Snapshot};
use super::surroundings::{self, Surroundings};
use super::{counts, safety};
use crate::catalog::{Phase, System};
use crate::db::Session;
use crate::report::{Check, Finding, VerifyReport, What};
use crate::{Error, Result};
use std::collections::BTreeSet;
use tokio_postgres::Client;

pub use super::phase::{phase_facts, phase_scope};

/// What else verification looks at.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Also report objects that belong to no applied phase.
    pub drift: bool,
    /// Names of all phases that are applied, where only some are looked at: what the others brought is no surplus.
    pub applied: Vec<String>,
    /// Checks that were made elsewhere, such as the seeds' keys.
    pub checks: Vec<Check>,
    /// Findings that were made elsewhere.
    pub findings: Vec<Finding>,
}

/// Verifies phases, in one round trip: all applied ones, or those among `options.applied` that the user asked for.
///
/// # Errors
/// Database, Permission, Locked: the catalogue could not be read.
pub async fn run(
    session: &Session,
    system: &System,
    snapshot: &Snapshot,
    phases: &[&Phase],
    options: Options,
) -> Result<VerifyReport> {
    let (live, access, surroundings) = read(&session.client, &system.schemas).await?;
    let names: Vec<&str> = phases.iter().map(|phase| phase.name.as_str()).collect();
    let mut all: Vec<&str> = options.applied.iter().map(String::as_str).collect();
    all.extend(&names);
    let expected = snapshot.expected(&all);
    let extras = if options.drift {
        Extras::All
    } else {
        Extras::OnOurs
    };
    let mut findings = unknown_phases(snapshot, &names);
    findings.extend(compare(&expected, &live, extras));
    let chosen = snapshot.expected(&names);
    let mut checks = count_checks(system, snapshot, phases, &chosen, &live);
    checks.extend(fact_checks(snapshot, phases, &findings));
    let (safety_checks, safety_findings) = safety::judge(system, phases, &chosen, &live, &access);
    checks.extend(safety_checks);
    findings.extend(safety_findings);
    findings.extend(surroundings.owners(&expected, &live, &system.phases));
    if chosen.facts.len() < expected.facts.len() {
        findings.retain(|finding| {
            let object = finding.object.as_str();
            let of_others =
                expected.facts.contains_key(object) && !chosen.facts.contains_key(object);
            !of_others && concerns(&chosen, finding, live.get(object))
        });
    }
    findings.extend(surroundings.safety(system.platform));
    if options.drift {
        findings.extend(surroundings.drift());
    }
    checks.extend(options.checks);
    findings.extend(options.findings);
    Ok(VerifyReport::new(checks, findings))
}

/// Whether a finding is about what the chosen phases brought, or hangs on it.
fn concerns(chosen: &Expected<'_>, finding: &Finding, live: Option<&Fact>) -> bool {
    let object = finding.object.as_str();
    if chosen.facts.contains_key(object)
        || chosen.partial.contains_key(object)
        || chosen.absent.contains(object)
        || matches!(finding.what, What::Unknown | What::Failed)
    {
        return true;
    }
    let fact = live.cloned().unwrap_or_default();
    let owner = key::owner(object, &fact);
    let owners = chosen.facts.iter().filter(|(key, _)| key::is_object(key));
    !key::is_object(object)
        && owners
            .into_iter()
            .any(|(key, fact)| key::owner(key, fact) == owner)
}

/// Facts, privileges, owners and roles, all asked for at once. An object that another session drops in this moment makes the server
/// fail: that is tried once more.
async fn read(
    client: &Client,
    schemas: &[String],
) -> Result<(facts::Facts, safety::AccessMap, Surroundings)> {
    let scope = Scope::Whole(schemas.to_vec());
    let once = || async {
        tokio::try_join!(
            facts::read(client, &scope),
            safety::read(client, schemas),
            surroundings::read(client, schemas)
        )
    };
    match once().await {
        Err(error) if vanished(&error) => once().await,
        answer => answer,
    }
}

fn vanished(error: &Error) -> bool {
    matches!(
        error.inner().sqlstate.as_deref(),
        Some("XX000" | "42P01" | "42704" | "42883")
    )
}

pub(super) fn unknown_phases(snapshot: &Snapshot, applied: &[&str]) -> Vec<Finding> {
    let unknown = applied.iter().filter(|name| snapshot.phase(name).is_none());
    let finding = |name: &&str| {
        let detail = "is applied, and the snapshot does not know it: write it again with `pgphase snapshot write`";
        Finding::error(What::Unknown, format!("phase {name}"), detail)
    };
    unknown.map(finding).collect()
}

fn count_checks(
    system: &System,
    snapshot: &Snapshot,
    applied: &[&Phase],
    expected: &Expected<'_>,
    live: &facts::Facts,
) -> Vec<Check> {
    let mut checks = Vec::new();
    if applied.len() == system.phases.len() {
        let names = expected.facts.iter().map(|(key, fact)| (*key, &**fact));
        checks.extend(counts::checks("", &system.counts, names, live));
    }
    for phase in applied {
        let Some(facts) = snapshot.phase(&phase.name) else {
            continue;
        };
        let names = facts.facts.iter().map(|(key, fact)| (&**key, fact));
        let label = format!("{}: ", phase.name);
        checks.extend(counts::checks(&label, &phase.counts, names, live));
    }
    checks
}

/// How many facts of each phase are as they should be.
fn fact_checks(snapshot: &Snapshot, applied: &[&Phase], findings: &[Finding]) -> Vec<Check> {
    let wrong = |what: What| !matches!(what, What::Extra);
    let broken: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| wrong(finding.what))
        .map(|finding| finding.object.as_str())
        .collect();
    let check = |phase: &&Phase| {
        let facts = &snapshot.phase(&phase.name)?.facts;
        let bad = facts.keys().filter(|key| broken.contains(&***key)).count();
        let (all, good) = (facts.len() as u64, (facts.len() - bad) as u64);
        Some(Check::exactly(format!("{}: facts", phase.name), all, good))
    };
    applied.iter().filter_map(check).collect()
}
