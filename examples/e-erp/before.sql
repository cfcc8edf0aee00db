-- Case E as it was found: GRANT on ALL TABLES, then REVOKE on two audit tables; the next default privilege hands them back.
-- Run as a superuser, connected to the database bisman.
CREATE ROLE bisman_owner NOLOGIN;
CREATE ROLE bisman_readonly LOGIN;
CREATE ROLE bisman_app LOGIN;
CREATE ROLE bisman_admin LOGIN IN ROLE bisman_app;
CREATE ROLE bisman_dba LOGIN CREATEROLE;
CREATE ROLE svc_payments LOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO bisman_owner;
SET ROLE bisman_owner;
CREATE TABLE clients (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, vat text);
CREATE TABLE articles (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, price numeric NOT NULL);
CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_id bigint REFERENCES clients, total numeric NOT NULL);
CREATE TABLE payment_requests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, invoice_id bigint REFERENCES invoices, amount numeric NOT NULL, state text DEFAULT 'new');
CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, request_id bigint REFERENCES payment_requests, paid_at timestamptz DEFAULT now());
CREATE TABLE audit_logs_dml (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), table_name text, action text, old_row jsonb, new_row jsonb);
CREATE TABLE security_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz DEFAULT now(), event text NOT NULL);
CREATE FUNCTION invoice_total(client bigint) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(total) FROM public.invoices WHERE client_id = client';
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO bisman_app;
REVOKE UPDATE, DELETE ON audit_logs_dml, security_events FROM bisman_app;
ALTER DEFAULT PRIVILEGES FOR ROLE bisman_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO bisman_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO bisman_readonly;
GRANT ALL ON ALL TABLES IN SCHEMA public TO svc_payments;
GRANT USAGE ON SCHEMA public TO bisman_app, bisman_readonly, svc_payments;
INSERT INTO clients (name) VALUES ('Nord GmbH'), ('Süd SA');
