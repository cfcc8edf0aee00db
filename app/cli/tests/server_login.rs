//! The desk's own login comes from a vault, a file or a variable, and changes while people work.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod desk_stage;
mod lending;
mod story;
#[path = "../../../io/vault/tests/stage/mod.rs"]
mod vault_stage;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;

use desk_stage::{DESK, conninfo, lend, running, set, wait_for_no_role};
use lending::{Desk, at, psql, signal, until, words};
use pgward_cluster::Installation;
use pgward_cluster::matrix::installations;
use pgward_credential::Secret;
use serde_json::json;
use story::Story;
use vault_stage::RealVault;

/// Before PostgreSQL 16 and from it on, roles are administered by others.
fn oldest_and_newest() -> Vec<Installation> {
    let mut all = installations().unwrap();
    let newest = all.pop();
    all.truncate(1);
    all.into_iter().chain(newest).collect()
}

/// A file that nobody else can read.
fn keep(story: &Story, name: &str, text: &str) {
    let path = story.write(name, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A desk's file in which the target's login is this, and the connection string has no password.
fn with_login(story: &Story, login: &str, more: &str) {
    keep(story, "shop.conninfo", &conninfo(story).replace(" password=desk", ""));
    let server = "{conninfo_file: shop.conninfo, search_path: [app]}";
    assert!(DESK.contains(server));
    let file =
        DESK.replace(server, &format!("{{conninfo_file: shop.conninfo, search_path: [app], {login}}}"));
    story.write("desk.yaml", &format!("{file}{more}"));
}

/// The vault in the desk's file, and the desk an application there that may do this.
fn with_vault(story: &Story, vault: &RealVault, login: &str, policy: &str) {
    let tokens = "path \"auth/token/lookup-self\" { capabilities = [\"read\"] }\n\
        path \"auth/token/renew-self\" { capabilities = [\"update\"] }\n\
        path \"sys/leases/renew\" { capabilities = [\"update\"] }\n\
        path \"sys/leases/revoke\" { capabilities = [\"update\"] }\n";
    let (role, secret) =
        vault.application("desk", &format!("{tokens}{policy}"), &json!({"token_ttl": "10m"}));
    keep(story, "vault.secret", &secret);
    story.write("vault.pem", &vault.authority);
    let address = &vault.address;
    let more = format!(
        "vault: {{address: \"{address}\", authority: vault.pem, app_role: {{role_id: {role}, secret_id_file: vault.secret}}}}\n"
    );
    with_login(story, login, &more);
}

/// A statement of this lease is answered; a desk that has only just had a login has to read the catalog first.
#[track_caller]
fn counts(story: &Story, url: &str) {
    let mut told = String::new();
    until("an answer", || {
        let last = std::mem::replace(&mut told, words(&psql(story, url, COUNT).output().unwrap()));
        assert!(last.is_empty() || last.contains("is not in the catalog that was read"), "{last}");
        told.starts_with('2').then_some(())
    });
}

/// Ends whoever is at work, so that the desk need not wait for them when it ends.
fn leave(mut busy: Child) {
    let _ = busy.kill();
    let _ = busy.wait();
}

/// Whether a text is in a file of this folder.
fn is_written_below(folder: &Path, text: &str) -> bool {
    let is_in = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    };
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.into_iter().any(|path| if path.is_dir() { is_written_below(&path, text) } else { is_in(&path) })
}

const COUNT: &str = "SELECT count(*) FROM app.orders";

#[test]
fn a_vault_rotates_the_password_and_sessions_go_on_even_while_it_is_sealed() {
    let story = set(&installations().unwrap().pop().unwrap());
    let vault = RealVault::start();
    vault.manages(&story.cluster, "shop");
    vault.rotates("desk", "desk", "1h");
    let policy = "path \"database/static-creds/desk\" { capabilities = [\"read\"] }";
    with_vault(&story, &vault, "vault: {static_role: desk}", policy);
    let first = password_of(&vault);
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    let mut busy = running(&story, &url, "SELECT pg_sleep(600)");

    // The old password is worth nothing from here on.
    vault.rotate_now("desk");
    let second = password_of(&vault);
    assert_ne!(first, second);
    let (id, url) = lend(&story, "1h");
    counts(&story, &url);
    assert!(busy.try_wait().unwrap().is_none(), "the session goes on");

    // What the desk has is good while the vault gives nothing.
    vault.seal();
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    // Until somebody changes it.
    story.sql("ALTER ROLE desk PASSWORD 'changed by hand'");
    let asking = ["request", "shop", "read_only", "--for", "1h", "--reason", "an order is stuck"];
    let asked = at(&story, "ada", &asking).ended(0).stdout;
    let failed = asked.split(' ').next().unwrap().to_owned();
    at(&story, "grace", &["approve", &failed]).ended(0);
    let told = until("the failure", || {
        let told = at(&story, "ada", &["leases", "--all"]).stdout;
        told.lines().find(|line| line.starts_with(&failed) && line.contains("is sealed")).map(str::to_owned)
    });
    assert!(told.contains("refused the password of role \"desk\""), "{told}");
    vault.unseal();
    vault.rotate_now("desk");
    at(&story, "grace", &["revoke", &id, "--reason", "it was fixed"]).ended(0);
    let role = format!("SELECT count(*) FROM pg_roles WHERE rolname = 'pgward_l_{id}'");
    until("the end of the role", || (story.sql(&role).trim() == "0").then_some(()));

    let third = password_of(&vault);
    assert!(busy.try_wait().unwrap().is_none(), "the session goes on");
    leave(busy);
    let said = format!("{}{}", desk.first.clone(), desk.end());
    for secret in [first, second, third, std::fs::read_to_string(story.path("vault.secret")).unwrap()] {
        assert!(!said.contains(&secret), "{said}");
        std::fs::remove_file(story.path("vault.secret")).unwrap_or_default();
        assert!(!is_written_below(&story.path("."), &secret), "a secret was written down");
    }
}

fn password_of(vault: &RealVault) -> String {
    let found = vault.read("database/static-creds/desk");
    found["data"]["password"].as_str().unwrap().to_owned()
}

#[test]
fn logins_that_the_vault_makes_come_and_go_and_what_one_has_made_the_next_one_removes() {
    let vault = RealVault::start();
    for installation in oldest_and_newest() {
        let story = set(&installation);
        vault.manages(&story.cluster, "shop");
        let made = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE desk";
        let role = format!("desk-{}", installation.major());
        vault.lends(&role, &[made], "6s", "12s");
        let policy = format!("path \"database/creds/{role}\" {{ capabilities = [\"read\"] }}");
        with_vault(&story, &vault, &format!("vault: {{dynamic_role: {role}, acting_as: desk}}"), &policy);
        story.sql("ALTER ROLE desk NOLOGIN PASSWORD NULL");
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        assert!(!desk.first.contains("cannot lend"), "{}", desk.first);
        let (_, url) = lend(&story, "1h");
        assert_eq!(
            story.sql("SELECT rolname FROM pg_roles WHERE rolname = 'desk' AND NOT rolcanlogin").trim(),
            "desk"
        );
        let mut busy = running(&story, &url, "SELECT pg_sleep(600)");
        // Whoever logged in then is gone, and somebody else is there.
        let logins = || story.sql("SELECT string_agg(rolname, ' ') FROM pg_roles WHERE rolname LIKE 'v-%'");
        let first = logins();
        until("another login", || {
            let now = logins();
            (!now.trim().is_empty() && first.split_whitespace().all(|login| !now.contains(login)))
                .then_some(())
        });
        assert!(busy.try_wait().unwrap().is_none(), "the session goes on");
        counts(&story, &url);
        let leases = at(&story, "ada", &["leases"]).stdout;
        let id = leases.split(' ').next().unwrap();
        at(&story, "grace", &["revoke", id, "--reason", "it was fixed"]).ended(0);
        wait_for_no_role(&story);
        assert!(!busy.wait().unwrap().success(), "the session has ended with its lease");
        desk.end();
        // What the desk had at its end it has given back.
        until("the end of the logins", || logins().trim().is_empty().then_some(()));
    }
}

#[test]
fn a_login_that_somebody_keeps_in_the_vault_is_taken_up_when_it_changes() {
    let story = set(&installations().unwrap().pop().unwrap());
    let vault = RealVault::start();
    vault.keep("shop/desk", &json!({"username": "desk", "password": "desk"}));
    let token = vault.token("desk", "path \"secret/data/shop/*\" { capabilities = [\"read\"] }", "1h");
    keep(&story, "vault.token", &token);
    story.write("vault.pem", &vault.authority);
    let more =
        format!("vault: {{address: \"{}\", authority: vault.pem, token_file: vault.token}}\n", vault.address);
    with_login(&story, "vault: {kv: shop/desk}", &more);
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    story.sql("ALTER ROLE desk PASSWORD 'another one'");
    vault.keep("shop/desk", &json!({"username": "desk", "password": "another one"}));
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    desk.end();

    // Without a vault the desk begins, lends nothing, and says why.
    vault.seal();
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let why = "the catalog of database \"shop\" could not be read: the desk's login is not to be had: the vault at ";
    assert!(desk.first.contains(why) && desk.first.contains(" is sealed, or not ready"), "{}", desk.first);
    vault.unseal();
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    desk.end();
}

#[test]
fn passwords_in_files_and_variables_are_taken_up_and_open_files_are_refused() {
    let story = set(&installations().unwrap().pop().unwrap());
    keep(&story, "shop.password", "desk\n");
    with_login(&story, "password_file: shop.password", "");
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    let mut busy = running(&story, &url, "SELECT pg_sleep(600)");
    story.sql("ALTER ROLE desk PASSWORD 'another one'");
    keep(&story, "shop.password", "another one");
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    assert!(busy.try_wait().unwrap().is_none(), "the session goes on");
    leave(busy);
    desk.end();

    let path = story.path("shop.password");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(2).stderr;
    let why = "targets.shop.password_file: secret file";
    assert!(refused.contains(why) && refused.contains("is open to others (mode 0644)"), "{refused}");

    with_login(&story, "password_env: SHOP_PASSWORD", "");
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(2).stderr;
    assert!(
        refused.contains("targets.shop.password_env: the environment has no variable SHOP_PASSWORD"),
        "{refused}"
    );
    let mut command = story.command(&["serve", "--config", "desk.yaml"]);
    let desk = Desk::begin(&story, command.env("SHOP_PASSWORD", "another one"));
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    desk.end();

    with_login(&story, "password_env: SHOP_PASSWORD, vault: {kv: shop}", "");
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(2).stderr;
    assert!(refused.contains("exactly one of `vault`, `password_file` and `password_env`"), "{refused}");
    with_login(&story, "vault: {kv: shop}", "");
    let refused = story.pgward(&["serve", "--config", "desk.yaml"]).ended(2).stderr;
    assert!(refused.contains("targets.shop.vault: the desk's file names no `vault`"), "{refused}");
}

/// Whether the desk's login has this password.
fn logs_in(story: &Story, password: &str) -> bool {
    let password = Secret::new(password.trim().to_owned());
    story.cluster.psql_as("desk", &password, "shop", "SELECT 1").is_ok()
}

#[test]
fn the_desk_changes_its_own_password_and_sessions_go_on() {
    for installation in oldest_and_newest() {
        let story = set(&installation);
        keep(&story, "shop.password", "desk\n");
        with_login(&story, "password_file: shop.password, rotated: 1s", "");
        let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
        let (_, url) = lend(&story, "1h");
        let mut busy = running(&story, &url, "SELECT pg_sleep(600)");
        let kept = || std::fs::read_to_string(story.path("shop.password")).unwrap();
        let second = until("another password", || Some(kept()).filter(|kept| !kept.starts_with("desk")));
        assert!(!logs_in(&story, "desk"));
        until("one more", || Some(kept()).filter(|kept| *kept != second));
        until("a file with the password in force", || logs_in(&story, &kept()).then_some(()));
        assert!(!logs_in(&story, &second));
        let (_, url) = lend(&story, "1h");
        counts(&story, &url);
        assert!(busy.try_wait().unwrap().is_none(), "the session goes on");
        leave(busy);
        let said = desk.end();
        assert!(said.contains("the login for database \"shop\" has changed; sessions go on"), "{said}");
        assert!(!said.contains(second.trim()) && !said.contains(kept().trim()), "{said}");
    }
}

#[test]
fn a_change_of_the_password_that_is_killed_anywhere_leaves_one_that_is_good() {
    let story = set(&installations().unwrap().pop().unwrap());
    let rotate = ["rotate", "shop", "--config", "desk.yaml"];
    let refused = story.pgward(&rotate).ended(2).stderr;
    assert!(
        refused.contains(
            "the password of this login is in the connection string: put it into a file of its own"
        ),
        "{refused}"
    );
    keep(&story, "shop.password", "desk");
    with_login(&story, "password_file: shop.password", "");
    let refused = story.pgward(&["rotate", "crm", "--config", "desk.yaml"]).ended(2).stderr;
    assert!(
        refused.contains("the desk has no target `crm`") && refused.contains("its targets are: shop"),
        "{refused}"
    );

    let began = std::time::Instant::now();
    let told = story.pgward(&rotate).ended(0).all();
    let whole = began.elapsed();
    let (file, next) = (story.path("shop.password"), story.path("shop.password.next"));
    let kept = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        told.contains("role \"desk\" has a new password on target `shop`") && !told.contains(&kept(&file)),
        "{told}"
    );
    assert!(logs_in(&story, &kept(&file)) && !logs_in(&story, "desk") && !next.exists());

    let tries = 16;
    for part in 1..=tries {
        let mut child = story.start(&rotate);
        // Wherever this hits, what is asserted holds.
        std::thread::sleep(whole * part / tries);
        if child.try_wait().unwrap().is_none() {
            signal("-KILL", &child.id().to_string());
        }
        let _ = child.wait();
        until("a password that is good", || {
            (logs_in(&story, &kept(&file)) || next.exists() && logs_in(&story, &kept(&next))).then_some(())
        });
    }
    // Dead between the server and the file: the next one finds out, and goes on.
    story.sql("ALTER ROLE desk PASSWORD 'the next one'");
    keep(&story, "shop.password.next", "the next one");
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    desk.end();
    assert!(kept(&file).starts_with("the next one") && !next.exists());
    story.pgward(&rotate).ended(0);
    assert!(logs_in(&story, &kept(&file)) && !next.exists());
    // What the server does not take back is said, and nothing is lost.
    story.sql("ALTER ROLE desk PASSWORD 'changed by hand'");
    let failed = story.pgward(&rotate).ended(1).stderr;
    assert!(failed.contains("refused the password of role \"desk\""), "{failed}");
}

