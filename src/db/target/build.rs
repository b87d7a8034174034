//! Parameters → [`Target`]: what each value means, and libpq's defaults.

use super::params::Params;
use super::{
    Address, ChannelBinding, DEFAULT_PORT, HostSpec, Keepalive, RootCert, Secret, SessionAttrs,
    SslMode, Target, TlsOptions,
};
use crate::db::environment::Environment;
use crate::db::passfile::Passfile;
use crate::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::time::Duration;

/// The limit of a connection attempt when none is given; libpq would wait for ever.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What `pg_stat_activity` shows of us unless told otherwise.
pub(super) const APPLICATION_NAME: &str = "pgphase";

/// Reads every parameter. The password is taken out first, so that nothing later can print it.
pub(super) fn target(mut params: Params, env: &Environment) -> Result<Target> {
    let password = params.take("password").map(Secret::new);
    refuse_unsupported(&params)?;
    let user = match params.get("user") {
        Some(user) => user.to_owned(),
        None => env.os_user.clone().ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "no user is given, and this process has no user name",
            )
            .hint("set user in the connection string, or PGUSER")
        })?,
    };
    let dbname = params.get("dbname").unwrap_or(&user).to_owned();
    let mut warnings = Vec::new();
    let mut hosts = hosts(&params, env)?;
    match password {
        Some(password) => hosts
            .iter_mut()
            .for_each(|host| host.password = Some(password.clone())),
        None => warnings.extend(passwords_from_file(
            &mut hosts, &params, env, &dbname, &user,
        )),
    }
    let name = params
        .get("application_name")
        .or(params.get("fallback_application_name"));
    Ok(Target {
        hosts,
        tls: tls(&params, env)?,
        connect_timeout: connect_timeout(&params)?,
        application_name: name.unwrap_or(APPLICATION_NAME).to_owned(),
        options: params.get("options").map(str::to_owned),
        session_attrs: session_attrs(&params)?,
        load_balance: params.choice(
            "load_balance_hosts",
            false,
            &[("disable", false), ("random", true)],
        )?,
        keepalive: keepalive(&params)?,
        tcp_user_timeout: params
            .number("tcp_user_timeout")?
            .filter(|ms| *ms > 0)
            .map(|ms| Duration::from_millis(ms as u64)),
        says_pooler: params
            .get("pgbouncer")
            .is_some_and(|value| value != "false"),
        ignored: std::mem::take(&mut params.ignored),
        warnings,
        user,
        dbname,
    })
}

/// What would silently be less safe, or another protocol.
fn refuse_unsupported(params: &Params) -> Result<()> {
    if params.get("gssencmode") == Some("require") {
        return Err(params.invalid(
            "gssencmode",
            "asks for GSSAPI encryption, which is not supported",
        ));
    }
    if params
        .get("replication")
        .is_some_and(|value| !["false", "off", "no", "0"].contains(&value))
    {
        return Err(params.invalid("replication", "asks for a replication connection"));
    }
    Ok(())
}

fn list<'a>(params: &'a Params, key: &str) -> Vec<&'a str> {
    params
        .get(key)
        .map(|value| value.split(',').map(str::trim).collect())
        .unwrap_or_default()
}

/// `host`, `hostaddr` and `port` are lists that belong together; one port serves all hosts.
fn hosts(params: &Params, env: &Environment) -> Result<Vec<HostSpec>> {
    let (names, addresses, ports) = (
        list(params, "host"),
        list(params, "hostaddr"),
        list(params, "port"),
    );
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err(params.invalid("hostaddr", "has not as many entries as host"));
    }
    let count = names.len().max(addresses.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err(params.invalid("port", "has not as many entries as there are hosts"));
    }
    (0..count)
        .map(|index| {
            let text = ports
                .get(index)
                .or(ports.first())
                .copied()
                .unwrap_or_default();
            let port = port(params, text)?;
            let name = names.get(index).copied().unwrap_or_default();
            let ip = addresses.get(index).copied().unwrap_or_default();
            Ok(HostSpec {
                address: address(params, env, name, ip, port)?,
                port,
                password: None,
            })
        })
        .collect()
}

