//! Why nothing could be measured.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use pgward_cluster::{NotFound, PsqlError, StartError};

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    #[error(transparent)]
    NoServer(#[from] NotFound),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Refused(#[from] PsqlError),
    #[error("{}: {source}", path.display())]
    Disk { path: PathBuf, source: io::Error },
    #[error("{program} did not run: {source}")]
    DidNotRun { program: String, source: io::Error },
    #[error("{program} ended with {status}:\n{said}")]
    Failed { program: String, status: ExitStatus, said: String },
    #[error("{program} did not answer as expected: {said}")]
    Unexpected { program: String, said: String },
    #[error(
        "{wanted} files and connections are more than may be open here, and the limit cannot be raised: {source}"
    )]
    Descriptors { wanted: u64, source: io::Error },
    #[error("docs/benchmarks.md has no place for `{0}`: the lines `<!-- {0} -->` and `<!-- /{0} -->`")]
    NoPlace(&'static str),
}

/// Names the file an operation failed on.
pub(crate) fn on_disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> BenchError {
    let path = path.into();
    move |source| BenchError::Disk { path, source }
}
