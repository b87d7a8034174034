//! Databases like Supabase's: the stand-in is there, and the role that owns the database is no superuser.
//!
//! Both templates are made once a server, by whichever test comes first, and copied from then on. Their names hold a
//! hash of everything they are made from.

use super::cli::{Pgphase, repository};
use super::cluster::{Cluster, Database, blocking};
use pgphase::catalog::Platform;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// Owns the databases, as `postgres` does on Supabase.
pub const OWNER: &str = "app_owner";

/// The owner, once a server; its rights on the platform, once a database.
const OWNER_ROLE: &str = "do $$ begin create role app_owner login nosuperuser createrole bypassrls;
    exception when duplicate_object or unique_violation then null; end $$";
const OWNER_RIGHTS: &str = include_str!("owner.sql");

impl Cluster {
    /// An empty database with the stand-in.
    pub fn supabase(&self, name: &str) -> Database<'_> {
        let template = self.template("supabase", &[&repository().join("platform")], |making| {
            install(self, making);
        });
        self.owned(name, &format!("template {template}"))
    }

    /// A database that holds all of StreamVibe.
    pub fn streamvibe(&self, name: &str) -> Database<'_> {
        let parts = [
            &repository().join("platform"),
            &repository().join("phases"),
            Path::new(env!("CARGO_BIN_EXE_pgphase")),
        ];
        let template = self.template("streamvibe", &parts, |making| {
            install(self, making);
            let database = std::mem::ManuallyDrop::new(self.named(making, OWNER));
            Pgphase::new("migrate up --system streamvibe")
                .on(&database)
                .ok();
        });
        self.owned(name, &format!("template {template}"))
    }

    /// An empty database of the owner, without the stand-in.
    pub fn plain(&self, name: &str) -> Database<'_> {
        self.execute(OWNER_ROLE);
        self.owned(name, "")
    }

    fn owned(&self, name: &str, options: &str) -> Database<'_> {
        self.database_with(name, &format!("owner {OWNER} {options}"), OWNER)
    }

    fn template(&self, kind: &str, parts: &[&Path], make: impl FnOnce(&str)) -> String {
        let name = format!("template_{kind}_{:x}", hash(parts));
        let making = format!("{name}_making");
        let lock = File::create(self.socket_dir().with_extension("template")).expect("a lock file");
        lock.lock().expect("the lock");
        if self.value(
            "postgres",
            &format!("select count(*) from pg_database where datname = '{name}'"),
        ) == "0"
        {
            self.execute(OWNER_ROLE);
            self.execute(&format!("drop database if exists {making} with (force)"));
            self.execute(&format!("create database {making} owner {OWNER}"));
            make(&making);
            self.execute(&format!("alter database {making} rename to {name}"));
        }
        name
    }
}

fn install(cluster: &Cluster, database: &str) {
    let target = cluster.target(database);
    blocking(async {
        let session = pgphase::db::connect(&target).await.expect("a connection");
        pgphase::platform::install(&session, Platform::Supabase)
            .await
            .expect("the stand-in");
        session.close().await;
    });
    cluster.execute_in(database, OWNER_RIGHTS);
}

fn hash(parts: &[&Path]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        add(part, &mut hasher);
    }
    OWNER_RIGHTS.hash(&mut hasher);
    hasher.finish()
}

fn add(path: &Path, hasher: &mut DefaultHasher) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder");
        let mut entries: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        entries.sort();
        entries.iter().for_each(|entry| add(entry, hasher));
    } else {
        path.hash(hasher);
        let meta = fs::metadata(path).expect("a file");
        meta.modified().expect("its time").hash(hasher);
        meta.len().hash(hasher);
    }
}
