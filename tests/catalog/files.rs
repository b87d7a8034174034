//! Mistakes in the names and texts of a system's files.

use crate::support::Shop;
use pgphase::catalog::{query, verify};

#[test]
fn folders_and_declarations_that_do_not_match() {
    Shop::new().remove("phase_2_orders").fails().is(
        "shop/system.toml:24:8: there is no folder `phase_2_orders`",
        "",
    );
    Shop::new().rename("phase_2_orders", "phase_2_order").fails().is(
        "shop/system.toml:24:8: phase `orders` is number 2 here, but its folder is `phase_2_order`",
        "name the folder `phase_2_orders`",
    );
    Shop::new().rename("phase_2_orders", "phase_3_orders").fails().is(
        "shop/system.toml:23:10: phase `orders` is number 2 here, but its folder is `phase_3_orders`",
        "name the folder `phase_2_orders`",
    );
    Shop::new().rename("phase_2_orders", "phase_02_orders").fails().is(
        "shop/system.toml:24:8: phase `orders` is number 2 here, but its folder is `phase_02_orders`",
        "name the folder `phase_2_orders`",
    );
    Shop::new()
        .write("phase_8_more/001_a.sql", "select 1;")
        .fails()
        .is(
            "shop/system.toml:31:10: the folder `phase_8_more` is not declared",
            "number = 8 and name = \"more\"",
        );
}

#[test]
fn files_that_do_not_belong_in_a_systems_folder() {
    for (file, name, hint) in [
        ("task/a.sql", "task", "did you mean `tasks`?"),
        ("querys/a.sql", "querys", "did you mean `queries`?"),
        ("schema.sql", "schema.sql", "a system's folder holds"),
        ("phase1/001_a.sql", "phase1", "a system's folder holds"),
    ] {
        Shop::new().write(file, "select 1;").fails().is(
            &format!("shop/{name}:1: `{name}` does not belong in a system's folder"),
            hint,
        );
    }
}

#[test]
fn files_with_a_bad_name() {
    for (name, reason) in [
        (
            "schema.sql",
            "it has no description: an underscore and some words after the number",
        ),
        (
            "1_schema.sql",
            "its number has fewer than three digits: write 001",
        ),
        ("000_schema.sql", "numbers begin at 001"),
        (
            "002-more.sql",
            "it has no description: an underscore and some words after the number",
        ),
        (
            "002_More.sql",
            "`M` in its description: only lower-case letters, digits and underscores",
        ),
        (
            "V2__more.sql",
            "its description begins or ends with an underscore",
        ),
        ("002_more.sql.txt", "it does not end in .sql"),
        (
            "1234567890123456_more.sql",
            "its number has more than fifteen digits",
        ),
        ("r_more.sql", "the R of a repeatable is upper case"),
    ] {
        Shop::new()
            .write(&format!("phase_2_orders/{name}"), "select 1;")
            .fails()
            .is(
                &format!("shop/phase_2_orders/{name}:1: `{name}` is no file of a phase: {reason}"),
                "a phase's folder holds NNN_description.sql",
            );
    }
    Shop::new().write("phase_2_orders/seeds.toml", "").fails().is(
        "shop/phase_2_orders/seeds.toml:1: `seeds.toml` is no file of a phase: it does not end in .sql",
        "did you mean `seed.toml`?",
    );
    Shop::new()
        .write("phase_2_orders/sql/001_a.sql", "select 1;")
        .fails()
        .is(
            "shop/phase_2_orders/sql:1: `sql` is no file of a phase: it is a folder",
            "a phase's folder holds",
        );
}

