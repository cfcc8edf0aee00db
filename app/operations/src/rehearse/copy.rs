//! A scratch copy of a cluster's privileges: roles and schemas, no passwords, and no rows unless they are asked for.

use std::path::{Path, PathBuf};

use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::role::Attribute;
use pgward_cluster::copy::{CopyError, dump};
use pgward_cluster::{Cluster, NotFound, Options, Search, StartError};
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::refusal::SettingsError;
use pgward_postgres::conninfo::settings::ConnectionSettings;

use crate::audit::Surveyed;
use crate::server::Server;

/// The copy, and the scratch server it is on; both are gone when it is dropped.
pub struct Copy {
    cluster: Cluster,
    not_copied: Vec<String>,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyFailed {
    /// No binaries of the server's major version.
    #[error("a rehearsal needs PostgreSQL's programs of the server's own major version")]
    Binaries(#[from] NotFound),
    /// The scratch server did not start.
    #[error("the scratch server did not start")]
    Start(#[from] StartError),
    /// The live server could not be dumped, or the dump not be restored.
    #[error("the privileges could not be copied")]
    Copy(#[from] CopyError),
    /// The scratch server could not be reached.
    #[error("the scratch server could not be connected to")]
    Settings(#[from] SettingsError),
    /// The scratch server's superuser would lose what makes it one.
    #[error(
        "role {} is no superuser on the server, and is the superuser of every scratch server: its copy would be another role",
        .0.quoted()
    )]
    SuperuserTaken(RoleName),
}

impl Copy {
    /// Copies what the server's sessions look at. `saying` is told what goes on.
    ///
    /// # Errors
    /// See [`CopyFailed`]. What the scratch server refuses is no failure: it is listed.
    pub fn of(
        server: &Server,
        surveyed: &Surveyed,
        binaries: Option<&Path>,
        saying: &mut dyn FnMut(&str),
    ) -> Result<Copy, CopyFailed> {
        let catalog = &surveyed.survey.catalog;
        let major = catalog.version.major();
        let mut search = Search::from_environment();
        if let Some(folder) = binaries {
            search = search.preferring(folder);
        }
        let installation = search.find(major)?;
        let mut options = Options::new();
        if major >= 17 {
            // Those that fire at a login would run as our own superuser.
            options = options.setting("event_triggers", "off");
        }
        saying(&format!("starting a scratch server of PostgreSQL {}", installation.version()));
        let cluster = Cluster::start(&installation, &options)?;
        let ours = RoleName::from(cluster.superuser());
        if catalog.roles.get(&ours).is_some_and(|role| !role.has(Attribute::Superuser)) {
            return Err(CopyFailed::SuperuserTaken(ours));
        }
        let live = server.settings();
        saying("copying the roles, without passwords");
        let arguments = ["--roles-only", "--no-role-passwords"];
        let roles = dump(&installation, "pg_dumpall", &arguments, &live.reading_program())?;
        let own = ours.quoted();
        let roles = format!(
            "{roles}\nALTER ROLE {own} SUPERUSER LOGIN CONNECTION LIMIT -1 VALID UNTIL 'infinity';\nALTER ROLE {own} RESET ALL;\n"
        );
        let mut not_copied = Vec::new();
        let mut restored = |script: &str, what: &str, expected: &str| -> Result<(), CopyFailed> {
            let refused = cluster.restore(script)?;
            let refused = refused.into_iter().filter(|words| words != expected);
            not_copied.extend(refused.map(|words| format!("{what}: {words}")));
            Ok(())
        };
        restored(&roles, "roles", &format!("role \"{}\" already exists", ours.as_str()))?;
        for (database, _) in server.sessions() {
            let name = database.quoted();
            saying(&format!("copying the schemas of database {name}, without rows"));
            let settings = live.with_database(database);
            let script = dump(&installation, "pg_dump", &SCHEMA_ONLY, &settings.reading_program())?;
            let script = format!("{script}\nDELETE FROM pg_catalog.pg_user_mapping;\n");
            let there = format!("database \"{}\" already exists", database.as_str());
            restored(&script, &format!("database {name}"), &there)?;
        }
        Ok(Copy { cluster, not_copied })
    }

    /// Copies the rows of these tables from the server into a database of the copy.
    ///
    /// # Errors
    /// A program is missing, or the server does not let us read them. What the scratch server refuses is listed.
    pub fn take_rows(
        &mut self,
        server: &Server,
        database: &DatabaseName,
        tables: &[String],
    ) -> Result<(), CopyFailed> {
        let from = server.settings().with_database(database).reading_program();
        let refused = self.cluster.copy_rows(tables, &from, database.as_str())?;
        let place = database.quoted();
        self.not_copied.extend(refused.into_iter().map(|words| format!("rows in database {place}: {words}")));
        Ok(())
    }

    /// What the scratch server refused.
    pub fn not_copied(&self) -> &[String] {
        &self.not_copied
    }

    /// The scratch server's version.
    pub fn version(&self) -> String {
        self.cluster.version().to_string()
    }

    /// The scratch server's data directory.
    pub fn data_folder(&self) -> PathBuf {
        self.cluster.data_dir()
    }

    /// How to connect to the scratch server as its superuser.
    ///
    /// # Errors
    /// They cannot be read, which would be our own mistake.
    pub fn settings(&self) -> Result<ConnectionSettings, CopyFailed> {
        let home = DatabaseName::from("postgres");
        let pairs = self.cluster.superuser_env(home.as_str()).into_iter();
        let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_string_lossy().into_owned()));
        Ok(ConnectionSettings::resolve(None, &Environment::of(pairs))?)
    }

    /// Stops the scratch server and removes its folder, and says whether that worked.
    ///
    /// # Errors
    /// The server could not be waited for, or its folder not be removed.
    pub fn end(self) -> std::io::Result<()> {
        self.cluster.stop()
    }
}

/// What subscriptions hold is a way to another server, and its password.
const SCHEMA_ONLY: [&str; 6] = [
    "--schema-only",
    "--create",
    "--no-tablespaces",
    "--no-comments",
    "--no-subscriptions",
    "--lock-wait-timeout=5000",
];
