//! Memberships, attributes and predefined roles.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "being_public",
        claim: Claim::Edge(Mechanism::BeingPublic, End::Public),
        from: End::Role("being_public_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN being_public_low;
            CREATE TABLE being_public_t (v text); INSERT INTO being_public_t VALUES ('open'); GRANT SELECT ON being_public_t TO PUBLIC;
        "#,
        acts: &[Act::LowSees("being_public_low", r#"SELECT v FROM being_public_t"#, r#"open"#)],
    },
    Scenario {
        name: "set_role",
        claim: Claim::Edge(Mechanism::SetRole, End::Role("set_role_team")),
        from: End::Role("set_role_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN set_role_low;
            ALTER ROLE set_role_low NOINHERIT; CREATE ROLE set_role_team NOLOGIN; GRANT set_role_team TO set_role_low;
            CREATE TABLE set_role_t (v text); INSERT INTO set_role_t VALUES ('seen'); GRANT SELECT ON set_role_t TO set_role_team;
        "#,
        acts: &[Act::LowSees(
            "set_role_low",
            r#"SET ROLE set_role_team; SELECT v FROM set_role_t"#,
            r#"seen"#,
        )],
    },
    Scenario {
        name: "set_role_denied",
        claim: Claim::Edge(Mechanism::SetRole, End::Role("set_role_denied_team")),
        from: End::Role("set_role_denied_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN set_role_denied_low;
            CREATE ROLE set_role_denied_team; GRANT set_role_denied_team TO set_role_denied_low WITH SET FALSE, INHERIT FALSE;
            CREATE TABLE set_role_denied_t (v text); INSERT INTO set_role_denied_t VALUES ('seen'); GRANT SELECT ON set_role_denied_t TO set_role_denied_team;
        "#,
        acts: &[Act::LowSees(
            "set_role_denied_low",
            r#"SET ROLE set_role_denied_team; SELECT v FROM set_role_denied_t"#,
            r#"seen"#,
        )],
    },
    Scenario {
        name: "inherit",
        claim: Claim::Edge(Mechanism::Inheriting, End::Role("inherit_team")),
        from: End::Role("inherit_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN inherit_low;
            CREATE ROLE inherit_team; GRANT inherit_team TO inherit_low;
            CREATE TABLE inherit_t (v text); INSERT INTO inherit_t VALUES ('seen'); GRANT SELECT ON inherit_t TO inherit_team;
        "#,
        acts: &[Act::LowSees("inherit_low", r#"SELECT v FROM inherit_t"#, r#"seen"#)],
    },
    Scenario {
        name: "inherit_noinherit",
        claim: Claim::Edge(Mechanism::Inheriting, End::Role("inherit_noinherit_team")),
        from: End::Role("inherit_noinherit_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN inherit_noinherit_low;
            ALTER ROLE inherit_noinherit_low NOINHERIT; CREATE ROLE inherit_noinherit_team; GRANT inherit_noinherit_team TO inherit_noinherit_low;
            CREATE TABLE inherit_noinherit_t (v text); INSERT INTO inherit_noinherit_t VALUES ('seen'); GRANT SELECT ON inherit_noinherit_t TO inherit_noinherit_team;
        "#,
        acts: &[Act::LowSees("inherit_noinherit_low", r#"SELECT v FROM inherit_noinherit_t"#, r#"seen"#)],
    },
    Scenario {
        name: "inherit_attribute",
        claim: Claim::Reaches(Sink::BypassRls),
        from: End::Role("inherit_attribute_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN inherit_attribute_low;
            CREATE ROLE inherit_attribute_team BYPASSRLS; GRANT inherit_attribute_team TO inherit_attribute_low WITH INHERIT TRUE, SET FALSE;
            CREATE TABLE inherit_attribute_t (v text); INSERT INTO inherit_attribute_t VALUES ('hidden');
            ALTER TABLE inherit_attribute_t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON inherit_attribute_t TO inherit_attribute_low;
        "#,
        acts: &[Act::LowSees("inherit_attribute_low", r#"SELECT v FROM inherit_attribute_t"#, r#"hidden"#)],
    },
    Scenario {
        name: "inherit_then_read",
        claim: Claim::Reaches(Sink::AllRead),
        from: End::Role("inherit_then_read_low"),
        own_database: false,
        applies: Versions::from(16),
        works: Versions::from(16),
        scene: r#"
            LOGIN inherit_then_read_low;
            CREATE ROLE inherit_then_read_team; GRANT inherit_then_read_team TO inherit_then_read_low WITH INHERIT TRUE, SET FALSE;
            GRANT pg_read_all_data TO inherit_then_read_team;
            CREATE TABLE inherit_then_read_t (v text); INSERT INTO inherit_then_read_t VALUES ('seen');
        "#,
        acts: &[Act::LowSees("inherit_then_read_low", r#"SELECT v FROM inherit_then_read_t"#, r#"seen"#)],
    },
    Scenario {
        name: "inherit_then_set",
        claim: Claim::Reaches(Sink::AllWrite),
        from: End::Role("inherit_then_set_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN inherit_then_set_low;
            CREATE ROLE inherit_then_set_team NOINHERIT; CREATE ROLE inherit_then_set_writer;
            GRANT inherit_then_set_team TO inherit_then_set_low WITH INHERIT TRUE, SET FALSE;
            GRANT inherit_then_set_writer TO inherit_then_set_team WITH INHERIT FALSE, SET TRUE; GRANT pg_write_all_data TO inherit_then_set_writer;
        "#,
        acts: &[Act::Low("inherit_then_set_low", r#"SET ROLE inherit_then_set_writer"#)],
    },
    Scenario {
        name: "admin_option",
        claim: Claim::Edge(Mechanism::AdminOption, End::Role("admin_option_team")),
        from: End::Role("admin_option_low"),
        own_database: false,
        applies: Versions::from(16),
        works: Versions::from(16),
        scene: r#"
            LOGIN admin_option_low;
            CREATE ROLE admin_option_team; GRANT admin_option_team TO admin_option_low WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
            CREATE TABLE admin_option_t (v text); INSERT INTO admin_option_t VALUES ('seen'); GRANT SELECT ON admin_option_t TO admin_option_team;
        "#,
        acts: &[
            Act::Low("admin_option_low", r#"GRANT admin_option_team TO admin_option_low WITH SET TRUE"#),
            Act::LowSees(
                "admin_option_low",
                r#"SET ROLE admin_option_team; SELECT v FROM admin_option_t"#,
                r#"seen"#,
            ),
        ],
    },
    Scenario {
        name: "admin_superuser",
        claim: Claim::Edge(Mechanism::AdminOption, End::Sink(Sink::Superuser)),
        from: End::Role("admin_superuser_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN admin_superuser_low;
            CREATE ROLE admin_superuser_team SUPERUSER; GRANT admin_superuser_team TO admin_superuser_low WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
        "#,
        acts: &[
            Act::Low(
                "admin_superuser_low",
                r#"GRANT admin_superuser_team TO admin_superuser_low WITH SET TRUE"#,
            ),
            Act::Low(
                "admin_superuser_low",
                r#"SET ROLE admin_superuser_team; ALTER ROLE admin_superuser_low SUPERUSER"#,
            ),
            Act::IsSuperuser("admin_superuser_low"),
        ],
    },
    Scenario {
        name: "set_role_superuser",
        claim: Claim::Edge(Mechanism::SetRole, End::Sink(Sink::Superuser)),
        from: End::Role("set_role_superuser_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN set_role_superuser_low;
            CREATE ROLE set_role_superuser_dba SUPERUSER; GRANT set_role_superuser_dba TO set_role_superuser_low;
        "#,
        acts: &[
            Act::Low(
                "set_role_superuser_low",
                r#"SET ROLE set_role_superuser_dba; ALTER ROLE set_role_superuser_low SUPERUSER"#,
            ),
            Act::IsSuperuser("set_role_superuser_low"),
        ],
    },
    Scenario {
        name: "createrole",
        claim: Claim::Edge(Mechanism::CreateRole, End::AnyPlainRole),
        from: End::Role("createrole_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::until(15),
        scene: r#"
            LOGIN createrole_low;
            ALTER ROLE createrole_low CREATEROLE;
        "#,
        acts: &[
            Act::Low("createrole_low", r#"GRANT pg_execute_server_program TO createrole_low"#),
            Act::Low(
                "createrole_low",
                r#"SET ROLE pg_execute_server_program; COPY (SELECT 1) TO PROGRAM 'cat > {data}/createrole_was_here'"#,
            ),
            Act::Wrote(r#"{data}/createrole_was_here"#),
        ],
    },
    Scenario {
        name: "createrole_reaches",
        claim: Claim::Reaches(Sink::OsCommand),
        from: End::Role("createrole_reaches_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::until(15),
        scene: r#"
            LOGIN createrole_reaches_low;
            ALTER ROLE createrole_reaches_low CREATEROLE;
        "#,
        acts: &[
            Act::Low(
                "createrole_reaches_low",
                r#"GRANT pg_execute_server_program TO createrole_reaches_low"#,
            ),
            Act::Low(
                "createrole_reaches_low",
                r#"SET ROLE pg_execute_server_program; COPY (SELECT 1) TO PROGRAM 'cat > {data}/createrole_too'"#,
            ),
            Act::Wrote(r#"{data}/createrole_too"#),
        ],
    },
    Scenario {
        name: "createrole_superuser",
        claim: Claim::Edge(Mechanism::CreateRole, End::Sink(Sink::Superuser)),
        from: End::Role("createrole_superuser_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN createrole_superuser_low;
            ALTER ROLE createrole_superuser_low CREATEROLE; CREATE ROLE createrole_superuser_dba SUPERUSER;
        "#,
        acts: &[Act::Low(
            "createrole_superuser_low",
            r#"GRANT createrole_superuser_dba TO createrole_superuser_low"#,
        )],
    },
    Scenario {
        name: "superuser_attribute",
        claim: Claim::Edge(Mechanism::SuperuserAttribute, End::Sink(Sink::Superuser)),
        from: End::Role("superuser_attribute_root"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN superuser_attribute_root;
            LOGIN superuser_attribute_low;
            ALTER ROLE superuser_attribute_root SUPERUSER;
        "#,
        acts: &[
            Act::Low("superuser_attribute_root", r#"ALTER ROLE superuser_attribute_low SUPERUSER"#),
            Act::IsSuperuser("superuser_attribute_low"),
        ],
    },
    Scenario {
        name: "superuser_program",
        claim: Claim::Edge(Mechanism::SuperuserDoesAll, End::Sink(Sink::OsCommand)),
        from: End::Sink(Sink::Superuser),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN superuser_program_root;
            ALTER ROLE superuser_program_root SUPERUSER;
        "#,
        acts: &[
            Act::Low(
                "superuser_program_root",
                r#"COPY (SELECT 1) TO PROGRAM 'cat > {data}/superuser_was_here'"#,
            ),
            Act::Wrote(r#"{data}/superuser_was_here"#),
        ],
    },
    Scenario {
        name: "bypassrls",
        claim: Claim::Edge(Mechanism::BypassRlsAttribute, End::Sink(Sink::BypassRls)),
        from: End::Role("bypassrls_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN bypassrls_low;
            ALTER ROLE bypassrls_low BYPASSRLS; CREATE TABLE bypassrls_t (v text); INSERT INTO bypassrls_t VALUES ('hidden');
            ALTER TABLE bypassrls_t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON bypassrls_t TO bypassrls_low;
        "#,
        acts: &[Act::LowSees("bypassrls_low", r#"SELECT v FROM bypassrls_t"#, r#"hidden"#)],
    },
    Scenario {
        name: "read_all",
        claim: Claim::Edge(Mechanism::ReadAllData, End::Sink(Sink::AllRead)),
        from: End::Role("pg_read_all_data"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN read_all_low;
            GRANT pg_read_all_data TO read_all_low; CREATE TABLE read_all_t (v text); INSERT INTO read_all_t VALUES ('seen');
        "#,
        acts: &[
            Act::LowSees("read_all_low", r#"SELECT v FROM read_all_t"#, r#"seen"#),
            Act::LowSees(
                "read_all_low",
                r#"SELECT count(*) > 0 FROM pg_authid WHERE rolpassword IS NOT NULL"#,
                r#"t"#,
            ),
        ],
    },
    Scenario {
        name: "write_all",
        claim: Claim::Edge(Mechanism::WriteAllData, End::Sink(Sink::AllWrite)),
        from: End::Role("pg_write_all_data"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN write_all_low;
            GRANT pg_write_all_data TO write_all_low; CREATE TABLE write_all_t (v text);
        "#,
        acts: &[
            Act::Low("write_all_low", r#"INSERT INTO write_all_t VALUES ('put')"#),
            Act::Happened(r#"SELECT count(*) = 1 FROM write_all_t WHERE v = 'put'"#),
        ],
    },
    Scenario {
        name: "write_all_catalog",
        claim: Claim::Reaches(Sink::Superuser),
        from: End::Role("write_all_catalog_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN write_all_catalog_low;
            GRANT pg_write_all_data TO write_all_catalog_low;
        "#,
        acts: &[
            Act::Low(
                "write_all_catalog_low",
                r#"UPDATE pg_authid SET rolsuper = true WHERE rolname = 'write_all_catalog_low'"#,
            ),
            Act::IsSuperuser("write_all_catalog_low"),
        ],
    },
];
