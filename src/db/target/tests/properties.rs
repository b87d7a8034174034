//! What holds for any text.

use super::*;
use proptest::prelude::*;

/// Characters that break URLs and strings, around a recognisable middle.
fn awkward() -> impl Strategy<Value = String> {
    (
        "[a-z0-9@/?#:&%=' \\\\,\\[\\]+]{0,6}",
        "[a-z0-9@/?#:&%=' \\\\,\\[\\]+]{0,6}",
    )
        .prop_map(|(before, after)| format!("{before}zqxjk{after}"))
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,80}") {
        let _ = Target::parse(&text, &env(&[]));
        let _ = Target::parse(&format!("postgres://{text}"), &env(&[]));
    }

    #[test]
    fn an_unencoded_password_is_never_repeated(password in awkward()) {
        for text in [
            format!("postgres://user:{password}@host/db"),
            format!("postgres://user:{password}@host:5432/db?sslmode=require"),
            format!("postgres://user@host/db?password={password}"),
            format!("host=host user=user password={password}"),
            format!("host=host user=user password='{password}'"),
        ] {
            let shown = match Target::parse(&text, &env(&[])) {
                Ok(target) => format!("{target} {target:?}"),
                Err(error) => printed(&error),
            };
            prop_assert!(!shown.contains("zqxjk"), "{text}: {shown}");
        }
    }

    #[test]
    fn an_encoded_password_arrives_whole(password in awkward()) {
        let encoded = percent_encoding::utf8_percent_encode(&password, percent_encoding::NON_ALPHANUMERIC);
        let target = parse(&format!("postgres://user:{encoded}@host/db"));
        prop_assert_eq!(super::password(&target), Some(password.as_str()));
        let quoted = password.replace('\\', r"\\").replace('\'', r"\'");
        let target = parse(&format!("host=host password='{quoted}'"));
        prop_assert_eq!(super::password(&target), Some(password.as_str()));
    }

    #[test]
    fn what_is_shown_means_the_same(user in "[^\u{0}]{1,12}", dbname in "[^\u{0}]{1,12}", port in 1_u16..) {
        let shown = Target::socket("/tmp/a b", port, &user, &dbname).to_string();
        let again = parse(&shown);
        prop_assert_eq!((&again.user, &again.dbname), (&user, &dbname));
        prop_assert_eq!(again.to_string(), shown);
    }
}
