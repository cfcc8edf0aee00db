//! Who the server runs as: PostgreSQL refuses to run as root.

use std::io;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::geteuid;

/// The operating-system user that owns a server's files and runs its processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    /// Ourselves: we are not root.
    Own,
    /// Another user, whom we become as root.
    Unprivileged { name: String, uid: u32, gid: u32 },
}

impl Account {
    /// Ourselves, or the first of `postgres` and `nobody` when we are root.
    pub(crate) fn choose() -> Result<Account, NoAccount> {
        if !geteuid().is_root() {
            return Ok(Account::Own);
        }
        let users = std::fs::read_to_string(USERS).map_err(|source| NoAccount::Unreadable { source })?;
        CANDIDATES.iter().find_map(|name| find(&users, name)).ok_or(NoAccount::Missing)
    }

    /// The number of the user who owns the server's files.
    pub(crate) fn uid(&self) -> u32 {
        match self {
            Account::Own => geteuid().as_raw(),
            Account::Unprivileged { uid, .. } => *uid,
        }
    }

    /// Prepares a command that runs as this user, with none of our environment: neither our `PG*` variables nor
    /// anybody's secrets are the server's business. Becoming another user also drops root's other groups.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", SYSTEM_PATH).env("LC_ALL", "C").env("HOME", home).current_dir(home);
        if let Account::Unprivileged { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
        command
    }

    /// Gives a file or folder to this user.
    pub(crate) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Account::Own => Ok(()),
            Account::Unprivileged { uid, gid, .. } => chown(path, Some(*uid), Some(*gid)),
        }
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Account::Own => f.write_str("the current user"),
            Account::Unprivileged { name, .. } => write!(f, "user \"{name}\""),
        }
    }
}

/// Reads a line `name:password:uid:gid:...` of the users' file; another name for root is no help.
fn find(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next().filter(|field| *field == name)?.to_owned();
        let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account::Unprivileged { name: found, uid, gid })
    })
}

/// Root has nobody to run a server as.
#[derive(Debug, thiserror::Error)]
pub enum NoAccount {
    /// The users' file cannot be read.
    #[error("could not read {USERS} to find an unprivileged user to run the server as")]
    Unreadable {
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Neither `postgres` nor `nobody` is there.
    #[error(
        "PostgreSQL refuses to run as root, and neither user \"postgres\" nor user \"nobody\" exists\n\
         hint: run pgward as an ordinary user, or add one: useradd --system postgres"
    )]
    Missing,
}

const USERS: &str = "/etc/passwd";
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_exact_name() {
        let users =
            "root:x:0:0:root:/root:/bin/bash\nnot_postgres:x:7:7::/:\npostgres:x:101:104:,,,:/var:/bin/sh\n";
        let postgres = Account::Unprivileged { name: "postgres".to_owned(), uid: 101, gid: 104 };
        assert_eq!(find(users, "postgres"), Some(postgres));
        assert_eq!(find(users, "nobody"), None);
    }

    #[test]
    fn another_name_of_root_is_not_unprivileged() {
        assert_eq!(find("postgres:x:0:0:::\n", "postgres"), None);
        assert_eq!(find("postgres:x\n", "postgres"), None);
    }
}
