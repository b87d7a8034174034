//! Pure: a system's files, the history and a request become a plan. Nothing here sees a database.

mod divergence;
mod down;
mod export;
mod hazards;
mod model;
mod seed_sql;
mod status;
mod up;

pub use divergence::{check as check_divergence, check_system};
pub use down::{DownRequest, DownTarget, down};
pub use export::{ExportFile, export};
pub use model::{Plan, Step, StepKind, Transaction};
pub use seed_sql::{check_sql as seed_check_sql, rows_sql as seed_rows_sql, sql as seed_sql};
pub use status::{FileState, FileStatus, PhaseState, PhaseStatus, Status, status};
pub use up::{UpRequest, seed, up};
