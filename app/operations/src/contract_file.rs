//! Reading a contract from disk: one file, or a folder of files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use pgward_contract::diagnostic::{Diagnostic, Severity};
use pgward_contract::model::contract::Contract;
use pgward_contract::read::read;
use pgward_contract::source::Source;

use crate::bounded_file::{CONTRACT_BYTES_MAX, UnreadFile, read_bounded, text};

/// A contract with the files it came from and what is wrong with it.
pub struct ContractFile {
    /// What could be understood.
    pub contract: Contract,
    /// The files, for showing diagnostics.
    pub sources: Vec<Source>,
    /// What is wrong, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why no contract could be read.
#[derive(Debug, thiserror::Error)]
pub enum ContractFileError {
    /// A file or folder could not be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is no regular file, or larger than a contract can be.
    #[error("{path} cannot be a contract: {why}")]
    Unfit {
        /// Which.
        path: PathBuf,
        /// Why.
        why: UnreadFile,
    },
    /// A folder without a contract in it.
    #[error("{path} has no file that ends in .yaml or .yml")]
    Empty {
        /// Which.
        path: PathBuf,
    },
}

/// Reads the contract at the path. In a folder, every `.yaml` and `.yml` file directly in it belongs to the contract.
pub fn read_contract(path: &Path) -> Result<ContractFile, ContractFileError> {
    let paths = if path.is_dir() { files_in(path)? } else { vec![path.to_owned()] };
    let mut sources = Vec::new();
    for path in paths {
        let unread = |unread| match unread {
            UnreadFile::Io(source) => ContractFileError::Read { path: path.clone(), source },
            why => ContractFileError::Unfit { path: path.clone(), why },
        };
        let written = read_bounded(&path, CONTRACT_BYTES_MAX).and_then(text).map_err(unread)?;
        sources.push(Source::new(path.display().to_string(), written));
    }
    let (contract, diagnostics) = read(&sources);
    Ok(ContractFile { contract, sources, diagnostics })
}

impl ContractFile {
    /// Whether it can be used: nothing in it is wrong, though something may be odd.
    pub fn is_valid(&self) -> bool {
        !self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, ContractFileError> {
    let failed = |source| ContractFileError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() { Err(ContractFileError::Empty { path: folder.to_owned() }) } else { Ok(paths) }
}
