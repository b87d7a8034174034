//! No text makes a reader panic, whatever it says.

use crate::support::Shop;
use pgphase::catalog::{SourceFile, directive, frontmatter, names, query, seed, verify};
use proptest::prelude::*;

/// Text that looks like TOML often enough to get past its parser.
fn toml() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "[[table]]",
        "[[phase]]",
        "[counts]",
        "name",
        "key",
        "rows",
        "columns",
        "mode",
        "ref",
        "null",
        "json",
        "number",
        "depends_on",
        "platform",
        "\"a.b\"",
        "\"sync\"",
        "\"ä\"",
        "=",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\n",
        " ",
        "1",
        "-0",
        "1e400",
        "nan",
        "0x",
        "2026-01-01",
        "07:32",
        "true",
        ".",
        "#",
        "'",
        "\"\"\"",
        "\\",
        "\u{0}",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

/// Text that looks like SQL with comments, strings and bodies.
fn sql() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "-- check: a",
        "-- id: X",
        "-- pgphase: no-transaction",
        "--pgphase",
        "-- title: t",
        "-- phase: one",
        "-- param a: int = 1 -- x",
        "--   more",
        "--",
        "-",
        "/*",
        "*/",
        "$$",
        "$a$",
        "$",
        "'",
        "\"",
        "E'",
        "U&\"",
        "select 1",
        ":a",
        "::a",
        ";",
        "\n",
        "\r",
        " ",
        "ä",
        "\u{feff}",
        "\u{0}",
        "do",
        "b'",
        "1.e",
    ]);
    prop::collection::vec(word, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn seed_files_do_not_panic(text in prop_oneof![toml(), any::<String>()]) {
        let file = SourceFile::new("seed.toml", &text);
        if let Ok(seed) = seed::parse(&file) {
            prop_assert!(seed.tables.iter().all(|table| !table.rows.is_empty()));
        }
    }

    #[test]
    fn seed_values_do_not_panic(value in toml()) {
        let text = format!("[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{{ k = 1, v = {value} }}]\n");
        let _ = seed::parse(&SourceFile::new("seed.toml", &text));
    }

    #[test]
    fn sql_files_do_not_panic(text in prop_oneof![sql(), any::<String>()]) {
        let file = SourceFile::new("a.sql", &text);
        let _ = directive::no_transaction(&file);
        let _ = directive::refuse(&file, "no");
        let _ = frontmatter::parse(&file, &[("title", frontmatter::Occurs::Once)]);
        let _ = query::parse("q", file.clone(), &["one"]);
        if let Ok(parsed) = verify::parse(&file) {
            let blocks: String = std::iter::once(&parsed.preamble)
                .chain(parsed.checks.iter().map(|check| &check.block))
                .map(|block| block.sql.as_str())
                .collect();
            prop_assert_eq!(blocks, file.text);
        }
    }

    #[test]
    fn bytes_do_not_panic(bytes in any::<Vec<u8>>()) {
        if let Ok(file) = SourceFile::from_bytes("a.sql", &bytes) {
            prop_assert!(!file.text.contains('\r'));
            prop_assert_eq!(SourceFile::new("a.sql", &file.text).text.len(), file.text.strip_prefix('\u{feff}').unwrap_or(&file.text).len());
        }
    }

    #[test]
    fn file_names_do_not_panic(name in prop_oneof![any::<String>(), "[0-9R_a-z.]{0,30}\\.sql"]) {
        if let Ok(names::PhaseFile::Up(number, stem)) = names::PhaseFile::parse(&name) {
            prop_assert!(number > 0 && number < 1_000_000_000_000_000);
            prop_assert_eq!(format!("{stem}.sql"), name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn declarations_do_not_panic(text in prop_oneof![toml(), any::<String>()], lines in any::<prop::sample::Index>()) {
        let shop = Shop::new();
        let good = std::fs::read_to_string(shop.path("system.toml")).unwrap();
        let at = lines.index(good.lines().count() + 1);
        let mut spoilt: Vec<&str> = good.lines().collect();
        spoilt.insert(at, &text);
        let shop = shop.write("system.toml", spoilt.join("\n"));
        if let Err(error) = shop.load() {
            prop_assert_eq!(error.exit_code(), 3);
        }
    }
}

#[test]
fn deep_nesting_is_a_mistake_and_not_an_overflow() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let value = format!("{}1{}", open.repeat(50_000), close.repeat(50_000));
        let text = format!(
            "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{{ k = 1, v = {value} }}]\n"
        );
        let error = seed::parse(&SourceFile::new("seed.toml", &text)).unwrap_err();
        assert_eq!(error.exit_code(), 3);
    }
    let json = "[".repeat(50_000);
    let text = format!(
        "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{{ k = 1, v = {{ json = '{json}' }} }}]\n"
    );
    assert!(seed::parse(&SourceFile::new("seed.toml", &text)).is_err());
}
