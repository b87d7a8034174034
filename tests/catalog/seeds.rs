//! Seed files: values, and what each mistake says.

use pgphase::ErrorKind;
use pgphase::catalog::{Seed, SeedValue, SourceFile, seed};
use serde_json::json;

fn read(text: &str) -> pgphase::Result<Seed> {
    seed::parse(&SourceFile::new("seed.toml", text))
}

/// One row with the key `k = 1` and column `v`, in line 4.
fn value(text: &str) -> pgphase::Result<SeedValue> {
    let seed = read(&format!(
        "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{{ k = 1, v = {text} }}]\n"
    ))?;
    Ok(seed.tables[0].rows[0].values["v"].clone())
}

#[test]
fn values_are_what_json_can_say() {
    for (text, expected) in [
        ("\"x\"", json!("x")),
        ("7", json!(7)),
        ("0x10", json!(16)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("2.50", json!(2.5)),
        ("1e3", json!(1000.0)),
        ("0.0", json!(0.0)),
        ("true", json!(true)),
        ("[1, [2]]", json!([1, [2]])),
        ("{ a = { b = [] } }", json!({ "a": { "b": [] } })),
        ("{}", json!({})),
        (
            "{ null = true, other = 1 }",
            json!({ "null": true, "other": 1 }),
        ),
        ("[{ ref = 1 }]", json!([{ "ref": 1 }])),
        ("{ json = '{\"ref\": null}' }", json!({ "ref": null })),
        ("{ json = 'null' }", json!(null)),
        ("2026-11-20", json!("2026-11-20")),
        ("07:32:00", json!("07:32:00")),
        (
            "2026-11-20T09:45:00.5+02:00",
            json!("2026-11-20T09:45:00.5+02:00"),
        ),
        ("2026-11-20 09:45:00", json!("2026-11-20T09:45:00")),
    ] {
        assert_eq!(value(text).unwrap(), SeedValue::Json(expected), "{text}");
    }
    assert_eq!(value("{ null = true }").unwrap(), SeedValue::Null);
}

#[test]
fn references_may_refer_further() {
    let found = value("{ ref = \"a.c\", d = { ref = \"a.e\", f = 1 }, g = \"x\" }").unwrap();
    let SeedValue::Ref {
        schema, table, key, ..
    } = found
    else {
        panic!("a reference")
    };
    assert_eq!((schema.as_str(), table.as_str(), key.len()), ("a", "c", 2));
    assert!(matches!(&key["d"], SeedValue::Ref { table, .. } if table == "e"));
}

#[test]
fn references_take_the_column_id_unless_they_name_another() {
    for (written, column) in [("a.c", "id"), ("a.c(code)", "code")] {
        let found = value(&format!("{{ ref = \"{written}\", d = 1 }}")).unwrap();
        assert!(matches!(found, SeedValue::Ref { column: taken, .. } if taken == column));
    }
    assert!(value("{ ref = \"a.c(\", d = 1 }").is_err());
    assert!(value("{ ref = \"a.c()\", d = 1 }").is_err());
}

#[test]
fn values_that_cannot_be_written() {
    for (text, message) in [
        (
            "nan",
            "4:22: nan is no number that JSON can say: write it as a string",
        ),
        (
            "-inf",
            "4:22: -inf is no number that JSON can say: write it as a string",
        ),
        (
            "0.12345678901234567890123",
            "4:22: 0.12345678901234567890123 has more digits than a float keeps: write it as a string",
        ),
        (
            "9223372036854775808",
            "4:22: 9223372036854775808 does not fit a bigint: write it as a string",
        ),
        (
            "\"\\u0000\"",
            "4:22: PostgreSQL's text cannot hold a NUL character",
        ),
        (
            "{ a = [\"\\u0000\"] }",
            "4:29: PostgreSQL's text cannot hold a NUL character",
        ),
        (
            "{ json = '\"\\u0000\"' }",
            "4:31: PostgreSQL's text cannot hold a NUL character",
        ),
        (
            "{ null = false }",
            "4:31: SQL's null is written { null = true }",
        ),
        (
            "{ json = 1 }",
            "4:31: `json` must be a string that holds JSON",
        ),
        (
            "{ ref = 1 }",
            "4:30: `ref` must name a table as \"schema.table\" or \"schema.table(column)\"",
        ),
        (
            "{ ref = \"c\", d = 1 }",
            "4:30: `ref` must name a table as \"schema.table\" or \"schema.table(column)\"",
        ),
        (
            "{ ref = \"a.c\" }",
            "4:22: `ref` does not say which row: add a column and its value",
        ),
        (
            "{ ref = \"a.c\", d = { null = true } }",
            "4:41: a row cannot be found by a null",
        ),
    ] {
        let error = value(text).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (ErrorKind::Catalog, 3));
        assert_eq!(error.to_string(), format!("seed.toml:{message}"));
    }
    let error = value("{ json = '{' }").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("seed.toml:4:31: `json` holds no JSON:"),
        "{error}"
    );
}

#[test]
fn columns_come_key_first_then_as_listed_or_as_they_appear() {
    let rows = "rows = [{ z = 1, k = 1 }, { k = 2, a = 1 }]\n";
    let head = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\n";
    let columns = |text: String| read(&text).unwrap().tables[0].columns.clone();
    assert_eq!(columns(format!("{head}{rows}")), ["k", "z", "a"]);
    assert_eq!(
        columns(format!("{head}columns = [\"a\", \"z\", \"k\"]\n{rows}")),
        ["k", "a", "z"]
    );
}

