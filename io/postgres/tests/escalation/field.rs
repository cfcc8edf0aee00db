//! The server on which steps are taken.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use pgward_cluster::{Cluster, Installation, Options};
use pgward_credential::Secret;
use pgward_postgres::census::databases;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use pgward_postgres::survey::survey;
use pgward_survey::Survey;

use crate::scenario::{Act, Scenario};

/// A server with the scenes of all scenarios.
pub(crate) struct Field {
    cluster: Cluster,
    runtime: tokio::runtime::Runtime,
}

impl Field {
    pub(crate) fn start(installation: &Installation) -> Field {
        let options = Options::new()
            .setting("archive_mode", "on")
            .setting("archive_command", "true")
            .setting("wal_level", "logical")
            .setting("wal_retrieve_retry_interval", "200ms")
            .setting("autovacuum", "off");
        let mut cluster = Cluster::start(installation, &options).expect("the server starts");
        // The file belongs to the server's user and stays so: it is written over, not replaced.
        std::fs::write(cluster.socket_dir().join("pg_hba.conf"), HBA).unwrap();
        cluster.restart().expect("the server starts with these rules");
        cluster.psql("template1", KIT).unwrap();
        cluster.psql("postgres", "CREATE DATABASE field").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Field { cluster, runtime }
    }

    /// Sets the scene.
    pub(crate) fn set(&self, scenario: &Scenario) {
        if scenario.own_database {
            self.cluster.psql("postgres", &format!("CREATE DATABASE {}", scenario.name)).unwrap();
        }
        let mut sql = String::new();
        for line in scenario.scene.lines() {
            match line.trim().strip_prefix("LOGIN ").and_then(|rest| rest.strip_suffix(';')) {
                Some(role) => sql.push_str(&format!("CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';\n")),
                None => sql.push_str(&format!("{line}\n")),
            }
        }
        let sql = self.filled(&sql);
        if let Err(error) = self.cluster.psql(database(scenario), &sql) {
            panic!("PostgreSQL {}: {}: {error}\n{sql}", self.cluster.version(), scenario.name);
        }
    }

    /// Surveys as the superuser, as `pgward paths` does.
    pub(crate) fn survey(&self) -> Survey {
        let env = self.cluster.superuser_env("field");
        let variables = env.into_iter().map(|(name, value)| (name.to_owned(), value.into_string().unwrap()));
        let settings = ConnectionSettings::resolve(None, &Environment::of(variables)).unwrap();
        self.runtime.block_on(async {
            let home = connect(&settings).await.expect("the server is reached");
            let mut others = Vec::new();
            for database in databases(home.client()).await.expect("databases are listed") {
                if database.as_str() != "field" {
                    others.push(connect(&settings.with_database(&database)).await.expect("it is reached"));
                }
            }
            let others: Vec<_> = others.iter().map(|session| session.client()).collect();
            survey(home.client(), &others).await.expect("the survey is read")
        })
    }

    /// Takes the step; why not, if it was refused or led to nothing.
    pub(crate) fn play(&self, scenario: &Scenario) -> Result<(), String> {
        for act in scenario.acts {
            self.act(scenario, *act)?;
        }
        Ok(())
    }

    fn act(&self, scenario: &Scenario, act: Act) -> Result<(), String> {
        let at = database(scenario);
        match act {
            Act::Low(role, sql) | Act::Victim(role, sql) => self.run_as(role, at, sql).map(|_| ()),
            Act::Superuser(sql) => self.run(at, sql).map(|_| ()),
            Act::LowSees(role, sql, expected) => {
                let seen = self.run_as(role, at, sql)?;
                if seen.trim() == expected { Ok(()) } else { Err(format!("sees {seen:?}")) }
            }
            Act::Happened(sql) => within(PATIENCE, || {
                let seen = self.run(at, sql)?;
                if seen.trim() == "t" { Ok(()) } else { Err(format!("{sql} is {seen:?}")) }
            }),
            Act::IsSuperuser(role) => {
                let seen =
                    self.run(at, &format!("SELECT rolsuper FROM pg_roles WHERE rolname = '{role}'"))?;
                if seen.trim() == "t" { Ok(()) } else { Err(format!("{role} is no superuser")) }
            }
            Act::Wrote(file) => within(PATIENCE, || {
                let path = self.filled(file);
                if std::path::Path::new(&path).exists() { Ok(()) } else { Err(format!("there is no {path}")) }
            }),
            // The archiver learns of its command when it pleases: what was archived before went the old way.
            Act::Archived(file) => within(PATIENCE, || {
                let path = self.filled(file);
                if std::path::Path::new(&path).exists() {
                    return Ok(());
                }
                self.run("postgres", "SELECT pg_logical_emit_message(true, 'kit', ''), pg_switch_wal()")?;
                Err(format!("there is no {path}"))
            }),
            Act::LogsInByMd5(role, reader) => {
                let read = format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'");
                let verifier = self.run_as(reader, at, &read)?;
                self.log_in_by_md5(role, verifier.trim().trim_start_matches("md5"))
            }
            Act::BackupHolds(role, bytes) => self.backup_holds(role, bytes),
        }
    }

    fn run(&self, database: &str, sql: &str) -> Result<String, String> {
        self.cluster.psql(database, &self.filled(sql)).map_err(|error| error.to_string())
    }

    fn run_as(&self, role: &str, database: &str, sql: &str) -> Result<String, String> {
        let password = Secret::new(PASSWORD.to_owned());
        self.cluster.psql_as(role, &password, database, &self.filled(sql)).map_err(|error| error.to_string())
    }

