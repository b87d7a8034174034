//! The command line. Types only: what a flag means is in `settings` and `commands`.

mod help;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Apply PostgreSQL schemas in phases that depend on each other, and prove that the database is what the files say.
#[derive(Debug, Parser)]
#[command(
    name = "pgphase",
    version,
    max_term_width = 110,
    after_help = help::with(help::TOP),
    propagate_version = true
)]
pub struct Cli {
    /// Flags that every verb takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// Flags that every verb takes.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Which system and which database")]
pub struct Global {
    /// Take the systems from this folder on disk, not from the binary.
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub dir: Option<PathBuf>,
    /// The system to work on.
    #[arg(long, global = true, value_name = "NAME")]
    pub system: Option<String>,
    /// Connection string: postgres://user@host/database, or libpq's key=value form.
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A database by its name in pgphase.toml.
    #[arg(long = "env", global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Work as this role (SET ROLE).
    #[arg(long, global = true, value_name = "ROLE")]
    pub role: Option<String>,
    /// Use the dev server, whatever else is set.
    #[arg(long, global = true)]
    pub dev: bool,
    /// The dev server's engine: this machine's PostgreSQL, or the in-process one [env: PGPHASE_DEV_ENGINE].
    #[arg(long, global = true, value_name = "ENGINE")]
    pub dev_engine: Option<DevEngine>,
    /// Folder of PostgreSQL's binaries, for the dev server [env: PG_BINDIR].
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub pg_bindir: Option<PathBuf>,
    /// How data is printed on stdout.
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "table",
        help_heading = "Output"
    )]
    pub format: Format,
    /// Say nothing on stderr but errors.
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
    /// Colour: auto, always or never. NO_COLOR is honoured.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub color: ColorChoice,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs: stable keys, raw numbers.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Engine of the dev server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DevEngine {
    /// This machine's PostgreSQL.
    System,
    /// PostgreSQL in-process (Cargo feature `embedded`).
    Embedded,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Make a folder a project: pgphase.toml, .env.example and a first phase.
    #[command(after_help = help::with(help::INIT))]
    Init(InitArgs),
    /// Plan, apply, revert and export migrations.
    #[command(subcommand, after_help = help::with(help::MIGRATE))]
    Migrate(MigrateVerb),
    /// Write the reference data of the applied phases, or compare it.
    #[command(after_help = help::with(help::SEED))]
    Seed(SeedArgs),
    /// Prove that the database is what the files say.
    #[command(after_help = help::with(help::VERIFY))]
    Verify(VerifyArgs),
    /// Write or compare schema.lock.json, the committed picture of a correctly migrated database.
    #[command(subcommand, after_help = help::with(help::SNAPSHOT))]
    Snapshot(SnapshotVerb),
    /// List the systems of the binary, or of a folder.
    #[command(after_help = help::with(help::SYSTEMS))]
    Systems,
    /// Look at, bring or remove what a system presupposes on the server (Supabase).
    #[command(subcommand, after_help = help::with(help::PLATFORM))]
    Platform(PlatformVerb),
    /// Start, stop and use the dev server, a private PostgreSQL for development.
    #[command(subcommand, after_help = help::with(help::DEV))]
    Dev(DevVerb),
    /// Print a completion script for a shell.
    #[command(after_help = help::with(help::COMPLETIONS))]
    Completions {
        /// bash, zsh, fish, elvish or powershell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one page a verb into a folder.
    #[command(after_help = help::with(help::MAN))]
    Man {
        /// Write the pages here.
        #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
    },
}

/// `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Name of the first system; the folder's name by default.
    pub name: Option<String>,
    /// What the system presupposes.
    #[arg(long, default_value = "postgres", value_parser = ["postgres", "supabase"])]
    pub platform: String,
}

/// `migrate`.
#[derive(Debug, Subcommand)]
pub enum MigrateVerb {
    /// Show what `up` would do, and why.
    #[command(after_help = help::with(help::PLAN))]
    Plan(PlanArgs),
    /// Apply what is pending, verify it, and commit: one transaction a phase.
    #[command(after_help = help::with(help::UP))]
    Up(UpArgs),
    /// Revert phases; shows which rows are lost, and asks.
    #[command(after_help = help::with(help::DOWN))]
    Down(DownArgs),
    /// Show files and history side by side.
    #[command(after_help = help::with(help::STATUS))]
    Status(StatusArgs),
    /// Write an empty migration with its down file.
    #[command(after_help = help::with(help::NEW))]
    New(NewArgs),
    /// Write plain SQL files: for `supabase db push`, for psql, for a dashboard.
    #[command(after_help = help::with(help::EXPORT))]
    Export(ExportArgs),
}

/// Which phases.
#[derive(Debug, Clone, Default, Args)]
pub struct PhaseArgs {
    /// Only this phase (number or name) and what it needs; may be given several times.
    #[arg(long = "phase", value_name = "PHASE")]
    pub phases: Vec<String>,
    /// Do not add what the chosen phases need: refuse if something is missing.
    #[arg(long, requires = "phases")]
    pub only: bool,
    /// One transaction for the whole run.
    #[arg(long)]
    pub single_transaction: bool,
}

/// `migrate plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Which phases.
    #[command(flatten)]
    pub phases: PhaseArgs,
    /// Print the SQL too.
    #[arg(long)]
    pub sql: bool,
    /// Exit 1 if anything is to do.
    #[arg(long)]
    pub check: bool,
}

/// `migrate up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Which phases.
    #[command(flatten)]
    pub phases: PhaseArgs,
    /// Print the exact SQL and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How it waits.
    #[command(flatten)]
    pub waiting: WaitArgs,
}

