-- One of everything, with names that are hard to get right. For every supported version; what a version adds is in
-- fixture_15.sql, fixture_16.sql and fixture_17.sql.
create role app_owner nologin;
create role app_reader nologin noinherit;
create role "Strange ""role"" 🙂 100%" login connection limit 7 valid until '2030-01-02 03:04:05+02';
create role "€€€€€€€€€€€€€€€€€€€€€" login password 'SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$BwM2oLTyIX6Vd9QSnaTQPUl8O8yJFjTqd4Z6PdSBKGE=:m7XvbUuDJAVS9mpZr+l4T5Oi0VvJ/FOWnVDRzvUGPlE=';
create role "1234" createrole createdb replication bypassrls valid until 'infinity';
create role "comma,brace{}=/\" login;
create role public_ superuser nologin;
grant app_reader to "1234" with admin option;
grant app_owner to "Strange ""role"" 🙂 100%";
grant pg_monitor to app_reader;
alter role app_reader set work_mem = '8MB';
alter role app_reader in database fixture set search_path = 'Sales & "more"', public;
alter database fixture set statement_timeout = '1h';
alter role all set "my.Setting" = 'a=b, c"d';
alter role "1234" in database fixture set datestyle = 'ISO, DMY';

grant create on database fixture to app_owner with grant option;
revoke temporary on database fixture from public;
grant create on tablespace pg_default to app_owner;

create schema "Sales & ""more""" authorization app_owner;
create schema app authorization app_owner;
create schema empty_one;
grant usage on schema app to app_reader, public;
revoke usage on schema pg_catalog from public;
grant usage on schema pg_catalog to public;
grant usage on schema app to "comma,brace{}=/\";

set role app_owner;
set search_path = app;
create type color as enum ('red', 'green', 'it''s blue');
create domain small_text as text not null default 'x' check (length(value) < 10);
create domain smaller_text as small_text check (length(value) < 5);
create type pair as (a int, b color);
create type span as range (subtype = int);
create table customers (
  id bigint generated always as identity primary key,
  tenant int not null,
  email text unique,
  tint color default 'red',
  note smaller_text,
  tags text[],
  doubled int generated always as (tenant * 2) stored,
  constraint positive check (tenant > 0));
create table orders (
  id serial primary key,
  customer bigint references customers,
  amount numeric(10, 2),
  "odd ""column"" 🙂" text);
create table untouched (id int);
create table "€€€€€€€€€€€€€€€€€€€€€" (id int);
create table "Sales & ""more"""."we""ird 🙂 %, {table}" (id int);
create table measures (day date not null, value int, primary key (day)) partition by range (day);
create table measures_2030 partition of measures for values from ('2030-01-01') to ('2031-01-01');
create view report with (security_barrier) as select id, tenant from customers;
create view plain_view as select 1 as one;
create materialized view totals as select count(*) as n from orders;
create sequence alone;
create function total(int, numeric) returns numeric language sql immutable
  begin atomic select $2; end;
create function total(text default 'a', variadic numeric[] default '{}') returns setof numeric language sql
  security definer set search_path = app, "Sales & ""more""" set work_mem = '1MB' as 'select 1::numeric';
create function long_one(timestamp with time zone, timestamp with time zone, timestamp with time zone,
  timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone,
  timestamp with time zone, timestamp with time zone, timestamp with time zone, color) returns int language sql as 'select 1';
create procedure settle(int, inout result int) language sql as 'select 1';
create aggregate last_of(int) (sfunc = int4larger, stype = int);
create aggregate how_many(*) (sfunc = int8inc, stype = int8, initcond = '0');
create function touched() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before insert or update on orders for each row execute function touched();
create trigger truncated after truncate on orders for each statement execute function touched();
create function guard() returns event_trigger language plpgsql as 'begin end';
create rule no_delete as on delete to untouched do instead nothing;
create view ":relid" as select id, email from customers;
create rule kept as on update to ":relid" where old.id > (select min(customer) from orders) do instead
  (update customers ":requiredPerms" set email = new.email where id = old.id;
   insert into measures select '2030-01-01', 1 where exists (select from pg_authid where rolname = '{RTE :relid 1 :requiredPerms 1}'));
alter table customers enable row level security, force row level security;
create policy "by tenant" on customers using (tenant = current_setting('app.tenant')::int);
create policy narrow on customers as restrictive for update to app_reader, "Strange ""role"" 🙂 100%"
  using (tint in ('red', 'green')) with check (tenant > 1);

grant select on customers to app_reader with grant option;
grant select (id, amount), update (amount) on orders to app_reader, public;
grant insert ("odd ""column"" 🙂") on orders to "Strange ""role"" 🙂 100%";
grant all on "Sales & ""more"""."we""ird 🙂 %, {table}" to "comma,brace{}=/\";
grant usage on sequence alone to public;
revoke all on function total(int, numeric) from public;
grant execute on procedure settle to app_reader;
revoke usage on type color from public;
grant usage on domain small_text to app_reader with grant option;
revoke all on untouched from app_owner;
alter default privileges grant select on tables to app_reader;
alter default privileges in schema app grant usage on sequences to app_reader with grant option;
alter default privileges revoke execute on functions from public;
alter default privileges grant usage on schemas to app_reader;
alter default privileges grant select on sequences to app_reader;
alter default privileges revoke select on sequences from app_reader;
reset role;
alter function app.total(int, numeric) leakproof;
alter default privileges in schema app revoke execute on functions from public;

-- A second grantor.
set role app_reader;
grant select on app.customers to "comma,brace{}=/\";
reset role;

create extension pg_stat_statements schema app;
create extension postgres_fdw;
grant execute on function app.pg_stat_statements_reset to app_reader;
create foreign data wrapper mine handler postgres_fdw_handler;
grant usage on foreign data wrapper mine to app_owner;
create server "remote ""one""" foreign data wrapper postgres_fdw options (host 'nowhere');
grant usage on foreign server "remote ""one""" to app_reader;
create user mapping for app_reader server "remote ""one""" options (user 'u', password 'not to be read');
create user mapping for public server "remote ""one""";
create foreign table app.far (id int, name text) server "remote ""one""";
grant usage on language plpgsql to app_reader with grant option;
select lo_create(4242);
grant select on large object 4242 to app_reader;
select lo_create(4243);
create event trigger "guard it" on ddl_command_start when tag in ('COMMENT') execute function app.guard();
create publication "all of it" for all tables;
create publication parts for table app.customers, app.orders;
create subscription "not yet" connection 'host=nowhere password=secret' publication parts
  with (connect = false, slot_name = none);
create type app.coin as (cents int);
create function app.worth(app.coin) returns int language sql immutable return $1.cents;
create cast (app.coin as int) with function app.worth(app.coin) as implicit;
create cast (app.coin as text) with inout;
alter table app.orders enable always trigger touched;
create collation app.bytes (locale = 'C');
create conversion app.twice for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create operator app.=== (leftarg = int, rightarg = int, function = int4eq);
create operator app.!! (rightarg = int, function = int4um);
create operator family app.numbers using btree;
create operator class app.backwards for type int using btree family app.numbers as operator 1 >, function 1 btint4cmp(int, int);
create statistics app.linked on tenant, email from app.customers;
create text search configuration app.words (copy = simple);
create text search dictionary app.plain (template = simple);
create temporary table gone_with_the_session (id int);
grant select on gone_with_the_session to app_reader;
grant select (usename) on pg_stat_activity to app_reader;
grant select on pg_authid to app_reader;
grant select (rolname) on pg_authid to "1234";
