//! Code of others that a superuser comes by: routines that call it, casts of columns, schemas that are not there yet, and roles that one
//! has to make oneself a member of first.

use pgward_audit::paths::graph::Sink;
use pgward_audit::paths::mechanism::Mechanism;
use pgward_audit::rule::Versions;

use crate::scenario::{Act, Claim, End, NONE, Scenario};

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "routine_called",
        claim: Claim::Edge(Mechanism::RoutineFunction, End::Sink(Sink::Superuser)),
        from: End::Role("routine_called_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN routine_called_low;
            CREATE SCHEMA routine_called AUTHORIZATION routine_called_low; GRANT USAGE ON SCHEMA routine_called TO PUBLIC;
            CREATE FUNCTION routine_called.h() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION routine_called.h() OWNER TO routine_called_low;
            CREATE SCHEMA routine_called_far;
            CREATE PROCEDURE routine_called_far.nightly() LANGUAGE plpgsql AS $$ BEGIN PERFORM routine_called.h(); END $$;
        "#,
        acts: &[
            Act::Low(
                "routine_called_low",
                r#"CREATE OR REPLACE FUNCTION routine_called.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('routine_called_low'); RETURN 1; END $$"#,
            ),
            Act::Superuser(r#"CALL routine_called_far.nightly()"#),
            Act::IsSuperuser("routine_called_low"),
        ],
    },
    Scenario {
        name: "routine_called_kept",
        claim: Claim::Edge(Mechanism::RoutineFunction, End::Sink(Sink::Superuser)),
        from: End::Role("routine_called_kept_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN routine_called_kept_low;
            CREATE SCHEMA routine_called_kept; GRANT USAGE ON SCHEMA routine_called_kept TO PUBLIC;
            CREATE FUNCTION routine_called_kept.h() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION routine_called_kept.h() OWNER TO routine_called_kept_low;
            CREATE SCHEMA routine_called_kept_far;
            CREATE PROCEDURE routine_called_kept_far.nightly() LANGUAGE plpgsql AS $$ BEGIN PERFORM routine_called_kept.h(); END $$;
        "#,
        acts: &[
            Act::Low(
                "routine_called_kept_low",
                r#"CREATE OR REPLACE FUNCTION routine_called_kept.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('routine_called_kept_low'); RETURN 1; END $$"#,
            ),
            Act::Superuser(r#"CALL routine_called_kept_far.nightly()"#),
            Act::IsSuperuser("routine_called_kept_low"),
        ],
    },
    Scenario {
        name: "routine_atomic",
        claim: Claim::Edge(Mechanism::RoutineFunction, End::Sink(Sink::Superuser)),
        from: End::Role("routine_atomic_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN routine_atomic_low;
            CREATE SCHEMA routine_atomic AUTHORIZATION routine_atomic_low; GRANT USAGE ON SCHEMA routine_atomic TO PUBLIC;
            CREATE FUNCTION routine_atomic.h() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION routine_atomic.h() OWNER TO routine_atomic_low;
            CREATE SCHEMA routine_atomic_far;
            CREATE FUNCTION routine_atomic_far.nightly() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT routine_atomic.h(); END;
        "#,
        acts: &[
            Act::Low(
                "routine_atomic_low",
                r#"CREATE OR REPLACE FUNCTION routine_atomic.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('routine_atomic_low'); RETURN 1; END $$"#,
            ),
            Act::Superuser(r#"SELECT routine_atomic_far.nightly()"#),
            Act::IsSuperuser("routine_atomic_low"),
        ],
    },
    Scenario {
        name: "routine_default",
        claim: Claim::Edge(Mechanism::RoutineFunction, End::Sink(Sink::Superuser)),
        from: End::Role("routine_default_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN routine_default_low;
            CREATE SCHEMA routine_default AUTHORIZATION routine_default_low; GRANT USAGE ON SCHEMA routine_default TO PUBLIC;
            CREATE FUNCTION routine_default.h() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION routine_default.h() OWNER TO routine_default_low;
            CREATE SCHEMA routine_default_far;
            CREATE FUNCTION routine_default_far.nightly(a int DEFAULT routine_default.h()) RETURNS int LANGUAGE sql AS 'SELECT a';
        "#,
        acts: &[
            Act::Low(
                "routine_default_low",
                r#"CREATE OR REPLACE FUNCTION routine_default.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('routine_default_low'); RETURN 1; END $$"#,
            ),
            Act::Superuser(r#"SELECT routine_default_far.nightly()"#),
            Act::IsSuperuser("routine_default_low"),
        ],
    },
    Scenario {
        name: "routine_definer",
        claim: Claim::Edge(Mechanism::RoutineFunction, End::Sink(Sink::Superuser)),
        from: End::Role("routine_definer_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN routine_definer_low;
            CREATE SCHEMA routine_definer AUTHORIZATION routine_definer_low; GRANT USAGE ON SCHEMA routine_definer TO PUBLIC;
            CREATE FUNCTION routine_definer.h() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER FUNCTION routine_definer.h() OWNER TO routine_definer_low;
            CREATE SCHEMA routine_definer_far;
            GRANT USAGE ON SCHEMA routine_definer_far TO routine_definer_low; CREATE FUNCTION routine_definer_far.f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN routine_definer.h(); END';
        "#,
        acts: &[
            Act::Low(
                "routine_definer_low",
                r#"CREATE OR REPLACE FUNCTION routine_definer.h() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('routine_definer_low'); RETURN 1; END $$"#,
            ),
            Act::Low("routine_definer_low", r#"SELECT routine_definer_far.f()"#),
            Act::IsSuperuser("routine_definer_low"),
        ],
    },
    Scenario {
        name: "cast_column",
        claim: Claim::Edge(Mechanism::OperatorFunction, End::Sink(Sink::Superuser)),
        from: End::Role("cast_column_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN cast_column_low;
            CREATE SCHEMA cast_column AUTHORIZATION cast_column_low; CREATE SCHEMA cast_column_far;
            SET ROLE cast_column_low; CREATE TYPE cast_column.t AS (a int); CREATE OR REPLACE FUNCTION cast_column.f(cast_column.t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN ''; END $$; CREATE CAST (cast_column.t AS text) WITH FUNCTION cast_column.f(cast_column.t) AS ASSIGNMENT; RESET ROLE;
            CREATE TABLE cast_column_far.c (a cast_column.t); INSERT INTO cast_column_far.c VALUES (ROW(1));
        "#,
        acts: &[
            Act::Low(
                "cast_column_low",
                r#"CREATE OR REPLACE FUNCTION cast_column.f(cast_column.t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('cast_column_low'); RETURN ''; END $$"#,
            ),
            Act::Superuser(r#"SELECT a::text FROM cast_column_far.c"#),
            Act::IsSuperuser("cast_column_low"),
        ],
    },
    Scenario {
        name: "cast_column_own",
        claim: Claim::Edge(Mechanism::OperatorFunction, End::Sink(Sink::Superuser)),
        from: End::Role("cast_column_own_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN cast_column_own_low;
            CREATE SCHEMA cast_column_own AUTHORIZATION cast_column_own_low; CREATE SCHEMA cast_column_own_far;
            SET ROLE cast_column_own_low; CREATE TYPE cast_column_own.t AS (a int); CREATE OR REPLACE FUNCTION cast_column_own.f(cast_column_own.t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN ''; END $$; CREATE CAST (cast_column_own.t AS text) WITH FUNCTION cast_column_own.f(cast_column_own.t) AS ASSIGNMENT; RESET ROLE;
            CREATE TABLE cast_column_own_far.c (a text);
        "#,
        acts: &[
            Act::Low(
                "cast_column_own_low",
                r#"CREATE OR REPLACE FUNCTION cast_column_own.f(cast_column_own.t) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('cast_column_own_low'); RETURN ''; END $$"#,
            ),
            Act::Superuser(r#"SELECT a::text FROM cast_column_own_far.c"#),
            Act::IsSuperuser("cast_column_own_low"),
        ],
    },
    Scenario {
        name: "create_database",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("create_database_low"),
        own_database: true,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN create_database_low;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON DATABASE create_database TO create_database_low;
        "#,
        acts: &[
            Act::Low(
                "create_database_low",
                r#"CREATE SCHEMA postgres; CREATE FUNCTION postgres.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('create_database_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower('X'::varchar)"#),
            Act::IsSuperuser("create_database_low"),
        ],
    },
    Scenario {
        name: "create_database_path",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("create_database_path_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN create_database_path_low;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CREATE ON DATABASE create_database_path TO create_database_path_low; ALTER DATABASE create_database_path SET search_path = pg_catalog;
        "#,
        acts: &[
            Act::Low(
                "create_database_path_low",
                r#"CREATE SCHEMA postgres; CREATE FUNCTION postgres.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('create_database_path_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower('X'::varchar)"#),
            Act::IsSuperuser("create_database_path_low"),
        ],
    },
    Scenario {
        name: "create_database_denied",
        claim: Claim::Edge(Mechanism::SearchPathSchema, End::Sink(Sink::Superuser)),
        from: End::Role("create_database_denied_low"),
        own_database: true,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN create_database_denied_low;
            REVOKE CREATE ON SCHEMA public FROM PUBLIC; 
        "#,
        acts: &[
            Act::Low(
                "create_database_denied_low",
                r#"CREATE SCHEMA postgres; CREATE FUNCTION postgres.lower(varchar) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('create_database_denied_low'); RETURN $1; END $$"#,
            ),
            Act::Superuser(r#"SELECT lower('X'::varchar)"#),
            Act::IsSuperuser("create_database_denied_low"),
        ],
    },
    Scenario {
        name: "admin_of_author",
        claim: Claim::Reaches(Sink::Superuser),
        from: End::Role("admin_of_author_low"),
        own_database: false,
        applies: Versions::from(16),
        works: Versions::ALL,
        scene: r#"
            LOGIN admin_of_author_low;
            CREATE ROLE admin_of_author_owner; GRANT admin_of_author_owner TO admin_of_author_low WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
            CREATE SCHEMA admin_of_author AUTHORIZATION admin_of_author_owner; GRANT USAGE ON SCHEMA admin_of_author TO PUBLIC; CREATE SCHEMA admin_of_author_far; CREATE TABLE admin_of_author_far.c (a int);
            CREATE FUNCTION admin_of_author.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ALTER FUNCTION admin_of_author.tr() OWNER TO admin_of_author_owner;
            CREATE TRIGGER x BEFORE INSERT ON admin_of_author_far.c FOR EACH ROW EXECUTE FUNCTION admin_of_author.tr();
        "#,
        acts: &[
            Act::Low(
                "admin_of_author_low",
                r#"GRANT admin_of_author_owner TO admin_of_author_low WITH SET TRUE; SET ROLE admin_of_author_owner; CREATE OR REPLACE FUNCTION admin_of_author.tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('admin_of_author_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO admin_of_author_far.c VALUES (1)"#),
            Act::IsSuperuser("admin_of_author_low"),
        ],
    },
    Scenario {
        name: "admin_not",
        claim: Claim::Reaches(Sink::Superuser),
        from: End::Role("admin_not_low"),
        own_database: false,
        applies: Versions::from(16),
        works: NONE,
        scene: r#"
            LOGIN admin_not_low;
            CREATE ROLE admin_not_owner; GRANT admin_not_owner TO admin_not_low WITH ADMIN FALSE, INHERIT FALSE, SET FALSE;
            CREATE SCHEMA admin_not AUTHORIZATION admin_not_owner; GRANT USAGE ON SCHEMA admin_not TO PUBLIC; CREATE SCHEMA admin_not_far; CREATE TABLE admin_not_far.c (a int);
            CREATE FUNCTION admin_not.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ALTER FUNCTION admin_not.tr() OWNER TO admin_not_owner;
            CREATE TRIGGER x BEFORE INSERT ON admin_not_far.c FOR EACH ROW EXECUTE FUNCTION admin_not.tr();
        "#,
        acts: &[
            Act::Low(
                "admin_not_low",
                r#"GRANT admin_not_owner TO admin_not_low WITH SET TRUE; SET ROLE admin_not_owner; CREATE OR REPLACE FUNCTION admin_not.tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('admin_not_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO admin_not_far.c VALUES (1)"#),
            Act::IsSuperuser("admin_not_low"),
        ],
    },
    Scenario {
        name: "createrole_author",
        claim: Claim::Reaches(Sink::Superuser),
        from: End::Role("createrole_author_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::until(15),
        scene: r#"
            LOGIN createrole_author_low;
            CREATE ROLE createrole_author_owner; ALTER ROLE createrole_author_low CREATEROLE;
            CREATE SCHEMA createrole_author AUTHORIZATION createrole_author_owner; GRANT USAGE ON SCHEMA createrole_author TO PUBLIC; CREATE SCHEMA createrole_author_far; CREATE TABLE createrole_author_far.c (a int);
            CREATE FUNCTION createrole_author.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ALTER FUNCTION createrole_author.tr() OWNER TO createrole_author_owner;
            CREATE TRIGGER x BEFORE INSERT ON createrole_author_far.c FOR EACH ROW EXECUTE FUNCTION createrole_author.tr();
        "#,
        acts: &[
            Act::Low(
                "createrole_author_low",
                r#"GRANT createrole_author_owner TO createrole_author_low; SET ROLE createrole_author_owner; CREATE OR REPLACE FUNCTION createrole_author.tr() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('createrole_author_low'); RETURN NEW; END $$"#,
            ),
            Act::Superuser(r#"INSERT INTO createrole_author_far.c VALUES (1)"#),
            Act::IsSuperuser("createrole_author_low"),
        ],
    },
    Scenario {
        name: "foreign_stored",
        claim: Claim::Edge(Mechanism::ForeignLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("foreign_stored_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN foreign_stored_low;
            CREATE ROLE foreign_stored_root SUPERUSER LOGIN PASSWORD 'known';
            CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SCHEMA foreign_stored AUTHORIZATION foreign_stored_low;
            CREATE SERVER foreign_stored FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname 'field', sslmode 'require');
            GRANT USAGE ON FOREIGN SERVER foreign_stored TO foreign_stored_low;
            CREATE USER MAPPING FOR foreign_stored_low SERVER foreign_stored OPTIONS (user 'foreign_stored_root', password 'known');
        "#,
        acts: &[
            Act::Low(
                "foreign_stored_low",
                r#"CREATE FOREIGN TABLE foreign_stored.roles (rolname name, rolsuper boolean) SERVER foreign_stored OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')"#,
            ),
            Act::Low(
                "foreign_stored_low",
                r#"UPDATE foreign_stored.roles SET rolsuper = true WHERE rolname = 'foreign_stored_low'"#,
            ),
            Act::IsSuperuser("foreign_stored_low"),
        ],
    },
    Scenario {
        name: "foreign_elsewhere",
        claim: Claim::Edge(Mechanism::ForeignLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("foreign_elsewhere_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN foreign_elsewhere_low;
            CREATE ROLE foreign_elsewhere_root SUPERUSER LOGIN PASSWORD 'known';
            CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SCHEMA foreign_elsewhere AUTHORIZATION foreign_elsewhere_low;
            CREATE SERVER foreign_elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'field', sslmode 'require');
            GRANT USAGE ON FOREIGN SERVER foreign_elsewhere TO foreign_elsewhere_low;
            CREATE USER MAPPING FOR foreign_elsewhere_low SERVER foreign_elsewhere OPTIONS (user 'foreign_elsewhere_root', password 'known');
        "#,
        acts: &[
            Act::Low(
                "foreign_elsewhere_low",
                r#"CREATE FOREIGN TABLE foreign_elsewhere.roles (rolname name, rolsuper boolean) SERVER foreign_elsewhere OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')"#,
            ),
            Act::Low(
                "foreign_elsewhere_low",
                r#"UPDATE foreign_elsewhere.roles SET rolsuper = true WHERE rolname = 'foreign_elsewhere_low'"#,
            ),
            Act::IsSuperuser("foreign_elsewhere_low"),
        ],
    },
    Scenario {
        name: "foreign_unused",
        claim: Claim::Edge(Mechanism::ForeignLoopback, End::Sink(Sink::Superuser)),
        from: End::Role("foreign_unused_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN foreign_unused_low;
            CREATE ROLE foreign_unused_root SUPERUSER LOGIN PASSWORD 'known';
            CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SCHEMA foreign_unused AUTHORIZATION foreign_unused_low;
            CREATE SERVER foreign_unused FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}', dbname 'field', sslmode 'require');
            
            CREATE USER MAPPING FOR foreign_unused_low SERVER foreign_unused OPTIONS (user 'foreign_unused_root', password 'known');
        "#,
        acts: &[
            Act::Low(
                "foreign_unused_low",
                r#"CREATE FOREIGN TABLE foreign_unused.roles (rolname name, rolsuper boolean) SERVER foreign_unused OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')"#,
            ),
            Act::Low(
                "foreign_unused_low",
                r#"UPDATE foreign_unused.roles SET rolsuper = true WHERE rolname = 'foreign_unused_low'"#,
            ),
            Act::IsSuperuser("foreign_unused_low"),
        ],
    },
    Scenario {
        name: "schema_owner",
        claim: Claim::Edge(Mechanism::SchemaOwner, End::Sink(Sink::Superuser)),
        from: End::Role("schema_owner_low"),
        own_database: false,
        applies: Versions::ALL,
        works: Versions::ALL,
        scene: r#"
            LOGIN schema_owner_low;
            CREATE SCHEMA schema_owner AUTHORIZATION schema_owner_low; GRANT USAGE, CREATE ON SCHEMA schema_owner TO schema_owner_low; CREATE TABLE schema_owner.c (a int);
        "#,
        acts: &[
            Act::Low(
                "schema_owner_low",
                r#"DROP TABLE schema_owner.c; CREATE TABLE schema_owner.c (a int); CREATE FUNCTION schema_owner.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('schema_owner_low'); RETURN NEW; END $$; CREATE TRIGGER x BEFORE INSERT ON schema_owner.c FOR EACH ROW EXECUTE FUNCTION schema_owner.f()"#,
            ),
            Act::Superuser(r#"INSERT INTO schema_owner.c VALUES (1)"#),
            Act::IsSuperuser("schema_owner_low"),
        ],
    },
    Scenario {
        name: "schema_creator",
        claim: Claim::Edge(Mechanism::SchemaOwner, End::Sink(Sink::Superuser)),
        from: End::Role("schema_creator_low"),
        own_database: false,
        applies: Versions::ALL,
        works: NONE,
        scene: r#"
            LOGIN schema_creator_low;
            CREATE SCHEMA schema_creator; GRANT USAGE, CREATE ON SCHEMA schema_creator TO schema_creator_low; CREATE TABLE schema_creator.c (a int);
        "#,
        acts: &[
            Act::Low(
                "schema_creator_low",
                r#"DROP TABLE schema_creator.c; CREATE TABLE schema_creator.c (a int); CREATE FUNCTION schema_creator.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM kit.grab('schema_creator_low'); RETURN NEW; END $$; CREATE TRIGGER x BEFORE INSERT ON schema_creator.c FOR EACH ROW EXECUTE FUNCTION schema_creator.f()"#,
            ),
            Act::Superuser(r#"INSERT INTO schema_creator.c VALUES (1)"#),
            Act::IsSuperuser("schema_creator_low"),
        ],
    },
];
