//! Help, usage, completions, manual pages, the list of systems.

use crate::support::cli::Pgphase;
use serde_json::json;

const VERBS: [&str; 18] = [
    "init",
    "migrate plan",
    "migrate up",
    "migrate down",
    "migrate status",
    "migrate new",
    "migrate export",
    "seed",
    "verify",
    "snapshot write",
    "systems",
    "platform status",
    "platform install",
    "platform uninstall",
    "dev start",
    "dev psql",
    "completions",
    "man",
];

#[test]
fn every_verbs_help_has_examples_and_the_exit_codes() {
    for verb in VERBS {
        let run = Pgphase::new(&format!("{verb} --help")).ok();
        assert!(run.stdout.contains("Example"), "no example: {run}");
        assert!(
            run.stdout.contains("Exit codes:") && run.stdout.contains("could not run"),
            "no exit codes: {run}"
        );
        assert!(run.stdout.contains(&format!("pgphase {verb}")), "{run}");
        assert!(run.stderr.is_empty(), "{run}");
    }
    let run = Pgphase::new("--help")
        .ok()
        .says("Exit codes:")
        .says("Which database:");
    for verb in [
        "init",
        "migrate",
        "seed",
        "verify",
        "snapshot",
        "systems",
        "platform",
        "dev",
        "completions",
        "man",
    ] {
        assert!(
            run.stdout.contains(&format!("\n  {verb} ")),
            "no {verb}: {run}"
        );
    }
}

#[test]
fn bad_usage_is_exit_3_and_help_and_version_are_exit_0() {
    for words in [
        "",
        "migrate",
        "migrat up",
        "migrate up --no-such",
        "migrate up --phase",
        "seed --format yaml",
        "dev",
        "migrate down",
        "verify --all-phases --phase 1",
        "completions tcsh",
        "migrate up --lock-timeout soon",
        "migrate up --only",
    ] {
        let run = Pgphase::new(words).fails(3);
        assert!(run.stdout.is_empty(), "{run}");
        assert!(!run.stderr.is_empty(), "{run}");
    }
    Pgphase::new("--version")
        .ok()
        .says(env!("CARGO_PKG_VERSION"));
    Pgphase::new("help migrate").ok();
    Pgphase::new("migrat up").fails(3).says("migrate");
}

#[test]
fn with_format_json_every_error_is_json_on_stdout_bad_usage_too() {
    for words in [
        "migrate up --no-such --format json",
        "--format=json migrate down",
        "migrate down --format json",
    ] {
        let run = Pgphase::new(words).fails(3);
        assert_eq!(run.error()["kind"], "usage", "{run}");
        assert!(run.stderr.is_empty(), "{run}");
    }
    for (words, kind) in [
        (
            "migrate status --format json --system nothing --database-url postgres://127.0.0.1:1/x",
            "connection",
        ),
        (
            "migrate export --format json -o out --system nothing",
            "catalog",
        ),
        (
            "migrate export --format json -o out --dir /nonexistent",
            "io",
        ),
        ("migrate status --format json --env nowhere", "config"),
    ] {
        let run = Pgphase::new(words).fails(3);
        let error = run.error();
        assert_eq!(error["kind"], kind, "{run}");
        assert_eq!(
            error.as_object().unwrap().keys().collect::<Vec<_>>(),
            [
                "kind",
                "message",
                "file",
                "line",
                "column",
                "sqlstate",
                "detail",
                "hint",
                "standing",
                "rolled_back"
            ],
        );
        assert_eq!(run.json()["schema_version"], 1);
    }
}

#[test]
fn every_shell_gets_a_completion_script() {
    for (shell, sign) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef pgphase"),
        ("fish", "complete -c pgphase"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        Pgphase::new(&format!("completions {shell}"))
            .ok()
            .says(sign)
            .says("single-transaction");
    }
}

#[test]
fn there_is_a_manual_page_for_everything_and_one_a_verb() {
    Pgphase::new("man").ok().says(".TH pgphase");
    let folder = tempfile::tempdir().unwrap();
    Pgphase::new("man --output")
        .arg(folder.path().join("pages"))
        .ok();
    let names: Vec<_> = std::fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in [
        "pgphase.1",
        "pgphase-migrate-up.1",
        "pgphase-dev-psql.1",
        "pgphase-seed.1",
    ] {
        assert!(names.contains(&page.to_owned()), "no {page} in {names:?}");
    }
}

#[test]
fn systems_lists_those_of_the_binary_or_of_a_folder() {
    Pgphase::new("systems")
        .ok()
        .says("streamvibe")
        .says("StreamVibe")
        .says("supabase");
    let list = Pgphase::new("systems").json();
    assert_eq!(list["systems"][0]["name"], "streamvibe");
    assert_eq!(list["systems"][0]["phases"], json!(7));
    Pgphase::new("systems")
        .dir(&crate::support::project::Project::shop())
        .ok()
        .says("shop")
        .says_not("streamvibe");
}

#[test]
fn quiet_says_nothing_but_data_and_errors() {
    let database = crate::support::cluster::Cluster::shared().plain("quiet");
    let shop = crate::support::project::Project::shop();
    let run = database.pgphase("migrate up --quiet").dir(&shop).ok();
    assert!(run.stderr.is_empty(), "{run}");
    let run = database
        .pgphase("migrate up --quiet --phase 9")
        .dir(&shop)
        .fails(3);
    assert!(!run.stderr.is_empty(), "{run}");
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal_unless_asked_for() {
    let database = crate::support::cluster::Cluster::shared().plain("colour");
    let shop = crate::support::project::Project::shop();
    database
        .pgphase("migrate status")
        .dir(&shop)
        .ok()
        .says_not("\u{1b}[");
    database
        .pgphase("migrate status --color always")
        .dir(&shop)
        .ok()
        .says("\u{1b}[");
    database
        .pgphase("migrate status --color never")
        .dir(&shop)
        .ok()
        .says_not("\u{1b}[");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let shop = crate::support::project::Project::shop();
    let script = format!(
        "{} completions bash | head -1",
        env!("CARGO_BIN_EXE_pgphase")
    );
    let run = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(shop.as_ref())
        .output()
        .unwrap();
    assert!(
        run.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
