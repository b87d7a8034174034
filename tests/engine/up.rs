//! `migrate up` from nothing.

use crate::support::cluster::Cluster;
use crate::support::project::Project;

#[test]
fn up_builds_streamvibe_from_nothing_and_a_second_run_has_nothing_to_do() {
    let database = Cluster::shared().supabase("up");
    database
        .pgphase("migrate up --system streamvibe")
        .ok()
        .says("user_onboarding")
        .says("async_infrastructure")
        .says("files applied, reference rows: ");
    assert_eq!(
        database.value("select count(*) from pg_tables where schemaname = 'public'"),
        "38"
    );
    database.pgphase("migrate up").ok().says("nothing to do");
    database.pgphase("migrate status --check").ok();
    database
        .pgphase("migrate plan --check")
        .ok()
        .says("nothing to do");
}

#[test]
fn what_is_pending_makes_check_exit_1_and_plain_status_exit_0() {
    let database = Cluster::shared().plain("pending");
    let shop = Project::shop();
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says("pending");
    database
        .pgphase("migrate status --check")
        .dir(&shop)
        .fails(1);
    database.pgphase("migrate plan --check").dir(&shop).fails(1);
    database.pgphase("migrate up").dir(&shop).ok();
    database
        .pgphase("migrate status --check")
        .dir(&shop)
        .ok()
        .says("applied");
    database.pgphase("migrate plan --check").dir(&shop).ok();
}

#[test]
fn the_history_names_the_system_of_a_database_when_nothing_else_does() {
    let database = Cluster::shared().plain("which");
    let shop = Project::shop().file(
        "../other/system.toml",
        "name = \"other\"\ntitle = \"Other\"\ndescription = \"Another.\"\nplatform = \"postgres\"\nmin_server = 15\n\n\
         [[phase]]\nnumber = 1\nname = \"one\"\ndomain = \"one\"\ndepends_on = []\n",
    )
    .file("../other/phase_1_one/001_schema.sql", "create table public.other (id int);\n")
    .file("../other/phase_1_one/001_schema.down.sql", "drop table public.other;\n");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(3)
        .says("which system?")
        .says("other, shop");
    database.pgphase("migrate up --system shop").dir(&shop).ok();
    database
        .pgphase("migrate up")
        .dir(&shop)
        .ok()
        .says("shop: nothing to do");
}

#[test]
fn a_server_that_is_too_old_is_refused_before_anything_happens() {
    let database = Cluster::shared().plain("old");
    let shop = Project::shop();
    shop.replace("system.toml", "min_server = 15", "min_server = 99");
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(3)
        .says("needs PostgreSQL 99 or newer");
    assert!(!database.has_history());
}

#[test]
fn a_system_for_supabase_on_a_plain_server_says_how_to_get_the_stand_in() {
    let database = Cluster::shared().plain("no_platform");
    database
        .pgphase("migrate up --system streamvibe")
        .fails(3)
        .says("presupposes Supabase")
        .says("pgphase platform install");
    assert!(!database.has_history());
}

#[test]
fn the_servers_notices_and_warnings_are_shown() {
    let database = Cluster::shared().plain("notices");
    let project = Project::new("talk").phase(1, "one", &[]).migration(
        "phase_1_one/001_talk",
        "do $$ begin raise warning 'mind the gap'; raise notice 'by the way'; end $$;\n",
    );
    database
        .pgphase("migrate up")
        .dir(&project)
        .ok()
        .says("warning: mind the gap")
        .says("notice: by the way");
}

#[test]
fn files_that_come_later_are_applied_on_top_each_in_a_transaction_of_its_own() {
    let database = Cluster::shared().plain("later");
    let shop = Project::shop();
    database.pgphase("migrate up").dir(&shop).ok();
    let shop = shop
        .migration(
            "phase_1_people/002_more",
            "alter table public.person add column note text;\n",
        )
        .migration(
            "phase_1_people/003_wrong",
            "alter table public.person add column note text;\n",
        );
    database
        .pgphase("migrate up")
        .dir(&shop)
        .fails(2)
        .says("applied before, and stands: phase_1_people/002_more")
        .says("rolled back: phase_1_people/003_wrong");
    assert_eq!(
        database.applied(),
        "people/001_schema\npeople/002_more\norders/001_schema"
    );
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says("partial");
}

#[test]
fn a_role_given_with_role_owns_what_is_created() {
    let cluster = Cluster::shared();
    let database = cluster.database("role");
    let role = format!("builder_{}", std::process::id());
    cluster.execute(&format!("create role {role}"));
    database.execute(&format!(
        "grant create on database \"{}\" to {role}; grant create on schema public to {role}",
        database.name
    ));
    let shop = Project::shop();
    database
        .pgphase("migrate up")
        .arg("--role")
        .arg(&role)
        .dir(&shop)
        .ok();
    assert_eq!(
        database.lines(
            "select distinct tableowner from pg_tables where schemaname in ('public', 'pgphase')"
        ),
        role
    );
    database
        .pgphase("migrate down --all --yes")
        .arg("--role")
        .arg(&role)
        .dir(&shop)
        .ok();
    database.execute(&format!("drop owned by {role}; drop role {role}"));
}

#[test]
fn files_are_numbered_by_phase_and_file_in_refinerys_own_table() {
    let database = Cluster::shared().plain("versions");
    database.pgphase("migrate up").dir(&Project::shop()).ok();
    assert_eq!(
        database.lines(
            "select version || ' ' || name from pgphase.refinery_schema_history order by version"
        ),
        "1000000000000001 people_001_schema\n2000000000000001 orders_001_schema"
    );
}
