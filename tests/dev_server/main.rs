//! The dev server on this machine's PostgreSQL: found or started, shared, stopped, and what goes wrong.

mod binaries;
mod homes;
mod leftovers;
mod runs;
mod support;
mod verbs;

#[cfg(feature = "embedded")]
mod embedded;
