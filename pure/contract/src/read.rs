//! Reads a contract: files in, the contract and everything that is wrong with it out.

use crate::check::check;
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::form::Form;
use crate::implied;
use crate::model::contract::Contract;
use crate::preset;
use crate::source::node::{Kind, Node, Scalar, Style};
use crate::source::span::{FileId, Spanned};
use crate::source::{Source, merge, yaml};

/// Reads the files of one contract, in the order they are given.
///
/// The contract is what could be understood, its presets replaced by what they stand for and
/// what follows filled in; it is worth using only if no diagnostic is an error.
pub fn read(sources: &[Source]) -> (Contract, Vec<Diagnostic>) {
    let mut report = Report::default();
    let (trees, whole) = trees(sources, &mut report);
    let written = merge::merge(trees, &mut report).map(|root| with_version(root, &mut report));
    let written = written.and_then(|root| Contract::read(&root, &mut report));
    let contract = implied::fill(preset::expand(written.unwrap_or_default(), &mut report));
    if whole == Whole::Yes {
        check(&contract, &mut report);
    }
    (contract, report.into_sorted())
}

/// Reads the files without expanding presets or checking what the contract means: the contract as it is written.
pub fn parse(sources: &[Source], report: &mut Report) -> Option<Contract> {
    let (trees, _) = trees(sources, report);
    let root = merge::merge(trees, report)?;
    Contract::read(&root, report)
}

/// The tree with the version of the format, which has to be written: without it the rest is read as if it were there, so that
/// nothing else that is wrong waits for the next run.
fn with_version(mut root: Node, report: &mut Report) -> Node {
    const KEY: &str = "contract";
    let span = root.span;
    if let Kind::Mapping(entries) = &mut root.kind
        && !entries.iter().any(|(key, _)| key.value == KEY)
    {
        let missing = Diagnostic::error(Code::MissingKey, span, format!("a contract needs the key `{KEY}`"));
        report.add(missing.note(format!("`{KEY}` is missing")).hint("write `contract: 1` first"));
        let one = Scalar { text: "1".to_owned(), style: Style::Plain };
        entries.insert(0, (Spanned { value: KEY.to_owned(), span }, Node { span, kind: Kind::Scalar(one) }));
    }
    root
}

/// Whether every file could be read: with one missing, half of all names would seem to be undeclared.
#[derive(PartialEq)]
enum Whole {
    Yes,
    No,
}

fn trees(sources: &[Source], report: &mut Report) -> (Vec<Node>, Whole) {
    let numbered = sources.iter().zip(0_u32..);
    let trees: Vec<Node> =
        numbered.filter_map(|(source, number)| yaml::read(source, FileId(number), report)).collect();
    let whole = if trees.len() == sources.len() { Whole::Yes } else { Whole::No };
    (trees, whole)
}

#[cfg(test)]
mod tests;
