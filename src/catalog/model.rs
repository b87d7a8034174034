//! What a system's files say, as data.

use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// One database's design: a folder with `system.toml`.
#[derive(Debug, Clone)]
pub struct System {
    /// The folder's name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// One sentence.
    pub description: String,
    /// What the system presupposes.
    pub platform: Platform,
    /// Oldest supported server major.
    pub min_server: u32,
    /// Meant on the dev server when nothing says which system.
    pub is_default: bool,
    /// Lock timeout of this system's migrations, if it wants another than the default.
    pub lock_timeout: Option<Duration>,
    /// Schemas that the snapshot covers.
    pub schemas: Vec<String>,
    /// Documented counts, checked when all phases are applied.
    pub counts: Counts,
    /// In order of their numbers.
    pub phases: Vec<Phase>,
    /// Upkeep, by name.
    pub tasks: Vec<Task>,
    /// The text of `schema.lock.json`.
    pub snapshot: Option<SourceFile>,
    /// `system.toml` itself.
    pub file: SourceFile,
}

/// What a system presupposes on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Schema auth, roles anon, authenticated and service_role, vault, publication supabase_realtime.
    Supabase,
    /// Nothing but PostgreSQL.
    Postgres,
}

/// Documented counts by name, for example `tables` or `indexes_min`.
pub type Counts = BTreeMap<String, u32>;

/// A bounded context of a system.
#[derive(Debug, Clone)]
pub struct Phase {
    /// Never changes once released: it is the upper part of the migrations' versions.
    pub number: u32,
    /// Lower case, digits, underscore.
    pub name: String,
    /// What it is about.
    pub domain: String,
    /// Names of the phases that must be applied before.
    pub depends_on: Vec<String>,
    /// What it brings to schema public.
    pub counts: Counts,
    /// Functions of this phase that anon may execute, as `public.f(integer, text)`.
    pub anon_execute: Vec<String>,
    /// Line of its `[[phase]]` in `system.toml`, from 1.
    pub line: u32,
    /// Versioned files, in order.
    pub migrations: Vec<Migration>,
    /// Repeatable files, in name order.
    pub repeatables: Vec<Repeatable>,
    /// Reference data.
    pub seed: Option<Seed>,
    /// Behaviour checks.
    pub verify: Option<SourceFile>,
}

/// A text file with its checksum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path as a user would write it.
    pub path: String,
    /// Without byte order mark, line ends normalised.
    pub text: String,
    /// SHA-256 of `text`, lower-case hexadecimal.
    pub sha256: String,
}

/// A versioned file of a phase.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Phase number · 10^15 + file number.
    pub version: i64,
    /// The NNN of the file's name.
    pub number: i64,
    /// File name without extension: `001_schema`.
    pub name: String,
    /// What it does.
    pub up: SourceFile,
    /// What undoes it.
    pub down: Option<SourceFile>,
    /// Runs outside a transaction.
    pub no_transaction: bool,
}

/// An idempotent file, applied again whenever its text changes.
#[derive(Debug, Clone)]
pub struct Repeatable {
    /// File name without extension: `R_functions`.
    pub name: String,
    /// What it does.
    pub up: SourceFile,
    /// What undoes it.
    pub down: SourceFile,
}

/// A phase's `seed.toml`.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The file itself.
    pub file: SourceFile,
    /// In file order.
    pub tables: Vec<SeedTable>,
}

/// Reference rows of one table.
#[derive(Debug, Clone)]
pub struct SeedTable {
    /// Schema-qualified.
    pub schema: String,
    /// Table name.
    pub table: String,
    /// Columns that identify a row.
    pub key: Vec<String>,
    /// Kept as in the file, or only filled in.
    pub mode: SeedMode,
    /// All columns that any row gives, key first.
    pub columns: Vec<String>,
    /// Rows, in file order.
    pub rows: Vec<SeedRow>,
    /// Line of the `[[table]]` header in the seed file, from 1.
    pub line: u32,
}

/// What happens to rows that exist already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SeedMode {
    /// The listed columns are kept as in the file.
    Sync,
    /// Only missing keys are added.
    Insert,
}

/// One row of a seed.
#[derive(Debug, Clone)]
pub struct SeedRow {
    /// Values by column; a column that is not there keeps its default.
    pub values: BTreeMap<String, SeedValue>,
    /// Line in the seed file, from 1.
    pub line: u32,
}

/// A value of a seed.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedValue {
    /// SQL's null, written `{ null = true }`.
    Null,
    /// Anything that JSON can say; arrays become array columns where the column is one.
    Json(serde_json::Value),
    /// A column of another table's row.
    Ref {
        /// Schema of the referenced table.
        schema: String,
        /// Referenced table.
        table: String,
        /// The column whose value is taken: `id` unless the reference says `schema.table(column)`.
        column: String,
        /// Which row: column and value.
        key: BTreeMap<String, SeedValue>,
    },
}

/// A file of `tasks/`.
#[derive(Debug, Clone)]
pub struct Task {
    /// File name without extension.
    pub name: String,
    /// One line.
    pub title: String,
    /// How often, in seconds.
    pub every: Duration,
    /// As it was written: `5 minutes`.
    pub every_text: String,
    /// The phase that must be applied.
    pub phase: String,
    /// Why, and what it does.
    pub description: Option<String>,
    /// The file.
    pub file: SourceFile,
}

/// A file of `queries/`.
#[derive(Debug, Clone)]
pub struct Query {
    /// File name without extension.
    pub name: String,
    /// One line.
    pub title: String,
    /// The phase that must be applied.
    pub phase: String,
    /// Why, and what it answers.
    pub description: Option<String>,
    /// In file order.
    pub params: Vec<Param>,
    /// Changes data; others run in a read-only transaction.
    pub writes: bool,
    /// The file.
    pub file: SourceFile,
}

/// A parameter of a [`Query`], written `:name` in its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Param {
    /// Lower case, digits, underscore.
    pub name: String,
    /// Its type in SQL.
    #[serde(rename = "type")]
    pub type_name: String,
    /// What it is when it is not given, as text in PostgreSQL's input format; without one it must be given.
    pub default: Option<String>,
    /// What it is.
    pub about: String,
}

impl System {
    /// The phase of that name.
    pub fn phase(&self, name: &str) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.name == name)
    }

    /// The phase of that number.
    pub fn phase_number(&self, number: u32) -> Option<&Phase> {
        self.phases.iter().find(|phase| phase.number == number)
    }
}

impl Phase {
    /// The folder's name: `phase_1_user_onboarding`.
    pub fn folder(&self) -> String {
        format!("phase_{}_{}", self.number, self.name)
    }
}
