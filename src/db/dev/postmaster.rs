//! The server process: whether it lives, its state, and how it is stopped.

use super::home::{Place, SOCKET, cannot};
use super::options::failed;
use super::user::ServerUser;
use crate::error::Result;
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(2);

/// A live server process on our data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postmaster {
    /// Its process id.
    pub pid: u32,
    /// The folder of its socket.
    pub socket_dir: PathBuf,
    /// Whether it takes connections.
    pub ready: bool,
}

impl Postmaster {
    /// Whether its socket is still there; a cleaner of temporary files may have taken it.
    pub fn reachable(&self) -> bool {
        self.socket_dir.join(SOCKET).exists()
    }
}

/// The server on this data directory, if one lives.
pub fn find(place: &Place, user: &ServerUser) -> Option<Postmaster> {
    let found = read_pid_file(&place.data)?;
    is_ours(found.pid, &place.data, user.uid).then_some(found)
}

/// Takes away what a dead server left, which could keep a new one from starting: after a crash the
/// old process id may belong to somebody else.
///
/// # Errors
/// A server that we cannot see answers on the socket.
pub fn clear_leftovers(place: &Place, socket_dir: &Path) -> Result<()> {
    let left = read_pid_file(&place.data);
    let old_socket = left
        .map(|left| left.socket_dir)
        .filter(|dir| !dir.as_os_str().is_empty());
    for dir in old_socket.iter().map(PathBuf::as_path).chain([socket_dir]) {
        if UnixStream::connect(dir.join(SOCKET)).is_ok() {
            return Err(failed(format!(
                "a server that this process cannot see uses {}",
                place.data.display()
            ))
            .hint(
                "It may run in another container. Set PGPHASE_DEV_HOME to another folder here.",
            ));
        }
    }
    let lock = format!("{SOCKET}.lock");
    let leftovers = [
        place.data.join("postmaster.pid"),
        socket_dir.join(SOCKET),
        socket_dir.join(lock),
    ];
    for path in leftovers {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(cannot("remove", &path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Asks the server to close its connections and go, insists after 10 s, and waits until it is gone.
///
/// # Errors
/// It does not go.
pub fn stop(place: &Place, user: &ServerUser, server: &Postmaster) -> Result<()> {
    let patience = [(Signal::INT, 10), (Signal::QUIT, 5), (Signal::KILL, 5)];
    for (signal, seconds) in patience {
        let Some(pid) = Pid::from_raw(server.pid.cast_signed()) else {
            break;
        };
        // Gone already is as good.
        let _ = kill_process(pid, signal);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(seconds) {
            // It takes its file away first, and is gone a moment later.
            let named = find(place, user).is_some_and(|now| now.pid == server.pid);
            if !named && !is_ours(server.pid, &place.data, user.uid) {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
    }
    Err(failed(format!(
        "the dev server (process {}) does not stop",
        server.pid
    ))
    .hint(format!("Its log is {}.", place.log.display())))
}

/// PostgreSQL's documented order: process, directory, start, port, socket folder, address, shared
/// memory, state.
fn read_pid_file(data: &Path) -> Option<Postmaster> {
    let text = std::fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let pid = lines.first()?.trim().parse().ok().filter(|pid| *pid > 1)?;
    let socket_dir = PathBuf::from(lines.get(4).copied().unwrap_or_default());
    let ready = lines.get(7).is_some_and(|state| state.trim() == "ready");
    Some(Postmaster {
        pid,
        socket_dir,
        ready,
    })
}

/// Whether the process works in the data directory and belongs to the server's user: nothing else
/// is ever sent a signal, whatever the file says.
#[cfg(target_os = "linux")]
fn is_ours(pid: u32, data: &Path, uid: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    let process = PathBuf::from(format!("/proc/{pid}"));
    let owner = std::fs::metadata(&process).map(|found| found.uid());
    // A zombie has no working directory any more.
    let at = std::fs::read_link(process.join("cwd"));
    let data = std::fs::canonicalize(data);
    owner.is_ok_and(|owner| owner == uid) && at.is_ok_and(|at| data.is_ok_and(|data| at == data))
}

/// The same by the command line, which holds the data directory.
#[cfg(not(target_os = "linux"))]
fn is_ours(pid: u32, data: &Path, uid: u32) -> bool {
    let pid = pid.to_string();
    let output = std::process::Command::new("ps")
        .args(["-ww", "-o", "uid=,command=", "-p", &pid])
        .output();
    output.is_ok_and(|output| {
        let said = super::user::text(&output.stdout);
        let owner = said
            .split_whitespace()
            .next()
            .and_then(|uid| uid.parse().ok());
        owner == Some(uid) && said.contains(&data.display().to_string())
    })
}
