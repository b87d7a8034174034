//! Ctrl-C and termination: cancel on the server, roll back, say so.

use crate::db::Cancel;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Watches for signals while it lives.
pub struct Watch {
    /// Set once the user asked to stop.
    pub stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

/// Starts to watch. The first signal sets the flag and cancels what the server runs; a second one ends the process,
/// and the server rolls back when it sees the connection gone.
pub fn watch(cancel: Option<Cancel>) -> Watch {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let task = tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return;
        };
        for count in 0_u8.. {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if count > 0 {
                std::process::exit(2);
            }
            flag.store(true, Ordering::Relaxed);
            if let Some(cancel) = &cancel {
                cancel().await;
            }
        }
    });
    Watch { stop, task }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}
