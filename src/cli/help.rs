//! What `--help` says below the flags: examples, and what the exit codes mean.

/// What the exit codes mean; the same for every verb.
const EXIT_CODES: &str = "\
Exit codes:
  0  done, and all is well
  1  done, and something was found (pending with --check, differences, drift)
  2  failed (a migration, a seed or a verification failed; an applied file was changed)
  3  could not run (usage, configuration, connection, permission, lock held)";

/// Examples of the tool as a whole, and where system and database come from.
pub const TOP: &str = "\
  pgphase migrate up --dev                   build the system that comes along, on the dev server
  pgphase --dir phases migrate plan          what would be done, and why
  pgphase verify --deep                      is the database what the files say?
  pgphase init && pgphase migrate up --dev   a system of your own

Which database: --database-url, --env NAME, DATABASE_URL (also from .env), PGHOST and the like, else the dev server.
Which system:   --system, pgphase.toml, the only one in --dir, the one the database holds, else the default one (dev server only).";

pub const INIT: &str = "\
  pgphase init                               named after this folder
  pgphase init bookshop --platform supabase";

pub const MIGRATE: &str = "\
  pgphase migrate plan                       what is to do, why, and what may hurt
  pgphase migrate up --dev                   on the dev server
  pgphase migrate status                     files and history side by side";

pub const PLAN: &str = "\
  pgphase migrate plan                       what is to do, why, and what may hurt
  pgphase migrate plan --phase 4 --sql       phase 4 and what it needs, with the SQL
  pgphase migrate plan --check               exit 1 if anything is to do";

pub const UP: &str = "\
  pgphase migrate up --dev
  pgphase migrate up --phase 1               the first phase, and what it needs
  pgphase migrate up --phase 7 --only        refuse if something that phase 7 needs is missing
  pgphase migrate up --dry-run               the exact SQL; nothing is changed
  pgphase migrate up --single-transaction    all or nothing";

pub const DOWN: &str = "\
  pgphase migrate down --phase 7
  pgphase migrate down --phase 3 --with-dependents
  pgphase migrate down --to 2                phase 2 stays, what comes after it goes
  pgphase migrate down --all --yes";

pub const STATUS: &str = "\
  pgphase migrate status
  pgphase migrate status --check             exit 1 if anything is pending, 2 if an applied file was changed
  pgphase migrate status --format json";

pub const NEW: &str = "\
  pgphase migrate new add_index --phase 3
  pgphase migrate new add_index --phase 3 --no-transaction     for `create index concurrently`
  pgphase migrate new functions --phase 3 --repeatable
  pgphase migrate new billing --new-phase --depends-on user_onboarding";

pub const EXPORT: &str = "\
  pgphase migrate export -o out
  pgphase migrate export -o supabase/migrations --per-phase-only";

pub const SEED: &str = "\
  pgphase seed                               insert what is missing, update what differs
  pgphase seed --phase 4
  pgphase seed --check                       exit 1 where the database differs";

pub const VERIFY: &str = "\
  pgphase verify                             the applied phases
  pgphase verify --all-phases                every phase must be applied
  pgphase verify --phase 3                   one phase
  pgphase verify --deep                      behaviour too, in transactions that are rolled back
  pgphase verify --drift                     also what is there and should not be";

pub const SNAPSHOT: &str = "\
  pgphase --dir phases snapshot write
  pgphase --dir phases snapshot write --check    exit 1 if the committed one is old";

pub const SYSTEMS: &str = "\
  pgphase systems                            those in the binary
  pgphase --dir phases systems               those in a folder";

pub const PLATFORM: &str = "\
  pgphase --database-url postgres://localhost/app platform status      exit 1 if a part is missing
  pgphase --database-url postgres://localhost/app platform install
  pgphase --database-url postgres://localhost/app platform uninstall --yes

On the dev server, `migrate up` brings the stand-in by itself.";

pub const DEV: &str = "\
  pgphase dev start                          leave it running
  pgphase dev url                            for another program
  pgphase dev psql -c 'select version()'
  pgphase dev reset --yes                    start afresh";

pub const COMPLETIONS: &str = "\
  pgphase completions bash > ~/.local/share/bash-completion/completions/pgphase
  pgphase completions zsh > ~/.zfunc/_pgphase";

pub const MAN: &str = "\
  pgphase man | man -l -
  pgphase man -o ~/.local/share/man/man1";

/// Examples and exit codes. The texts above begin without their indentation: a line continuation eats it.
pub fn with(examples: &str) -> String {
    format!("Examples:\n  {examples}\n\n{EXIT_CODES}")
}
