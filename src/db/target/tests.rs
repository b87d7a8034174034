//! Connection strings, variables, service and password files: what they mean, and what errors may say.

use super::*;
use crate::ErrorKind;
use proptest::prelude::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

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
fn a_password_that_was_not_encoded_is_an_error_that_does_not_repeat_it() {
    for text in [
        "postgres://u:sesame/x@h/d",
        "postgres://u:1/sesame@h/d",
        "postgres://u:sesame@x@h/d",
        "postgres://u:x@sesame@h/d",
        "postgres://u:sesame?x@h/d",
        "postgres://u:1?sesame=x@h/d",
        "postgres://u:1?sesame@h/d",
        "postgres://u:x%sesame@h/d",
        "postgres://u:%ZZsesame@h/d",
        "postgres://u:x#sesame/@h/d",
        "postgres://u@h/d?password=x&sesame=1",
        "postgres://u@h/d?password=x&sesame",
        "host=h password=open sesame",
        "host=h password=open sesame=1",
        "host=h password='open sesame",
        "host=h password=a'b sesame",
        "sesame",
        "mysql://u:sesame@h/d",
    ] {
        let error = Target::parse(text, &env(&[])).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(
            !printed(&error).contains("sesame"),
            "{text}: {}",
            printed(&error)
        );
        assert!(error.inner().hint.is_some(), "{text}: {error}");
    }
}

#[test]
fn a_wrong_parameter_is_named_with_what_was_probably_meant() {
    let cases = [
        (
            "postgres://u:secret@h/d?sslmod=require",
            "unknown parameter sslmod in the connection string",
            "sslmode",
        ),
        (
            "postgres://u@h/d?ssl_mode=require",
            "unknown parameter ssl_mode in the connection string",
            "sslmode",
        ),
        (
            "postgres://u@h/d?sslmdoe=require",
            "unknown parameter sslmdoe in the connection string",
            "sslmode",
        ),
        (
            "host=h database=d",
            "unknown parameter database in the connection string",
            "dbname",
        ),
        (
            "host=h wibble=d",
            "unknown parameter wibble in the connection string",
            "libpq",
        ),
        (
            "host=h sslmode=on",
            "sslmode in the connection string is none of disable, allow, prefer, require, verify-ca, verify-full",
            "",
        ),
        (
            "host=h port=x",
            "port in the connection string is not a number from 1 to 65535",
            "",
        ),
        (
            "host=h port=0",
            "port in the connection string is not a number from 1 to 65535",
            "",
        ),
        (
            "host=h port=65536",
            "port in the connection string is not a number from 1 to 65535",
            "",
        ),
        (
            "host=a,b,c port=1,2",
            "port in the connection string has not as many entries as there are hosts",
            "",
        ),
        (
            "host=a hostaddr=10.0.0.1,10.0.0.2",
            "hostaddr in the connection string has not as many entries as host",
            "",
        ),
        (
            "hostaddr=h",
            "hostaddr in the connection string is not an IP address",
            "",
        ),
        (
            "host=h connect_timeout=soon",
            "connect_timeout in the connection string is not a whole number",
            "",
        ),
        (
            "host=h target_session_attrs=master",
            "target_session_attrs in the connection string is none of any, read-write, read-only, primary, standby, prefer-standby",
            "",
        ),
        (
            "host=@x",
            "host in the connection string is an abstract socket, which is not supported",
            "",
        ),
        (
            "host=h require_auth=scram-sha-256",
            "require_auth in the connection string is not supported",
            "channel_binding",
        ),
        (
            "host=h gssencmode=require",
            "gssencmode in the connection string asks for GSSAPI encryption, which is not supported",
            "",
        ),
        (
            "host=h replication=database",
            "replication in the connection string asks for a replication connection",
            "",
        ),
        (
            "host=h schema=app",
            "schema in the connection string names another schema than public",
            "",
        ),
        (
            "host=h sslrootcert=system sslmode=require",
            "sslmode in the connection string is too weak for sslrootcert=system",
            "verify-full",
        ),
        (
            "host=h sslnegotiation=direct",
            "sslnegotiation in the connection string is direct, which needs sslmode=require or stricter",
            "",
        ),
        (
            "host=h sslcert=a.crt",
            "sslcert in the connection string comes without sslkey",
            "",
        ),
        (
            "host=h ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
            "ssl_min_protocol_version in the connection string is above ssl_max_protocol_version",
            "",
        ),
        (
            "postgres://u@[::1/d",
            "the connection URL has a [ without its ]",
            "",
        ),
    ];
    for (text, message, hint) in cases {
        let error = Target::parse(text, &env(&[])).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
        let hints = error.inner().hint.clone().unwrap_or_default();
        assert!(hints.contains(hint), "{text}: {hints}");
    }
}

