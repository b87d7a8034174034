//! `key=value` connection strings → pairs, by libpq's rules: blanks around `=`, quotes, backslashes.

use crate::{Error, ErrorKind, Result};
use std::iter::Peekable;
use std::str::Chars;

/// Splits a connection string. Errors never repeat a part of it: what looks like a key may be half a password.
pub fn parse(text: &str) -> Result<Vec<(String, String)>> {
    let mut rest = text.chars().peekable();
    let mut pairs = Vec::new();
    loop {
        skip_blanks(&mut rest);
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let key = key(&mut rest)?;
        let value = value(&mut rest)?;
        pairs.push((key, value));
    }
}

fn skip_blanks(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|next| next.is_whitespace()).is_some() {}
}

fn key(rest: &mut Peekable<Chars<'_>>) -> Result<String> {
    let mut key = String::new();
    while let Some(next) = rest.next_if(|next| *next != '=' && !next.is_whitespace()) {
        key.push(next);
    }
    skip_blanks(rest);
    if rest.next_if_eq(&'=').is_none() {
        return Err(bad("has a word without ="));
    }
    skip_blanks(rest);
    Ok(key)
}

fn value(rest: &mut Peekable<Chars<'_>>) -> Result<String> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match rest.peek() {
            None if quoted => return Err(bad("has a ' without its end")),
            Some('\'') if quoted => {
                rest.next();
                return Ok(value);
            }
            None => return Ok(value),
            Some(next) if !quoted && next.is_whitespace() => return Ok(value),
            Some('\\') => {
                rest.next();
                value.extend(rest.next());
            }
            Some(next) => {
                value.push(*next);
                rest.next();
            }
        }
    }
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the connection string {what}"))
        .hint("the form is host=localhost port=5432 user=me dbname=mine password='with blanks'")
        .hint("or a URL: postgres://user:password@host:5432/database")
}
