//! The functions that `system.toml` lets anon execute.

use super::{Findings, types_of};
use crate::catalog::sql::names::QualifiedName;
use crate::catalog::sql::object::Space;
use crate::error::Location;

/// Each function of `anon_execute` must be one that the phase itself defines.
pub(super) fn check(phase: usize, findings: &mut Findings<'_>) {
    let system = findings.system;
    for signature in &system.phases[phase].anon_execute {
        let Some(name) = QualifiedName::from_text(signature) else {
            unknown(phase, signature, findings);
            continue;
        };
        let schema = name.schema.as_deref().unwrap_or("public");
        let arguments = signature.split_once('(').map_or("", |(_, rest)| rest);
        let wanted = types_of(arguments.trim_end().trim_end_matches(')'));
        let same = |arguments: &Option<String>| {
            types_of(arguments.as_deref().unwrap_or_default()) == wanted
        };
        let inventory = findings.inventory;
        let entries = inventory.get(Space::Routine, schema, &name.name).iter();
        let owners: Vec<usize> = entries
            .filter(|entry| same(&entry.definition.object.arguments))
            .map(|entry| entry.phase)
            .collect();
        if owners.is_empty() {
            unknown(phase, signature, findings);
        } else if !owners.contains(&phase) {
            let owner = findings.phase_name(owners[0]);
            findings.misplaced(phase, location(signature, findings), signature, owner);
        }
    }
}

fn unknown(phase: usize, signature: &str, findings: &mut Findings<'_>) {
    findings.unknown(
        phase,
        location(signature, findings),
        format!("function {signature}"),
    );
}

/// Where `system.toml` names it.
fn location(signature: &str, findings: &Findings<'_>) -> Location {
    let file = &findings.system.file;
    let offset = file.text.find(signature).unwrap_or(0);
    Location::at_offset(&file.path, &file.text, offset)
}
