//! `postgres://` URLs → pairs of key and value, by libpq's rules.

use crate::{Error, ErrorKind, Result};

/// Said whenever the text may have been cut at a character of the password: nothing of the text is repeated.
const ENCODE: &str = "if the user name or the password contains one of  @ / ? # : & %  write it percent-encoded \
     (@ is %40, / is %2F, ? is %3F, # is %23, : is %3A, & is %26, % is %25)";

/// Whether the text is a URL at all.
pub fn is_url(text: &str) -> bool {
    strip_scheme(text).is_some()
}

/// The scheme's name is matched without regard to case, as RFC 3986 wants it.
fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    ["postgres", "postgresql"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
        .then_some(rest)
}

/// Keys and values, decoded.
type Pairs = Vec<(String, String)>;

/// Splits a URL into libpq's parameters: first what stands before the `@`, then the others. Errors never repeat a
/// part of the URL.
pub fn parse(text: &str) -> Result<(Pairs, Pairs)> {
    let rest = strip_scheme(text).ok_or_else(|| bad("is not a postgres:// URL"))?;
    let (before_query, query) = rest
        .split_once('?')
        .map_or((rest, None), |(left, right)| (left, Some(right)));
    let (authority, path) = before_query
        .split_once('/')
        .map_or((before_query, None), |(left, right)| (left, Some(right)));
    let (mut login, mut pairs) = (Vec::new(), Vec::new());
    let hosts = match authority.split_once('@') {
        Some((credentials, hosts)) => {
            credentials_of(credentials, &mut login)?;
            hosts
        }
        None => authority,
    };
    // A second @, or one outside the authority, means that the first cut was inside a password.
    if hosts.contains('@')
        || path.is_some_and(stray)
        || query.is_some_and(|text| text.contains('@'))
    {
        return Err(bad("has an @ in a place where none can be").hint(ENCODE));
    }
    hosts_of(hosts, &mut pairs)?;
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        pairs.push(("dbname".into(), decode(path)?));
    }
    for pair in query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty())
    {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| bad("has a query parameter without =").hint(ENCODE))?;
        pairs.push((decode(key)?, decode(value)?));
    }
    Ok((login, pairs))
}

/// What cannot be in a database's name unless it was encoded.
fn stray(path: &str) -> bool {
    path.contains(['@', '/', '#'])
}

fn credentials_of(text: &str, pairs: &mut Pairs) -> Result<()> {
    let (user, password) = text
        .split_once(':')
        .map_or((text, None), |(user, password)| (user, Some(password)));
    if !user.is_empty() {
        pairs.push(("user".into(), decode(user)?));
    }
    if let Some(password) = password {
        pairs.push(("password".into(), decode(password)?));
    }
    Ok(())
}

fn hosts_of(text: &str, pairs: &mut Pairs) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for part in text.split(',') {
        let (host, port) = host_and_port(part)?;
        hosts.push(decode(host)?);
        ports.push(port.to_owned());
    }
    if hosts.iter().any(|host| !host.is_empty()) {
        pairs.push(("host".into(), hosts.join(",")));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        pairs.push(("port".into(), ports.join(",")));
    }
    Ok(())
}

/// `host:port`, `[ipv6]:port`; the port may be absent.
fn host_and_port(part: &str) -> Result<(&str, &str)> {
    let (host, rest) = if let Some(inside) = part.strip_prefix('[') {
        inside
            .split_once(']')
            .ok_or_else(|| bad("has a [ without its ]"))?
    } else {
        part.split_at(part.find(':').unwrap_or(part.len()))
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => port,
        None if rest.is_empty() => "",
        None => return Err(bad("has something between the ] of a host and its port")),
    };
    if port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok((host, port));
    }
    Err(bad("has a port that is not a number").hint(ENCODE))
}

/// Percent-decoding; a broken escape is an error, since a password with a bare % would be sent altered.
fn decode(text: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|byte| (byte as char).to_digit(16));
        match (digit(rest.next()), digit(rest.next())) {
            (Some(high), Some(low)) if high + low > 0 => bytes.push((high * 16 + low) as u8),
            _ => {
                return Err(
                    bad("has a % that is not followed by two hexadecimal digits").hint(ENCODE),
                );
            }
        }
    }
    String::from_utf8(bytes).map_err(|_| bad("is not UTF-8 once its % escapes are decoded"))
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the connection URL {what}"))
        .hint("the form is postgres://user:password@host:5432/database?sslmode=verify-full")
}
