//! Facts, snapshot, verification: a system with one object of each kind, each damage to it, and behaviour checks.

mod cases;
mod damage;
mod deep;
mod facts;
mod scene;
mod snapshot;
#[path = "../support/mod.rs"]
mod support;
mod verify;
