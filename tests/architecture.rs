//! Imports point one way, as docs/architecture.md says.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Lines of a module's code that mention any of the words; comments do not count.
fn mentions(module: &str, words: &[&str]) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    if src.join(module).is_dir() {
        sources(&src.join(module), &mut files);
    }
    let single = src.join(format!("{module}.rs"));
    if single.is_file() {
        files.push(single);
    }
    assert!(!files.is_empty(), "src/{module} is not there");
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    found
}

#[test]
fn the_catalogue_touches_no_database_and_nothing_above_it() {
    let above = [
        "tokio_postgres",
        "crate::db",
        "crate::history",
        "crate::plan",
        "crate::execute",
        "crate::inspect",
        "crate::render",
        "crate::commands",
    ];
    assert_eq!(mentions("catalog", &above), Vec::<String>::new());
}

#[test]
fn plans_are_made_without_a_database_or_output() {
    let others = [
        "tokio_postgres",
        "crate::db",
        "crate::execute",
        "crate::inspect",
        "crate::render",
        "crate::commands",
    ];
    assert_eq!(mentions("plan", &others), Vec::<String>::new());
}

#[test]
fn rendering_queries_nothing() {
    let found = mentions("render", &["tokio_postgres", "crate::commands"]);
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn execution_and_inspection_do_not_print() {
    for module in ["execute", "inspect", "history", "db", "platform"] {
        let found = mentions(module, &["crate::render", "crate::commands", "println!"]);
        assert_eq!(found, Vec::<String>::new());
    }
}

#[test]
fn no_system_is_named_in_the_source() {
    let phases = Path::new(env!("CARGO_MANIFEST_DIR")).join("phases");
    let systems = std::fs::read_dir(phases).expect("phases").flatten();
    let names: Vec<String> = systems
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("\"{}\"", entry.file_name().to_string_lossy()))
        .collect();
    let words: Vec<&str> = names.iter().map(String::as_str).collect();
    let outside_tests = |line: &String| !line.contains("tests");
    for module in [
        "commands", "plan", "execute", "inspect", "render", "platform",
    ] {
        let found: Vec<String> = mentions(module, &words)
            .into_iter()
            .filter(outside_tests)
            .collect();
        assert_eq!(found, Vec::<String>::new());
    }
}
