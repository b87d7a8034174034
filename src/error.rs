//! The one error type of the library: what happened, where, what stands and what was undone, what to do.

use serde::Serialize;
use std::fmt;

/// Result with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The command line does not make sense.
    Usage,
    /// pgphase.toml, the environment or a connection string is wrong.
    Config,
    /// A system's files are wrong (system.toml, names, graph, seeds, SQL that uses an undeclared phase).
    Catalog,
    /// The server cannot be reached, or refuses the login.
    Connection,
    /// The role may not do what is asked.
    Permission,
    /// Another run holds the run lock, or a lock could not be had in time.
    Locked,
    /// Objects in the database collide with what would be created.
    Collision,
    /// The server, the platform or a pooler lacks what is needed.
    Unsupported,
    /// The dev server could not be started, used or stopped.
    DevServer,
    /// A file or folder could not be read or written.
    Io,
    /// A question had to be asked and nobody could answer it, or the answer was no.
    NotConfirmed,
    /// An applied file was changed, or is gone.
    Diverged,
    /// A statement of a migration failed.
    Migration,
    /// A seed row was refused.
    Seed,
    /// What was applied is not what the snapshot says.
    Verification,
    /// A query of the tool itself failed.
    Database,
    /// Stopped by Ctrl-C or a termination signal.
    Interrupted,
}

impl ErrorKind {
    /// 2 where work was begun and failed; 3 where it could not be begun.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Diverged
            | Self::Migration
            | Self::Seed
            | Self::Verification
            | Self::Database
            | Self::Interrupted => 2,
            Self::Usage
            | Self::Config
            | Self::Catalog
            | Self::Connection
            | Self::Permission
            | Self::Locked
            | Self::Collision
            | Self::Unsupported
            | Self::DevServer
            | Self::Io
            | Self::NotConfirmed => 3,
        }
    }

    /// The stable name in JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "config",
            Self::Catalog => "catalog",
            Self::Connection => "connection",
            Self::Permission => "permission",
            Self::Locked => "locked",
            Self::Collision => "collision",
            Self::Unsupported => "unsupported",
            Self::DevServer => "dev_server",
            Self::Io => "io",
            Self::NotConfirmed => "not_confirmed",
            Self::Diverged => "diverged",
            Self::Migration => "migration",
            Self::Seed => "seed",
            Self::Verification => "verification",
            Self::Database => "database",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A place in a file; line and column count from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// Path as the user would write it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1; absent where only the line is known.
    pub column: Option<u32>,
    /// The text of that line, for the caret.
    #[serde(skip)]
    pub snippet: Option<String>,
}

impl Location {
    /// The place of byte `offset` in `text`, which is the content of `file`.
    pub fn at_offset(file: impl Into<String>, text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = text[offset..]
            .find('\n')
            .map_or(text.len(), |at| offset + at);
        Self {
            file: file.into(),
            line: text[..start].matches('\n').count() as u32 + 1,
            column: Some(text[start..offset].chars().count() as u32 + 1),
            snippet: Some(text[start..end].trim_end_matches('\r').to_owned()),
        }
    }

    /// A line of a file, column unknown.
    pub fn at_line(file: impl Into<String>, text: &str, line: u32) -> Self {
        let snippet = text
            .lines()
            .nth(line.saturating_sub(1) as usize)
            .map(str::to_owned);
        Self {
            file: file.into(),
            line,
            column: None,
            snippet,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}

/// Everything a user needs to know about a failure. Boxed, so that results stay small.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

/// The fields of [`Error`].
#[derive(Debug, Clone, Serialize)]
pub struct Inner {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// One sentence: what happened.
    pub message: String,
    /// Where in the files.
    #[serde(skip)]
    pub location: Option<Location>,
    /// The server's five-character code.
    pub sqlstate: Option<String>,
    /// The server's DETAIL and CONTEXT, or our own further lines.
    pub detail: Option<String>,
    /// What to do about it; several lines are several hints.
    pub hint: Option<String>,
    /// What was committed before the failure and stands.
    pub standing: Vec<String>,
    /// What was undone.
    pub rolled_back: Vec<String>,
}

impl Error {
    /// An error with a message only.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            location: None,
            sqlstate: None,
            detail: None,
            hint: None,
            standing: Vec::new(),
            rolled_back: Vec::new(),
        }))
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        let hint = hint.into();
        self.0.hint = Some(
            self.0
                .hint
                .take()
                .map_or(hint.clone(), |old| format!("{old}\n{hint}")),
        );
        self
    }

    /// Adds further lines below the message.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.0.detail = Some(
            self.0
                .detail
                .take()
                .map_or(detail.clone(), |old| format!("{old}\n{detail}")),
        );
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.0.location = Some(location);
        self
    }

    /// Gives the server's code.
    #[must_use]
    pub fn sqlstate(mut self, code: impl Into<String>) -> Self {
        self.0.sqlstate = Some(code.into());
        self
    }

    /// Says what stands and what was undone.
    #[must_use]
    pub fn outcome(mut self, standing: Vec<String>, rolled_back: Vec<String>) -> Self {
        self.0.standing = standing;
        self.0.rolled_back = rolled_back;
        self
    }

    /// The same error under another kind.
    #[must_use]
    pub fn kind_is(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Decides the exit code.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// All fields, for rendering.
    pub fn inner(&self) -> &Inner {
        &self.0
    }

    /// The process exit code: 2 failed, 3 could not run.
    pub fn exit_code(&self) -> u8 {
        self.0.kind.exit_code()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.location {
            Some(location) => write!(f, "{location}: {}", self.0.message),
            None => f.write_str(&self.0.message),
        }
    }
}

impl std::error::Error for Error {}
