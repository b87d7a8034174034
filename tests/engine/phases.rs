//! Phases one by one, in any order that their dependencies allow.

use crate::support::cluster::Cluster;
use crate::support::look::assert_same;
use crate::support::project::Project;

#[test]
fn phase_7_goes_straight_after_1_and_the_others_later_with_the_same_result() {
    let database = Cluster::shared().supabase("any_order");
    database
        .pgphase("migrate up --system streamvibe --phase 1")
        .ok();
    assert_eq!(phases_of(&database.applied()), "user_onboarding");
    database
        .pgphase("migrate up --phase 7")
        .ok()
        .says("async_infrastructure")
        .says_not("content_sync");
    assert_eq!(
        phases_of(&database.applied()),
        "user_onboarding async_infrastructure"
    );
    database.pgphase("migrate up").ok();
    let whole = Cluster::shared().streamvibe("in_order");
    assert_same(&whole.catalogue(), &database.catalogue());
}

fn phases_of(applied: &str) -> String {
    let mut phases: Vec<&str> = applied
        .lines()
        .filter_map(|line| line.split('/').next())
        .collect();
    phases.dedup();
    phases.join(" ")
}

#[test]
fn asking_for_phase_4_brings_2_and_3_and_says_why() {
    let database = Cluster::shared().supabase("needs");
    database
        .pgphase("migrate up --system streamvibe --phase 1")
        .ok();
    database
        .pgphase("migrate plan --phase 4")
        .ok()
        .says("phase 2 platform_oauth (needed by phase 3 (content_sync) and 4 (ai_enhancement))")
        .says("phase 3 content_sync (needed by phase 4 (ai_enhancement))")
        .says("phase 4 ai_enhancement (asked for)")
        .says_not("seo_integration");
    let plan = database.pgphase("migrate plan --phase 4").json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(
        steps.iter().all(|step| step["name"] != "user_onboarding"),
        "{plan:#}"
    );
    database.pgphase("migrate up --phase ai_enhancement").ok();
    assert_eq!(
        phases_of(&database.applied()),
        "user_onboarding platform_oauth content_sync ai_enhancement"
    );
}

#[test]
fn only_refuses_and_names_what_is_missing() {
    let database = Cluster::shared().supabase("only");
    database
        .pgphase("migrate up --system streamvibe --phase 4 --only")
        .fails(3)
        .says("phase 4 (ai_enhancement) needs phase 1 (user_onboarding), 2 (platform_oauth), 3 (content_sync)")
        .says("leave --only away");
    assert!(!database.has_history());
    database
        .pgphase("migrate up --system streamvibe --phase 1 --only")
        .ok();
    database
        .pgphase("migrate plan --phase 3 --only")
        .fails(3)
        .says("needs phase 2 (platform_oauth), not applied");
    database
        .pgphase("migrate up --phase 2 --phase 3 --only")
        .ok();
}

#[test]
fn an_unknown_phase_is_refused_with_those_there_are() {
    let database = Cluster::shared().plain("unknown");
    let shop = Project::shop();
    for verb in ["up", "plan"] {
        database
            .pgphase(&format!("migrate {verb} --phase odrers"))
            .dir(&shop)
            .fails(3)
            .says("odrers")
            .says("orders");
    }
    database
        .pgphase("migrate up --phase 9")
        .dir(&shop)
        .fails(3)
        .says("9");
    assert!(!database.has_history());
}

#[test]
fn a_phase_may_need_one_with_a_higher_number() {
    let database = Cluster::shared().plain("upside_down");
    let project = Project::new("upside")
        .phase(1, "roof", &["walls"])
        .table(
            "phase_1_roof",
            "001_schema",
            "public.roof",
            "wall_id bigint references public.wall (id)",
        )
        .phase(2, "walls", &[])
        .table("phase_2_walls", "001_schema", "public.wall", "height int");
    database.pgphase("migrate up").dir(&project).ok();
    database
        .pgphase("migrate down --phase 2")
        .dir(&project)
        .fails(3)
        .says("roof");
    database
        .pgphase("migrate down --all --yes")
        .dir(&project)
        .ok();
    assert!(!database.has_history());
}

#[test]
fn a_phase_that_uses_what_it_does_not_declare_is_refused_with_its_place() {
    let database = Cluster::shared().plain("undeclared");
    let project = Project::new("shop")
        .phase(1, "people", &[])
        .table("phase_1_people", "001_schema", "public.person", "name text")
        .phase(2, "orders", &[])
        .table("phase_2_orders", "001_schema", "public.purchase", "person_id bigint references public.person (id)")
        .phase(3, "reports", &[])
        .file(
            "phase_3_reports/R_functions.sql",
            "create or replace function public.total() returns bigint language plpgsql set search_path = '' as $$\nbegin\n    return (select count(*) from public.purchase);\nend $$;\n",
        )
        .file("phase_3_reports/R_functions.down.sql", "drop function public.total();\n");
    for verb in ["plan", "up"] {
        database
            .pgphase(&format!("migrate {verb}"))
            .dir(&project)
            .fails(3)
            .says("phase_2_orders/001_schema.sql:3:")
            .says("public.person")
            .says("phase_3_reports/R_functions.sql:3:")
            .says("public.purchase")
            .says("depends_on");
    }
    assert!(!database.has_history());
}

#[test]
fn a_graph_with_a_cycle_or_an_unknown_dependency_is_refused_with_its_place() {
    let database = Cluster::shared().plain("cycle");
    let cycle = Project::new("shop")
        .phase(1, "a", &["b"])
        .table("phase_1_a", "001_schema", "public.a", "x int")
        .phase(2, "b", &["a"])
        .table("phase_2_b", "001_schema", "public.b", "x int");
    database
        .pgphase("migrate up")
        .dir(&cycle)
        .fails(3)
        .says("system.toml:")
        .says("depend on each other");
    let unknown = Project::new("shop").phase(1, "a", &["bee"]).table(
        "phase_1_a",
        "001_schema",
        "public.a",
        "x int",
    );
    database
        .pgphase("migrate up")
        .dir(&unknown)
        .fails(3)
        .says("system.toml:")
        .says("bee");
    assert!(!database.has_history());
}
