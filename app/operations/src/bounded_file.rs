//! Files that somebody names: regular ones, of a size that can be meant.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why it is not read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadFile {
    /// The system does not let us.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A device, a pipe, a socket: it may never end.
    #[error("it is not a regular file")]
    NotRegular,
    /// More than can be meant.
    #[error("it has more than {} MiB", .0 / MIB)]
    TooLarge(u64),
    /// Bytes that are no UTF-8.
    #[error("line {0} is not UTF-8 text")]
    NotText(usize),
}

/// Bytes of a contract, of one file.
pub const CONTRACT_BYTES_MAX: u64 = 64 * MIB;

/// Bytes of a saved plan.
pub const PLAN_BYTES_MAX: u64 = 1024 * MIB;

/// The whole file, if it is a regular one with at most so many bytes.
pub fn read_bounded(path: &Path, bytes_max: u64) -> Result<Vec<u8>, UnreadFile> {
    // To open a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(UnreadFile::NotRegular);
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    File::open(path)?.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > bytes_max { Err(UnreadFile::TooLarge(bytes_max)) } else { Ok(bytes) }
}

/// The same as text.
pub fn text(bytes: Vec<u8>) -> Result<String, UnreadFile> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        UnreadFile::NotText(1 + good.filter(|byte| **byte == b'\n').count())
    })
}

const MIB: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_is_no_file_or_too_large_is_refused() {
        assert!(matches!(read_bounded(Path::new("/dev/zero"), 1), Err(UnreadFile::NotRegular)));
        assert!(matches!(read_bounded(Path::new("/"), 1), Err(UnreadFile::NotRegular)));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc").unwrap();
        assert_eq!(read_bounded(file.path(), 3).unwrap(), b"abc");
        assert!(matches!(read_bounded(file.path(), 2), Err(UnreadFile::TooLarge(2))));
        assert!(matches!(read_bounded(Path::new("/nowhere/at/all"), 2), Err(UnreadFile::Io(_))));
    }

    #[test]
    fn what_is_no_text_is_told_by_its_line() {
        assert_eq!(text("rôle".into()).unwrap(), "rôle");
        assert!(matches!(text(b"a\nb\n\xff\n".to_vec()), Err(UnreadFile::NotText(3))));
    }
}
