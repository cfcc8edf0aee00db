//! A random cluster as SQL: roles, memberships, objects of every class, default privileges, grants and revokes.

use pgward_catalog::name::quote_identifier;

use crate::dice::Dice;

/// What to run, in order, to make the cluster of a seed.
pub(crate) struct World {
    pub(crate) database: String,
    /// Each by itself, in any database: CREATE DATABASE does not run with others.
    pub(crate) on_cluster: Vec<String>,
    /// As one batch, in the database.
    pub(crate) in_database: String,
}

impl World {
    pub(crate) fn of(seed: u64, major: u32, tablespace_folder: &str) -> Self {
        Maker::new(seed, major).world(seed, tablespace_folder)
    }
}

/// Something privileges can be granted on.
struct Target {
    /// As GRANT names it: `TABLE s0.t1`.
    on: String,
    privileges: &'static [&'static str],
    columns: bool,
}

struct Maker {
    dice: Dice,
    major: u32,
    roles: Vec<String>,
    targets: Vec<Target>,
    sql: String,
}

const TABLE: [&str; 8] =
    ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"];
const COLUMN: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "REFERENCES"];

/// Runs, as this role or as ourselves; whether PostgreSQL takes it or not.
fn attempt(as_role: Option<&str>, sql: &str) -> String {
    let set = as_role.map(|role| format!("SET LOCAL ROLE {};", quote_identifier(role))).unwrap_or_default();
    format!(
        "DO $do$ BEGIN {set} EXECUTE $try${sql}$try$; RESET ROLE; EXCEPTION WHEN OTHERS THEN RESET ROLE; END $do$;\n"
    )
}

impl Maker {
    fn new(seed: u64, major: u32) -> Self {
        let roles = (0..8).map(|n| match n {
            3 => "we \"ird\" Ünï".to_owned(),
            5 => "R_%5".to_owned(),
            n => format!("r{n}"),
        });
        Self { dice: Dice::of(seed), major, roles: roles.collect(), targets: Vec::new(), sql: String::new() }
    }

    fn world(mut self, seed: u64, tablespace_folder: &str) -> World {
        let (database, tablespace) = ("d".to_owned(), "ts");
        let mut on_cluster: Vec<String> = (0..self.roles.len()).map(|n| self.role(n)).collect();
        on_cluster.push(format!("CREATE TABLESPACE {tablespace} LOCATION '{tablespace_folder}'"));
        on_cluster.push(format!("ALTER TABLESPACE {tablespace} OWNER TO {}", self.any_role()));
        // The first role does not inherit, which matters to `pg_database_owner`.
        let owner = match seed % 4 {
            0 => "postgres".to_owned(),
            1 | 2 => "r0".to_owned(),
            _ => self.any_role(),
        };
        on_cluster.push(format!("CREATE DATABASE {database} OWNER {owner}"));
        self.target(format!("DATABASE {database}"), &["CREATE", "CONNECT", "TEMPORARY"]);
        self.target(format!("TABLESPACE {tablespace}"), &["CREATE"]);
        if self.major >= 15 {
            for parameter in ["work_mem", "log_statement", "my.setting"] {
                self.target(format!("PARAMETER {parameter}"), &["SET", "ALTER SYSTEM"]);
            }
        }
        self.memberships();
        self.schemas();
        self.defaults();
        self.relations();
        self.others();
        for _ in 0..90 {
            self.grant();
        }
        for _ in 0..20 {
            self.revoke();
        }
        for _ in 0..4 {
            let table = self.dice.below(4);
            let change =
                format!("ALTER TABLE IF EXISTS s{}.t{table} OWNER TO {}", table % 3, self.any_role());
            self.sql.push_str(&attempt(None, &change));
        }
        for (table, force) in [("s0.t0", "NO FORCE"), ("s1.t1", "FORCE"), ("s0.p", "NO FORCE")] {
            self.run(&format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
            self.run(&format!("ALTER TABLE {table} {force} ROW LEVEL SECURITY"));
        }
        World { database, on_cluster, in_database: self.sql }
    }

    fn role(&mut self, n: usize) -> String {
        let mut attributes = String::new();
        for (chance, attribute) in [
            (if n == 0 { 100 } else { 30 }, "NOINHERIT"),
            (4, "SUPERUSER"),
            (20, "CREATEROLE"),
            (15, "CREATEDB"),
            (40, "LOGIN"),
            (10, "BYPASSRLS"),
        ] {
            if self.dice.chance(chance) {
                attributes.push(' ');
                attributes.push_str(attribute);
            }
        }
        format!("CREATE ROLE {}{attributes}", quote_identifier(&self.roles[n]))
    }

    fn any_role(&mut self) -> String {
        quote_identifier(self.dice.pick::<String>(&self.roles))
    }

    fn target(&mut self, on: String, privileges: &'static [&'static str]) {
        self.targets.push(Target { on, privileges, columns: false });
    }

