//! Ctrl-C and termination: cancel on the server, roll back, say so.

use crate::db::Cancel;
use crate::{Error, ErrorKind, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

/// A request to cancel is lost where the server is between two statements, so it is made again and again.
const AGAIN: Duration = Duration::from_millis(300);

/// Watches for signals while it lives.
pub struct Watch {
    /// Set once the user asked to stop.
    pub stop: Arc<AtomicBool>,
    asked: Arc<Notify>,
    task: Option<tokio::task::JoinHandle<()>>,
}

/// Starts to watch. The first signal sets the flag and cancels what the server runs; a second one ends the process,
/// and the server rolls back when it sees the connection gone.
pub fn watch(cancel: Option<Cancel>) -> Watch {
    let (stop, asked) = (Arc::<AtomicBool>::default(), Arc::<Notify>::default());
    let signals = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    );
    // Where signals cannot be had, they end the process as they always do.
    let task = match signals {
        (Ok(interrupt), Ok(terminate)) => {
            let told = (Arc::clone(&stop), Arc::clone(&asked));
            Some(tokio::spawn(wait((interrupt, terminate), told, cancel)))
        }
        _ => None,
    };
    Watch { stop, asked, task }
}

async fn wait(
    (mut interrupt, mut terminate): (Signal, Signal),
    (stop, asked): (Arc<AtomicBool>, Arc<Notify>),
    cancel: Option<Cancel>,
) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stop.store(true, Ordering::Relaxed);
    asked.notify_one();
    loop {
        if let Some(cancel) = &cancel {
            cancel().await;
        }
        tokio::select! {
            _ = interrupt.recv() => std::process::exit(2),
            _ = terminate.recv() => std::process::exit(2),
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

impl Watch {
    /// Waits for something that comes before any work is done.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] when the user asks to stop; else what the future says.
    pub async fn unless_stopped<T>(&self, what: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            result = what => result,
            () = self.asked.notified() => Err(Error::new(
                ErrorKind::Interrupted,
                "stopped; nothing was changed",
            )),
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}
