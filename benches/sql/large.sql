-- A large cluster for the benchmarks: schemas full of tables, sequences and functions, and roles that hold them.
--
--   psql -v schemas=10 -v tables=200 -v functions=20 -v readers=1 -v writers=1 -v logins=20 -f large.sql
--
-- For every schema: an owner, readers, writers, `tables` tables with an identity sequence each, `functions` functions,
-- and default privileges. Logins are members of one group each. Roles in all: schemas * (1 + readers + writers) + logins.
--
--   2 000 tables x 50 roles:   -v schemas=10 -v tables=200  -v functions=20 -v readers=1 -v writers=1 -v logins=20
--   10 000 tables x 200 roles: -v schemas=20 -v tables=500  -v functions=20 -v readers=4 -v writers=3 -v logins=40
\set ON_ERROR_STOP on
\set QUIET on
set client_min_messages = warning;
select set_config('large.schemas', :'schemas', false), set_config('large.tables', :'tables', false),
       set_config('large.functions', :'functions', false), set_config('large.readers', :'readers', false),
       set_config('large.writers', :'writers', false), set_config('large.logins', :'logins', false) \g /dev/null

create procedure pg_temp.make_schema(s int) language plpgsql as $$
declare
  owner text := format('large_%s_owner', s);
  schema text := format('large_%s', s);
  readers text;
  writers text;
begin
  execute format('create role %I', owner);
  for r in 1..current_setting('large.readers')::int loop
    execute format('create role %I', format('large_%s_reader_%s', s, r));
    readers := concat_ws(', ', readers, format('large_%s_reader_%s', s, r));
  end loop;
  for w in 1..current_setting('large.writers')::int loop
    execute format('create role %I', format('large_%s_writer_%s', s, w));
    writers := concat_ws(', ', writers, format('large_%s_writer_%s', s, w));
  end loop;
  execute format('create schema %I authorization %I', schema, owner);
  execute format('grant usage on schema %I to %s, %s', schema, readers, writers);
  execute format('alter default privileges for role %I in schema %I grant select on tables to %s', owner, schema, readers);
  execute format('alter default privileges for role %I in schema %I grant select, insert, update, delete on tables to %s', owner, schema, writers);
  execute format('alter default privileges for role %I in schema %I grant usage, select on sequences to %s', owner, schema, writers);
  execute format('alter default privileges for role %I revoke execute on functions from public', owner);
  execute format('alter default privileges for role %I in schema %I grant execute on functions to %s, %s', owner, schema, readers, writers);
  execute format('set local role %I', owner);
  for t in 1..current_setting('large.tables')::int loop
    execute format('create table %I.%I (id bigint generated always as identity primary key, tenant int not null, name text, note text, at timestamptz)',
                   schema, format('t%s', t));
  end loop;
  for f in 1..current_setting('large.functions')::int loop
    execute format('create function %I.%I(a int, b text) returns int language sql as %L', schema, format('f%s', f), 'select 1');
  end loop;
  reset role;
end $$;

-- One transaction for each schema: ten thousand tables in one would need more locks than a server has by default.
select format('call pg_temp.make_schema(%s)', s) from generate_series(1, :schemas) s \gexec

do $$
declare
  schemas int := current_setting('large.schemas')::int;
  kind text;
begin
  for l in 1..current_setting('large.logins')::int loop
    execute format('create role %I login', format('large_login_%s', l));
    kind := case when l % 2 = 0 then 'reader' else 'writer' end;
    execute format('grant %I to %I', format('large_%s_%s_1', 1 + l % schemas, kind), format('large_login_%s', l));
  end loop;
end $$;
