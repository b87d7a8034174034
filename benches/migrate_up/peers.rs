//! Other migration tools, where `benches/peers` has installed them: one migration a phase, as plain SQL.

use anyhow::Result;
use std::path::{Path, PathBuf};

/// A tool that applies a folder of migrations.
pub struct Peer {
    /// What it is called.
    pub name: &'static str,
    program: PathBuf,
    args: fn(url: &str, folder: &str) -> Vec<String>,
}

/// Where `benches/peers` puts them.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/peers");

/// Those that are there.
pub fn installed() -> Vec<Peer> {
    let folder = Path::new(FOLDER);
    let known = [
        Peer {
            name: "node-pg-migrate",
            program: folder.join("node_modules/.bin/node-pg-migrate"),
            args: |_, folder| {
                strings(&[
                    "up",
                    "--migration-file-language",
                    "sql",
                    "--migrations-dir",
                    folder,
                ])
            },
        },
        Peer {
            name: "yoyo-migrations",
            program: folder.join("venv/bin/yoyo"),
            args: |url, folder| {
                strings(&[
                    "apply",
                    "--batch",
                    "--no-config-file",
                    "--database",
                    url,
                    folder,
                ])
            },
        },
    ];
    known
        .into_iter()
        .filter(|peer| peer.program.exists())
        .collect()
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

impl Peer {
    /// Program and arguments; the database is in `DATABASE_URL` as well.
    pub fn command(&self, url: &str, migrations: &Path) -> (String, Vec<String>) {
        let program = self.program.to_string_lossy().into_owned();
        (program, (self.args)(url, &migrations.to_string_lossy()))
    }
}

/// Writes a folder of migrations; the numbers are what node-pg-migrate takes for the time of their making.
pub fn write_migrations(phases: &[(String, String)], folder: &Path) -> Result<()> {
    std::fs::create_dir(folder)?;
    for (number, (name, text)) in phases.iter().enumerate() {
        let file = format!("{}_{name}.sql", 1_720_000_000_001 + number);
        std::fs::write(folder.join(file), text)?;
    }
    Ok(())
}
