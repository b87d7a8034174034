//! Migrations that fail: where, why, what stands, what was rolled back.

use crate::support::cluster::{Cluster, Database};
use crate::support::project::Project;
use serde_json::{Value, json};

/// A system whose second phase has this migration.
fn second(sql: &str) -> Project {
    Project::new("shop")
        .phase(1, "people", &[])
        .table(
            "phase_1_people",
            "001_schema",
            "public.person",
            "name text not null unique",
        )
        .phase(2, "orders", &["people"])
        .migration("phase_2_orders/001_schema", sql)
}

/// Fails in phase 2; phase 1 stands, nothing of phase 2 does.
fn failure(database: &Database<'_>, project: &Project) -> Value {
    let run = database
        .pgphase("migrate up --format json")
        .dir(project)
        .fails(2);
    let error = run.error();
    assert_eq!(
        error["standing"],
        json!(["phase_1_people/001_schema"]),
        "{run}"
    );
    assert_eq!(
        error["rolled_back"],
        json!(["phase_2_orders/001_schema"]),
        "{run}"
    );
    assert_eq!(database.applied(), "people/001_schema");
    assert_eq!(
        database.lines("select tablename from pg_tables where schemaname = 'public'"),
        "person"
    );
    error
}

#[test]
fn an_error_in_the_second_phase_shows_its_place_and_leaves_the_first_phase_standing() {
    let database = Cluster::shared().plain("sql_error");
    let project = second(
        "create table public.purchase (id int);\n\ncreate index on public.purchase\n    (wrong);\n",
    );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("error: column \"wrong\" does not exist [42703]")
        .says("phase_2_orders/001_schema.sql:")
        .says("applied before, and stands: phase_1_people/001_schema")
        .says("rolled back: phase_2_orders/001_schema");
    database
        .pgphase("migrate down --all --yes")
        .dir(&project)
        .ok();
    let error = failure(&database, &project);
    assert_eq!(error["kind"], "migration");
    assert_eq!(error["sqlstate"], "42703");
    project.write(
        "phase_2_orders/001_schema.sql",
        "create table public.purchase (id int);\n",
    );
    database.pgphase("migrate up").dir(&project).ok();
    assert!(database.has("public.purchase"));
}

#[test]
fn a_position_becomes_line_and_column_with_a_caret_below_it() {
    let database = Cluster::shared().plain("caret");
    let project = second(
        "-- Ein Kommentar mit Umlaut: ä.\nselect 1;\n\tselect 2,\n\t    nothing from public.person;\n",
    );
    let run = database.pgphase("migrate up").dir(&project).fails(2);
    assert!(
        run.stderr.contains(
            "001_schema.sql:4:6\n  4 | \t    nothing from public.person;\n    | \t    ^\n"
        ),
        "{run}"
    );
}

#[test]
fn a_syntax_error_is_found_at_its_place() {
    let database = Cluster::shared().plain("syntax");
    let project =
        second("create table public.purchase (id int);\ncreate tabel public.more (id int);\n");
    let run = database.pgphase("migrate up").dir(&project).run();
    // Told before anything runs where the parser sees it, by the server otherwise.
    assert!(matches!(run.code, Some(2 | 3)), "{run}");
    run.says("001_schema.sql:2:8").says("tabel");
    assert!(!database.has("public.purchase"));
}

#[test]
fn an_error_in_a_function_is_told_with_the_servers_context() {
    let database = Cluster::shared().plain("in_function");
    let project = second(
        "create function public.broken() returns void language plpgsql as $$\nbegin\n    perform 1;\n    perform 1 / 0;\nend $$;\nselect public.broken();\n",
    );
    let error = failure(&database, &project);
    assert_eq!(error["sqlstate"], "22012");
    assert_eq!(
        error["line"], 4,
        "the line within the function's body: {error:#}"
    );
    assert!(
        error["detail"].as_str().unwrap().contains("broken()"),
        "{error:#}"
    );
}

