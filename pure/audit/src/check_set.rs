//! The set of rules, and the version of each: audits that looked with other rules are compared with care.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::rule::Rule;

/// The version of a rule: changes with what it looks for and how it judges, as far as the rule says so itself, and with
/// [`EDITION`].
pub fn version_of(rule: &Rule) -> String {
    let Rule { id, title, capability, precondition, versions, sees, explanation, .. } = rule;
    let said = format!(
        "{EDITION}\n{id}\n{title}\n{capability:?}\n{precondition:?}\n{versions:?}\n{sees:?}\n{explanation}"
    );
    short(&said)
}

/// The digest of the whole set.
pub fn check_set(rules: &[&'static Rule]) -> String {
    let mut all = String::new();
    for rule in rules {
        let _ = writeln!(all, "{} {}", rule.id, version_of(rule));
    }
    format!("{} rules/{}", rules.len(), short(&all))
}

fn short(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Counted up when rules judge otherwise although they say the same of themselves.
pub const EDITION: u32 = 1;
