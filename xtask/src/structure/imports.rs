//! The law of single imports: what a file may name, and how.

use crate::structure::source::Source;
use crate::structure::workspace::Crate;

/// Every import that the laws forbid, and every `lib.rs` that is more than a table of contents.
pub(crate) fn breaches(member: &Crate, sources: &[Source]) -> Vec<String> {
    sources.iter().flat_map(|source| breaches_of(member, source, sources)).collect()
}

fn breaches_of(member: &Crate, source: &Source, sources: &[Source]) -> Vec<String> {
    let file = format!("{}/src/{}", member.place, source.file);
    let is_module = |name: &String| sources.iter().any(|other| other.module.first() == Some(name));
    let mut breaches = Vec::new();
    if source.file == "lib.rs" && !source.items.is_empty() {
        breaches.push(format!(
            "{file}: a table of contents defines nothing, this one has `{}`",
            source.items.join("`, `")
        ));
    }
    for path in &source.paths {
        let spelled = path.join("::");
        match path.as_slice() {
            [root, name, ..] if root == "crate" && !name.ends_with('!') && !is_module(name) => {
                breaches.push(format!(
                    "{file}: `{spelled}` goes through the crate's root; import from the file that defines it"
                ));
            }
            [root, ..] if root == "super" => {
                breaches
                    .push(format!("{file}: `{spelled}`; import from the file that defines it: `crate::...`"));
            }
            [root, rest @ ..] if root == "std" && member.place.starts_with("pure/") && reaches_out(rest) => {
                breaches.push(format!("{file}: `{spelled}`; pure/ decides and reaches out to nothing"));
            }
            _ => {}
        }
    }
    breaches
}

fn reaches_out(rest: &[String]) -> bool {
    // An address is a value; what connects to one is not.
    if rest.first().is_some_and(|word| word == "net")
        && rest.get(1).is_some_and(|word| ADDRESSES.contains(&word.as_str()))
    {
        return false;
    }
    FORBIDDEN_IN_PURE.iter().any(|forbidden| {
        let mut words = rest.iter().map(String::as_str);
        forbidden.split("::").all(|word| words.next() == Some(word))
    })
}

/// Parts of the standard library that `pure/` has no use for. Clippy knows them by type as well (`pure/clippy.toml`);
/// here they are known by name, so that not even an import remains.
const FORBIDDEN_IN_PURE: [&str; 11] = [
    "env",
    "fs",
    "io::stderr",
    "io::stdin",
    "io::stdout",
    "net",
    "os",
    "process",
    "thread",
    "time::Instant",
    "time::SystemTime",
];

const ADDRESSES: [&str; 3] = ["IpAddr", "Ipv4Addr", "Ipv6Addr"];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::structure::source;
    use expect_test::{Expect, expect};
    use std::path::PathBuf;

    fn check(place: &str, file: &str, text: &str, expected: Expect) {
        let place = place.to_owned();
        let member = Crate { folder: PathBuf::new(), place, inside: Vec::new(), outside: Vec::new() };
        let module = |file: &str| match file.strip_suffix(".rs").unwrap() {
            "lib" | "main" => Vec::new(),
            name => vec![name.to_owned()],
        };
        let other = source::parse("change.rs", module("change.rs"), "").unwrap();
        let sources = [source::parse(file, module(file), text).unwrap(), other];
        expected.assert_eq(&breaches(&member, &sources).join("\n"));
    }

    #[test]
    fn imports_from_the_defining_file_are_fine() {
        check("pure/plan", "a.rs", "use crate::change::Change; use std::fmt; crate::row!();", expect![""]);
    }

    #[test]
    fn the_root_and_the_parent_are_no_way() {
        check(
            "io/postgres",
            "a.rs",
            "use crate::Change; use super::*; pub(super) fn f() {}",
            expect![[r#"
                io/postgres/src/a.rs: `crate::Change` goes through the crate's root; import from the file that defines it
                io/postgres/src/a.rs: `super::*`; import from the file that defines it: `crate::...`"#]],
        );
    }

    #[test]
    fn pure_does_not_even_import_the_world() {
        check(
            "pure/plan",
            "a.rs",
            "use std::{fs::File, time::{Duration, SystemTime}}; fn f() { std::env::var(\"HOME\"); }",
            expect![[r#"
                pure/plan/src/a.rs: `std::fs::File`; pure/ decides and reaches out to nothing
                pure/plan/src/a.rs: `std::time::SystemTime`; pure/ decides and reaches out to nothing
                pure/plan/src/a.rs: `std::env::var`; pure/ decides and reaches out to nothing"#]],
        );
        check("io/cluster", "a.rs", "use std::fs::File;", expect![""]);
    }

    #[test]
    fn logic_in_a_table_of_contents_is_a_breach() {
        check(
            "pure/plan",
            "lib.rs",
            "pub mod change; pub fn plan() {}",
            expect!["pure/plan/src/lib.rs: a table of contents defines nothing, this one has `fn`"],
        );
        check("app/cli", "main.rs", "mod change; fn main() {}", expect![""]);
    }
}
