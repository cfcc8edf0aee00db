//! Files that nobody else can read.

use std::path::Path;

use pgward_credential::Secret;
use pgward_secrets::FileStore;

/// A secret in a file that nobody else can read.
pub(super) fn secret_in(path: &Path) -> Result<Secret, String> {
    let name = path.file_name().ok_or_else(|| format!("{} names no file", path.display()))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let read = FileStore::at(folder.unwrap_or(Path::new("."))).read(Path::new(name));
    read.map_err(|error| error.to_string())
}
