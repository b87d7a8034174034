//! What depends on what, read out of the sources: the direction of the imports, who prints, and that no system's name is
//! in the program.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    collect(&root.join(folder), &mut found);
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

fn collect(path: &Path, found: &mut Vec<(PathBuf, String)>) {
    if path.is_file() {
        if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.to_owned(), fs::read_to_string(path).unwrap()));
        }
        return;
    }
    for entry in fs::read_dir(path).unwrap() {
        collect(&entry.unwrap().path(), found);
    }
}

/// Lines of code (no comments) in which one of the words occurs.
fn uses(folder: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources(folder) {
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!(
                    "{}:{}: {}",
                    path.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    found
}

#[track_caller]
fn never(folder: &str, words: &[&str]) {
    let found = uses(folder, words);
    assert!(
        found.is_empty(),
        "{folder} must not use {words:?}:\n{}",
        found.join("\n")
    );
}

#[test]
fn plan_and_render_never_see_the_database_driver() {
    for folder in ["plan", "render"] {
        never(folder, &["tokio_postgres", "Session"]);
    }
}

#[test]
fn the_catalogue_never_touches_a_database_or_anything_above_it() {
    never("catalog", &["tokio_postgres", "crate::db", "super::db"]);
    never(
        "catalog",
        &[
            "crate::commands",
            "crate::plan",
            "crate::execute",
            "crate::inspect",
            "crate::history",
            "crate::render",
            "crate::settings",
        ],
    );
}

#[test]
fn imports_point_one_way() {
    for folder in ["plan", "execute", "inspect", "history", "platform", "db"] {
        never(
            folder,
            &[
                "crate::commands",
                "crate::render",
                "crate::cli",
                "crate::settings",
            ],
        );
    }
    never("plan", &["crate::execute", "crate::inspect"]);
    never(
        "db",
        &[
            "crate::plan",
            "crate::execute",
            "crate::inspect",
            "crate::history",
        ],
    );
    never("render", &["crate::commands"]);
    never("error.rs", &["crate::"]);
}

#[test]
fn only_render_prints() {
    let printing = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "io::stdout",
        "io::stderr",
        "dbg!",
    ];
    let everywhere = uses("", &printing);
    let elsewhere: Vec<&String> = everywhere
        .iter()
        .filter(|line| !line.contains("/src/render/"))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn no_systems_name_is_in_the_program() {
    let phases = Path::new(env!("CARGO_MANIFEST_DIR")).join("phases");
    let systems: Vec<String> = fs::read_dir(phases)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("system.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert!(systems.contains(&"streamvibe".to_owned()));
    let text: String = sources("").into_iter().map(|(_, text)| text).collect();
    let text = text.to_lowercase();
    for name in &systems {
        assert!(!text.contains(name.as_str()), "src speaks of {name}");
    }
}

#[test]
fn sql_that_is_longer_than_a_look_up_is_in_files_and_each_of_those_is_used() {
    let rust: String = sources("").into_iter().map(|(_, text)| text).collect();
    let mut stack = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = stack.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                stack.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sql") {
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(rust.contains(name), "{} is used by nothing", path.display());
            }
        }
    }
}

#[test]
fn the_program_starts_in_a_main_of_a_few_lines() {
    let main =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).unwrap();
    assert!(main.lines().count() < 20);
}