/// How a run waits for locks.
#[derive(Debug, Clone, Default, Args)]
pub struct WaitArgs {
    /// How long a statement waits for a table's lock before its transaction is tried again [default: 5s].
    #[arg(long, value_name = "DURATION")]
    pub lock_timeout: Option<String>,
    /// Limit of a single statement; 0 means none [default: 0].
    #[arg(long, value_name = "DURATION")]
    pub statement_timeout: Option<String>,
    /// How long to wait for another run to end [default: 5m].
    #[arg(long, value_name = "DURATION")]
    pub lock_wait: Option<String>,
}

/// `migrate down`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("target").required(true).args(["phases", "to", "all"]))]
pub struct DownArgs {
    /// This phase (number or name); may be given several times.
    #[arg(long = "phase", value_name = "PHASE")]
    pub phases: Vec<String>,
    /// Everything after this phase.
    #[arg(long, value_name = "PHASE")]
    pub to: Option<String>,
    /// Everything.
    #[arg(long)]
    pub all: bool,
    /// Revert what depends on it as well.
    #[arg(long)]
    pub with_dependents: bool,
    /// Print the exact SQL and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    pub yes: bool,
    /// How it waits.
    #[command(flatten)]
    pub waiting: WaitArgs,
}

/// `migrate status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Exit 1 if anything is pending, 2 if an applied file was changed.
    #[arg(long)]
    pub check: bool,
}

/// `migrate new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What it does, in lower-case letters, digits and underscores; with --new-phase, the phase's name.
    pub description: String,
    /// The phase, by number or name.
    #[arg(long, value_name = "PHASE", required_unless_present = "new_phase")]
    pub phase: Option<String>,
    /// A repeatable file: R_description.sql.
    #[arg(long, conflicts_with = "new_phase")]
    pub repeatable: bool,
    /// A file that runs outside a transaction.
    #[arg(long, conflicts_with_all = ["repeatable", "new_phase"])]
    pub no_transaction: bool,
    /// A new phase with its first migration.
    #[arg(long, conflicts_with = "phase")]
    pub new_phase: bool,
    /// Phases that the new phase needs.
    #[arg(long, value_name = "PHASE", requires = "new_phase")]
    pub depends_on: Vec<String>,
    /// What the new phase is about.
    #[arg(long, value_name = "TEXT", requires = "new_phase")]
    pub domain: Option<String>,
}

/// `migrate export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder to write to.
    #[arg(long, short, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// Only the files for `supabase db push`, one a phase.
    #[arg(long)]
    pub per_phase_only: bool,
    /// Overwrite files that are there.
    #[arg(long)]
    pub force: bool,
    /// Version of the first file, YYYYMMDDHHMMSS; the others count on [default: now].
    #[arg(long, value_name = "VERSION")]
    pub timestamp: Option<String>,
}

/// `seed`.
#[derive(Debug, Args)]
pub struct SeedArgs {
    /// Compare only; exit 1 where the database differs.
    #[arg(long)]
    pub check: bool,
    /// Only this phase (number or name); may be given several times.
    #[arg(long = "phase", value_name = "PHASE")]
    pub phases: Vec<String>,
    /// How it waits.
    #[command(flatten)]
    pub waiting: WaitArgs,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Every phase must be applied.
    #[arg(long, conflicts_with = "phases")]
    pub all_phases: bool,
    /// Only this phase (number or name); may be given several times.
    #[arg(long = "phase", value_name = "PHASE")]
    pub phases: Vec<String>,
    /// Behaviour too: each phase's verify.sql, in a transaction that is rolled back.
    #[arg(long)]
    pub deep: bool,
    /// Also what is there and should not be.
    #[arg(long)]
    pub drift: bool,
}

/// `snapshot`.
#[derive(Debug, Subcommand)]
pub enum SnapshotVerb {
    /// Build the system in a scratch database, phase by phase, and write schema.lock.json.
    #[command(after_help = help::with(help::SNAPSHOT))]
    Write(SnapshotArgs),
}

/// `snapshot write`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// Compare only; exit 1 if the file is not current.
    #[arg(long)]
    pub check: bool,
    /// Do not prove the down files: apply only, do not revert and apply again.
    #[arg(long)]
    pub skip_down: bool,
}

/// `platform`.
#[derive(Debug, Subcommand)]
pub enum PlatformVerb {
    /// Show what is there of what the system presupposes.
    #[command(after_help = help::with(help::PLATFORM))]
    Status,
    /// Bring a stand-in for what is missing. Never touches a real platform's objects.
    #[command(after_help = help::with(help::PLATFORM))]
    Install,
    /// Take the stand-in away again.
    #[command(after_help = help::with(help::PLATFORM))]
    Uninstall {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
}

/// `dev`.
#[derive(Debug, Subcommand)]
pub enum DevVerb {
    /// Start the dev server and leave it running.
    #[command(after_help = help::with(help::DEV))]
    Start,
    /// Stop the dev server.
    #[command(after_help = help::with(help::DEV))]
    Stop,
    /// Show whether it runs, with which engine, and where.
    #[command(after_help = help::with(help::DEV))]
    Status,
    /// Print the connection string of the system's database on it.
    #[command(after_help = help::with(help::DEV))]
    Url,
    /// Throw all its data away.
    #[command(after_help = help::with(help::DEV))]
    Reset {
        /// Do not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Open psql on the system's database.
    #[command(after_help = help::with(help::DEV))]
    Psql {
        /// Arguments for psql.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}
