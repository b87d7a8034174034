//! A copy of the system `shop` in a folder of its own, to be spoilt.

use pgphase::ErrorKind;
use pgphase::catalog::{Source, System, load};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the tests' own systems.
pub fn fixtures() -> Source {
    Source::Dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/systems"))
}

/// A copy of the system `shop`.
pub struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let Source::Dir(from) = fixtures() else {
            unreachable!()
        };
        copy(&from.join("shop"), &folder.path().join("shop"));
        Self { folder }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("shop").join(file)
    }

    pub fn source(&self) -> Source {
        Source::Dir(self.folder.path().to_owned())
    }

    pub fn write(self, file: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("make a folder");
        fs::write(path, content).expect("write a file");
        self
    }

    pub fn remove(self, file: &str) -> Self {
        let path = self.path(file);
        if path.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
        .expect("remove a file");
        self
    }

    pub fn rename(self, from: &str, to: &str) -> Self {
        fs::rename(self.path(from), self.path(to)).expect("rename a file");
        self
    }

    /// Replaces a text that occurs exactly once in the file.
    pub fn replace(self, file: &str, from: &str, to: &str) -> Self {
        let text = fs::read_to_string(self.path(file)).expect("read a file");
        assert_eq!(
            text.matches(from).count(),
            1,
            "{from:?} must occur once in {file}"
        );
        self.write(file, text.replace(from, to))
    }

    pub fn load(&self) -> pgphase::Result<System> {
        load(&self.source(), "shop")
    }

    /// The error that loading ends in: place and message, then detail and hint.
    pub fn fails(&self) -> Failure {
        let error = self.load().expect_err("the system must not load");
        assert_eq!(error.exit_code(), 3, "{error}");
        assert_eq!(error.kind(), ErrorKind::Catalog, "{error}");
        let short = |text: &str| text.replace(&format!("{}/", self.folder.path().display()), "");
        let inner = error.inner();
        Failure {
            message: short(&error.to_string()),
            detail: short(inner.detail.as_deref().unwrap_or_default()),
            hint: inner.hint.clone().unwrap_or_default(),
            snippet: inner.location.as_ref().and_then(|at| at.snippet.clone()),
        }
    }
}

/// What a user sees of an error.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub detail: String,
    pub hint: String,
    pub snippet: Option<String>,
}

impl Failure {
    /// One mistake, at this place, with these words in the hint.
    pub fn is(&self, message: &str, hint: &str) {
        assert_eq!(self.message, message);
        assert_eq!(
            self.detail, "",
            "only one mistake was made: {}",
            self.message
        );
        assert!(
            self.hint.contains(hint),
            "hint of {message}: {:?}",
            self.hint
        );
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("make a folder");
    for entry in fs::read_dir(from).expect("read a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, target).expect("copy a file");
        }
    }
}
