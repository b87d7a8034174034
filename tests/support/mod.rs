//! What several integration tests need.

// Each test file uses its own part of it.
#![allow(dead_code)]

pub mod binaries;
pub mod certs;
pub mod cli;
pub mod cluster;
pub mod fake_server;
pub mod look;
pub mod pgbouncer;
pub mod platform;
pub mod project;
pub mod proxy;
