//! What people and programs see. Nothing else prints: data goes to stdout, talk to stderr.

mod dev;
mod error;
mod files;
mod json;
mod migrate;
mod platform;
mod printer;
mod progress;
mod snapshot;
mod table;
mod verify;

pub use dev::{dev_started, dev_status, dev_url};
pub use error::{error, usage};
pub use files::files;
pub use json::{Json, SCHEMA_VERSION};
pub use migrate::{SystemLine, lost_rows, outcome, plan, sql, status, systems};
pub use platform::platform;
pub use printer::{Paint, Printer};
pub use progress::Progress;
pub use snapshot::snapshot;
pub use table::{columns, pairs};
pub use verify::{seed_differences, verify};
