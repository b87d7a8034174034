//! Rows that the server refuses: which one, in which line, and why; nothing half-done.

use crate::support::cluster::Cluster;
use crate::support::project::Project;

const SCHEMA: &str = "
create table public.parent (id bigint generated always as identity primary key, slug text unique not null);
create table public.child (
    slug text primary key,
    size int constraint child_size_check check (size > 0),
    code text constraint child_code_key unique,
    parent_id bigint constraint child_parent_id_fkey references public.parent (id),
    colour text not null default 'red'
);
";

/// Writes three good rows and, between them in line 7, the one given; returns what is said.
fn refused(name: &str, row: &str) -> String {
    let database = Cluster::shared().plain(name);
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_schema", SCHEMA)
        .file(
            "phase_1_one/seed.toml",
            &format!(
                "[[table]]\nname = \"public.child\"\nkey = [\"slug\"]\nrows = [\n    {{ slug = \"a\", size = 1, code = \"x\" }},\n    {{ slug = \"b\", size = 2 }},\n    {row},\n    {{ slug = \"z\", size = 3 }},\n]\n"
            ),
        );
    let run = database
        .pgphase("migrate up --format json")
        .dir(&project)
        .fails(2);
    let error = run.error();
    assert_eq!(error["kind"], "seed", "{run}");
    assert!(
        error["file"]
            .as_str()
            .unwrap()
            .ends_with("phase_1_one/seed.toml"),
        "{run}"
    );
    assert_eq!(error["line"], 7, "{run}");
    assert!(
        error["rolled_back"][1]
            .as_str()
            .unwrap()
            .ends_with("phase_1_one/seed"),
        "{run}"
    );
    assert!(
        !database.has_history() && !database.has("public.child"),
        "half-done"
    );

    // The same on a database where the tables and other rows are there already.
    database.pgphase("migrate up").dir(&without_seed()).ok();
    database.execute("insert into public.child (slug, size) values ('b', 1)");
    let run = database.pgphase("migrate up").dir(&project).fails(2);
    assert!(run.stderr.contains("phase_1_one/seed.toml:7"), "{run}");
    assert_eq!(
        database.lines("select slug || size from public.child"),
        "b1",
        "half-done"
    );
    run.stderr
}

fn without_seed() -> Project {
    Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_schema", SCHEMA)
}

fn names(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "no {word:?} in {said}");
    }
}

#[test]
fn a_row_against_a_check_is_named() {
    let said = refused("check", "{ slug = \"bad\", size = 0 }");
    names(
        &said,
        &["public.child", "slug = bad", "child_size_check", "[23514]"],
    );
}

#[test]
fn a_row_against_a_unique_constraint_is_named() {
    let said = refused("unique", "{ slug = \"bad\", code = \"x\" }");
    names(
        &said,
        &[
            "public.child",
            "slug = bad",
            "child_code_key",
            "[23505]",
            "(code)=(x)",
        ],
    );
}

#[test]
fn a_row_against_a_foreign_key_is_named() {
    let said = refused("foreign_key", "{ slug = \"bad\", parent_id = 4711 }");
    names(
        &said,
        &[
            "public.child",
            "slug = bad",
            "child_parent_id_fkey",
            "[23503]",
            "4711",
        ],
    );
}

#[test]
fn a_row_with_a_value_of_another_type_is_named() {
    let said = refused("type", "{ slug = \"bad\", size = \"many\" }");
    names(&said, &["public.child", "slug = bad", "[22P02]", "many"]);
}

#[test]
fn a_row_with_a_null_where_there_must_be_a_value_is_named() {
    let said = refused("not_null", "{ slug = \"bad\", colour = { null = true } }");
    names(&said, &["public.child", "slug = bad", "colour", "[23502]"]);
}

#[test]
fn a_row_that_refers_to_nothing_is_named() {
    let said = refused(
        "lost",
        "{ slug = \"bad\", parent_id = { ref = \"public.parent\", slug = \"nobody\" } }",
    );
    names(
        &said,
        &[
            "public.child",
            "parent_id",
            "public.parent has no row with slug = nobody",
        ],
    );
}

#[test]
fn a_column_that_the_table_does_not_have_is_named() {
    let said = refused("no_column", "{ slug = \"bad\", colur = \"blue\" }");
    names(&said, &["public.child", "colur"]);
}

#[test]
fn a_refused_row_among_many_tables_is_found() {
    let database = Cluster::shared().plain("many_tables");
    let project = without_seed().file(
        "phase_1_one/seed.toml",
        "[[table]]\nname = \"public.parent\"\nkey = [\"slug\"]\nrows = [{ slug = \"p\" }]\n\n\
         [[table]]\nname = \"public.child\"\nkey = [\"slug\"]\nrows = [\n    { slug = \"ok\", parent_id = { ref = \"public.parent\", slug = \"p\" } },\n    { slug = \"bad\", size = -1 },\n]\n",
    );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("phase_1_one/seed.toml:11")
        .says("slug = bad")
        .says("child_size_check");
}

#[test]
fn seed_alone_is_rolled_back_whole_too() {
    let database = Cluster::shared().plain("seed_alone");
    let project = without_seed();
    database.pgphase("migrate up").dir(&project).ok();
    project.write(
        "phase_1_one/seed.toml",
        "[[table]]\nname = \"public.child\"\nkey = [\"slug\"]\nrows = [\n    { slug = \"a\", size = 1 },\n    { slug = \"bad\", size = 0 },\n]\n",
    );
    database
        .pgphase("seed")
        .dir(&project)
        .fails(2)
        .says("seed.toml:6")
        .says("slug = bad");
    assert_eq!(database.value("select count(*) from public.child"), "0");
}

#[test]
fn a_key_without_a_unique_constraint_is_told() {
    let database = Cluster::shared().plain("no_key");
    let project = Project::new("shop")
        .phase(1, "one", &[])
        .migration(
            "phase_1_one/001_schema",
            "create table public.loose (slug text, size int);\n",
        )
        .file(
            "phase_1_one/seed.toml",
            "[[table]]\nname = \"public.loose\"\nkey = [\"slug\"]\nrows = [{ slug = \"a\" }]\n",
        );
    database
        .pgphase("migrate up")
        .dir(&project)
        .fails(2)
        .says("seed.toml:4")
        .says("public.loose")
        .says("unique constraint on (slug)");
    assert!(!database.has_history());
}
