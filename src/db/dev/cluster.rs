//! Makes a data directory, and starts a server on it.

use super::binaries::Binaries;
use super::home::{Place, SOCKET, cannot, server_folder};
use super::options::{DevEvent, OnEvent, failed};
use super::postmaster::{self, Postmaster};
use super::user::{ServerUser, text};
use crate::error::{Error, Result};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(2);
/// A server that replays a long log after a crash may take a while.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long the processes of a killed server may take to notice.
const REMAINS_LIMIT: Duration = Duration::from_secs(10);

/// A development server forgets durability and keeps everything else as users have it.
const SETTINGS: [&str; 9] = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "wal_level=logical",
    "shared_buffers=64MB",
    "max_wal_size=512MB",
    "jit=off",
    "log_checkpoints=off",
    "cluster_name=pgphase-dev",
];

/// Makes the data directory if it is missing; one that was begun and not finished never counts.
///
/// # Errors
/// `initdb` fails, or what is there belongs to another major.
pub async fn ensure(
    place: &Place,
    binaries: &Binaries,
    user: &ServerUser,
    on_event: OnEvent<'_>,
) -> Result<()> {
    if place.data.exists() {
        return check_major(place, binaries);
    }
    let version = binaries.version.clone();
    on_event(DevEvent::Initialising {
        version,
        directory: place.data.clone(),
    });
    let half = place.dir.join("data.new");
    remove_tree(&half)?;
    if let Err(refused) = initdb(&half, "C.UTF-8", binaries, user).await? {
        // Older systems have no C.UTF-8.
        if !refused.contains("locale") {
            return Err(initdb_failed(binaries, &refused));
        }
        remove_tree(&half)?;
        let again = initdb(&half, "C", binaries, user).await?;
        again.map_err(|refused| initdb_failed(binaries, &refused))?;
    }
    std::fs::rename(&half, &place.data).map_err(|error| cannot("rename", &half, &error))
}

/// Removes a folder and all in it, if it is there.
///
/// # Errors
/// The system refuses.
pub fn remove_tree(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(cannot("remove", path, &error))
        }
        _ => Ok(()),
    }
}

/// The inner error is what `initdb` said.
async fn initdb(
    data: &Path,
    locale: &str,
    binaries: &Binaries,
    user: &ServerUser,
) -> Result<Result<(), String>> {
    server_folder(data, user)?;
    let mut command = user.command(&binaries.dir.join("initdb"));
    command.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--no-sync",
    ]);
    command.args(["--no-instructions", "--text-search-config=english"]);
    // Small log segments: a new directory has to write one whole.
    command
        .arg("--wal-segsize=1")
        .arg(format!("--locale={locale}"))
        .arg("-D")
        .arg(data);
    let output = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .output()
        .await;
    let output = output.map_err(|error| initdb_failed(binaries, &error.to_string()))?;
    if output.status.success() {
        return Ok(Ok(()));
    }
    Ok(Err(text(&output.stderr)))
}

fn initdb_failed(binaries: &Binaries, said: &str) -> Error {
    let program = binaries.dir.join("initdb");
    failed(format!("{} failed", program.display()))
        .detail(said)
        .hint("Choose other binaries with --pg-bindir, or name a database with --database-url.")
}

fn check_major(place: &Place, binaries: &Binaries) -> Result<()> {
    let data = place.data.display();
    let reset = "`pgphase dev reset` makes it anew.";
    match std::fs::read_to_string(place.data.join("PG_VERSION")) {
        Ok(major) if major.trim() == binaries.major.to_string() => Ok(()),
        Ok(major) => Err(failed(format!(
            "{data} was made by PostgreSQL {}, the binaries in {} are {}",
            major.trim(),
            binaries.dir.display(),
            binaries.version
        ))
        .hint(format!(
            "Choose binaries of that major with --pg-bindir. {reset}"
        ))),
        Err(error) => Err(failed(format!("{data} is no data directory: {error}")).hint(reset)),
    }
}

