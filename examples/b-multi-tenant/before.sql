-- Case B as it was found: the runtime login reads what it must not (tenants), and row security is off.
-- Run as a superuser, connected to the database saas.
CREATE ROLE app_owner NOLOGIN;
CREATE ROLE app_rw NOLOGIN;
CREATE ROLE app_user LOGIN IN ROLE app_rw;
CREATE ROLE app_security NOLOGIN BYPASSRLS;
GRANT CREATE ON DATABASE saas TO app_owner;
GRANT CREATE, USAGE ON SCHEMA public TO app_owner;
SET ROLE app_owner;
CREATE SCHEMA security;

CREATE TABLE public.tenants (
    tenant_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, webhook_secret text NOT NULL);
CREATE TABLE public.llm_api_calls (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants,
    model text NOT NULL, tokens integer NOT NULL CHECK (tokens >= 0), called_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE public.llm_monthly_costs (
    tenant_id uuid NOT NULL REFERENCES public.tenants, month date NOT NULL, cents bigint NOT NULL, PRIMARY KEY (tenant_id, month));
CREATE TABLE public.investigations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants, question text NOT NULL);
CREATE TABLE public.budget_optimization_jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES public.tenants, state text NOT NULL DEFAULT 'queued');

CREATE FUNCTION security.list_tenant_ids() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER
    AS 'SELECT tenant_id FROM public.tenants';
CREATE FUNCTION security.resolve_tenant_webhook_secrets(tenant_name text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    AS 'SELECT webhook_secret FROM public.tenants WHERE name = tenant_name';
RESET ROLE;

GRANT USAGE ON SCHEMA public, security TO app_rw;
-- Nobody remembers why.
GRANT ALL ON ALL TABLES IN SCHEMA public TO app_rw;

INSERT INTO public.tenants (name, webhook_secret) VALUES ('north', 'whsec-north'), ('south', 'whsec-south');
