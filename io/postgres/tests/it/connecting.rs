//! Logging in, and every way it is refused.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::it::server::{Server, outcome};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_credential::Secret;
use pgward_postgres::connect::connect;
use pgward_postgres::connect::failure::ConnectError;
use pgward_postgres::conninfo::auth_methods::AuthMethod;
use pgward_postgres::session::Encrypted;
use std::error::Error as _;

#[tokio::test]
async fn every_refusal_is_its_own_and_holds_no_password() {
    let server = Server::start();
    let refused = async |rest: &str| {
        let error = server.connect(rest).await.map(|_| ()).unwrap_err();
        let told = format!("{error} {error:?} {:?}", error.hint());
        assert!(!told.contains("hunter2"), "{told}");
        assert!(error.hint().is_some(), "{told}");
        error
    };
    let error = refused("user=app password=hunter2").await;
    assert!(matches!(error, ConnectError::WrongPassword { .. }), "{error}");
    assert_eq!(error.sqlstate(), Some("28P01"));
    let error = refused("user=app").await;
    assert!(matches!(error, ConnectError::NoPassword { .. }), "{error}");
    let error = refused("user=app password=app dbname=missing").await;
    assert!(matches!(error, ConnectError::NoDatabase { .. }), "{error}");
    let error = refused("user=app password=app dbname=closed").await;
    assert!(matches!(error, ConnectError::NoPrivilege { .. }), "{error}");
    let error = refused("user=trusted dbname=closed").await;
    assert!(matches!(error, ConnectError::NoPrivilege { .. }), "{error}");
    let error = refused("user=nobody password=hunter2 sslmode=require").await;
    assert!(matches!(error, ConnectError::Rejected { .. }), "{error}");

    server.sql("ALTER ROLE trusted CONNECTION LIMIT 0");
    let error = refused("user=trusted dbname=shop").await;
    assert!(matches!(error, ConnectError::TooManyConnections { .. }), "{error}");
    server.sql("ALTER ROLE trusted NOLOGIN");
    let error = refused("user=trusted dbname=shop").await;
    assert!(matches!(error, ConnectError::Rejected { .. }), "{error}");
}

#[tokio::test]
async fn names_of_every_kind_log_in() {
    let server = Server::start();
    let admin = server.settings("user=app password=app dbname=shop");
    let omega = RoleName::new("Ωmega 'x'");
    let other = admin
        .with_login(&omega, Secret::new("Ωmega".to_owned()))
        .with_database(&DatabaseName::new("my 'd\\b' €"));
    let session = connect(&other).await.unwrap();
    assert_eq!(session.facts().session_user, omega);
    assert_eq!(session.facts().database.as_str(), "my 'd\\b' €");
    assert_eq!(session.facts().authenticated_by, Some(AuthMethod::ScramSha256));
}

#[tokio::test]
async fn a_server_that_is_away_is_said_to_be_and_the_next_one_is_tried() {
    let server = Server::start();
    let port = server.cluster.port();
    let free = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() };
    let to = |hosts: &str, ports: String| {
        server.settings(&format!(
            "host={hosts} port={ports} user=app password=app dbname=shop connect_timeout=5"
        ))
    };
    let away = connect(&to("127.0.0.1", free.to_string())).await.map(|_| ()).unwrap_err();
    assert!(matches!(away, ConnectError::Unreachable { .. }), "{away}");
    assert!(away.source().unwrap().to_string().contains("refused") && away.hint().is_some());
    let missing = connect(&to("/nowhere/at/all", free.to_string())).await.map(|_| ()).unwrap_err();
    assert!(matches!(missing, ConnectError::Unreachable { .. }), "{missing}");
    assert!(missing.to_string().contains("/nowhere/at/all/.s.PGSQL."), "{missing}");
    let unknown = connect(&to("no-such-host.invalid", free.to_string())).await.map(|_| ()).unwrap_err();
    assert!(matches!(unknown, ConnectError::NotFound { .. }), "{unknown}");

    let second = connect(&to("127.0.0.1,127.0.0.1", format!("{free},{port}"))).await.unwrap();
    assert_eq!(second.facts().session_user.as_str(), "app");
    let all_away =
        connect(&to("127.0.0.1,/nowhere", format!("{free},{free}"))).await.map(|_| ()).unwrap_err();
    assert!(matches!(all_away, ConnectError::Several(_)), "{all_away}");
}

/// A listener that accepts and says nothing.
#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let server = Server::start();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let rest = format!("host=127.0.0.1 port={port} user=app connect_timeout=1");
    let error = connect(&server.settings(&rest)).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn the_socket_is_never_encrypted_whatever_sslmode_says() {
    let server = Server::start();
    let folder = server.cluster.socket_dir().display().to_string();
    let session =
        server.connect(&format!("host={folder} user=app password=app sslmode=require")).await.unwrap();
    assert_eq!(session.facts().encryption, Encrypted::No);
}

#[tokio::test]
async fn only_the_allowed_ways_to_authenticate_are_answered() {
    let server = Server::start();
    let tried = async |rest: &str| outcome(&server, server.connect(rest).await);
    assert_eq!(tried("user=app password=app require_auth=scram-sha-256").await, "encrypted yes");
    assert_eq!(tried("user=clear password=clear dbname=shop").await, "encrypted yes");
    assert_eq!(
        tried("user=clear password=clear dbname=shop require_auth=scram-sha-256").await,
        "server 127.0.0.1:PORT asks for a cleartext password, which the connection settings do not allow"
    );
    assert_eq!(
        tried("user=trusted dbname=shop require_auth=!none").await,
        "server 127.0.0.1:PORT asks for no authentication, which the connection settings do not allow"
    );
    assert_eq!(tried("user=trusted dbname=shop require_auth=none").await, "encrypted yes");
}

#[tokio::test]
async fn target_session_attrs_choose_among_servers() {
    let server = Server::start();
    let tried = async |target: &str| {
        outcome(
            &server,
            server.connect(&format!("user=app password=app target_session_attrs={target}")).await,
        )
    };
    for fits in ["any", "read-write", "primary", "prefer-standby"] {
        assert_eq!(tried(fits).await, "encrypted yes", "{fits}");
    }
    for other in ["read-only", "standby"] {
        let expected = format!("server 127.0.0.1:PORT is not what target_session_attrs={other} asks for");
        assert_eq!(tried(other).await, expected);
    }
    server.sql("ALTER ROLE app SET default_transaction_read_only = on");
    assert_eq!(tried("read-only").await, "encrypted yes");
    assert!(tried("read-write").await.contains("is not what"));
}
