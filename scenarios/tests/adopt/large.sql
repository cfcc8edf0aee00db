-- As many tables as a large Rails application has, in many schemas, with partitions.
CREATE ROLE gitlab LOGIN;
CREATE ROLE gitlab_readonly;
CREATE ROLE gitlab_replicator REPLICATION LOGIN;
DO $$ BEGIN FOR r IN 1..60 LOOP EXECUTE format('CREATE ROLE team_%s', r); END LOOP; END $$;
ALTER SCHEMA public OWNER TO gitlab;
SET ROLE gitlab;
DO $$
DECLARE s integer; t integer;
BEGIN
  FOR t IN 1..1000 LOOP
    EXECUTE format('CREATE TABLE public.t%s (id bigint PRIMARY KEY, x text)', t);
  END LOOP;
END $$;
RESET ROLE;
DO $$
DECLARE s integer; t integer;
BEGIN
  FOR s IN 1..60 LOOP
    EXECUTE format('CREATE SCHEMA area_%s AUTHORIZATION gitlab', s);
    EXECUTE format('SET LOCAL ROLE gitlab');
    FOR t IN 1..25 LOOP
      EXECUTE format('CREATE TABLE area_%s.t%s (x integer)', s, t);
    END LOOP;
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA area_%s TO gitlab_readonly', s);
    EXECUTE format('GRANT USAGE ON SCHEMA area_%s TO gitlab_readonly, team_%s', s, s);
    EXECUTE format('GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA area_%s TO team_%s', s, s);
    EXECUTE format('REVOKE UPDATE ON area_%s.t7 FROM team_%s', s, s);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA area_%s GRANT SELECT ON TABLES TO gitlab_readonly', s);
    EXECUTE 'RESET ROLE';
  END LOOP;
  EXECUTE 'SET LOCAL ROLE gitlab';
  CREATE TABLE public.events (id bigint, at date) PARTITION BY RANGE (at);
  FOR t IN 0..499 LOOP
    EXECUTE format('CREATE TABLE public.events_%s PARTITION OF public.events FOR VALUES FROM (%L) TO (%L)', t, date '2020-01-01' + t, date '2020-01-02' + t);
  END LOOP;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO gitlab_readonly;
  FOR t IN 1..1000 LOOP
    EXECUTE format('GRANT SELECT, INSERT ON public.t%s TO team_%s, team_%s', t, 1 + t % 60, 1 + t * 7 % 60);
  END LOOP;
END $$;