#[test]
fn files_that_lack_their_other_half() {
    Shop::new().write("phase_2_orders/002_more.down.sql", "select 1;").fails().is(
        "shop/phase_2_orders/002_more.down.sql:1: `002_more.down.sql` undoes `002_more.sql`, which is not there",
        "",
    );
    Shop::new().write("phase_2_orders/001_shema.down.sql", "select 1;").fails().is(
        "shop/phase_2_orders/001_shema.down.sql:1: `001_shema.down.sql` undoes `001_shema.sql`, which is not there",
        "did you mean `001_schema.down.sql`?",
    );
    Shop::new().remove("phase_2_orders/R_functions.down.sql").fails().is(
        "shop/phase_2_orders/R_functions.sql:1: the repeatable `R_functions.sql` has no `R_functions.down.sql`",
        "a repeatable's down file",
    );
    Shop::new().remove("phase_2_orders/R_functions.sql").fails().is(
        "shop/phase_2_orders/R_functions.down.sql:1: `R_functions.down.sql` undoes `R_functions.sql`, which is not there",
        "",
    );
    Shop::new()
        .remove("phase_7_reports/R_views.sql")
        .remove("phase_7_reports/R_views.down.sql")
        .write("phase_7_reports/.keep", "")
        .fails()
        .is(
            "shop/system.toml:32:8: `phase_7_reports` holds neither a migration nor a repeatable",
            "",
        );
}

#[test]
fn files_with_the_same_number() {
    Shop::new().write("phase_2_orders/001_other.sql", "select 1;").fails().is(
        "shop/phase_2_orders/001_schema.sql:1: `001_schema.sql` and `001_other.sql` have the same number",
        "",
    );
    Shop::new().write("phase_2_orders/0001_zero.sql", "select 1;").fails().is(
        "shop/phase_2_orders/001_schema.sql:1: `001_schema.sql` and `0001_zero.sql` have the same number",
        "",
    );
}

#[test]
fn files_without_content() {
    for file in [
        "001_schema.sql",
        "001_schema.down.sql",
        "R_functions.sql",
        "R_functions.down.sql",
        "verify.sql",
        "seed.toml",
    ] {
        let file = format!("phase_2_orders/{file}");
        let message = format!("shop/{file}:1: the file is empty");
        Shop::new()
            .write(&file, "\u{feff} \r\n")
            .fails()
            .is(&message, "");
    }
}

#[test]
fn brackets_too_deep_for_any_parser_are_refused_before_one_sees_them() {
    let deep = |count: usize| format!("select {}1{};", "(".repeat(count), ")".repeat(count));
    Shop::new()
        .write("phase_2_orders/001_schema.sql", deep(20_000))
        .fails()
        .is(
            "shop/phase_2_orders/001_schema.sql:1:10008: more than 10000 brackets are open here",
            "take it apart",
        );
}

#[test]
fn files_that_are_no_text() {
    Shop::new()
        .write(
            "phase_2_orders/001_schema.sql",
            b"select 1;\nselect '\xe4';\n",
        )
        .fails()
        .is(
            "shop/phase_2_orders/001_schema.sql:2:9: the file is not UTF-8",
            "save it as UTF-8",
        );
    Shop::new()
        .write("phase_2_orders/001_schema.sql", b"\xff\xfes\0e\0")
        .fails()
        .is(
            "shop/phase_2_orders/001_schema.sql:1:1: the file is not UTF-8",
            "looks like UTF-16",
        );
    Shop::new().write("phase_2_orders/001_schema.sql", b"select '\0';").fails().is(
        "shop/phase_2_orders/001_schema.sql:1:9: the file holds a NUL character, which PostgreSQL cannot take",
        "",
    );
}

#[test]
fn directives_that_would_have_no_effect() {
    let directive = "-- pgphase: no-transaction\nselect 1;\n";
    for (file, text, message, hint) in [
        (
            "001_schema.sql",
            "-- pgphase: no_transaction\nselect 1;\n",
            "1:13: unknown directive `no_transaction`",
            "did you mean `no-transaction`?",
        ),
        (
            "001_schema.sql",
            "select 1;\n-- pgphase: no-transaction\n",
            "2:13: the directive `no-transaction` stands after the first statement",
            "at the top",
        ),
        (
            "001_schema.down.sql",
            directive,
            "1:13: `no-transaction` is not possible here: a down file runs in its phase's transaction",
            "",
        ),
        (
            "R_functions.sql",
            directive,
            "1:13: `no-transaction` is not possible here: a repeatable runs in its phase's transaction",
            "",
        ),
        (
            "R_functions.down.sql",
            directive,
            "1:13: `no-transaction` is not possible here: a down file runs in its phase's transaction",
            "",
        ),
        (
            "verify.sql",
            directive,
            "1:13: `no-transaction` is not possible here: checks run in a transaction that is rolled back",
            "",
        ),
    ] {
        Shop::new()
            .write(&format!("phase_2_orders/{file}"), text)
            .fails()
            .is(&format!("shop/phase_2_orders/{file}:{message}"), hint);
    }
}

