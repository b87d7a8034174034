//! Which database, from what is given; what pgphase.toml and the .env files may say.

use super::*;
use std::fs;

const CONFIG: &str = r#"
system = "shop"
dir = "phases"
lock_timeout = "2s"

[env.staging]
url = "postgres://deploy@staging.example.com/app"

[env.prod]
url_env = "PROD_DATABASE_URL"
protected = true
role = "owner"
"#;

fn config() -> ConfigFile {
    ConfigFile::parse("pgphase.toml", CONFIG).unwrap()
}

fn env(vars: &[(&str, &str)]) -> Environment {
    Environment::from_vars([("USER", "me")].iter().chain(vars).copied())
}

/// `--name value` pairs.
fn cli(flags: &[(&str, &str)]) -> ConnectionArgs {
    let get = |name| {
        flags
            .iter()
            .find(|(flag, _)| *flag == name)
            .map(|(_, value)| (*value).to_owned())
    };
    ConnectionArgs {
        database_url: get("--database-url"),
        env: get("--env"),
        dev: get("--dev").is_some(),
        role: get("--role"),
    }
}

/// The target, or `dev`, and what chose it.
fn shown(chosen: &Chosen) -> (String, String) {
    let what = match &chosen.choice {
        DatabaseChoice::Server(target) => target.to_string(),
        DatabaseChoice::Dev => "dev".into(),
    };
    (what, chosen.source.to_string())
}

#[test]
fn the_strongest_of_what_is_given_chooses_the_database() {
    let flag = ("--database-url", "postgres://a@flag/db");
    let staging = ("--env", "staging");
    let url = ("DATABASE_URL", "postgres://b@variable/db");
    let host = ("PGHOST", "libpq");
    type Given<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Given, Given, &str, &str); 9] = [
        (
            &[flag, staging],
            &[url, host],
            "postgres://a@flag:5432/db",
            "--database-url",
        ),
        (
            &[staging],
            &[url, host],
            "postgres://deploy@staging.example.com:5432/app",
            "--env staging",
        ),
        (
            &[],
            &[url, host],
            "postgres://b@variable:5432/db",
            "DATABASE_URL",
        ),
        (&[], &[host], "postgres://me@libpq:5432/me", "PGHOST"),
        (
            &[],
            &[("PGDATABASE", "x"), host],
            "postgres://me@libpq:5432/x",
            "PGHOST",
        ),
        (
            &[],
            &[("DATABASE_URL", ""), host],
            "postgres://me@libpq:5432/me",
            "PGHOST",
        ),
        (&[], &[], "dev", "the default"),
        (
            &[],
            &[("PGUSER", "x"), ("PGPASSWORD", "y")],
            "dev",
            "the default",
        ),
        (
            &[("--dev", ""), flag, staging],
            &[url, host, ("CI", "true")],
            "dev",
            "--dev",
        ),
    ];
    for (flags, vars, what, source) in cases {
        let chosen = choose_database(&cli(flags), &env(vars), &config(), true).unwrap();
        assert_eq!(
            shown(&chosen),
            (what.into(), source.into()),
            "{flags:?} {vars:?}"
        );
    }
}

#[test]
fn a_forgotten_url_is_an_error_where_the_dev_server_would_hide_it() {
    let none = cli(&[]);
    for (vars, allows_dev) in [
        (&[("CI", "true")][..], true),
        (&[("CI", "1"), ("DATABASE_URL", "")], true),
        (&[("CI", "woodpecker")], true),
        (&[], false),
    ] {
        let error = choose_database(&none, &env(vars), &config(), allows_dev).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{vars:?}");
        assert_eq!(error.exit_code(), 3);
        let hint = error.inner().hint.clone().unwrap();
        assert!(
            hint.contains("DATABASE_URL") && hint.contains("--env prod"),
            "{hint}"
        );
        assert_eq!(hint.contains("CI is set"), allows_dev);
    }
    for vars in [&[("CI", "false")][..], &[("CI", "0")], &[("CI", "")]] {
        let chosen = choose_database(&none, &env(vars), &config(), true).unwrap();
        assert_eq!(shown(&chosen).0, "dev", "{vars:?}");
    }
}

#[test]
fn an_environment_without_its_variable_is_an_error_even_where_dev_is_allowed() {
    let vars = [("DATABASE_URL", "postgres://b@variable/db")];
    let error =
        choose_database(&cli(&[("--env", "prod")]), &env(&vars), &config(), true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        error.to_string(),
        "environment prod: variable PROD_DATABASE_URL is not set"
    );
}