    fn run(&mut self, sql: &str) {
        self.sql.push_str(sql);
        self.sql.push_str(";\n");
    }

    /// A role is a member of later ones only, so that few are refused for going round in a circle.
    fn memberships(&mut self) {
        for _ in 0..14 {
            let member = self.dice.below(self.roles.len() - 1);
            let role = member + 1 + self.dice.below(self.roles.len() - member - 1);
            let (role, member) = (self.roles[role].clone(), self.roles[member].clone());
            self.membership(&role, &member, None);
        }
        for _ in 0..4 {
            let role = *self.dice.pick(&[
                "pg_read_all_data",
                "pg_write_all_data",
                "pg_maintain",
                "pg_monitor",
                "pg_read_all_stats",
                "postgres",
            ]);
            let member = self.dice.pick(&self.roles).clone();
            if role != "postgres" || self.dice.chance(40) {
                self.membership(role, &member, None);
            }
        }
        // Whoever was given ADMIN OPTION gives on.
        for _ in 0..10 {
            let role = self.dice.pick(&self.roles).clone();
            let member = self.dice.pick(&self.roles).clone();
            let grantor = self.dice.pick(&self.roles).clone();
            self.membership(&role, &member, Some(&grantor));
        }
    }

    fn membership(&mut self, role: &str, member: &str, grantor: Option<&str>) {
        let mut grant = format!("GRANT {} TO {}", quote_identifier(role), quote_identifier(member));
        let admin = self.dice.chance(40);
        if self.major >= 16 {
            let [inherit, set] = [self.dice.chance(45), self.dice.chance(70)];
            grant.push_str(&format!(" WITH ADMIN {admin}, INHERIT {inherit}, SET {set}"));
        } else if admin {
            grant.push_str(" WITH ADMIN OPTION");
        }
        self.sql.push_str(&attempt(grantor, &grant));
    }

    fn schemas(&mut self) {
        for n in 0..3 {
            let owner = self.any_role();
            self.run(&format!("CREATE SCHEMA s{n} AUTHORIZATION {owner}"));
            self.target(format!("SCHEMA s{n}"), &["USAGE", "CREATE"]);
        }
        self.target("SCHEMA public".to_owned(), &["USAGE", "CREATE"]);
    }

    fn defaults(&mut self) {
        for _ in 0..10 {
            let creator = self.any_role();
            let kinds: [(&str, &[&str]); 6] = [
                ("TABLES", &TABLE[..7]),
                ("SEQUENCES", &["SELECT", "USAGE", "UPDATE"]),
                ("ROUTINES", &["EXECUTE"]),
                ("TYPES", &["USAGE"]),
                ("SCHEMAS", &["USAGE", "CREATE"]),
                ("LARGE OBJECTS", &["SELECT", "UPDATE"]),
            ];
            let (kind, privileges) = *self.dice.pick(&kinds);
            let place = match kind {
                "SCHEMAS" | "LARGE OBJECTS" => String::new(),
                _ if self.dice.chance(50) => String::new(),
                _ => format!(" IN SCHEMA s{}", self.dice.below(3)),
            };
            let privileges = self.dice.some(privileges).join(", ");
            let grantee = self.grantee();
            let option = if grantee != "PUBLIC" && self.dice.chance(25) { " WITH GRANT OPTION" } else { "" };
            let change = match self.dice.below(4) {
                0 => format!("REVOKE {privileges} ON {kind} FROM PUBLIC"),
                1 => format!("REVOKE {privileges} ON {kind} FROM {creator}"),
                _ => format!("GRANT {privileges} ON {kind} TO {grantee}{option}"),
            };
            let change = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {creator}{place} {change}");
            self.sql.push_str(&attempt(None, &change));
        }
    }

