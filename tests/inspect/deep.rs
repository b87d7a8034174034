//! Behaviour checks: each for itself, nothing stays, and a failure says where.

use crate::scene::{empty, system};
use pgphase::ErrorKind;
use pgphase::catalog::{Phase, SourceFile};
use pgphase::db::Session;
use pgphase::inspect::deep::{self, Options, Outcome};
use std::time::Duration;

fn phase(verify: &str) -> Phase {
    let mut phase = system().phases[0].clone();
    phase.verify = Some(SourceFile::new(
        "phases/everything/phase_1_base/verify.sql",
        verify,
    ));
    phase
}

async fn run(session: &Session, verify: &str) -> pgphase::Result<Vec<Outcome>> {
    deep::run(session, &phase(verify), &Options::default()).await
}

async fn count(session: &Session, sql: &str) -> i64 {
    session.client.query_one(sql, &[]).await.unwrap().get(0)
}

const SETUP: &str = "\
-- Shared by all checks.
create table public.note (id integer primary key, text text);
insert into public.note values (1, 'one');
";

#[tokio::test]
async fn checks_see_the_setup_and_not_each_other() {
    let (_database, session) = empty("deep").await;
    let file = format!(
        "{SETUP}
-- check: a second row may be added
-- id: SV-1.V
insert into public.note values (2, 'two');
set local role anon;
do $$ begin assert current_user = 'anon'; end $$;

-- check: there is one row only, and nobody changed the role
do $$
begin
    assert (select count(*) from public.note) = 1, 'sees another check''s row';
    assert current_user = 'postgres', 'role';
end
$$;
"
    );
    let outcomes = run(&session, &file).await.unwrap();
    let failed: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| outcome.error.as_ref())
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(outcomes[0].ids, ["SV-1.V"]);
    assert_eq!(outcomes.len(), 2);
}

#[tokio::test]
async fn nothing_stays_of_passing_and_failing_checks() {
    let (_database, session) = empty("nothing").await;
    let before = count(&session, "select count(*) from pg_class").await;
    let file = format!(
        "{SETUP}
-- check: one that passes
create table public.other (id integer);
select set_config('search_path', 'nowhere', false);
set timezone = 'Asia/Tokyo';
-- check: one that fails
create table public.third (id integer);
select 1 / 0;
"
    );
    let outcomes = run(&session, &file).await.unwrap();
    assert!(outcomes[0].error.is_none() && outcomes[1].error.is_some());
    assert_eq!(
        count(&session, "select count(*) from pg_catalog.pg_class").await,
        before
    );
    let row = session
        .client
        .query_one(
            "select current_setting('search_path'), current_setting('timezone'), pg_current_xact_id_if_assigned() is null",
            &[],
        )
        .await
        .unwrap();
    assert_ne!(row.get::<_, String>(0), "nowhere");
    assert_ne!(row.get::<_, String>(1), "Asia/Tokyo");
    assert!(row.get::<_, bool>(2), "still in the transaction");
}

#[tokio::test]
async fn a_failure_names_file_line_and_requirement_and_the_others_still_run() {
    let (_database, session) = empty("failure").await;
    let file = format!(
        "{SETUP}
-- check: this one fails
-- id: SV-2.R
select 1;
do $$
begin
    assert false, 'as it should';
end
$$;
-- check: this one names a table that is not there
select * from public.nowhere;
-- check: this one passes
select 1;
"
    );
    let outcomes = run(&session, &file).await.unwrap();
    let error = outcomes[0].error.as_ref().unwrap();
    assert_eq!(error.kind(), ErrorKind::Verification);
    let place = error.inner().location.as_ref().unwrap();
    assert_eq!(place.file, "phases/everything/phase_1_base/verify.sql");
    assert!((8..=10).contains(&place.line), "{place}");
    assert!(error.to_string().contains("as it should"), "{error}");
    let place = outcomes[1]
        .error
        .as_ref()
        .unwrap()
        .inner()
        .location
        .clone()
        .unwrap();
    assert_eq!((place.line, place.column), (14, Some(15)));
    assert!(outcomes[2].error.is_none());

    let (checks, findings) = deep::report(&outcomes);
    assert_eq!(
        (
            checks[0].name.as_str(),
            checks[0].expected,
            checks[0].actual
        ),
        ("base: behaviour", 3, 1)
    );
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[0].object, "check of base: this one fails (SV-2.R)");
}

