//! Runs the real binary as a user does: nothing of the developer's environment, a folder of its own.

use super::cluster::Database;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An invocation to be made.
pub struct Pgphase {
    command: Command,
    /// Removed when the invocation is over.
    folder: tempfile::TempDir,
    shown: String,
}

/// An invocation that goes on.
pub struct Running {
    child: Child,
    readers: [std::thread::JoinHandle<String>; 2],
    _folder: tempfile::TempDir,
    shown: String,
    begun: Instant,
}

/// What an invocation said.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub took: Duration,
    shown: String,
}

impl Pgphase {
    /// Words, separated by blanks.
    pub fn new(words: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_pgphase"));
        command
            .args(words.split_whitespace())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null());
        Self {
            command,
            folder,
            shown: format!("pgphase {words}"),
        }
    }

    /// On this database, as the role that owns it.
    pub fn on(self, database: &Database<'_>) -> Self {
        let url = database.login_url();
        self.env("DATABASE_URL", url)
    }

    /// With the systems of this folder.
    pub fn dir(self, folder: &(impl AsRef<Path> + ?Sized)) -> Self {
        self.arg("--dir").arg(folder.as_ref())
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(' ');
        self.shown.push_str(&arg.as_ref().to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts it.
    pub fn spawn(mut self) -> Running {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("pgphase runs");
        let readers = [
            read(child.stdout.take().expect("stdout")),
            read(child.stderr.take().expect("stderr")),
        ];
        Running {
            child,
            readers,
            _folder: self.folder,
            shown: self.shown,
            begun: Instant::now(),
        }
    }

    /// Runs it to its end.
    pub fn run(self) -> Run {
        self.spawn().wait()
    }

    /// Runs it; it must succeed.
    pub fn ok(self) -> Run {
        self.run().exits(0)
    }

    /// Runs it; it must end with this code.
    pub fn fails(self, code: i32) -> Run {
        self.run().exits(code)
    }

    /// Runs it; the JSON on its stdout.
    pub fn json(self) -> Value {
        self.arg("--format").arg("json").ok().json()
    }
}

fn read(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8(bytes).expect("output is UTF-8")
    })
}

impl Running {
    pub fn wait(mut self) -> Run {
        let status = self.child.wait().expect("it ends");
        let [stdout, stderr] = self
            .readers
            .map(|reader| reader.join().expect("the output is read"));
        Run {
            code: status.code(),
            stdout,
            stderr,
            took: self.begun.elapsed(),
            shown: self.shown,
        }
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(sent.expect("kill runs").success(), "{} is gone", self.shown);
    }
}

impl Run {
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "exit code of {self}");
        self
    }

    /// Both streams together have this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text) || self.stderr.contains(text),
            "no {text:?} in {self}"
        );
        self
    }

    #[track_caller]
    pub fn says_not(self, text: &str) -> Self {
        assert!(
            !self.stdout.contains(text) && !self.stderr.contains(text),
            "{text:?} in {self}"
        );
        self
    }

    /// The JSON on stdout, which must be all that is there.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self}"))
    }

    /// The error's object on stdout.
    #[track_caller]
    pub fn error(&self) -> Value {
        self.json()["error"].clone()
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.code;
        write!(
            f,
            "`{}` ({code:?})\n--- stdout\n{}\n--- stderr\n{}",
            self.shown, self.stdout, self.stderr
        )
    }
}

impl Database<'_> {
    /// An invocation on this database.
    pub fn pgphase(&self, words: &str) -> Pgphase {
        Pgphase::new(words).on(self)
    }

    /// Runs a script with psql as the database's owner, stopping at the first error.
    #[track_caller]
    pub fn psql(&self, script: &Path) -> String {
        let run = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d"])
            .arg(self.login_url())
            .arg("-f")
            .arg(script)
            .env("PGOPTIONS", "-c client_min_messages=warning")
            .output()
            .expect("psql is there");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "psql -f {}: {said}", script.display());
        String::from_utf8_lossy(&run.stdout).into_owned()
    }

    /// The same with a script's text.
    #[track_caller]
    pub fn psql_text(&self, sql: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("script.sql");
        std::fs::write(&path, sql).expect("a file");
        self.psql(&path)
    }
}

/// The repository's folder.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Waits for what must come soon.
#[track_caller]
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < Duration::from_secs(30),
            "not within 30 s: {what}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
