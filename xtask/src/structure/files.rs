//! The law inside a crate: its files import each other without a cycle.

use std::collections::BTreeMap;

use crate::structure::source::Source;
use crate::structure::workspace::Crate;

/// Every cycle between a crate's files, each told once.
pub(crate) fn breaches(member: &Crate, sources: &[Source]) -> Vec<String> {
    let cycles = cycles(&imports(sources));
    cycles
        .into_iter()
        .map(|cycle| format!("{}: files import each other: {}", member.place, cycle.join(" -> ")))
        .collect()
}

/// Which file imports which. The tables of contents import all and are imported by none.
fn imports(sources: &[Source]) -> BTreeMap<String, Vec<String>> {
    let mut imports = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.module.is_empty()) {
        let mut used: Vec<String> = source
            .paths
            .iter()
            .filter_map(|path| target(source, path, sources))
            .filter(|other| other.file != source.file)
            .map(|other| other.file.clone())
            .collect();
        used.sort();
        used.dedup();
        imports.insert(source.file.clone(), used);
    }
    imports
}

/// The file a path leads into: the longest module that the path begins with.
fn target<'a>(source: &Source, path: &[String], sources: &'a [Source]) -> Option<&'a Source> {
    let absolute: Vec<String> = match path {
        [root, rest @ ..] if root == "crate" => rest.to_vec(),
        [root, rest @ ..] if root == "self" => [source.module.as_slice(), rest].concat(),
        [first, ..] if source.children.contains(first) => [source.module.as_slice(), path].concat(),
        _ => return None,
    };
    let candidates =
        sources.iter().filter(|other| !other.module.is_empty() && absolute.starts_with(&other.module));
    candidates.max_by_key(|other| other.module.len())
}

/// Walks from every file along its imports; a file met again on the way closes a cycle.
fn cycles(imports: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let mut walk = Walk { imports, done: Vec::new(), way: Vec::new(), cycles: Vec::new() };
    for file in imports.keys() {
        walk.visit(file);
    }
    walk.cycles
}

struct Walk<'a> {
    imports: &'a BTreeMap<String, Vec<String>>,
    done: Vec<&'a str>,
    way: Vec<&'a str>,
    cycles: Vec<Vec<String>>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, file: &'a str) {
        if let Some(start) = self.way.iter().position(|earlier| *earlier == file) {
            let around = self.way.iter().skip(start).chain([&file]);
            self.cycles.push(around.map(|file| (*file).to_owned()).collect());
            return;
        }
        if self.done.contains(&file) {
            return;
        }
        self.way.push(file);
        for used in self.imports.get(file).into_iter().flatten() {
            self.visit(used);
        }
        self.way.pop();
        self.done.push(file);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::structure::source;
    use expect_test::{Expect, expect};
    use std::path::PathBuf;

    fn check(files: &[(&str, &str)], expected: Expect) {
        let member = Crate {
            folder: PathBuf::new(),
            place: "pure/x".to_owned(),
            inside: Vec::new(),
            outside: Vec::new(),
        };
        let sources: Vec<Source> = files
            .iter()
            .map(|(file, text)| {
                let module =
                    file.strip_suffix(".rs").unwrap().split('/').map(str::to_owned).collect::<Vec<_>>();
                let module = if *file == "lib.rs" { Vec::new() } else { module };
                source::parse(file, module, text).unwrap()
            })
            .collect();
        expected.assert_eq(&breaches(&member, &sources).join("\n"));
    }

    #[test]
    fn a_table_of_contents_may_name_all() {
        check(
            &[
                ("lib.rs", "mod a; mod b; pub use crate::a::A; pub use crate::b::B;"),
                ("a.rs", "use crate::b::B;"),
                ("b.rs", ""),
            ],
            expect![""],
        );
    }

    #[test]
    fn two_files_that_import_each_other_are_a_cycle() {
        check(
            &[("a.rs", "use crate::b::B;"), ("b.rs", "fn f() { crate::a::f() }")],
            expect!["pure/x: files import each other: a.rs -> b.rs -> a.rs"],
        );
    }

    #[test]
    fn a_cycle_may_be_long_and_is_told_once() {
        check(
            &[
                ("a.rs", "use crate::b::B;"),
                ("b.rs", "use crate::c::C;"),
                ("c.rs", "use crate::b::B;"),
                ("d.rs", "use crate::a::A;"),
            ],
            expect!["pure/x: files import each other: b.rs -> c.rs -> b.rs"],
        );
    }

    #[test]
    fn a_child_that_looks_up_to_its_parent_is_a_cycle() {
        check(
            &[("a.rs", "mod b; use b::B;"), ("a/b.rs", "use crate::a::A;")],
            expect!["pure/x: files import each other: a.rs -> a/b.rs -> a.rs"],
        );
        check(
            &[("a.rs", "mod b; use self::b::B;"), ("a/b.rs", "use crate::c::C;"), ("c.rs", "")],
            expect![""],
        );
    }

    #[test]
    fn tests_may_look_anywhere() {
        check(
            &[("a.rs", "use crate::b::B;"), ("b.rs", "#[cfg(test)] mod tests { use crate::a::A; }")],
            expect![""],
        );
    }
}
