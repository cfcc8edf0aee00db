//! `pgward check`: is this a valid contract?

use std::path::Path;

use pgward_contract::diagnostic::Diagnostic;
use pgward_contract::diagnostic::json::to_json;
use pgward_contract::diagnostic::render::{Colour, render};
use pgward_contract::source::Source;
use pgward_operations::contract_file::{ContractFile, ContractFileError, read_contract};

use crate::arguments::{Check, TextOrJson};
use crate::exit::{Failure, Outcome};
use crate::output::Output;

pub(crate) fn run(check: &Check, output: &mut Output) -> Result<Outcome, Failure> {
    let file = read(&check.contract)?;
    match check.format {
        TextOrJson::Json => {
            let diagnostics: Vec<_> =
                file.diagnostics.iter().map(|diagnostic| to_json(diagnostic, &file.sources)).collect();
            let report = serde_json::json!({
                "format": "pgward-check/1",
                "valid": file.is_valid(),
                "diagnostics": diagnostics,
            });
            output.exact(&format!("{report:#}"))?;
        }
        TextOrJson::Text => {
            let mut text = rendered(&file.diagnostics, &file.sources, output.is_coloured());
            text.push_str(&summary(&file));
            output.exact(&text)?;
        }
    }
    Ok(if file.is_valid() { Outcome::Done } else { Outcome::AskedWrongly })
}

/// Reads a contract; a file that is not there was asked for wrongly.
pub(crate) fn read(path: &Path) -> Result<ContractFile, Failure> {
    read_contract(path).map_err(|error| match &error {
        ContractFileError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            Failure::asked(format!("there is no contract at {}", path.display()))
                .hint("`pgward adopt --out contract.yaml` writes the contract of a live cluster")
        }
        ContractFileError::Empty { .. } => Failure::asked(error.to_string()),
        ContractFileError::Unfit { .. } => Failure::asked(error.to_string())
            .hint("a contract is a regular file of YAML with at most 64 MiB, or a folder of such files"),
        ContractFileError::Read { .. } => Failure::world(&error),
    })
}

/// Reads a contract that a verb needs. One that is not valid is shown with all that is wrong with it, and is none.
pub(crate) fn read_valid(path: &Path, output: &mut Output) -> Result<Option<ContractFile>, Failure> {
    let file = read(path)?;
    let text = rendered(&file.diagnostics, &file.sources, output.is_coloured());
    if file.is_valid() {
        if !text.is_empty() {
            output.say_rendered(text.trim_end());
        }
        return Ok(Some(file));
    }
    output.insist_rendered(text.trim_end());
    output.insist(summary(&file).trim_end());
    Ok(None)
}

/// Diagnostics as text: the first of very many, and how many there are besides.
pub(crate) fn rendered(diagnostics: &[Diagnostic], sources: &[Source], coloured: bool) -> String {
    let colour = if coloured { Colour::Ansi } else { Colour::Plain };
    let first = diagnostics.iter().take(SHOWN_MAX);
    let mut text: String = first.map(|diagnostic| render(diagnostic, sources, colour) + "\n").collect();
    if let Some(more) = diagnostics.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
        text.push_str(&format!("... and {more} more, which `pgward check --format json` tells\n"));
    }
    text
}

/// Nobody reads more than these, and each costs its rendering.
const SHOWN_MAX: usize = 200;

fn summary(file: &ContractFile) -> String {
    use pgward_contract::diagnostic::Severity;
    let errors = file.diagnostics.iter().filter(|found| found.severity == Severity::Error).count();
    let warnings = file.diagnostics.len() - errors;
    let counted = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        _ => format!("{number} {word}s"),
    };
    match (errors, warnings) {
        (0, 0) => "the contract is valid\n".to_owned(),
        (0, _) => format!("the contract is valid, with {}\n", counted(warnings, "warning")),
        _ => format!(
            "the contract is not valid: {}, {}\n",
            counted(errors, "error"),
            counted(warnings, "warning")
        ),
    }
}