    /// Makes something as a role, so that its default privileges count, or as ourselves where it may not.
    fn made(&mut self, schema: &str, create: &str, alter: &str) {
        let role = self.dice.pick(&self.roles).clone();
        if self.dice.chance(60) {
            let grant = format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {}", quote_identifier(&role));
            self.sql.push_str(&attempt(None, &grant));
            self.sql.push_str(&attempt(Some(&role), create));
        }
        // Whoever made it, it is there afterwards; if it was there, nothing happens.
        self.sql.push_str(&attempt(None, create));
        if self.dice.chance(40) {
            let owner = self.any_role();
            self.sql.push_str(&attempt(None, &format!("ALTER {alter} OWNER TO {owner}")));
        }
    }

    fn relations(&mut self) {
        self.run("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER srv FOREIGN DATA WRAPPER w");
        let columns = "(a integer, b text, \"C c\" text)";
        for n in 0..4 {
            let (schema, name) = (format!("s{}", n % 3), format!("s{}.t{n}", n % 3));
            self.made(&schema, &format!("CREATE TABLE {name} {columns}"), &format!("TABLE {name}"));
            self.table(&name);
        }
        let made: [(&str, &str, &str); 7] = [
            ("s0", "CREATE TABLE s0.p (a integer, b text, \"C c\" text) PARTITION BY LIST (a)", "TABLE s0.p"),
            ("s1", "CREATE TABLE s1.p1 PARTITION OF s0.p FOR VALUES IN (1)", "TABLE s1.p1"),
            ("s1", "CREATE VIEW s1.v AS SELECT 1 AS a, ''::text AS b, ''::text AS \"C c\"", "VIEW s1.v"),
            (
                "s2",
                "CREATE MATERIALIZED VIEW s2.m AS SELECT 1 AS a, ''::text AS b, ''::text AS \"C c\"",
                "MATERIALIZED VIEW s2.m",
            ),
            (
                "s2",
                "CREATE FOREIGN TABLE s2.f (a integer, b text, \"C c\" text) SERVER srv",
                "FOREIGN TABLE s2.f",
            ),
            ("s0", "CREATE SEQUENCE s0.q", "SEQUENCE s0.q"),
            ("s1", "CREATE TABLE s1.serial (a serial, b text, \"C c\" text)", "TABLE s1.serial"),
        ];
        for (schema, create, alter) in made {
            self.made(schema, create, alter);
        }
        for name in ["s0.p", "s1.p1", "s1.v", "s2.m", "s2.f", "s1.serial"] {
            self.table(name);
        }
        for name in ["pg_catalog.pg_class", "pg_catalog.pg_authid", "pg_catalog.pg_settings"] {
            self.targets.push(Target {
                on: format!("TABLE {name}"),
                privileges: &TABLE[..7],
                columns: false,
            });
        }
        for sequence in ["s0.q", "s1.serial_a_seq"] {
            self.target(format!("SEQUENCE {sequence}"), &["SELECT", "USAGE", "UPDATE"]);
        }
        let column = attempt(None, &format!("GRANT UPDATE (relname) ON pg_class TO {}", self.any_role()));
        self.sql.push_str(&column);
    }

    fn table(&mut self, name: &str) {
        let privileges = if self.major >= 17 { &TABLE[..] } else { &TABLE[..7] };
        self.targets.push(Target { on: format!("TABLE {name}"), privileges, columns: true });
    }

