//! The files of an evidence folder.

use std::io::{self, Write};

use crate::proof::Proof;
use crate::report::markdown::markdown;
use crate::report::pieces::{Listing, Pieces};
use crate::report::sarif::sarif;

/// A file of an evidence folder. The truth table is one more, and is written while the proof runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceFile {
    /// The proof as JSON.
    Json,
    /// The proof as text, with every claim in it.
    Text,
    /// A page of Markdown.
    Summary,
    /// JUnit XML.
    Junit,
    /// SARIF.
    Sarif,
    /// The matrix as text.
    MatrixText,
    /// The matrix as Markdown.
    MatrixMarkdown,
    /// The fingerprint of the privileges that were there.
    Fingerprint,
}

/// The name of the truth table's file.
pub const TRUTH_TABLE: &str = "truth-table.md";

impl EvidenceFile {
    /// Every file.
    pub const ALL: [EvidenceFile; 8] = [
        EvidenceFile::Json,
        EvidenceFile::Text,
        EvidenceFile::Summary,
        EvidenceFile::Junit,
        EvidenceFile::Sarif,
        EvidenceFile::MatrixText,
        EvidenceFile::MatrixMarkdown,
        EvidenceFile::Fingerprint,
    ];

    /// Its name in the folder.
    pub fn name(self) -> &'static str {
        match self {
            EvidenceFile::Json => "proof.json",
            EvidenceFile::Text => "proof.txt",
            EvidenceFile::Summary => "summary.md",
            EvidenceFile::Junit => "junit.xml",
            EvidenceFile::Sarif => "results.sarif",
            EvidenceFile::MatrixText => "matrix.txt",
            EvidenceFile::MatrixMarkdown => "matrix.md",
            EvidenceFile::Fingerprint => "fingerprint",
        }
    }

    /// The report that names every claim, if it is one.
    pub fn listing(self) -> Option<Listing> {
        match self {
            EvidenceFile::Json => Some(Listing::Json),
            EvidenceFile::Text => Some(Listing::Text),
            EvidenceFile::Junit => Some(Listing::Junit),
            _ => None,
        }
    }

    /// Writes its content.
    ///
    /// # Errors
    /// It cannot be written, or the pieces of the proven claims cannot be read.
    pub fn write(
        self,
        proof: &Proof,
        tool_version: &str,
        proven: &mut dyn Pieces,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self {
            EvidenceFile::Json => Listing::Json.write(proof, proven, out),
            EvidenceFile::Text => Listing::Text.write(proof, proven, out),
            EvidenceFile::Junit => Listing::Junit.write(proof, proven, out),
            EvidenceFile::Summary => out.write_all(markdown(proof).as_bytes()),
            EvidenceFile::Sarif => out.write_all(sarif(proof, tool_version)?.as_bytes()),
            EvidenceFile::MatrixText => out.write_all(proof.matrix().text().as_bytes()),
            EvidenceFile::MatrixMarkdown => out.write_all(proof.matrix().markdown().as_bytes()),
            EvidenceFile::Fingerprint => {
                writeln!(out, "{}", proof.about.fingerprint.as_deref().unwrap_or_default())
            }
        }
    }
}
