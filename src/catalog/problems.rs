//! Collects the mistakes of a system's files, so that one run reports all of them.

use crate::error::{Error, ErrorKind, Location, Result};
use std::cell::RefCell;

/// More than these are counted, not listed.
const LISTED: usize = 20;

/// Mistakes found so far; the first decides where the error points.
#[derive(Debug, Default)]
pub(crate) struct Problems(RefCell<Vec<Error>>);

impl Problems {
    /// Notes a mistake.
    pub fn push(&self, error: Error) {
        self.0.borrow_mut().push(error);
    }

    /// Notes the mistake of a result, or gives its value.
    pub fn take<T>(&self, result: Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// How many there are, to see whether a step added one.
    pub fn count(&self) -> usize {
        self.0.borrow().len()
    }

    /// The first mistake as an error, the others as its detail lines; nothing where there are none.
    pub fn finish(&self) -> Result<()> {
        let mut all = self.0.take().into_iter();
        let Some(first) = all.next() else {
            return Ok(());
        };
        let others: Vec<Error> = all.collect();
        let mut lines: Vec<String> = others.iter().take(LISTED).map(line).collect();
        if others.len() > LISTED {
            lines.push(format!("and {} more", others.len() - LISTED));
        }
        Err(if lines.is_empty() {
            first
        } else {
            first.detail(lines.join("\n"))
        })
    }
}

/// A further mistake in one line.
fn line(error: &Error) -> String {
    match &error.inner().hint {
        Some(hint) => format!("also {error} ({})", hint.replace('\n', "; ")),
        None => format!("also {error}"),
    }
}

/// A mistake in the files.
pub(crate) fn mistake(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Catalog, message)
}

/// The place of a mistake that concerns a whole file.
pub(crate) fn whole_file(path: &str) -> Location {
    Location {
        file: path.to_owned(),
        line: 1,
        column: None,
        snippet: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_mistakes_are_listed_up_to_a_limit_and_then_counted() {
        let problems = Problems::default();
        for number in 0..30 {
            problems.push(mistake(format!("mistake {number}")).hint("mend it"));
        }
        let error = problems.finish().unwrap_err();
        assert_eq!(error.to_string(), "mistake 0");
        let detail = error.inner().detail.clone().unwrap_or_default();
        let lines: Vec<&str> = detail.lines().collect();
        assert_eq!(lines.len(), LISTED + 1);
        assert_eq!(
            (lines[0], lines[LISTED]),
            ("also mistake 1 (mend it)", "and 9 more")
        );
        assert!(Problems::default().finish().is_ok());
    }
}
