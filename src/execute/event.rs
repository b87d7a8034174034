//! What a run tells while it goes on.

use std::time::Duration;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A file was sent.
    Started {
        /// The phase's folder and the file.
        step: &'a str,
    },
    /// A file's last answer came.
    Finished {
        /// The phase's folder and the file.
        step: &'a str,
        /// Between its first and its last answer.
        elapsed: Duration,
    },
    /// The facts of a phase are as the snapshot says.
    Verified {
        /// Name of the phase.
        phase: &'a str,
    },
    /// A transaction was committed.
    Committed,
    /// A transaction was rolled back and will be tried again.
    Retry {
        /// Why.
        reason: &'a str,
        /// When.
        after: Duration,
    },
    /// A notice or warning of the server.
    Notice {
        /// NOTICE, WARNING, INFO.
        severity: &'a str,
        /// Its text.
        message: &'a str,
        /// The phase that runs. Files are sent together, so the server does not say which one made it speak.
        phase: &'a str,
    },
}

/// Hears what happens. `Send` and `Sync`, since refinery's futures move between threads.
pub type Observer<'a> = dyn FnMut(Event<'_>) + Send + Sync + 'a;