#[test]
fn a_wrong_variable_is_named() {
    let error = Target::from_environment(&env(&[("PGPORT", "x"), ("PGHOST", "h")])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "port in PGPORT is not a number from 1 to 65535"
    );
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

#[test]
fn variables_fill_in_what_the_string_leaves_open() {
    let vars = [
        ("PGHOST", "vh"),
        ("PGPORT", "7"),
        ("PGDATABASE", "vd"),
        ("PGUSER", "vu"),
        ("PGPASSWORD", "vp"),
        ("PGSSLMODE", "require"),
        ("PGCONNECT_TIMEOUT", "4"),
        ("PGAPPNAME", "va"),
        ("PGOPTIONS", "-c x=y"),
        ("PGTARGETSESSIONATTRS", "primary"),
        ("PGCHANNELBINDING", "disable"),
    ];
    let target = Target::from_environment(&env(&vars)).unwrap();
    assert_eq!(target.to_string(), "postgres://vu@vh:7/vd");
    assert_eq!(password(&target), Some("vp"));
    assert_eq!(target.tls.mode, SslMode::Require);
    assert_eq!(target.tls.channel_binding, ChannelBinding::Disable);
    assert_eq!(target.connect_timeout, Some(Duration::from_secs(4)));
    assert_eq!(
        (target.application_name.as_str(), target.options.as_deref()),
        ("va", Some("-c x=y"))
    );
    assert_eq!(target.session_attrs, SessionAttrs::Primary);

    let target = Target::parse("postgres://u:p@h:1/d?sslmode=disable", &env(&vars)).unwrap();
    assert_eq!(target.to_string(), "postgres://u@h:1/d");
    assert_eq!(
        (password(&target), target.tls.mode),
        (Some("p"), SslMode::Disable)
    );
    // A port without a host's own is the variable's, as in libpq.
    assert_eq!(
        Target::parse("postgres://u@h/d", &env(&vars))
            .unwrap()
            .hosts[0]
            .port,
        7
    );
}

#[test]
fn without_a_host_the_socket_that_exists_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".s.PGSQL.6000"), "").unwrap();
    let mut env = env(&[]);
    env.socket_dirs = vec!["/nonexistent".into(), dir.path().into()];
    let at = |text| Target::parse(text, &env).unwrap().hosts[0].address.clone();
    assert_eq!(at("port=6000"), Address::Unix(dir.path().into()));
    assert_eq!(
        at("port=6001"),
        Address::Tcp {
            name: "localhost".into(),
            ip: None
        }
    );
}

/// A home folder with files in it, and its environment.
fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Environment) {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let env = Environment::from_vars([("USER", "me"), ("HOME", dir.path().to_str().unwrap())]);
    (dir, env)
}