fn port(params: &Params, text: &str) -> Result<u16> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    text.parse()
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| params.invalid("port", "is not a number from 1 to 65535"))
}

fn address(params: &Params, env: &Environment, name: &str, ip: &str, port: u16) -> Result<Address> {
    if name.starts_with('@') {
        return Err(params
            .invalid("host", "is an abstract socket, which is not supported")
            .hint("give the directory of the server's socket"));
    }
    if !ip.is_empty() {
        let ip = ip
            .parse()
            .map_err(|_| params.invalid("hostaddr", "is not an IP address"))?;
        let name = if name.is_empty() {
            format!("{ip}")
        } else {
            name.to_owned()
        };
        return Ok(Address::Tcp { name, ip: Some(ip) });
    }
    if name.starts_with('/') {
        return Ok(Address::Unix(PathBuf::from(name)));
    }
    if !name.is_empty() {
        return Ok(Address::Tcp {
            name: name.to_owned(),
            ip: name.parse().ok(),
        });
    }
    // libpq has one directory compiled in; this binary runs on any system, and looks.
    let socket = format!(".s.PGSQL.{port}");
    let dir = env
        .socket_dirs
        .iter()
        .find(|dir| dir.join(&socket).exists());
    Ok(dir.map_or_else(
        || Address::Tcp {
            name: "localhost".into(),
            ip: None,
        },
        |dir| Address::Unix(dir.clone()),
    ))
}

/// Gives each host its password; returns why the file was not used, if it was not.
fn passwords_from_file(
    hosts: &mut [HostSpec],
    params: &Params,
    env: &Environment,
    dbname: &str,
    user: &str,
) -> Option<String> {
    let path = match params.get("passfile") {
        Some(path) => PathBuf::from(path),
        None => env.home.as_ref()?.join(".pgpass"),
    };
    let file = Passfile::read(&path);
    for host in hosts {
        let name = match &host.address {
            Address::Tcp { name, .. } => name.clone(),
            Address::Unix(dir) => dir.display().to_string(),
        };
        host.password = file.find(&name, host.port, dbname, user).map(Secret::new);
    }
    file.warning
}

fn connect_timeout(params: &Params) -> Result<Option<Duration>> {
    Ok(match params.number("connect_timeout")? {
        None => Some(CONNECT_TIMEOUT),
        Some(seconds) if seconds <= 0 => None,
        Some(seconds) => Some(Duration::from_secs(seconds as u64)),
    })
}

fn session_attrs(params: &Params) -> Result<SessionAttrs> {
    params.choice(
        "target_session_attrs",
        SessionAttrs::Any,
        &[
            ("any", SessionAttrs::Any),
            ("read-write", SessionAttrs::ReadWrite),
            ("read-only", SessionAttrs::ReadOnly),
            ("primary", SessionAttrs::Primary),
            ("standby", SessionAttrs::Standby),
            ("prefer-standby", SessionAttrs::PreferStandby),
        ],
    )
}

fn keepalive(params: &Params) -> Result<Keepalive> {
    let seconds = |key| -> Result<Option<Duration>> {
        let number = params.number(key)?.filter(|seconds| *seconds > 0);
        Ok(number.map(|seconds| Duration::from_secs(seconds as u64)))
    };
    Ok(Keepalive {
        on: params.number("keepalives")? != Some(0),
        idle: seconds("keepalives_idle")?,
        interval: seconds("keepalives_interval")?,
        count: params
            .number("keepalives_count")?
            .and_then(|count| u32::try_from(count).ok()),
    })
}

