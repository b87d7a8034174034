//! StreamVibe's upkeep: each task does what its proof in `fixtures/tasks/streamvibe` says.

use crate::support::cli::repository;
use crate::support::cluster::{Cluster, blocking};
use std::fs;

#[test]
fn every_task_of_streamvibe_does_what_its_proof_says_once_and_again() {
    let database = Cluster::shared().streamvibe("tasks");
    let tasks = names("phases/streamvibe/tasks");
    assert_eq!(
        tasks,
        names("fixtures/tasks/streamvibe"),
        "a proof for every task, a task for every proof"
    );
    assert!(tasks.len() >= 10);
    blocking(async {
        let session = database.session().await;
        session
            .client
            .batch_execute("set role app_owner")
            .await
            .unwrap();
        for name in &tasks {
            let read =
                |folder: &str| fs::read_to_string(repository().join(folder).join(name)).unwrap();
            let task = read("phases/streamvibe/tasks");
            let proof = read("fixtures/tasks/streamvibe");
            let (given, then) = proof.split_once("-- then\n").expect("a section `-- then`");
            let steps = [
                ("given", given),
                ("task", &task),
                ("then", then),
                ("task again", &task),
                ("then again", then),
            ];
            session.client.batch_execute("begin").await.unwrap();
            for (step, sql) in steps {
                let result = session.client.batch_execute(sql).await;
                result.unwrap_or_else(|error| panic!("{name}, {step}: {:?}", error.as_db_error()));
            }
            session.client.batch_execute("rollback").await.unwrap();
        }
        session.close().await;
    });
}

fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(repository().join(folder)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    names.sort();
    names
}
