//! Small systems, written into folders of their own.

use std::fs;
use std::path::{Path, PathBuf};

/// A folder with one system.
pub struct Project {
    folder: tempfile::TempDir,
    name: String,
    toml: String,
}

impl Project {
    /// A system without phases, for plain PostgreSQL.
    pub fn new(name: &str) -> Self {
        let project = Self {
            folder: tempfile::tempdir().expect("a folder"),
            name: name.to_owned(),
            toml: format!(
                "name = \"{name}\"\ntitle = \"{name}\"\ndescription = \"A test's system.\"\nplatform = \"postgres\"\nmin_server = 15\n"
            ),
        };
        project.write("system.toml", &project.toml);
        project
    }

    /// Two phases, `people` and `orders`; orders needs people.
    pub fn shop() -> Self {
        Self::new("shop")
            .phase(1, "people", &[])
            .table(
                "phase_1_people",
                "001_schema",
                "public.person",
                "name text not null unique",
            )
            .phase(2, "orders", &["people"])
            .table(
                "phase_2_orders",
                "001_schema",
                "public.purchase",
                "person_id bigint not null references public.person (id)",
            )
    }

    /// A copy of a folder of systems.
    pub fn copy_of(from: &Path, name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        copy(&from.join(name), &folder.path().join(name));
        let toml = fs::read_to_string(from.join(name).join("system.toml")).expect("system.toml");
        Self {
            folder,
            name: name.to_owned(),
            toml,
        }
    }

    /// Declares a phase.
    pub fn phase(mut self, number: u32, name: &str, needs: &[&str]) -> Self {
        self.toml.push_str(&format!(
            "\n[[phase]]\nnumber = {number}\nname = \"{name}\"\ndomain = \"{name}\"\ndepends_on = {needs:?}\n"
        ));
        let toml = self.toml.clone();
        self.file("system.toml", &toml)
    }

    /// Writes a file, whether it is there or not.
    pub fn file(self, path: &str, text: &str) -> Self {
        self.write(path, text);
        self
    }

    /// A migration with its down file that creates one table with an identity column `id` and others.
    pub fn table(self, phase: &str, file: &str, table: &str, columns: &str) -> Self {
        self.file(
            &format!("{phase}/{file}.sql"),
            &format!(
                "create table {table} (\n    id bigint generated always as identity primary key,\n    {columns}\n);\n"
            ),
        )
        .file(
            &format!("{phase}/{file}.down.sql"),
            &format!("drop table {table};\n"),
        )
    }

    /// A migration with an empty down file.
    pub fn migration(self, path: &str, sql: &str) -> Self {
        self.file(&format!("{path}.sql"), sql)
            .file(&format!("{path}.down.sql"), "-- Nothing to undo.\n")
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, text).expect("a file");
    }

    /// Replaces a text that the file has.
    pub fn replace(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(path)).expect("a file");
        assert!(text.contains(from), "no {from:?} in {path}");
        self.write(path, &text.replace(from, to));
    }

    pub fn remove(&self, path: &str) {
        fs::remove_file(self.path(path)).expect("a file to remove");
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect("a file to rename");
    }

    /// Of a file of the system.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(&self.name).join(path)
    }
}

impl AsRef<Path> for Project {
    /// The folder that holds the system, for `--dir`.
    fn as_ref(&self) -> &Path {
        self.folder.path()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
