//! The snapshot: what a correctly migrated database has, as facts, by the phase that brings them.
//!
//! A phase may also change or remove what earlier ones brought. Changes are kept attribute by attribute, so that what a
//! database should have follows from whichever phases are applied, not from the order they were applied in.

mod build;
mod text;

use super::facts::{Attr, Fact, Facts, Value};
use crate::catalog::{Phase, System};
pub use build::build;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The format that this version of the tool writes and reads.
pub const FORMAT_VERSION: u32 = 1;

/// What the files of a system bring, by phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The system's name.
    pub system: String,
    /// The schemas that it covers.
    pub schemas: Vec<String>,
    /// In the order of the phases' numbers.
    pub phases: Vec<PhaseFacts>,
}

/// Attributes that change; none takes an attribute away.
pub type Changes = Vec<(Attr, Option<Value>)>;

/// What one phase brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhaseFacts {
    /// The phase's name.
    pub name: String,
    /// Digest of the files that the facts were made with.
    pub files: String,
    /// What was not there before.
    pub facts: BTreeMap<Box<str>, Fact>,
    /// What an earlier phase, or the platform, brought and this one changes.
    pub changes: BTreeMap<Box<str>, Changes>,
    /// What an earlier phase, or the platform, brought and this one drops.
    pub removes: BTreeSet<Box<str>>,
}

/// What a database with certain phases should have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected<'a> {
    /// Objects of the phases, complete.
    pub facts: BTreeMap<&'a str, Cow<'a, Fact>>,
    /// Objects of the platform, of which only these attributes are known.
    pub partial: BTreeMap<&'a str, BTreeMap<Attr, Option<&'a Value>>>,
    /// Objects that were dropped.
    pub absent: BTreeSet<&'a str>,
}

impl Snapshot {
    /// What a database should have where these phases are applied.
    pub fn expected(&self, applied: &[&str]) -> Expected<'_> {
        let mut expected = Expected::default();
        for phase in self
            .phases
            .iter()
            .filter(|phase| applied.contains(&phase.name.as_str()))
        {
            expected.apply(phase);
        }
        expected
    }

    /// Whether it was made with the files that the system has now.
    pub fn is_current(&self, system: &System) -> bool {
        self.system == system.name
            && self.schemas == system.schemas
            && self.phases.len() == system.phases.len()
            && self.stale_phases(system).is_empty()
    }

    /// Phases whose files are not those that the snapshot was made with, or that it does not know.
    pub fn stale_phases<'s>(&self, system: &'s System) -> Vec<&'s str> {
        let made_with = |phase: &&Phase| {
            self.phase(&phase.name)
                .is_none_or(|facts| facts.files != files_digest(phase))
        };
        system
            .phases
            .iter()
            .filter(made_with)
            .map(|phase| phase.name.as_str())
            .collect()
    }

    /// The phase of that name.
    pub fn phase(&self, name: &str) -> Option<&PhaseFacts> {
        self.phases.iter().find(|phase| phase.name == name)
    }
}

impl<'a> Expected<'a> {
    fn apply(&mut self, phase: &'a PhaseFacts) {
        for key in &phase.removes {
            self.facts.remove(&**key);
            self.partial.remove(&**key);
            self.absent.insert(key);
        }
        for (key, fact) in &phase.facts {
            self.absent.remove(&**key);
            self.facts.insert(key, Cow::Borrowed(fact));
        }
        for (key, changes) in &phase.changes {
            match self.facts.get_mut(&**key) {
                Some(fact) => {
                    let fact = fact.to_mut();
                    changes
                        .iter()
                        .for_each(|(attr, value)| fact.put(*attr, value.clone()));
                }
                None => {
                    let known = self.partial.entry(key).or_default();
                    known.extend(changes.iter().map(|(attr, value)| (*attr, value.as_ref())));
                }
            }
        }
    }

    /// The complete objects as facts of their own.
    pub fn to_facts(&self) -> Facts {
        let owned =
            |(key, fact): (&&str, &Cow<'_, Fact>)| (Box::from(*key), fact.clone().into_owned());
        Facts(self.facts.iter().map(owned).collect())
    }
}

/// One digest over the files that make a phase's schema.
pub fn files_digest(phase: &Phase) -> String {
    let versioned = phase.migrations.iter().map(|file| (&file.name, &file.up));
    let repeatable = phase.repeatables.iter().map(|file| (&file.name, &file.up));
    let mut digest = Sha256::new();
    for (name, file) in versioned.chain(repeatable) {
        digest.update(format!("{name} {}\n", file.sha256));
    }
    let hex = digest
        .finalize()
        .iter()
        .take(16)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    format!("sha256:{hex}")
}
