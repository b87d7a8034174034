//! Private PostgreSQL servers for tests.
//!
//! `Cluster::shared()` is one server for the whole test run, also when every test is a process of its own: the first
//! that needs it starts it, the others find it. Every process that uses it touches a file each second; a supervisor
//! (a shell loop, the server's parent) stops the server and removes its files a minute after the last touch. So
//! nothing but an empty lock file is left behind, not even after `kill -9`.
//!
//! `PGPHASE_TEST_BINDIR` chooses the binaries; without it, the newest of `/usr/lib/postgresql/*/bin`, else those on
//! the PATH. As root, servers run as user `postgres`, else `nobody`.

use super::binaries::{as_server_user, bindir, own, write_private};
use pgphase::db::{Environment, Session, Target, connect};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The port of every cluster: part of the socket's name, and the TCP port only where a test listens.
const PORT: u16 = 5432;
/// Until a server must answer; machines of continuous integration can be slow.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Fast rather than durable; room for many tests at once.
const SETTINGS: [(&str, &str); 8] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("max_connections", "200"),
    ("wal_level", "logical"),
    ("max_wal_senders", "4"),
    ("max_prepared_transactions", "8"),
    ("autovacuum_naptime", "60min"),
];

/// $1 postgres, $2 the cluster's directory, then postgres' arguments. The directory is moved before the server stops, so
/// that whoever comes meanwhile makes a new one, which is not removed with the old.
const SUPERVISOR: &str = r#"
bin=$1; dir=$2; shift 2
"$bin" "$@" >>"$dir/log" 2>&1 &
pid=$!
while kill -0 $pid 2>/dev/null && [ -n "$(find "$dir/beat" -mmin -1 2>/dev/null)" ]; do sleep 1; done
mv "$dir" "$dir.$pid"
kill -INT $pid 2>/dev/null
wait $pid
rm -rf "$dir.$pid"
"#;

/// A running server.
pub struct Cluster {
    dir: PathBuf,
    port: u16,
    private: bool,
}

/// A database of a cluster, dropped with this value.
pub struct Database<'a> {
    pub cluster: &'a Cluster,
    pub name: String,
    login: String,
}

/// A cluster with settings of its own.
#[derive(Default)]
pub struct Builder {
    settings: Vec<(String, String)>,
    hba: Option<String>,
    files: Vec<(String, String)>,
    tcp: bool,
}

impl Builder {
    /// A line of postgresql.conf.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// All of pg_hba.conf; without it, everybody may do everything.
    pub fn hba(mut self, text: &str) -> Self {
        self.hba = Some(text.into());
        self
    }

    /// A file in the data directory, readable by the server alone.
    pub fn file(mut self, name: &str, content: &str) -> Self {
        self.files.push((name.into(), content.into()));
        self
    }

    /// Listens on 127.0.0.1, on a port that was free a moment ago.
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Starts it; it stops when the value is dropped.
    pub fn start(self) -> Cluster {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("pgphase-test-{}-{number}", std::process::id());
        let dir = temp_dir().join(name);
        let port = if self.tcp { free_port() } else { PORT };
        let cluster = Cluster {
            dir,
            port,
            private: true,
        };
        cluster.launch(&self);
        cluster
    }
}

