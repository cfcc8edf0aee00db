//! Scratch servers on real binaries, of every major version there is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgward_cluster::{Cluster, Identity, Installation, Options, PsqlError, Search, matrix};
use pgward_credential::Secret;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn every_major_starts_with_tls_and_scram_and_leaves_nothing_behind() {
    for installation in matrix::installations().unwrap() {
        let cluster = Cluster::start(&installation, &Options::new())
            .unwrap_or_else(|trouble| panic!("PostgreSQL {}: {}", installation.version(), told(&trouble)));
        let remains = Remains::of(&cluster);
        let version = cluster.psql("postgres", "show server_version_num").unwrap();
        assert_eq!(version.trim().parse::<u32>().unwrap() / 10_000, installation.major());
        let shown = cluster
            .psql(
                "postgres",
                "select ssl, version from pg_stat_ssl where pid = pg_backend_pid();
                 select setting from pg_settings where name in ('fsync', 'password_encryption', 'server_encoding',
                     'shared_buffers', 'TimeZone') order by lower(name);
                 select datcollate from pg_database where datname = 'postgres';
                 select left(rolpassword, 14) from pg_authid where rolname = 'postgres'",
            )
            .unwrap();
        assert_eq!(shown, "t|TLSv1.3\noff\nscram-sha-256\nUTF8\n4096\nUTC\nC\nSCRAM-SHA-256$\n");
        drop(cluster);
        remains.assert_none();
    }
}

#[test]
fn contrib_modules_that_need_libpq_load_on_every_major() {
    for installation in matrix::installations().unwrap() {
        let cluster = start(&installation);
        let modules = cluster.psql("postgres", "select name from pg_available_extensions").unwrap();
        if modules.lines().any(|name| name == "dblink") {
            let loaded =
                cluster.psql("postgres", "create extension dblink; select dblink_get_connections() is null");
            assert_eq!(loaded.unwrap(), "t\n", "PostgreSQL {}", installation.version());
        }
    }
}

#[test]
fn a_wrong_password_is_refused_on_every_way_in() {
    let cluster = start(&any());
    let wrong = Secret::new("not the password".to_owned());
    let refused = cluster.psql_as("postgres", &wrong, "postgres", "select 1").unwrap_err();
    assert!(
        refused.to_string().contains("password authentication failed for user \"postgres\""),
        "{refused}"
    );

    let psql = cluster.installation().program("psql").unwrap();
    for host in [cluster.host().as_ref(), cluster.socket_dir()] {
        let without = Command::new(&psql)
            .args(["-X", "-w", "-U", "postgres", "-d", "postgres", "-c", "select 1", "-p"])
            .arg(cluster.port().to_string())
            .arg("-h")
            .arg(host)
            .env_clear()
            .env("PGSSLMODE", "disable")
            .env("HOME", "/nonexistent")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&without.stderr).into_owned();
        assert!(!without.status.success() && said.contains("no password supplied"), "{said}");
    }
}

