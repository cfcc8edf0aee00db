create role low login;
create role plain login password 'plain';
create schema app;
grant create, usage on schema app to low;
grant create on database audited to low;
create domain app.amount as numeric(12, 2);
create function app.positive(app.amount) returns boolean immutable language sql as 'select $1 > 0';
create function app.positive(integer) returns boolean immutable language sql as 'select $1 > 0';
create function app.label(integer) returns text immutable language sql as 'select $1::text';
create function app.stamp() returns trigger language plpgsql as 'begin return new; end';
create function app.watch() returns event_trigger language plpgsql as 'begin end';
alter function app.watch() owner to low;
create function app.next_number() returns integer volatile language plpgsql as 'begin return 1; end';
create domain app.natural as integer constraint is_positive check (app.positive(value));
create table app.tenants (id integer primary key, name varchar(20) unique);
create table app.orders (
  id integer default app.next_number() constraint positive_id check (app.positive(id)),
  tenant integer not null references app.tenants,
  label text generated always as (app.label(tenant)) stored,
  "Total" numeric(12, 2),
  primary key (id, tenant)
) partition by list (tenant);
create table app.orders_1 partition of app.orders for values in (1);
create index orders_by_label on app.orders_1 (app.label(id));
create unique index orders_by_total on app.orders_1 ("Total", tenant);
create index orders_by_tenant on app.orders_1 (tenant);
create trigger stamp before insert on app.orders_1 for each row when (app.positive(new.id)) execute function app.stamp();
alter table app.orders_1 disable trigger stamp;
create event trigger watch on ddl_command_end execute function app.watch();
alter table app.orders enable row level security;
create policy mine on app.orders using (tenant in (select t.id from app.tenants t) and app.positive(tenant));
create view app.totals as select label, app.label(tenant) as other from app.orders;
create materialized view app.snapshot as select id from app.orders;
create rule nothing as on delete to app.tenants do instead select app.next_number();
create statistics app.both on tenant, "Total" from app.orders_1;
create statistics app.expression on (app.label(id)), tenant from app.orders_1;
create type app.pair as (a integer, b integer);
create function app.to_pair(integer) returns app.pair immutable language sql as 'select row($1, $1)::app.pair';
create cast (integer as app.pair) with function app.to_pair(integer);
create function app.same(app.pair, app.pair) returns boolean immutable language sql as 'select true';
create operator app.=== (function = app.same, leftarg = app.pair, rightarg = app.pair);
create view app.compared as select row(1, 1)::app.pair operator(app.===) row(1, 2)::app.pair as same;
create function app.distance(date, date) returns float8 immutable language sql as 'select 1.0::float8';
create type app.days as range (subtype = date, subtype_diff = app.distance);
create function app.add(integer, integer) returns integer immutable language sql as 'select $1';
create aggregate app.first_of(integer) (sfunc = app.add, stype = integer, initcond = '0');
create function app.compare(app.pair, app.pair) returns integer immutable language sql as 'select 0';
create operator family app.pairs using btree;
alter operator family app.pairs using btree add function 1 (app.pair, app.pair) app.compare(app.pair, app.pair);
create function app.parsed() returns integer language sql begin atomic select app.next_number(); end;
create table app.listed (id integer) partition by list (app.label(id));
create temporary table scratch (id integer default app.next_number());
comment on table app.orders is 'password: hunter2';
comment on column app.orders."Total" is 'of all';
comment on constraint positive_id on app.orders is 'a constraint';
comment on policy mine on app.orders is 'a policy';
comment on trigger stamp on app.orders_1 is 'a trigger';
comment on index app.orders_by_label is 'an index';
comment on database audited is 'a database';
comment on role low is 'a role';
create extension postgres_fdw;
create server far foreign data wrapper postgres_fdw options (host 'far', dbname 'x');
create user mapping for low server far options (user 'x', password 'hunter2');
create user mapping for public server far;
create user mapping for plain server far options (user 'y', password_required 'false');
create subscription held connection 'host=nowhere password=hunter2 dbname=x' publication p with (connect = false, slot_name = none);
create subscription uri connection 'postgresql://me:hunter2@nowhere/x' publication p with (connect = false, slot_name = none);
create subscription bare connection 'postgresql://me@nowhere:5432/x?sslmode=require' publication p with (connect = false, slot_name = none);
