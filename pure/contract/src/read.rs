//! Reads a contract: files in, the contract and everything that is wrong with it out.

use crate::check::check;
use crate::diagnostic::{Diagnostic, Report};
use crate::form::Form;
use crate::model::contract::Contract;
use crate::source::span::FileId;
use crate::source::{Source, merge, yaml};

/// Reads the files of one contract, in the order they are given.
///
/// The contract is what could be understood; it is worth using only if no diagnostic is an error.
pub fn read(sources: &[Source]) -> (Contract, Vec<Diagnostic>) {
    let mut report = Report::default();
    let contract = parse(sources, &mut report).unwrap_or_default();
    check(&contract, &mut report);
    (contract, report.into_sorted())
}

/// Reads the files without checking what the contract means.
pub fn parse(sources: &[Source], report: &mut Report) -> Option<Contract> {
    let numbered = sources.iter().zip(0_u32..);
    let files = numbered.filter_map(|(source, number)| yaml::read(source, FileId(number), report)).collect();
    let root = merge::merge(files, report)?;
    Contract::read(&root, report)
}

#[cfg(test)]
mod tests;
