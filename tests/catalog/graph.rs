//! Phases whose numbers, names or dependencies contradict each other.

use crate::declarations::wrong;
use crate::support::Shop;

#[test]
fn phases_that_do_not_fit_together() {
    wrong(&[
        (
            "number = 2",
            "number = 0",
            "23:10: `number` must be between 1 and 9000, not 0",
            "",
        ),
        (
            "number = 2",
            "number = 9001",
            "23:10: `number` must be between 1 and 9000, not 9001",
            "",
        ),
        (
            "number = 2",
            "number = -1",
            "23:10: `number` must be between 1 and 9000, not -1",
            "",
        ),
        (
            "number = 2",
            "number = 99999999999999999999",
            "23:10: `number` must be between 1 and 9000, not 99999999999999999999",
            "",
        ),
        (
            "number = 2",
            "number = 1",
            "23:10: phase number 1 is already `people`",
            "",
        ),
        (
            "name = \"orders\"",
            "name = \"Orders\"",
            "24:8: `Orders` cannot name a phase: lower-case letters, digits and underscores, a letter first, at most 63 characters",
            "",
        ),
        (
            "name = \"reports\"",
            "name = \"orders\"",
            "32:8: phase name `orders` is already number 2",
            "",
        ),
        (
            "[\"people\"]",
            "[\"poeple\"]",
            "26:15: phase `orders` depends on `poeple`, which is not declared",
            "did you mean `people`?",
        ),
        (
            "[\"people\"]",
            "[\"elephants\"]",
            "26:15: phase `orders` depends on `elephants`, which is not declared",
            "other phases: people, reports",
        ),
        (
            "[\"people\"]",
            "[\"orders\"]",
            "26:15: phase `orders` depends on itself",
            "",
        ),
        (
            "[\"people\"]",
            "[\"people\", \"people\"]",
            "26:25: phase `orders` names its dependency `people` twice",
            "",
        ),
        (
            "depends_on = []",
            "depends_on = [\"orders\"]",
            "19:15: phases depend on each other: people → orders → people",
            "an arrow reads",
        ),
        (
            "depends_on = []",
            "depends_on = [\"reports\"]",
            "19:15: phases depend on each other: people → reports → people",
            "an arrow reads",
        ),
    ]);
    // The long way round is named whole.
    Shop::new()
        .replace("system.toml", "depends_on = []", "depends_on = [\"reports\"]")
        .replace("system.toml", "[\"people\", \"orders\"]", "[\"orders\"]")
        .fails()
        .is("shop/system.toml:19:15: phases depend on each other: people → reports → orders → people", "");
}
