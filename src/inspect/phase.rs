//! The proof of single phases, inside the transaction that applies them.

use super::compare::{Extras, compare};
use super::facts::key::{self, Owner};
use super::facts::{self, Attr, Fact, Names, Scope, Section};
use super::snapshot::{Expected, PhaseFacts, Snapshot};
use super::verify::unknown_phases;
use crate::Result;
use crate::catalog::Phase;
use crate::report::{Finding, Level, What};
use std::borrow::Cow;
use std::collections::BTreeSet;
use tokio_postgres::Client;

/// Compares what phases bring and change with the database, in one round trip, inside the caller's transaction: the
/// message is sent before the first wait, so it may follow others that are still on their way.
///
/// `before` are the phases that were applied earlier. Findings are errors only. Rare attributes that the snapshot does
/// not have of these objects are left to [`super::verify::run`], and so are privileges of roles that the snapshot does not know: these
/// come from default privileges that somebody gave on purpose, and say nothing about the files.
///
/// # Errors
/// Database: the catalogue could not be read; the transaction is then aborted.
pub async fn phase_facts(
    client: &Client,
    snapshot: &Snapshot,
    phases: &[&Phase],
    before: &[&str],
) -> Result<Vec<Finding>> {
    let names: Vec<&str> = phases.iter().map(|phase| phase.name.as_str()).collect();
    let facts: Vec<&PhaseFacts> = names
        .iter()
        .filter_map(|name| snapshot.phase(name))
        .collect();
    let (expected, scope) = wanted(snapshot, &facts, before);
    let live = facts::read(client, &scope).await?;
    let mut findings = unknown_phases(snapshot, &names);
    findings.extend(compare(&expected, &live, Extras::OnOurs));
    findings.retain(|finding| finding.level == Level::Error);
    forget_strangers(&mut findings, snapshot);
    if findings.iter().any(is_extra_grant) {
        // Rare enough for a round trip of its own.
        let mighty = facts::mighty_roles(client).await?;
        let to_mighty = |finding: &Finding| {
            mighty
                .iter()
                .any(|role| key::ident(role) == grantee(finding))
        };
        findings.retain(|finding| !(is_extra_grant(finding) && to_mighty(finding)));
    }
    findings.sort();
    Ok(findings)
}

/// What to ask for, and what the answer should be.
fn wanted<'a>(
    snapshot: &'a Snapshot,
    phases: &[&'a PhaseFacts],
    before: &[&str],
) -> (Expected<'a>, Scope) {
    let touched = touched(phases);
    let expected = expected_of(snapshot, phases, &touched, before);
    let scope = Scope::Objects(object_names(snapshot, &touched, &expected));
    (expected, scope)
}

/// What is read to compare phases, for measurements.
pub fn phase_scope(snapshot: &Snapshot, phases: &[&Phase], before: &[&str]) -> Scope {
    let facts: Vec<&PhaseFacts> = phases
        .iter()
        .filter_map(|phase| snapshot.phase(&phase.name))
        .collect();
    wanted(snapshot, &facts, before).1
}

/// Drops grants to roles that no fact of the snapshot and no platform names.
fn forget_strangers(findings: &mut Vec<Finding>, snapshot: &Snapshot) {
    if !findings.iter().any(is_extra_grant) {
        return;
    }
    let mut known: BTreeSet<&str> = ["public", "anon", "authenticated", "service_role"].into();
    let keys = snapshot.phases.iter().flat_map(|phase| phase.facts.keys());
    let grants = keys.filter(|key| key.starts_with("grant on "));
    known.extend(grants.filter_map(|key| key.rsplit_once(" to ").map(|(_, role)| role)));
    findings.retain(|finding| !is_extra_grant(finding) || known.contains(grantee(finding)));
}

fn grantee(finding: &Finding) -> &str {
    finding
        .object
        .rsplit_once(" to ")
        .map_or("", |(_, grantee)| grantee)
}

fn is_extra_grant(finding: &Finding) -> bool {
    finding.what == What::Extra
        && (finding.object.starts_with("grant on ")
            || finding.object.starts_with("default privileges in "))
}

