//! What the tests share: a home of their own, and runs in processes of their own.

use pgphase::db::dev::{DevEvent, DevOptions, DevServer, Engine};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A home that no other test uses; whatever still runs in it is stopped at the end.
pub struct Home {
    pub dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn options(&self) -> DevOptions {
        options(self.dir.path())
    }

    pub async fn acquire(&self) -> DevServer {
        DevServer::acquire(&self.options(), &mut |_| {})
            .await
            .unwrap()
    }

    /// The folder of the major that the tests run on.
    pub fn place(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .into_iter()
            .find(|path| path.join("start.lock").exists())
            .unwrap()
    }

    /// The live server, if there is one.
    pub fn running(&self) -> Option<u32> {
        running(self.dir.path())
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(pid) = self.running() {
            signal("-QUIT", pid);
            wait_until("the server of a test is gone", || self.running().is_none());
        }
    }
}

pub fn options(home: &Path) -> DevOptions {
    DevOptions {
        engine: Some(Engine::System),
        home: Some(home.to_owned()),
        wait: Duration::from_secs(30),
        ..DevOptions::from_env().unwrap()
    }
}

/// The process id in the pid file, if that process lives.
pub fn running(home: &Path) -> Option<u32> {
    let places = std::fs::read_dir(home).into_iter().flatten().flatten();
    places.into_iter().find_map(|place| {
        let text = std::fs::read_to_string(place.path().join("data/postmaster.pid")).ok()?;
        let pid: u32 = text.lines().next()?.parse().ok()?;
        alive(pid).then_some(pid)
    })
}

/// Whether a process lives and is no zombie.
pub fn alive(pid: u32) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

pub fn signal(signal: &str, pid: u32) {
    assert!(
        Command::new("kill")
            .args([signal, &pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "not within 20 s: {what}"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The notes among the events.
pub fn notes(events: &[DevEvent]) -> String {
    let text = events.iter().filter_map(|event| match event {
        DevEvent::Note(note) => Some(note.as_str()),
        _ => None,
    });
    text.collect::<Vec<_>>().join("\n")
}

/// One value of a query, as text.
pub async fn value(server: &DevServer, database: &str, query: &str) -> String {
    let session = server.session(database).await.unwrap();
    let row = session.client.query_one(query, &[]).await.unwrap();
    let value: String = row.get(0);
    session.close().await;
    value
}

/// A run of pgphase, as far as the dev server sees one: a process that uses it until told to go.
pub struct Run {
    child: Child,
    stdin: Option<ChildStdin>,
    out: BufReader<std::process::ChildStdout>,
}

const ROLE: &str = "DEV_SERVER_TEST_HOME";

impl Run {
    pub fn start(home: &Path) -> Self {
        Self::start_on(home, "system")
    }

    #[cfg(feature = "embedded")]
    pub fn start_embedded(home: &Path) -> Self {
        Self::start_on(home, "embedded")
    }

    fn start_on(home: &Path, engine: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["support::one_run", "--exact", "--ignored", "--nocapture"])
            .env(ROLE, home)
            .env("PGPHASE_DEV_ENGINE", engine)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, out }
    }

    /// Waits until it has the server, and returns the server's process id.
    pub fn server(&mut self) -> u32 {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(
                self.out.read_line(&mut line).unwrap() > 0,
                "the run ended without a server"
            );
            if let Some(pid) = line.trim().rsplit_once("server=").map(|(_, pid)| pid) {
                return pid.parse().unwrap();
            }
        }
    }

    pub fn leave(mut self) {
        drop(self.stdin.take());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

#[tokio::test]
#[ignore = "what the other tests start as a process of its own"]
async fn one_run() {
    let home = std::env::var_os(ROLE).expect("the home that the test gives");
    let engine = DevOptions::from_env().unwrap().engine;
    let options = DevOptions {
        engine,
        ..options(Path::new(&home))
    };
    let server = DevServer::acquire(&options, &mut |_| {}).await.unwrap();
    let session = server.open("run").await.unwrap();
    // A table of its own: `if not exists` does not help two that create one at the same time.
    let write = format!("create table run_{} as select 1 as i", std::process::id());
    session.client.batch_execute(&write).await.unwrap();
    session.close().await;
    writeln!(
        std::io::stdout(),
        "server={}",
        server.describe().pid.unwrap_or(0)
    )
    .unwrap();
    std::io::stdout().flush().unwrap();
    let stdin = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    stdin.await.unwrap().unwrap();
    server.release().await.unwrap();
}
