-- The sample: a schema the contract names (app), one it does not (other), and things in no schema.
-- The second database, elsewhere, is not in the contract either.
CREATE ROLE neighbour NOLOGIN;
CREATE ROLE stranger NOLOGIN;
CREATE ROLE onlooker NOLOGIN;
CREATE ROLE shop_migrator LOGIN;
CREATE ROLE shop_keeper LOGIN PASSWORD 'kept by somebody';

CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE orders (id serial PRIMARY KEY, customer integer NOT NULL, note text, placed_by name DEFAULT current_user);
CREATE TABLE items (id integer GENERATED ALWAYS AS IDENTITY, price numeric NOT NULL, secret text);
CREATE TABLE measures (at date NOT NULL, value integer) PARTITION BY RANGE (at);
CREATE TABLE measures_2026 PARTITION OF measures FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW open_orders AS SELECT id, note FROM orders;
CREATE VIEW guarded WITH (security_barrier) AS SELECT id FROM orders WHERE note IS NOT NULL;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM items;
CREATE SEQUENCE tickets;
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TYPE pair AS (a integer, b integer);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE FUNCTION total(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION lookup(integer) RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'SELECT note FROM app.orders WHERE id = $1';
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE PROCEDURE settle(integer) LANGUAGE sql AS 'UPDATE app.orders SET note = NULL WHERE id = $1';
CREATE AGGREGATE most(integer) (SFUNC = int4larger, STYPE = integer);
CREATE COLLATION german FROM "C";
CREATE STATISTICS by_customer ON customer, note FROM orders;
CREATE TEXT SEARCH CONFIGURATION plain (COPY = pg_catalog.simple);
CREATE TEXT SEARCH DICTIONARY stems (TEMPLATE = pg_catalog.simple);
CREATE FUNCTION plus(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 + $2';
CREATE OPERATOR ### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = plus);
RESET search_path;

CREATE SCHEMA other AUTHORIZATION neighbour;
SET ROLE neighbour;
CREATE TABLE other.ledger (id integer, entry text);
CREATE VIEW other.entries AS SELECT id FROM other.ledger;
CREATE SEQUENCE other.numbers;
CREATE TYPE other.mood AS ENUM ('good', 'bad');
CREATE FUNCTION other.peek() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM other.ledger';
RESET ROLE;

CREATE FOREIGN DATA WRAPPER wrapper;
CREATE SERVER far FOREIGN DATA WRAPPER wrapper;
CREATE USER MAPPING FOR shop_migrator SERVER far;
CREATE FOREIGN TABLE other.beyond (id integer) SERVER far;
ALTER FOREIGN TABLE other.beyond OWNER TO neighbour;
CREATE FUNCTION other.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
ALTER FUNCTION other.watch() OWNER TO neighbour;
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION other.watch();
ALTER EVENT TRIGGER watch DISABLE;
CREATE PUBLICATION outbound FOR TABLE app.items;
CREATE SUBSCRIPTION fed CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE FUNCTION other.guarded() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
ALTER FUNCTION other.guarded() OWNER TO neighbour;
CREATE TRIGGER guard BEFORE DELETE ON other.ledger FOR EACH ROW EXECUTE FUNCTION other.guarded();
CREATE RULE quiet AS ON UPDATE TO other.ledger DO ALSO NOTHING;
CREATE FUNCTION other.shown(app.pair) RETURNS text LANGUAGE sql AS $$SELECT 'pair'$$;
ALTER FUNCTION other.shown(app.pair) OWNER TO neighbour;
CREATE EXTENSION dblink SCHEMA other;
CREATE TABLE other.member (id integer);
ALTER EXTENSION dblink ADD TABLE other.member;
SELECT lo_create(4711);

CREATE DATABASE elsewhere;
\connect elsewhere
CREATE TABLE public.notes (id integer, body text);
CREATE FUNCTION public.count_notes() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM public.notes';
ALTER TABLE public.notes OWNER TO neighbour;
ALTER FUNCTION public.count_notes() OWNER TO neighbour;
SELECT lo_create(4712);
