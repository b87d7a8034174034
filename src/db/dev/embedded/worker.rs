//! One database, opened by a thread of its own: the engine must stay on the thread that made it.

use super::wire;
use oliphaunt_wasix::session::{PreparedDatabase, default_catalog_profile};
use std::fmt::Display;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use tokio::sync::oneshot;

/// Deep expressions recurse on the host's stack as well, more so without optimisation; bytes.
const STACK: usize = 16 * 1024 * 1024;

/// What the engine says when it fails.
#[derive(Debug, Clone)]
pub struct Failure(String);

impl Failure {
    /// A failure with that message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// What happened, with all causes.
    pub fn message(&self) -> &str {
        &self.0
    }
}

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        // The engine's errors show their causes in the alternate form.
        Self(format!("{error:#}"))
    }
}

/// Hears how a connection ended.
pub type Ended = oneshot::Receiver<Result<(), Failure>>;

/// A connection for the thread to serve, and where to say how that ended.
struct Order {
    stream: UnixStream,
    ended: oneshot::Sender<Result<(), Failure>>,
}

/// What the thread does now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for a connection.
    Idle,
    /// It serves one.
    Serving,
    /// The client has gone; the engine writes out what it holds.
    Closing,
}

#[derive(Debug, Default)]
struct Flag(AtomicU8);

impl Flag {
    fn set(&self, state: State) {
        self.0.store(state as u8, Ordering::Release);
    }

    /// Takes the thread for a new connection, if it is idle.
    fn claim(&self) -> bool {
        let (idle, serving) = (State::Idle as u8, State::Serving as u8);
        self.0
            .compare_exchange(idle, serving, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn get(&self) -> State {
        let states = [State::Idle, State::Serving, State::Closing];
        states[usize::from(self.0.load(Ordering::Acquire))]
    }
}

/// The thread of one database.
#[derive(Debug)]
pub struct Worker {
    orders: Sender<Order>,
    flag: Arc<Flag>,
    thread: JoinHandle<Result<(), Failure>>,
}

impl Worker {
    /// Starts the thread; what it finds is known when the first connection is served. The thread
    /// keeps `hold` until the database is closed.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start<T: Send + 'static>(dir: &Path, hold: T) -> std::io::Result<Self> {
        let (orders, inbox) = channel();
        let flag = Arc::new(Flag::default());
        let (dir, state) = (dir.to_owned(), Arc::clone(&flag));
        let thread = Builder::new()
            .name("embedded-postgres".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let result = work(dir, &inbox, &state);
                drop(hold);
                result
            })?;
        Ok(Self {
            orders,
            flag,
            thread,
        })
    }

    /// Hands a connection over, unless one is served already.
    pub fn serve(&self, stream: UnixStream) -> Option<Ended> {
        if !self.flag.claim() {
            return None;
        }
        let (ended, answer) = oneshot::channel();
        // If the thread is gone, the receiver says so.
        let _ = self.orders.send(Order { stream, ended });
        Some(answer)
    }

    /// What the thread does now.
    pub fn state(&self) -> State {
        self.flag.get()
    }

    /// Closes the database and waits for the thread.
    ///
    /// # Errors
    /// The database could not be closed in order.
    pub fn finish(self) -> Result<(), Failure> {
        drop(self.orders);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(Failure::new("the engine's thread panicked")))
    }
}

fn work(dir: PathBuf, inbox: &Receiver<Order>, flag: &Flag) -> Result<(), Failure> {
    let mut database: Option<PreparedDatabase> = None;
    while let Ok(Order { stream, ended }) = inbox.recv() {
        let served = serve(&mut database, &dir, stream, flag);
        flag.set(State::Idle);
        // Nobody listens any more once the connection stood.
        let _ = ended.send(served);
    }
    match database {
        Some(mut database) => Ok(database.release()?),
        None => Ok(()),
    }
}

/// Whatever stands in a folder without the engine's descriptor was left by a run that was killed while it made the
/// files: nothing was ever in that database. With the descriptor, only the half-made copy is in the way. The engine
/// refuses both; the database is ours alone, so nobody works on them any more.
fn clear_leftovers(dir: &Path) -> std::io::Result<()> {
    const DESCRIPTOR: &str = ".oliphaunt.json";
    const HALF_MADE: &str = ".pgdata-initdb-";
    let is_complete = dir.join(DESCRIPTOR).exists() && dir.join("pgdata").exists();
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let is_half_made = entry.file_name().to_string_lossy().starts_with(HALF_MADE);
        if is_half_made || !is_complete {
            match entry.file_type()?.is_dir() {
                true => std::fs::remove_dir_all(entry.path())?,
                false => std::fs::remove_file(entry.path())?,
            }
        }
    }
    Ok(())
}

fn serve(
    database: &mut Option<PreparedDatabase>,
    dir: &Path,
    stream: UnixStream,
    flag: &Flag,
) -> Result<(), Failure> {
    if database.is_none() {
        clear_leftovers(dir)?;
        let profile = default_catalog_profile();
        *database = Some(PreparedDatabase::prepare(
            wire::storage(dir),
            profile,
            "postgres",
        )?);
    }
    let Some(database) = database else {
        return Ok(());
    };
    wire::serve(&database.runtime()?, stream, || flag.set(State::Closing))
}
