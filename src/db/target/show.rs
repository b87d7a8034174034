//! A target for people, for logs and for child processes; without its password but in the last case.

use super::{Address, DEFAULT_PORT, HostSpec, RootCert, SslMode, Target};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fmt;

/// What would be read differently inside a URL. Blanks and control characters too: a name cannot forge a log line.
const RESERVED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'/')
    .add(b':')
    .add(b'<')
    .add(b'>')
    .add(b'=')
    .add(b'?')
    .add(b'@')
    .add(b'[')
    .add(b']')
    .add(b',');

impl fmt::Display for Target {
    /// A URL that can be given back to any libpq program: `postgres://user@host:5432/db`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        write!(f, "postgres://{}@", encode(&self.user))?;
        if let [
            HostSpec {
                address: Address::Unix(dir),
                port,
                ..
            },
        ] = &self.hosts[..]
        {
            let dir = dir.display().to_string();
            let dir = encode(&dir).replace("%2F", "/");
            write!(f, "/{}?host={dir}", encode(&self.dbname))?;
            return if *port == DEFAULT_PORT {
                Ok(())
            } else {
                write!(f, "&port={port}")
            };
        }
        for (index, host) in self.hosts.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let name = match &host.address {
                Address::Tcp { name, .. } if name.contains(':') => format!("[{name}]"),
                Address::Tcp { name, .. } => encode(name),
                Address::Unix(dir) => encode(&dir.display().to_string()),
            };
            write!(f, "{comma}{name}:{}", host.port)?;
        }
        write!(f, "/{}", encode(&self.dbname))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self} sslmode={})", self.tls.mode.as_str())
    }
}

impl HostSpec {
    /// `host:port`, or the socket's path.
    pub fn label(&self) -> String {
        match &self.address {
            Address::Tcp { name, ip: Some(ip) } if *name != ip.to_string() => {
                format!("{name} ({ip}), port {}", self.port)
            }
            Address::Tcp { name, .. } => format!("{name}, port {}", self.port),
            Address::Unix(dir) => format!("{}/.s.PGSQL.{}", dir.display(), self.port),
        }
    }
}

impl Target {
    /// Environment variables that make `psql`, `pg_dump` and their like connect to the same place. The password is
    /// among them: pass them to a child process only.
    pub fn libpq_environment(&self) -> Vec<(&'static str, String)> {
        let join = |part: fn(&HostSpec) -> String| {
            self.hosts.iter().map(part).collect::<Vec<_>>().join(",")
        };
        let mut vars = vec![
            (
                "PGHOST",
                join(|host| match &host.address {
                    Address::Tcp { name, .. } => name.clone(),
                    Address::Unix(dir) => dir.display().to_string(),
                }),
            ),
            ("PGPORT", join(|host| host.port.to_string())),
            ("PGDATABASE", self.dbname.clone()),
            ("PGUSER", self.user.clone()),
            ("PGSSLMODE", self.tls.mode.as_str().to_owned()),
            ("PGAPPNAME", self.application_name.clone()),
        ];
        if self
            .hosts
            .iter()
            .any(|host| matches!(host.address, Address::Tcp { ip: Some(_), .. }))
        {
            vars.push((
                "PGHOSTADDR",
                join(|host| match &host.address {
                    Address::Tcp { ip: Some(ip), .. } => ip.to_string(),
                    _ => String::new(),
                }),
            ));
        }
        if let Some(password) = self.hosts.first().and_then(|host| host.password.as_ref()) {
            vars.push(("PGPASSWORD", password.expose().to_owned()));
        }
        if let Some(timeout) = self.connect_timeout {
            vars.push(("PGCONNECT_TIMEOUT", timeout.as_secs().max(1).to_string()));
        }
        if let Some(options) = &self.options {
            vars.push(("PGOPTIONS", options.clone()));
        }
        match &self.tls.roots {
            RootCert::File(path) => vars.push(("PGSSLROOTCERT", path.display().to_string())),
            RootCert::System if self.tls.mode == SslMode::VerifyFull => {
                vars.push(("PGSSLROOTCERT", "system".to_owned()));
            }
            RootCert::System => {}
        }
        if let Some((cert, key)) = &self.tls.client_cert {
            vars.push(("PGSSLCERT", cert.display().to_string()));
            vars.push(("PGSSLKEY", key.display().to_string()));
        }
        vars
    }
}
