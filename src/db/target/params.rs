//! Which connection parameters exist, where their values come from, and in which order the sources count.

use super::{conninfo, url};
use crate::db::environment::Environment;
use crate::db::service;
use crate::{Error, ErrorKind, Result};
use std::collections::BTreeMap;
use std::fmt;

/// Parameters that are honoured, each with the environment variable that sets it where libpq has one.
const HONOURED: [(&str, Option<&str>); 34] = [
    ("service", Some("PGSERVICE")),
    ("servicefile", Some("PGSERVICEFILE")),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("port", Some("PGPORT")),
    ("dbname", Some("PGDATABASE")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("passfile", Some("PGPASSFILE")),
    ("sslmode", Some("PGSSLMODE")),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslcrl", Some("PGSSLCRL")),
    ("sslcertmode", Some("PGSSLCERTMODE")),
    ("sslsni", Some("PGSSLSNI")),
    ("sslnegotiation", Some("PGSSLNEGOTIATION")),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("application_name", Some("PGAPPNAME")),
    ("fallback_application_name", None),
    ("options", Some("PGOPTIONS")),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    ("load_balance_hosts", Some("PGLOADBALANCEHOSTS")),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_count", None),
    ("tcp_user_timeout", None),
    // Checked, and then without effect: see `Target::build`.
    ("gssencmode", Some("PGGSSENCMODE")),
    ("replication", None),
    ("pgbouncer", None),
];

/// libpq's parameters that change nothing here: text is UTF-8 always, GSSAPI is not spoken, the protocol is 3.0.
const WITHOUT_EFFECT: [&str; 9] = [
    "client_encoding",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "sslcompression",
    "min_protocol_version",
    "max_protocol_version",
    "authtype",
    "tty",
];

/// What object-relational mappers, drivers and hosts put into their URLs for their own use.
const OF_OTHERS: [&str; 15] = [
    "connection_limit",
    "pool_timeout",
    "pool_size",
    "pool_max_conns",
    "max_idle_connection_lifetime",
    "socket_timeout",
    "statement_cache_size",
    "statement_cache_capacity",
    "prepared_statements",
    "prepareThreshold",
    "single_use_connections",
    "supa",
    "workaround",
    "uselibpqcompat",
    "binary_parameters",
];

/// libpq's parameters that ask for a safety which would silently be missing, and what to do instead.
const REFUSED: [(&str, &str); 11] = [
    (
        "require_auth",
        "use channel_binding=require to insist on SCRAM bound to the server's certificate",
    ),
    (
        "requirepeer",
        "use a TCP host with sslmode=verify-full to be sure of the server",
    ),
    (
        "sslpassword",
        "give sslkey a key without a passphrase, readable by you alone",
    ),
    (
        "sslcrldir",
        "put the revocation lists into one file and give it as sslcrl",
    ),
    (
        "sslkeylogfile",
        "it would write the session's secrets to a file",
    ),
    ("scram_client_key", "give the password"),
    ("scram_server_key", "give the password"),
    ("oauth_issuer", "use a password or a client certificate"),
    ("oauth_client_id", "use a password or a client certificate"),
    (
        "oauth_client_secret",
        "use a password or a client certificate",
    ),
    ("oauth_scope", "use a password or a client certificate"),
];

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The URL or connection string.
    Given,
    /// A line of a service file, as `path:line`.
    Service(String),
    /// An environment variable.
    Variable(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("the connection string"),
            Self::Service(place) => f.write_str(place),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Values by parameter, from all sources, the strongest source having won.
#[derive(Default)]
pub struct Params {
    values: BTreeMap<&'static str, (String, Origin)>,
    /// Parameters that were there and change nothing.
    pub ignored: Vec<String>,
}

impl Params {
    /// Connection string, then service file, then environment, as libpq orders them.
    pub fn collect(text: &str, env: &Environment) -> Result<Self> {
        let mut params = Self::default();
        let (login, pairs) = if url::is_url(text) {
            url::parse(text)?
        } else {
            (Vec::new(), conninfo::parse(text)?)
        };
        for (key, value) in login {
            params.add(&key, value, Origin::Given)?;
        }
        let mut password_seen = false;
        for (key, value) in pairs {
            // Whatever stands behind a password may be the rest of it: it is not repeated in an error.
            params
                .add(&key, value, Origin::Given)
                .map_err(|error| hide(error, password_seen))?;
            password_seen |= key == "password";
        }
        let service = params.get("service").map(str::to_owned);
        if let Some(service) = service.or_else(|| env.get("PGSERVICE").map(str::to_owned)) {
            for (key, value, place) in service::load(&service, params.get("servicefile"), env)? {
                params.add(&key, value, Origin::Service(place))?;
            }
        }
        for (key, variable) in HONOURED {
            if let Some((variable, value)) = variable.and_then(|name| Some((name, env.get(name)?)))
            {
                params
                    .values
                    .entry(key)
                    .or_insert((value.to_owned(), Origin::Variable(variable)));
            }
        }
        Ok(params)
    }

    /// Adds one pair of a connection string or service file; within the former the last one of a key counts, and a
    /// weaker source never replaces a stronger one.
    fn add(&mut self, key: &str, value: String, origin: Origin) -> Result<()> {
        let (key, value) = match (key, value.as_str()) {
            // JDBC's and node-postgres' spellings.
            ("ssl", "true" | "1") => ("sslmode", "require".to_owned()),
            ("ssl", "false" | "0") => ("sslmode", "disable".to_owned()),
            ("schema", "public") => return self.ignore(key),
            _ => (key, value),
        };
        if let Some((key, _)) = HONOURED.iter().find(|(name, _)| *name == key) {
            if value.is_empty() || (origin != Origin::Given && self.values.contains_key(key)) {
                return Ok(());
            }
            self.values.insert(key, (value, origin));
            return Ok(());
        }
        if WITHOUT_EFFECT.contains(&key) || OF_OTHERS.contains(&key) {
            return self.ignore(key);
        }
        Err(refuse(key, &origin))
    }

    fn ignore(&mut self, key: &str) -> Result<()> {
        self.ignored.push(key.to_owned());
        Ok(())
    }

    /// A parameter's value.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(|(value, _)| value.as_str())
    }

    /// Takes a value out; what is left behind can be printed.
    pub fn take(&mut self, key: &str) -> Option<String> {
        self.values.remove(key).map(|(value, _)| value)
    }

    /// One of a few words, or the default.
    pub fn choice<T: Copy>(&self, key: &str, default: T, choices: &[(&str, T)]) -> Result<T> {
        let Some(value) = self.get(key) else {
            return Ok(default);
        };
        choices
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                self.invalid(key, &format!("is none of {}", words.join(", ")))
            })
    }

    /// A whole number, or nothing.
    pub fn number(&self, key: &str) -> Result<Option<i64>> {
        self.get(key)
            .map(|value| {
                value
                    .trim()
                    .parse()
                    .map_err(|_| self.invalid(key, "is not a whole number"))
            })
            .transpose()
    }

    /// The error for a value that cannot be. The value itself is not repeated: it may be part of a password.
    pub fn invalid(&self, key: &str, what: &str) -> Error {
        let origin = self
            .values
            .get(key)
            .map_or(&Origin::Given, |(_, origin)| origin);
        Error::new(ErrorKind::Config, format!("{key} in {origin} {what}"))
    }
}

