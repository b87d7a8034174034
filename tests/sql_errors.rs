//! What becomes of a server's errors: the place in the file, the kind, the hint.

mod support;

use pgphase::catalog::model::SourceFile;
use pgphase::db::Session;
use pgphase::db::sql_error::{Sent, SqlContext, from_pg, is_lock_timeout};
use pgphase::{Error, ErrorKind};
use std::time::Duration;
use support::cluster::{Cluster, Database};

fn file(text: &str) -> SourceFile {
    SourceFile {
        path: "phase_1_a/001_schema.sql".into(),
        text: text.into(),
        sha256: String::new(),
    }
}

async fn run(session: &Session, text: &str) -> Error {
    let file = file(text);
    let error = session.client.batch_execute(text).await.expect_err(text);
    from_pg(
        &error,
        &SqlContext::file(ErrorKind::Migration, "applying 001_schema.sql", &file),
    )
}

/// `line:column text-of-the-line`.
fn place(error: &Error) -> String {
    let Some(place) = &error.inner().location else {
        return String::new();
    };
    assert_eq!(place.file, "phase_1_a/001_schema.sql");
    let column = place
        .column
        .map_or(String::new(), |column| format!(":{column}"));
    format!(
        "{}{column} {}",
        place.line,
        place.snippet.clone().unwrap_or_default()
    )
}

fn shared() -> Database<'static> {
    Cluster::shared().database("sql_errors")
}

#[tokio::test]
async fn a_position_becomes_line_and_column_counted_in_characters() {
    let database = shared();
    let session = database.session().await;
    let cases = [
        ("select 1;\nselect 2;\n  selct 3;\n", "3:3   selct 3;"),
        (
            "-- größer als 💡\nselect 'ä💡', missing from pg_class;\n",
            "2:14 select 'ä💡', missing from pg_class;",
        ),
        (
            "create table a (b no_such_type);",
            "1:19 create table a (b no_such_type);",
        ),
        ("select 1;\n\nselect 'open", "3:8 select 'open"),
        (
            "create table a (\n    b int,\n    c int\n    d int\n);",
            "4:5     d int",
        ),
        ("select (", "1:9 select ("),
    ];
    for (text, expected) in cases {
        let error = run(&session, text).await;
        assert_eq!(place(&error), expected, "{text}: {error}");
        assert_eq!(error.kind(), ErrorKind::Migration);
        assert!(error.inner().sqlstate.is_some());
    }
}

#[tokio::test]
async fn a_part_of_a_file_behind_text_of_our_own_keeps_its_place() {
    let database = shared();
    let session = database.session().await;
    let file = file("-- é: sent before\nselect 1;\nselect 2, wrong;\n");
    let from = file.text.find("select 2").unwrap();
    let prefix = "/* é */ set local lock_timeout = '5s'; ";
    let sent = format!("{prefix}{}", &file.text[from..]);
    let error = session.client.batch_execute(&sent).await.unwrap_err();
    let mut context = SqlContext::new(ErrorKind::Migration, "applying");
    context.sent = Some(Sent {
        file: &file,
        from,
        prefix: prefix.chars().count(),
        statement: None,
    });
    assert_eq!(place(&from_pg(&error, &context)), "3:11 select 2, wrong;");
    // An error in our own part has no place in the file.
    let error = session
        .client
        .batch_execute("set local no_such = 1; select 1")
        .await
        .unwrap_err();
    assert_eq!(place(&from_pg(&error, &context)), "");
}

const FUNCTIONS: &str = r#"-- function f( in a comment is none
create function f(a int) returns int
    language plpgsql as $body$
declare
    x int;
begin
    x := a / 0;
    return x;
end $body$;
create or replace function public."Odd name"() returns void language plpgsql
as $$ begin
    perform public.f(1);
end $$;
select 'a';
select public."Odd name"();
"#;

#[tokio::test]
async fn an_error_inside_a_body_is_at_the_bodys_line() {
    let database = shared();
    let session = database.session().await;
    let error = run(&session, FUNCTIONS).await;
    assert_eq!(place(&error), "7     x := a / 0;");
    assert_eq!(
        error.to_string(),
        "phase_1_a/001_schema.sql:7: division by zero"
    );
    let detail = error.inner().detail.clone().unwrap();
    assert!(
        detail.contains("PL/pgSQL function") && detail.contains("Odd name"),
        "{detail}"
    );

    let text = "select 1;\n\ndo $$\nbegin\n    raise exception 'no' using hint = 'yes';\nend $$;\n";
    let error = run(&session, text).await;
    assert_eq!(
        place(&error),
        "5     raise exception 'no' using hint = 'yes';"
    );
    assert_eq!(error.inner().hint.as_deref(), Some("yes"));

    let text = "do language plpgsql $x$ begin\n perform nothing_there();\nend $x$;";
    let error = run(&session, text).await;
    assert_eq!(place(&error), "2  perform nothing_there();");
    assert!(
        error
            .inner()
            .detail
            .clone()
            .unwrap()
            .contains("in the query: SELECT nothing_there()")
    );

    let text =
        "create procedure p() language plpgsql as $$\nbegin\n    commit and nothing;\nend $$;";
    assert_eq!(
        place(&run(&session, text).await),
        "3:16     commit and nothing;"
    );

    let text = "create function q() returns int language sql as $$\n    select 1,\n    wrong\n$$;";
    assert_eq!(place(&run(&session, text).await), "3:5     wrong");
}

