//! Mistakes in `system.toml`: each is one line of a table, with its place.

use crate::support::Shop;

/// Replaces a text of `system.toml` and expects one mistake: line:column, message, words of the hint.
pub fn wrong(cases: &[(&str, &str, &str, &str)]) {
    for (from, to, message, hint) in cases {
        Shop::new()
            .replace("system.toml", from, to)
            .fails()
            .is(&format!("shop/system.toml:{message}"), hint);
    }
}

#[test]
fn keys_that_are_unknown() {
    wrong(&[
        (
            "title =",
            "titel = \"x\"\ntitle =",
            "2:1: unknown key `titel` in system.toml",
            "did you mean `title`?",
        ),
        (
            "title =",
            "owner = \"x\"\ntitle =",
            "2:1: unknown key `owner` in system.toml",
            "known keys: name, default, title,",
        ),
        (
            "number = 7",
            "number = 7\ndepend_on = []",
            "32:1: unknown key `depend_on` in [[phase]]",
            "did you mean `depends_on`?",
        ),
        (
            "views = 1\nenums",
            "viewes = 1\nenums",
            "12:1: unknown key `viewes` in [counts]",
            "did you mean `views`?",
        ),
        (
            "{ tables = 2 }",
            "{ table = 2 }",
            "20:12: unknown key `table` in a phase's counts",
            "did you mean `tables`?",
        ),
        (
            "[counts]",
            "[count]",
            "8:2: unknown key `count` in system.toml",
            "did you mean `counts`?",
        ),
    ]);
}

#[test]
fn keys_that_are_missing() {
    wrong(&[
        (
            "name = \"shop\"\n",
            "",
            "1:1: `name` is missing in system.toml",
            "",
        ),
        (
            "title = \"Shop\"\n",
            "",
            "1:1: `title` is missing in system.toml",
            "",
        ),
        (
            "platform = \"postgres\"\n",
            "",
            "1:1: `platform` is missing in system.toml",
            "",
        ),
        (
            "min_server = 15\n",
            "",
            "1:1: `min_server` is missing in system.toml",
            "",
        ),
        (
            "number = 2\n",
            "",
            "22:1: `number` is missing in [[phase]]",
            "",
        ),
        (
            "name = \"orders\"\n",
            "",
            "22:1: `name` is missing in [[phase]]",
            "",
        ),
        (
            "domain = \"Orders and their lines\"\n",
            "",
            "22:1: `domain` is missing in [[phase]]",
            "",
        ),
        (
            "depends_on = [\"people\"]\n",
            "",
            "22:1: `depends_on` is missing in [[phase]]",
            "",
        ),
    ]);
    let text = "name = \"shop\"\ntitle = \"x\"\ndescription = \"x\"\nplatform = \"postgres\"\nmin_server = 15\n";
    Shop::new().write("system.toml", text).fails().is(
        "shop/system.toml:1:1: `phase` is missing in system.toml",
        "",
    );
    Shop::new()
        .write("system.toml", format!("{text}phase = []\n"))
        .fails()
        .is(
            "shop/system.toml:1:1: a system has at least one [[phase]]",
            "",
        );
}

#[test]
fn values_of_the_wrong_type() {
    wrong(&[
        (
            "\"Shop\"",
            "7",
            "2:9: `title` must be a string, not an integer",
            "",
        ),
        ("\"Shop\"", "\"\"", "2:9: `title` must not be empty", ""),
        (
            "min_server = 15",
            "min_server = \"15\"",
            "5:14: `min_server` must be an integer, not a string",
            "",
        ),
        (
            "min_server = 15",
            "min_server = 15.4",
            "5:14: `min_server` must be an integer, not a float",
            "",
        ),
        (
            "min_server = 15",
            "min_server = 150004",
            "5:14: `min_server` must be between 10 and 99, not 150004",
            "",
        ),
        (
            "depends_on = [\"people\"]",
            "depends_on = \"people\"",
            "26:14: `depends_on` must be an array of strings, not a string",
            "",
        ),
        (
            "depends_on = [\"people\"]",
            "depends_on = [1]",
            "26:15: `depends_on` must be a string, not an integer",
            "",
        ),
        (
            "views = 1\nenums",
            "views = \"1\"\nenums",
            "12:9: `views` must be a count, not a string",
            "",
        ),
        (
            "views = 1\nenums",
            "views = -1\nenums",
            "12:9: `views` must be a count, not -1",
            "",
        ),
        (
            "{ tables = 2 }",
            "2",
            "20:10: `counts` must be a table, not an integer",
            "",
        ),
        (
            "views = 1\nenums",
            "indexes = 9\nenums",
            "11:1: `indexes` and `indexes_min` exclude each other",
            "",
        ),
    ]);
    let text = "name = \"shop\"\ntitle = \"x\"\ndescription = \"x\"\nplatform = \"postgres\"\nmin_server = 15\nphase = 3\n";
    Shop::new().write("system.toml", text).fails().is(
        "shop/system.toml:6:9: `phase` must be an array of tables, not an integer",
        "",
    );
}

