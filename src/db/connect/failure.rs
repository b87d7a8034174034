//! Why an attempt failed: whether something else should be tried, and what the user should do.

use super::super::target::{HostSpec, Target};
use crate::{Error, ErrorKind};
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio_postgres::error::DbError;

mod hints;

/// What decides about the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// Nobody is there, or not in time.
    Unreachable,
    /// The name has no address.
    Name,
    /// The server starts, stops or recovers.
    StartingUp,
    /// A standby where a primary was asked for, or the like.
    WrongKind,
    /// The TLS handshake failed.
    Tls,
    /// The server wants a password and there is none.
    NoPassword,
    /// The server said no.
    Refused,
    /// Anything else.
    Other,
}

/// A failed attempt, and the failed attempts before it.
#[derive(Debug)]
pub struct Failure {
    cause: Cause,
    /// `host, port`, where one is known.
    place: String,
    message: String,
    server: Option<DbError>,
    /// What failed before this.
    earlier: Vec<String>,
    starting_up: bool,
}

impl Failure {
    fn new(cause: Cause, place: String, message: impl Into<String>) -> Self {
        let starting_up = cause == Cause::StartingUp;
        Self {
            cause,
            place,
            message: message.into(),
            server: None,
            earlier: Vec::new(),
            starting_up,
        }
    }

    pub fn no_host() -> Self {
        Self::new(Cause::Other, String::new(), "no host to connect to")
    }

    pub fn no_address(host: &HostSpec) -> Self {
        Self::new(Cause::Name, host.label(), "the name has no address")
    }

    pub fn timed_out(host: &HostSpec, limit: Duration) -> Self {
        Self::timed_out_at(host, None, limit)
    }

    pub fn timed_out_at(host: &HostSpec, ip: Option<IpAddr>, limit: Duration) -> Self {
        let message = format!("no answer within {} s", limit.as_secs());
        Self::new(Cause::Unreachable, place(host, ip), message)
    }

    pub fn name_resolution(host: &HostSpec, error: &io::Error) -> Self {
        Self::new(
            Cause::Name,
            host.label(),
            format!("the name cannot be resolved ({error})"),
        )
    }

    pub fn wrong_kind(host: &HostSpec, ip: Option<IpAddr>, reason: &str) -> Self {
        Self::new(
            Cause::WrongKind,
            place(host, ip),
            format!("not the wanted kind of server: {reason}"),
        )
    }

    /// What the driver said about an attempt.
    pub fn login(host: &HostSpec, ip: Option<IpAddr>, error: tokio_postgres::Error) -> Self {
        let place = place(host, ip);
        if let Some(server) = error.as_db_error() {
            let cause = match server.code().code() {
                "57P03" => Cause::StartingUp,
                _ => Cause::Refused,
            };
            let mut failure = Self::new(cause, place, server.message());
            failure.server = Some(server.clone());
            return failure;
        }
        let (outer, inner) = (error.to_string(), error.source().map(ToString::to_string));
        let io = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>());
        // The driver's kinds are private; its texts are what tells them apart.
        match (outer.as_str(), inner.as_deref()) {
            ("invalid configuration", Some("password missing")) => Self::new(
                Cause::NoPassword,
                place,
                "the server asks for a password, and none is given",
            ),
            ("error performing TLS handshake", Some("server does not support TLS")) => {
                Self::new(Cause::Tls, place, "the server does not offer TLS")
            }
            ("error performing TLS handshake", Some(inner)) => Self::new(
                Cause::Tls,
                place,
                format!("the TLS handshake failed: {}", in_words(inner)),
            ),
            ("authentication error", Some(inner)) => {
                Self::new(Cause::Refused, place, format!("the login failed: {inner}"))
            }
            (_, Some(inner)) if io.is_some() => Self::new(Cause::Unreachable, place, inner),
            ("connection closed", _) => Self::new(
                Cause::Unreachable,
                place,
                "the server closed the connection",
            ),
            (outer, inner) => {
                let inner = inner.map(|inner| format!(": {inner}")).unwrap_or_default();
                Self::new(Cause::Other, place, format!("{outer}{inner}"))
            }
        }
    }

    /// Keeps an earlier failure's line below this one. Patience is in order if any server was starting up.
    pub fn and_then(earlier: Option<Self>, mut later: Self) -> Self {
        let Some(earlier) = earlier else { return later };
        later.starting_up |= earlier.starting_up;
        let line = earlier.line();
        later
            .earlier
            .splice(0..0, earlier.earlier.into_iter().chain([line]));
        later
    }

    /// Another host or address may do better.
    pub fn try_next(&self) -> bool {
        matches!(
            self.cause,
            Cause::Unreachable | Cause::Name | Cause::StartingUp | Cause::WrongKind
        )
    }

    /// Waiting may help.
    pub fn is_starting_up(&self) -> bool {
        self.starting_up && self.try_next()
    }

    /// `allow`: no rule of pg_hba.conf lets an unencrypted connection in.
    pub fn is_refused_unencrypted(&self) -> bool {
        self.code() == Some("28000")
    }

    /// `prefer`: the handshake failed, or no rule lets an encrypted connection in.
    pub fn is_refused_encrypted(&self) -> bool {
        self.cause == Cause::Tls || self.code() == Some("28000")
    }

    fn code(&self) -> Option<&str> {
        self.server.as_ref().map(|server| server.code().code())
    }

    fn line(&self) -> String {
        if self.place.is_empty() {
            return self.message.clone();
        }
        format!("{}: {}", self.place, self.message)
    }

    /// The error for the user, with what failed before and what to do.
    pub fn into_error(self, target: &Target) -> Error {
        let kind = match self.code() {
            Some("42501") => ErrorKind::Permission,
            _ => ErrorKind::Connection,
        };
        let mut error = Error::new(
            kind,
            format!("cannot connect to {target}: {}", self.message),
        );
        if let Some(server) = &self.server {
            error = error.sqlstate(server.code().code());
            for more in [server.detail(), server.hint()].into_iter().flatten() {
                error = error.detail(more);
            }
        }
        if !self.place.is_empty() && (target.hosts.len() > 1 || !self.earlier.is_empty()) {
            error = error.detail(format!("last tried {}", self.place));
        }
        for earlier in &self.earlier {
            error = error.detail(format!("before that {earlier}"));
        }
        for warning in &target.warnings {
            error = error.detail(warning.clone());
        }
        hints::hints(&self, target)
            .into_iter()
            .fold(error, Error::hint)
    }
}

/// The TLS library's terser verdicts, explained; the others are sentences.
fn in_words(message: &str) -> String {
    let verdicts = [
        (
            "UnknownIssuer",
            "nobody who is trusted here has signed the server's certificate",
        ),
        ("Revoked", "the server's certificate has been revoked"),
        (
            "UnsupportedCertVersion",
            "the server's certificate is of an outdated form",
        ),
        (
            "CaUsedAsEndEntity",
            "the server shows an authority's certificate that is not in sslrootcert",
        ),
    ];
    let found = verdicts.iter().find(|(name, _)| message.contains(name));
    found.map_or_else(
        || message.to_owned(),
        |(name, words)| format!("{words} ({name})"),
    )
}

/// `host (address), port`, or the socket.
fn place(host: &HostSpec, ip: Option<IpAddr>) -> String {
    let label = host.label();
    match ip.map(|ip| ip.to_string()) {
        Some(ip) if !label.contains(&ip) => label.replacen(", port", &format!(" ({ip}), port"), 1),
        _ => label,
    }
}