#[test]
fn a_row_knows_its_line_however_it_is_written() {
    let text = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [\n  { k = 1 }, { k = 2 },\n\n  {\n    k = 3,\n  },\n]\n\n[[table]]\nname = \"a.c\"\nkey = [\"k\"]\n[[table.rows]]\nk = 1\n[[table.rows]]\nk = 2\n";
    let seed = read(text).unwrap();
    let lines =
        |table: usize| -> Vec<u32> { seed.tables[table].rows.iter().map(|row| row.line).collect() };
    assert_eq!(lines(0), [5, 5, 7]);
    assert_eq!(lines(1), [15, 17]);
    assert_eq!(seed.tables[1].line, 12);
}

#[test]
fn a_table_may_come_twice_so_that_rows_refer_to_earlier_ones_of_it() {
    let text = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{ k = 1 }]\n[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [{ k = 2, parent = { ref = \"a.b\", k = 1 } }]\n";
    assert_eq!(read(text).unwrap().tables.len(), 2);
}

#[test]
fn tables_with_a_mistake() {
    let good = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\nrows = [\n  { k = 1 },\n]\n";
    for (from, to, message, hint) in [
        (
            "[[table]]",
            "[[tables]]",
            "1:3: unknown key `tables` in seed.toml",
            "did you mean `table`?",
        ),
        (
            "name =",
            "nam =",
            "2:1: unknown key `nam` in [[table]]",
            "did you mean `name`?",
        ),
        (
            "name = \"a.b\"\n",
            "",
            "1:1: `name` is missing in [[table]]",
            "",
        ),
        (
            "key = [\"k\"]\n",
            "",
            "1:1: `key` is missing in [[table]]",
            "",
        ),
        (
            "rows = [\n  { k = 1 },\n]\n",
            "",
            "1:1: `rows` is missing in [[table]]",
            "",
        ),
        (
            "\"a.b\"",
            "\"b\"",
            "2:8: `b` is no schema and table",
            "write public.b",
        ),
        (
            "\"a.b\"",
            "\"a.b.c\"",
            "2:8: `a.b.c` is no schema and table",
            "write schema.table",
        ),
        ("[\"k\"]", "[]", "1:1: `key` must name a column", ""),
        (
            "[\"k\"]",
            "[\"k\", \"k\"]",
            "3:13: `key` names `k` twice",
            "",
        ),
        (
            "[\"k\"]",
            "\"k\"",
            "3:7: `key` must be an array of strings, not a string",
            "",
        ),
        (
            "[\"k\"]",
            "[\"k\"]\nmode = \"upsert\"",
            "4:8: unknown mode `upsert`",
            "did you mean `insert`?",
        ),
        (
            "[\"k\"]",
            "[\"k\"]\ncolumns = [\"k\", \"x\"]",
            "1:1: no row gives column `x`",
            "",
        ),
        (
            "{ k = 1 }",
            "{ k = 1 }, { k = 1 }",
            "5:1: row of a.b with the same key (k) as line 5",
            "",
        ),
        (
            "{ k = 1 }",
            "{ k = 1 },\n  { k = 2 },\n  { k = 1, x = 2 }",
            "7:1: row of a.b with the same key (k) as line 5",
            "",
        ),
        (
            "{ k = 1 }",
            "{ x = 1 }",
            "5:3: the row has no value for key column `k`",
            "",
        ),
        (
            "{ k = 1 }",
            "{ k = { null = true } }",
            "5:9: key column `k` cannot be a null, an array or a table",
            "",
        ),
        (
            "{ k = 1 }",
            "{ k = [1] }",
            "5:9: key column `k` cannot be a null, an array or a table",
            "",
        ),
        (
            "{ k = 1 }",
            "{ k = 1, \"\" = 2 }",
            "5:12: `` is no column's name",
            "",
        ),
        (
            "{ k = 1 }",
            "7",
            "5:3: `rows` must be a table, not an integer",
            "",
        ),
        ("\n  { k = 1 },\n", "", "1:1: `a.b` has no rows", ""),
        (
            "{ k = 1 }",
            "{ k = 1, p = { ref = \"a.b\", k = 1 } }",
            "5:1: refers to a.b, whose rows are not written before",
            "an earlier [[table]]",
        ),
    ] {
        assert!(good.contains(from), "{from}");
        let error = read(&good.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        let expected = format!("seed.toml:{message}")
            .replace("5:1: r", "5: r")
            .replace("7:1: r", "7: r");
        assert_eq!(error.to_string(), expected);
        let found = error.inner().hint.clone().unwrap_or_default();
        assert!(found.contains(hint), "{message}: {found}");
    }
}

#[test]
fn columns_that_are_not_listed() {
    let text = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\ncolumns = [\"k\", \"title\"]\nrows = [{ k = 1, title = \"x\" }, { k = 2, titel = \"y\" }]\n";
    let error = read(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "seed.toml:5:42: column `titel` is not among `columns`"
    );
    assert_eq!(error.inner().hint.as_deref(), Some("did you mean `title`?"));
    let text = "[[table]]\nname = \"a.b\"\nkey = [\"k\"]\ncolumns = [\"v\"]\nrows = [{ v = 1 }]\n";
    let error = read(text).unwrap_err();
    assert_eq!(
        error.to_string(),
        "seed.toml:1:1: key column `k` is not among `columns`"
    );
}

#[test]
fn text_that_is_no_toml_has_its_place() {
    let error = read("[[table]]\nname = \n").unwrap_err();
    assert!(error.to_string().starts_with("seed.toml:2:"), "{error}");
    let error = read("# nothing\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        "seed.toml:1:1: `table` is missing in seed.toml"
    );
}