#[test]
fn an_error_in_a_do_block_is_found_at_its_line() {
    let database = Cluster::shared().plain("in_do");
    let project = second(
        "select 1;\n\ndo $$\nbegin\n    perform 1;\n    raise exception 'no further';\nend $$;\n",
    );
    let error = failure(&database, &project);
    assert_eq!(
        (&error["sqlstate"], &error["message"]),
        (&json!("P0001"), &json!("no further"))
    );
    assert_eq!(error["line"], 6, "{error:#}");
}

#[test]
fn an_error_without_a_position_gets_its_statements_line() {
    let database = Cluster::shared().plain("no_position");
    let project = second(
        "insert into public.person (name) values ('a');\n-- A comment; with a semicolon.\nselect 'text; not a statement';\n\n\
         insert into public.person (name)\nvalues ('a');\nselect 1;\n",
    );
    let error = failure(&database, &project);
    assert_eq!(error["sqlstate"], "23505");
    assert_eq!((&error["line"], &error["column"]), (&json!(5), &json!(1)));
    assert!(
        error["detail"].as_str().unwrap().contains("(name)=(a)"),
        "{error:#}"
    );
}

#[test]
fn an_error_at_commit_is_told_and_rolls_the_phase_back() {
    let database = Cluster::shared().plain("at_commit");
    let project = second(
        "create table public.purchase (id int primary key, other int references public.purchase (id) deferrable initially deferred);\n\
         insert into public.purchase values (1, 2);\n",
    );
    let error = failure(&database, &project);
    assert_eq!(error["sqlstate"], "23503", "{error:#}");
}

#[test]
fn a_permission_that_is_missing_is_exit_3_and_names_the_object() {
    let cluster = Cluster::shared();
    let database = cluster.plain("permission");
    database.execute("create table public.secret (id int)");
    let project = second("select * from public.secret;\n");
    let run = database
        .pgphase("migrate up --format json")
        .dir(&project)
        .fails(3);
    let error = run.error();
    assert_eq!(
        (&error["kind"], &error["sqlstate"]),
        (&json!("permission"), &json!("42501"))
    );
    assert!(
        error["message"].as_str().unwrap().contains("secret"),
        "{run}"
    );
    assert_eq!(error["standing"], json!(["phase_1_people/001_schema"]));
    assert_eq!(error["rolled_back"], json!(["phase_2_orders/001_schema"]));
    assert_eq!(database.applied(), "people/001_schema");
}

#[test]
fn a_role_that_may_not_create_is_told_before_anything_runs() {
    let cluster = Cluster::shared();
    let owner = cluster.plain("may_not");
    let role = format!("limited_{}", std::process::id());
    cluster.execute(&format!("create role {role} login"));
    let limited = std::mem::ManuallyDrop::new(cluster.named(&owner.name, &role));
    limited
        .pgphase("migrate up")
        .dir(&Project::shop())
        .fails(3)
        .says(&format!("role {role} may not create"))
        .says(&format!(
            "grant create on database \"{}\" to \"{role}\"",
            owner.name
        ));
    assert!(!owner.has_history());
    cluster.execute(&format!("drop role {role}"));
}

#[test]
fn a_statement_that_takes_too_long_is_stopped_by_statement_timeout() {
    let database = Cluster::shared().plain("statement_timeout");
    let project = second("select 1;\nselect pg_sleep(30);\n");
    let run = database
        .pgphase("migrate up --statement-timeout 200ms --format json")
        .dir(&project)
        .fails(2);
    let error = run.error();
    assert_eq!(
        (&error["sqlstate"], &error["line"]),
        (&json!("57014"), &json!(2)),
        "{run}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("statement_timeout"),
        "{run}"
    );
    assert!(run.took.as_secs() < 10, "{run}");
}

#[test]
fn a_lost_connection_is_told_and_nothing_of_the_phase_stands() {
    let database = Cluster::shared().plain("lost");
    let project = second(
        "create table public.purchase (id int);\nselect pg_terminate_backend(pg_backend_pid());\n",
    );
    let run = database
        .pgphase("migrate up --format json")
        .dir(&project)
        .fails(3);
    let error = run.error();
    assert_eq!(error["kind"], "connection", "{run}");
    assert_eq!(
        error["rolled_back"],
        json!(["phase_2_orders/001_schema"]),
        "{run}"
    );
    assert!(!database.has("public.purchase"));
    assert_eq!(database.applied(), "people/001_schema");
}

