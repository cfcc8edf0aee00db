//! Sixty flaws in one database, and their repaired twins: each flaw is found, no twin is, and nothing else is said of them.

use std::collections::BTreeSet;
use std::fmt::Write;

use expect_test::expect_file;
use pgward_audit::assess::{Outcome, assess};
use pgward_audit::finding::Finding;
use pgward_audit::rules::RULES;
use pgward_audit::severity::Severity;
use pgward_audit::study::Study;
use pgward_cluster::Installation;

use crate::tried::pair;
use crate::world::{DATABASE, Script, TODAY, World};

/// Plants, audits, and compares with the key.
pub(crate) fn flaws_are_found_and_twins_are_not(installation: &Installation) {
    let world = World::start(installation, &[], None);
    world.run(DATABASE, &[Script { of: "the plant".to_owned(), sql: PLANT.to_owned() }]);
    let survey = world.survey();
    let study = Study::of(&survey, None, TODAY);
    let findings: Vec<Finding> = assess(&study, RULES)
        .into_iter()
        .filter_map(|assessed| match assessed.outcome {
            Outcome::Assessed(findings) => Some(findings),
            _ => None,
        })
        .flatten()
        .filter(|finding| finding.severity > Severity::Info)
        .collect();
    let (mut key, mut found, mut twins) = (String::new(), BTreeSet::new(), String::new());
    for finding in &findings {
        let (subject, principal) = pair(finding);
        let words = format!("{subject} | {principal}");
        let numbers = numbers(&words, 'f');
        if !numbers.is_empty() {
            writeln!(key, "{} | {words}", finding.rule).unwrap();
            found.extend(numbers);
        }
        if !self::numbers(&words, 'r').is_empty() {
            writeln!(twins, "{}", finding.key()).unwrap();
        }
    }
    let mut lines: Vec<&str> = key.lines().collect();
    lines.sort_unstable();
    let major = installation.major();
    assert_eq!(twins, "", "PostgreSQL {major}: repaired twins are found");
    let planted: BTreeSet<String> = PLANT
        .lines()
        .filter_map(|line| {
            line.strip_prefix("-- ")?.split(' ').next().filter(|word| word.len() == 2).map(str::to_owned)
        })
        .filter(|word| word.chars().all(|letter| letter.is_ascii_digit()))
        .collect();
    assert_eq!(planted.len(), 60);
    assert_eq!(found, planted, "PostgreSQL {major}: flaws by their numbers");
    // Which rule finds which: the same on every version.
    expect_file!["planted/key.txt"].assert_eq(&format!("{}\n", lines.join("\n")));
}

/// The numbers of the flaws, or of the twins, that these words name.
fn numbers(words: &str, letter: char) -> BTreeSet<String> {
    let object = if letter == 'f' { "large object 1111 " } else { "large object 1199 " };
    let mut found: BTreeSet<String> = words
        .split(|sign: char| !sign.is_alphanumeric() && sign != '_')
        .filter_map(|word| word.strip_prefix(letter)?.get(..2))
        .filter(|number| number.chars().all(|digit| digit.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    if words.contains(object) {
        found.insert("11".to_owned());
    }
    found
}

/// The flaws and their twins.
pub(crate) const PLANT: &str = include_str!("planted/plant.sql");
