#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::{ConnectionSettings, Roots};
use crate::conninfo::environment::Environment;
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_credential::Secret;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let pairs = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::of(pairs).with_os_user("me")
}

/// The settings, shown; or why there are none, with the hint.
fn resolve(conninfo: &str, variables: &[(&str, &str)]) -> String {
    match ConnectionSettings::resolve(Some(conninfo), &environment(variables)) {
        Ok(settings) => settings.to_string(),
        Err(error) => match error.hint() {
            Some(hint) => format!("{error}\n{hint}"),
            None => error.to_string(),
        },
    }
}

#[track_caller]
fn check(conninfo: &str, variables: &[(&str, &str)], expected: &str) {
    assert_eq!(resolve(conninfo, variables), expected, "{conninfo:?} {variables:?}");
}

#[test]
fn what_nobody_gave_is_what_libpq_would_take() {
    check("", &[], "database \"me\" on local socket .s.PGSQL.5432 as role \"me\", sslmode prefer");
    check("user=app", &[], "database \"app\" on local socket .s.PGSQL.5432 as role \"app\", sslmode prefer");
    check("shop", &[], "database \"shop\" on local socket .s.PGSQL.5432 as role \"me\", sslmode prefer");
    let nobody = ConnectionSettings::resolve(None, &Environment::default()).unwrap_err();
    assert_eq!(nobody.to_string(), "no user name: the operating system does not know one for this process");
}

#[test]
fn the_string_comes_before_the_variables() {
    let variables = &[("PGHOST", "envhost"), ("PGPORT", "1"), ("PGUSER", "envuser"), ("PGDATABASE", "envdb")];
    check("", variables, "database \"envdb\" on envhost:1 as role \"envuser\", sslmode prefer");
    check("host=h", variables, "database \"envdb\" on h:1 as role \"envuser\", sslmode prefer");
    check("postgresql://u@h:2/d", variables, "database \"d\" on h:2 as role \"u\", sslmode prefer");
    check("user=''", variables, "database \"envdb\" on envhost:1 as role \"me\", sslmode prefer");
    check(
        "",
        &[("PGUSER", "")],
        "database \"me\" on local socket .s.PGSQL.5432 as role \"me\", sslmode prefer",
    );
    check("host=h", &[("PGREQUIRESSL", "1")], "database \"me\" on h:5432 as role \"me\", sslmode require");
}

#[test]
fn a_service_comes_between_the_string_and_the_variables() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("services");
    std::fs::write(&file, "[shop]\nhost=svc\nport=7\nuser=svcuser\n").unwrap();
    let variables = &[
        ("PGSERVICE", "shop"),
        ("PGSERVICEFILE", file.to_str().unwrap()),
        ("PGUSER", "env"),
        ("PGDATABASE", "envdb"),
    ];
    check("port=8", variables, "database \"envdb\" on svc:8 as role \"svcuser\", sslmode prefer");
}

#[test]
fn what_cannot_be_honoured_is_refused_with_its_giver() {
    check(
        "hostt=x",
        &[],
        "invalid connection option \"hostt\" in the connection string\ndid you mean \"host\"?",
    );
    check(
        "",
        &[("PGREQUIREPEER", "postgres")],
        "connection option \"requirepeer\" from environment variable PGREQUIREPEER is not supported: \
         the owner of the server's process is not checked\nunset PGREQUIREPEER for pgward",
    );
    check(
        "gssencmode=require",
        &[],
        "invalid gssencmode value \"require\" from the connection string: expected one of disable prefer",
    );
    check(
        "",
        &[("PGSSLMODE", "verify_full")],
        "invalid sslmode value \"verify_full\" from environment variable PGSSLMODE: \
         expected one of disable allow prefer require verify-ca verify-full",
    );
    check(
        "client_encoding=LATIN1",
        &[],
        "invalid client_encoding value \"LATIN1\" from the connection string: only UTF8 and auto are supported",
    );
    check(
        "connect_timeout=soon",
        &[],
        "invalid connect_timeout value \"soon\" from the connection string: a whole number is expected",
    );
    check(
        "sslkeylogfile=''",
        &[],
        "database \"me\" on local socket .s.PGSQL.5432 as role \"me\", sslmode prefer",
    );
}

