//! A private PostgreSQL server with the settings that `initdb` gives: what is measured is durable.

use super::binaries::{as_server_user, bindir, own};
use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PORT: u16 = 5432;
const SUPERUSER: &str = "postgres";

/// A server that stops, and whose files go, with this value.
pub struct Cluster {
    dir: tempfile::TempDir,
    server: Child,
}

impl Cluster {
    /// Below `parent`, which decides what a flush to disk costs.
    pub fn start(parent: &Path) -> Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("pgphase-bench-")
            .tempdir_in(parent)?;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755))?;
        let data = dir.path().join("data");
        let socket = dir.path().join("socket");
        for path in [&data, &socket] {
            fs::create_dir(path)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
            own(path);
        }
        let mut initdb = Command::new(bindir().join("initdb"));
        initdb.arg("-D").arg(&data);
        initdb.args(["-U", SUPERUSER, "-A", "trust", "--no-instructions"]);
        run(as_server_user(initdb))?;
        let log = fs::File::create(dir.path().join("log"))?;
        let mut server = Command::new(bindir().join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&socket);
        server.args(["-p", &PORT.to_string(), "-c", "listen_addresses="]);
        let server = as_server_user(server)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("postgres")?;
        let cluster = Self { dir, server };
        cluster.wait()?;
        Ok(cluster)
    }

    fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.sql("postgres", "select 1").is_err() {
            ensure!(Instant::now() < deadline, "the server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// A folder for the benchmark's own files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The server's socket.
    pub fn socket(&self) -> PathBuf {
        self.dir
            .path()
            .join("socket")
            .join(format!(".s.PGSQL.{PORT}"))
    }

    /// Connection string over the socket.
    pub fn url(&self, database: &str) -> String {
        let socket = self.dir.path().join("socket");
        format!(
            "postgresql://{SUPERUSER}@/{database}?host={}",
            socket.display()
        )
    }

    /// Connection string over a TCP port of this machine.
    pub fn tcp_url(database: &str, port: u16) -> String {
        format!("postgresql://{SUPERUSER}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// Runs one statement through psql; gives what it printed.
    pub fn sql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(psql());
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql]);
        psql.arg(self.url(database));
        run(psql)
    }

    /// A fresh copy of a database, with nothing left to write to disk for whoever comes next.
    pub fn copy(&self, template: &str, database: &str) -> Result<()> {
        self.sql("postgres", &format!("drop database if exists {database}"))?;
        self.sql(
            "postgres",
            &format!("create database {database} template {template}"),
        )?;
        self.sql("postgres", "checkpoint")?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.server);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        let _ = self.server.wait();
    }
}

/// The client beside the server's binaries where there is one: what Debian has on the PATH is a script that looks for it.
pub fn psql() -> String {
    let beside = bindir().join("psql");
    if beside.exists() {
        beside.to_string_lossy().into_owned()
    } else {
        "psql".to_owned()
    }
}

/// Runs a command that must succeed; gives its output.
pub fn run(mut command: Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} cannot be run"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
