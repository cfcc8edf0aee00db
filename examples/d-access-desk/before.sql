-- Case D as it was found: whoever needs the database is sent the owner's password.
-- Run as a superuser, connected to the database orders.
CREATE ROLE orders_owner LOGIN;
ALTER DATABASE orders OWNER TO orders_owner;
GRANT CREATE, USAGE ON SCHEMA public TO orders_owner;
SET ROLE orders_owner;
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, email text NOT NULL);
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, total numeric NOT NULL, state text NOT NULL DEFAULT 'open');
CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders, line integer NOT NULL, article text NOT NULL, quantity integer NOT NULL, PRIMARY KEY (order_id, line));
CREATE TABLE audit_log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now(), what text NOT NULL);
CREATE VIEW open_orders AS SELECT id, customer_id, total FROM orders WHERE state = 'open';
RESET ROLE;
CREATE ROLE consultant LOGIN IN ROLE orders_owner;
GRANT CREATE ON SCHEMA public TO PUBLIC;
INSERT INTO customers (name, email) VALUES ('Ada', 'ada@example.org');
INSERT INTO orders (customer_id, total) VALUES (1, 12.50);
