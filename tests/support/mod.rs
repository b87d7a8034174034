//! What several integration tests need.

// Each test file uses its own part of it.
#![allow(dead_code)]

pub mod certs;
pub mod cluster;
