//! The one place that writes to stdout and stderr.

use crate::cli::{ColorChoice, Format};
use crate::{Error, ErrorKind, Result};
use anstyle::{AnsiColor, Style};
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes data to stdout and talk to stderr.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    /// How data is printed.
    pub format: Format,
    /// Colours of stdout.
    pub out: Paint,
    /// Colours of stderr.
    pub err: Paint,
    quiet: bool,
}

/// Set once data could not be written.
static LOST: AtomicBool = AtomicBool::new(false);

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub struct Paint(bool);

impl Paint {
    /// No colours, for texts that are compared.
    pub const PLAIN: Self = Self(false);

    fn choose(choice: ColorChoice, terminal: bool) -> Self {
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self(match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !forbidden && !dumb,
        })
    }

    /// Whether there are colours.
    pub fn is_on(self) -> bool {
        self.0
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// For what is well.
    pub fn good(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }

    /// For what wants attention.
    pub fn warn(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }

    /// For what is wrong.
    pub fn bad(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default().bold(), text)
    }

    /// For what matters less.
    pub fn dim(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// For what matters more.
    pub fn bold(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }
}

impl Printer {
    /// A printer for this process's streams.
    pub fn new(format: Format, color: ColorChoice, quiet: bool) -> Self {
        Self {
            format,
            out: Paint::choose(color, io::stdout().is_terminal()),
            err: Paint::choose(color, io::stderr().is_terminal()),
            quiet,
        }
    }

    /// Whether data is printed as JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Data, to stdout. A reader that went away is no error.
    pub fn data(&self, text: &str) {
        let mut out = io::stdout().lock();
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| out.write_all(end.as_bytes()))
            .and_then(|()| out.flush());
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            LOST.store(true, Ordering::Relaxed);
            self.warn(&format!("stdout cannot be written: {error}"));
        }
    }

    /// Whether data could not be written: who reads it must not take the run for a success.
    pub fn has_lost_data() -> bool {
        LOST.load(Ordering::Relaxed)
    }

    /// Talk, to stderr; nothing under --quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// A warning, to stderr, under --quiet too.
    pub fn warn(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{} {text}", self.err.warn("warning:"));
    }

    /// An error, to stderr.
    pub fn error_text(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Whether progress may be drawn on stderr.
    pub fn draws(&self) -> bool {
        !self.quiet
    }

    /// Asks for a word that must be typed.
    ///
    /// # Errors
    /// [`ErrorKind::NotConfirmed`] if another word was typed, or nobody is there to type.
    pub fn confirm(&self, question: &str, word: &str, how: &str) -> Result<()> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Error::new(
                ErrorKind::NotConfirmed,
                format!("{question}: this must be confirmed, and there is no terminal to ask on"),
            )
            .hint(how.to_owned()));
        }
        let _ = write!(
            io::stderr().lock(),
            "{question}\nType {} to go on: ",
            self.err.bold(word)
        );
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if read.is_ok() && answer.trim() == word {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::NotConfirmed,
            "not confirmed; nothing was changed",
        ))
    }
}
