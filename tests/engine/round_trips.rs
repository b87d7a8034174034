//! How often a run waits for the server, counted by a proxy that makes every answer late.

use crate::support::cli::Pgphase;
use crate::support::cluster::Cluster;
use crate::support::proxy::Proxy;
use pgphase::catalog::Platform;

#[test]
fn a_run_with_nothing_to_do_needs_three_round_trips_and_a_whole_streamvibe_sixty() {
    let cluster = Cluster::builder().tcp().start();
    let database = cluster.database("round_trips");
    crate::support::cluster::blocking(async {
        let session = database.session().await;
        pgphase::platform::install(&session, Platform::Supabase)
            .await
            .unwrap();
        session.close().await;
    });
    let proxy = Proxy::start(cluster.port());
    let url = format!(
        "postgres://postgres@127.0.0.1:{}/{}?sslmode=disable",
        proxy.port, database.name
    );
    let up = || Pgphase::new("migrate up --system streamvibe").env("DATABASE_URL", &url);
    up().ok();
    let whole = proxy.round_trips();
    assert!(
        (10..=60).contains(&whole),
        "{whole} round trips for everything"
    );
    up().ok().says("nothing to do");
    let nothing = proxy.round_trips();
    assert!(
        (1..=3).contains(&nothing),
        "{nothing} round trips for nothing"
    );
    Pgphase::new("migrate status")
        .env("DATABASE_URL", &url)
        .ok();
    let status = proxy.round_trips();
    assert!(
        (1..=3).contains(&status),
        "{status} round trips for the status"
    );
}
