//! Reference data: what a file says is what the table holds.

use crate::support::cluster::Cluster;
use crate::support::project::Project;
use serde_json::json;

fn seeded(schema: &str, seed: &str) -> Project {
    Project::new("shop")
        .phase(1, "one", &[])
        .migration("phase_1_one/001_schema", schema)
        .file("phase_1_one/seed.toml", seed)
}

const ALL_TYPES: &str = "
create type public.mood as enum ('good', 'bad');
create table public.thing (
    slug text primary key,
    t text, vc varchar(40), i int, b bigint, n numeric(20, 6), r real, d double precision, yes boolean, u uuid,
    ts timestamptz, tsn timestamp, da date, ti time, iv interval, j json, jb jsonb, ta text[], ia int[], ja jsonb[],
    m public.mood, ma public.mood[], by bytea, ip inet, rg int4range, gone text default 'kept', def text not null default 'default'
);
";

const ALL_VALUES: &str = r#"
[[table]]
name = "public.thing"
key = ["slug"]
rows = [
    { slug = "it's \"quoted\" \\ and ünïcode ☃ $1 %s", t = "two\nlines\tand a tab", vc = "short", i = -7, b = 9223372036854775807, n = "12345678901234.567891", r = 1.5, d = 1e300, yes = true, u = "00000000-0000-4000-8000-000000000001" },
    { slug = "times", ts = 2026-01-02T03:04:05.678Z, tsn = 2026-01-02T03:04:05, da = 2026-01-02, ti = 03:04:05, iv = "1 day 02:00:00" },
    { slug = "json", j = { a = [1, "two", { three = true }] }, jb = ["x", 1, 2.5, false], ja = [{ a = 1 }, { b = 2 }] },
    { slug = "arrays", ta = ["a", "with, comma", "with \"quote\"", ""], ia = [1, 2, 3], ma = ["good", "bad"] },
    { slug = "more", m = "bad", by = "\\xdeadbeef", ip = "10.0.0.0/8", rg = "[1,5)" },
    { slug = "nulls", t = { null = true }, gone = { null = true }, jb = { json = '{"ref": null}' } },
    { slug = "defaults" },
]
"#;

#[test]
fn every_type_of_value_arrives_as_it_is_written_and_is_unchanged_the_second_time() {
    let database = Cluster::shared().plain("types");
    let project = seeded(ALL_TYPES, ALL_VALUES);
    let report = database.pgphase("migrate up").dir(&project).json();
    assert_eq!(
        report["seeded"],
        json!({"inserted": 7, "updated": 0, "unchanged": 0})
    );
    let row = |slug: &str, columns: &str| {
        database.value(&format!("set timezone = 'UTC'; select row({columns})::text from public.thing where slug like '{slug}%'"))
    };
    assert_eq!(
        database.value("select slug || '|' || t from public.thing where i = -7"),
        "it's \"quoted\" \\ and ünïcode ☃ $1 %s|two\nlines\tand a tab"
    );
    assert_eq!(
        row("it", "vc, i, b, n, r, d, yes, u"),
        "(short,-7,9223372036854775807,12345678901234.567891,1.5,1e+300,t,00000000-0000-4000-8000-000000000001)"
    );
    assert_eq!(
        row("times", "ts, tsn, da, ti, iv"),
        "(\"2026-01-02 03:04:05.678+00\",\"2026-01-02 03:04:05\",2026-01-02,03:04:05,\"1 day 02:00:00\")"
    );
    assert_eq!(
        database
            .value("select j ->> 'a' from public.thing where slug = 'json'")
            .replace(' ', ""),
        r#"[1,"two",{"three":true}]"#
    );
    assert_eq!(
        database.value("select jb::text || ja::text from public.thing where slug = 'json'"),
        r#"["x", 1, 2.5, false]{"{\"a\": 1}","{\"b\": 2}"}"#
    );
    assert_eq!(
        database.value("select array_to_json(ta)::text || ia::text || ma::text from public.thing where slug = 'arrays'"),
        r#"["a","with, comma","with \"quote\"",""]{1,2,3}{good,bad}"#
    );
    assert_eq!(
        row("more", "m, by, ip, rg"),
        r#"(bad,"\\xdeadbeef",10.0.0.0/8,"[1,5)")"#
    );
    assert_eq!(
        database.value(
            "select (gone is null)::text || jb::text from public.thing where slug = 'nulls'"
        ),
        "true{\"ref\": null}"
    );
    assert_eq!(row("defaults", "gone, def"), "(kept,default)");
    let again = database.pgphase("seed").dir(&project).json();
    assert_eq!(
        again["seeded"],
        json!({"inserted": 0, "updated": 0, "unchanged": 7})
    );
    database.pgphase("seed --check").dir(&project).ok();
}