#[test]
fn values_that_make_no_sense() {
    wrong(&[
        (
            "name = \"shop\"",
            "name = \"store\"",
            "1:8: the system is `store` here, but its folder is `shop`",
            "",
        ),
        (
            "\"postgres\"",
            "\"supabse\"",
            "4:12: unknown platform `supabse`",
            "did you mean `supabase`?",
        ),
        (
            "\"postgres\"",
            "\"oracle\"",
            "4:12: unknown platform `oracle`",
            "known platforms: supabase, postgres",
        ),
        (
            "\"2s\"",
            "\"2\"",
            "6:16: bad `lock_timeout`: `2` has no unit: write 2s, 2 min, 2 days",
            "",
        ),
        (
            "\"2s\"",
            "\"0s\"",
            "6:16: bad `lock_timeout`: it must be more than nothing",
            "",
        ),
        (
            "\"2s\"",
            "\"25 days\"",
            "6:16: bad `lock_timeout`: it is more than 24 days",
            "",
        ),
        (
            "[counts]",
            "schemas = [\"public\", \"public\"]\n[counts]",
            "8:22: schema `public` is listed twice",
            "",
        ),
        (
            "[counts]",
            "schemas = [\"pg_catalog\"]\n[counts]",
            "8:12: `pg_catalog` cannot be among the `schemas` of a system",
            "",
        ),
        (
            "[counts]",
            "schemas = [\"pgphase\"]\n[counts]",
            "8:12: `pgphase` cannot be among the `schemas` of a system",
            "",
        ),
        (
            "[counts]",
            "schemas = []\n[counts]",
            "1:1: `schemas` must not be empty",
            "",
        ),
        (
            "number = 7",
            "anon_execute = [\"f\"]\nnumber = 7",
            "31:17: `f` is no function's signature",
            "public.f(integer, text)",
        ),
        (
            "number = 7",
            "anon_execute = [\"public.f()\", \"public.f( )\"]\nnumber = 7",
            "31:31: `public.f()` is listed twice",
            "",
        ),
    ]);
}

#[test]
fn text_that_is_no_toml() {
    let failure = Shop::new()
        .replace("system.toml", "title = \"Shop\"", "title = \"Shop")
        .fails();
    assert!(
        failure.message.starts_with("shop/system.toml:2:"),
        "{failure:?}"
    );
    assert_eq!(failure.snippet.as_deref(), Some("title = \"Shop"));
    let failure = Shop::new()
        .replace("system.toml", "title =", "name = \"shop\"\ntitle =")
        .fails();
    assert!(
        failure
            .message
            .starts_with("shop/system.toml:2:1: duplicate key"),
        "{failure:?}"
    );
    Shop::new()
        .write("system.toml", " \n")
        .fails()
        .is("shop/system.toml:1: the file is empty", "");
    Shop::new()
        .write("system.toml", b"name = \"\xff\"")
        .fails()
        .is(
            "shop/system.toml:1:9: the file is not UTF-8",
            "save it as UTF-8",
        );
}

#[test]
fn all_mistakes_are_reported_and_the_first_gives_the_place() {
    let failure = Shop::new()
        .replace("system.toml", "\"postgres\"", "\"mysql\"")
        .replace("system.toml", "number = 2", "number = \"2\"")
        .fails();
    assert_eq!(
        failure.message,
        "shop/system.toml:4:12: unknown platform `mysql`"
    );
    assert_eq!(
        failure.detail,
        "also shop/system.toml:23:10: `number` must be an integer, not a string"
    );
    assert_eq!(failure.snippet.as_deref(), Some("platform = \"mysql\""));
}