#[test]
fn an_unknown_environment_is_answered_with_the_known_ones() {
    let error = choose_database(&cli(&[("--env", "pro")]), &env(&[]), &config(), true).unwrap_err();
    assert_eq!(error.to_string(), "there is no environment named pro");
    let mut found = config();
    found.path = Some("pgphase.toml".into());
    let error = choose_database(&cli(&[("--env", "pro")]), &env(&[]), &found, true).unwrap_err();
    assert_eq!(
        error.inner().hint.as_deref(),
        Some("pgphase.toml has prod, staging")
    );
}

#[test]
fn dev_is_refused_for_a_verb_that_never_runs_there() {
    let error = choose_database(&cli(&[("--dev", "")]), &env(&[]), &config(), false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn an_unknown_environment_is_a_mistake_even_beside_a_url() {
    let words = [("--env", "pro"), ("--database-url", "postgres://b@host/db")];
    let error = choose_database(&cli(&words), &env(&[]), &config(), true).unwrap_err();
    assert_eq!(error.to_string(), "there is no environment named pro");
    assert_eq!(error.exit_code(), 3);
}

#[test]
fn an_environment_brings_its_role_and_the_flag_overrides_it() {
    let vars = env(&[("PROD_DATABASE_URL", "postgres://x@prod.example.com/app")]);
    let chosen = choose_database(&cli(&[("--env", "prod")]), &vars, &config(), true).unwrap();
    assert_eq!(chosen.role.as_deref(), Some("owner"));
    assert!(chosen.protected);
    assert_eq!(chosen.environment_name.as_deref(), Some("prod"));
    let flags = [("--env", "prod"), ("--role", "me")];
    let chosen = choose_database(&cli(&flags), &vars, &config(), true).unwrap();
    assert_eq!(chosen.role.as_deref(), Some("me"));
}

#[test]
fn a_protected_database_stays_protected_when_it_is_named_by_its_url() {
    let prod = ("PROD_DATABASE_URL", "postgres://x@prod.example.com/app");
    for (url, protected) in [
        (
            "postgres://somebody@PROD.example.com:5432/app?sslmode=require",
            true,
        ),
        ("host=other,prod.example.com dbname=app user=y", true),
        ("postgres://x@prod.example.com/other", false),
        ("postgres://x@prod.example.com:6000/app", false),
    ] {
        let vars = env(&[prod]);
        let chosen =
            choose_database(&cli(&[("--database-url", url)]), &vars, &config(), true).unwrap();
        assert_eq!(chosen.protected, protected, "{url}");
        assert_eq!(chosen.environment_name.is_some(), protected, "{url}");
    }
}

#[test]
fn a_malformed_url_says_where_it_came_from_and_not_what_it_was() {
    let vars = env(&[("DATABASE_URL", "postgres://me:sesame/street@host/db")]);
    let error = choose_database(&cli(&[]), &vars, &config(), true).unwrap_err();
    let all = format!("{error} {:?}", error.inner());
    assert!(
        all.contains("from DATABASE_URL") && !all.contains("sesame"),
        "{all}"
    );
}

#[test]
fn what_pgphase_toml_may_not_say_is_an_error_with_its_line() {
    let cases = [
        ("sistem = \"x\"", 1, "unknown field `sistem`"),
        ("system = 1", 1, "invalid type"),
        ("\nlock_timeout = \"soon\"", 2, "not a duration"),
        ("lock_timeout = 5", 1, "invalid type"),
        (
            "system = \"a\"\n\n[env.prod]\nurl = \"x\"\nprotect = true",
            5,
            "unknown field `protect`",
        ),
        ("[env.prod]\nprotected = true", 1, "neither url nor url_env"),
        (
            "\n[env.\"prod\"]\nurl = \"x\"\nurl_env = \"Y\"",
            2,
            "both url and url_env",
        ),
        ("system = \"a\"\nsystem = \"b\"", 2, "duplicate key"),
        ("[env.prod]\nurl = postgres://me:sesame@host", 2, ""),
    ];
    for (text, line, message) in cases {
        let error = ConfigFile::parse("pgphase.toml", text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let place = error.inner().location.clone().unwrap();
        assert_eq!(
            (place.file.as_str(), place.line),
            ("pgphase.toml", line),
            "{text:?} {error}"
        );
        assert!(error.to_string().contains(message), "{text:?} {error}");
        assert!(
            !format!("{error} {error:?}").contains("sesame"),
            "{error:?}"
        );
    }
}

/// A folder with files in it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    dir
}

#[test]
fn pgphase_toml_is_found_in_a_folder_above_and_its_dir_is_relative_to_it() {
    let root = folder(&[("pgphase.toml", CONFIG), (".git/HEAD", ""), ("a/b/x", "")]);
    let project = Project::load(&root.path().join("a/b"), env(&[])).unwrap();
    let settings = project.settings(&Overrides::default()).unwrap();
    assert_eq!(settings.dir, Some(root.path().join("phases")));
    assert_eq!(settings.system.as_deref(), Some("shop"));
    assert_eq!(settings.lock_timeout, Some(Duration::from_secs(2)));
    assert_eq!(settings.lock_wait, LOCK_WAIT);
}

#[test]
fn the_search_ends_at_the_repository_and_at_the_home_folder() {
    let root = folder(&[
        ("pgphase.toml", CONFIG),
        ("repo/.git/HEAD", ""),
        ("home/x", ""),
    ]);
    let project = Project::load(&root.path().join("repo"), env(&[])).unwrap();
    assert_eq!(project.config.path, None);
    let home = root.path().join("home");
    let vars = env(&[("HOME", home.to_str().unwrap())]);
    assert_eq!(Project::load(&home, vars).unwrap().config.path, None);
}

#[test]
fn the_process_goes_before_env_local_and_that_before_env() {
    let root = folder(&[
        (
            ".env",
            "A=env\nB=env\nC=env # not part of it\nD='with $x # and blanks'\nexport E=e\n",
        ),
        (".env.local", "A=local\nB=local\n"),
    ]);
    let project = Project::load(root.path(), env(&[("A", "process")])).unwrap();
    let get = |name| project.env.get(name);
    assert_eq!(
        (get("A"), get("B"), get("C")),
        (Some("process"), Some("local"), Some("env"))
    );
    assert_eq!(
        (get("D"), get("E")),
        (Some("with $x # and blanks"), Some("e"))
    );
    assert_eq!(project.env.origin("A"), None);
    assert!(project.env.origin("B").unwrap().ends_with(".env.local"));
}

#[test]
fn a_malformed_env_file_is_an_error_with_its_line_and_without_its_text() {
    let root = folder(&[(".env", "A=1\n\nDATABASE URL=postgres://me:sesame@host/db\n")]);
    let error = Project::load(root.path(), env(&[])).unwrap_err();
    let place = error.inner().location.clone().unwrap();
    assert_eq!(place.line, 3);
    assert!(place.file.ends_with(".env"));
    assert!(
        !format!("{error} {error:?}").contains("sesame"),
        "{error:?}"
    );
}

#[test]
fn flags_go_before_variables_and_those_before_the_file() {
    let project = |vars: &[(&str, &str)]| Project {
        config: config(),
        env: env(vars),
    };
    let given = Overrides {
        lock_timeout: Some("9s".into()),
        ..Overrides::default()
    };
    let vars = [
        ("PGPHASE_LOCK_TIMEOUT", "7s"),
        ("PGPHASE_SYSTEM", "other"),
        ("PGPHASE_DIR", "d"),
    ];
    let settings = project(&vars).settings(&given).unwrap();
    assert_eq!(settings.lock_timeout, Some(Duration::from_secs(9)));
    assert_eq!(settings.system.as_deref(), Some("other"));
    assert_eq!(settings.dir, Some(PathBuf::from("d")));
    let settings = project(&vars).settings(&Overrides::default()).unwrap();
    assert_eq!(settings.lock_timeout, Some(Duration::from_secs(7)));
    assert_eq!(settings.statement_timeout, Duration::ZERO);

    let wrong = Overrides {
        lock_wait: Some("soon".into()),
        ..Overrides::default()
    };
    assert_eq!(
        project(&[]).settings(&wrong).unwrap_err().kind(),
        ErrorKind::Usage
    );
    let wrong = project(&[("PGPHASE_LOCK_WAIT", "soon")]);
    assert_eq!(
        wrong.settings(&Overrides::default()).unwrap_err().kind(),
        ErrorKind::Config
    );
}
