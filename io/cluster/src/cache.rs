//! What is kept between runs, in a folder of ours below the one for temporary files: templates, and binaries
//! copied to where the server's user can reach them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rustix::process::geteuid;

use crate::account::Account;
use crate::installation::Installation;
use crate::scratch;
use crate::tool::{self, ToolError};

/// The folder, which belongs to us and which nobody else can write to.
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Makes the folder, or takes the one that is there if it is really ours.
    pub(crate) fn open(account: &Account) -> Result<Cache, CacheError> {
        let folder = scratch::base(account).join(format!("pgward-{}", geteuid().as_raw()));
        // The server's user passes through to what is its own; it sees no more.
        let mode = if *account == Account::Own { 0o700 } else { 0o711 };
        match DirBuilder::new().mode(mode).create(&folder) {
            Err(source) if source.kind() != io::ErrorKind::AlreadyExists => {
                return Err(CacheError::Disk { path: folder, source });
            }
            _ => {}
        }
        let disk = |source| CacheError::Disk { path: folder.clone(), source };
        let metadata = fs::symlink_metadata(&folder).map_err(disk)?;
        let ours = metadata.is_dir() && metadata.uid() == geteuid().as_raw() && metadata.mode() & 0o022 == 0;
        if !ours {
            return Err(CacheError::NotOurs { folder });
        }
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).map_err(disk)?;
        Ok(Cache { folder })
    }

    /// The folder itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits for the lock; it is let go when the file is dropped, and when we die.
    pub(crate) fn lock(&self, hold: Hold) -> Result<File, CacheError> {
        let path = self.folder.join("lock");
        let disk = |source| CacheError::Disk { path: path.clone(), source };
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(disk)?;
        match hold {
            Hold::Shared => file.lock_shared(),
            Hold::Exclusive => file.lock(),
        }
        .map_err(disk)?;
        Ok(file)
    }

    /// The installation itself if the server's user can run it, else a copy that it can run: a checkout below
    /// root's home is closed to everybody else.
    pub(crate) fn reachable(
        &self,
        installation: &Installation,
        account: &Account,
    ) -> Result<Installation, CacheError> {
        if runs(installation, account) {
            return Ok(installation.clone());
        }
        let prefix = installation.prefix();
        if !prefix.join("share").is_dir() || !prefix.join("lib").is_dir() {
            return Err(CacheError::Unreachable {
                bin_dir: installation.bin_dir().into(),
                account: account.to_string(),
            });
        }
        let copy = self.folder.join(name("binaries", installation, account));
        let moved = installation.moved_to(&copy);
        let _lock = self.lock(Hold::Exclusive)?;
        if !(is_fresh(&copy) && runs(&moved, account)) {
            self.copy_tree(prefix, &copy)?;
        }
        Ok(moved)
    }

    fn copy_tree(&self, from: &Path, to: &Path) -> Result<(), CacheError> {
        let disk = |source| CacheError::Disk { path: to.to_path_buf(), source };
        let workshop = scratch::folder_in(&self.folder, ".copy-").map_err(disk)?;
        let copied = workshop.path().join("tree");
        tool::run(Command::new("cp").arg("-Rp").arg(from).arg(&copied), "")?;
        tool::run(Command::new("chmod").args(["-R", "a+rX"]).arg(&copied), "")?;
        replace(&copied, to).map_err(disk)
    }
}

/// How a lock is held: many read, one writes.
#[derive(Clone, Copy)]
pub(crate) enum Hold {
    Shared,
    Exclusive,
}

/// A name that differs for every build and user, and for every recipe of ours; the same for copies of a build.
pub(crate) fn name(kind: &str, installation: &Installation, account: &Account) -> String {
    let server = fs::metadata(installation.bin_dir().join("postgres"));
    let build = server.map(|metadata| (metadata.len(), metadata.mtime())).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    (RECIPE, build, account.uid()).hash(&mut hasher);
    format!("{kind}-{}-{:016x}", installation.version(), hasher.finish())
}

/// Whether a thing is young enough: cleaners of temporary folders remove single files after some days, and half
/// a data directory is worse than none.
pub(crate) fn is_fresh(path: &Path) -> bool {
    let born = path.metadata().and_then(|metadata| metadata.modified());
    born.is_ok_and(|born| SystemTime::now().duration_since(born).is_ok_and(|age| age < AGE_MAX))
}

/// Moves a finished folder to its final name, over what was there.
pub(crate) fn replace(made: &Path, place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(trouble) if trouble.kind() != io::ErrorKind::NotFound => return Err(trouble),
        _ => {}
    }
    fs::rename(made, place)?;
    // The age counts from now on, not from the day the original was made.
    File::open(place)?.set_modified(SystemTime::now())
}

fn runs(installation: &Installation, account: &Account) -> bool {
    let mut ask = account.command(installation.bin_dir().join("postgres"), Path::new("/"));
    tool::run(ask.arg("--version"), "").is_ok()
}

/// Why what is kept between runs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Somebody else made a folder under our name.
    #[error(
        "{} belongs to another user or is writable for others\n\
         hint: remove it, or set TMPDIR to a folder of your own",
        folder.display()
    )]
    NotOurs {
        /// The folder.
        folder: PathBuf,
    },
    /// The server's user cannot run the binaries, and they do not stand in a folder of their own.
    #[error(
        "{account} cannot run the PostgreSQL binaries in {}\n\
         hint: every folder on the way must be open to others (chmod o+x)",
        bin_dir.display()
    )]
    Unreachable {
        /// The folder of the binaries.
        bin_dir: PathBuf,
        /// Who the server was to run as.
        account: String,
    },
    /// A file or folder could not be made or read.
    #[error("{}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A program did not do its work.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Counted up whenever what is kept changes its shape.
const RECIPE: u32 = 1;
const AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
