//! What verbs report, as data: stable keys for `--format json`, the same values for tables.

use serde::Serialize;
use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The database is not what the files say.
    Error,
    /// Worth a look; the database does what the files say.
    Warning,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub level: Level,
    /// The object by name, for example `index public.users_slug_idx`.
    pub object: String,
    /// What is wrong, in words.
    pub detail: String,
    /// In what way it differs; for callers that treat these differently.
    #[serde(skip)]
    pub what: What,
}

/// In what way an object is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// It should be there and is not.
    Missing,
    /// It is there, with other attributes.
    Different,
    /// It is there and should not be.
    Extra,
    /// It breaks a safety rule.
    Unsafe,
    /// A behaviour check failed.
    Failed,
    /// The snapshot cannot tell.
    Unknown,
}

impl Finding {
    /// A finding that makes verification fail.
    pub fn error(what: What, object: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            level: Level::Error,
            object: object.into(),
            detail: detail.into(),
            what,
        }
    }

    /// A finding that does not.
    pub fn warning(what: What, object: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            level: Level::Warning,
            object: object.into(),
            detail: detail.into(),
            what,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.detail)
    }
}

/// Something that was counted or tried, with what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// For example `tables`, or `user_onboarding: functions`.
    pub name: String,
    /// What should be; at least this many where the name says so.
    pub expected: u64,
    /// What is.
    pub actual: u64,
    /// Whether that is enough.
    pub ok: bool,
}

impl Check {
    /// Both must be equal.
    pub fn exactly(name: impl Into<String>, expected: u64, actual: u64) -> Self {
        Self {
            name: name.into(),
            expected,
            actual,
            ok: expected == actual,
        }
    }

    /// There may be more.
    pub fn at_least(name: impl Into<String>, expected: u64, actual: u64) -> Self {
        Self {
            name: name.into(),
            expected,
            actual,
            ok: actual >= expected,
        }
    }
}

/// Whether a database is what the files say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// No check failed and no finding is an error.
    pub ok: bool,
    /// Counts and rules, in a stable order.
    pub checks: Vec<Check>,
    /// What is wrong, errors first, by name.
    pub findings: Vec<Finding>,
}

impl VerifyReport {
    /// Sorts the findings and decides whether all is well.
    pub fn new(checks: Vec<Check>, mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        let ok = checks.iter().all(|check| check.ok)
            && findings.iter().all(|finding| finding.level != Level::Error);
        Self {
            ok,
            checks,
            findings,
        }
    }
}
