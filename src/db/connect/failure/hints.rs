//! What to do about a failed connection, by what the server said and by whose server it is.

use super::{Cause, Failure};
use crate::db::target::{Address, SslMode, Target};

/// All hints that fit, the most specific first.
pub fn hints(failure: &Failure, target: &Target) -> Vec<String> {
    let mut hints = Vec::new();
    hints.extend(hosted(failure, target));
    hints.extend(general(failure, target));
    hints
}

/// The names that are tried, in lower case.
fn names(target: &Target) -> Vec<String> {
    let name = |address: &Address| match address {
        Address::Tcp { name, .. } => Some(name.to_ascii_lowercase()),
        Address::Unix(_) => None,
    };
    target
        .hosts
        .iter()
        .filter_map(|host| name(&host.address))
        .collect()
}

/// Habits of hosted PostgreSQL.
fn hosted(failure: &Failure, target: &Target) -> Option<String> {
    let names = names(target);
    let ends = |suffix: &str| names.iter().any(|name| name.ends_with(suffix));
    let project = names.iter().find_map(|name| {
        name.strip_prefix("db.")
            .and_then(|rest| rest.strip_suffix(".supabase.co"))
    });
    let unreachable = matches!(failure.cause, Cause::Unreachable | Cause::Name);
    if let Some(project) = project.filter(|_| unreachable) {
        return Some(format!(
            "Supabase's direct host has an IPv6 address only, and this network may have none: use the session pooler, \
             postgres://postgres.{project}:…@aws-0-<region>.pooler.supabase.com:5432/postgres (dashboard, Connect)"
        ));
    }
    if ends(".pooler.supabase.com") && !target.user.contains('.') && failure.cause == Cause::Refused
    {
        return Some(format!(
            "Supabase's pooler wants the project in the user name: {}.<project-ref>",
            target.user
        ));
    }
    if ends(".pooler.supabase.com") && failure.message.contains("Tenant or user not found") {
        return Some("Supabase's pooler does not know this project in this region: copy the string from the dashboard, Connect".into());
    }
    if failure.message.contains("ndpoint ID is not specified") {
        return Some("Neon finds the endpoint by the host's name in TLS: do not switch sslsni off, or add options=endpoint%3D<endpoint-id>".into());
    }
    let supabase = ends(".supabase.co") || ends(".supabase.com");
    if supabase && failure.cause == Cause::Tls && target.tls.mode >= SslMode::VerifyCa {
        return Some("Supabase has an authority of its own: download its certificate (dashboard, Database, SSL) and give it as sslrootcert".into());
    }
    None
}

fn general(failure: &Failure, target: &Target) -> Vec<String> {
    if let Some(code) = failure.code() {
        return refused(code, failure, target);
    }
    match failure.cause {
        Cause::Unreachable => unreachable(failure, target),
        Cause::Name => vec!["check the host's name, and this machine's network".into()],
        Cause::NoPassword => vec![
            "put it into PGPASSWORD, into ~/.pgpass (mode 0600), or into the connection string"
                .into(),
        ],
        Cause::Tls => tls(failure, target),
        Cause::WrongKind => vec!["target_session_attrs says which kind of server will do".into()],
        _ if failure.message.contains("channel binding") => {
            vec!["channel_binding=require needs TLS and a password stored as scram-sha-256".into()]
        }
        _ => Vec::new(),
    }
}

fn unreachable(failure: &Failure, target: &Target) -> Vec<String> {
    let local = |address: &Address| match address {
        Address::Unix(_) => true,
        Address::Tcp { name, ip } => name == "localhost" || ip.is_some_and(|ip| ip.is_loopback()),
    };
    if target.hosts.iter().all(|host| local(&host.address)) {
        return vec![
            "is PostgreSQL running here, and on this port?".into(),
            "--dev uses a server that pgphase starts itself".into(),
        ];
    }
    if failure.message.starts_with("no answer") {
        return vec![
            "a firewall may drop the packets; connect_timeout says how long to wait".into(),
        ];
    }
    vec![
        "check host and port, and that the server listens on this address (listen_addresses)"
            .into(),
    ]
}

fn tls(failure: &Failure, target: &Target) -> Vec<String> {
    let hint = |text: &str| vec![text.to_owned()];
    let message = &failure.message;
    if message.contains("does not offer TLS") {
        return hint(
            "sslmode=prefer would go on without encryption; sslmode=disable would not ask for it",
        );
    }
    if message.contains("UnsupportedCertVersion") {
        return hint(
            "the server's certificate is X.509 version 1; issue it again with extensions (openssl x509 -req -extfile …), or use sslmode=require",
        );
    }
    if message.contains("UnknownIssuer") {
        return hint("give the authority's certificate as sslrootcert=FILE");
    }
    if message.contains("not valid for name") || message.contains("NotValidForName") {
        return match target.tls.mode {
            SslMode::VerifyFull => hint(
                "connect by a name that is in the server's certificate; sslmode=verify-ca with sslrootcert does not check it",
            ),
            _ => hint(
                "without sslrootcert the host's name is checked, since public authorities certify anybody",
            ),
        };
    }
    if message.contains("xpired") {
        return hint("renew the server's certificate, and check this machine's clock");
    }
    if message.contains("CertificateRequired") || message.contains("HandshakeFailure") {
        return hint("the server may want a client certificate: sslcert and sslkey");
    }
    Vec::new()
}

/// By the server's code.
fn refused(code: &str, failure: &Failure, target: &Target) -> Vec<String> {
    let hint = |text: String| vec![text];
    match code {
        "28P01" => hint("check user and password (PGPASSWORD, ~/.pgpass, the connection string)".into()),
        "28000" => pg_hba(failure, target),
        "3D000" => hint(format!("create it first: createdb {}", target.dbname)),
        "42501" => hint(format!("grant connect on database {} to {};", target.dbname, target.user)),
        "53300" => vec![
            "all connections are taken: close some, or raise max_connections".into(),
            "pgphase itself needs one connection".into(),
        ],
        "57P03" => hint("the server kept starting up until the time was over; connect_timeout says how long to wait".into()),
        "08P01" if target.options.is_some() => hint(
            "poolers refuse the startup parameter options: leave it out, or connect to the server itself".into(),
        ),
        "08P01" => hint("a pooler in between may not know this database or user".into()),
        _ => Vec::new(),
    }
}

fn pg_hba(failure: &Failure, target: &Target) -> Vec<String> {
    let message = &failure.message;
    // The words no encryption are PostgreSQL's own, in English servers; the hint is harmless elsewhere.
    if message.contains("no encryption") && target.tls.mode < SslMode::Prefer {
        return vec!["the server wants TLS: sslmode=require, or better sslmode=verify-full".into()];
    }
    if message.contains("certificate") {
        return vec!["give a client certificate: sslcert and sslkey".into()];
    }
    if message.contains("Peer authentication") {
        return vec![format!(
            "on a socket, the system's user must be {}: become that user, or use host=localhost with a password",
            target.user
        )];
    }
    if message.contains("is not permitted to log in") {
        return vec![format!(
            "alter role {} login; or connect as a role that may log in, and work as this one by --role",
            target.user
        )];
    }
    vec!["check the user's name, and the server's pg_hba.conf".into()]
}
