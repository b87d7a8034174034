//! A plan is printable data; execution only walks it.

use crate::catalog::System;
use crate::catalog::sql::Object;
use crate::catalog::sql::hazards::Hazard;
use crate::history::FileKind;
use serde::Serialize;

/// What a run will do, in order.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// The system's name.
    pub system: String,
    /// Every file, in order.
    pub steps: Vec<Step>,
    /// Which steps go together; indexes into `steps`.
    #[serde(skip)]
    pub transactions: Vec<Transaction>,
    /// How many files of the chosen phases are applied already.
    pub already_applied: usize,
    /// What is worth saying although nothing stops.
    pub notes: Vec<String>,
    /// What the files of new phases create, and what must not be there yet.
    #[serde(skip)]
    pub creates: Vec<Object>,
}

impl Plan {
    /// Nothing is to do yet.
    pub(super) fn of(system: &System) -> Self {
        Self {
            system: system.name.clone(),
            steps: Vec::new(),
            transactions: Vec::new(),
            already_applied: 0,
            notes: Vec::new(),
            creates: Vec::new(),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Names of the phases that the plan touches, in order.
    pub fn phases(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for step in &self.steps {
            if names.last() != Some(&step.phase.as_str()) {
                names.push(&step.phase);
            }
        }
        names
    }
}

/// One file of a plan.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Number of the phase.
    #[serde(rename = "phase")]
    pub phase_number: u32,
    /// Name of the phase.
    #[serde(rename = "name")]
    pub phase: String,
    /// The phase's folder and the file.
    #[serde(rename = "step")]
    pub name: String,
    /// File name without extension: `001_schema`, `R_functions`, `seed`.
    pub migration: String,
    /// How it is applied or reverted.
    pub kind: StepKind,
    /// Path of the file that runs.
    pub file: String,
    /// Why it is in the plan.
    pub reason: String,
    /// What may hurt.
    pub hazards: Vec<Hazard>,
    /// The exact SQL.
    pub sql: String,
    /// SHA-256 of the file that was, or will be, applied.
    #[serde(skip)]
    pub sha256: String,
    /// Of versioned files.
    #[serde(skip)]
    pub version: Option<i64>,
    /// Statements of a file outside a transaction that an earlier run has done.
    #[serde(skip)]
    pub resume_at: usize,
}

/// How a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A versioned file, applied once.
    Versioned,
    /// A versioned file outside a transaction.
    NoTransaction,
    /// An idempotent file.
    Repeatable,
    /// Reference data.
    Seed,
    /// A down file.
    Down,
    /// Only the history row goes: what the step did needs no undoing (reference data goes with its table).
    Forget,
}

impl StepKind {
    /// The kind of file in the history, for steps that apply one.
    pub fn file_kind(self) -> Option<FileKind> {
        match self {
            Self::Versioned => Some(FileKind::Versioned),
            Self::NoTransaction => Some(FileKind::NoTransaction),
            Self::Repeatable => Some(FileKind::Repeatable),
            Self::Seed => Some(FileKind::Seed),
            Self::Down | Self::Forget => None,
        }
    }
}

/// Steps that are committed together, or one file outside a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Indexes of the steps.
    pub steps: std::ops::Range<usize>,
    /// Phases whose facts are verified before the commit, by name.
    pub verify: Vec<String>,
    /// A single file that runs outside a transaction.
    pub outside: bool,
    /// The history is empty afterwards: the tool's schema goes too.
    pub last_revert: bool,
}
