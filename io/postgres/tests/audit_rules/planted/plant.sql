-- Sixty flaws, each beside its repaired twin. What belongs to flaw 07 has a name that begins with f07, what belongs to its twin one
-- that begins with r07; of the large objects, 1111 is flawed and 1199 repaired. Run by a superuser in an empty database `audited`.

-- 01 everybody may create in a schema
CREATE SCHEMA f01_s; GRANT USAGE, CREATE ON SCHEMA f01_s TO PUBLIC;
CREATE SCHEMA r01_s; GRANT USAGE ON SCHEMA r01_s TO PUBLIC;

-- 02 BYPASSRLS two roles away, without inheriting
CREATE ROLE f02_top BYPASSRLS; CREATE ROLE f02_mid NOINHERIT; CREATE ROLE f02_login LOGIN NOINHERIT CONNECTION LIMIT 5;
GRANT f02_top TO f02_mid; GRANT f02_mid TO f02_login;
CREATE ROLE r02_top BYPASSRLS; CREATE ROLE r02_mid NOINHERIT; CREATE ROLE r02_login LOGIN NOINHERIT CONNECTION LIMIT 5;
GRANT r02_mid TO r02_login;

-- 03 pg_read_all_data by way of a group
CREATE ROLE f03_group; CREATE ROLE f03_login LOGIN; GRANT pg_read_all_data TO f03_group; GRANT f03_group TO f03_login;
CREATE ROLE r03_group; CREATE ROLE r03_login LOGIN; CREATE SCHEMA r03_s; CREATE TABLE r03_s.t (v int);
GRANT USAGE ON SCHEMA r03_s TO r03_group; GRANT SELECT ON r03_s.t TO r03_group; GRANT r03_group TO r03_login;

-- 04 commands of the operating system by SET ROLE
CREATE ROLE f04_ops; CREATE ROLE f04_login LOGIN NOINHERIT; GRANT pg_execute_server_program TO f04_ops; GRANT f04_ops TO f04_login;
CREATE ROLE r04_ops; CREATE ROLE r04_login LOGIN NOINHERIT; GRANT r04_ops TO r04_login;

-- 05 ADMIN on a role that owns tables
CREATE ROLE f05_owner; CREATE ROLE f05_login LOGIN; CREATE SCHEMA f05_s AUTHORIZATION f05_owner; CREATE TABLE f05_s.t (v int); ALTER TABLE f05_s.t OWNER TO f05_owner;
GRANT f05_owner TO f05_login WITH ADMIN OPTION;
CREATE ROLE r05_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r05_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r05_login LOGIN; CREATE SCHEMA r05_s AUTHORIZATION r05_owner; CREATE TABLE r05_s.t (v int); ALTER TABLE r05_s.t OWNER TO r05_owner;
GRANT USAGE ON SCHEMA r05_s TO r05_login; GRANT SELECT ON r05_s.t TO r05_login;

-- 06 a login owns a table with a name that needs quotes
CREATE ROLE "f06 Login" LOGIN; CREATE SCHEMA "f06 S"; CREATE TABLE "f06 S"."T""able" (v int); ALTER TABLE "f06 S"."T""able" OWNER TO "f06 Login";
CREATE ROLE "r06 Owner"; ALTER DEFAULT PRIVILEGES FOR ROLE "r06 Owner" REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE "r06 Login" LOGIN; CREATE SCHEMA "r06 S"; CREATE TABLE "r06 S"."T""able" (v int); ALTER TABLE "r06 S"."T""able" OWNER TO "r06 Owner";

-- 07 a login can become the owner through a group
CREATE ROLE f07_owner; CREATE ROLE f07_group; CREATE ROLE f07_login LOGIN NOINHERIT; GRANT f07_owner TO f07_group; GRANT f07_group TO f07_login;
CREATE SCHEMA f07_s; CREATE TABLE f07_s.t (v int); ALTER TABLE f07_s.t OWNER TO f07_owner;
CREATE ROLE r07_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r07_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r07_group; CREATE ROLE r07_login LOGIN NOINHERIT; GRANT r07_group TO r07_login;
CREATE SCHEMA r07_s; CREATE TABLE r07_s.t (v int); ALTER TABLE r07_s.t OWNER TO r07_owner;

-- 08 a column of pg_authid, granted to a group
CREATE ROLE f08_group; CREATE ROLE f08_login LOGIN; GRANT f08_group TO f08_login; GRANT SELECT (rolname, rolpassword) ON pg_authid TO f08_group;
CREATE ROLE r08_group; CREATE ROLE r08_login LOGIN; GRANT r08_group TO r08_login; GRANT SELECT ON pg_roles TO r08_group;

-- 09 verifiers through a view of a view
CREATE ROLE f09_login LOGIN; CREATE SCHEMA f09_s; GRANT USAGE ON SCHEMA f09_s TO f09_login;
CREATE VIEW f09_s.all_of_it AS SELECT * FROM pg_shadow; CREATE VIEW f09_s.some AS SELECT usename, passwd AS word FROM f09_s.all_of_it; GRANT SELECT ON f09_s.some TO f09_login;
CREATE ROLE r09_login LOGIN; CREATE SCHEMA r09_s; GRANT USAGE ON SCHEMA r09_s TO r09_login;
CREATE VIEW r09_s.all_of_it AS SELECT * FROM pg_shadow; CREATE VIEW r09_s.some AS SELECT usename, usesuper FROM r09_s.all_of_it; GRANT SELECT ON r09_s.some TO r09_login;