/// Starts a server and waits until it takes connections.
///
/// # Errors
/// It dies or does not get ready; the error holds the end of its log.
pub async fn start(
    place: &Place,
    binaries: &Binaries,
    user: &ServerUser,
    socket_dir: &Path,
    on_event: OnEvent<'_>,
) -> Result<(Postmaster, Child)> {
    let begun = Instant::now();
    loop {
        postmaster::clear_leftovers(place, socket_dir)?;
        let mut starting = Starting(Some(spawn(place, binaries, user, socket_dir)?));
        match wait_ready(place, user, &mut starting, on_event).await {
            Ok(found) => return Ok((found, starting.done())),
            // Processes of a server that was killed still hold its shared memory.
            Err(error) if begun.elapsed() < REMAINS_LIMIT && remains(place) => {
                on_event(DevEvent::Waiting(format!(
                    "the remains of a killed server: {error}"
                )));
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A server that is not ready yet; told to stop if the wait for it is abandoned.
struct Starting(Option<Child>);

impl Starting {
    fn done(mut self) -> Child {
        self.0.take().expect("taken once")
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let pid = self
            .0
            .as_ref()
            .map(Child::id)
            .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        // Still our child and not waited for, so the number cannot belong to another process.
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
        }
    }
}

fn spawn(
    place: &Place,
    binaries: &Binaries,
    user: &ServerUser,
    socket_dir: &Path,
) -> Result<Child> {
    let log = new_log(place)?;
    let other = log
        .try_clone()
        .map_err(|error| cannot("write", &place.log, &error))?;
    let mut command = user.command(&binaries.dir.join("postgres"));
    command.arg("-D").arg(&place.data);
    let statistics = has_statistics(&binaries.dir).then_some("pg_stat_statements");
    let preload = statistics.map(|name| format!("shared_preload_libraries={name}"));
    // A list with commas, in which a quoted name may hold anything.
    let quoted = socket_dir.display().to_string().replace('"', "\"\"");
    let socket = format!("unix_socket_directories=\"{quoted}\"");
    for setting in SETTINGS
        .iter()
        .map(|text| (*text).to_owned())
        .chain([socket])
        .chain(preload)
    {
        command.arg("-c").arg(setting);
    }
    // A process group of its own: Ctrl-C in the terminal is for us, not for a server that others use.
    command
        .process_group(0)
        .stdout(Stdio::from(other))
        .stderr(Stdio::from(log));
    let program = binaries.dir.join("postgres");
    command
        .spawn()
        .map_err(|error| failed(format!("cannot run {}: {error}", program.display())))
}

/// The diagnostics of slow queries need it, and Supabase has it.
fn has_statistics(bin_dir: &Path) -> bool {
    let names = ["pg_stat_statements.so", "pg_stat_statements.dylib"];
    let lib = bin_dir.with_file_name("lib");
    [lib.clone(), lib.join("postgresql")]
        .iter()
        .any(|dir| names.iter().any(|name| dir.join(name).is_file()))
}

fn new_log(place: &Place) -> Result<File> {
    let _ = std::fs::rename(&place.log, place.log.with_extension("log.1"));
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    options
        .open(&place.log)
        .map_err(|error| cannot("write", &place.log, &error))
}

async fn wait_ready(
    place: &Place,
    user: &ServerUser,
    starting: &mut Starting,
    on_event: OnEvent<'_>,
) -> Result<Postmaster> {
    let (begun, mut said) = (Instant::now(), false);
    let child = starting.0.as_mut().expect("not taken yet");
    while begun.elapsed() < START_LIMIT {
        if let Some(found) = postmaster::find(place, user)
            && found.ready
            && found.pid == child.id()
        {
            return Ok(found);
        }
        let ended = child.try_wait();
        if let Some(status) = ended.map_err(|error| failed(format!("the dev server: {error}")))? {
            starting.0 = None;
            let message = format!("the dev server ended while starting ({status})");
            return Err(failed(message)
                .detail(log_tail(place))
                .hint(start_hint(place)));
        }
        if !said && begun.elapsed() > Duration::from_secs(1) {
            on_event(DevEvent::Waiting(
                "the dev server replays its log".to_owned(),
            ));
            said = true;
        }
        tokio::time::sleep(POLL).await;
    }
    let message = format!(
        "the dev server is not ready after {} s",
        START_LIMIT.as_secs()
    );
    Err(failed(message)
        .detail(log_tail(place))
        .hint(start_hint(place)))
}

fn start_hint(place: &Place) -> String {
    format!(
        "The whole log is {}. `pgphase dev reset` makes the data anew.",
        place.log.display()
    )
}

fn remains(place: &Place) -> bool {
    let log = log_tail(place);
    log.contains("shared memory block") || log.contains(&format!("{SOCKET}.lock"))
}

/// The last lines that the server wrote.
fn log_tail(place: &Place) -> String {
    let bytes = std::fs::read(&place.log).unwrap_or_default();
    let log = text(&bytes);
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
