//! What a chore tells: results on standard output, talk on standard error.

use std::io::Write;

/// Writes a line to standard output; a reader that went away is not our trouble.
pub(crate) fn out(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a line to standard error.
pub(crate) fn err(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