impl Cluster {
    /// The server that all tests share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| {
            // Short, whatever the directory of the binaries: a socket's path has room for some hundred bytes.
            let mut hasher = DefaultHasher::new();
            bindir().hash(&mut hasher);
            let (user, key) = (rustix::process::geteuid(), hasher.finish() as u32);
            let dir = temp_dir().join(format!("pgphase-test-{user}-{key:08x}"));
            let cluster = Self {
                port: PORT,
                private: false,
                dir,
            };
            let lock = File::create(cluster.dir.with_extension("lock")).expect("a lock file");
            lock.lock().expect("the lock");
            // Beat first: from here on the supervisor will not stop a server that is still there.
            if !(cluster.beat().is_ok() && cluster.answers()) {
                cluster.launch(&Builder::default());
            }
            cluster.keep_beating();
            cluster
        })
    }

    /// For a server with settings of its own.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An empty database of that name, with something added that makes it unique.
    pub fn database(&self, name: &str) -> Database<'_> {
        self.database_with(name, "", "postgres")
    }

    /// The same with options of `create database`; `login` is the role that uses it.
    pub fn database_with(&self, name: &str, options: &str, login: &str) -> Database<'_> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{name}_{}_{number}", std::process::id());
        self.execute(&format!("create database \"{name}\" {options}"));
        self.named(&name, login)
    }

    /// A database that is there.
    pub fn named(&self, name: &str, login: &str) -> Database<'_> {
        Database {
            cluster: self,
            name: name.to_owned(),
            login: login.to_owned(),
        }
    }

    /// The server's socket directory.
    pub fn socket_dir(&self) -> &Path {
        &self.dir
    }

    /// TCP port, or the number in the socket's name.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the superuser `postgres` gets into a database by the socket.
    pub fn target(&self, dbname: &str) -> Target {
        let url = self.url(dbname);
        Target::parse(&url, &Environment::from_vars([("HOME", "/nonexistent")])).expect("a URL")
    }

    /// The same as a URL.
    pub fn url(&self, dbname: &str) -> String {
        self.url_as("postgres", dbname)
    }

    /// The same for another role.
    pub fn url_as(&self, role: &str, dbname: &str) -> String {
        format!(
            "postgres://{role}@/{dbname}?host={}&port={}",
            self.dir.display(),
            self.port
        )
    }

    /// Runs statements as superuser in database `postgres`.
    pub fn execute(&self, sql: &str) {
        self.execute_in("postgres", sql);
    }

    /// Runs statements as superuser.
    pub fn execute_in(&self, dbname: &str, sql: &str) {
        let target = self.target(dbname);
        let result = blocking(async {
            let session = connect(&target).await.map_err(|error| error.to_string())?;
            let result = session.client.batch_execute(sql).await;
            session.close().await;
            result.map_err(|error| {
                error
                    .as_db_error()
                    .map_or_else(|| error.to_string(), ToString::to_string)
            })
        });
        result.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// What the server wrote to its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    fn launch(&self, builder: &Builder) {
        let bindir = bindir();
        let _ = fs::remove_dir_all(&self.dir);
        fs::create_dir_all(&self.dir).expect("a directory for the cluster");
        own(&self.dir);
        self.beat().expect("the beat file");
        let data = self.dir.join("data");
        let mut initdb = as_server_user(Command::new(bindir.join("initdb")));
        initdb.arg("-D").arg(&data);
        initdb.args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
        ]);
        let made = initdb.stdin(Stdio::null()).output().expect("initdb runs");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let hba = builder.hba.iter().map(|hba| ("pg_hba.conf", hba));
        let files = builder
            .files
            .iter()
            .map(|(name, content)| (name.as_str(), content));
        for (name, content) in hba.chain(files) {
            write_private(&data.join(name), content);
        }
        write_private(&data.join("postgresql.conf"), &self.configuration(builder));
        self.spawn(&bindir.join("postgres"), &data);
        self.wait_until_it_answers();
        if self.private {
            self.keep_beating();
        }
    }

    /// In the file rather than on the command line, so that a test can change them with `alter system`.
    fn configuration(&self, builder: &Builder) -> String {
        let listen = if builder.tcp { "127.0.0.1" } else { "" };
        let (port, sockets) = (self.port.to_string(), self.dir.display().to_string());
        let place = [
            ("listen_addresses", listen),
            ("port", &port),
            ("unix_socket_directories", &sockets),
        ];
        let own = builder
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let line = |(name, value): (&str, &str)| format!("{name} = '{value}'\n");
        SETTINGS
            .into_iter()
            .chain(place)
            .chain(own)
            .map(line)
            .collect()
    }

    fn spawn(&self, postgres: &Path, data: &Path) {
        let mut command = as_server_user(Command::new("/bin/sh"));
        command
            .args(["-c", SUPERVISOR, "supervisor"])
            .arg(postgres)
            .arg(&self.dir);
        command.arg("-D").arg(data);
        // A group of its own: who stops one test must not stop the server of the others.
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut supervisor = command.spawn().expect("the server starts");
        std::thread::spawn(move || supervisor.wait());
    }

    fn wait_until_it_answers(&self) {
        let start = Instant::now();
        while !self.answers() {
            assert!(
                start.elapsed() < START_LIMIT,
                "the server does not start:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn answers(&self) -> bool {
        let socket = self.dir.join(format!(".s.PGSQL.{}", self.port));
        socket.exists()
            && blocking(async {
                match connect(&self.target("postgres")).await {
                    Ok(session) => {
                        session.close().await;
                        true
                    }
                    Err(_) => false,
                }
            })
    }

    fn beat(&self) -> std::io::Result<()> {
        fs::write(self.dir.join("beat"), "")
    }

    fn keep_beating(&self) {
        let beat = self.dir.join("beat");
        std::thread::spawn(move || {
            while beat.exists() && fs::write(&beat, "").is_ok() {
                std::thread::sleep(Duration::from_secs(1));
            }
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The supervisor stops the server when there is no beat, and removes the directory.
        if self.private {
            let _ = fs::remove_file(self.dir.join("beat"));
        }
    }
}

impl Database<'_> {
    /// How to get in as superuser.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// How to get in as the role that uses the database.
    pub fn login_url(&self) -> String {
        self.cluster.url_as(&self.login, &self.name)
    }

    /// How to get in as superuser.
    pub fn target(&self) -> Target {
        self.cluster.target(&self.name)
    }

    /// Runs statements as superuser.
    pub fn execute(&self, sql: &str) {
        self.cluster.execute_in(&self.name, sql);
    }

    /// A session of the superuser.
    pub async fn session(&self) -> Session {
        connect(&self.target())
            .await
            .expect("the test database lets its superuser in")
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.cluster
                .execute(&format!("drop database \"{}\" with (force)", self.name));
        }
    }
}

/// Runs a future to its end, inside another runtime too.
pub fn blocking<T: Send>(future: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| {
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime").block_on(future)
        };
        scope.spawn(run).join().expect("the future does not panic")
    })
}

/// Short, for the same reason.
fn temp_dir() -> PathBuf {
    PathBuf::from("/tmp")
}

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
