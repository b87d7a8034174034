//! Where to connect to, and how: connection strings, service files, password files and `PG*` variables, as libpq
//! reads them, become one [`Target`].

mod build;
mod conninfo;
mod params;
mod show;
mod url;

#[cfg(test)]
mod tests;

use super::environment::Environment;
use crate::Result;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The port when none is given.
pub const DEFAULT_PORT: u16 = 5432;

/// Everything needed to connect. Its `Display` and `Debug` never contain a password.
#[derive(Clone)]
pub struct Target {
    /// Tried in order; at least one.
    pub hosts: Vec<HostSpec>,
    /// The role that logs in.
    pub user: String,
    /// The database.
    pub dbname: String,
    /// Whether and how to encrypt.
    pub tls: TlsOptions,
    /// Limit of one attempt, TLS and login included; `None` waits for ever.
    pub connect_timeout: Option<Duration>,
    /// What `pg_stat_activity` shows.
    pub application_name: String,
    /// Command-line options for the server, such as `-c statement_timeout=0`; most poolers refuse them.
    pub options: Option<String>,
    /// Which kind of server will do.
    pub session_attrs: SessionAttrs,
    /// Try hosts and their addresses in random order.
    pub load_balance: bool,
    /// TCP keepalive.
    pub keepalive: Keepalive,
    /// How long sent data may stay unacknowledged.
    pub tcp_user_timeout: Option<Duration>,
    /// The connection string says `pgbouncer=true`.
    pub says_pooler: bool,
    /// Parameters of other programs that were there and change nothing.
    pub ignored: Vec<String>,
    /// What the user should know, for example of a password file that was not used.
    pub warnings: Vec<String>,
}

/// One server to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// How it is reached.
    pub address: Address,
    /// TCP port, or the number in the socket's name.
    pub port: u16,
    /// The password for this server: the given one, or the password file's.
    pub password: Option<Secret>,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// TCP to a name, to an address, or to an address with a name for TLS.
    Tcp {
        /// For name resolution and TLS; a numeric address when `host` was one or only `hostaddr` was given.
        name: String,
        /// `hostaddr`: no name resolution.
        ip: Option<IpAddr>,
    },
    /// A directory with a server's socket.
    Unix(PathBuf),
}

/// Text that must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being printed by accident.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the server alone.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// libpq's `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only when the server insists.
    Allow,
    /// When the server can.
    Prefer,
    /// Always, whoever the server is.
    Require,
    /// Always, with a certificate of a trusted authority.
    VerifyCa,
    /// Always, with a trusted certificate that names the host.
    VerifyFull,
}

impl SslMode {
    /// As it is written in a connection string.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Which authorities are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootCert {
    /// Those of the operating system.
    System,
    /// Those of a PEM file.
    File(PathBuf),
}

/// Whether and how to encrypt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// How much is insisted on; `require` with a root certificate file is [`SslMode::VerifyCa`] already.
    pub mode: SslMode,
    /// Trusted authorities, for the verifying modes.
    pub roots: RootCert,
    /// Revocation list, PEM.
    pub crl: Option<PathBuf>,
    /// The client's certificate chain and key, PEM.
    pub client_cert: Option<(PathBuf, PathBuf)>,
    /// Speak TLS at once instead of asking first (PostgreSQL 17).
    pub direct: bool,
    /// Send the host's name in the handshake.
    pub sni: bool,
    /// Accept TLS 1.2.
    pub tls12: bool,
    /// Offer TLS 1.3.
    pub tls13: bool,
    /// Tie the login to the server's certificate.
    pub channel_binding: ChannelBinding,
}

/// libpq's `channel_binding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// When the server can.
    Prefer,
    /// Always.
    Require,
}

/// libpq's `target_session_attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAttrs {
    /// Any server.
    Any,
    /// One that takes writes.
    ReadWrite,
    /// One that refuses writes.
    ReadOnly,
    /// One that is not in recovery.
    Primary,
    /// One that is in recovery.
    Standby,
    /// A standby if any of the hosts is one, else any server.
    PreferStandby,
}

/// TCP keepalive; `None` leaves the system's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keepalive {
    /// Whether at all.
    pub on: bool,
    /// Silence before the first probe.
    pub idle: Option<Duration>,
    /// Between probes.
    pub interval: Option<Duration>,
    /// Lost probes until the connection counts as dead.
    pub count: Option<u32>,
}

impl Target {
    /// Reads a `postgres://` URL or a `key=value` string; what it leaves open comes from the service file, the
    /// `PG*` variables, the password file and libpq's defaults.
    ///
    /// # Errors
    /// Of kind `Config`; the message names the parameter, never the value of one.
    pub fn parse(text: &str, env: &Environment) -> Result<Self> {
        build::target(params::Params::collect(text, env)?, env)
    }

    /// The target that `PG*` variables and libpq's defaults describe.
    ///
    /// # Errors
    /// As for [`Target::parse`].
    pub fn from_environment(env: &Environment) -> Result<Self> {
        Self::parse("", env)
    }

    /// Whether the variables say where to connect to, so that they can be what the user meant.
    pub fn in_environment(env: &Environment) -> Option<&'static str> {
        ["PGSERVICE", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE"]
            .into_iter()
            .find(|name| env.get(name).is_some())
    }

    /// A server behind a socket, without TLS: what the dev server is.
    pub fn socket(dir: impl Into<PathBuf>, port: u16, user: &str, dbname: &str) -> Self {
        Self {
            hosts: vec![HostSpec {
                address: Address::Unix(dir.into()),
                port,
                password: None,
            }],
            user: user.to_owned(),
            dbname: dbname.to_owned(),
            tls: TlsOptions::plain(),
            connect_timeout: Some(build::CONNECT_TIMEOUT),
            application_name: build::APPLICATION_NAME.to_owned(),
            options: None,
            session_attrs: SessionAttrs::Any,
            load_balance: false,
            keepalive: Keepalive {
                on: true,
                idle: None,
                interval: None,
                count: None,
            },
            tcp_user_timeout: None,
            says_pooler: false,
            ignored: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl TlsOptions {
    /// No TLS.
    pub fn plain() -> Self {
        Self {
            mode: SslMode::Disable,
            roots: RootCert::System,
            crl: None,
            client_cert: None,
            direct: false,
            sni: true,
            tls12: true,
            tls13: true,
            channel_binding: ChannelBinding::Prefer,
        }
    }
}
