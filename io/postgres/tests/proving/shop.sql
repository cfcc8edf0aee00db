-- A shop whose privileges are as they should be.
CREATE ROLE shop_owner;
CREATE ROLE shop_migrator LOGIN NOINHERIT PASSWORD 'migrator-secret';
GRANT shop_owner TO shop_migrator;
CREATE ROLE shop_app LOGIN PASSWORD 'app-secret';
CREATE ROLE shop_report LOGIN;
CREATE ROLE app_security BYPASSRLS;
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE shop TO shop_app;
GRANT CONNECT ON DATABASE shop TO shop_migrator, shop_report;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA shop AUTHORIZATION shop_owner;
GRANT USAGE ON SCHEMA shop TO shop_app, shop_report, app_security, shop_migrator;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO shop_app;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT USAGE ON SEQUENCES TO shop_app;
SET ROLE shop_owner;
CREATE TYPE shop.state AS ENUM ('open', 'closed');
CREATE DOMAIN shop.amount AS numeric(12,2) NOT NULL CHECK (VALUE >= 0);
CREATE TABLE shop.tenants (id uuid PRIMARY KEY, name text NOT NULL);
REVOKE ALL ON shop.tenants FROM shop_app;
GRANT SELECT ON shop.tenants TO app_security;
CREATE TABLE shop.orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES shop.tenants,
    state shop.state NOT NULL DEFAULT 'open',
    total shop.amount,
    doubled numeric GENERATED ALWAYS AS (total * 2) STORED,
    tags text[] NOT NULL DEFAULT '{}',
    kind varchar(8) NOT NULL CHECK (kind IN ('retail', 'bulk')),
    quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 5),
    made timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON shop.orders TO shop_app
    USING (tenant_id = current_setting('app.tenant')::uuid);
CREATE TABLE shop.items (id serial PRIMARY KEY, "order" bigint REFERENCES shop.orders, "odd ""name" int);
GRANT SELECT (id, "odd ""name"), UPDATE ("odd ""name") ON shop.items TO shop_report;
CREATE TABLE shop.log (at timestamptz, what text);
REVOKE ALL ON shop.log FROM shop_app;
GRANT INSERT ON shop.log TO shop_app;
CREATE TABLE shop.audited (id int);
CREATE TABLE shop.auctions (id serial PRIMARY KEY, status text NOT NULL CHECK (status IN ('new', 'processed', 'completed')), made_by text, made timestamptz NOT NULL DEFAULT now());
REVOKE ALL ON shop.auctions FROM shop_app;
GRANT SELECT, INSERT, UPDATE ON shop.auctions TO shop_app;
GRANT SELECT ON shop.auctions TO shop_report;
ALTER TABLE shop.auctions ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_recent ON shop.auctions FOR SELECT TO shop_app
    USING (made_by = current_user AND made > now() - interval '30 days');
CREATE POLICY own_new ON shop.auctions FOR INSERT TO shop_app WITH CHECK (made_by = current_user);
CREATE POLICY own_change ON shop.auctions FOR UPDATE TO shop_app USING (made_by = current_user) WITH CHECK (status <> 'completed');
CREATE POLICY finished ON shop.auctions FOR SELECT TO shop_report USING (status IN ('completed', 'processed'));
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a trigger ran'; END $$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE OR DELETE ON shop.audited FOR EACH STATEMENT EXECUTE FUNCTION shop.note();
CREATE TABLE shop.ruled (id int);
CREATE RULE away AS ON DELETE TO shop.ruled DO INSTEAD NOTHING;
CREATE TABLE shop.measures (at int, v int) PARTITION BY RANGE (at);
CREATE TABLE shop.measures_1 PARTITION OF shop.measures FOR VALUES FROM (0) TO (10);
CREATE VIEW shop.open_orders AS SELECT id, kind FROM shop.orders WHERE state = 'open';
CREATE VIEW shop.order_counts AS SELECT state, count(*) AS orders FROM shop.orders GROUP BY state;
GRANT SELECT ON shop.order_counts TO shop_report;
CREATE MATERIALIZED VIEW shop.counts AS SELECT count(*) AS n FROM shop.items WITH NO DATA;
CREATE SEQUENCE shop.numbers;
GRANT SELECT ON SEQUENCE shop.numbers TO shop_report;
CREATE FUNCTION shop.ran(int, text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION shop.ran_once() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION shop.many(VARIADIC int[]) RETURNS SETOF int STRICT IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION shop.anything(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION shop.join_step(text, json) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE FUNCTION shop.join_end(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
CREATE AGGREGATE shop.joined(json) (SFUNC = shop.join_step, STYPE = text, FINALFUNC = shop.join_end);
CREATE PROCEDURE shop.work(int, shop.state) LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'it ran'; END $$;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA shop TO shop_app;
RESET ROLE;
CREATE SCHEMA security AUTHORIZATION app_security;
GRANT USAGE ON SCHEMA security TO shop_app;
CREATE FUNCTION security.list_tenant_ids() RETURNS SETOF uuid LANGUAGE sql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS 'SELECT id FROM shop.tenants';
ALTER FUNCTION security.list_tenant_ids() OWNER TO app_security;
REVOKE EXECUTE ON FUNCTION security.list_tenant_ids() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION security.list_tenant_ids() TO shop_app;
INSERT INTO shop.tenants SELECT '00000000-0000-0000-0000-000000000001', 'one';
INSERT INTO shop.auctions (status, made_by) VALUES ('completed', 'x');
INSERT INTO shop.orders (tenant_id, total, kind, quantity) VALUES ('00000000-0000-0000-0000-000000000001', 5, 'bulk', 1);