#[tokio::test]
async fn a_body_that_cannot_be_told_from_another_gives_the_statement_or_nothing() {
    let database = shared();
    let session = database.session().await;
    let two = "do $$ begin null; end $$;\ndo $$ begin\n raise 'x'; end $$;\n";
    assert_eq!(place(&run(&session, two).await), "");
    let source = file(two);
    let error = session.client.batch_execute(two).await.unwrap_err();
    let context = SqlContext::file(ErrorKind::Migration, "applying", &source);
    let context = context.statement(two.find("do $$ begin\n").unwrap());
    assert_eq!(place(&from_pg(&error, &context)), "3  raise 'x'; end $$;");

    // Overloads: the place would be a guess.
    let text = "create function o(a int) returns int language plpgsql as $$ begin\n return a / 0; end $$;\n\
        create function o(a text) returns int language plpgsql as $$ begin\n return 1; end $$;\nselect o(1);";
    assert_eq!(place(&run(&session, text).await), "");

    // No position at all: the statement that the caller counted to.
    let text = "create table t (a int primary key);\ninsert into t values (1);\ninsert into t values (1);\n";
    let source = file(text);
    let error = session.client.batch_execute(text).await.unwrap_err();
    let context = SqlContext::file(ErrorKind::Migration, "applying", &source);
    let error = from_pg(&error, &context.statement(text.rfind("insert").unwrap()));
    assert_eq!(place(&error), "3:1 insert into t values (1);");
    let detail = error.inner().detail.clone().unwrap();
    assert_eq!(detail, "Key (a)=(1) already exists.\ntable public.t");
}

#[tokio::test]
async fn codes_decide_about_kind_and_hint() {
    let database = shared();
    let session = database.session().await;
    let role = format!("sql_error_{}", std::process::id());
    database.execute(&format!(
        "create table locked (a int); create table other (); create role {role}"
    ));
    let denied = format!("set role {role}; select * from other");
    let blocker = database.session().await;
    blocker
        .client
        .batch_execute("begin; lock table locked")
        .await
        .unwrap();
    let cases = [
        (denied.as_str(), ErrorKind::Permission, "42501", "--role"),
        (
            "reset role; set lock_timeout = '20ms'; select * from locked",
            ErrorKind::Locked,
            "55P03",
            "--lock-timeout",
        ),
        (
            "set statement_timeout = '20ms'; select pg_sleep(10)",
            ErrorKind::Migration,
            "57014",
            "statement_timeout",
        ),
        (
            "set statement_timeout = 0; begin; set transaction read only; create table x ()",
            ErrorKind::Migration,
            "25006",
            "read-only",
        ),
        (
            "rollback; execute nothing_prepared",
            ErrorKind::Unsupported,
            "26000",
            "pooler",
        ),
        ("select 1 / 0", ErrorKind::Migration, "22012", ""),
    ];
    for (text, kind, code, words) in cases {
        let error = run(&session, text).await;
        assert_eq!(
            (error.kind(), error.inner().sqlstate.as_deref()),
            (kind, Some(code)),
            "{text}"
        );
        let hint = error.inner().hint.clone().unwrap_or_default();
        assert!(hint.contains(words), "{text}: {hint}");
    }
    drop(blocker);
    database.execute(&format!("drop role {role}"));
}

#[tokio::test]
async fn a_lock_timeout_is_recognised_for_another_try() {
    let database = shared();
    let (session, blocker) = (database.session().await, database.session().await);
    database.execute("create table t ()");
    blocker
        .client
        .batch_execute("begin; lock table t")
        .await
        .unwrap();
    session
        .client
        .batch_execute("set lock_timeout = '20ms'")
        .await
        .unwrap();
    let error = session
        .client
        .batch_execute("drop table t")
        .await
        .unwrap_err();
    assert!(is_lock_timeout(&error));
    let error = session
        .client
        .batch_execute("select 1 / 0")
        .await
        .unwrap_err();
    assert!(!is_lock_timeout(&error));
}

#[tokio::test]
async fn a_cancelled_statement_is_an_interruption() {
    let database = shared();
    let session = database.session().await;
    let cancel = session.cancel.clone().unwrap();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel().await;
    };
    let (error, ()) = tokio::join!(run(&session, "select pg_sleep(30)"), stop);
    assert_eq!(error.kind(), ErrorKind::Interrupted);
}

#[tokio::test]
async fn a_connection_that_ends_in_the_middle_says_during_what() {
    let database = shared();
    let session = database.session().await;
    let error = run(&session, "select pg_terminate_backend(pg_backend_pid())").await;
    assert_eq!(
        (error.kind(), error.inner().sqlstate.as_deref()),
        (ErrorKind::Connection, Some("57P01"))
    );
    assert!(
        error
            .to_string()
            .contains("ended the connection while applying 001_schema.sql"),
        "{error}"
    );
    let error = run(&session, "select 1").await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(
        error
            .to_string()
            .contains("closed the connection while applying 001_schema.sql"),
        "{error}"
    );
}

#[tokio::test]
async fn constraint_column_and_table_are_named_when_the_message_does_not() {
    let database = shared();
    let session = database.session().await;
    let setup = "create domain positive as int constraint is_positive check (value > 0); create table t (a positive)";
    session.client.batch_execute(setup).await.unwrap();
    let error = run(&session, "insert into t values (-1)").await;
    assert!(error.to_string().contains("is_positive"), "{error}");
    let setup = "create function guard() returns trigger language plpgsql as $$ begin \
        raise exception 'refused' using constraint = 'my_rule', column = 'a', table = 't', schema = 'public'; end $$; \
        create trigger guard before insert on t for each row execute function guard()";
    session.client.batch_execute(setup).await.unwrap();
    let error = run(&session, "insert into t values (1)").await;
    let detail = error.inner().detail.clone().unwrap();
    assert!(detail.starts_with("column a of table public.t"), "{detail}");
}
