//! Verifiers made here, tried on every major version; verifiers made there, checked here.

#![allow(clippy::unwrap_used, reason = "tests")]

use crate::it::server::Server;
use pgward_cluster::matrix;
use pgward_credential::{ScramVerifier, Secret};

/// One of each kind SASLprep treats differently.
const PASSWORDS: &[&str] = &[
    "pencil",
    " leading and trailing ",
    "tab\tbell\u{7}",
    "quo'te \"and\\backslash",
    "IX",
    "\u{2168}",
    "I\u{ad}X",
    "a\u{a0}b\u{3000}c\u{200b}d",
    "\u{ad}",
    "e\u{301}",
    "größe €",
    "\u{627}1",
    "\u{627}1\u{628}",
    "\u{627}a\u{627}",
    "пароль",
    "密码",
    "\u{1f600}emoji",
    "\u{1f100}",
    "\u{e9}\u{7}",
    "\u{fb01}le",
    "\u{2126}",
    "\u{221}",
    "\u{e000}private",
];

#[test]
fn passwords_verify_the_same_on_both_sides() {
    for installation in matrix::installations().unwrap() {
        let server = Server::start_on(&installation);
        let version = installation.version();
        let passwords = || PASSWORDS.iter().enumerate();
        let theirs = passwords()
            .map(|(n, text)| format!("CREATE ROLE p{n} LOGIN PASSWORD '{}';", text.replace('\'', "''")));
        server.sql(&theirs.collect::<String>());
        for ((_, text), stored) in passwords().zip(stored(&server)) {
            let theirs = ScramVerifier::parse(&stored).unwrap();
            assert!(theirs.verifies(&secret(text)), "{text:?} as stored by {version}");
            assert!(!theirs.verifies(&secret(&format!("{text}x"))), "{text:?}");
        }
        let ours: Vec<_> = PASSWORDS.iter().map(|text| verifier(text)).collect();
        let set =
            ours.iter().enumerate().map(|(n, ours)| format!("ALTER ROLE p{n} PASSWORD '{}';", ours.expose()));
        server.sql(&set.collect::<String>());
        for (ours, kept) in ours.iter().zip(stored(&server)) {
            assert_eq!(kept, ours.expose(), "the server must not hash a verifier again");
        }
        for (n, text) in passwords() {
            let role = format!("p{n}");
            let login = server.cluster.psql_as(&role, &secret(text), "shop", "SELECT session_user");
            assert_eq!(login.unwrap().trim(), role, "{text:?} on {version}");
        }
    }
}

fn stored(server: &Server) -> Vec<String> {
    let all =
        "SELECT rolpassword FROM pg_authid WHERE rolname ~ '^p[0-9]+$' ORDER BY substr(rolname, 2)::int";
    server.sql(all).lines().map(str::to_owned).collect()
}

fn verifier(password: &str) -> ScramVerifier {
    ScramVerifier::derive(&secret(password), *b"sixteen bytes ok", ScramVerifier::ITERATIONS).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}
