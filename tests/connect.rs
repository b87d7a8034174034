//! Connecting: sockets, hosts in turn, servers that start, and what is said when it fails.

mod support;

use pgphase::db::{Environment, Session, Target, connect};
use pgphase::{Error, ErrorKind};
use std::time::{Duration, Instant};
use support::cluster::Cluster;
use support::fake_server::{closed_port, refusing_server, starting_server};
use tokio::net::TcpListener;

fn target(text: &str) -> Target {
    let env = Environment::from_vars([("HOME", "/nonexistent"), ("USER", "postgres")]);
    Target::parse(text, &env).unwrap()
}

/// The shared cluster by its socket, as a `key=value` string.
fn socket() -> String {
    let cluster = Cluster::shared();
    format!(
        "host={} port={}",
        cluster.socket_dir().display(),
        cluster.port()
    )
}

async fn fails(text: &str) -> Error {
    match connect(&target(text)).await {
        Ok(_) => panic!("{text}: connected"),
        Err(error) => error,
    }
}

fn hint(error: &Error) -> String {
    error.inner().hint.clone().unwrap_or_default()
}

async fn value(session: &Session, sql: &str) -> String {
    session.client.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_session_opens_over_the_socket_and_says_who_it_is() {
    let database = Cluster::shared().database("connect");
    let text = format!(
        "{} dbname={} options='-c work_mem=7MB'",
        socket(),
        database.name
    );
    let session = connect(&target(&text)).await.unwrap();
    assert_eq!(
        value(&session, "select current_database()::text").await,
        database.name
    );
    assert_eq!(
        value(&session, "select current_setting('application_name')").await,
        "pgphase"
    );
    assert_eq!(
        value(&session, "select current_setting('work_mem')").await,
        "7MB"
    );
    let version = value(&session, "select current_setting('server_version')").await;
    assert_eq!(
        session.greeting().server_version.as_deref(),
        Some(version.as_str())
    );
    assert!(version.starts_with(&session.greeting().major().unwrap().to_string()));
    session.close().await;
}

#[tokio::test]
async fn connecting_sends_no_statement() {
    let cluster = Cluster::builder().setting("log_statement", "all").start();
    connect(&cluster.target("postgres"))
        .await
        .unwrap()
        .close()
        .await;
    let session = connect(&cluster.target("postgres")).await.unwrap();
    session
        .client
        .batch_execute("select 'marker'")
        .await
        .unwrap();
    let log = cluster.log();
    assert!(log.contains("select 'marker'"), "{log}");
    assert_eq!(log.matches("statement:").count(), 1, "{log}");
}

#[tokio::test]
async fn what_is_refused_is_explained() {
    let socket = socket();
    let cluster = Cluster::shared();
    let role = format!("no_login_{}", std::process::id());
    cluster.execute(&format!("create role {role}"));
    let cases = [
        (
            format!("{socket} dbname=is_not_there"),
            "3D000",
            "createdb is_not_there",
        ),
        (
            format!("{socket} user=nobody_at_all"),
            "28000",
            "check the user's name",
        ),
        (
            format!("{socket} user={role} dbname=postgres"),
            "28000",
            "may log in",
        ),
        (
            format!("{socket} dbname=postgres options='-c no_such=1'"),
            "42704",
            "",
        ),
    ];
    for (text, code, words) in cases {
        let error = fails(&text).await;
        assert_eq!(error.kind(), ErrorKind::Connection, "{text}");
        assert_eq!(
            error.inner().sqlstate.as_deref(),
            Some(code),
            "{text}: {error}"
        );
        assert!(hint(&error).contains(words), "{text}: {}", hint(&error));
        assert!(
            error
                .to_string()
                .starts_with("cannot connect to postgres://"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_database_that_the_role_may_not_enter_is_a_matter_of_permission() {
    let cluster = Cluster::shared();
    let database = cluster.database("closed");
    let role = format!("stranger_{}", std::process::id());
    cluster.execute(&format!("create role {role} login"));
    cluster.execute(&format!(
        "revoke connect on database \"{}\" from public",
        database.name
    ));
    let error = fails(&format!(
        "{} user={role} dbname={}",
        socket(),
        database.name
    ))
    .await;
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(
        hint(&error).contains(&format!("to {role};")),
        "{}",
        hint(&error)
    );
    cluster.execute(&format!("drop role {role}"));
}

const PASSWORDS: &str = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

#[tokio::test]
async fn a_wrong_or_missing_password_ends_the_search_and_is_never_shown() {
    let cluster = Cluster::builder().tcp().hba(PASSWORDS).start();
    cluster.execute("create role reader login password 'sesame'");
    let port = cluster.port();
    let tcp = format!("port={port} user=reader dbname=postgres");
    connect(&target(&format!("host=127.0.0.1 {tcp} password=sesame")))
        .await
        .unwrap();

    let error = fails(&format!("host=127.0.0.1 {tcp} password=simsim")).await;
    assert_eq!(error.inner().sqlstate.as_deref(), Some("28P01"));
    assert!(
        !format!("{error} {error:?}").contains("simsim"),
        "{error:?}"
    );
    let error = fails(&format!("host=127.0.0.1 {tcp}")).await;
    assert!(
        error
            .to_string()
            .ends_with("the server asks for a password, and none is given"),
        "{error}"
    );
    assert!(hint(&error).contains(".pgpass"));

    // The second host would let us in; libpq does not get that far, either.
    let sockets = cluster.socket_dir().display();
    let both = format!("host=127.0.0.1,{sockets} port={port} user=postgres dbname=postgres");
    let error = fails(&format!("{both} password=simsim")).await;
    assert_eq!(error.inner().sqlstate.as_deref(), Some("28P01"));
}

#[tokio::test]
async fn when_all_connections_are_taken_the_hint_says_so() {
    let cluster = Cluster::builder()
        .setting("max_connections", "4")
        .setting("superuser_reserved_connections", "0")
        .setting("max_wal_senders", "0")
        .start();
    let mut held = Vec::new();
    let error = loop {
        match connect(&cluster.target("postgres")).await {
            Ok(session) => held.push(session),
            Err(error) => break error,
        }
    };
    assert_eq!(error.inner().sqlstate.as_deref(), Some("53300"));
    assert!(hint(&error).contains("max_connections"));
}

#[tokio::test]
async fn a_host_that_refuses_is_passed_over_for_the_next() {
    let closed = closed_port().await;
    let cluster = Cluster::shared();
    let hosts = format!(
        "host=127.0.0.1,no-such-host.invalid,{}",
        cluster.socket_dir().display()
    );
    let ports = format!("port={closed},1,{}", cluster.port());
    for more in ["", "load_balance_hosts=random"] {
        let session = connect(&target(&format!("{hosts} {ports} dbname=postgres {more}")))
            .await
            .unwrap();
        session.close().await;
    }
    let error = fails(&format!(
        "host=no-such-host.invalid,127.0.0.1 port=1,{closed}"
    ))
    .await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("refused"), "{error}");
    let detail = error.inner().detail.clone().unwrap();
    assert!(
        detail.contains("no-such-host.invalid, port 1: the name cannot be resolved"),
        "{detail}"
    );
}

#[tokio::test]
async fn nobody_there_is_said_with_what_to_do() {
    let closed = closed_port().await;
    let error = fails(&format!("host=127.0.0.1 port={closed}")).await;
    assert!(
        hint(&error).contains("is PostgreSQL running here"),
        "{error:?}"
    );
    let error = fails("host=/nonexistent").await;
    assert!(hint(&error).contains("--dev"), "{error:?}");
    let error = fails("host=db.abcdefgh.supabase.co.invalid").await;
    assert!(hint(&error).contains("check the host's name"), "{error:?}");
}

#[tokio::test]
async fn known_hosts_get_hints_of_their_own() {
    // The names are never looked up: the address is given.
    let closed = closed_port().await;
    let at = |host: &str| format!("host={host} hostaddr=127.0.0.1 port={closed}");
    let error = fails(&at("db.abcdefgh.supabase.co")).await;
    assert!(
        hint(&error).contains("postgres.abcdefgh:…@aws-0-<region>.pooler.supabase.com"),
        "{error:?}"
    );

    let refusing = refusing_server("XX000", "Tenant or user not found").await;
    let error = fails(&format!(
        "host=aws-0-eu.pooler.supabase.com {refusing} sslmode=disable"
    ))
    .await;
    assert!(hint(&error).contains("postgres.<project-ref>"), "{error:?}");
    let text =
        format!("host=aws-0-eu.pooler.supabase.com {refusing} sslmode=disable user=postgres.abc");
    assert!(hint(&fails(&text).await).contains("does not know this project in this region"));

    let refusing = refusing_server(
        "XX000",
        "Endpoint ID is not specified. Either please upgrade …",
    )
    .await;
    let error = fails(&format!(
        "host=ep-x.eu.aws.neon.tech {refusing} sslmode=disable"
    ))
    .await;
    assert!(hint(&error).contains("options=endpoint%3D"), "{error:?}");

    let refusing = refusing_server("08P01", "unsupported startup parameter: options").await;
    let error = fails(&format!("{refusing} sslmode=disable options='-c a=b'")).await;
    assert!(
        hint(&error).contains("poolers refuse the startup parameter options"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_starting_up_is_waited_for() {
    let (address, starting) = starting_server(3).await;
    let text = format!(
        "host=127.0.0.1 port={} sslmode=disable dbname=postgres",
        address.port()
    );
    connect(&target(&text)).await.unwrap().close().await;
    assert_eq!(starting.await.unwrap(), 3);

    let (address, _starting) = starting_server(usize::MAX).await;
    let start = Instant::now();
    let text = format!(
        "host=127.0.0.1 port={} sslmode=disable connect_timeout=1",
        address.port()
    );
    let error = fails(&text).await;
    assert_eq!(error.inner().sqlstate.as_deref(), Some("57P03"));
    assert!(hint(&error).contains("connect_timeout"));
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let start = Instant::now();
    let error = fails(&format!("host=127.0.0.1 port={port} connect_timeout=1")).await;
    assert!(
        error.to_string().ends_with("no answer within 1 s"),
        "{error}"
    );
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn the_wanted_kind_of_server_is_looked_for() {
    let cluster = Cluster::shared();
    let database = cluster.database("read_only");
    cluster.execute(&format!(
        "alter database \"{}\" set default_transaction_read_only = on",
        database.name
    ));
    for (dbname, accepted, refused) in [
        (
            "postgres",
            &["any", "read-write", "primary", "prefer-standby"][..],
            &["read-only", "standby"][..],
        ),
        (
            &database.name,
            &["any", "read-only", "primary", "prefer-standby"],
            &["read-write", "standby"],
        ),
    ] {
        let text = |attrs| format!("{} dbname={dbname} target_session_attrs={attrs}", socket());
        for attrs in accepted {
            connect(&target(&text(attrs))).await.unwrap().close().await;
        }
        for attrs in refused {
            let error = fails(&text(attrs)).await;
            assert!(
                error.to_string().contains("not the wanted kind of server"),
                "{attrs}: {error}"
            );
        }
    }
}
