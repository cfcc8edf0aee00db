//! Witnesses on the web and on another server: what they have not got is not allowed, and what was cut off shows.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod desk_stage;
mod lending;
mod story;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use desk_stage::{DESK, lend, set};
use lending::{Desk, psql, until, words};
use pgward_cluster::matrix::installations;
use story::{Story, Told};

/// A witness on the web, until it is dropped.
struct Service {
    child: Child,
    address: String,
}

const TOKEN: &str = "what the witness is shown";

impl Service {
    /// Starts it on this port; 0 is any.
    fn start(story: &Story, port: &str) -> Service {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let certificate = story.path("witness.pem");
        if !certificate.exists() {
            story.write("witness.pem", &made.cert.pem());
            story.write("witness.key", &made.signing_key.serialize_pem());
            let token = story.write("witness.token", TOKEN);
            fs::set_permissions(token, fs::Permissions::from_mode(0o600)).unwrap();
            fs::create_dir(story.path("heads")).unwrap();
        }
        let told = story.path("witness.address");
        let _ = fs::remove_file(&told);
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/witness/service.py");
        let child = Command::new("python3")
            .arg(program)
            .args([story.path("heads"), certificate, story.path("witness.key"), story.path("witness.token")])
            .arg(port)
            .arg(&told)
            .stdin(Stdio::piped())
            .spawn()
            .expect("python3 is there");
        let mut service = Service { child, address: String::new() };
        service.address = until("the witness", || {
            assert!(service.child.try_wait().unwrap().is_none(), "the witness has ended");
            fs::read_to_string(&told).ok()
        });
        service
    }

    fn stop(mut self) -> String {
        let port = self.address.rsplit(':').next().unwrap().to_owned();
        self.end();
        port
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.end();
    }
}

/// The ledger of this folder, held against a witness.
fn verify(story: &Story, ledger: &str, witness: &str, variables: &[(&str, &str)]) -> Told {
    let authority = story.path("witness.pem").display().to_string();
    let mut arguments = vec!["ledger", "--ledger", ledger, "verify", "--witness", witness];
    if witness.starts_with("https") {
        arguments.extend(["--witness-authority", &authority]);
    }
    story.pgward_with(&arguments, variables)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

fn ask(story: &Story, url: &str) -> String {
    words(&psql(story, url, "SELECT count(*) FROM app.orders").output().unwrap())
}

#[test]
fn a_witness_on_the_web_has_every_head_and_without_it_nothing_is_allowed() {
    let story = set(&installations().unwrap().pop().unwrap());
    let service = Service::start(&story, "0");
    let address = service.address.clone();
    let witness = format!("[{{url: \"{address}\", authority: witness.pem, token_file: witness.token}}]");
    story.write("desk.yaml", &DESK.replace("[elsewhere]", &witness));
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    assert!(ask(&story, &url).starts_with('2'));
    let shown = [("PGWARD_WITNESS_TOKEN", TOKEN)];
    let told = verify(&story, "ledger", &address, &shown).ended(0);
    assert!(told.stdout.contains("intact"), "{}", told.all());
    let refused = verify(&story, "ledger", &address, &[]).ended(1).stderr;
    assert!(refused.contains("does not show its head: it answers with status 401"), "{refused}");
    copy(&story.path("ledger"), &story.path("set back"));
    assert!(ask(&story, &url).starts_with('2'));

    // While it is away nothing is allowed; afterwards everything is as before.
    let port = service.stop();
    let denied = ask(&story, &url);
    assert!(!denied.starts_with('2') && denied.contains("ledger"), "{denied}");
    let service = Service::start(&story, &port);
    assert_eq!(service.address, address);
    until("a statement", || ask(&story, &url).starts_with('2').then_some(()));
    let said = desk.end();
    assert!(!said.contains(TOKEN), "{said}");

    verify(&story, "ledger", &address, &shown).ended(0);
    // What was cut off is seen by whoever asks the witness, and by nobody else.
    story.pgward(&["ledger", "--ledger", "set back", "verify"]).ended(0);
    let told = verify(&story, "set back", &address, &shown).ended(3).all();
    assert!(told.contains("cut"), "{told}");
    // And no desk goes on with it.
    fs::remove_dir_all(story.path("ledger")).unwrap();
    copy(&story.path("set back"), &story.path("ledger"));
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(1).stderr;
    assert!(refused.contains("is not what was written"), "{refused}");
    drop(service);
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(1).stderr;
    assert!(refused.contains(&format!("the witness {address} does not show its head")), "{refused}");
}

#[test]
fn a_witness_on_another_server_has_every_head_and_takes_none_back() {
    let story = set(&installations().unwrap().pop().unwrap());
    let manual =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/desk.md")).unwrap();
    let table = manual.split("```sql\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let elsewhere = |sql: &str| story.cluster.psql("elsewhere", sql).unwrap();
    story.sql("CREATE ROLE keeper LOGIN PASSWORD 'the keeper''s'");
    story.cluster.psql("postgres", "CREATE DATABASE elsewhere").unwrap();
    elsewhere(&table.replace("TO desk", "TO keeper"));
    let at = format!(
        "host={} port={} user=keeper dbname=elsewhere sslmode=disable",
        story.cluster.host(),
        story.cluster.port()
    );
    let conninfo = story.write("witness.conninfo", &format!("{at} password='the keeper\\'s'"));
    fs::set_permissions(conninfo, fs::Permissions::from_mode(0o600)).unwrap();
    story.write("desk.yaml", &DESK.replace("[elsewhere]", "[{conninfo_file: witness.conninfo}]"));
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    assert!(ask(&story, &url).starts_with('2'));
    let password = [("PGPASSWORD", "the keeper's")];
    verify(&story, "ledger", &at, &password).ended(0);
    copy(&story.path("ledger"), &story.path("set back"));
    // Its session ends, and another one is opened.
    elsewhere("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'keeper'");
    assert!(ask(&story, &url).starts_with('2'));
    elsewhere("REVOKE INSERT, UPDATE ON pgward_witness FROM keeper");
    let denied = ask(&story, &url);
    assert!(!denied.starts_with('2') && denied.contains("ledger"), "{denied}");
    elsewhere("GRANT INSERT, UPDATE ON pgward_witness TO keeper");
    until("a statement", || ask(&story, &url).starts_with('2').then_some(()));
    desk.end();
    verify(&story, "ledger", &at, &password).ended(0);
    let told = verify(&story, "set back", &at, &password).ended(3).all();
    assert!(told.contains("cut"), "{told}");
    let back = story
        .cluster
        .psql("elsewhere", "SET ROLE keeper; UPDATE pgward_witness SET size = 1, head = 'another'");
    assert!(back.is_err(), "the witness took a head back");
    elsewhere("TRUNCATE pgward_witness");
    let told = verify(&story, "ledger", &at, &password).ended(1).stderr;
    assert!(told.contains("has no head of this ledger") && !told.contains("the keeper's"), "{told}");
}
