//! A server for cases, and what an audit sees there.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pgward_audit::declared::Declared;
use pgward_audit::finding::{Finding, Subject};
use pgward_audit::from_contract;
use pgward_cluster::{Cluster, Installation, Options};
use pgward_contract::read::read;
use pgward_contract::source::Source;
use pgward_postgres::census::databases;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::survey::passwords::try_passwords;
use pgward_postgres::survey::survey;
use pgward_survey::Survey;

/// A server with the database of all cases.
pub(crate) struct World {
    pub(crate) cluster: Cluster,
    runtime: tokio::runtime::Runtime,
}

impl World {
    /// Starts one with these settings, and these lines in front of its `pg_hba.conf`.
    pub(crate) fn start(installation: &Installation, settings: &[(&str, &str)], hba: Option<&str>) -> World {
        let options =
            settings.iter().fold(Options::new(), |options, (name, value)| options.setting(name, value));
        let mut cluster = Cluster::start(installation, &options).expect("the server starts");
        if let Some(lines) = hba {
            // The file belongs to the server's user and stays so: it is written over, not replaced.
            std::fs::write(hba_file(&cluster), format!("{}\n{WAY_IN}", lines.trim_end())).unwrap();
            cluster.restart().expect("the server starts with the lines of the case");
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let world = World { cluster, runtime };
        world.cluster.psql("postgres", &format!("CREATE DATABASE {DATABASE}")).unwrap();
        world
    }

    /// Runs SQL of a case; says whose it is when it fails.
    pub(crate) fn make(&self, of: &str, sql: &str) {
        self.run(DATABASE, &[Script { of: of.to_owned(), sql: sql.to_owned() }]);
    }

    /// Runs scripts one after the other in one session; says whose it was that failed.
    pub(crate) fn run(&self, database: &str, scripts: &[Script]) {
        let text: String =
            scripts.iter().map(|script| format!("{}\n{AS_BEFORE}\n", script.sql.trim_end())).collect();
        let Err(error) = self.cluster.psql(database, &text) else { return };
        let error = error.to_string();
        let line = error.split("<stdin>:").nth(1).and_then(|rest| rest.split(':').next()?.parse().ok());
        let mut first = 0;
        let failed = scripts.iter().find(|script| {
            first += script.sql.trim_end().lines().count() + 1;
            line.is_some_and(|line: usize| line <= first)
        });
        let (of, sql) = failed.map_or(("?", ""), |script| (&script.of, &script.sql));
        panic!("PostgreSQL {}: {of}: {error}\n{sql}", self.cluster.version());
    }

    /// Surveys as the superuser, as `pgward audit` does.
    pub(crate) fn survey(&self) -> Survey {
        self.survey_as(self.cluster.superuser_env(DATABASE))
    }

    /// Surveys with this way to connect.
    pub(crate) fn survey_as(&self, env: Vec<(&'static str, std::ffi::OsString)>) -> Survey {
        let variables = env.into_iter().map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
        let settings = ConnectionSettings::resolve(None, &Environment::of(variables)).unwrap();
        self.runtime.block_on(async {
            let home = connect(&settings).await.expect("the server is reached");
            let mut others = Vec::new();
            for database in databases(home.client()).await.expect("databases are listed") {
                if database.as_str() != DATABASE {
                    others.push(
                        connect(&settings.with_database(&database)).await.expect("the database is reached"),
                    );
                }
            }
            let others: Vec<_> = others.iter().map(|session| session.client()).collect();
            let mut survey = survey(home.client(), &others).await.expect("the survey is read");
            try_passwords(home.client(), &mut survey).await.expect("passwords are tried");
            survey
        })
    }

    /// Runs fixes, each where it belongs.
    pub(crate) fn mend(&self, fixes: &[(&Finding, &[String])]) {
        let mut by_database: BTreeMap<&str, Vec<Script>> = BTreeMap::new();
        for (finding, statements) in fixes {
            let database = match &finding.subject {
                Subject::Object(object, _) => object.database.as_ref().map_or(DATABASE, |name| name.as_str()),
                _ => DATABASE,
            };
            let sql = statements.iter().map(|statement| format!("{statement};\n")).collect();
            let of = format!("the fix of `{}`", finding.key());
            by_database.entry(database).or_default().push(Script { of, sql });
        }
        for (database, scripts) in by_database {
            self.run(database, &scripts);
        }
    }
}

/// SQL, and whose it is.
pub(crate) struct Script {
    pub(crate) of: String,
    pub(crate) sql: String,
}

/// What a contract of a case declares.
pub(crate) fn declared(text: &str, survey: &Survey) -> Declared {
    let (contract, diagnostics) = read(&[Source::new("contract.yaml", text)]);
    assert!(diagnostics.is_empty(), "{diagnostics:#?}\n{text}");
    from_contract::declared(&contract, &survey.catalog).0
}

fn hba_file(cluster: &Cluster) -> PathBuf {
    cluster.socket_dir().join("pg_hba.conf")
}

/// The day of every audit.
pub(crate) const TODAY: &str = "2026-11-22";

/// The database in which cases are made.
pub(crate) const DATABASE: &str = "audited";

/// How the superuser gets in, whatever stands above.
const WAY_IN: &str = "hostssl all postgres 127.0.0.1/32 scram-sha-256\nlocal all postgres scram-sha-256\n";

/// What one script said about the session is nothing to the next.
const AS_BEFORE: &str = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL;";
