//! Durations as PostgreSQL writes them: `5s`, `500ms`, `10min`, `2h`, `1d`; a bare number is milliseconds.

use std::time::Duration;

/// PostgreSQL's largest timeout, in milliseconds: not quite 25 days.
const LONGEST: u64 = i32::MAX as u64;

/// Reads a duration; `None` when it is not one, or longer than the server takes. `0` means no limit wherever a limit is set.
pub fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let split = text
        .find(|next: char| !next.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 = number.parse().ok()?;
    let milliseconds = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" | "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let milliseconds = number.checked_mul(milliseconds)?;
    (milliseconds <= LONGEST).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_postgresql_and_a_bare_number_is_milliseconds() {
        let cases = [
            ("0", Some(0)),
            ("250", Some(250)),
            ("250ms", Some(250)),
            ("5s", Some(5_000)),
            (" 5 s ", Some(5_000)),
            ("10min", Some(600_000)),
            ("10m", Some(600_000)),
            ("2h", Some(7_200_000)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("s", None),
            ("-1s", None),
            ("1.5s", None),
            ("5 weeks", None),
            ("99999999999999999999d", None),
            ("18446744073709551615d", None),
        ];
        for (text, milliseconds) in cases {
            assert_eq!(
                parse(text),
                milliseconds.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }
}
