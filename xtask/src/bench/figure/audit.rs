//! The whole audit: the survey, every rule, the paths, the blast radii, the score, printed as JSON.

use std::time::Duration;

use crate::bench::failure::BenchError;
use crate::bench::loaded::Loaded;
use crate::bench::programs::Programs;
use crate::bench::race::{Contestant, race};
use crate::bench::table::{Row, met};

pub(super) fn measure(programs: &Programs, loaded: &Loaded, rounds: usize) -> Result<Vec<Row>, BenchError> {
    loaded.sql(DECORATE)?;
    let audit = || {
        let mut pgward = loaded.client(&programs.pgward);
        pgward.args(["audit", "--format", "json"]);
        pgward
    };
    let raced = race(&[Contestant::new("`pgward audit --format json`", audit)], rounds);
    loaded.sql(UNDECORATE)?;
    let standings = raced?;
    let [ours] = standings.as_slice() else { return Ok(Vec::new()) };
    let within = ours.wall() <= WALL && ours.memory() <= MEMORY;
    let goal = format!("goal for 5000 tables x 200 roles: at most 5 s and 500 MB: {}", met(within));
    Ok(vec![Row::of(loaded.size, ours).verdict(goal)])
}

const WALL: Duration = Duration::from_secs(5);
const MEMORY: u64 = 500_000_000;

/// What an audit thinks about beyond privileges: policies on half of the tables, views and triggers on some, definers, and passwords
/// of all logins.
const DECORATE: &str = "
create function public.audited_trigger() returns trigger language plpgsql as 'begin return new; end';
create function public.audited_check(integer) returns boolean stable language sql as 'select true';
do $$
declare
  t record;
begin
  for t in select rolname as name from pg_roles where rolname like 'large\\_%' and rolcanlogin loop
    execute format('alter role %I password %L', t.name, md5(random()::text));
  end loop;
  for t in select c.oid, c.oid::regclass::text as name, n.nspname as schema, row_number() over (order by c.oid) as number
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname like 'large\\_%' and c.relkind = 'r' loop
    if t.number % 2 = 0 then
      execute format('alter table %s enable row level security', t.name);
      execute format('create policy audited on %s to public using (public.audited_check(tenant))', t.name);
    end if;
    if t.number % 10 = 0 then
      execute format('create view %I.%I as select * from %s', t.schema, 'audited_' || t.number, t.name);
      execute format('create trigger audited before insert on %s for each row execute function public.audited_trigger()', t.name);
      execute format('create function %I.%I() returns integer language sql security definer as ''select 1''', t.schema, 'audited_' || t.number);
    end if;
  end loop;
end $$;";

const UNDECORATE: &str = "
do $$
declare
  t record;
begin
  for t in select rolname as name from pg_roles where rolname like 'large\\_%' and rolcanlogin loop
    execute format('alter role %I password null', t.name);
  end loop;
  for t in select c.oid::regclass::text as name from pg_class c where c.relkind = 'v' and c.relname like 'audited\\_%' loop
    execute format('drop view %s', t.name);
  end loop;
  for t in select p.oid::regprocedure::text as name from pg_proc p where p.prosecdef and p.proname like 'audited\\_%' loop
    execute format('drop function %s', t.name);
  end loop;
  for t in select polrelid::regclass::text as name from pg_policy where polname = 'audited' loop
    execute format('drop policy audited on %s', t.name);
    execute format('alter table %s disable row level security', t.name);
  end loop;
end $$;
drop function public.audited_trigger() cascade;
drop function public.audited_check(integer);";