/// The objects that phases bring, change or hang something on.
fn touched(phases: &[&PhaseFacts]) -> BTreeSet<Owner> {
    let none = Fact::default();
    let brought = phases
        .iter()
        .flat_map(|phase| &phase.facts)
        .map(|(key, fact)| key::owner(key, fact));
    let others = phases
        .iter()
        .flat_map(|phase| phase.changes.keys().chain(&phase.removes));
    let others = others.map(|key| key::owner(key, &none));
    brought
        .chain(others)
        .filter(|owner| *owner != Owner::Nothing)
        .collect()
}

/// What those objects should look like, with what earlier phases brought of them.
fn expected_of<'a>(
    snapshot: &'a Snapshot,
    phases: &[&'a PhaseFacts],
    touched: &BTreeSet<Owner>,
    before: &[&str],
) -> Expected<'a> {
    if let [phase] = phases
        && is_self_contained(phase, touched)
    {
        let facts = phase
            .facts
            .iter()
            .map(|(key, fact)| (&**key, Cow::Borrowed(fact)));
        return Expected {
            facts: facts.collect(),
            ..Expected::default()
        };
    }
    let names = phases.iter().map(|phase| phase.name.as_str());
    let mut expected = snapshot.expected(&before.iter().copied().chain(names).collect::<Vec<_>>());
    let none = Fact::default();
    let named = |key: &str| {
        phases
            .iter()
            .any(|phase| phase.facts.contains_key(key) || phase.changes.contains_key(key))
    };
    let about = |key: &str, fact: &Fact| match key::owner(key, fact) {
        Owner::Nothing => named(key),
        owner => touched.contains(&owner),
    };
    expected.facts.retain(|key, fact| about(key, fact));
    expected.partial.retain(|key, _| about(key, &none));
    expected
        .absent
        .retain(|key| phases.iter().any(|phase| phase.removes.contains(*key)));
    expected
}

/// Whether a phase touches nothing but what it brings.
fn is_self_contained(phase: &PhaseFacts, touched: &BTreeSet<Owner>) -> bool {
    let objects = phase.facts.iter().filter(|(key, _)| key::is_object(key));
    let own: BTreeSet<Owner> = objects.map(|(key, fact)| key::owner(key, fact)).collect();
    phase.changes.is_empty() && phase.removes.is_empty() && touched.is_subset(&own)
}

/// The names to ask for.
fn object_names(snapshot: &Snapshot, touched: &BTreeSet<Owner>, expected: &Expected<'_>) -> Names {
    let (mut relations, mut functions, mut types) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut extra = BTreeSet::new();
    for owner in touched {
        match owner {
            Owner::Relation(schema, name) if snapshot.schemas.contains(schema) => {
                relations.insert(name.clone());
            }
            Owner::Function(_, name, _) => {
                functions.insert(name.clone());
            }
            Owner::Type(_, name) => {
                types.insert(name.clone());
            }
            Owner::Relation(..) => {
                extra.insert(Section::OutsideTriggers);
            }
            Owner::Schema(_) => {
                extra.insert(Section::Schemas);
            }
            Owner::Nothing => {}
        }
    }
    for (key, fact) in &expected.facts {
        extra.extend(Section::of_fact(key, fact));
        let outside = match key::owner(key, fact) {
            Owner::Relation(schema, _) => !snapshot.schemas.contains(&schema),
            owner => owner == Owner::Nothing,
        };
        functions.extend(called_function(key, fact).filter(|_| outside));
    }
    for (key, known) in &expected.partial {
        let mut fact = Fact::default();
        known
            .iter()
            .for_each(|(attr, value)| fact.put(*attr, value.cloned()));
        extra.extend(Section::of_fact(key, &fact));
    }
    for key in &expected.absent {
        extra.extend(Section::of_fact(key, &Fact::default()));
    }
    Names {
        schemas: snapshot.schemas.clone(),
        relations: relations.into_iter().collect(),
        functions: functions.into_iter().collect(),
        types: types.into_iter().collect(),
        extra: extra.into_iter().collect(),
    }
}

/// The name of the function that a trigger or event trigger calls.
fn called_function(key: &str, fact: &Fact) -> Option<String> {
    let call = if key.starts_with("trigger ") {
        fact.text(Attr::Definition)?
            .rsplit_once("EXECUTE FUNCTION ")?
            .1
    } else {
        fact.text(Attr::Function)?
    };
    match key::owner(&format!("function {call}"), fact) {
        Owner::Function(_, name, _) => Some(name),
        _ => None,
    }
}
