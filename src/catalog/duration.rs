//! Lengths of time as people write them: `5s`, `500 ms`, `5 minutes`, `1 month`.

use std::time::Duration;

const UNITS: [(&[&str], u64); 8] = [
    (&["ms", "millisecond", "milliseconds"], 1),
    (&["s", "sec", "second", "seconds"], 1_000),
    (&["min", "minute", "minutes"], 60_000),
    (&["h", "hour", "hours"], 3_600_000),
    (&["d", "day", "days"], 86_400_000),
    (&["week", "weeks"], 7 * 86_400_000),
    (&["month", "months"], 30 * 86_400_000),
    (&["year", "years"], 365 * 86_400_000),
];

/// Reads a whole number and a unit, with or without a blank between them. A month is 30 days, a year 365.
///
/// # Errors
/// What is wrong with the text, as the end of a sentence.
pub fn parse(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim();
    if number.is_empty() {
        return Err(format!(
            "`{text}` is no length of time: write `5 minutes`, `1 day`, `500 ms`"
        ));
    }
    if unit.is_empty() {
        return Err(format!(
            "`{text}` has no unit: write {text}s, {text} min, {text} days"
        ));
    }
    let factor = UNITS
        .iter()
        .find(|(names, _)| names.contains(&unit))
        .map(|(_, factor)| *factor);
    let factor = factor.ok_or_else(|| {
        format!("`{unit}` is no unit: write ms, s, min, h, days, weeks, months or years")
    })?;
    let milliseconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor));
    match milliseconds {
        Some(0) => Err("it must be more than nothing".to_owned()),
        Some(milliseconds) if milliseconds <= 100 * 365 * 86_400_000 => {
            Ok(Duration::from_millis(milliseconds))
        }
        _ => Err(format!("`{text}` is more than a hundred years")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        for (text, seconds) in [
            ("5s", 5),
            ("5 minutes", 300),
            ("1 minute", 60),
            ("2min", 120),
            ("1 day", 86_400),
            ("2 weeks", 1_209_600),
            ("1 month", 2_592_000),
            ("1 year", 31_536_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        assert_eq!(parse("250 ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_length_of_time_says_why() {
        for (text, reason) in [
            ("", "is no length of time"),
            ("soon", "is no length of time"),
            ("-1 day", "is no length of time"),
            ("5", "`5` has no unit"),
            ("5 m", "`m` is no unit"),
            ("1.5 h", "`.5 h` is no unit"),
            ("0s", "more than nothing"),
            ("101 years", "hundred years"),
            ("99999999999999999999 s", "hundred years"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
