//! TLS against a real server: what each `sslmode` accepts, and what it refuses.

mod support;

use pgphase::db::{Environment, Session, Target, connect};
use pgphase::{Error, ErrorKind};
use std::path::PathBuf;
use std::time::Duration;
use support::certs::{Authority, Pair, Wish, write};
use support::cluster::Cluster;

/// Databases named after who is let in.
const HBA: &str = "\
local all all trust
host postgres all 127.0.0.1/32 trust
hostssl tls_only all 127.0.0.1/32 trust
hostnossl plain_only all 127.0.0.1/32 trust
hostssl with_cert all 127.0.0.1/32 cert
host with_scram all 127.0.0.1/32 scram-sha-256
";

/// A server with TLS, and the files of its clients.
struct World {
    cluster: Cluster,
    files: tempfile::TempDir,
}

/// A server with the given certificates, by name; the first one is in use.
fn world(certificates: &[(&str, &Pair)], authority: &Authority) -> World {
    let mut builder = Cluster::builder().tcp().hba(HBA).setting("ssl", "on");
    builder = builder.file("ca.crt", &authority.pem());
    for (name, pair) in certificates {
        builder = builder
            .file(&format!("{name}.crt"), &pair.cert)
            .file(&format!("{name}.key"), &pair.key);
    }
    let first = certificates[0].0;
    let cluster = builder
        .setting("ssl_ca_file", "ca.crt")
        .setting("ssl_cert_file", &format!("{first}.crt"))
        .setting("ssl_key_file", &format!("{first}.key"))
        .start();
    let world = World {
        cluster,
        files: tempfile::tempdir().unwrap(),
    };
    world.file("ca.crt", &authority.pem());
    world
}

impl World {
    fn file(&self, name: &str, content: &str) -> PathBuf {
        write(self.files.path(), name, content)
    }

    /// The server by TCP; `text` may say `@x` for the file x.
    fn target(&self, text: &str) -> Target {
        let files = format!("={}/", self.files.path().display());
        let text = format!(
            "host=db.test hostaddr=127.0.0.1 port={} user=postgres {}",
            self.cluster.port(),
            text.replace("=@", &files)
        );
        Target::parse(&text, &Environment::from_vars([("HOME", "/nonexistent")])).unwrap()
    }

    async fn connect(&self, text: &str) -> Result<Session, Error> {
        connect(&self.target(text)).await
    }

    /// Whether the connection that comes about is encrypted, or the error with its hints.
    async fn outcome(&self, text: &str) -> Result<bool, String> {
        let session = self.connect(text).await.map_err(|error| {
            assert_eq!(error.exit_code(), 3);
            let inner = error.inner();
            let more = [&inner.sqlstate, &inner.detail, &inner.hint]
                .into_iter()
                .flatten();
            more.fold(error.to_string(), |all, line| format!("{all}\n{line}"))
        })?;
        let sql = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        let encrypted = session.client.query_one(sql, &[]).await.unwrap().get(0);
        session.close().await;
        Ok(encrypted)
    }

    /// The table: encrypted, plain, or refused with these words.
    async fn expect(&self, cases: &[(&str, Result<bool, &str>)]) {
        for (text, expected) in cases {
            let outcome = self.outcome(text).await;
            match (&outcome, expected) {
                (Ok(encrypted), Ok(expected)) => assert_eq!(encrypted, expected, "{text}"),
                (Err(error), Err(words)) => assert!(error.contains(words), "{text}: {error}"),
                _ => panic!("{text}: expected {expected:?}, got {outcome:?}"),
            }
        }
    }

    /// Lets the server show another certificate.
    async fn show(&self, name: &str) {
        self.cluster
            .execute(&format!("alter system set ssl_cert_file = '{name}.crt'"));
        self.cluster
            .execute(&format!("alter system set ssl_key_file = '{name}.key'"));
        self.reload("ssl_cert_file", &format!("{name}.crt")).await;
    }

    /// Waits until a new connection sees the setting; the postmaster reads its files when it gets round to it.
    async fn reload(&self, name: &str, value: &str) {
        self.cluster.execute("select pg_reload_conf()");
        for _ in 0..200 {
            let session = connect(&self.cluster.target("postgres")).await.unwrap();
            let sql = format!("select current_setting('{name}')");
            let now: String = session
                .client
                .query_one(sql.as_str(), &[])
                .await
                .unwrap()
                .get(0);
            session.close().await;
            if now == value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not take {name} = {value}");
    }
}

fn server_wish() -> Wish<'static> {
    Wish {
        names: &["db.test", "127.0.0.1"],
        common_name: "ignored.test",
        serial: 7,
        ..Wish::default()
    }
}

