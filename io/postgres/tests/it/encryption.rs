//! The table of `sslmode`, against host rules and certificates.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::it::server::{Server, outcome};
use pgward_cluster::matrix;
use pgward_postgres::connect::failure::ConnectError;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use std::os::unix::fs::PermissionsExt as _;

impl Server {
    async fn try_mode(&self, user: &str, rest: &str) -> String {
        outcome(self, self.connect(&format!("user={user} password={user} dbname=shop {rest}")).await)
    }

    fn authority(&self) -> String {
        format!("sslrootcert={}", self.cluster.authority().display())
    }

    /// Makes the server show another certificate from the next connection on.
    fn show(&self, certificate: &str, key: &str) {
        std::fs::write(self.scratch().join("server.crt"), certificate).unwrap();
        std::fs::write(self.scratch().join("server.key"), key).unwrap();
        self.reload();
    }
}

/// A certificate for these names that signs itself, as PEM, and its key.
fn self_signed(common_name: &str, names: &[&str], authority: IsCa) -> (String, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.is_ca = authority;
    let key = KeyPair::generate().unwrap();
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

#[tokio::test]
async fn sslmode_and_the_servers_rules_settle_encryption_as_in_libpq() {
    let server = Server::start();
    let authority = server.authority();
    for (user, mode, expected) in [
        ("app", "disable", "encrypted no"),
        ("app", "allow", "encrypted no"),
        ("app", "prefer", "encrypted yes"),
        ("app", "require", "encrypted yes"),
        ("only_tls", "allow", "encrypted yes"),
        ("only_tls", "prefer", "encrypted yes"),
        ("only_tls", "require", "encrypted yes"),
        ("only_plain", "disable", "encrypted no"),
        ("only_plain", "allow", "encrypted no"),
        ("only_plain", "prefer", "encrypted no"),
    ] {
        assert_eq!(server.try_mode(user, &format!("sslmode={mode}")).await, expected, "{user} {mode}");
    }
    for (user, mode) in [("only_tls", "disable"), ("only_plain", "require")] {
        let refused = server.try_mode(user, &format!("sslmode={mode}")).await;
        assert!(refused.starts_with(&format!("server 127.0.0.1:PORT refused role \"{user}\"")), "{refused}");
    }
    let both_ways = server.connect("user=nobody password=x dbname=shop").await.map(|_| ()).unwrap_err();
    assert!(matches!(&both_ways, ConnectError::Several(failures) if failures.len() == 2), "{both_ways}");
    for mode in ["verify-ca", "verify-full"] {
        assert_eq!(
            server.try_mode("app", &format!("sslmode={mode} {authority}")).await,
            "encrypted yes",
            "{mode}"
        );
    }
    let channel = server.try_mode("app", "sslmode=require channel_binding=require").await;
    assert_eq!(channel, "encrypted yes");
    let unbound = server.try_mode("app", "sslmode=disable channel_binding=require").await;
    assert!(unbound.starts_with("could not authenticate"), "{unbound}");
    for version in ["TLSv1.2", "TLSv1.3"] {
        let bounds =
            format!("sslmode=require ssl_min_protocol_version={version} ssl_max_protocol_version={version}");
        assert_eq!(server.try_mode("app", &bounds).await, "encrypted yes", "{version}");
    }
}

#[tokio::test]
async fn certificates_that_will_not_do_are_refused_with_the_reason() {
    let server = Server::start();
    let (stranger, _) = self_signed("stranger", &["localhost"], IsCa::Ca(BasicConstraints::Unconstrained));
    let file = server.home.path().join("stranger.crt");
    std::fs::write(&file, stranger).unwrap();
    let stranger = format!("sslrootcert={}", file.display());
    let unsigned = "could not make an encrypted connection to server 127.0.0.1:PORT: \
         the server's certificate is not signed by an authority in sslrootcert";
    for mode in ["verify-full", "verify-ca", "require"] {
        assert_eq!(server.try_mode("app", &format!("sslmode={mode} {stranger}")).await, unsigned, "{mode}");
    }
    let elsewhere = format!("host=elsewhere.example hostaddr=127.0.0.1 {}", server.authority());
    assert_eq!(
        server.try_mode("app", &format!("{elsewhere} sslmode=verify-full")).await,
        "could not make an encrypted connection to server elsewhere.example:PORT: the server's certificate is for \
         localhost, 127.0.0.1, 0::1, not for \"elsewhere.example\""
    );
    assert_eq!(server.try_mode("app", &format!("{elsewhere} sslmode=verify-ca")).await, "encrypted yes");

    let none = server.try_mode("app", "sslmode=verify-ca").await;
    assert!(none.contains("sslmode \"verify-ca\" needs a root certificate"), "{none}");
    let missing =
        server.connect("user=app sslmode=require sslrootcert=/no/such/file").await.map(|_| ()).unwrap_err();
    assert_eq!(missing.to_string(), "could not read /no/such/file");
    let empty = server.home.path().join("empty.crt");
    std::fs::write(&empty, "nothing").unwrap();
    let empty = server.try_mode("app", &format!("sslmode=verify-full sslrootcert={}", empty.display())).await;
    assert!(empty.contains("no certificate in PEM form is in it"), "{empty}");
}

#[tokio::test]
async fn a_root_certificate_in_its_usual_place_is_used_in_every_mode() {
    let server = Server::start();
    let (stranger, _) = self_signed("stranger", &["localhost"], IsCa::Ca(BasicConstraints::Unconstrained));
    let folder = server.home.path().join(".postgresql");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("root.crt"), stranger).unwrap();
    let refused = server.try_mode("app", "sslmode=require").await;
    assert!(refused.contains("not signed by an authority"), "{refused}");
    assert_eq!(server.try_mode("app", "sslmode=prefer").await, "encrypted no");
    std::fs::copy(server.cluster.authority(), folder.join("root.crt")).unwrap();
    assert_eq!(server.try_mode("app", "sslmode=verify-ca").await, "encrypted yes");
}