    fn filled(&self, sql: &str) -> String {
        let program = |name: &str| self.cluster.installation().program(name).unwrap().display().to_string();
        let library = self.cluster.installation().bin_dir().parent().unwrap().join("lib");
        sql.replace("{data}", &self.cluster.data_dir().display().to_string())
            .replace("{hba}", &self.cluster.socket_dir().join("pg_hba.conf").display().to_string())
            .replace("{socket}", &self.cluster.socket_dir().display().to_string())
            .replace("{port}", &self.cluster.port().to_string())
            .replace("{psql}", &program("psql"))
            .replace("{lib}", &library.display().to_string())
            .replace("{password}", self.cluster.password().expose())
    }

    /// What libpq cannot do: to answer the challenge with what `pg_authid` holds. The server computes the sums.
    fn log_in_by_md5(&self, role: &str, verifier: &str) -> Result<(), String> {
        let broken = |error: std::io::Error| error.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.cluster.port())).map_err(broken)?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).map_err(broken)?;
        let mut body = vec![0, 3, 0, 0];
        for word in ["user", role, "database", "field", ""] {
            body.extend(word.as_bytes());
            body.push(0);
        }
        stream.write_all(&u32::try_from(body.len() + 4).unwrap().to_be_bytes()).map_err(broken)?;
        stream.write_all(&body).map_err(broken)?;
        let challenge = message(&mut stream)?;
        if challenge.0 != b'R' || challenge.1.len() != 8 || challenge.1[3] != 5 {
            return Err(format!("no MD5 challenge: {challenge:?}"));
        }
        let salt: String = challenge.1[4..].iter().map(|byte| format!("{byte:02x}")).collect();
        let sum = self.run("field", &format!("SELECT md5('{verifier}'::bytea || '\\x{salt}'::bytea)"))?;
        let answer = format!("md5{}\0", sum.trim());
        stream.write_all(b"p").map_err(broken)?;
        stream.write_all(&u32::try_from(answer.len() + 4).unwrap().to_be_bytes()).map_err(broken)?;
        stream.write_all(answer.as_bytes()).map_err(broken)?;
        match message(&mut stream)? {
            (b'R', body) if body == [0, 0, 0, 0] => Ok(()),
            (_, body) => Err(String::from_utf8_lossy(&body).into_owned()),
        }
    }

    fn backup_holds(&self, role: &str, bytes: &str) -> Result<(), String> {
        let program =
            self.cluster.installation().program("pg_basebackup").expect("pg_basebackup is installed");
        let password = Secret::new(PASSWORD.to_owned());
        let env = self.cluster.env_of(role, &password, "postgres");
        let library = program.parent().unwrap().parent().unwrap().join("lib");
        let output = Command::new(program)
            .env_clear()
            .env("LD_LIBRARY_PATH", library)
            .envs(env)
            .args(["-D", "-", "-F", "tar", "-X", "none", "--checkpoint=fast", "--no-manifest"])
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let holds = output.stdout.windows(bytes.len()).any(|window| window == bytes.as_bytes());
        if holds { Ok(()) } else { Err("the backup does not hold it".to_owned()) }
    }
}

fn message(stream: &mut TcpStream) -> Result<(u8, Vec<u8>), String> {
    let broken = |error: std::io::Error| error.to_string();
    let mut head = [0; 5];
    stream.read_exact(&mut head).map_err(broken)?;
    let length = u32::from_be_bytes(head[1..].try_into().unwrap()) as usize;
    let mut body = vec![0; length - 4];
    stream.read_exact(&mut body).map_err(broken)?;
    Ok((head[0], body))
}

fn within(patience: Duration, mut look: impl FnMut() -> Result<(), String>) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match look() {
            Err(_) if began.elapsed() < patience => std::thread::sleep(Duration::from_millis(200)),
            outcome => return outcome,
        }
    }
}

fn database(scenario: &Scenario) -> &'static str {
    if scenario.own_database { scenario.name } else { "field" }
}

/// What planted code does when it runs: makes the role a superuser, if it runs as one.
const KIT: &str = "
CREATE SCHEMA kit; GRANT USAGE ON SCHEMA kit TO PUBLIC;
CREATE FUNCTION kit.grab(name text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE pg_catalog.format('ALTER ROLE %I SUPERUSER', name);
    END IF;
    RETURN true;
END $$;";

/// The day of the audit.
pub(crate) const TODAY: &str = "2026-11-22";

const PASSWORD: &str = "known";

/// How long the server may take to do what nobody waits for: to archive, to apply.
/// The archiver looks again after a minute when it was asked too early.
const PATIENCE: Duration = Duration::from_secs(75);

/// What many servers have: their own machine is trusted as the superuser; one role still has MD5; base backups need a password.
const HBA: &str = "\
hostssl    replication  base_backup_database_low  127.0.0.1/32  reject
hostssl    replication  base_backup_kept_out_low  127.0.0.1/32  reject
hostssl    all          base_backup_kept_out_low  127.0.0.1/32  reject
hostnossl  all          trust_line_victim  127.0.0.1/32  trust
hostnossl  all          trust_line_reject_victim  127.0.0.1/32  reject
hostssl    all          all                127.0.0.1/32  scram-sha-256
hostnossl  all          postgres           127.0.0.1/32  trust
hostnossl  all          verifier_md5_root  127.0.0.1/32  md5
hostssl    replication  all                127.0.0.1/32  scram-sha-256
local      all          postgres                         scram-sha-256
";