#[test]
fn the_socket_is_there_for_the_superuser() {
    let cluster = start(&any());
    let mut environment = cluster.superuser_env("postgres");
    environment.retain(|(name, _)| *name != "PGHOSTADDR");
    for (name, value) in &mut environment {
        match *name {
            "PGHOST" => *value = cluster.socket_dir().into(),
            "PGSSLMODE" => *value = "disable".into(),
            _ => {}
        }
    }
    let psql = cluster.installation().program("psql").unwrap();
    let answer = Command::new(psql)
        .env_clear()
        .envs(environment)
        .args(["-X", "-A", "-t", "-c", "select inet_server_addr() is null"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "t\n", "{}", String::from_utf8_lossy(&answer.stderr));
}

#[test]
fn options_reach_the_server() {
    let options =
        Options::new().max_connections(7).setting("cluster_name", r"it's \a name").setting("work_mem", "1MB");
    let cluster = Cluster::start(&any(), &options).unwrap();
    let shown = cluster.psql("postgres", "show max_connections; show cluster_name; show work_mem").unwrap();
    assert_eq!(shown, "7\nit's \\a name\n1MB\n");
}

#[test]
fn a_bad_setting_is_told_with_the_servers_own_log() {
    let options = Options::new().setting("shared_preload_libraries", "no_such_library");
    let refusal = Cluster::start(&any(), &options).err().expect("the server cannot start");
    let told = told(&refusal);
    assert!(told.contains("could not start the server"), "{told}");
    assert!(told.contains("no_such_library"), "{told}");
}

#[test]
fn a_failing_statement_stops_the_script_and_is_told() {
    let cluster = start(&any());
    let refused = cluster.psql("postgres", "create table a(); select 1/0; create table b();").unwrap_err();
    assert!(matches!(&refused, PsqlError::Refused(said) if said.contains("division by zero")), "{refused}");
    let tables =
        cluster.psql("postgres", "select relname from pg_class where relname in ('a', 'b')").unwrap();
    assert_eq!(tables, "a\n");
}

#[test]
fn a_restart_keeps_port_and_state_and_reads_new_settings() {
    let mut cluster = start(&any());
    let port = cluster.port();
    cluster.psql("postgres", "create table kept(); alter system set max_connections = 33").unwrap();
    cluster.restart().unwrap();
    assert_eq!(cluster.port(), port);
    let after = cluster
        .psql("postgres", "select count(*) from pg_class where relname = 'kept'; show max_connections");
    assert_eq!(after.unwrap(), "1\n33\n");
    cluster.stop().unwrap();
}

#[test]
fn copies_share_a_system_identifier_unless_asked_otherwise() {
    let identifier = |cluster: &Cluster| {
        cluster.psql("postgres", "select system_identifier from pg_control_system()").unwrap()
    };
    let installation = any();
    let (one, two) = (start(&installation), start(&installation));
    let own = Cluster::start(&installation, &Options::new().identity(Identity::Own)).unwrap();
    assert_ne!(one.port(), two.port());
    assert_eq!(identifier(&one), identifier(&two));
    assert_ne!(identifier(&one), identifier(&own));
}

#[test]
fn the_scratch_folder_is_closed_and_the_server_unprivileged() {
    use std::os::unix::fs::MetadataExt;
    let cluster = start(&any());
    let folder = cluster.socket_dir().metadata().unwrap();
    assert_eq!(folder.mode() & 0o777, 0o700);
    assert_ne!(folder.uid(), 0);
    assert_eq!(cluster.data_dir().metadata().unwrap().uid(), folder.uid());
    let leftovers: Vec<PathBuf> = std::fs::read_dir(cluster.socket_dir())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("password"))
        .collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

/// Root may hold a checkout where nobody else gets in, and still the server runs as somebody else.
#[test]
fn binaries_in_a_private_folder_are_usable() {
    use std::os::unix::fs::PermissionsExt;
    let Some(own) = Search::from_environment().installations().into_iter().find(stands_alone) else {
        assert!(std::env::var_os("CI").is_none(), "no binaries are fetched: cargo xtask pg-matrix");
        return;
    };
    let private = tempfile::tempdir().unwrap();
    std::fs::set_permissions(private.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let copied =
        Command::new("cp").arg("-Rp").arg(own.bin_dir().parent().unwrap()).arg(private.path()).status();
    assert!(copied.unwrap().success());
    let name = own.bin_dir().parent().unwrap().file_name().unwrap();
    let hidden = Installation::at(&private.path().join(name).join("bin")).unwrap();
    let cluster = start(&hidden);
    assert_eq!(cluster.psql("postgres", "select 1").unwrap(), "1\n");
}

/// Whether the binaries stand in a folder of their own, share and lib beside bin.
fn stands_alone(installation: &Installation) -> bool {
    let prefix = installation.bin_dir().parent().unwrap();
    prefix.join("share").is_dir() && prefix.join("lib").join("libpq.so.5").exists()
}

#[test]
fn a_panic_stops_the_server() {
    let cluster = start(&any());
    let remains = Remains::of(&cluster);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _held = cluster;
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    remains.assert_none();
}

#[test]
fn a_killed_parent_takes_its_server_along() {
    for signal in [Signal::KILL, Signal::INT, Signal::TERM] {
        let (mut parent, remains) = spawn_holder();
        kill_process(Pid::from_child(&parent), signal).unwrap();
        parent.wait().unwrap();
        remains.assert_none();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_watchdog_does_not_leave_the_server_running() {
    let cluster = start(&any());
    let remains = Remains::of(&cluster);
    for watchdog in parents_of(remains.server) {
        kill_process(watchdog, Signal::KILL).unwrap();
    }
    drop(cluster);
    remains.assert_none();
}

/// Not a test of its own: [`a_killed_parent_takes_its_server_along`] runs this very program with this name and kills it.
#[test]
#[ignore = "the process that is killed in another test"]
fn hold_a_server_until_killed() {
    if std::env::var_os(HOLDER).is_none() {
        return;
    }
    let cluster = start(&any());
    let remains = Remains::of(&cluster);
    eprintln!("holding {} {} {}", remains.server.as_raw_nonzero(), remains.port, remains.folder.display());
    std::thread::sleep(Duration::from_secs(600));
}

fn spawn_holder() -> (Child, Remains) {
    let mut holder = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_a_server_until_killed", "--ignored", "--nocapture"])
        .env(HOLDER, "yes")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(holder.stderr.take().unwrap()).lines();
    let line = lines
        .map(Result::unwrap)
        .find(|line| line.starts_with("holding "))
        .expect("the holder starts a server");
    let words: Vec<&str> = line.split(' ').collect();
    let server = Pid::from_raw(words[1].parse().unwrap()).unwrap();
    let remains = Remains { server, port: words[2].parse().unwrap(), folder: words[3].into() };
    assert!(TcpStream::connect(("127.0.0.1", remains.port)).is_ok());
    (holder, remains)
}

/// What must be gone after a server's end.
struct Remains {
    server: Pid,
    port: u16,
    folder: PathBuf,
}

impl Remains {
    fn of(cluster: &Cluster) -> Remains {
        let postmaster = std::fs::read_to_string(cluster.data_dir().join("postmaster.pid")).unwrap();
        let pid = postmaster.lines().next().unwrap().parse().unwrap();
        let folder = cluster.socket_dir().to_path_buf();
        Remains { server: Pid::from_raw(pid).unwrap(), port: cluster.port(), folder }
    }

    /// The watchdog of a killed parent needs a moment; dropped servers are gone at once.
    fn assert_none(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.server_runs() || self.folder.exists() {
            assert!(
                Instant::now() < deadline,
                "server {:?} or {} is left",
                self.server,
                self.folder.display()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(TcpStream::connect(("127.0.0.1", self.port)).is_err());
    }

    /// A zombie that its new parent has not looked at yet is no server any more.
    fn server_runs(&self) -> bool {
        let command = Path::new("/proc").join(self.server.as_raw_nonzero().to_string()).join("cmdline");
        match std::fs::read(command) {
            Ok(words) => !words.is_empty(),
            Err(_) => {
                !Path::new("/proc/self").exists() && rustix::process::test_kill_process(self.server).is_ok()
            }
        }
    }
}

/// The background shell that waits for the server, and the watchdog above it.
#[cfg(target_os = "linux")]
fn parents_of(server: Pid) -> Vec<Pid> {
    let parent = |pid: Pid| {
        let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
        Pid::from_raw(line.trim().parse().unwrap()).unwrap()
    };
    let keeper = parent(server);
    vec![parent(keeper), keeper]
}

fn start(installation: &Installation) -> Cluster {
    Cluster::start(installation, &Options::new()).unwrap_or_else(|trouble| panic!("{}", told(&trouble)))
}

fn any() -> Installation {
    Search::from_environment().find_any().unwrap()
}

/// An error with all its causes.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

const HOLDER: &str = "PGWARD_TEST_HOLDS_A_SERVER";