fn refuse(key: &str, origin: &Origin) -> Error {
    if let Some((_, instead)) = REFUSED.iter().find(|(name, _)| *name == key) {
        return config(format!("{key} in {origin} is not supported")).hint(*instead);
    }
    if key == "schema" {
        return config(format!(
            "schema in {origin} names another schema than public"
        ))
        .hint("a system's files name their schemas themselves: leave the parameter out");
    }
    if key == "ssl" {
        return config(format!("ssl in {origin} is neither true nor false"))
            .hint("use sslmode=require, or better sslmode=verify-full");
    }
    let named = key.len() <= 40
        && !key.is_empty()
        && key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let error = if named {
        config(format!("unknown parameter {key} in {origin}"))
    } else {
        config(format!("{origin} has a parameter whose name is none"))
    };
    match near(key) {
        Some(known) => error.hint(format!("did you mean {known}?")),
        None => error.hint(
            "the parameters are those of libpq: host, port, dbname, user, password, sslmode, …",
        ),
    }
}

/// Replaces an error's text where it might repeat a piece of the password.
fn hide(error: Error, hidden: bool) -> Error {
    if !hidden {
        return error;
    }
    config("the connection string has an unknown parameter after the password".into())
        .hint("quote a password with blanks ('…'); in a URL, percent-encode & in it as %26")
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}

/// The honoured parameter that was probably meant: equal but for case, `_` and `-`, or one letter.
fn near(key: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-'], "");
    let alias = match plain(key).as_str() {
        "database" | "db" => Some("dbname"),
        "username" => Some("user"),
        "pass" | "pwd" => Some("password"),
        "hostname" | "server" => Some("host"),
        "timeout" => Some("connect_timeout"),
        "sslca" | "sslrootca" | "rootcert" => Some("sslrootcert"),
        _ => None,
    };
    alias.or_else(|| {
        HONOURED.iter().map(|(known, _)| *known).find(|known| {
            let (one, other) = (plain(known), plain(key));
            one == other || (one.len() > 4 && differ_by_one(&one, &other))
        })
    })
}

/// One letter replaced, added, left out, or two neighbours swapped.
fn differ_by_one(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let head = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (one, other) = (&one[head..], &other[head..]);
    let tail = one
        .iter()
        .rev()
        .zip(other.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (one, other) = (&one[..one.len() - tail], &other[..other.len() - tail]);
    matches!((one, other), ([_] | [], [_] | []))
        || matches!((one, other), ([a, b], [c, d]) if a == d && b == c)
}