#[tokio::test]
async fn each_sslmode_accepts_and_refuses_what_libpq_does() {
    let (authority, stranger) = (Authority::new("Test CA"), Authority::new("Another CA"));
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    for name in ["tls_only", "plain_only"] {
        world.cluster.execute(&format!("create database {name}"));
    }
    world.file("stranger.crt", &stranger.pem());
    let plain_only = "sslmode=prefer would go on without encryption";
    world
        .expect(&[
            ("sslmode=disable", Ok(false)),
            ("sslmode=allow", Ok(false)),
            ("sslmode=prefer", Ok(true)),
            ("", Ok(true)),
            ("sslmode=require", Ok(true)),
            ("sslmode=verify-ca sslrootcert=@ca.crt", Ok(true)),
            ("sslmode=verify-full sslrootcert=@ca.crt", Ok(true)),
            // The server insists.
            (
                "dbname=tls_only sslmode=disable",
                Err("the server wants TLS: sslmode=require"),
            ),
            ("dbname=tls_only sslmode=allow", Ok(true)),
            ("dbname=tls_only sslmode=prefer", Ok(true)),
            ("dbname=plain_only sslmode=allow", Ok(false)),
            ("dbname=plain_only sslmode=prefer", Ok(false)),
            ("dbname=plain_only sslmode=require", Err("28000")),
            // Who signed it.
            ("sslmode=prefer sslrootcert=@stranger.crt", Ok(true)),
            (
                "sslmode=require sslrootcert=@stranger.crt",
                Err("UnknownIssuer"),
            ),
            (
                "sslmode=verify-ca sslrootcert=@stranger.crt",
                Err("sslrootcert=FILE"),
            ),
            (
                "sslmode=verify-full sslrootcert=@stranger.crt",
                Err("UnknownIssuer"),
            ),
            (
                "sslmode=verify-full sslrootcert=system",
                Err("TLS handshake failed"),
            ),
            ("sslmode=verify-full", Err("TLS handshake failed")),
            // Which name it says.
            ("host=other.test sslmode=require", Ok(true)),
            (
                "host=other.test sslmode=verify-ca sslrootcert=@ca.crt",
                Ok(true),
            ),
            (
                "host=other.test sslmode=verify-full sslrootcert=@ca.crt",
                Err("connect by a name that is in"),
            ),
            (
                "host=ignored.test sslmode=verify-full sslrootcert=@ca.crt",
                Err("not valid for name"),
            ),
            (
                "host=127.0.0.1 sslmode=verify-full sslrootcert=@ca.crt",
                Ok(true),
            ),
            ("host='' sslmode=verify-full sslrootcert=@ca.crt", Ok(true)),
            // How it is spoken.
            ("sslmode=require sslsni=0", Ok(true)),
            ("sslmode=require ssl_min_protocol_version=TLSv1.3", Ok(true)),
            ("sslmode=require ssl_max_protocol_version=TLSv1.2", Ok(true)),
            // Files.
            (
                "sslmode=verify-ca sslrootcert=@none.crt",
                Err("root certificate file"),
            ),
        ])
        .await;
    // A socket is never encrypted, whatever is asked for.
    let socket = world.cluster.url("postgres") + "&sslmode=verify-full";
    let env = Environment::from_vars([("HOME", "/nonexistent")]);
    connect(&Target::parse(&socket, &env).unwrap())
        .await
        .unwrap()
        .close()
        .await;

    world.cluster.execute("alter system set ssl = off");
    world.reload("ssl", "off").await;
    let without = [
        ("sslmode=prefer", Ok(false)),
        ("sslmode=require", Err(plain_only)),
    ];
    world.expect(&without).await;
    world
        .expect(&[("sslmode=verify-full", Err("the server does not offer TLS"))])
        .await;
}

