//! What the documentation says is so: its SQL runs, its check names exist, its links lead somewhere, and its tables of
//! verbs are those of the command line.

mod support;

use clap::{CommandFactory, Parser};
use pgphase::catalog::{self, Platform, Source};
use pgphase::execute::{self, Event, Options};
use pgphase::plan::{self, UpRequest};
use pgphase::{ErrorKind, history, platform};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use support::cluster::{Cluster, Database, blocking};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A fenced block: what stands after the fence, its first line's number, its text.
struct Block {
    info: String,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Block {
                    info: info.to_owned(),
                    line: number + 2,
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

/// StreamVibe as the folder `phases` has it, with the stand-in for Supabase.
async fn streamvibe(database: &Database<'_>) {
    let system = catalog::load(&Source::Dir(root().join("phases")), "streamvibe").expect("files");
    let session = database.session().await;
    platform::install(&session, Platform::Supabase)
        .await
        .expect("the stand-in");
    let (look, history) = history::look(&session).await.expect("a look");
    let plan = plan::up(&system, &history, &UpRequest::default()).expect("a plan");
    let mut silent = |_: Event<'_>| {};
    let (known, options) = ((&look, &history), Options::default());
    execute::up(&session, &system, &plan, None, known, &options, &mut silent)
        .await
        .expect("StreamVibe is applied");
    session.close().await;
}

#[test]
fn the_sql_of_streamvibes_page_runs_as_it_says() {
    let page = read("docs/systems/streamvibe.md");
    let database = Cluster::shared().database("docs_streamvibe");
    blocking(async {
        streamvibe(&database).await;
        let session = database.session().await;
        let run = |sql: String| {
            let client = &session.client;
            async move { client.batch_execute(&sql).await }
        };
        run("begin".into()).await.expect("a transaction");
        let sql = blocks(&page)
            .into_iter()
            .filter(|block| block.info.starts_with("sql"));
        let mut count = 0;
        for block in sql {
            count += 1;
            run("savepoint block".into()).await.expect("a savepoint");
            let code = run(block.text).await.err().map(|error| match error.code() {
                Some(code) => code.code().to_owned(),
                None => error.to_string(),
            });
            let wanted = block.info.strip_prefix("sql fails ").map(str::to_owned);
            assert_eq!(code, wanted, "the block at line {}", block.line);
            if wanted.is_some() {
                run("rollback to block".into()).await.expect("back");
            }
        }
        assert!(count > 10, "only {count} blocks of SQL were found");
        session.close().await;
    });
}

#[test]
fn every_check_and_requirement_of_streamvibe_is_on_its_page() {
    let page = read("docs/systems/streamvibe.md");
    let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let system = catalog::load(&Source::Dir(root().join("phases")), "streamvibe").expect("files");
    for file in system
        .phases
        .iter()
        .filter_map(|phase| phase.verify.as_ref())
    {
        for line in file.text.lines() {
            if let Some(name) = line.strip_prefix("-- check: ") {
                names.insert(name.trim().to_owned());
            }
            if let Some(list) = line.strip_prefix("-- id: ") {
                ids.extend(list.split([',', ' ']).map(str::to_owned));
            }
        }
    }
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| S"))
        .collect();
    let described: BTreeSet<String> = rows
        .iter()
        .filter_map(|row| row.split('|').nth(1))
        .map(|id| id.trim().to_owned())
        .collect();
    let missing: Vec<&String> = ids
        .iter()
        .filter(|id| !id.is_empty() && !described.contains(*id))
        .collect();
    assert!(
        missing.is_empty(),
        "requirements without a row: {missing:?}"
    );
    let named = rows
        .iter()
        .filter_map(|row| row.split_once("deep: "))
        .flat_map(|(_, list)| list.split(" · "));
    let named: BTreeSet<String> = named
        .map(|name| name.trim_matches([' ', '|', '`']).to_owned())
        .collect();
    let unknown: Vec<_> = named.difference(&names).collect();
    assert!(unknown.is_empty(), "no such checks: {unknown:?}");
    let unnamed: Vec<_> = names.difference(&named).collect();
    assert!(
        unnamed.is_empty(),
        "checks that the page does not name: {unnamed:?}"
    );
}

/// The verbs that do something, as they are typed: `migrate up`, `seed`, …
fn verbs() -> BTreeSet<String> {
    let command = pgphase::cli::Cli::command();
    let mut verbs = BTreeSet::new();
    for verb in command.get_subcommands() {
        let below: Vec<_> = verb
            .get_subcommands()
            .map(|below| below.get_name())
            .collect();
        if below.is_empty() {
            verbs.insert(verb.get_name().to_owned());
        }
        verbs.extend(
            below
                .iter()
                .map(|below| format!("{} {below}", verb.get_name())),
        );
    }
    verbs
}

#[test]
fn the_readme_lists_every_verb_and_no_other() {
    let readme = read("README.md");
    let table = readme
        .split("## Verbs")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .expect("a chapter Verbs");
    let listed: BTreeSet<String> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('`').nth(1))
        .flat_map(|cell| {
            // `platform status \| install` is two verbs.
            let (verb, rest) = cell.split_once(' ').unwrap_or((cell, ""));
            let names: Vec<String> = match rest {
                "" => vec![verb.to_owned()],
                rest => rest
                    .split("\\|")
                    .map(|name| format!("{verb} {}", name.trim()))
                    .collect(),
            };
            names
        })
        .collect();
    assert_eq!(listed, verbs());
}

/// All pages, README included.
fn pages() -> Vec<PathBuf> {
    let mut found = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    let mut folders = vec![root().join("docs"), root().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// A heading's anchor, as code forges make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    });
    kept.collect()
}

fn check_link(page: &Path, text: &str, link: &str, problems: &mut Vec<String>) {
    if link.contains("://") || link.starts_with("mailto:") {
        return;
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let target = page.parent().expect("a folder").join(path);
    let said = |what: &str| format!("{}: {link}: {what}", page.display());
    let there = if path.is_empty() {
        text.to_owned()
    } else if target.is_dir() {
        return;
    } else {
        match std::fs::read_to_string(&target) {
            Ok(text) => text,
            Err(_) => return problems.push(said("no such file")),
        }
    };
    let headings = there.lines().filter(|line| line.starts_with('#'));
    if !fragment.is_empty() && !headings.map(anchor).any(|anchor| anchor == fragment) {
        problems.push(said("no such heading"));
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut problems = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).expect("a page");
        for rest in text.split("](").skip(1) {
            if let Some((link, _)) = rest.split_once(')') {
                check_link(&page, &text, link, &mut problems);
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Every kind of error; a new one does not compile until it is named here.
fn kinds() -> Vec<ErrorKind> {
    use ErrorKind as K;
    let all = [
        K::Usage,
        K::Config,
        K::Catalog,
        K::Connection,
        K::Permission,
        K::Locked,
        K::Collision,
        K::Unsupported,
        K::DevServer,
        K::Io,
        K::NotConfirmed,
        K::Diverged,
        K::Migration,
        K::Seed,
        K::Verification,
        K::Database,
        K::Interrupted,
    ];
    for kind in all {
        match kind {
            K::Usage | K::Config | K::Catalog | K::Connection | K::Permission | K::Locked => {}
            K::Collision | K::Unsupported | K::DevServer | K::Io | K::NotConfirmed => {}
            K::Diverged | K::Migration | K::Seed | K::Verification => {}
            K::Database | K::Interrupted => {}
        }
    }
    all.to_vec()
}

#[test]
fn every_kind_of_error_has_a_chapter_with_its_exit_code() {
    let page = read("docs/troubleshooting.md");
    for kind in kinds() {
        let heading = format!("\n### {}\n", kind.as_str());
        let chapter = page.split(&heading).nth(1).unwrap_or_default();
        let said = format!("Exit {}.", kind.exit_code());
        assert!(chapter.trim_start().starts_with(&said), "{heading}: {said}");
    }
}

#[test]
fn every_hazard_rule_is_in_the_page_on_formats() {
    let page = read("docs/formats.md");
    let is_rule = |text: &&str| {
        text.contains('-')
            && !text.starts_with('-')
            && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let mut rules = BTreeSet::new();
    for file in ["enums", "linter", "safety", "settings", "statements"] {
        let source = read(&format!("src/catalog/sql/hazards/{file}.rs"));
        rules.extend(
            source
                .split('"')
                .skip(1)
                .step_by(2)
                .filter(is_rule)
                .map(str::to_owned),
        );
    }
    assert!(rules.len() > 20, "{rules:?}");
    let missing: Vec<&String> = rules
        .iter()
        .filter(|rule| !page.contains(&format!("`{rule}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// All commands, groups included.
fn commands(command: &clap::Command, found: &mut Vec<clap::Command>) {
    found.push(command.clone());
    for below in command.get_subcommands() {
        commands(below, found);
    }
}

/// The words of an example, without what is a comment or another program.
fn words(example: &str) -> Vec<String> {
    let command = example.split("  ").next().unwrap_or_default();
    let command = command
        .split([';', '|', '>', '&'])
        .next()
        .unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    let mut quoted = false;
    for part in command.split('\'') {
        if quoted {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
        quoted = !quoted;
    }
    words
}

#[test]
fn every_help_has_examples_that_can_be_typed_and_the_exit_codes() {
    let mut all = Vec::new();
    commands(&pgphase::cli::Cli::command(), &mut all);
    for command in all {
        let help = command.clone().render_long_help().to_string();
        let name = command.get_name();
        assert!(help.contains("\nExit codes:\n"), "{name}");
        let examples = help.split("\nExamples:\n").nth(1).unwrap_or_default();
        let examples: Vec<&str> = examples
            .lines()
            .map_while(|line| line.strip_prefix("  "))
            .filter(|line| line.starts_with("pgphase "))
            .collect();
        assert!(!examples.is_empty(), "{name} has no examples");
        for example in examples {
            let parsed = pgphase::cli::Cli::try_parse_from(words(example));
            assert!(parsed.is_ok(), "{name}: {example}: {:?}", parsed.err());
        }
    }
}

#[test]
fn the_readmes_commands_can_be_typed() {
    let mut count = 0;
    for page in ["README.md", "docs/systems/streamvibe.md"] {
        for block in blocks(&read(page))
            .iter()
            .filter(|block| block.info == "sh")
        {
            for line in block
                .text
                .lines()
                .filter(|line| line.starts_with("pgphase "))
            {
                count += 1;
                let line = line.split(" #").next().unwrap_or_default();
                let parsed = pgphase::cli::Cli::try_parse_from(words(line));
                assert!(parsed.is_ok(), "{page}: {line}: {:?}", parsed.err());
            }
        }
    }
    assert!(count > 8, "{count}");
}