#[test]
fn weak_modes_are_not_mixed_with_strong_ones() {
    check("host=h sslrootcert=system", &[], "database \"me\" on h:5432 as role \"me\", sslmode verify-full");
    check(
        "sslrootcert=system sslmode=require",
        &[],
        "weak sslmode \"require\" may not be used with sslrootcert=system (use \"verify-full\")",
    );
    check(
        "sslnegotiation=direct",
        &[],
        "weak sslmode \"prefer\" may not be used with sslnegotiation=direct \
         (use \"require\", \"verify-ca\" or \"verify-full\")",
    );
    check(
        "ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2",
        &[],
        "ssl_min_protocol_version is newer than ssl_max_protocol_version",
    );
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn files_in_their_usual_places_count() {
    let home = tempfile::tempdir().unwrap();
    let settings = || ConnectionSettings::resolve(Some("host=h"), &environment(&[]).with_home(home.path()));
    assert!(matches!(settings().unwrap().tls.roots, Roots::None { .. }));
    assert!(settings().unwrap().tls.identity.is_none());

    write(&home.path().join(".postgresql/root.crt"), "");
    write(&home.path().join(".postgresql/postgresql.crt"), "");
    assert!(matches!(settings().unwrap().tls.roots, Roots::File(_)));
    assert!(settings().unwrap().tls.identity.is_some());

    write(&home.path().join(".postgresql/root.crl"), "");
    assert!(settings().unwrap_err().to_string().contains("revocation lists are not checked"));
}

#[test]
fn the_password_is_found_per_host_and_never_shown() {
    let home = tempfile::tempdir().unwrap();
    write(&home.path().join(".pgpass"), "a:*:*:*:for-a\nb:6:shop:*:for-b\n*:*:other:*:for-other\n");
    let resolve = |conninfo, variables: &[_]| {
        ConnectionSettings::resolve(Some(conninfo), &environment(variables).with_home(home.path())).unwrap()
    };
    let passwords = |settings: &ConnectionSettings| {
        let found = settings.hosts.iter().map(|host| settings.password_for(host).map_or("-", Secret::expose));
        found.collect::<Vec<_>>().join(" ")
    };
    let from_file = resolve("host=a,b,c port=5,6,7 dbname=shop", &[]);
    assert_eq!(passwords(&from_file), "for-a for-b -");
    assert_eq!(passwords(&from_file.with_database(&DatabaseName::new("other"))), "for-a for-other for-other");
    assert_eq!(passwords(&resolve("host=a password=given", &[])), "given");
    assert_eq!(passwords(&resolve("host=a", &[("PGPASSWORD", "env")])), "env");
    assert_eq!(passwords(&resolve("host=a password=''", &[("PGPASSWORD", "env")])), "for-a");

    let other = resolve("host=a password=hunter2 options='-c geqo=off'", &[])
        .with_login(&RoleName::new("app"), Secret::new("hunter3".to_owned()));
    assert_eq!(
        (passwords(&other).as_str(), other.user().as_str(), other.options.as_deref()),
        ("hunter3", "app", None)
    );
    assert_eq!(passwords(&other.with_user(&RoleName::new("z"))), "for-a");
    assert!(!format!("{other} {other:?}").contains("hunter"));
}

#[test]
fn a_password_file_open_to_others_is_a_warning() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".pgpass");
    write(&path, "*:*:*:*:secret");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let settings = ConnectionSettings::resolve(None, &environment(&[]).with_home(home.path())).unwrap();
    assert!(settings.password_for(&settings.hosts[0]).is_none());
    assert!(settings.warnings()[0].contains("group or world access"), "{:?}", settings.warnings());
}

#[test]
fn options_that_would_make_the_session_somebody_else_are_refused() {
    for options in ["-c role=dba", "-crole=dba", "--role=dba", "-c geqo=off -c ROLE=dba"] {
        let given = [("PGOPTIONS", options)];
        let refused = ConnectionSettings::resolve(Some("host=a"), &environment(&given)).unwrap_err();
        assert!(refused.to_string().contains("options sets role"), "{options}: {refused}");
    }
    for options in ["-c geqo=off", "-c app.role=x", "-c search_path=role"] {
        let given = [("PGOPTIONS", options)];
        let settings = ConnectionSettings::resolve(Some("host=a"), &environment(&given)).unwrap();
        assert_eq!(settings.options.as_deref(), Some(options));
    }
}
