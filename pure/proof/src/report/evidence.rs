//! The files of an evidence folder.

use crate::matrix::Matrix;
use crate::proof::Proof;
use crate::report::json::json;
use crate::report::junit::junit;
use crate::report::markdown::markdown;
use crate::report::sarif::sarif;
use crate::report::text::{Listed, text};
use crate::truth_table::{self, Line};

/// A file: its name in the folder, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub content: String,
}

/// Every file of the folder.
///
/// # Errors
/// Never in practice: writing to memory does not fail.
pub fn evidence(
    proof: &Proof,
    truth: &[Line],
    tool_version: &str,
) -> Result<Vec<EvidenceFile>, EvidenceError> {
    let matrix = Matrix::of(proof);
    let mut files = vec![
        file("proof.json", json(proof)?),
        file("proof.txt", text(proof, Listed::All)),
        file("summary.md", markdown(proof)),
        file("junit.xml", junit(proof)?),
        file("results.sarif", sarif(proof, tool_version)?),
        file("matrix.txt", matrix.text()),
        file("matrix.md", matrix.markdown()),
        file("truth-table.md", truth_table::markdown(truth)),
    ];
    if let Some(fingerprint) = &proof.about.fingerprint {
        files.push(file("fingerprint", format!("{fingerprint}\n")));
    }
    Ok(files)
}

/// Why a file could not be written to memory.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// As JSON or SARIF.
    #[error("could not write the proof as JSON")]
    Json(#[from] serde_json::Error),
    /// As JUnit XML.
    #[error("could not write the proof as JUnit XML")]
    Junit(#[from] quick_junit::SerializeError),
}

fn file(name: &'static str, content: String) -> EvidenceFile {
    EvidenceFile { name, content }
}
