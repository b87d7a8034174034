//! The engine as its users meet it: the real binary on a real PostgreSQL.

#[path = "../support/mod.rs"]
mod support;

mod changes;
mod concurrency;
mod down;
mod dry_run;
mod examples;
mod export;
mod failures;
mod history;
mod interrupt;
mod locks;
mod output;
mod outside;
mod passwords;
mod phases;
mod platform;
mod pooler;
mod projects;
mod protected;
mod read_only;
mod round_trips;
mod seed_failures;
mod seeds;
mod shell;
mod shipped;
mod tasks;
mod up;
mod verify;
