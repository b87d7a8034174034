//! The system, the server, and who is compared.

use super::args::Args;
use super::cluster::{self, Cluster};
use super::measure::{Taken, timed};
use super::peers::{self, Peer};
use super::script;
use anyhow::{Context as _, Result, ensure};
use pgphase::catalog::{self, Source, System};
use pgphase::db::{Environment, Target, connect};
use pgphase::inspect::Snapshot;
use pgphase::inspect::facts::{self, Facts, Scope};
use std::path::PathBuf;

const PGPHASE: &str = env!("CARGO_BIN_EXE_pgphase");

pub struct Bench {
    pub cluster: Cluster,
    system: System,
    script: PathBuf,
    migrations: PathBuf,
}

impl Bench {
    pub fn new(args: &Args) -> Result<Self> {
        let name = match &args.system {
            Some(name) => name.clone(),
            None => catalog::default_system(&Source::Embedded)?.context("which --system?")?,
        };
        let system = catalog::load(&Source::Embedded, &name)?;
        let file = system
            .snapshot
            .as_ref()
            .context("the system has no snapshot")?;
        let current = Snapshot::parse(file)?.is_current(&system);
        ensure!(
            current,
            "{} is not current: nothing would be verified",
            file.path
        );
        let parent =
            std::env::var_os("PGPHASE_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
        let cluster = Cluster::start(&parent)?;
        let phases = script::phases(&system)?;
        let (script, migrations) = (
            cluster.dir().join("all.sql"),
            cluster.dir().join("migrations"),
        );
        std::fs::write(
            &script,
            phases
                .iter()
                .map(|(_, text)| text.as_str())
                .collect::<String>(),
        )?;
        peers::write_migrations(&phases, &migrations)?;
        let bench = Self {
            cluster,
            system,
            script,
            migrations,
        };
        bench.cluster.sql("postgres", "create database ready")?;
        bench.pgphase(&bench.cluster.url("ready"), &["platform", "install"])?;
        Ok(bench)
    }

    fn pgphase(&self, url: &str, verb: &[&str]) -> Result<Taken> {
        let always = ["--system", &self.system.name, "--database-url", url];
        timed(PGPHASE, &[&always, verb].concat(), &[], self.cluster.dir())
    }

    /// `pgphase migrate up`.
    pub fn up(&self, url: &str) -> Result<Taken> {
        self.pgphase(url, &["migrate", "up", "--quiet"])
    }

    /// The whole system with psql, in one transaction.
    pub fn psql(&self, url: &str) -> Result<Taken> {
        let script = self.script.to_string_lossy();
        let args = [
            "-X",
            "-q",
            "-1",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
            &script,
            url,
        ];
        timed(&cluster::psql(), &args, &[], self.cluster.dir())
    }

    /// The shortest thing that psql can do.
    pub fn psql_idle(&self, url: &str) -> Result<Taken> {
        timed(
            &cluster::psql(),
            &["-X", "-q", "-c", "select 1", url],
            &[],
            self.cluster.dir(),
        )
    }

    /// Another tool's run over the same migrations.
    pub fn peer(&self, peer: &Peer, url: &str) -> Result<Taken> {
        let (program, args) = peer.command(url, &self.migrations);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        timed(
            &program,
            &args,
            &[("DATABASE_URL", url)],
            self.cluster.dir(),
        )
    }

    /// An empty database with the platform's stand-in.
    pub fn fresh(&self) -> Result<()> {
        self.cluster.copy("ready", "run")
    }

    /// Both end in the same catalogue and with as many reference rows; says what the system is.
    pub fn check_that_both_do_the_same(&self) -> Result<String> {
        let url = self.cluster.url("run");
        self.fresh()?;
        self.psql(&url)?;
        let (by_psql, rows_by_psql) = (self.facts(&url)?, self.rows()?);
        self.fresh()?;
        self.up(&url)?;
        ensure!(
            by_psql == self.facts(&url)?,
            "psql and pgphase end in different catalogues"
        );
        ensure!(
            rows_by_psql == self.rows()?,
            "psql and pgphase end with different reference data"
        );
        let text = std::fs::read_to_string(&self.script)?;
        Ok(format!(
            "{}: {} statements, {} facts",
            self.system.title,
            catalog::sql::split(&text).len(),
            by_psql.len()
        ))
    }

    fn facts(&self, url: &str) -> Result<Facts> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let session = connect(&Target::parse(url, &Environment::from_process())?).await?;
            session.client.batch_execute("begin").await?;
            let scope = Scope::Whole(self.system.schemas.clone());
            let facts = facts::read(&session.client, &scope).await?;
            session.close().await;
            Ok(facts)
        })
    }

    /// How many reference rows there are, table by table.
    fn rows(&self) -> Result<Vec<String>> {
        let seeds = self
            .system
            .phases
            .iter()
            .filter_map(|phase| phase.seed.as_ref());
        let tables = seeds.flat_map(|seed| &seed.tables);
        let names = tables.map(|table| format!("{}.{}", table.schema, table.table));
        names
            .map(|name| {
                self.cluster
                    .sql("run", &format!("select '{name}', count(*) from {name}"))
            })
            .collect()
    }
}
