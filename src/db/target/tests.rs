//! Connection strings, variables, service and password files: what they mean, and what errors may say.

mod errors;
mod properties;
mod sources;

use super::*;
use crate::ErrorKind;

fn env(vars: &[(&str, &str)]) -> Environment {
    Environment::from_vars(
        [("USER", "me"), ("HOME", "/nonexistent")]
            .iter()
            .chain(vars)
            .copied(),
    )
}

fn parse(text: &str) -> Target {
    Target::parse(text, &env(&[])).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn password(target: &Target) -> Option<&str> {
    target.hosts[0].password.as_ref().map(Secret::expose)
}

/// Everything that could be printed of an error.
fn printed(error: &crate::Error) -> String {
    format!(
        "{error} {error:?} {}",
        serde_json::to_string(error.inner()).unwrap()
    )
}

#[test]
fn urls_and_key_value_strings_mean_what_libpq_takes_them_for() {
    let cases = [
        ("postgres://", "postgres://me@localhost:5432/me"),
        ("postgresql://", "postgres://me@localhost:5432/me"),
        ("PostgreSQL://h", "postgres://me@h:5432/me"),
        ("", "postgres://me@localhost:5432/me"),
        ("postgres://u@h/d", "postgres://u@h:5432/d"),
        ("postgres://u:p@h:6000/d", "postgres://u@h:6000/d"),
        ("postgres://u:@h/d", "postgres://u@h:5432/d"),
        ("postgres://:p@h/d", "postgres://me@h:5432/d"),
        ("postgres://u@h", "postgres://u@h:5432/u"),
        ("postgres://u@h/", "postgres://u@h:5432/u"),
        ("postgres://h:/d", "postgres://me@h:5432/d"),
        ("postgres://u@[::1]:6000/d", "postgres://u@[::1]:6000/d"),
        (
            "postgres://u@[2001:db8::7]/d",
            "postgres://u@[2001:db8::7]:5432/d",
        ),
        ("postgres://u@a,b:1,c:2/d", "postgres://u@a:5432,b:1,c:2/d"),
        (
            "postgres://a%40b:x@h/d%2Fe%20f",
            "postgres://a%40b@h:5432/d%2Fe%20f",
        ),
        (
            "postgres://u@%2Fvar%2Frun/d",
            "postgres://u@/d?host=/var/run",
        ),
        (
            "postgres:///d?host=/tmp&port=7&user=u",
            "postgres://u@/d?host=/tmp&port=7",
        ),
        ("postgres:///d?host=a,b&port=7", "postgres://me@a:7,b:7/d"),
        (
            "postgres://u@h/d?dbname=other&user=x",
            "postgres://x@h:5432/other",
        ),
        (
            "postgres://u@h/d?port=9&&sslmode=require&",
            "postgres://u@h:9/d",
        ),
        (
            "postgres://u@h/d?hostaddr=10.0.0.7",
            "postgres://u@h:5432/d",
        ),
        ("hostaddr=10.0.0.7 user=u", "postgres://u@10.0.0.7:5432/u"),
        ("hostaddr=::1 user=u", "postgres://u@[::1]:5432/u"),
        ("host=h user=u dbname=d", "postgres://u@h:5432/d"),
        ("  host = h  user= u\tdbname =d\n", "postgres://u@h:5432/d"),
        (
            r"host=h user='a b' dbname='it\'s \\'",
            r"postgres://a%20b@h:5432/it's%20\",
        ),
        (r"host=h user=a\ b dbname=d", "postgres://a%20b@h:5432/d"),
        ("host=h user=u dbname=''", "postgres://u@h:5432/u"),
        ("host=a host=b user=u", "postgres://u@b:5432/u"),
        ("host=a,b port=1,2 user=u", "postgres://u@a:1,b:2/u"),
        ("host=a,/tmp user=u", "postgres://u@a:5432,%2Ftmp:5432/u"),
    ];
    for (text, meaning) in cases {
        assert_eq!(parse(text).to_string(), meaning, "{text}");
    }
}

#[test]
fn what_a_target_shows_of_itself_means_the_same_again() {
    for text in [
        "postgres://a%40b%2Fc:x@h:6000/d%3Fe%23",
        "postgres://u@[::1],h:7/d",
        "host=/tmp/x user=u dbname=d port=77",
        "host='a,/tmp/y' user='o\\'brien' dbname='a b'",
    ] {
        let shown = parse(text).to_string();
        assert_eq!(parse(&shown).to_string(), shown, "{text}");
    }
}

#[test]
fn passwords_are_decoded_and_never_shown() {
    let cases = [
        ("postgres://u:p%40ss%2Fword%3F%23%25@h/d", "p@ss/word?#%"),
        ("postgres://u:p:w@h/d", "p:w"),
        ("postgres://u@h/d?password=p%26w", "p&w"),
        ("postgres://u:first@h/d?password=second", "second"),
        (r"host=h user=u password='it\'s a=b'", "it's a=b"),
    ];
    for (text, meaning) in cases {
        let target = parse(text);
        assert_eq!(password(&target), Some(meaning), "{text}");
        let shown = format!("{target} {target:?} {:?}", target.hosts);
        assert!(!shown.contains(meaning), "{shown}");
    }
}

#[test]
fn what_mappers_and_hosts_add_to_their_urls_is_let_through() {
    let target = parse(
        "postgres://u:p@h/d?schema=public&pgbouncer=true&connection_limit=1&pool_timeout=0&supa=base-pooler.x&ssl=true\
         &client_encoding=utf8",
    );
    assert!(target.says_pooler);
    assert_eq!(target.tls.mode, SslMode::Require);
    assert_eq!(
        target.ignored,
        [
            "schema",
            "connection_limit",
            "pool_timeout",
            "supa",
            "client_encoding"
        ]
    );
    assert!(!parse("host=h pgbouncer=false").says_pooler);
}

#[test]
fn every_honoured_parameter_arrives() {
    let target = parse(
        "host=h sslmode=verify-full sslrootcert=/r.crt sslcert=/c.crt sslkey=/c.key sslcrl=/r.crl sslsni=0 \
         sslnegotiation=direct channel_binding=require ssl_min_protocol_version=TLSv1.3 connect_timeout=3 \
         application_name=app options='-c a=b' target_session_attrs=read-write load_balance_hosts=random keepalives=1 \
         keepalives_idle=4 keepalives_interval=5 keepalives_count=6 tcp_user_timeout=7000",
    );
    let tls = TlsOptions {
        mode: SslMode::VerifyFull,
        roots: RootCert::File("/r.crt".into()),
        crl: Some("/r.crl".into()),
        client_cert: Some(("/c.crt".into(), "/c.key".into())),
        direct: true,
        sni: false,
        tls12: false,
        tls13: true,
        channel_binding: ChannelBinding::Require,
    };
    assert_eq!(target.tls, tls);
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(
        (target.application_name.as_str(), target.options.as_deref()),
        ("app", Some("-c a=b"))
    );
    assert_eq!(
        (target.session_attrs, target.load_balance),
        (SessionAttrs::ReadWrite, true)
    );
    let second = Duration::from_secs;
    let keepalive = Keepalive {
        on: true,
        idle: Some(second(4)),
        interval: Some(second(5)),
        count: Some(6),
    };
    assert_eq!(target.keepalive, keepalive);
    assert_eq!(target.tcp_user_timeout, Some(second(7)));
}

#[test]
fn defaults_are_libpqs_but_for_a_limit_to_waiting() {
    let target = parse("host=h");
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(10)));
    assert_eq!(parse("host=h connect_timeout=0").connect_timeout, None);
    assert_eq!(target.tls.mode, SslMode::Prefer);
    assert_eq!(target.application_name, "pgphase");
    assert_eq!(
        parse("host=h fallback_application_name=x").application_name,
        "x"
    );
    assert_eq!(
        parse("host=h sslrootcert=system").tls.mode,
        SslMode::VerifyFull
    );
    assert_eq!(
        parse("host=h sslmode=require sslrootcert=/r").tls.mode,
        SslMode::VerifyCa
    );
    assert_eq!(parse("host=h sslmode=require").tls.mode, SslMode::Require);
    let nobody = Environment::from_vars([("HOME", "/nonexistent")]);
    assert_eq!(
        Target::parse("host=h", &nobody).unwrap_err().kind(),
        ErrorKind::Config
    );
}
