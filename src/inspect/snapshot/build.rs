//! From what a database had after each phase to what each phase brings.

use super::{Changes, PhaseFacts, Snapshot, files_digest};
use crate::catalog::System;
use crate::inspect::facts::{Attr, Fact, Facts};
use crate::{Error, ErrorKind, Location, Result};
use std::collections::{BTreeMap, HashMap};

/// Builds the snapshot of a system.
///
/// `before` is what the database had before the first phase (the platform's part); `after` what it had after each
/// phase, in the order in which they were applied.
///
/// # Errors
/// Catalog: a phase changes what another phase brought or changed, on which it does not depend: what the database
/// should have would then depend on the order in which the two are applied.
pub fn build(system: &System, before: Facts, after: Vec<(String, Facts)>) -> Result<Snapshot> {
    let mut builder = Builder {
        system,
        state: before.0,
        last: HashMap::new(),
    };
    let mut phases = Vec::with_capacity(after.len());
    for (name, facts) in after {
        phases.push(builder.phase(name, facts)?);
    }
    phases.sort_by_key(|phase| system.phase(&phase.name).map(|found| found.number));
    Ok(Snapshot {
        system: system.name.clone(),
        schemas: system.schemas.clone(),
        phases,
    })
}

struct Builder<'a> {
    system: &'a System,
    state: BTreeMap<Box<str>, Fact>,
    /// The phase that brought an object, or last changed an attribute of it.
    last: HashMap<(Box<str>, Option<Attr>), String>,
}

impl Builder<'_> {
    fn phase(&mut self, name: String, facts: Facts) -> Result<PhaseFacts> {
        let mut phase = PhaseFacts {
            files: self
                .system
                .phase(&name)
                .map(files_digest)
                .unwrap_or_default(),
            name,
            ..PhaseFacts::default()
        };
        for (key, fact) in &facts.0 {
            match self.state.get(key) {
                None => {
                    self.check_order(&phase.name, key, None)?;
                    self.last.insert((key.clone(), None), phase.name.clone());
                    phase.facts.insert(key.clone(), fact.clone());
                }
                Some(old) if old != fact => {
                    let changes: Changes = fact
                        .differences(old)
                        .into_iter()
                        .map(|(attr, new, _)| (attr, new.cloned()))
                        .collect();
                    for (attr, _) in &changes {
                        self.check_order(&phase.name, key, Some(*attr))?;
                        self.last
                            .insert((key.clone(), Some(*attr)), phase.name.clone());
                    }
                    phase.changes.insert(key.clone(), changes);
                }
                Some(_) => {}
            }
        }
        for key in self.state.keys().filter(|key| !facts.0.contains_key(*key)) {
            self.check_order(&phase.name, key, None)?;
            phase.removes.insert(key.clone());
        }
        for key in &phase.removes {
            self.last.insert((key.clone(), None), phase.name.clone());
        }
        self.state = facts.0;
        Ok(phase)
    }

    /// What this phase touches must come from phases that are certainly applied before it.
    fn check_order(&self, phase: &str, key: &str, attr: Option<Attr>) -> Result<()> {
        for attr in [Some(None), attr.map(Some)].into_iter().flatten() {
            let Some(other) = self.last.get(&(Box::from(key), attr)) else {
                continue;
            };
            if other != phase && !self.depends(phase, other) {
                return Err(self.conflict(phase, other, key, attr));
            }
        }
        Ok(())
    }

    fn depends(&self, phase: &str, other: &str) -> bool {
        let Some(phase) = self.system.phase(phase) else {
            return false;
        };
        phase
            .depends_on
            .iter()
            .any(|name| name == other || self.depends(name, other))
    }

    fn conflict(&self, phase: &str, other: &str, key: &str, attr: Option<Attr>) -> Error {
        let what = attr
            .map(|attr| format!("the {} of ", attr.label()))
            .unwrap_or_default();
        let file = &self.system.file;
        let line = file
            .text
            .lines()
            .position(|line| line.starts_with("name") && line.contains(&format!("\"{phase}\"")));
        let message = format!(
            "phase {phase} changes {what}{key}, which phase {other} brings or changes too, and does not depend on it"
        );
        Error::new(ErrorKind::Catalog, message)
            .at(Location::at_line(
                &file.path,
                &file.text,
                line.unwrap_or(0) as u32 + 1,
            ))
            .hint(format!(
                "Add \"{other}\" to depends_on of phase {phase}, or change it in one phase only."
            ))
    }
}