const PGPASS: &str = "# a comment\n\
    broken line\n\
    h:5432:d:u:exact\n\
    h:*:*:u:any database\n\
    *:6000:d:*:any host\n\
    localhost:*:d:u:local\n\
    /tmp/x:5432:other:u:that socket\n\
    ::1:5432:d:u:never, colons must be escaped\n\
    \\:\\:1:5432:d:u:six\n\
    e:5432:a\\:b:c\\\\d:es\\:cap\\\\ed:rest is ignored\n";

#[test]
fn the_password_file_gives_the_first_line_that_matches() {
    let (_home, env) = home(&[(".pgpass", PGPASS)]);
    let cases = [
        ("host=h dbname=d user=u", Some("exact")),
        ("host=h dbname=x user=u port=9", Some("any database")),
        ("host=z dbname=d user=x port=6000", Some("any host")),
        ("host=h dbname=d user=x", None),
        ("host=localhost dbname=d user=u", Some("local")),
        ("host=/tmp/y dbname=d user=u", Some("local")),
        ("host=/tmp/x dbname=other user=u", Some("that socket")),
        ("host=::1 dbname=d user=u", Some("six")),
        (r"host=e dbname=a:b user=c\\d", Some(r"es:cap\ed")),
        ("host=h dbname=d user=u password=given", Some("given")),
    ];
    for (text, meaning) in cases {
        let target = Target::parse(text, &env).unwrap();
        assert_eq!(password(&target), meaning, "{text}");
    }
    let both = Target::parse("host=h,z port=5432,6000 dbname=d user=u", &env).unwrap();
    assert_eq!(both.hosts[1].password, Some(Secret::new("any host")));
}

#[test]
fn a_password_file_that_others_can_read_is_not_used_and_that_is_said() {
    let (home, env) = home(&[(".pgpass", PGPASS), ("elsewhere", "*:*:*:*:other\n")]);
    let path = home.path().join(".pgpass");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let target = Target::parse("host=h dbname=d user=u", &env).unwrap();
    assert_eq!(password(&target), None);
    assert!(
        target.warnings[0].contains("chmod 0600"),
        "{:?}",
        target.warnings
    );
    let elsewhere = format!(
        "host=h passfile={}",
        home.path().join("elsewhere").display()
    );
    assert_eq!(
        password(&Target::parse(&elsewhere, &env).unwrap()),
        Some("other")
    );
}

const SERVICES: &str = "# services\n\n[other]\nhost=wrong\n\n[mine]\nhost=sh\nport = 7\nuser=su\npassword=sp\n\
    sslmode=require\n\n[broken]\nhost\n\n[nested]\nservice=mine\n\n[unknown]\nsecret=1\n";

#[test]
fn a_service_goes_before_variables_and_after_the_string() {
    let (_home, mut env) = home(&[(".pg_service.conf", SERVICES)]);
    env.set_default("PGHOST", "vh", "");
    env.set_default("PGDATABASE", "vd", "");
    let target = Target::parse("service=mine", &env).unwrap();
    assert_eq!(target.to_string(), "postgres://su@sh:7/vd");
    assert_eq!(
        (password(&target), target.tls.mode),
        (Some("sp"), SslMode::Require)
    );
    let target = Target::parse("postgres://u@h:1/d?service=mine", &env).unwrap();
    assert_eq!(target.to_string(), "postgres://u@h:1/d");
    env.set_default("PGSERVICE", "mine", "");
    assert_eq!(
        Target::from_environment(&env).unwrap().to_string(),
        "postgres://su@sh:7/vd"
    );
}

