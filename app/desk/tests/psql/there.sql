-- Something of every kind, for the commands to show.
CREATE SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('sad','ok'); CREATE DOMAIN shop.positive AS int CHECK (VALUE > 0);
CREATE TABLE shop.orders (id int PRIMARY KEY, customer text NOT NULL DEFAULT 'x', total numeric(10,2), at timestamptz DEFAULT now(), m shop.mood);
CREATE TABLE shop.parts (id int, d date) PARTITION BY RANGE (d); CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE INDEX ON shop.orders (customer); CREATE SEQUENCE shop.seq; CREATE VIEW shop.v AS SELECT id, total FROM shop.orders; CREATE MATERIALIZED VIEW shop.mv AS SELECT 1 AS a;
CREATE FUNCTION shop.f(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a + 1'; CREATE PROCEDURE shop.p() LANGUAGE plpgsql AS 'BEGIN END'; CREATE AGGREGATE shop.agg(int) (sfunc = int4pl, stype = int);
CREATE FUNCTION shop.trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.trg();
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; CREATE POLICY pol ON shop.orders USING (total > 0); CREATE RULE r AS ON INSERT TO shop.v DO INSTEAD NOTHING;
CREATE STATISTICS shop.st ON id, total FROM shop.orders; CREATE PUBLICATION pub FOR TABLE shop.orders; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE shop.ft (a int) SERVER srv; CREATE USER MAPPING FOR PUBLIC SERVER srv;
CREATE FUNCTION shop.etf() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE COLLATION shop.col FROM "C"; CREATE TEXT SEARCH CONFIGURATION shop.ts (COPY = english); CREATE EVENT TRIGGER et ON ddl_command_start EXECUTE FUNCTION shop.etf();
COMMENT ON TABLE shop.orders IS 'what was ordered'; GRANT SELECT ON ALL TABLES IN SCHEMA shop TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC; ALTER ROLE pgward_l_1 SET geqo = on; SELECT lo_create(4711);
DROP EVENT TRIGGER et;
INSERT INTO shop.orders VALUES (1,'a',2,'2020-01-01','ok'),(2,'b',3,'2020-01-02','sad');
GRANT USAGE ON SCHEMA shop TO PUBLIC;
