//! A password never appears, whatever goes wrong.

use crate::support::cli::Pgphase;
use crate::support::cluster::Cluster;
use crate::support::project::Project;

const SECRET: &str = "Pa55w0rd-s3cret";

#[test]
fn no_message_has_the_password_of_a_connection_string() {
    let shop = Project::shop();
    let urls = [
        // Nobody listens; no such host; no such socket.
        format!("postgres://me:{SECRET}@127.0.0.1:1/db"),
        format!("postgres://me:{SECRET}@no-such-host.invalid/db"),
        format!("postgres://me:{SECRET}@/db?host=/nonexistent"),
        format!("host=127.0.0.1 port=1 user=me password={SECRET} dbname=db"),
        // Malformed in many ways.
        format!("postgres://me:{SECRET}@host:port/db"),
        format!("postgres://me:{SECRET}@host/db?sslmode=maybe"),
        format!("postgres://me:{SECRET}@host/db?no_such=1"),
        format!("postgres://me:{SECRET}@[::1/db"),
        format!("postgres://me:{SECRET}%zz@host/db"),
        format!("postgre://me:{SECRET}@host/db"),
        format!("postgres:/me:{SECRET}@host/db"),
        format!("password={SECRET} hots=x"),
        format!("password='{SECRET}"),
        format!("host=x password={SECRET} sslmode=maybe"),
        format!("postgres://me@host/db?password={SECRET}&sslmode=maybe"),
    ];
    for url in &urls {
        for format in ["", " --format json"] {
            Pgphase::new(&format!("migrate status{format} --database-url"))
                .arg(url)
                .env("RUST_LOG", "trace")
                .env("RUST_BACKTRACE", "1")
                .dir(&shop)
                .fails(3)
                .says_not(SECRET);
        }
        let env = Pgphase::new("migrate up")
            .env("DATABASE_URL", url)
            .dir(&shop);
        env.fails(3).says_not(SECRET);
    }
}

#[test]
fn a_refused_login_does_not_show_the_password() {
    let cluster = Cluster::builder()
        .hba("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        .tcp()
        .start();
    cluster.execute("create role me login password 'another'");
    let url = format!(
        "postgres://me:{SECRET}@127.0.0.1:{}/postgres",
        cluster.port()
    );
    Pgphase::new("migrate status")
        .env("DATABASE_URL", &url)
        .dir(&Project::shop())
        .fails(3)
        .says("password authentication failed")
        .says_not(SECRET);
    cluster.execute(&format!("alter role me password '{SECRET}'"));
    Pgphase::new("migrate status")
        .env("DATABASE_URL", &url)
        .dir(&Project::shop())
        .ok()
        .says_not(SECRET);
    Pgphase::new("migrate status")
        .env("DATABASE_URL", url.replace(&format!(":{SECRET}"), ""))
        .env("PGPASSWORD", SECRET)
        .dir(&Project::shop())
        .ok()
        .says_not(SECRET);
}

#[test]
fn a_wrong_line_of_a_configuration_file_does_not_show_the_password_in_it() {
    let shop = Project::shop();
    let text =
        format!("[env.production]\nurl = \"postgres://me:{SECRET}@host/db\"\nprotected = maybe\n");
    shop.write("../pgphase.toml", &text);
    Pgphase::new("migrate status")
        .within(shop.as_ref())
        .fails(3)
        .says_not(SECRET);
    shop.write("../pgphase.toml", "");
    shop.write(
        "../.env",
        &format!("DATABASE_URL=\"postgres://me:{SECRET}@host/db\n"),
    );
    Pgphase::new("migrate status")
        .within(shop.as_ref())
        .run()
        .says_not(SECRET);
}