#[test]
fn a_server_is_reached_by_its_socket() {
    let story = set(&installations().unwrap().pop().unwrap());
    let socket = story.cluster.socket_dir().display().to_string();
    let port = story.cluster.port();
    keep(&story, "shop.conninfo", &format!("host={socket} port={port} user=desk password=desk dbname=shop"));
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (id, url) = lend(&story, "1h");
    counts(&story, &url);
    let mut busy = running(&story, &url, "SELECT pg_sleep(600)");
    let by =
        "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'pgward\\_l\\_%' AND client_addr IS NULL";
    assert_eq!(story.sql(by).trim(), "1");
    at(&story, "grace", &["revoke", &id, "--reason", "it was fixed"]).ended(0);
    assert!(!busy.wait().unwrap().success());
    wait_for_no_role(&story);
    desk.end();
}

#[test]
fn a_server_that_asks_for_a_certificate_gets_the_desks_for_its_borrowers_too() {
    let story = set(&installations().unwrap().pop().unwrap());
    let mut params = rcgen::CertificateParams::new(vec!["desk".to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    story.write("client.crt", &certificate);
    keep(&story, "client.key", &key.serialize_pem());
    // The server reads its copy as another account.
    let trusted = std::path::PathBuf::from(story.sql("SHOW data_directory").trim()).join("clients.crt");
    std::fs::write(&trusted, &certificate).unwrap();
    std::fs::set_permissions(&trusted, std::fs::Permissions::from_mode(0o644)).unwrap();
    let hba = story.sql("SHOW hba_file").trim().to_owned();
    let rules = std::fs::read_to_string(&hba).unwrap();
    let asks = "hostssl shop desk,+pgward_read_only 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n\
        host shop desk,+pgward_read_only 127.0.0.1/32 reject\n";
    std::fs::write(&hba, format!("{asks}{rules}")).unwrap();
    story.sql(&format!("ALTER SYSTEM SET ssl_ca_file = '{}'", trusted.display()));
    story.sql("SELECT pg_reload_conf()");
    until("the new rules", || (!logs_in(&story, "desk")).then_some(()));
    let with = |more: &str| {
        let host = story.cluster.host();
        let (port, root) = (story.cluster.port(), story.cluster.authority().display().to_string());
        format!(
            "host={host} port={port} user=desk password=desk dbname=shop sslmode=verify-full sslrootcert={root}{more}"
        )
    };
    keep(&story, "shop.conninfo", &with(""));
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    assert!(desk.first.contains("could not be read") && desk.first.contains("certificate"), "{}", desk.first);
    desk.end();
    let (file, key) = (story.path("client.crt"), story.path("client.key"));
    keep(&story, "shop.conninfo", &with(&format!(" sslcert={} sslkey={}", file.display(), key.display())));
    let desk = Desk::serve(&story, &["serve", "--config", "desk.yaml"]);
    let (_, url) = lend(&story, "1h");
    counts(&story, &url);
    let busy = running(&story, &url, "SELECT pg_sleep(600)");
    let shown = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE usename LIKE 'pgward\\_l\\_%' AND client_serial IS NOT NULL";
    assert_eq!(story.sql(shown).trim(), "1");
    leave(busy);
    desk.end();
}
