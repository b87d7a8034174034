//! Connecting: sockets, hosts in turn, TLS in every mode, and what is said when it fails.

mod support;

use support::cluster::Cluster;

#[tokio::test]
async fn a_session_opens_over_the_socket_and_names_itself() {
    let database = Cluster::shared().database("connect");
    let session = database.session().await;
    let sql = "select current_database()::text, current_setting('application_name')";
    let row = session.client.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), database.name);
    assert_eq!(row.get::<_, String>(1), "pgphase");
    assert!(session.greeting().major().unwrap() >= 14);
}
