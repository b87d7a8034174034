//! A project of one's own: `init`, `migrate new`, the dev server.

use crate::support::binaries::bindir;
use crate::support::cli::Pgphase;
use std::path::Path;

struct Folder {
    project: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            project: tempfile::tempdir().unwrap(),
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn run(&self, words: &str) -> Pgphase {
        Pgphase::new(words)
            .within(self.path())
            .env("PGPHASE_DEV_HOME", self.home.path())
            .env("PG_BINDIR", bindir())
    }

    fn path(&self) -> &Path {
        self.project.path()
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

#[test]
fn init_in_an_empty_folder_then_up_on_the_dev_server_works_at_once() {
    for platform in ["postgres", "supabase"] {
        let folder = Folder::new();
        folder
            .run(&format!("init bookshop --platform {platform}"))
            .ok()
            .says("pgphase.toml")
            .says(".env.example");
        folder.run("migrate plan --dev").ok().says("001_schema");
        folder
            .run("migrate up --dev")
            .ok()
            .says("dev server: system engine")
            .says("core");
        folder.run("migrate up --dev").ok().says("nothing to do");
        folder.run("snapshot write").ok();
        folder.run("verify --deep --dev").ok();
        folder.run("migrate down --all --yes --dev").ok();
        folder.run("dev stop").ok();
    }
}

#[test]
fn init_takes_the_folders_name_and_refuses_to_overwrite() {
    let folder = Folder::new();
    let inside = folder.path().join("My Book-Shop");
    std::fs::create_dir(&inside).unwrap();
    Pgphase::new("init").within(&inside).ok();
    assert!(inside.join("phases/my_book_shop/system.toml").exists());
    let files = std::fs::read_to_string(inside.join("pgphase.toml")).unwrap();
    Pgphase::new("init other")
        .within(&inside)
        .fails(3)
        .says("pgphase.toml is there already");
    assert_eq!(
        files,
        std::fs::read_to_string(inside.join("pgphase.toml")).unwrap()
    );
    assert!(!inside.join("phases/other").exists());
    Pgphase::new("init Wrong-Name")
        .within(folder.path())
        .fails(3)
        .says("Wrong-Name");
    assert!(!folder.path().join("pgphase.toml").exists());
}

#[test]
fn new_files_of_every_kind_are_numbered_valid_and_applied() {
    let folder = Folder::new();
    let fill = |file: &str, sql: &str| {
        let path = folder.path().join("phases/shop").join(file);
        assert!(path.exists(), "{file}");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}{sql}\n")).unwrap();
    };
    folder.run("init shop").ok();

    folder
        .run("migrate new add_price --phase 1")
        .ok()
        .says("002_add_price.sql")
        .says("002_add_price.down.sql");
    // A file that was forgotten is told, not applied.
    folder
        .run("migrate up")
        .fails(3)
        .says("002_add_price.sql:1")
        .says("write its statements");
    fill(
        "phase_1_core/002_add_price.sql",
        "alter table public.note add column price int;",
    );
    fill(
        "phase_1_core/002_add_price.down.sql",
        "alter table public.note drop column price;",
    );

    folder
        .run("migrate new price_index --phase core --no-transaction")
        .ok()
        .says("003_price_index.sql");
    fill(
        "phase_1_core/003_price_index.sql",
        "create index concurrently note_price_idx on public.note (price);",
    );
    fill(
        "phase_1_core/003_price_index.down.sql",
        "drop index public.note_price_idx;",
    );

    folder
        .run("migrate new functions --phase core --repeatable")
        .ok()
        .says("R_functions.sql");
    fill(
        "phase_1_core/R_functions.sql",
        "create or replace function public.one() returns int language sql set search_path = '' as 'select 1';",
    );
    fill(
        "phase_1_core/R_functions.down.sql",
        "drop function public.one();",
    );

    folder
        .run("migrate new billing --new-phase --depends-on core --domain")
        .arg("Invoices and money")
        .ok()
        .says("phase_2_billing");
    fill(
        "phase_2_billing/001_schema.sql",
        "create table public.invoice (id int);",
    );
    fill(
        "phase_2_billing/001_schema.down.sql",
        "drop table public.invoice;",
    );
    let toml = folder.read("phases/shop/system.toml");
    for words in [
        "name = \"billing\"",
        "depends_on = [\"core\"]",
        "Invoices and money",
    ] {
        assert!(toml.contains(words), "{toml}");
    }

    folder.run("migrate up").ok();
    folder.run("migrate status --check").ok();
    let status = folder.run("migrate status").json();
    assert_eq!(
        status["phases"][0]["migrations"][2]["kind"],
        "no_transaction"
    );
    folder
        .run("migrate new more --phase billing")
        .ok()
        .says("002_more.sql");
    fill("phase_2_billing/002_more.sql", "select 1;");
    folder.run("migrate up").ok();
    folder.run("migrate down --all --yes").ok();
    folder.run("dev stop").ok();
}

#[test]
fn new_refuses_what_would_not_be_valid() {
    let folder = Folder::new();
    Pgphase::new("migrate new x --phase 1 --system streamvibe")
        .within(folder.path())
        .fails(3)
        .says("is in the binary")
        .says("--dir");
    folder.run("init shop").ok();
    folder
        .run("migrate new Bad-Name --phase 1")
        .fails(3)
        .says("Bad-Name");
    folder.run("migrate new x").fails(3).says("--phase");
    folder.run("migrate new x --phase 9").fails(3);
    folder
        .run("migrate new core --new-phase")
        .fails(3)
        .says("core");
    folder
        .run("migrate new other --new-phase --depends-on nothing")
        .fails(3)
        .says("nothing");
    folder
        .run("migrate new functions --phase 1 --repeatable")
        .ok();
    let file = folder
        .path()
        .join("phases/shop/phase_1_core/R_functions.sql");
    std::fs::write(file, "select 1;\n").unwrap();
    folder
        .run("migrate new functions --phase 1 --repeatable")
        .fails(3)
        .says("is there already");
}

#[test]
fn without_a_database_under_ci_there_is_no_dev_server_by_itself() {
    let folder = Folder::new();
    folder.run("init shop").ok();
    folder
        .run("migrate up")
        .env("CI", "true")
        .fails(3)
        .says("no database is given")
        .says("DATABASE_URL");
    folder.run("migrate up --dev").env("CI", "true").ok();
    folder
        .run("migrate up --env production")
        .fails(3)
        .says("production");
    folder.run("dev stop").ok();
}

#[test]
fn mistakes_in_the_files_are_told_with_their_place_before_anything_is_touched() {
    let folder = Folder::new();
    folder.run("init shop").ok();
    let toml = folder.path().join("phases/shop/system.toml");
    let text = folder.read("phases/shop/system.toml");
    std::fs::write(&toml, format!("{text}depnds = 1\n")).unwrap();
    folder
        .run("migrate plan")
        .fails(3)
        .says("system.toml:")
        .says("depnds");
    std::fs::write(&toml, text).unwrap();
    std::fs::write(
        folder.path().join("phases/shop/phase_1_core/2_bad.sql"),
        "select 1;",
    )
    .unwrap();
    folder.run("migrate up").fails(3).says("2_bad.sql");
    let running = std::fs::read_dir(folder.home.path()).unwrap().count();
    assert_eq!(
        running, 0,
        "no dev server was made for a catalogue that is wrong"
    );
}

#[test]
fn several_runs_at_once_share_the_dev_server_and_apply_each_file_once() {
    let folder = Folder::new();
    folder.run("init shop").ok();
    let runs: Vec<_> = (0..4)
        .map(|_| folder.run("migrate up --dev --format json").spawn())
        .collect();
    let applied = runs.into_iter().map(|run| {
        let report = run.wait().exits(0).json();
        report["applied"].as_array().unwrap().len()
    });
    assert_eq!(applied.sum::<usize>(), 1);
    folder.run("migrate status --check --dev").ok();
    folder.run("dev stop").ok();
}

#[test]
fn several_new_files_may_be_written_before_any_of_them_is_filled() {
    let folder = Folder::new();
    folder.run("init shop").ok();
    for name in ["one", "two", "three"] {
        folder.run("migrate new --phase core").arg(name).ok();
    }
    folder
        .run("migrate plan")
        .fails(3)
        .says("002_one.sql:1")
        .says("003_two.sql");
}
