//! The progress bar of a run, on stderr.

use super::Printer;
use crate::execute::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Draws a run while it goes on; on a stream that is no terminal, one line a file.
pub struct Progress {
    printer: Printer,
    bar: ProgressBar,
}

impl Progress {
    /// A bar of so many files.
    pub fn new(printer: Printer, files: usize) -> Self {
        let target = if printer.draws() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(files as u64), target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("█▉ "));
        Self { printer, bar }
    }

    /// Tells what happened.
    pub fn hear(&self, event: &Event<'_>) {
        match event {
            Event::Started { step } => self.bar.set_message((*step).to_owned()),
            Event::Finished { step, elapsed } => {
                self.bar.inc(1);
                if self.bar.is_hidden() {
                    self.printer
                        .say(&format!("{step}  {} ms", elapsed.as_millis()));
                }
            }
            Event::Verified { phase } => self.bar.set_message(format!("{phase} verified")),
            Event::Committed => {}
            Event::Retry { reason, after } => {
                self.line(&format!("{reason}; again in {:.1} s", after.as_secs_f32()));
            }
            Event::Notice {
                severity,
                message,
                phase,
            } => {
                self.line(&format!("{}: {message} ({phase})", severity.to_lowercase()));
            }
        }
    }

    /// A line above the bar.
    pub fn line(&self, text: &str) {
        self.bar.suspend(|| self.printer.say(text));
    }

    /// Takes the bar away.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
