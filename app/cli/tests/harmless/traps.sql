-- What mallory, who owns the database and nothing else, leaves lying about for somebody with more rights. Every trap tells the
-- log that it was run, tries to write to a table, and tries to make mallory a superuser; only for sessions of pgward, so that what is
-- done by hand here runs none.
CREATE ROLE mallory LOGIN PASSWORD 'mallory';
CREATE DATABASE trapped OWNER mallory;
\connect trapped
GRANT CREATE ON SCHEMA public TO mallory;
SET ROLE mallory;
CREATE SCHEMA evil;
GRANT USAGE ON SCHEMA evil TO PUBLIC;
CREATE TABLE evil.canary (who text, at timestamptz);
GRANT INSERT ON evil.canary TO PUBLIC;
CREATE FUNCTION evil.trap(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.current_setting('application_name') LIKE 'pgward%' THEN
    RAISE LOG 'SPRUNG % as %', what, current_user;
    BEGIN
      INSERT INTO evil.canary VALUES (current_user, pg_catalog.now());
      ALTER ROLE mallory SUPERUSER;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END IF;
  RETURN true;
END $$;
CREATE FUNCTION evil.immutable(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('an expression'); RETURN $1; END $$;
CREATE FUNCTION evil.trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('a trigger'); RETURN new; END $$;
CREATE FUNCTION evil.event() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('an event trigger'); END $$;

-- Functions and operators that stand in for PostgreSQL's, in schemas that the database puts in front.
CREATE FUNCTION evil.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('lower'); RETURN $1; END $$;
CREATE FUNCTION evil.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('current_setting'); RETURN '150000'; END $$;
CREATE FUNCTION evil.format_type(oid, integer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('format_type'); RETURN 'x'; END $$;
CREATE FUNCTION evil.has_table_privilege(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.trap('has_table_privilege'); END $$;
CREATE FUNCTION evil.pg_has_role(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.trap('pg_has_role'); END $$;
CREATE FUNCTION evil.quote_ident(name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('quote_ident'); RETURN 'x'; END $$;
CREATE FUNCTION evil.split_part(text, text, integer) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('split_part'); RETURN 'x'; END $$;
CREATE FUNCTION evil.equal_names(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.trap('an operator'); END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.equal_names, LEFTARG = name, RIGHTARG = text);
CREATE FUNCTION evil.equal_oids(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN evil.trap('an operator'); END $$;
CREATE OPERATOR evil.= (FUNCTION = evil.equal_oids, LEFTARG = oid, RIGHTARG = oid);
CREATE OPERATOR evil.>= (FUNCTION = evil.equal_oids, LEFTARG = oid, RIGHTARG = oid);
CREATE FUNCTION evil.joined(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('an operator'); RETURN $1; END $$;
CREATE OPERATOR evil.|| (FUNCTION = evil.joined, LEFTARG = text, RIGHTARG = text);
CREATE VIEW evil.pg_roles AS SELECT evil.trap('a view')::text AS rolname;
CREATE VIEW evil.pg_class AS SELECT evil.trap('a view')::text AS relname;
CREATE VIEW public.pg_settings AS SELECT evil.trap('a view')::text AS name;

-- Things that run code when they are used.
CREATE TYPE evil.pair AS (a integer, b integer);
CREATE FUNCTION evil.to_pair(integer) RETURNS evil.pair IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('a cast'); RETURN ROW($1, $1)::evil.pair; END $$;
CREATE CAST (integer AS evil.pair) WITH FUNCTION evil.to_pair(integer) AS IMPLICIT;
CREATE FUNCTION evil.to_text(evil.pair) RETURNS text IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('a cast'); RETURN 'x'; END $$;
CREATE CAST (evil.pair AS text) WITH FUNCTION evil.to_text(evil.pair) AS IMPLICIT;
CREATE DOMAIN evil.watched AS integer DEFAULT 1 CHECK (evil.immutable(value) IS NOT NULL);
CREATE TABLE evil.orders (
  id evil.watched DEFAULT evil.immutable(1) CHECK (evil.immutable(id) > 0),
  twice integer GENERATED ALWAYS AS (evil.immutable(id)) STORED,
  pair evil.pair
);
CREATE INDEX orders_by_code ON evil.orders (evil.immutable(twice));
CREATE STATISTICS evil.of_orders ON (evil.immutable(twice)), id FROM evil.orders;
CREATE TRIGGER orders BEFORE INSERT ON evil.orders FOR EACH ROW EXECUTE FUNCTION evil.trigger();
ALTER TABLE evil.orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY orders ON evil.orders USING (evil.trap('a policy') AND evil.immutable(twice) > 0);
CREATE VIEW evil.everything AS SELECT evil.trap('a view'), * FROM evil.orders;
CREATE VIEW evil.written AS SELECT 1 AS one;
CREATE RULE written AS ON INSERT TO evil.written DO INSTEAD SELECT evil.trap('a rule');
CREATE RULE looked AS ON UPDATE TO evil.orders DO ALSO SELECT evil.trap('a rule');
CREATE FUNCTION evil.apart(integer, integer) RETURNS double precision IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('a range'); RETURN 1; END $$;
CREATE TYPE evil.span AS RANGE (subtype = integer, subtype_diff = evil.apart);
CREATE TABLE evil.parts (id evil.watched, span evil.span) PARTITION BY LIST (evil.immutable(id));
CREATE TABLE evil.part PARTITION OF evil.parts DEFAULT;
CREATE PROCEDURE evil.done(INOUT v integer DEFAULT evil.immutable(1)) LANGUAGE plpgsql AS $$ BEGIN PERFORM evil.trap('a procedure'); END $$;
CREATE MATERIALIZED VIEW evil.kept AS SELECT evil.immutable(1) AS one;
CREATE FUNCTION evil.largest(integer, integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('an aggregate'); RETURN $1; END $$;
CREATE AGGREGATE evil.max(integer) (SFUNC = evil.largest, STYPE = integer);
CREATE SCHEMA cron;
CREATE VIEW cron.job AS SELECT 1 AS jobid, 'x'::text AS username, 'x'::text AS database, evil.trap('a view') AS active, 'x'::text AS command;
GRANT USAGE ON SCHEMA cron TO PUBLIC;
GRANT SELECT ON cron.job TO PUBLIC;
CREATE FUNCTION public.pg_stat_statements(boolean) RETURNS TABLE (userid oid, dbid oid, query text, calls bigint) LANGUAGE plpgsql AS
  $$ BEGIN PERFORM evil.trap('pg_stat_statements'); END $$;
COMMENT ON TABLE evil.orders IS 'nothing to see';

-- What the owner of a database may say for everybody who comes.
ALTER DATABASE trapped SET search_path = evil, public, pg_catalog;
ALTER DATABASE trapped SET standard_conforming_strings = off;
ALTER DATABASE trapped SET quote_all_identifiers = on;
ALTER DATABASE trapped SET default_transaction_read_only = off;
ALTER DATABASE trapped SET row_security = off;
ALTER DATABASE trapped SET client_min_messages = debug1;
RESET ROLE;
CREATE EVENT TRIGGER before ON ddl_command_start EXECUTE FUNCTION evil.event();
CREATE EVENT TRIGGER after ON ddl_command_end EXECUTE FUNCTION evil.event();
ALTER EVENT TRIGGER after ENABLE ALWAYS;
CREATE EVENT TRIGGER rewritten ON table_rewrite EXECUTE FUNCTION evil.event();
CREATE EVENT TRIGGER gone ON sql_drop EXECUTE FUNCTION evil.event();

-- And a database in which everybody begins as mallory.
CREATE DATABASE borrowed OWNER mallory;
ALTER DATABASE borrowed SET role = mallory;