fn tls(params: &Params, env: &Environment) -> Result<TlsOptions> {
    let own = |name: &str| {
        let path = env
            .home
            .as_ref()
            .map(|home| home.join(".postgresql").join(name));
        path.filter(|path| path.exists())
    };
    let given = params.get("sslrootcert");
    let roots = match given {
        Some("system") => RootCert::System,
        Some(path) => RootCert::File(PathBuf::from(path)),
        None => own("root.crt").map_or(RootCert::System, RootCert::File),
    };
    let mode = ssl_mode(params, given == Some("system"), &roots)?;
    let direct = params.choice(
        "sslnegotiation",
        false,
        &[("postgres", false), ("direct", true)],
    )?;
    if direct && mode < SslMode::Require {
        return Err(params.invalid(
            "sslnegotiation",
            "is direct, which needs sslmode=require or stricter",
        ));
    }
    let bindings = [
        ("disable", ChannelBinding::Disable),
        ("prefer", ChannelBinding::Prefer),
        ("require", ChannelBinding::Require),
    ];
    let versions = [
        ("TLSv1", true),
        ("TLSv1.1", true),
        ("TLSv1.2", true),
        ("TLSv1.3", false),
    ];
    let (tls12, tls13) = (
        params.choice("ssl_min_protocol_version", true, &versions)?,
        !params.choice("ssl_max_protocol_version", false, &versions[2..])?,
    );
    if !tls12 && !tls13 {
        return Err(params.invalid(
            "ssl_min_protocol_version",
            "is above ssl_max_protocol_version",
        ));
    }
    Ok(TlsOptions {
        mode,
        roots,
        crl: params
            .get("sslcrl")
            .map(PathBuf::from)
            .or_else(|| own("root.crl")),
        client_cert: client_cert(params, own)?,
        direct,
        sni: params.choice("sslsni", true, &[("1", true), ("0", false)])?,
        tls12,
        tls13,
        channel_binding: params.choice("channel_binding", ChannelBinding::Prefer, &bindings)?,
    })
}

/// The mode with libpq's two corrections: the system's authorities are only good with a check of the host's name,
/// and `require` with a root certificate file means `verify-ca`.
fn ssl_mode(params: &Params, system: bool, roots: &RootCert) -> Result<SslMode> {
    let default = if system {
        SslMode::VerifyFull
    } else {
        SslMode::Prefer
    };
    let mode = params.choice(
        "sslmode",
        default,
        &[
            ("disable", SslMode::Disable),
            ("allow", SslMode::Allow),
            ("prefer", SslMode::Prefer),
            ("require", SslMode::Require),
            ("verify-ca", SslMode::VerifyCa),
            ("verify-full", SslMode::VerifyFull),
        ],
    )?;
    if system && mode != SslMode::VerifyFull {
        return Err(params
            .invalid("sslmode", "is too weak for sslrootcert=system")
            .hint(
                "anybody can get a certificate from a public authority: use sslmode=verify-full",
            ));
    }
    let promoted = mode == SslMode::Require && matches!(roots, RootCert::File(_));
    Ok(if promoted { SslMode::VerifyCa } else { mode })
}

fn client_cert(
    params: &Params,
    own: impl Fn(&str) -> Option<PathBuf>,
) -> Result<Option<(PathBuf, PathBuf)>> {
    let modes = [
        ("disable", None),
        ("allow", Some(false)),
        ("require", Some(true)),
    ];
    let Some(required) = params.choice("sslcertmode", Some(false), &modes)? else {
        return Ok(None);
    };
    let cert = params
        .get("sslcert")
        .map(PathBuf::from)
        .or_else(|| own("postgresql.crt"));
    let key = params
        .get("sslkey")
        .map(PathBuf::from)
        .or_else(|| own("postgresql.key"));
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some((cert, key))),
        (Some(_), None) => Err(params.invalid("sslcert", "comes without sslkey")),
        (None, _) if required => {
            Err(params.invalid("sslcertmode", "is require, but there is no certificate"))
        }
        (None, _) => Ok(None),
    }
}