#[test]
fn references_are_looked_up_nested_ones_and_other_columns_too() {
    let database = Cluster::shared().plain("refs");
    let project = seeded(
        "create table public.maker (id bigint generated always as identity primary key, slug text unique not null);
         create table public.line (id bigint generated always as identity primary key, maker_id bigint not null references public.maker (id), name text not null, code text unique, unique (maker_id, name));
         create table public.tag (slug text primary key, maker_id bigint references public.maker (id));
         create table public.model (slug text primary key, line_id bigint references public.line (id), line_code text references public.line (code));",
        r#"
[[table]]
name = "public.maker"
key = ["slug"]
rows = [{ slug = "first" }, { slug = "second" }]

[[table]]
name = "public.line"
key = ["maker_id", "name"]
rows = [
    { maker_id = { ref = "public.maker", slug = "second" }, name = "a", code = "2a" },
    { maker_id = { ref = "public.maker", slug = "first" }, name = "a", code = "1a" },
]

[[table]]
name = "public.tag"
key = ["slug"]
rows = [
    { slug = "none", maker_id = { null = true } },
    { slug = "one", maker_id = { ref = "public.maker", slug = "first" } },
]

[[table]]
name = "public.model"
key = ["slug"]
rows = [
    { slug = "x", line_id = { ref = "public.line", name = "a", maker_id = { ref = "public.maker", slug = "second" } } },
    { slug = "y", line_code = { ref = "public.line(code)", maker_id = { ref = "public.maker", slug = "first" }, name = "a" } },
    { slug = "z", line_id = { null = true } },
]
"#,
    );
    database.pgphase("migrate up").dir(&project).ok();
    assert_eq!(
        database.lines("select m.slug || ' ' || coalesce(k.slug, '-') || ' ' || coalesce(m.line_code, '-') from public.model m
            left join public.line l on l.id = m.line_id left join public.maker k on k.id = l.maker_id order by 1"),
        "x second -\ny - 1a\nz - -"
    );
    database.pgphase("seed --check").dir(&project).ok();
    database
        .pgphase("seed")
        .dir(&project)
        .ok()
        .says("0 inserted, 0 updated, 9 unchanged");
}

const OPTIONS: &str =
    "create table public.option (slug text primary key, value text, hint text default 'none');";

#[test]
fn insert_mode_adds_what_is_missing_and_leaves_the_rest_to_the_operator() {
    let database = Cluster::shared().plain("insert_mode");
    let seed = "[[table]]\nname = \"public.option\"\nkey = [\"slug\"]\nmode = \"insert\"\nrows = [{ slug = \"a\", value = \"1\" }, { slug = \"b\", value = \"2\" }]\n";
    let project = seeded(OPTIONS, seed);
    database.pgphase("migrate up").dir(&project).ok();
    database.execute("update public.option set value = 'mine' where slug = 'a'; delete from public.option where slug = 'b'");
    database
        .pgphase("seed --check")
        .dir(&project)
        .fails(1)
        .says("slug = b is missing")
        .says_not("slug = a");
    database
        .pgphase("seed")
        .dir(&project)
        .ok()
        .says("1 inserted, 0 updated, 1 unchanged");
    assert_eq!(
        database.lines("select slug || value from public.option order by 1"),
        "amine\nb2"
    );
}

#[test]
fn columns_that_a_row_does_not_list_are_left_alone() {
    let database = Cluster::shared().plain("unlisted");
    let seed = "[[table]]\nname = \"public.option\"\nkey = [\"slug\"]\nrows = [{ slug = \"a\", value = \"1\" }, { slug = \"b\", value = \"2\", hint = \"h\" }]\n";
    let project = seeded(OPTIONS, seed);
    database.pgphase("migrate up").dir(&project).ok();
    database.execute("update public.option set hint = 'mine', value = 'x'; insert into public.option values ('c', 'theirs')");
    database
        .pgphase("seed --check")
        .dir(&project)
        .fails(1)
        .says("public.option: slug = a differs in value (")
        .says("public.option: slug = b differs in value, hint (")
        .says("seed.toml:4");
    let check = database
        .pgphase("seed --check --format json")
        .dir(&project)
        .fails(1)
        .json();
    assert_eq!(check["ok"], false);
    assert_eq!(check["differences"][1]["columns"], json!(["value", "hint"]));
    database
        .pgphase("seed")
        .dir(&project)
        .ok()
        .says("0 inserted, 2 updated, 0 unchanged");
    assert_eq!(
        database.lines("select slug || ' ' || value || ' ' || hint from public.option order by 1"),
        "a 1 mine\nb 2 h\nc theirs none"
    );
    database.pgphase("seed --check").dir(&project).ok();
}

#[test]
fn streamvibes_reference_data_is_repaired_exactly() {
    let database = Cluster::shared().streamvibe("repair");
    let rows = database.lines("select t::text from public.subscription_tier t order by slug");
    database.execute(
        "update public.subscription_tier set max_social_accounts = 99 where slug = 'free'",
    );
    let other = database
        .lines("select xmin from public.subscription_tier where slug <> 'free' order by slug");
    database
        .pgphase("seed --check")
        .fails(1)
        .says("public.subscription_tier: slug = free differs in max_social_accounts");
    let report = database.pgphase("seed").json();
    assert_eq!(
        (&report["seeded"]["updated"], &report["seeded"]["inserted"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        other,
        database
            .lines("select xmin from public.subscription_tier where slug <> 'free' order by slug")
    );
    let now = database.lines("select t::text from public.subscription_tier t order by slug");
    assert_eq!(rows.lines().count(), now.lines().count());
    database.pgphase("seed --check").ok();
    database.pgphase("seed --phase 7 --check").ok();
}

#[test]
fn seed_works_on_applied_phases_only() {
    let database = Cluster::shared().plain("unapplied");
    let shop = Project::shop();
    database
        .pgphase("seed")
        .dir(&shop)
        .fails(3)
        .says("no phase of shop is applied");
    database.pgphase("seed --check").dir(&shop).fails(3);
    database.pgphase("migrate up --phase 1").dir(&shop).ok();
    database
        .pgphase("seed --phase 2")
        .dir(&shop)
        .fails(3)
        .says("phase 2 (orders) is not applied");
    database.pgphase("seed --phase nine").dir(&shop).fails(3);
    database.pgphase("seed").dir(&shop).ok();
}

#[test]
fn a_partitioned_table_takes_reference_data_like_any_other() {
    let database = Cluster::shared().plain("partitioned_seed");
    let seed = |value: &str| {
        format!(
            "[[table]]\nname = \"public.par\"\nkey = [\"part\", \"k\"]\nrows = [\n  \
             {{ part = 1, k = \"a\", v = \"{value}\" }},\n  {{ part = 1, k = \"b\", v = \"b\" }},\n]\n"
        )
    };
    let shop = seeded(
        "create table public.par (part int, k text, v text, primary key (part, k)) partition by list (part);\n\
         create table public.par_1 partition of public.par for values in (1);",
        &seed("a"),
    );
    let up = database.pgphase("migrate up").dir(&shop).ok();
    up.says("2 inserted");
    shop.write("phase_1_one/seed.toml", &seed("other"));
    let again = database.pgphase("seed").dir(&shop).ok();
    again.says("0 inserted, 1 updated, 1 unchanged");
    database.pgphase("seed --check").dir(&shop).ok();
}

#[test]
fn rows_that_row_level_security_hides_are_not_called_missing() {
    let database = Cluster::shared().plain("hidden_rows");
    let shop = seeded(
        "create table public.kind (slug text primary key);\nalter table public.kind enable row level security;",
        "[[table]]\nname = \"public.kind\"\nkey = [\"slug\"]\nrows = [{ slug = \"a\" }]\n",
    );
    database.pgphase("migrate up").dir(&shop).ok();
    let role = format!("reader_{}", std::process::id());
    let cluster = Cluster::shared();
    cluster.execute(&format!(
        "create role {role} login in role pg_read_all_data"
    ));
    database.execute(&format!("grant usage on schema pgphase to {role}"));
    database
        .pgphase("seed --check")
        .dir(&shop)
        .arg("--database-url")
        .arg(cluster.url_as(&role, &database.name))
        .fails(3)
        .says("row-level security");
}

#[test]
fn a_table_whose_name_needs_quotes_is_seeded_compared_and_missed_when_it_is_gone() {
    let database = Cluster::shared().plain("quoted_seed");
    let shop = seeded(
        "create table public.\"T 1\" (\"K ey\" text primary key, v int);",
        "[[table]]\nname = \"public.\\\"T 1\\\"\"\nkey = [\"K ey\"]\nrows = [{ \"K ey\" = \"x\", v = 1 }]\n",
    );
    let up = database.pgphase("migrate up").dir(&shop).ok();
    up.says("1 inserted");
    database.pgphase("seed --check").dir(&shop).ok();
    database.execute("drop table public.\"T 1\"");
    database
        .pgphase("seed --check")
        .dir(&shop)
        .fails(2)
        .says("table public.T 1 is missing");
}
