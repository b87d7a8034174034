//! What is wrong with a connection string, said without repeating a password.

use super::*;

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