#[test]
fn a_file_that_ends_its_own_transaction_is_refused() {
    let database = Cluster::shared().plain("own_commit");
    let project = second(
        "create table public.purchase (id int);\ncommit;\ncreate table public.more (id int);\nselect 1 / 0;\n",
    );
    let run = database.pgphase("migrate up").dir(&project).run();
    assert!(matches!(run.code, Some(2 | 3)), "{run}");
    run.says("001_schema.sql:2:1").says("commit");
    assert!(
        !database.has("public.purchase") && !database.has("public.more"),
        "nothing may stand"
    );
}

#[test]
fn single_transaction_is_all_or_nothing() {
    let database = Cluster::shared().plain("single");
    let project = second("select wrong;\n");
    let error = database
        .pgphase("migrate up --single-transaction --format json")
        .dir(&project)
        .fails(2)
        .error();
    assert_eq!(error["standing"], json!([]));
    assert_eq!(
        error["rolled_back"],
        json!(["phase_1_people/001_schema", "phase_2_orders/001_schema"])
    );
    assert!(!database.has_history() && !database.has("public.person"));
    project.write("phase_2_orders/001_schema.sql", "select 1;\n");
    database
        .pgphase("migrate up --single-transaction")
        .dir(&project)
        .ok();
    assert_eq!(
        database.value("select count(distinct xmin::text) from pgphase.history"),
        "1",
        "one transaction wrote all rows"
    );
}

#[test]
fn settings_and_roles_that_a_file_takes_end_with_it() {
    let database = Cluster::shared().plain("settings");
    let zone = database.value("show timezone");
    let looks = "create table public.{} as select current_setting('timezone') as zone, current_user as me;\n";
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_set", "set local search_path = '';\nselect set_config('timezone', 'Asia/Tokyo', false), set_config('role', 'service_role', false);\ndo $$ begin execute 'set search_path to ' || quote_literal(''); end $$;\n")
        .migration("phase_1_one/002_look", &looks.replace("{}", "one"))
        .phase(2, "two", &["one"])
        .migration("phase_2_two/001_look", &looks.replace("{}", "two").replace("public.", ""))
        .migration(
            "phase_2_two/002_set",
            "-- pgphase: no-transaction\nselect set_config('timezone', 'Asia/Tokyo', false);\ndo $$ begin execute 'set search_path to ' || quote_literal(''); end $$;\n\n",
        )
        .migration("phase_2_two/003_look", &looks.replace("{}", "three").replace("public.", ""));
    // The role is the owner's to take.
    Cluster::shared().supabase("roles");
    database.pgphase("migrate up").dir(&project).ok();
    assert_eq!(
        database.lines("select zone || ' ' || me from public.one union all select zone || ' ' || me from public.two union all select zone || ' ' || me from public.three"),
        [format!("{zone} app_owner"), format!("{zone} app_owner"), format!("{zone} app_owner")].join("\n")
    );
    assert_eq!(database.value("select count(*) from pgphase.history"), "5");
}

#[test]
fn limits_that_a_database_has_for_its_users_do_not_stop_a_long_migration() {
    let database = Cluster::shared().plain("limits");
    let name = &database.name;
    for setting in [
        "statement_timeout",
        "idle_in_transaction_session_timeout",
        "transaction_timeout",
    ] {
        // The last one is new in PostgreSQL 17.
        let known = format!("select count(*) from pg_settings where name = '{setting}'");
        if database.value(&known) == "1" {
            database.execute(&format!(
                "alter database \"{name}\" set {setting} = '700ms'"
            ));
        }
    }
    database.execute(&format!(
        "alter database \"{name}\" set default_transaction_isolation = 'serializable'"
    ));
    let project = second("select pg_sleep(1.2);\n");
    database.pgphase("migrate up").dir(&project).ok();
}

