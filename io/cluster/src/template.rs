//! Data directories: initialized once for each version, then copied.
//!
//! `initdb` takes seconds and a copy a tenth of one. All copies of a template have its superuser's password,
//! which lies beside it for our eyes only; that is enough for servers that listen on loopback and live for minutes.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pgward_credential::{Password, Secret};

use crate::account::Account;
use crate::cache::{self, Cache, CacheError, Hold};
use crate::installation::Installation;
use crate::options::Identity;
use crate::scratch;
use crate::tool::{self, ToolError};

/// Puts an initialized data directory at `scratch/data`; returns its superuser's password.
/// The scratch folder belongs to the server's user already.
pub(crate) fn lay_out(
    scratch: &Path,
    identity: Identity,
    installation: &Installation,
    account: &Account,
    cache: &Cache,
) -> Result<Secret, TemplateError> {
    match identity {
        Identity::Own => {
            let password = random_password()?;
            initialize(scratch, installation, account, &password)?;
            Ok(password)
        }
        Identity::OfTemplate => copy_template(scratch, installation, account, cache),
    }
}

fn copy_template(
    scratch: &Path,
    installation: &Installation,
    account: &Account,
    cache: &Cache,
) -> Result<Secret, TemplateError> {
    let template = Template::named(cache, installation, account);
    let mut lock = cache.lock(Hold::Shared)?;
    if !template.is_complete() {
        drop(lock);
        lock = cache.lock(Hold::Exclusive)?;
        // Somebody else may have made it while we waited.
        if !template.is_complete() {
            template.make(installation, account, cache)?;
        }
    }
    let mut copy = account.command("cp", scratch);
    tool::run(copy.arg("-a").arg(template.folder.join(DATA_FOLDER)).arg(scratch.join(DATA_FOLDER)), "")?;
    let password = template.password()?;
    drop(lock);
    Ok(password)
}

/// An initialized data directory that no server ever runs on.
struct Template {
    folder: PathBuf,
    password_file: PathBuf,
}

impl Template {
    fn named(cache: &Cache, installation: &Installation, account: &Account) -> Template {
        let name = cache::name("template", installation, account);
        Template {
            folder: cache.folder().join(&name),
            password_file: cache.folder().join(format!("{name}.password")),
        }
    }

    fn is_complete(&self) -> bool {
        cache::is_fresh(&self.folder) && self.password_file.is_file()
    }

    fn make(
        &self,
        installation: &Installation,
        account: &Account,
        cache: &Cache,
    ) -> Result<(), TemplateError> {
        let password = random_password()?;
        let workshop = scratch::folder_in(cache.folder(), ".template-").map_err(disk(cache.folder()))?;
        account.give(workshop.path()).map_err(disk(workshop.path()))?;
        initialize(workshop.path(), installation, account, &password)?;
        write_private(&self.password_file, &password).map_err(disk(&self.password_file))?;
        // The folder moves away with all that is in it; nothing is left to remove.
        let made = workshop.keep();
        cache::replace(&made, &self.folder).map_err(disk(&self.folder))
    }

    fn password(&self) -> Result<Secret, TemplateError> {
        fs::read_to_string(&self.password_file).map(Secret::new).map_err(disk(&self.password_file))
    }
}

/// Runs initdb into `folder/data`. The password goes through a pipe into a file for the user's eyes only, never
/// onto a command line, and the file is removed at once.
fn initialize(
    folder: &Path,
    installation: &Installation,
    account: &Account,
    password: &Secret,
) -> Result<(), TemplateError> {
    let mut shell = account.command("sh", folder);
    shell
        .args(["-c", INITIALIZE, "initdb"])
        .arg(installation.bin_dir().join("initdb"))
        .arg(folder.join(DATA_FOLDER));
    tool::run(&mut shell, password.expose())?;
    Ok(())
}

fn random_password() -> Result<Secret, TemplateError> {
    let mut random = [0; Password::RANDOM_BYTES];
    getrandom::fill(&mut random).map_err(TemplateError::Random)?;
    Password::generate(&random).map_err(TemplateError::Password)
}

fn write_private(path: &Path, password: &Secret) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(trouble) if trouble.kind() != io::ErrorKind::NotFound => return Err(trouble),
        _ => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, password.expose().as_bytes())
}

fn disk(path: &Path) -> impl Fn(io::Error) -> TemplateError {
    let path = path.to_path_buf();
    move |source| TemplateError::Disk { path: path.clone(), source }
}

/// Why there is no data directory.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The folder kept between runs cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A program did not do its work.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The system gave no random bytes.
    #[error("no random bytes for a password")]
    Random(#[source] getrandom::Error),
    /// The password could not be made.
    #[error("could not make a password")]
    Password(#[source] pgward_credential::TooFewBytes),
    /// A file or folder could not be made or read.
    #[error("{}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// The data directory's name in a template and in a scratch folder.
pub(crate) const DATA_FOLDER: &str = "data";

/// The name of the cluster's first superuser.
pub(crate) const SUPERUSER: &str = "postgres";

/// Small WAL segments make a copy half as large.
const INITIALIZE: &str = r#"
umask 077
cat >"$2.password" || exit 1
"$1" --pgdata="$2" --username=postgres --auth=scram-sha-256 --pwfile="$2.password" --encoding=UTF8 --locale=C \
    --wal-segsize=1 --no-sync --no-instructions >/dev/null
status=$?
rm -f "$2.password"
exit $status
"#;