-- 10 a function that reads files
CREATE ROLE f10_group; CREATE ROLE f10_login LOGIN; GRANT f10_group TO f10_login; GRANT EXECUTE ON FUNCTION pg_read_file(text) TO f10_group;
CREATE ROLE r10_group; CREATE ROLE r10_login LOGIN; GRANT r10_group TO r10_login; GRANT EXECUTE ON FUNCTION pg_size_pretty(bigint) TO r10_group;

-- 11 a large object with a chosen number, for everybody
CREATE ROLE r11_login LOGIN;
SELECT lo_create(1111); GRANT SELECT, UPDATE ON LARGE OBJECT 1111 TO PUBLIC;
SELECT lo_create(1199); GRANT SELECT ON LARGE OBJECT 1199 TO r11_login;

-- 12 one of two overloaded definer functions has no search_path
CREATE ROLE f12_owner; CREATE ROLE f12_login LOGIN; CREATE SCHEMA f12_s; GRANT USAGE ON SCHEMA f12_s TO f12_login;
CREATE FUNCTION f12_s.f(int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT $1';
CREATE FUNCTION f12_s.f(text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN length($1); END';
ALTER FUNCTION f12_s.f(int) OWNER TO f12_owner; ALTER FUNCTION f12_s.f(text) OWNER TO f12_owner;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA f12_s FROM PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA f12_s TO f12_login;
CREATE ROLE r12_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r12_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r12_login LOGIN; CREATE SCHEMA r12_s; GRANT USAGE ON SCHEMA r12_s TO r12_login;
CREATE FUNCTION r12_s.f(int) RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT $1';
CREATE FUNCTION r12_s.f(text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN length($1); END';
ALTER FUNCTION r12_s.f(int) OWNER TO r12_owner; ALTER FUNCTION r12_s.f(text) OWNER TO r12_owner;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA r12_s FROM PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA r12_s TO r12_login;

-- 13 a fixed search_path without pg_temp at its end
CREATE ROLE f13_owner; CREATE ROLE f13_login LOGIN; CREATE SCHEMA f13_s; GRANT USAGE ON SCHEMA f13_s TO f13_login; CREATE TABLE f13_s.t (v int);
CREATE FUNCTION f13_s.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = f13_s AS 'SELECT count(*) FROM t'; ALTER FUNCTION f13_s.f() OWNER TO f13_owner;
REVOKE EXECUTE ON FUNCTION f13_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f13_s.f() TO f13_login;
CREATE ROLE r13_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r13_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r13_login LOGIN; CREATE SCHEMA r13_s; GRANT USAGE ON SCHEMA r13_s TO r13_login; CREATE TABLE r13_s.t (v int);
CREATE FUNCTION r13_s.f() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = r13_s, pg_temp AS 'SELECT count(*) FROM t'; ALTER FUNCTION r13_s.f() OWNER TO r13_owner;
REVOKE EXECUTE ON FUNCTION r13_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION r13_s.f() TO r13_login;

-- 14 a definer procedure that executes what it is given
CREATE ROLE f14_owner; CREATE ROLE f14_login LOGIN; CREATE SCHEMA f14_s; GRANT USAGE ON SCHEMA f14_s TO f14_login;
CREATE PROCEDURE f14_s.p(what text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE command text := 'NOTIFY '; BEGIN command := command || what; EXECUTE command; END $$;
ALTER PROCEDURE f14_s.p(text) OWNER TO f14_owner; REVOKE EXECUTE ON PROCEDURE f14_s.p(text) FROM PUBLIC; GRANT EXECUTE ON PROCEDURE f14_s.p(text) TO f14_login;
CREATE ROLE r14_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r14_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r14_login LOGIN; CREATE SCHEMA r14_s; GRANT USAGE ON SCHEMA r14_s TO r14_login;
CREATE PROCEDURE r14_s.p(what text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ DECLARE command text := 'NOTIFY '; BEGIN command := command || quote_ident(what); EXECUTE command; END $$;
ALTER PROCEDURE r14_s.p(text) OWNER TO r14_owner; REVOKE EXECUTE ON PROCEDURE r14_s.p(text) FROM PUBLIC; GRANT EXECUTE ON PROCEDURE r14_s.p(text) TO r14_login;

-- 15 a definer function that hands its argument to query_to_xml
CREATE ROLE f15_owner; CREATE ROLE f15_login LOGIN; CREATE SCHEMA f15_s; GRANT USAGE ON SCHEMA f15_s TO f15_login;
CREATE FUNCTION f15_s.f(q text) RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT query_to_xml('SELECT ' || q, true, false, '') $$;
ALTER FUNCTION f15_s.f(text) OWNER TO f15_owner; REVOKE EXECUTE ON FUNCTION f15_s.f(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION f15_s.f(text) TO f15_login;
CREATE ROLE r15_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r15_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r15_login LOGIN; CREATE SCHEMA r15_s; GRANT USAGE ON SCHEMA r15_s TO r15_login;
CREATE FUNCTION r15_s.f(q text) RETURNS xml LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT query_to_xml('SELECT ' || quote_literal(q), true, false, '') $$;
ALTER FUNCTION r15_s.f(text) OWNER TO r15_owner; REVOKE EXECUTE ON FUNCTION r15_s.f(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION r15_s.f(text) TO r15_login;

-- 16 a definer function that returns rows past row security
CREATE ROLE f16_owner; CREATE ROLE f16_login LOGIN; CREATE SCHEMA f16_s; GRANT USAGE ON SCHEMA f16_s TO f16_login, f16_owner; CREATE TABLE f16_s.t (tenant text); ALTER TABLE f16_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON f16_s.t TO f16_login USING (tenant = current_user);
ALTER TABLE f16_s.t NO FORCE ROW LEVEL SECURITY; ALTER TABLE f16_s.t OWNER TO f16_owner;
CREATE FUNCTION f16_s.f(whose text) RETURNS SETOF f16_s.t LANGUAGE sql SECURITY DEFINER SET search_path = f16_s, pg_temp AS 'SELECT * FROM t WHERE tenant = whose';
ALTER FUNCTION f16_s.f(text) OWNER TO f16_owner; REVOKE EXECUTE ON FUNCTION f16_s.f(text) FROM PUBLIC; GRANT EXECUTE ON FUNCTION f16_s.f(text) TO f16_login;
CREATE ROLE r16_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r16_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r16_login LOGIN; CREATE SCHEMA r16_s; GRANT USAGE ON SCHEMA r16_s TO r16_login, r16_owner; CREATE TABLE r16_s.t (tenant text); ALTER TABLE r16_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON r16_s.t TO r16_login USING (tenant = current_user); ALTER TABLE r16_s.t OWNER TO r16_owner;
CREATE FUNCTION r16_s.f() RETURNS SETOF r16_s.t LANGUAGE sql SECURITY DEFINER SET search_path = r16_s, pg_temp AS 'SELECT * FROM t WHERE tenant = session_user';
ALTER FUNCTION r16_s.f() OWNER TO r16_owner; REVOKE EXECUTE ON FUNCTION r16_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION r16_s.f() TO r16_login;

-- 17 everybody may execute a definer function, as is the default
CREATE ROLE f17_owner; CREATE SCHEMA f17_s; GRANT USAGE ON SCHEMA f17_s TO PUBLIC;
CREATE FUNCTION f17_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'; ALTER FUNCTION f17_s.f() OWNER TO f17_owner;
CREATE ROLE r17_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r17_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE SCHEMA r17_s; GRANT USAGE ON SCHEMA r17_s TO PUBLIC;
CREATE FUNCTION r17_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'; ALTER FUNCTION r17_s.f() OWNER TO r17_owner; REVOKE EXECUTE ON FUNCTION r17_s.f() FROM PUBLIC;

-- 18 a trigger of a partition runs a login's function
CREATE ROLE f18_owner; CREATE ROLE f18_low LOGIN; CREATE SCHEMA f18_s; CREATE TABLE f18_s.t (v int) PARTITION BY LIST (v); CREATE TABLE f18_s.part PARTITION OF f18_s.t DEFAULT;
CREATE FUNCTION f18_s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER "Odd one" BEFORE INSERT ON f18_s.part FOR EACH ROW EXECUTE FUNCTION f18_s.f();
ALTER TABLE f18_s.t OWNER TO f18_owner; ALTER TABLE f18_s.part OWNER TO f18_owner; ALTER FUNCTION f18_s.f() OWNER TO f18_low;
CREATE ROLE r18_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r18_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r18_low LOGIN; CREATE SCHEMA r18_s; CREATE TABLE r18_s.t (v int) PARTITION BY LIST (v); CREATE TABLE r18_s.part PARTITION OF r18_s.t DEFAULT;
CREATE FUNCTION r18_s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER "Odd one" BEFORE INSERT ON r18_s.part FOR EACH ROW EXECUTE FUNCTION r18_s.f();
ALTER TABLE r18_s.t OWNER TO r18_owner; ALTER TABLE r18_s.part OWNER TO r18_owner; ALTER FUNCTION r18_s.f() OWNER TO r18_owner;

-- 19 a domain over a domain whose check a login wrote
CREATE ROLE f19_owner; CREATE ROLE f19_low LOGIN; CREATE SCHEMA f19_s; CREATE FUNCTION f19_s.f(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
CREATE DOMAIN f19_s.inner_d AS int CHECK (f19_s.f(VALUE)); CREATE DOMAIN f19_s.outer_d AS f19_s.inner_d; CREATE TABLE f19_s.t (v f19_s.outer_d);
ALTER DOMAIN f19_s.inner_d OWNER TO f19_owner; ALTER DOMAIN f19_s.outer_d OWNER TO f19_owner; ALTER TABLE f19_s.t OWNER TO f19_owner; ALTER FUNCTION f19_s.f(int) OWNER TO f19_low;
CREATE ROLE r19_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r19_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r19_low LOGIN; CREATE SCHEMA r19_s; CREATE FUNCTION r19_s.f(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
CREATE DOMAIN r19_s.inner_d AS int CHECK (r19_s.f(VALUE)); CREATE DOMAIN r19_s.outer_d AS r19_s.inner_d; CREATE TABLE r19_s.t (v r19_s.outer_d);
ALTER DOMAIN r19_s.inner_d OWNER TO r19_owner; ALTER DOMAIN r19_s.outer_d OWNER TO r19_owner; ALTER TABLE r19_s.t OWNER TO r19_owner; ALTER FUNCTION r19_s.f(int) OWNER TO r19_owner;

-- 20 a view that others read runs a login's function
CREATE ROLE f20_low LOGIN; CREATE ROLE f20_reader LOGIN; CREATE SCHEMA f20_s; GRANT USAGE ON SCHEMA f20_s TO f20_reader; CREATE FUNCTION f20_s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW f20_s.v AS SELECT f20_s.f() AS f; GRANT SELECT ON f20_s.v TO f20_reader; ALTER FUNCTION f20_s.f() OWNER TO f20_low;
CREATE ROLE r20_low LOGIN; CREATE ROLE r20_reader LOGIN; CREATE SCHEMA r20_s; GRANT USAGE ON SCHEMA r20_s TO r20_reader; CREATE FUNCTION r20_s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW r20_s.v AS SELECT r20_s.f() AS f; GRANT SELECT ON r20_s.v TO r20_reader;

-- 21 an event trigger's function belongs to a login's group
CREATE ROLE f21_group; CREATE ROLE f21_low LOGIN; GRANT f21_group TO f21_low; CREATE SCHEMA f21_s; CREATE FUNCTION f21_s.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER f21_e ON ddl_command_end EXECUTE FUNCTION f21_s.f(); ALTER FUNCTION f21_s.f() OWNER TO f21_group;
CREATE SCHEMA r21_s; CREATE FUNCTION r21_s.f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER r21_e ON ddl_command_end EXECUTE FUNCTION r21_s.f();

-- 22 an operator in a shared schema is a login's
CREATE ROLE f22_owner; CREATE ROLE f22_low LOGIN; CREATE SCHEMA f22_s AUTHORIZATION f22_owner; CREATE FUNCTION f22_s.f(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'; CREATE OPERATOR f22_s.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = f22_s.f);
ALTER OPERATOR f22_s.+ (text, text) OWNER TO f22_owner; ALTER FUNCTION f22_s.f(text, text) OWNER TO f22_low;
CREATE ROLE r22_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r22_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r22_low LOGIN; CREATE SCHEMA r22_s AUTHORIZATION r22_owner; CREATE FUNCTION r22_s.f(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'; CREATE OPERATOR r22_s.+ (LEFTARG = text, RIGHTARG = text, FUNCTION = r22_s.f);
ALTER OPERATOR r22_s.+ (text, text) OWNER TO r22_owner; ALTER FUNCTION r22_s.f(text, text) OWNER TO r22_owner;

-- 23 policies on a table whose row security is off
CREATE ROLE f23_login LOGIN; CREATE SCHEMA f23_s; GRANT USAGE ON SCHEMA f23_s TO f23_login; CREATE TABLE f23_s.t (who text); CREATE POLICY p ON f23_s.t TO f23_login USING (who = current_user); GRANT SELECT ON f23_s.t TO f23_login;
CREATE ROLE r23_login LOGIN; CREATE SCHEMA r23_s; GRANT USAGE ON SCHEMA r23_s TO r23_login; CREATE TABLE r23_s.t (who text); CREATE POLICY p ON r23_s.t TO r23_login USING (who = current_user); GRANT SELECT ON r23_s.t TO r23_login; ALTER TABLE r23_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- 24 row security is not forced, and a login can be the owner
CREATE ROLE f24_owner; CREATE ROLE f24_login LOGIN; GRANT f24_owner TO f24_login; CREATE SCHEMA f24_s; GRANT USAGE ON SCHEMA f24_s TO f24_owner; CREATE TABLE f24_s.t (who text); ALTER TABLE f24_s.t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON f24_s.t TO f24_login USING (who = current_user); ALTER TABLE f24_s.t OWNER TO f24_owner;
CREATE ROLE r24_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r24_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r24_login LOGIN; CREATE SCHEMA r24_s; GRANT USAGE ON SCHEMA r24_s TO r24_login; CREATE TABLE r24_s.t (who text); ALTER TABLE r24_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r24_s.t TO r24_login USING (who = current_user); GRANT SELECT ON r24_s.t TO r24_login; ALTER TABLE r24_s.t OWNER TO r24_owner;

-- 25 a policy that is true in other words
CREATE ROLE f25_login LOGIN; CREATE SCHEMA f25_s; GRANT USAGE ON SCHEMA f25_s TO f25_login; CREATE TABLE f25_s.t (who text, n int); ALTER TABLE f25_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; GRANT SELECT, UPDATE ON f25_s.t TO f25_login;
CREATE POLICY p ON f25_s.t TO f25_login USING (CASE WHEN n > 3 THEN length(who) >= 0 ELSE n <= 3 END);
CREATE ROLE r25_login LOGIN; CREATE SCHEMA r25_s; GRANT USAGE ON SCHEMA r25_s TO r25_login; CREATE TABLE r25_s.t (who text, n int); ALTER TABLE r25_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; GRANT SELECT, UPDATE ON r25_s.t TO r25_login;
CREATE POLICY p ON r25_s.t TO r25_login USING (CASE WHEN n > 3 THEN who = current_user ELSE n < 0 END);

-- 26 a policy believes, through a function, a table that its reader writes
CREATE ROLE f26_login LOGIN; CREATE SCHEMA f26_s; GRANT USAGE ON SCHEMA f26_s TO f26_login; CREATE TABLE f26_s.members (who text, team int); CREATE TABLE f26_s.t (team int); ALTER TABLE f26_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION f26_s.teams() RETURNS SETOF int LANGUAGE sql STABLE SET search_path = f26_s, pg_temp AS 'SELECT team FROM members WHERE who = current_user';
CREATE POLICY p ON f26_s.t TO f26_login USING (team IN (SELECT f26_s.teams())); GRANT SELECT ON f26_s.t TO f26_login; GRANT SELECT, UPDATE (team) ON f26_s.members TO f26_login;
CREATE ROLE r26_login LOGIN; CREATE SCHEMA r26_s; GRANT USAGE ON SCHEMA r26_s TO r26_login; CREATE TABLE r26_s.members (who text, team int); CREATE TABLE r26_s.t (team int); ALTER TABLE r26_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE FUNCTION r26_s.teams() RETURNS SETOF int LANGUAGE sql STABLE SET search_path = r26_s, pg_temp AS 'SELECT team FROM members WHERE who = current_user';
CREATE POLICY p ON r26_s.t TO r26_login USING (team IN (SELECT r26_s.teams())); GRANT SELECT ON r26_s.t TO r26_login; GRANT SELECT (who, team) ON r26_s.members TO r26_login;

-- 27 the same, written through an updatable view
CREATE ROLE f27_login LOGIN; CREATE SCHEMA f27_s; GRANT USAGE ON SCHEMA f27_s TO f27_login; CREATE TABLE f27_s.members (who text, team int); CREATE TABLE f27_s.t (team int); ALTER TABLE f27_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON f27_s.t TO f27_login USING (team IN (SELECT m.team FROM f27_s.members m WHERE m.who = current_user)); GRANT SELECT ON f27_s.t, f27_s.members TO f27_login; CREATE VIEW f27_s.door AS SELECT who, team FROM f27_s.members; GRANT INSERT ON f27_s.door TO f27_login;
CREATE ROLE r27_login LOGIN; CREATE SCHEMA r27_s; GRANT USAGE ON SCHEMA r27_s TO r27_login; CREATE TABLE r27_s.members (who text, team int); CREATE TABLE r27_s.t (team int); ALTER TABLE r27_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON r27_s.t TO r27_login USING (team IN (SELECT m.team FROM r27_s.members m WHERE m.who = current_user)); GRANT SELECT ON r27_s.t, r27_s.members TO r27_login; CREATE VIEW r27_s.door AS SELECT who, team FROM r27_s.members; GRANT SELECT ON r27_s.door TO r27_login;

-- 28 a policy believes a setting behind a function
CREATE ROLE f28_login LOGIN; CREATE SCHEMA f28_s; GRANT USAGE ON SCHEMA f28_s TO f28_login; CREATE TABLE f28_s.t (who text); ALTER TABLE f28_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE FUNCTION f28_s.me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('application_name') $$;
CREATE POLICY p ON f28_s.t TO f28_login USING (who = f28_s.me()); GRANT SELECT ON f28_s.t TO f28_login;
CREATE ROLE r28_login LOGIN; CREATE SCHEMA r28_s; GRANT USAGE ON SCHEMA r28_s TO r28_login; CREATE TABLE r28_s.t (who text); ALTER TABLE r28_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE FUNCTION r28_s.me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT session_user::text $$;
CREATE POLICY p ON r28_s.t TO r28_login USING (who = r28_s.me()); GRANT SELECT ON r28_s.t TO r28_login;

-- 29 a partition of a table with row security, granted by itself
CREATE ROLE f29_login LOGIN; CREATE SCHEMA f29_s; GRANT USAGE ON SCHEMA f29_s TO f29_login; CREATE TABLE f29_s.t (who text) PARTITION BY LIST (who); CREATE TABLE f29_s.part PARTITION OF f29_s.t DEFAULT; ALTER TABLE f29_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f29_s.t TO f29_login USING (who = current_user); GRANT SELECT ON f29_s.t, f29_s.part TO f29_login;
CREATE ROLE r29_login LOGIN; CREATE SCHEMA r29_s; GRANT USAGE ON SCHEMA r29_s TO r29_login; CREATE TABLE r29_s.t (who text) PARTITION BY LIST (who); CREATE TABLE r29_s.part PARTITION OF r29_s.t DEFAULT; ALTER TABLE r29_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r29_s.t TO r29_login USING (who = current_user); GRANT SELECT ON r29_s.t TO r29_login;

-- 30 TRUNCATE on a table with row security, granted to a group
CREATE ROLE f30_group; CREATE ROLE f30_login LOGIN; GRANT f30_group TO f30_login; CREATE SCHEMA f30_s; GRANT USAGE ON SCHEMA f30_s TO f30_group; CREATE TABLE f30_s.t (who text); ALTER TABLE f30_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f30_s.t TO f30_group USING (who = session_user); GRANT SELECT, TRUNCATE ON f30_s.t TO f30_group;
CREATE ROLE r30_group; CREATE ROLE r30_login LOGIN; GRANT r30_group TO r30_login; CREATE SCHEMA r30_s; GRANT USAGE ON SCHEMA r30_s TO r30_group; CREATE TABLE r30_s.t (who text); ALTER TABLE r30_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r30_s.t TO r30_group USING (who = session_user); GRANT SELECT, DELETE ON r30_s.t TO r30_group;

-- 31 a column with grant option
CREATE ROLE f31_login LOGIN; CREATE SCHEMA f31_s; GRANT USAGE ON SCHEMA f31_s TO f31_login; CREATE TABLE f31_s.t (a int, b int); GRANT UPDATE (b) ON f31_s.t TO f31_login WITH GRANT OPTION;
CREATE ROLE r31_login LOGIN; CREATE SCHEMA r31_s; GRANT USAGE ON SCHEMA r31_s TO r31_login; CREATE TABLE r31_s.t (a int, b int); GRANT UPDATE (b) ON r31_s.t TO r31_login;

-- 32 default privileges for everybody
CREATE ROLE f32_owner; CREATE SCHEMA f32_s; ALTER DEFAULT PRIVILEGES FOR ROLE f32_owner IN SCHEMA f32_s GRANT INSERT, SELECT ON TABLES TO PUBLIC;
CREATE ROLE r32_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r32_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r32_login LOGIN; CREATE SCHEMA r32_s; ALTER DEFAULT PRIVILEGES FOR ROLE r32_owner IN SCHEMA r32_s GRANT SELECT ON TABLES TO r32_login;

-- 33 a materialized view of a table with row security
CREATE ROLE f33_login LOGIN; CREATE SCHEMA f33_s; GRANT USAGE ON SCHEMA f33_s TO f33_login; CREATE TABLE f33_s.t (who text); ALTER TABLE f33_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f33_s.t TO f33_login USING (who = current_user); CREATE MATERIALIZED VIEW f33_s.m AS SELECT * FROM f33_s.t; GRANT SELECT ON f33_s.m TO f33_login;
CREATE ROLE r33_login LOGIN; CREATE SCHEMA r33_s; GRANT USAGE ON SCHEMA r33_s TO r33_login; CREATE TABLE r33_s.t (day date); CREATE MATERIALIZED VIEW r33_s.m AS SELECT day, count(*) FROM r33_s.t GROUP BY day; GRANT SELECT ON r33_s.m TO r33_login;

-- 34 a view of a view of a table with row security, as its owner sees it
CREATE ROLE f34_login LOGIN; CREATE SCHEMA f34_s; GRANT USAGE ON SCHEMA f34_s TO f34_login; CREATE TABLE f34_s.t (who text); ALTER TABLE f34_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f34_s.t TO f34_login USING (who = current_user); CREATE VIEW f34_s.v AS SELECT * FROM f34_s.t; CREATE VIEW f34_s.w AS SELECT * FROM f34_s.v; GRANT SELECT ON f34_s.w TO f34_login;
CREATE ROLE r34_login LOGIN; CREATE SCHEMA r34_s; GRANT USAGE ON SCHEMA r34_s TO r34_login; CREATE TABLE r34_s.t (who text); ALTER TABLE r34_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r34_s.t TO r34_login USING (who = current_user); CREATE VIEW r34_s.v AS SELECT * FROM r34_s.t; CREATE VIEW r34_s.w AS SELECT * FROM r34_s.v; GRANT SELECT ON r34_s.t TO r34_login;

-- 35 a password in a comment
CREATE SCHEMA f35_s; CREATE TABLE f35_s.t (v int); COMMENT ON TABLE f35_s.t IS 'postgres://loader:Tr0ub4dor3@db/shop';
CREATE SCHEMA r35_s; CREATE TABLE r35_s.t (v int); COMMENT ON TABLE r35_s.t IS 'loaded from postgres://db/shop';

-- 36 a column of password hashes that everybody reads
CREATE SCHEMA f36_s; GRANT USAGE ON SCHEMA f36_s TO PUBLIC; CREATE TABLE f36_s.t (id int, password_hash text); GRANT SELECT ON f36_s.t TO PUBLIC;
CREATE ROLE r36_login LOGIN; CREATE SCHEMA r36_s; GRANT USAGE ON SCHEMA r36_s TO r36_login; CREATE TABLE r36_s.t (id int, password_hash text); GRANT SELECT (id) ON r36_s.t TO r36_login;

-- 37 a foreign table that a program reads
CREATE ROLE f37_login LOGIN; CREATE SCHEMA f37_s; GRANT USAGE ON SCHEMA f37_s TO f37_login; CREATE FOREIGN DATA WRAPPER f37_w; CREATE SERVER f37_srv FOREIGN DATA WRAPPER f37_w; CREATE FOREIGN TABLE f37_s.t (v int) SERVER f37_srv; GRANT SELECT ON f37_s.t TO f37_login;
CREATE ROLE r37_login LOGIN; CREATE SCHEMA r37_s; GRANT USAGE ON SCHEMA r37_s TO r37_login; CREATE FOREIGN DATA WRAPPER r37_w; CREATE SERVER r37_srv FOREIGN DATA WRAPPER r37_w; CREATE FOREIGN TABLE r37_s.t (v int) SERVER r37_srv;

-- 38 a user mapping for everybody
CREATE FOREIGN DATA WRAPPER f38_w; CREATE SERVER f38_srv FOREIGN DATA WRAPPER f38_w; CREATE USER MAPPING FOR PUBLIC SERVER f38_srv OPTIONS (user 'app');
CREATE ROLE r38_login LOGIN; CREATE FOREIGN DATA WRAPPER r38_w; CREATE SERVER r38_srv FOREIGN DATA WRAPPER r38_w; CREATE USER MAPPING FOR r38_login SERVER r38_srv OPTIONS (user 'app');

-- 39 a publication of a table with row security
CREATE SCHEMA f39_s; CREATE TABLE f39_s.t (who text); ALTER TABLE f39_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE PUBLICATION f39_p FOR TABLE f39_s.t;
CREATE SCHEMA r39_s; CREATE TABLE r39_s.t (day date); CREATE PUBLICATION r39_p FOR TABLE r39_s.t;

-- 40 somebody's LEAKPROOF function
CREATE SCHEMA f40_s; CREATE FUNCTION f40_s.f(text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';
CREATE SCHEMA r40_s; CREATE FUNCTION r40_s.f(text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', $1; RETURN true; END';

-- 41 a function in an untrusted language for everybody
CREATE SCHEMA f41_s; GRANT USAGE ON SCHEMA f41_s TO PUBLIC; CREATE FUNCTION f41_s.f(oid, text) RETURNS int LANGUAGE internal AS 'be_lo_export';
CREATE SCHEMA r41_s; GRANT USAGE ON SCHEMA r41_s TO PUBLIC; CREATE FUNCTION r41_s.f(oid, text) RETURNS int LANGUAGE internal AS 'be_lo_export'; REVOKE EXECUTE ON FUNCTION r41_s.f(oid, text) FROM PUBLIC;

-- 42 a search path through a schema in which another creates
CREATE ROLE f42_login LOGIN; CREATE ROLE f42_other LOGIN; CREATE SCHEMA f42_s; GRANT USAGE, CREATE ON SCHEMA f42_s TO f42_other; ALTER ROLE f42_login IN DATABASE audited SET search_path = pg_catalog, f42_s;
CREATE ROLE r42_login LOGIN; CREATE ROLE r42_other LOGIN; CREATE SCHEMA r42_s; GRANT USAGE ON SCHEMA r42_s TO r42_other; ALTER ROLE r42_login IN DATABASE audited SET search_path = pg_catalog, r42_s, pg_temp;

-- 43 a role's sessions skip triggers
CREATE ROLE f43_login LOGIN; ALTER ROLE f43_login SET session_replication_role = replica;
CREATE ROLE r43_login LOGIN; ALTER ROLE r43_login SET session_replication_role = origin;

-- 44 CREATE on the database
CREATE ROLE f44_login LOGIN; GRANT CREATE ON DATABASE audited TO f44_login;
CREATE ROLE r44_login LOGIN; GRANT CONNECT ON DATABASE audited TO r44_login;

-- 45 everybody writes a table with a name that needs quotes
CREATE SCHEMA "f45 S"; GRANT USAGE ON SCHEMA "f45 S" TO PUBLIC; CREATE TABLE "f45 S"."T; drop" (v int); GRANT INSERT ON "f45 S"."T; drop" TO PUBLIC;
CREATE ROLE r45_login LOGIN; CREATE SCHEMA "r45 S"; GRANT USAGE ON SCHEMA "r45 S" TO r45_login; CREATE TABLE "r45 S"."T; drop" (v int); GRANT INSERT ON "r45 S"."T; drop" TO r45_login;

-- 46 TRIGGER, granted to a group
CREATE ROLE f46_group; CREATE ROLE f46_login LOGIN; GRANT f46_group TO f46_login; CREATE SCHEMA f46_s; GRANT USAGE ON SCHEMA f46_s TO f46_group; CREATE TABLE f46_s.t (v int); GRANT TRIGGER ON f46_s.t TO f46_group;
CREATE ROLE r46_group; CREATE ROLE r46_login LOGIN; GRANT r46_group TO r46_login; CREATE SCHEMA r46_s; GRANT USAGE ON SCHEMA r46_s TO r46_group; CREATE TABLE r46_s.t (v int); GRANT INSERT ON r46_s.t TO r46_group;

-- 47 REPLICATION on a program's login
CREATE ROLE f47_login LOGIN REPLICATION;
CREATE ROLE r47_login LOGIN;

-- 48 CREATEDB on a program's login
CREATE ROLE f48_login LOGIN CREATEDB;
CREATE ROLE r48_login LOGIN;

-- 49 a login that is a superuser
CREATE ROLE f49_login LOGIN SUPERUSER;
CREATE ROLE r49_login LOGIN;

-- 50 a login that others are members of
CREATE ROLE f50_team LOGIN; CREATE ROLE f50_login LOGIN; GRANT f50_team TO f50_login;
CREATE ROLE r50_team; CREATE ROLE r50_login LOGIN; GRANT r50_team TO r50_login;

-- 51 an MD5 verifier
SET client_min_messages = error; SET password_encryption = md5; CREATE ROLE f51_login LOGIN PASSWORD 'nobody knows' VALID UNTIL '2099-01-01';
SET password_encryption = 'scram-sha-256'; CREATE ROLE r51_login LOGIN PASSWORD 'nobody knows' VALID UNTIL '2099-01-01';

-- 52 an index that calls a login's function
CREATE ROLE f52_owner; CREATE ROLE f52_low LOGIN; CREATE SCHEMA f52_s; CREATE FUNCTION f52_s.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'; CREATE TABLE f52_s.t (v int); CREATE INDEX f52_i ON f52_s.t (f52_s.f(v)) WHERE f52_s.f(v) > 0; ALTER TABLE f52_s.t OWNER TO f52_owner; ALTER FUNCTION f52_s.f(int) OWNER TO f52_low;
CREATE ROLE r52_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r52_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r52_low LOGIN; CREATE SCHEMA r52_s; CREATE FUNCTION r52_s.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'; CREATE TABLE r52_s.t (v int); CREATE INDEX r52_i ON r52_s.t (r52_s.f(v)) WHERE r52_s.f(v) > 0; ALTER TABLE r52_s.t OWNER TO r52_owner; ALTER FUNCTION r52_s.f(int) OWNER TO r52_owner;

-- 53 a tenant's table without row security beside one that has it
CREATE ROLE f53_login LOGIN; CREATE SCHEMA f53_s; GRANT USAGE ON SCHEMA f53_s TO f53_login; CREATE TABLE f53_s.kept (tenant_id int); ALTER TABLE f53_s.kept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE TABLE f53_s.open (tenant_id int); GRANT SELECT ON f53_s.open TO f53_login;
CREATE ROLE r53_login LOGIN; CREATE SCHEMA r53_s; GRANT USAGE ON SCHEMA r53_s TO r53_login; CREATE TABLE r53_s.kept (tenant_id text); ALTER TABLE r53_s.kept ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r53_s.kept TO r53_login USING (tenant_id = current_user); GRANT SELECT ON r53_s.kept TO r53_login;

-- 54 a definer function of a superuser
CREATE ROLE f54_login LOGIN; CREATE SCHEMA f54_s; GRANT USAGE ON SCHEMA f54_s TO f54_login; CREATE FUNCTION f54_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION f54_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f54_s.f() TO f54_login;
CREATE ROLE r54_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r54_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r54_login LOGIN; CREATE SCHEMA r54_s; GRANT USAGE ON SCHEMA r54_s TO r54_login; CREATE FUNCTION r54_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION r54_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION r54_s.f() TO r54_login; ALTER FUNCTION r54_s.f() OWNER TO r54_owner;

-- 55 a permissive policy for everybody
CREATE ROLE f55_login LOGIN; CREATE SCHEMA f55_s; GRANT USAGE ON SCHEMA f55_s TO f55_login; CREATE TABLE f55_s.t (who text); ALTER TABLE f55_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f55_s.t USING (who = current_user); GRANT SELECT ON f55_s.t TO f55_login;
CREATE ROLE r55_login LOGIN; CREATE SCHEMA r55_s; GRANT USAGE ON SCHEMA r55_s TO r55_login; CREATE TABLE r55_s.t (who text); ALTER TABLE r55_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r55_s.t TO r55_login USING (who = current_user); GRANT SELECT ON r55_s.t TO r55_login;

-- 56 a policy calls a function that is IMMUTABLE and is not
CREATE ROLE f56_login LOGIN; CREATE SCHEMA f56_s; GRANT USAGE ON SCHEMA f56_s TO f56_login; CREATE TABLE f56_s.t (who text); ALTER TABLE f56_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE FUNCTION f56_s.me() RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT current_user::text'; CREATE POLICY p ON f56_s.t TO f56_login USING (who = f56_s.me()); GRANT SELECT ON f56_s.t TO f56_login;
CREATE ROLE r56_login LOGIN; CREATE SCHEMA r56_s; GRANT USAGE ON SCHEMA r56_s TO r56_login; CREATE TABLE r56_s.t (who text); ALTER TABLE r56_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE FUNCTION r56_s.me() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text'; CREATE POLICY p ON r56_s.t TO r56_login USING (who = r56_s.me()); GRANT SELECT ON r56_s.t TO r56_login;

-- 57 a definer function in SQL's own form that calls a login's function
CREATE ROLE f57_owner; CREATE ROLE f57_low LOGIN; CREATE ROLE f57_login LOGIN; CREATE SCHEMA f57_s; GRANT USAGE ON SCHEMA f57_s TO f57_login, f57_owner; CREATE FUNCTION f57_s.low() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE FUNCTION f57_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp RETURN f57_s.low();
ALTER FUNCTION f57_s.f() OWNER TO f57_owner; ALTER FUNCTION f57_s.low() OWNER TO f57_low; REVOKE EXECUTE ON FUNCTION f57_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION f57_s.f() TO f57_login;
CREATE ROLE r57_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r57_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r57_low LOGIN; CREATE ROLE r57_login LOGIN; CREATE SCHEMA r57_s; GRANT USAGE ON SCHEMA r57_s TO r57_login, r57_owner; CREATE FUNCTION r57_s.low() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE FUNCTION r57_s.f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp RETURN r57_s.low();
ALTER FUNCTION r57_s.f() OWNER TO r57_owner; ALTER FUNCTION r57_s.low() OWNER TO r57_owner; REVOKE EXECUTE ON FUNCTION r57_s.f() FROM PUBLIC; GRANT EXECUTE ON FUNCTION r57_s.f() TO r57_login;

-- 58 another creates in a schema of somebody's tables
CREATE ROLE f58_owner; CREATE ROLE f58_group; CREATE ROLE f58_login LOGIN NOINHERIT; GRANT f58_group TO f58_login; CREATE SCHEMA f58_s AUTHORIZATION f58_owner; CREATE TABLE f58_s.t (v int); ALTER TABLE f58_s.t OWNER TO f58_owner; GRANT USAGE, CREATE ON SCHEMA f58_s TO f58_group;
CREATE ROLE r58_owner; ALTER DEFAULT PRIVILEGES FOR ROLE r58_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; CREATE ROLE r58_group; CREATE ROLE r58_login LOGIN NOINHERIT; GRANT r58_group TO r58_login; CREATE SCHEMA r58_s AUTHORIZATION r58_owner; CREATE TABLE r58_s.t (v int); ALTER TABLE r58_s.t OWNER TO r58_owner; GRANT USAGE ON SCHEMA r58_s TO r58_group;

-- 59 everybody reads a column
CREATE SCHEMA f59_s; GRANT USAGE ON SCHEMA f59_s TO PUBLIC; CREATE TABLE f59_s.t (id int, note text); GRANT SELECT (note) ON f59_s.t TO PUBLIC;
CREATE ROLE r59_login LOGIN; CREATE SCHEMA r59_s; GRANT USAGE ON SCHEMA r59_s TO r59_login; CREATE TABLE r59_s.t (id int, note text); GRANT SELECT (note) ON r59_s.t TO r59_login;

-- 60 a key tells of rows that row security hides
CREATE ROLE f60_login LOGIN; CREATE SCHEMA f60_s; GRANT USAGE ON SCHEMA f60_s TO f60_login; CREATE TABLE f60_s.t (email text UNIQUE, who text); ALTER TABLE f60_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON f60_s.t TO f60_login USING (who = current_user); GRANT SELECT, INSERT ON f60_s.t TO f60_login;
CREATE ROLE r60_login LOGIN; CREATE SCHEMA r60_s; GRANT USAGE ON SCHEMA r60_s TO r60_login; CREATE TABLE r60_s.t (email text, who text, UNIQUE (who, email)); ALTER TABLE r60_s.t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY p ON r60_s.t TO r60_login USING (who = current_user); GRANT SELECT, INSERT ON r60_s.t TO r60_login;