#[test]
fn what_is_certain_to_fail_is_refused_before_anything_runs() {
    for (sql, word) in [
        ("create table public.a (id int);\ncommit;\n", "commit"),
        ("select 1;\ncopy public.person from stdin;\n", "copy"),
        ("select 1;\n\\i other.sql\n", "psql"),
        (
            "create type public.mood as enum ('a');\nselect 'never ends;\n",
            "never ends",
        ),
        ("select 1;\nvacuum public.person;\n", "vacuum"),
        (
            "select 1;\ncreate index concurrently on public.person (name);\n",
            "no-transaction",
        ),
    ] {
        let database = Cluster::shared().plain("certain");
        let project = second(sql);
        for verb in ["plan", "up"] {
            let run = database
                .pgphase(&format!("migrate {verb}"))
                .dir(&project)
                .fails(3);
            run.says("001_schema.sql:2").says(word);
        }
        assert!(!database.has_history(), "{sql}");
    }
}

#[test]
fn an_enum_value_that_is_used_in_the_transaction_that_adds_it_is_refused_before_anything_runs() {
    let database = Cluster::shared().plain("enum_value");
    let project = Project::new("shop").phase(1, "one", &[]).migration(
        "phase_1_one/001_schema",
        "create type public.mood as enum ('a');\ncreate table public.m (mood public.mood);\n",
    );
    database.pgphase("migrate up").dir(&project).ok();
    let project = project.migration(
        "phase_1_one/002_more",
        "alter type public.mood add value 'b';\nselect 'b'::public.mood;\n",
    );
    database
        .pgphase("migrate plan")
        .dir(&project)
        .fails(3)
        .says("002_more.sql:2")
        .says("'b'");
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(3)
        .says("002_more.sql:2");
    let project = project
        .migration(
            "phase_1_one/002_more",
            "alter type public.mood add value 'b';\n",
        )
        .migration(
            "phase_1_one/003_use",
            "insert into public.m values ('b');\n",
        );
    database.pgphase("migrate up").dir(&project).ok();
}

#[test]
fn names_that_need_quotes_are_quoted() {
    let cluster = Cluster::shared();
    let name = format!("My \"Shop\" {}", std::process::id());
    cluster.execute(&format!(
        "create database \"{}\"",
        name.replace('"', "\"\"")
    ));
    let quoted = name.replace('"', "%22").replace(' ', "%20");
    let run = |words: &str| {
        let url = cluster.url(&quoted);
        crate::support::cli::Pgphase::new(words).env("DATABASE_URL", url)
    };
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .file("phase_1_one/001_schema.sql", "create table \"Größe\" (\"Der Name\" text primary key, \"Wert\" int);\n")
        .file("phase_1_one/001_schema.down.sql", "drop table \"Größe\";\n")
        .file(
            "phase_1_one/seed.toml",
            "[[table]]\nname = \"public.Größe\"\nkey = [\"Der Name\"]\nrows = [{ \"Der Name\" = \"a'b\", \"Wert\" = 1 }]\n",
        );
    run("migrate up").dir(&project).ok().says("1 inserted");
    run("seed --check").dir(&project).ok();
    run("migrate down --all")
        .dir(&project)
        .fails(3)
        .says("Größe")
        .says(&name);
    run("migrate down --all --yes").dir(&project).ok();
    cluster.execute(&format!(
        "drop database \"{}\" with (force)",
        name.replace('"', "\"\"")
    ));
}

#[test]
fn a_read_only_database_is_refused_before_anything_is_tried() {
    let database = Cluster::shared().plain("read_only_database");
    let shop = Project::shop();
    database.execute(&format!(
        "alter database \"{}\" set default_transaction_read_only = on",
        database.name
    ));
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(3)
        .says("are read-only")
        .says_not("rolled back");
}

#[test]
fn a_timeout_beyond_what_the_server_takes_is_bad_usage() {
    let database = Cluster::shared().plain("long_timeout");
    for flag in ["--statement-timeout", "--lock-timeout"] {
        database
            .pgphase(&format!("migrate up {flag} 9999999h"))
            .dir(&Project::shop())
            .fails(3)
            .says("at most 24d");
    }
}