#[tokio::test]
async fn a_check_that_would_end_the_transaction_is_refused_before_anything_runs() {
    let (_database, session) = empty("ends").await;
    let before = count(&session, "select count(*) from pg_class").await;
    for end in [
        "commit",
        "COMMIT AND CHAIN",
        "end",
        "rollback",
        "abort",
        "prepare transaction 'x'",
        "begin",
    ] {
        let file = format!(
            "{SETUP}\n-- check: it ends here\nselect 1;\n{end};\ncreate table public.stays (id integer);\n"
        );
        let error = run(&session, &file).await.unwrap_err();
        let place = error.inner().location.as_ref().map(|place| place.line);
        assert_eq!(place, Some(7), "{end}: {error}");
        assert_eq!(
            count(&session, "select count(*) from pg_class").await,
            before,
            "{end}"
        );
    }
}

#[tokio::test]
async fn a_commit_inside_of_a_block_fails_by_itself() {
    let (_database, session) = empty("block").await;
    let before = count(&session, "select count(*) from pg_class").await;
    let file = format!(
        "{SETUP}\n-- check: it tries\ndo $$ begin commit; end $$;\n-- check: next\nselect 1;\n"
    );
    let outcomes = run(&session, &file).await.unwrap();
    assert!(outcomes[0].error.is_some() && outcomes[1].error.is_none());
    assert_eq!(
        count(&session, "select count(*) from pg_class").await,
        before
    );
}

#[tokio::test]
async fn a_setup_that_fails_is_one_error_and_no_check_runs() {
    let (_database, session) = empty("setup").await;
    let error = run(&session, "select * from nowhere;\n-- check: x\nselect 1;\n")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Verification);
    assert_eq!(
        error.inner().location.as_ref().map(|place| place.line),
        Some(1)
    );
    assert!(
        error
            .inner()
            .detail
            .as_deref()
            .is_some_and(|detail| detail.contains("no check of this phase was run"))
    );
    assert_eq!(count(&session, "select 1::bigint").await, 1);
}

#[tokio::test]
async fn a_check_that_takes_too_long_fails_and_the_next_one_runs() {
    let (_database, session) = empty("slow").await;
    let file = "-- check: slow\nselect pg_sleep(60);\n-- check: next\nselect 1;\n";
    let options = Options {
        statement_timeout: Duration::from_millis(200),
        ..Options::default()
    };
    let outcomes = deep::run(&session, &phase(file), &options).await.unwrap();
    assert!(outcomes[0].error.is_some() && outcomes[1].error.is_none());
    assert!(outcomes[0].elapsed < Duration::from_secs(20));
}

#[tokio::test]
async fn a_savepoint_that_a_check_takes_away_is_noticed() {
    let (_database, session) = empty("savepoint").await;
    let before = count(&session, "select count(*) from pg_class").await;
    let file = format!(
        "{SETUP}\n-- check: it tries\nrelease savepoint pgphase_check;\n-- check: next\nselect 1;\n"
    );
    let error = run(&session, &file).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Verification | ErrorKind::Catalog),
        "{error}"
    );
    assert_eq!(
        count(&session, "select count(*) from pg_class").await,
        before
    );
}

#[tokio::test]
async fn a_phase_without_checks_has_none() {
    let (_database, session) = empty("none").await;
    let mut phase = phase("");
    phase.verify = None;
    assert!(
        deep::run(&session, &phase, &Options::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn settings_of_the_session_decide_nothing() {
    let (_database, session) = empty("settings").await;
    let settings = "set row_security = off; set plpgsql.check_asserts = off; set backslash_quote = off; \
        set quote_all_identifiers = on; set session_replication_role = replica; \
        set transform_null_equals = on; set default_transaction_isolation = 'serializable'";
    session.client.batch_execute(settings).await.unwrap();
    let file = format!(
        "{SETUP}
alter table public.note enable row level security;
grant select on public.note to anon;

-- check: who may not read sees nothing, and no error
set local role anon;
do $$ begin assert not exists (select from public.note); end $$;

-- check: an assertion that does not hold fails
do $$ begin assert false, 'does not hold'; end $$;

-- check: the settings are the usual ones
do $$
begin
    assert quote_ident('plain') = 'plain', 'quotes';
    assert current_setting('session_replication_role') = 'origin', 'triggers';
    assert current_setting('transaction_isolation') = 'read committed', 'isolation';
    assert E'\\'' = '''', 'backslash';
    assert (null = null) is null, 'null';
end
$$;
"
    );
    let outcomes = run(&session, &file).await.unwrap();
    let failed: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.error.is_some())
        .collect();
    assert_eq!(failed, [false, true, false], "{outcomes:#?}");
    let kept = session
        .client
        .query_one("select current_setting('row_security')", &[])
        .await
        .unwrap();
    let kept: &str = kept.get(0);
    assert_eq!(kept, "off", "what the caller has set is left alone");
}
