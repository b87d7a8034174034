//! Who uses the server: the lock around starting and stopping, and one locked file for each run.
//!
//! Locks are the kernel's (`flock`): a run that is killed leaves none behind.

use super::home::{Place, cannot};
use super::options::{DevEvent, OnEvent, failed};
use crate::error::{ErrorKind, Result};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(3);

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// What the lock is wanted for; decides what a run that waits says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// To start, stop, enter or leave: a moment.
    Shared,
    /// To have the embedded engine alone for a whole run.
    #[cfg(feature = "embedded")]
    Embedded,
}

/// Held while the server is started or stopped, and while a run comes or goes.
#[derive(Debug)]
pub struct Guard {
    _file: File,
}

impl Guard {
    /// Waits for its turn; says so after a moment.
    ///
    /// # Errors
    /// Its turn does not come within `wait`.
    pub async fn take(
        place: &Place,
        errand: Errand,
        wait: Duration,
        on_event: OnEvent<'_>,
    ) -> Result<Self> {
        let (file, started, mut said) = (open(&lock_path(place))?, Instant::now(), false);
        while !try_exclusive(&file, place)? {
            if started.elapsed() > wait {
                return Err(busy(place, errand, wait));
            }
            if !said && started.elapsed() > Duration::from_millis(300) {
                on_event(DevEvent::Waiting(reason(place, errand)));
                said = true;
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(Self { _file: file })
    }

    /// The same without a runtime, for the way out.
    ///
    /// # Errors
    /// Its turn does not come within `wait`.
    pub fn take_blocking(place: &Place, wait: Duration) -> Result<Self> {
        let (file, started) = (open(&lock_path(place))?, Instant::now());
        while !try_exclusive(&file, place)? {
            if started.elapsed() > wait {
                return Err(busy(place, Errand::Shared, wait));
            }
            std::thread::sleep(POLL);
        }
        Ok(Self { _file: file })
    }
}

/// One run's use of the server, until it leaves or dies.
#[derive(Debug)]
pub struct Presence {
    path: PathBuf,
    _file: File,
}

impl Presence {
    /// Enters this run. The guard keeps others from taking the new file for a leftover.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn enter(place: &Place, _guard: &Guard) -> Result<Self> {
        let dir = users_dir(place);
        std::fs::create_dir_all(&dir).map_err(|error| cannot("create", &dir, &error))?;
        let pid = std::process::id();
        loop {
            // A number is never used twice by one process, so that leaving and entering cannot mix.
            let path = dir.join(format!("{pid}.{}", NUMBER.fetch_add(1, Ordering::Relaxed)));
            let file = open(&path)?;
            // Fails only while somebody counts the users; the empty file is swept up later.
            if try_exclusive(&file, place)? {
                return Ok(Self { path, _file: file });
            }
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Still locked here, so nobody can have put another file in its place.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The process ids of the runs that use the server, but for `except`.
pub fn users(place: &Place, except: Option<&Presence>) -> Vec<u32> {
    let mut pids: Vec<u32> = entries(place)
        .filter(|path| except.is_none_or(|except| except.path != *path))
        .filter(|path| held(path))
        .filter_map(|path| path.file_stem()?.to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids
}

/// Removes the files of runs that were killed.
pub fn sweep(place: &Place, _guard: &Guard) {
    for path in entries(place).filter(|path| !held(path)) {
        let _ = std::fs::remove_file(path);
    }
}

fn entries(place: &Place) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(users_dir(place))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}

fn held(path: &Path) -> bool {
    let Ok(file) = OpenOptions::new().read(true).open(path) else {
        return false;
    };
    flock(&file, FlockOperation::NonBlockingLockShared).is_err()
}

fn users_dir(place: &Place) -> PathBuf {
    place.dir.join("users")
}

fn lock_path(place: &Place) -> PathBuf {
    place.dir.join("start.lock")
}

fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600);
    options
        .open(path)
        .map_err(|error| cannot("open", path, &error))
}

fn try_exclusive(file: &File, place: &Place) -> Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK | rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(cannot("lock files in", &place.dir, &error.into())),
    }
}

/// Why a run waits.
fn reason(
    #[cfg_attr(
        not(feature = "embedded"),
        allow(unused_variables, reason = "nobody to name")
    )]
    place: &Place,
    errand: Errand,
) -> String {
    match errand {
        Errand::Shared => "another run starts or stops the dev server".to_owned(),
        #[cfg(feature = "embedded")]
        Errand::Embedded => {
            let holder = users(place, None)
                .first()
                .map(|pid| format!(" (process {pid})"));
            let holder = holder.unwrap_or_default();
            format!("another run{holder} has the embedded dev server, which serves one at a time")
        }
    }
}

fn busy(place: &Place, errand: Errand, wait: Duration) -> crate::Error {
    let reason = reason(place, errand);
    failed(format!("{reason}; waited {} s for it", wait.as_secs()))
        .kind_is(ErrorKind::Locked)
        .hint(format!(
            "Look for a pgphase that hangs; the lock is in {}.",
            place.dir.display()
        ))
}
