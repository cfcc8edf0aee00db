//! The same connection strings and surroundings, given to psql and to us: the same session, or a refusal by both.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::it::server::Server;
use pgward_postgres::connect::connect;
use pgward_postgres::conninfo::environment::Environment;
use pgward_postgres::conninfo::settings::ConnectionSettings;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

const WHO: &str = "SELECT session_user || '|' || current_database() \
    || '|' || coalesce(inet_server_addr()::text, 'socket') \
    || '|' || (SELECT CASE WHEN ssl THEN 'encrypted' ELSE 'plain' END FROM pg_stat_ssl WHERE pid = pg_backend_pid()) \
    || '|' || current_setting('geqo') || '|' || current_setting('work_mem')";

/// Connection string, then variables; PORT, SOCKET and AUTHORITY are put in, `_` stands for a blank in variables.
const CASES: &[(&str, &str)] = &[
    ("host=127.0.0.1 port=PORT user=app password=app dbname=shop", ""),
    ("host = 127.0.0.1 port= PORT user ='app'password='app'dbname=shop", ""),
    ("hostaddr=127.0.0.1 port=PORT user=app password=app", ""),
    ("host=nowhere.invalid hostaddr=127.0.0.1 port=PORT user=app password=app", ""),
    ("host=SOCKET port=PORT user=app password=app", ""),
    ("postgresql://app:app@127.0.0.1:PORT/shop", ""),
    ("postgres://app:app@127.0.0.1:PORT", ""),
    ("postgres://app:a%70p@127.0.0.1:PORT/sho%70?sslmode=disable", ""),
    ("postgres://app:app@/shop?host=SOCKET&port=PORT", ""),
    ("postgres://app:app@%53OCKET:PORT/shop", ""),
    ("postgres://app:app@127.0.0.1:1,127.0.0.1:PORT/shop", ""),
    ("postgres://app:app@127.0.0.1:PORT/shop?ssl=true", ""),
    ("postgres://127.0.0.1:PORT/shop?user=app&password=app&", ""),
    ("postgres://app:app@127.0.0.1:PORT/my%20'd%5Cb'%20%E2%82%AC", ""),
    ("host=127.0.0.1 port=PORT user=app password=app dbname='my \\'d\\\\b\\' €'", ""),
    ("shop", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app"),
    ("", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app PGDATABASE=shop"),
    ("", "PGHOSTADDR=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app PGDATABASE=shop PGSSLMODE=disable"),
    ("user=app", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=clear PGPASSWORD=app PGDATABASE=shop"),
    ("dbname=shop", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app PGOPTIONS=-c_geqo=off"),
    (
        "dbname=shop options='-c geqo=off -c work_mem=1MB'",
        "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app",
    ),
    (
        "postgres:///shop?options=-c%20work_mem%3D2MB",
        "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app",
    ),
    (
        "dbname=shop sslrootcert=AUTHORITY sslmode=verify-ca",
        "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app",
    ),
    ("", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=only_tls PGPASSWORD=only_tls PGSSLMODE=allow"),
    ("dbname=shop", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=only_plain PGPASSWORD=only_plain PGSSLMODE=prefer"),
    ("service=shop", ""),
    ("service=shop dbname=app", ""),
    ("", "PGSERVICE=shop PGDATABASE=app PGUSER=clear"),
    ("postgres://?service=shop", "PGPASSWORD=wrong"),
    ("host=127.0.0.1 port=PORT user=clear dbname=shop", ""),
    ("host=127.0.0.1,127.0.0.1 port=1,PORT user=clear dbname=shop", ""),
    ("host=localhost hostaddr=127.0.0.1 port=PORT user=clear dbname=shop", ""),
    ("host=127.0.0.1 port=PORT user=app dbname=shop passfile=HOME/other", ""),
    ("host=127.0.0.1 port=PORT user=app dbname=shop passfile=HOME/open", ""),
    ("host=127.0.0.1 port=PORT user=app dbname=shop", "PGPASSFILE=HOME/other"),
    ("host=127.0.0.1 port=PORT user=app password='' dbname=shop", "PGPASSWORD=app PGPASSFILE=HOME/none"),
    // Refused by both:
    ("host=127.0.0.1 port=PORT user=app password=wrong dbname=shop", ""),
    ("host=127.0.0.1 port=PORT user=app password=app dbname=nowhere", ""),
    ("host=127.0.0.1 port=PORT user=app password=app dbname=shop sslmode=bogus", ""),
    ("host=127.0.0.1 port=PORT user=app password=app dbname=shop hostt=x", ""),
    ("host=127.0.0.1 port=PORT,1,2 user=app password=app", ""),
    ("host=127.0.0.1 port=99999 user=app password=app", ""),
    ("host=127.0.0.1 port=PORT user=app password='app", ""),
    ("host=127.0.0.1 port=PORT user", ""),
    ("postgres://app:app@127.0.0.1:PORT/shop?sslmode", ""),
    ("postgres://app:app@127.0.0.1:PORT/shop?sslmode=dis=able", ""),
    ("postgres://app:app@[::1/shop", ""),
    ("postgres://app:app@127.0.0.1:PORT/sho%7", ""),
    ("service=unknown", ""),
    ("dbname=shop sslmode=verify-full", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app"),
    ("dbname=shop sslmode=disable", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=only_tls PGPASSWORD=only_tls"),
    ("dbname=shop sslmode=require", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=only_plain PGPASSWORD=only_plain"),
    ("dbname=shop target_session_attrs=standby", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app"),
    ("dbname=shop require_auth=md5", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app"),
    ("dbname=shop connect_timeout=x", "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app"),
    (
        "dbname=shop sslrootcert=system sslmode=require",
        "PGHOST=127.0.0.1 PGPORT=PORT PGUSER=app PGPASSWORD=app",
    ),
];

#[tokio::test]
async fn psql_and_we_end_up_in_the_same_session() {
    let server = Server::start();
    let installation = server.cluster.installation();
    let psql = installation.program("psql").unwrap();
    write_home(&server);
    let mut refused = 0;
    // Before 16, libpq took "system" for a file's name.
    let known = |(conninfo, _): &&(&str, &str)| installation.major() >= 16 || !conninfo.contains("=system");
    for (conninfo, variables) in CASES.iter().filter(known) {
        let conninfo = fill_in(&server, conninfo);
        let variables = fill_in(&server, variables);
        let pairs: Vec<(String, String)> = variables
            .split_whitespace()
            .map(|pair| {
                pair.split_once('=')
                    .map(|(name, value)| (name.to_owned(), value.replace("-c_", "-c ")))
                    .unwrap()
            })
            .collect();
        let theirs = Command::new(&psql)
            .env_clear()
            .envs(pairs.clone())
            .env("HOME", server.home.path())
            // Its own libpq, not the system's, which may be older than `sslrootcert=system`.
            .env("LD_LIBRARY_PATH", psql.parent().unwrap().join("../lib"))
            .args(["-X", "-w", "-A", "-t", "-c", WHO, &conninfo])
            .output()
            .unwrap();
        let theirs =
            theirs.status.success().then(|| String::from_utf8(theirs.stdout).unwrap().trim().to_owned());
        let environment = Environment::of(pairs).with_home(server.home.path()).with_os_user("nobody");
        let ours = match ConnectionSettings::resolve(Some(&conninfo), &environment) {
            Err(error) => Err(error.to_string()),
            Ok(settings) => match connect(&settings).await {
                Err(error) => Err(error.to_string()),
                Ok(session) => Ok(session.client().query_one(WHO, &[]).await.unwrap().get::<_, String>(0)),
            },
        };
        refused += usize::from(theirs.is_none());
        assert_eq!(ours.clone().ok(), theirs, "{conninfo:?} with {variables:?}: {ours:?}");
    }
    assert!(refused > 15 && refused < CASES.len() / 2, "{refused} of {} were refused", CASES.len());
}

fn fill_in(server: &Server, text: &str) -> String {
    let socket = server.cluster.socket_dir().display().to_string();
    text.replace("PORT", &server.cluster.port().to_string())
        .replace("%53OCKET", &socket.replace('/', "%2F"))
        .replace("SOCKET", &socket)
        .replace("AUTHORITY", &server.cluster.authority().display().to_string())
        .replace("HOME", &server.home.path().display().to_string())
        .replace(&format!("PG{}", server.cluster.port()), "PGPORT")
}

fn write_home(server: &Server) {
    let port = server.cluster.port();
    let write = |name: &str, text: String, mode| {
        let file = server.home.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let service = format!("[shop]\nhost=127.0.0.1\nport={port}\nuser=app\npassword=app\ndbname=shop\n");
    write(".pg_service.conf", service, 0o644);
    write(".pgpass", format!("127.0.0.1:{port}:shop:clear:clear\nlocalhost:*:*:clear:clear\n"), 0o600);
    write("other", "*:*:*:app:app\n".to_owned(), 0o600);
    write("open", "*:*:*:app:app\n".to_owned(), 0o644);
}
