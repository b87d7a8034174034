//! [`Target`] → [`Session`]: hosts and addresses in turn, TLS by `sslmode`, patience with a server that starts.

mod attempt;
mod failure;

use super::session::Session;
use super::target::{Address, HostSpec, SessionAttrs, Target};
use crate::Result;
use attempt::Connector;
use failure::Failure;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a server that is starting up is waited for when there is no connect timeout.
const STARTING_UP: Duration = Duration::from_secs(60);
/// Pauses between attempts on a server that is starting up.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Connects. No statement is sent, except where `target_session_attrs` asks for what the server did not say in its
/// greeting (before PostgreSQL 14).
///
/// # Errors
/// Of kind `Connection` (cannot be reached, refuses the login), `Permission` (may not connect to this database) or
/// `Config` (certificate files); with hints.
pub async fn connect(target: &Target) -> Result<Session> {
    let connector = Connector::new(target)?;
    let deadline = Instant::now() + target.connect_timeout.unwrap_or(STARTING_UP);
    let mut pause = BACKOFF.0;
    loop {
        let failure = match first_that_will_do(&connector).await {
            Ok(session) => return Ok(session),
            Err(failure) => failure,
        };
        if !failure.is_starting_up() || Instant::now() + pause >= deadline {
            return Err(failure.into_error(target));
        }
        sleep(pause).await;
        pause = (pause * 2).min(BACKOFF.1);
    }
}

/// Tries all hosts; `prefer-standby` goes round twice.
async fn first_that_will_do(connector: &Connector<'_>) -> Result<Session, Failure> {
    match connector.target.session_attrs {
        SessionAttrs::PreferStandby => match round(connector, SessionAttrs::Standby).await {
            Err(failure) if failure.try_next() => round(connector, SessionAttrs::Any).await,
            other => other,
        },
        attrs => round(connector, attrs).await,
    }
}

/// Each host once, in order. A server that refuses the login ends the search, as in libpq: the next host would be
/// asked with the same wrong password.
async fn round(connector: &Connector<'_>, attrs: SessionAttrs) -> Result<Session, Failure> {
    let mut failures: Option<Failure> = None;
    for host in in_order(&connector.target.hosts, connector.target.load_balance) {
        match one_host(connector, host, attrs).await {
            Ok(session) => return Ok(session),
            Err(failure) => {
                let try_next = failure.try_next();
                failures = Some(Failure::and_then(failures, failure));
                if !try_next {
                    break;
                }
            }
        }
    }
    Err(failures.unwrap_or_else(Failure::no_host))
}

/// Each address of a host once.
async fn one_host(
    connector: &Connector<'_>,
    host: &HostSpec,
    attrs: SessionAttrs,
) -> Result<Session, Failure> {
    let addresses = addresses(connector.target, host).await?;
    let mut failures: Option<Failure> = None;
    for ip in in_order(&addresses, connector.target.load_balance) {
        match connector.attempt(host, *ip, attrs).await {
            Ok(session) => return Ok(session),
            Err(failure) => {
                let try_next = failure.try_next();
                failures = Some(Failure::and_then(failures, failure));
                if !try_next {
                    break;
                }
            }
        }
    }
    Err(failures.unwrap_or_else(|| Failure::no_address(host)))
}

/// The addresses of a host; one `None` for a socket.
async fn addresses(target: &Target, host: &HostSpec) -> Result<Vec<Option<IpAddr>>, Failure> {
    let name = match &host.address {
        Address::Unix(_) => return Ok(vec![None]),
        Address::Tcp { ip: Some(ip), .. } => return Ok(vec![Some(*ip)]),
        Address::Tcp { name, ip: None } => name.as_str(),
    };
    let lookup = tokio::net::lookup_host((name, host.port));
    let found = match target.connect_timeout {
        Some(limit) => timeout(limit, lookup)
            .await
            .map_err(|_| Failure::timed_out(host, limit))?,
        None => lookup.await,
    };
    let found = found.map_err(|error| Failure::name_resolution(host, &error))?;
    Ok(found.map(|address| Some(address.ip())).collect())
}

/// As given, or rotated and reversed by chance: enough to spread clients over servers.
fn in_order<T>(items: &[T], at_random: bool) -> Vec<&T> {
    let mut items: Vec<&T> = items.iter().collect();
    if at_random && items.len() > 1 {
        let dice = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0_u8);
        let length = items.len();
        items.rotate_left((dice >> 1) as usize % length);
        if dice & 1 == 1 {
            items[1..].reverse();
        }
    }
    items
}
