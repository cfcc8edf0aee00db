//! The table of tiers and classes, as a page.

use pgward_contract::model::tier::Tier;
use serde_json::{Value, json};

use crate::class::Class;
use crate::settings;

/// The table for people at a terminal.
#[must_use]
pub fn text() -> String {
    let widest = Class::ALL.iter().map(|class| class.name().len()).max().unwrap_or(0);
    let mut page = String::new();
    for (least, heading) in groups() {
        page.push_str(&format!("{heading}\n"));
        for class in classes(least) {
            page.push_str(&format!("  {:widest$}  {}\n", class.name(), class.covers()));
        }
        page.push('\n');
    }
    page.push_str("settings of harmless_setting\n  ");
    page.push_str(&settings::harmless().join(", "));
    page.push_str(
        "\n  client_encoding to an encoding that has ASCII below 128, standard_conforming_strings to on\n",
    );
    page
}

/// The table as a Markdown page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    for class in Class::ALL {
        let cells: Vec<&str> =
            Tier::ALL.iter().map(|tier| if may(*tier, *class) { "yes" } else { "no" }).collect();
        let covers = class.covers().replace('|', "\\|");
        page.push_str(&format!(
            "| `{}` | {} | {covers} | {} |\n",
            class.name(),
            class.meaning(),
            cells.join(" | ")
        ));
    }
    page.push_str(SETTINGS);
    for setting in settings::harmless() {
        page.push_str(&format!("`{setting}` "));
    }
    page.push_str("\n\nand `client_encoding` to an encoding in which every byte below 128 is ASCII, and `standard_conforming_strings` to `on`.\n");
    page
}

/// The table for machines.
#[must_use]
pub fn json() -> Value {
    let classes = Class::ALL.iter().map(|class| {
        let tiers: Vec<&str> =
            Tier::ALL.iter().filter(|tier| may(**tier, *class)).map(|tier| tier.word()).collect();
        json!({
            "class": class.name(),
            "meaning": class.meaning(),
            "covers": class.covers(),
            "least": class.least().map(Tier::word),
            "tiers": tiers,
        })
    });
    json!({
        "format": "pgward-tiers/1",
        "classes": classes.collect::<Vec<_>>(),
        "harmless_settings": settings::harmless(),
    })
}

/// Whether a tier may do what is of a class.
fn may(tier: Tier, class: Class) -> bool {
    class.least().is_some_and(|least| least <= tier)
}

fn groups() -> impl Iterator<Item = (Option<Tier>, String)> {
    let tiers = Tier::ALL.iter().map(|tier| (Some(*tier), format!("{} and above", tier.word())));
    tiers.chain([(None, "no tier".to_owned())])
}

fn classes(least: Option<Tier>) -> impl Iterator<Item = Class> {
    Class::ALL.iter().copied().filter(move |class| class.least() == least)
}

const HEAD: &str = "\
# Tiers and statements

Made from the table in the program itself: `pgward render tiers --format markdown`.

A statement may run if the tier may do everything in it, at any depth: a DELETE in a WITH, under EXPLAIN ANALYZE, in a PREPARE or in a COPY is a
DELETE. What is not in the table is `unknown`, and no tier may do it.

What a statement runs without naming it is judged with it: views, conditions of policies, rules, the query of a materialized view that is filled again, casts, operators and checks on the types of its columns. What the catalog does not show harmless is
`call_unreviewed`. Triggers, defaults, generated columns, CHECK constraints and expressions of indexes are not: they are what a table is to whoever may write it, and only admin makes code for them. Whoever may write to a
table runs them, by any program.

read_full_write is a member of the owner: it makes, changes and removes tables in every schema where the owner may, whichever schemas are listed. Where that is too much, give the schemas that are lent an owner of their own.

| class | meaning | covers | read_only | read_limited_write | read_full_write | admin |
|---|---|---|---|---|---|---|
";

const SETTINGS: &str = "\n## Settings that every tier may change\n\n";

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_page_says_what_the_table_says() {
        expect_file!["../../../docs/tiers.md"].assert_eq(&markdown());
    }

    #[test]
    fn each_class_is_once_in_the_text() {
        for class in Class::ALL {
            let line = format!("  {} ", class.name());
            assert_eq!(text().lines().filter(|text| text.starts_with(&line)).count(), 1, "{}", class.name());
        }
    }
}