#[tokio::test]
async fn certificates_that_a_browser_would_refuse_are_judged_as_libpq_judges_them() {
    let authority = Authority::new("Test CA");
    let by_common_name = Wish {
        common_name: "db.test",
        ..Wish::default()
    };
    let wildcard = Wish {
        common_name: "*.test.example",
        ..Wish::default()
    };
    // What PostgreSQL's manual tells people to make: self-signed, and so an authority, too.
    let manual = Wish {
        common_name: "db.test",
        authority: true,
        ..Wish::default()
    };
    let leaf = Wish {
        names: &["db.test"],
        common_name: "x",
        ..Wish::default()
    };
    let expired = Wish {
        expired: true,
        ..server_wish()
    };
    let expired_alone = Wish {
        common_name: "db.test",
        authority: true,
        expired: true,
        ..Wish::default()
    };
    let pairs = [
        ("common_name", authority.issue(&by_common_name)),
        ("wildcard", authority.issue(&wildcard)),
        ("manual", manual.alone()),
        ("leaf", leaf.alone()),
        ("expired", authority.issue(&expired)),
        ("expired_alone", expired_alone.alone()),
    ];
    let world = world(
        &pairs.each_ref().map(|(name, pair)| (*name, pair)),
        &authority,
    );
    for (name, pair) in &pairs {
        world.file(&format!("{name}.crt"), &pair.cert);
    }
    let full = "sslmode=verify-full sslrootcert=@ca.crt";
    world.expect(&[(full, Ok(true))]).await;
    world
        .expect(&[(
            &format!("host=other.test {full}"),
            Err("not valid for name"),
        )])
        .await;
    world.show("wildcard").await;
    world
        .expect(&[(&format!("host=a.test.example {full}"), Ok(true))])
        .await;
    world
        .expect(&[(
            &format!("host=a.b.test.example {full}"),
            Err("not valid for name"),
        )])
        .await;
    for name in ["manual", "leaf"] {
        world.show(name).await;
        let own = format!("sslmode=verify-full sslrootcert=@{name}.crt");
        world
            .expect(&[(&own, Ok(true)), (full, Err("TLS handshake failed"))])
            .await;
        world
            .expect(&[(&format!("host=other.test {own}"), Err("not valid for name"))])
            .await;
        world
            .expect(&[(
                &format!("host=other.test sslmode=verify-ca sslrootcert=@{name}.crt"),
                Ok(true),
            )])
            .await;
    }
    for (name, roots) in [("expired", "ca"), ("expired_alone", "expired_alone")] {
        world.show(name).await;
        let verified = format!("sslmode=verify-ca sslrootcert=@{roots}.crt");
        world
            .expect(&[
                ("sslmode=require", Ok(true)),
                (&verified, Err("check this machine's clock")),
            ])
            .await;
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_where_a_list_is_given() {
    let authority = Authority::new("Test CA");
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    world.file("revoked.crl", &authority.revoke(7));
    world.file("others.crl", &authority.revoke(8));
    let verified = "sslmode=verify-ca sslrootcert=@ca.crt";
    world
        .expect(&[
            (&format!("{verified} sslcrl=@others.crl"), Ok(true)),
            (&format!("{verified} sslcrl=@revoked.crl"), Err("Revoked")),
            ("sslmode=require sslcrl=@revoked.crl", Ok(true)),
        ])
        .await;
}

#[tokio::test]
async fn a_client_certificate_logs_in_and_a_key_that_others_can_read_is_refused() {
    let authority = Authority::new("Test CA");
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    world.cluster.execute("create database with_cert");
    let client = authority.issue(&Wish {
        common_name: "postgres",
        ..Wish::default()
    });
    let other = authority.issue(&Wish {
        common_name: "somebody",
        ..Wish::default()
    });
    for (name, pair) in [("client", &client), ("other", &other)] {
        world.file(&format!("{name}.crt"), &pair.cert);
        world.file(&format!("{name}.key"), &pair.key);
    }
    let key = "dbname=with_cert sslmode=require sslkey=@client.key";
    world
        .expect(&[
            (&format!("{key} sslcert=@client.crt"), Ok(true)),
            (
                "dbname=with_cert sslmode=require",
                Err("give a client certificate: sslcert and sslkey"),
            ),
            (
                "dbname=with_cert sslmode=require sslcert=@other.crt sslkey=@other.key",
                Err("28000"),
            ),
            (
                &format!("{key} sslcert=@other.crt"),
                Err("client certificate"),
            ),
            (
                &format!("{key} sslcert=@client.key"),
                Err("has no certificate in it"),
            ),
            (
                "sslmode=require sslcert=@client.crt sslkey=@client.crt",
                Err("has no key in it"),
            ),
        ])
        .await;
    use std::os::unix::fs::PermissionsExt;
    let path = world.files.path().join("client.key");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = world
        .connect(&format!("{key} sslcert=@client.crt"))
        .await
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        error.to_string().contains("can be read by others"),
        "{error}"
    );
}

#[tokio::test]
async fn channel_binding_ties_the_login_to_the_certificate() {
    let authority = Authority::new("Test CA");
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    world.cluster.execute("create database with_scram");
    world
        .cluster
        .execute("alter role postgres password 'sesame'");
    let login = "dbname=with_scram password=sesame";
    let wanted = "channel_binding=require needs TLS";
    world
        .expect(&[
            (
                &format!("{login} sslmode=require channel_binding=require"),
                Ok(true),
            ),
            (
                &format!("{login} sslmode=require channel_binding=disable"),
                Ok(true),
            ),
            (&format!("{login} sslmode=disable"), Ok(false)),
            (
                &format!("{login} sslmode=disable channel_binding=require"),
                Err(wanted),
            ),
            ("sslmode=require channel_binding=require", Err(wanted)),
        ])
        .await;
}

#[tokio::test]
async fn a_statement_is_cancelled_over_tls() {
    let authority = Authority::new("Test CA");
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    let session = world
        .connect("sslmode=verify-full sslrootcert=@ca.crt")
        .await
        .unwrap();
    let cancel = session.cancel.clone().unwrap();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        cancel().await;
    };
    let sleep = session.client.batch_execute("select pg_sleep(30)");
    let (result, ()) = tokio::join!(sleep, stop);
    assert_eq!(result.unwrap_err().code().unwrap().code(), "57014");
}

#[tokio::test]
async fn tls_without_asking_first_works_where_the_server_can() {
    let authority = Authority::new("Test CA");
    let world = world(&[("server", &authority.issue(&server_wish()))], &authority);
    let direct = "sslmode=verify-full sslrootcert=@ca.crt sslnegotiation=direct connect_timeout=2";
    let major = world.connect("").await.unwrap().greeting().major().unwrap();
    let expected = if major >= 17 {
        Ok(true)
    } else {
        Err("cannot connect")
    };
    world.expect(&[(direct, expected)]).await;
}
