//! What a file must not contain because this tool, not psql, sends it to the server.

use super::lex;
use super::script::{Reader, Script};
use super::split::StatementKind;
use crate::error::{Error, ErrorKind, Location};

/// Statements of a migration, repeatable, task or verify file that cannot work, with their places:
/// commands of psql, `copy` through the client, transaction control, quotes that never end.
///
/// `path` is the file as a user would write it; it goes into the errors, all of kind `Catalog`.
pub fn mistakes(path: &str, text: &str) -> Vec<Error> {
    Reader::new().mistakes(path, text)
}

impl<'a> Reader<'a> {
    /// [`mistakes`].
    pub fn mistakes(&self, path: &str, text: &'a str) -> Vec<Error> {
        let script = self.script(text);
        let mut found: Vec<(usize, Error)> = script
            .statements
            .iter()
            .filter_map(|parsed| {
                let error = forbidden(parsed.statement.kind, parsed.text)?;
                Some((parsed.statement.range.start, error))
            })
            .collect();
        found.extend(unterminated(&script));
        found.sort_by_key(|(offset, _)| *offset);
        found
            .into_iter()
            .map(|(offset, error)| error.at(Location::at_offset(path, text, offset)))
            .collect()
    }
}

fn forbidden(kind: StatementKind, statement: &str) -> Option<Error> {
    let words = || statement.split_whitespace().take(2).collect::<Vec<_>>();
    match kind {
        StatementKind::Meta => Some(
            error(format!(
                "{} is a command of psql, not SQL",
                words().first().unwrap_or(&"\\")
            ))
            .hint(
                "write what it would do as SQL; put included files into the phase as files \
                     of their own",
            ),
        ),
        StatementKind::CopyClient => Some(
            error("copy from stdin or to stdout needs a client that streams the data")
                .hint("put reference rows into seed.toml, others into insert statements"),
        ),
        StatementKind::TransactionControl => Some(
            error(format!(
                "{} breaks the transaction that the file runs in",
                words().join(" ")
            ))
            .hint(
                "leave it out: each file runs in a transaction that also records it; a \
                     file with `-- pgphase: no-transaction` runs statement by statement",
            ),
        ),
        _ => None,
    }
}

/// The scanner reads to the end of the file from there, so there is one at most: behind the last
/// statement that is SQL.
fn unterminated(script: &Script<'_>) -> Option<(usize, Error)> {
    let last = script.statements.last().map(|parsed| &parsed.statement);
    let from = last.map_or(0, |statement| match statement.kind {
        StatementKind::Meta | StatementKind::CopyClient => statement.range.end,
        _ => statement.range.start,
    });
    let token = lex::tokens(&script.text[from..]).last()?;
    let what = token.unterminated()?;
    Some((from + token.start, error(format!("this {what} never ends"))))
}

fn error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Catalog, message)
}

#[cfg(test)]
mod tests {
    use super::mistakes;

    fn lines(text: &str) -> Vec<(u32, String)> {
        let found = mistakes("a.sql", text);
        let inner = found.iter().map(|error| error.inner());
        inner
            .map(|error| {
                (
                    error.location.as_ref().map_or(0, |at| at.line),
                    error.message.clone(),
                )
            })
            .collect()
    }

    #[test]
    fn psql_commands_are_named_with_their_line() {
        let found = lines("select 1;\n\\i it's.sql\nselect 2;\n  \\copy t from 'x'\n");
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0],
            (2, "\\i is a command of psql, not SQL".to_owned())
        );
        assert_eq!(found[1].0, 4);
    }

    #[test]
    fn transaction_control_is_found_but_not_in_function_bodies() {
        let text = "begin;\ncreate function f() returns int language plpgsql as $$ begin return 1; end $$;\n\
                    create procedure p() language sql begin atomic select 1; end;\n\
                    savepoint a;\nrollback to a;\nCOMMIT;\nprepare transaction 'x';\nend;";
        let found: Vec<u32> = lines(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, [1, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn set_transaction_and_prepare_are_not_transaction_control() {
        assert_eq!(
            lines("set transaction isolation level serializable; prepare a as select 1;"),
            []
        );
    }

    #[test]
    fn copy_data_is_not_taken_for_sql() {
        let text = "copy public.t (a) from stdin;\n1\tit's; begin\n\\.\nselect 1;\ncommit;\n";
        let found: Vec<u32> = lines(text).into_iter().map(|(line, _)| line).collect();
        assert_eq!(found, [1, 5]);
    }

    #[test]
    fn copy_from_a_file_of_the_server_is_allowed() {
        assert_eq!(
            lines("copy t from '/tmp/stdin'; copy (select 1) to program 'cat';"),
            []
        );
    }

    #[test]
    fn a_quote_that_never_ends_is_said_where_it_begins() {
        assert_eq!(
            lines("select 1;\nselect 'a;\n"),
            [(2, "this string never ends".to_owned())]
        );
        assert_eq!(
            lines("do $a$ begin end $b$;"),
            [(1, "this dollar-quoted string never ends".to_owned())]
        );
        assert_eq!(
            lines("select 1 /* /* */;"),
            [(1, "this comment never ends".to_owned())]
        );
    }
}
