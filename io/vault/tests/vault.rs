//! A real vault gives what it keeps, rotates and makes, and says why it does not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod stage;

use pgward_cluster::matrix::installations;
use pgward_cluster::{Cluster, Options};
use pgward_credential::Secret;
use pgward_vault::failure::VaultError;
use pgward_vault::kept::{Expected, Shelf};
use pgward_vault::vault::Vault;
use pgward_web::address::Address;
use pgward_web::client::Web;
use serde_json::json;
use stage::{RealVault, given};

fn shelf(path: &str) -> Shelf {
    Shelf { mount: "secret".to_owned(), path: path.to_owned() }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

#[track_caller]
fn refused<T>(asked: Result<T, VaultError>) -> String {
    match asked {
        Ok(_) => panic!("the vault was not to do that"),
        Err(error) => error.to_string(),
    }
}

const READS: &str = r#"path "secret/data/shop/*" { capabilities = ["read"] }"#;

#[test]
fn what_is_kept_is_read_written_once_and_never_over_somebody_elses() {
    let real = RealVault::start();
    let vault = real.by_token(&real.root);
    let name = vault.name().to_owned();
    let at = shelf("shop/desk");
    assert_eq!(refused(vault.kept(&at)), format!("the vault at {name} has nothing at secret/data/shop/desk"));
    vault.keep(&at, Some("desk"), &secret("one \"quoted\""), Expected::Nothing).unwrap();
    let kept = vault.kept(&at).unwrap();
    assert_eq!(
        (kept.username.as_deref(), kept.password.expose(), kept.version),
        (Some("desk"), "one \"quoted\"", 1)
    );
    // Somebody writes there meanwhile.
    real.keep("shop/desk", &json!({"password": "two"}));
    let changed = format!("somebody else has changed secret/data/shop/desk in the vault at {name} meanwhile");
    assert_eq!(refused(vault.keep(&at, Some("desk"), &secret("three"), Expected::Version(1))), changed);
    assert!(
        refused(vault.keep(&at, Some("desk"), &secret("three"), Expected::Nothing)).ends_with("meanwhile")
    );
    let kept = vault.kept(&at).unwrap();
    assert_eq!((kept.username, kept.password.expose(), kept.version), (None, "two", 2));
    vault.keep(&at, Some("desk"), &secret("three"), Expected::Version(2)).unwrap();
    assert_eq!(vault.kept(&at).unwrap().password.expose(), "three");
    // What was taken back makes room for another one.
    vault.forget(&at).unwrap();
    assert!(refused(vault.kept(&at)).contains("has nothing at"));
    vault.keep(&at, None, &secret("four"), Expected::Nothing).unwrap();
    let kept = vault.kept(&at).unwrap();
    assert_eq!((kept.username, kept.password.expose(), kept.version), (None, "four", 4));
    // What has no password is none.
    real.keep("shop/other", &json!({"passwort": "hush"}));
    let lacks =
        format!("the vault at {name} answers for secret/data/shop/other without `data.data.password`");
    assert_eq!(refused(vault.kept(&shelf("shop/other"))), lacks);
}

#[test]
fn a_vault_that_is_sealed_away_or_not_the_one_says_so() {
    let mut real = RealVault::start();
    real.keep("shop/desk", &json!({"password": "hush"}));
    let vault = real.by_token(&real.token("reads", READS, "1h"));
    assert_eq!(vault.kept(&shelf("shop/desk")).unwrap().password.expose(), "hush");
    let denied = refused(vault.kept(&shelf("elsewhere")));
    assert!(
        denied.contains("refuses secret/data/elsewhere: ") && denied.contains("permission denied"),
        "{denied}"
    );
    let stranger = real.by_token("s.nobody");
    assert!(refused(stranger.kept(&shelf("shop/desk"))).contains("refuses"));
    // Its certificate is signed by nobody whom the system trusts.
    let trusting = Web::trusting(None).unwrap();
    let way_in = pgward_vault::vault::WayIn::Token(given(&real.root));
    let doubted = Vault::at(trusting, Address::parse(&real.address).unwrap(), None, way_in);
    let why = refused(doubted.kept(&shelf("shop/desk")));
    assert!(why.starts_with("the vault does not answer: ") && why.contains("certificate"), "{why}");

    real.seal();
    let sealed = format!("the vault at {} is sealed, or not ready: somebody has to unseal it", vault.name());
    assert_eq!(refused(vault.kept(&shelf("shop/desk"))), sealed);
    real.unseal();
    assert_eq!(vault.kept(&shelf("shop/desk")).unwrap().password.expose(), "hush");
    real.go_down();
    let away = refused(vault.kept(&shelf("shop/desk")));
    assert!(
        away.starts_with(&format!("the vault does not answer: {} cannot be asked", vault.name())),
        "{away}"
    );
    real.come_back();
    assert_eq!(refused(vault.kept(&shelf("shop/desk"))), sealed);
    real.unseal();
    assert_eq!(vault.kept(&shelf("shop/desk")).unwrap().password.expose(), "hush");
}

#[test]
fn an_application_logs_in_and_does_so_again_when_its_token_is_gone() {
    let real = RealVault::start();
    real.keep("shop/desk", &json!({"username": "desk", "password": "hush"}));
    let policy = format!("{READS}\npath \"auth/token/lookup-self\" {{ capabilities = [\"read\"] }}");
    let shown = real.application("desk", &policy, &json!({"token_ttl": "20m", "token_max_ttl": "1h"}));
    let vault = real.by_app_role(&shown);
    assert_eq!(vault.kept(&shelf("shop/desk")).unwrap().password.expose(), "hush");
    let length = vault.prolong_token().unwrap().unwrap();
    assert!(length.as_secs() > 1000 && length.as_secs() <= 1200, "{length:?}");
    // Every token of it is taken back, and it comes in again.
    real.put("sys/leases/revoke-prefix/auth/approle", &json!({}));
    assert_eq!(vault.kept(&shelf("shop/desk")).unwrap().password.expose(), "hush");
    let stranger = real.by_app_role(&(shown.0.clone(), "no such secret".to_owned()));
    let why = refused(stranger.kept(&shelf("shop/desk")));
    assert!(why.contains("refuses auth/approle/login: ") && !why.contains("no such secret"), "{why}");
}

#[test]
fn logins_of_databases_are_rotated_made_prolonged_and_given_back() {
    let real = RealVault::start();
    for installation in installations().unwrap() {
        let cluster = Cluster::start(&installation, &Options::new()).unwrap();
        cluster
            .psql("postgres", "CREATE ROLE desk LOGIN PASSWORD 'as it was'; CREATE ROLE maker NOLOGIN")
            .unwrap();
        real.manages(&cluster, "postgres");
        let vault = real.by_token(&real.root);
        let who = |login: &str, password: &Secret| {
            cluster.psql_as(login, password, "postgres", "SELECT session_user")
        };

        let (desk, maker) =
            (format!("desk-{}", installation.major()), format!("maker-{}", installation.major()));
        real.rotates(&desk, "desk", "1h");
        let first = vault.rotated("database", &desk).unwrap();
        assert_eq!(who(&first.username, &first.password).unwrap().trim(), "desk");
        assert!(first.rotates_in.unwrap().as_secs() <= 3600);
        assert!(who("desk", &secret("as it was")).is_err());
        real.rotate_now(&desk);
        assert!(who("desk", &first.password).is_err());
        let second = vault.rotated("database", &desk).unwrap();
        assert_eq!(who("desk", &second.password).unwrap().trim(), "desk");

        let made = r#"CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}' IN ROLE maker"#;
        real.lends(&maker, &[made], "10m", "30m");
        let lent = vault.lent("database", &maker).unwrap();
        assert!(lent.loan.is_renewable && lent.loan.length.as_secs() == 600);
        assert_eq!(who(&lent.username, &lent.password).unwrap().trim(), lent.username);
        assert!(vault.prolong(&lent.loan).unwrap().as_secs() >= 590);
        vault.give_back(&lent.loan).unwrap();
        assert!(who(&lent.username, &lent.password).is_err());
        assert!(matches!(vault.prolong(&lent.loan), Err(VaultError::Refused { .. })));
        assert!(refused(vault.lent("database", "nobody")).contains("refuses database/creds/nobody: "));
    }
}