#[test]
fn tasks_with_a_mistake() {
    let head = "-- title: T\n-- every: 1 day\n-- phase: people\n";
    for (text, message, hint) in [
        (
            "select 1;\n".to_owned(),
            "1: the file does not begin with `-- title: …`",
            "",
        ),
        (
            head.replace("1 day", "often"),
            "2: bad `every`: `often` is no length of time: write `5 minutes`, `1 day`, `500 ms`",
            "",
        ),
        (
            head.replace("1 day", "5 ms"),
            "2: bad `every`: a task runs at most every second",
            "",
        ),
        (
            head.replace("people", "peple"),
            "3: there is no phase `peple`",
            "did you mean `people`?",
        ),
        (
            format!("{head}-- descripton: x\n"),
            "4: unknown key `descripton`",
            "did you mean `description`?",
        ),
        (
            format!("{head}-- every: 2 days\n"),
            "4: `every` is already in line 2",
            "",
        ),
    ] {
        let text = format!("{text}\nselect 1;\n");
        let failure = Shop::new().write("tasks/a.sql", text).fails();
        assert_eq!(failure.message, format!("shop/tasks/a.sql:{message}"));
        assert!(failure.hint.contains(hint), "{failure:?}");
    }
    Shop::new()
        .write("tasks/a.sql", head)
        .fails()
        .is("shop/tasks/a.sql:1: the file holds no statement", "");
    Shop::new().write("tasks/A.sql", "").fails().is(
        "shop/tasks/A.sql:1: `A.sql` does not belong here",
        "<name>.sql",
    );
}

#[test]
fn checks_and_queries_are_checked_when_they_are_used() {
    let shop = Shop::new()
        .write("phase_2_orders/verify.sql", "select 1;")
        .write(
            "queries/bad.sql",
            "-- title: B\n-- phase: people\n\nselect :x;\n",
        );
    let system = shop.load().unwrap();
    let file = system.phases[1].verify.as_ref().unwrap();
    let error = verify::parse(file).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(
        error.to_string().ends_with(
            "verify.sql:1: the file has no `-- check: <name>` line, so it checks nothing"
        )
    );
    let error = query::load_all(&shop.source(), &system).unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(
        error
            .to_string()
            .ends_with("queries/bad.sql:4:8: there is no parameter `x`"),
        "{error}"
    );
}

#[test]
fn mistakes_of_several_files_are_reported_together() {
    let failure = Shop::new()
        .write("phase_1_people/003.sql", "select 1;")
        .write("phase_2_orders/001_schema.sql", "")
        .write("tasks/a.sql", "select 1;")
        .fails();
    assert!(
        failure
            .message
            .starts_with("shop/phase_1_people/003.sql:1: `003.sql`"),
        "{failure:?}"
    );
    let lines: Vec<&str> = failure.detail.lines().collect();
    assert_eq!(
        lines[0],
        "also shop/phase_2_orders/001_schema.sql:1: the file is empty"
    );
    assert!(
        lines[1].starts_with("also shop/tasks/a.sql:1: the file does not begin"),
        "{failure:?}"
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_what_cannot_be_read_is_named() {
    use std::os::unix::fs::symlink;
    let shop = Shop::new().write("../common.sql", "select 1;");
    symlink(
        shop.path("../common.sql"),
        shop.path("phase_2_orders/002_shared.sql"),
    )
    .unwrap();
    assert_eq!(
        shop.load().unwrap().phases[1].migrations[1].up.text,
        "select 1;"
    );
    symlink("nowhere", shop.path("phase_2_orders/003_gone.sql")).unwrap();
    shop.fails().is(
        "shop/phase_2_orders/003_gone.sql:1: `003_gone.sql` is no file of a phase: it is no file that can be read",
        "",
    );
}