    fn others(&mut self) {
        let made: [(&str, &str, &str, &str, &'static [&'static str]); 7] = [
            (
                "s0",
                "CREATE FUNCTION s0.f(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
                "FUNCTION s0.f(integer, text)",
                "FUNCTION s0.f(integer, text)",
                &["EXECUTE"],
            ),
            (
                "s1",
                "CREATE PROCEDURE s1.f(numeric) LANGUAGE sql AS 'SELECT 1'",
                "PROCEDURE s1.f(numeric)",
                "PROCEDURE s1.f(numeric)",
                &["EXECUTE"],
            ),
            (
                "s2",
                "CREATE AGGREGATE s2.g(integer) (sfunc = int4pl, stype = integer)",
                "AGGREGATE s2.g(integer)",
                "FUNCTION s2.g(integer)",
                &["EXECUTE"],
            ),
            ("s0", "CREATE TYPE s0.mood AS ENUM ('low')", "TYPE s0.mood", "TYPE s0.mood", &["USAGE"]),
            ("s1", "CREATE TYPE s1.pair AS (a integer, b text)", "TYPE s1.pair", "TYPE s1.pair", &["USAGE"]),
            (
                "s2",
                "CREATE TYPE s2.span AS RANGE (subtype = integer)",
                "TYPE s2.span",
                "TYPE s2.span",
                &["USAGE"],
            ),
            ("s0", "CREATE DOMAIN s0.posint AS integer", "DOMAIN s0.posint", "DOMAIN s0.posint", &["USAGE"]),
        ];
        for (schema, create, alter, on, privileges) in made {
            self.made(schema, create, alter);
            self.target(on.to_owned(), privileges);
        }
        // After the default privileges were set.
        let owner = self.any_role();
        self.run(&format!("CREATE SCHEMA s3 AUTHORIZATION {owner}"));
        self.target("SCHEMA s3".to_owned(), &["USAGE", "CREATE"]);
        self.run("CREATE LANGUAGE loose HANDLER plpgsql_call_handler");
        self.run("CREATE TRUSTED LANGUAGE tame HANDLER plpgsql_call_handler");
        for n in 0..3 {
            let owner = self.any_role();
            let creator = self.dice.pick(&self.roles).clone();
            let create = format!("SELECT lo_create({})", 70_000 + n);
            self.sql.push_str(&attempt(Some(&creator), &create));
            self.run(&format!("ALTER LARGE OBJECT {} OWNER TO {owner}", 70_000 + n));
            self.target(format!("LARGE OBJECT {}", 70_000 + n), &["SELECT", "UPDATE"]);
        }
        for (alter, on) in [
            ("LANGUAGE tame", "LANGUAGE tame"),
            ("SERVER srv", "FOREIGN SERVER srv"),
            ("LANGUAGE plpgsql", "LANGUAGE plpgsql"),
            ("FOREIGN DATA WRAPPER w", "FOREIGN DATA WRAPPER w"),
        ] {
            let owner = self.any_role();
            self.sql.push_str(&attempt(None, &format!("ALTER {alter} OWNER TO {owner}")));
            self.target(on.to_owned(), &["USAGE"]);
        }
    }

    fn grantee(&mut self) -> String {
        match self.dice.below(12) {
            0 => "PUBLIC".to_owned(),
            1 => "pg_database_owner".to_owned(),
            2 if self.dice.chance(50) => "pg_monitor".to_owned(),
            _ => self.any_role(),
        }
    }

    fn grant(&mut self) {
        let at = self.dice.below(self.targets.len());
        let (on, privileges, columns) = {
            let target = &self.targets[at];
            (target.on.clone(), target.privileges, target.columns)
        };
        let what = if columns && self.dice.chance(35) {
            let column = *self.dice.pick(&["a", "b", "\"C c\"", "a, b"]);
            let words = self.dice.some(&COLUMN);
            words.iter().map(|word| format!("{word} ({column})")).collect::<Vec<_>>().join(", ")
        } else if self.dice.chance(10) {
            "ALL".to_owned()
        } else {
            self.dice.some(privileges).join(", ")
        };
        let grantee = self.grantee();
        let option = if grantee != "PUBLIC" && self.dice.chance(40) { " WITH GRANT OPTION" } else { "" };
        let grantor = self.dice.chance(25).then(|| self.dice.pick(&self.roles).clone());
        self.sql
            .push_str(&attempt(grantor.as_deref(), &format!("GRANT {what} ON {on} TO {grantee}{option}")));
        if self.dice.chance(30) {
            let between = self.dice.pick(&self.roles).clone();
            let first = format!("GRANT {what} ON {on} TO {} WITH GRANT OPTION", quote_identifier(&between));
            self.sql.push_str(&attempt(None, &first));
            self.sql
                .push_str(&attempt(Some(&between), &format!("GRANT {what} ON {on} TO {grantee}{option}")));
        }
    }

    fn revoke(&mut self) {
        let at = self.dice.below(self.targets.len());
        let (on, privileges) = (self.targets[at].on.clone(), self.targets[at].privileges);
        let what =
            if self.dice.chance(40) { "ALL".to_owned() } else { self.dice.some(privileges).join(", ") };
        let option = if self.dice.chance(25) { "GRANT OPTION FOR " } else { "" };
        let grantee = if self.dice.chance(30) { "PUBLIC".to_owned() } else { self.grantee() };
        self.sql.push_str(&attempt(None, &format!("REVOKE {option}{what} ON {on} FROM {grantee} CASCADE")));
    }
}