#[test]
fn a_service_that_is_unknown_or_broken_is_an_error_with_its_place() {
    let (home, env) = home(&[(".pg_service.conf", SERVICES)]);
    let path = home.path().join(".pg_service.conf");
    let fails = |service: &str| {
        Target::parse(&format!("service={service}"), &env)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(fails("none"), "there is no connection service named none");
    assert_eq!(
        fails("broken"),
        format!(
            "{}:14: a line of a service file is key=value",
            path.display()
        )
    );
    assert_eq!(
        fails("nested"),
        format!(
            "{}:17: a service cannot name another service",
            path.display()
        )
    );
    assert_eq!(
        fails("unknown"),
        format!("unknown parameter secret in {}:20", path.display())
    );
    let gone = Target::parse("service=x servicefile=/nonexistent", &env).unwrap_err();
    assert!(
        gone.to_string().starts_with("service file /nonexistent: "),
        "{gone}"
    );
}

#[test]
fn certificates_in_the_home_folder_are_found() {
    let (home, env) = home(&[
        (".postgresql/root.crt", ""),
        (".postgresql/postgresql.crt", ""),
        (".postgresql/postgresql.key", ""),
    ]);
    let own = |name| home.path().join(".postgresql").join(name);
    let tls = Target::parse("host=h sslmode=require", &env).unwrap().tls;
    assert_eq!(tls.roots, RootCert::File(own("root.crt")));
    assert_eq!(tls.mode, SslMode::VerifyCa);
    assert_eq!(
        tls.client_cert,
        Some((own("postgresql.crt"), own("postgresql.key")))
    );
    let tls = Target::parse("host=h sslcertmode=disable", &env)
        .unwrap()
        .tls;
    assert_eq!(tls.client_cert, None);
}

#[test]
fn child_processes_get_the_same_target_in_variables() {
    let text = "host=h,/tmp port=1,2 user=u dbname=d password=p sslmode=verify-full sslrootcert=/r";
    let vars = parse(text).libpq_environment();
    let again = Target::from_environment(&env(&vars
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect::<Vec<_>>()));
    let again = again.unwrap();
    assert_eq!(again.to_string(), parse(text).to_string());
    assert_eq!(again.hosts, parse(text).hosts);
    assert_eq!(again.tls, parse(text).tls);
}

/// Characters that break URLs and strings, around a recognisable middle.
fn awkward() -> impl Strategy<Value = String> {
    (
        "[a-z0-9@/?#:&%=' \\\\,\\[\\]+]{0,6}",
        "[a-z0-9@/?#:&%=' \\\\,\\[\\]+]{0,6}",
    )
        .prop_map(|(before, after)| format!("{before}zqxjk{after}"))
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        let _ = Target::parse(&text, &env(&[]));
        let _ = Target::parse(&format!("postgres://{text}"), &env(&[]));
    }

    #[test]
    fn an_unencoded_password_is_never_repeated(password in awkward()) {
        for text in [
            format!("postgres://user:{password}@host/db"),
            format!("postgres://user:{password}@host:5432/db?sslmode=require"),
            format!("postgres://user@host/db?password={password}"),
            format!("host=host user=user password={password}"),
            format!("host=host user=user password='{password}'"),
        ] {
            let shown = match Target::parse(&text, &env(&[])) {
                Ok(target) => format!("{target} {target:?}"),
                Err(error) => printed(&error),
            };
            prop_assert!(!shown.contains("zqxjk"), "{text}: {shown}");
        }
    }

    #[test]
    fn an_encoded_password_arrives_whole(password in awkward()) {
        let encoded = percent_encoding::utf8_percent_encode(&password, percent_encoding::NON_ALPHANUMERIC);
        let target = parse(&format!("postgres://user:{encoded}@host/db"));
        prop_assert_eq!(super::tests::password(&target), Some(password.as_str()));
        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let target = parse(&format!("host=host password='{quoted}'"));
        prop_assert_eq!(super::tests::password(&target), Some(password.as_str()));
    }

    #[test]
    fn what_is_shown_means_the_same(user in "[^\u{0}]{1,12}", dbname in "[^\u{0}]{1,12}", port in 1_u16..) {
        let shown = Target::socket("/tmp/a b", port, &user, &dbname).to_string();
        let again = parse(&shown);
        prop_assert_eq!((&again.user, &again.dbname), (&user, &dbname));
        prop_assert_eq!(again.to_string(), shown);
    }
}
