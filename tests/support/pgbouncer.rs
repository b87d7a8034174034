//! A PgBouncer in front of a cluster, for the tests that need one.

use super::binaries::{as_server_user, own};
use super::cluster::{Cluster, free_port};
use pgphase::db::{Environment, Target};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running pooler; it ends with this value.
pub struct PgBouncer {
    child: Child,
    dir: tempfile::TempDir,
    port: u16,
}

/// Where the program is; Debian keeps it out of users' PATH.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/opt/homebrew/bin".into()])
        .map(|dir: PathBuf| dir.join("pgbouncer"))
        .find(|program| program.exists())
}

impl PgBouncer {
    /// Starts one in the given `pool_mode`. Nothing where PgBouncer is not installed and `PGPHASE_TEST_PGBOUNCER` does
    /// not insist on it.
    pub fn start(cluster: &Cluster, pool_mode: &str, settings: &str) -> Option<Self> {
        let Some(program) = program() else {
            let insists = std::env::var_os("PGPHASE_TEST_PGBOUNCER").is_some();
            assert!(
                !insists,
                "PGPHASE_TEST_PGBOUNCER is set, but there is no pgbouncer"
            );
            return None;
        };
        let dir = tempfile::tempdir_in("/tmp").expect("a directory");
        own(dir.path());
        let port = free_port();
        let ini = dir.path().join("pgbouncer.ini");
        // auth_type = any lets everybody in, as the user of the database's line.
        let text = format!(
            "[databases]\n* = host={} port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\nauth_file =\npool_mode = {pool_mode}\n\
             logfile = {}/log\n{settings}\n",
            cluster.socket_dir().display(),
            cluster.port(),
            dir.path().display(),
        );
        fs::write(&ini, text).expect("its configuration");
        own(&ini);
        let mut command = as_server_user(Command::new(program));
        command
            .arg("-q")
            .arg(&ini)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("pgbouncer starts");
        let pooler = Self { child, dir, port };
        pooler.wait();
        Some(pooler)
    }

    fn wait(&self) {
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let log = || fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "pgbouncer does not start: {}",
                log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its TCP port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A database through the pooler.
    pub fn target(&self, dbname: &str) -> Target {
        // auth_type = any lets everybody in, as the user of the database's line.
        let text = format!(
            "host=127.0.0.1 port={} user=postgres dbname={dbname}",
            self.port
        );
        let env = Environment::from_vars([("HOME", "/nonexistent")]);
        Target::parse(&text, &env).expect("a connection string")
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
