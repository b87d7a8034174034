//! The only module that talks to servers: connections, locks, the dev server, SQL errors.
pub mod connect;
pub mod dev;
pub mod environment;
pub mod lock;
mod passfile;
pub mod pooler;
mod service;
pub mod session;
pub mod sql_error;
pub mod target;
pub mod tls;

pub use connect::connect;
pub use environment::Environment;
pub use session::{Cancel, Session};
pub use target::Target;
