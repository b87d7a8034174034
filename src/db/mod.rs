//! The only module that talks to servers: connections, locks, the dev server, SQL errors.
pub mod dev;
pub mod session;
pub use session::{Cancel, Session};