#[tokio::test]
async fn self_signed_certificates_and_common_names_work_as_in_libpq() {
    let server = Server::start();
    let root = server.home.path().join("server.crt");
    let trusted = format!("host=localhost hostaddr=127.0.0.1 sslrootcert={}", root.display());
    for authority in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (certificate, key) = self_signed("db", &["localhost"], authority);
        server.show(&certificate, &key);
        std::fs::write(&root, &certificate).unwrap();
        assert_eq!(server.try_mode("app", &format!("{trusted} sslmode=verify-full")).await, "encrypted yes");
        let other = trusted.replace("localhost", "other");
        let other = server.try_mode("app", &format!("{other} sslmode=verify-full")).await;
        assert!(other.contains("is for localhost, not for \"other\""), "{other}");
        assert_eq!(server.try_mode("app", "sslmode=require channel_binding=require").await, "encrypted yes");
        let stranger = server.try_mode("app", &format!("{} sslmode=verify-ca", server.authority())).await;
        assert!(stranger.contains("could not make an encrypted connection"), "{stranger}");
    }
    let (nameless, key) = self_signed("localhost", &[], IsCa::NoCa);
    server.show(&nameless, &key);
    std::fs::write(&root, &nameless).unwrap();
    assert_eq!(server.try_mode("app", &format!("{trusted} sslmode=verify-full")).await, "encrypted yes");
    let other = trusted.replace("localhost", "other");
    assert!(server.try_mode("app", &format!("{other} sslmode=verify-full")).await.contains("could not make"));
}

#[tokio::test]
async fn a_client_certificate_logs_in_and_its_key_must_be_private() {
    let server = Server::start();
    let (certificate, key) = self_signed("app", &["app"], IsCa::Ca(BasicConstraints::Unconstrained));
    let authority = server.scratch().join("clients.crt");
    std::fs::write(&authority, &certificate).unwrap();
    std::fs::set_permissions(&authority, std::fs::Permissions::from_mode(0o644)).unwrap();
    server.sql(&format!("ALTER SYSTEM SET ssl_ca_file = '{}'", authority.display()));
    server.let_in("hostssl all app 127.0.0.1/32 cert");
    let (file, key_file) = (server.home.path().join("app.crt"), server.home.path().join("app.key"));
    std::fs::write(&file, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let files = format!("user=app dbname=shop sslcert={} sslkey={}", file.display(), key_file.display());
    let set_mode = |mode| std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(mode)).unwrap();
    set_mode(0o644);
    let refused = outcome(&server, server.connect(&files).await);
    assert!(refused.contains("has group or world access"), "{refused}");
    set_mode(0o600);
    assert_eq!(outcome(&server, server.connect(&files).await), "encrypted yes");
    let without = outcome(&server, server.connect("user=app dbname=shop sslmode=require").await);
    assert!(without.contains("certificate"), "{without}");
}

#[tokio::test]
async fn encryption_without_asking_first_works_from_17_on() {
    for installation in matrix::installations().unwrap() {
        let server = Server::start_on(&installation);
        let tried = server.try_mode("app", "sslmode=require sslnegotiation=direct").await;
        if installation.major() >= 17 {
            assert_eq!(tried, "encrypted yes");
        } else {
            assert!(tried.contains("could not make an encrypted connection"), "{tried}");
        }
    }
}
