//! Bad input of every kind: an exit code as documented, words that say what, where, why and what to do, never a panic
//! and never half a change.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod story;

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use pgward_cluster::Search;
use pgward_credential::Secret;
use story::{Story, Told};

const GOOD: &str = "\
contract: 1
cluster: bad
scope: {roles: [\"b_*\"], mode: authoritative}
roles:
  b_app: {kind: login, secret: {store: file, path: secrets/app}}
databases:
  shop: {connect: [b_app]}
";

/// Ended with this code, with these words on stderr, and without a panic.
#[track_caller]
fn says(told: Told, code: i32, words: &[&str]) -> Told {
    assert!(!told.all().contains("panicked"), "{}", told.all());
    let told = told.ended(code);
    for words in words {
        assert!(told.all().contains(words), "{words:?} is missing:\n{}", told.all());
    }
    told
}

/// Runs the arguments, which must end like this and change nothing.
#[track_caller]
fn refuses(story: &Story, arguments: &[&str], code: i32, words: &[&str]) {
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    says(story.pgward(arguments), code, words);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "{arguments:?} changed something");
}

const APPLY: [&str; 5] = ["apply", "contract.yaml", "--yes", "--allow", "all"];

/// An expression is one expression: what it would bring along never reaches the server (B2).
#[test]
fn an_expression_that_leaves_its_parentheses_is_refused_where_it_stands() {
    let story = Story::begin("shop");
    story.sql("CREATE TABLE public.orders (id int)");
    for expression in [
        "true); CREATE ROLE evil SUPERUSER LOGIN; COMMIT; BEGIN; SELECT (1",
        "true) WITH CHECK (true",
        "true /*",
    ] {
        for place in [
            format!("rows: {{public.orders: {{policies: {{p: {{to: b_app, using: \"{expression}\"}}}}}}}}"),
            format!("publications: {{p: {{tables: [{{table: public.orders, where: \"{expression}\"}}]}}}}"),
        ] {
            let databases = format!("  shop: {{connect: [b_app], {place}}}\n");
            story.write("contract.yaml", &GOOD.replace("  shop: {connect: [b_app]}\n", &databases));
            let words = ["contract.yaml:7:", "not one SQL expression"];
            refuses(&story, &["check", "contract.yaml"], 2, &words);
            refuses(&story, &["plan", "contract.yaml", "--format", "sql"], 2, &words);
            refuses(&story, &APPLY, 2, &words);
        }
    }
    assert_eq!(story.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'evil'").trim(), "0");
}

/// The first of them are shown, all of them are counted, and a machine gets every one.
#[test]
fn ten_thousand_mistakes_are_counted_and_the_first_of_them_shown() {
    let story = Story::begin("shop");
    let wrong: String = (0..10_000).map(|at| format!("wrong_{at}: 1\n")).collect();
    story.write("contract.yaml", &format!("{GOOD}{wrong}"));
    let told = says(
        story.pgward(&["check", "contract.yaml"]),
        2,
        &["`wrong_0`", "... and 9800 more", "the contract is not valid: 10000 errors"],
    );
    assert!(!told.stdout.contains("wrong_9999"));
    let told = story.pgward(&["check", "contract.yaml", "--format", "json"]).ended(2);
    assert!(told.stdout.contains("wrong_9999"));
}

#[test]
fn contracts_that_are_none_are_shown_with_their_place() {
    let story = Story::begin("shop");
    let wrong: [(&[u8], &[&str]); 11] = [
        (b"contract: 1\nroles: [\n", &["contract.yaml:"]),
        (b"", &["contract.yaml"]),
        (b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe\x00", &["contract.yaml"]),
        (b"\xff\xfe\xfd", &["contract.yaml", "line 1 is not UTF-8 text"]),
        (b"contract: 1\nroles: {\xff\xfe: {}}\n", &["contract.yaml", "line 2 is not UTF-8 text"]),
        (b"contract: 1\ncluster: x\nrolls: {}\n", &["contract.yaml:3", "rolls", "roles"]),
        (b"contract: 2\ncluster: x\n", &["contract.yaml:1"]),
        (b"contract: 1\ncluster: x\nroles:\n  a: {kind: logn}\n", &["contract.yaml:4", "logn", "login"]),
        (b"contract: 1\ncluster: x\nroles:\n  a: {kind: login}\n  a: {kind: group}\n", &["contract.yaml:5"]),
        (b"- 1\n- 2\n", &["contract.yaml:1"]),
        (b"a: &a [*a]\n", &["contract.yaml:1"]),
    ];
    for (text, words) in wrong {
        fs::write(story.path("contract.yaml"), text).unwrap();
        says(story.pgward(&["check", "contract.yaml"]), 2, words);
        says(story.pgward(&["plan", "contract.yaml"]), 2, words);
        says(story.pgward(&APPLY), 2, words);
    }
    let contradictory = format!(
        "{GOOD}    schemas: {{public: {{}}}}\n    grants: [{{to: b_app, allow: select, on: {{tables: public.*}}}}]\n    \
         never: [{{roles: b_app, may: select, on: {{tables: public.*}}}}]\n"
    )
    .replace("shop: {connect: [b_app]}", "shop:\n    connect: [b_app]");
    story.write("contract.yaml", &contradictory);
    story.sql("CREATE TABLE public.t (id int)");
    refuses(&story, &APPLY, 2, &["contract.yaml:", "never"]);

    fs::create_dir(story.path("empty")).unwrap();
    says(story.pgward(&["plan", "empty"]), 2, &["empty", ".yaml"]);
    says(story.pgward(&["plan", "nowhere.yaml"]), 2, &["nowhere.yaml", "hint"]);
    says(story.pgward(&["apply", "nowhere.yaml", "--yes"]), 2, &["nowhere.yaml"]);
    says(story.pgward(&["apply", "--yes"]), 2, &["Usage"]);
    says(story.pgward(&["plan"]), 2, &["Usage"]);
    says(story.pgward(&["fly"]), 2, &["fly"]);
    // What never ends, what waits for somebody else, and what is larger than any contract.
    assert!(Command::new("mkfifo").arg(story.path("pipe.yaml")).status().unwrap().success());
    let large = fs::File::create(story.path("large.yaml")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    fs::create_dir(story.path("folder")).unwrap();
    fs::rename(story.path("large.yaml"), story.path("folder/large.yaml")).unwrap();
    for (path, words) in [
        ("/dev/zero", "not a regular file"),
        ("pipe.yaml", "not a regular file"),
        ("folder", "more than 64 MiB"),
    ] {
        for verb in ["check", "plan", "apply", "prove"] {
            says(story.pgward(&[verb, path]), 2, &[path, words]);
        }
    }
    // Deeper than any contract, and larger.
    let deep = format!("contract: 1\ncluster: {}x{}\n", "[".repeat(100_000), "]".repeat(100_000));
    story.write("contract.yaml", &deep);
    says(story.pgward(&["check", "contract.yaml"]), 2, &["contract.yaml"]);
}

/// Said before anything is begun, and not as if somebody had changed something meanwhile.
#[test]
fn settings_that_the_server_does_not_take_are_named() {
    let story = Story::begin("shop");
    let with = |setting: &str| {
        let login = "{kind: login, secret: {store: file, path: secrets/app}}";
        story.write(
            "contract.yaml",
            &GOOD.replace(login, &format!("{{kind: login, settings: {{{setting}}}}}")),
        );
    };
    with("work_memm: 4MB");
    refuses(
        &story,
        &["plan", "contract.yaml"],
        2,
        &["does not know the setting work_memm", "correct its name"],
    );
    refuses(&story, &APPLY, 2, &["does not know the setting work_memm"]);
    with("work_mem: plenty");
    refuses(&story, &APPLY, 1, &["work_mem", "does not take the value", "correct it in the contract"]);
    with("shared_buffers: 1GB");
    refuses(&story, &APPLY, 1, &["shared_buffers", "the whole server's"]);
    with("app.anything: 'yes'");
    says(story.pgward(&APPLY), 0, &[]);
}

#[test]
fn servers_that_cannot_be_reached_are_named_with_the_reason() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    let with = |variables: &[(&str, &str)]| story.pgward_with(&["plan", "contract.yaml"], variables);
    says(with(&[("PGHOSTADDR", "127.0.0.1"), ("PGPORT", "1")]), 1, &["127.0.0.1", "refused"]);
    says(with(&[("PGPASSWORD", "wrong")]), 1, &["password", "postgres"]);
    says(with(&[("PGSSLROOTCERT", "/nonexistent/root.crt")]), 1, &["/nonexistent/root.crt"]);
    says(with(&[("PGUSER", "nobody"), ("PGPASSWORD", "x")]), 1, &["nobody"]);
    says(story.pgward(&["inspect", "-d", "nowhere"]), 1, &["nowhere"]);
    says(story.pgward(&["inspect", "nowhere"]), 1, &["nowhere"]);
    says(story.pgward(&["inspect", "-d", "postgresql://["]), 2, &["pgward:"]);
    says(with(&[("PGSSLMODE", "perhaps")]), 2, &["perhaps"]);
    story.write("contract.yaml", &GOOD.replace("shop:", "nowhere:"));
    says(story.pgward(&APPLY), 1, &["nowhere"]);
}

#[test]
fn a_role_that_is_too_weak_looks_and_does_not_touch() {
    for installation in [15, 16].into_iter().filter_map(of_major) {
        let story = Story::on(&installation, "shop");
        story.sql("CREATE ROLE weak LOGIN PASSWORD 'weak'; CREATE TABLE public.t (id int)");
        story.write("contract.yaml", GOOD);
        let as_weak = [("PGUSER", "weak"), ("PGPASSWORD", "weak")];
        let plan = says(story.pgward_with(&["plan", "contract.yaml"], &as_weak), 0, &["b_app"]);
        assert!(plan.stdout.contains("Not visible to this role"), "{}", plan.all());
        let before = story.pgward(&["fingerprint"]).ended(0).stdout;
        let told = says(
            story.pgward_with(&APPLY, &as_weak),
            1,
            &["cannot be made by role weak", "nothing was changed", "hint", "--partial"],
        );
        assert!(!told.stderr.contains("XX000"), "{}", told.stderr);
        let partly = [&APPLY[..], &["--partial"]].concat();
        let told = says(
            story.pgward_with(&partly, &as_weak),
            1,
            &["nothing was changed", "permission denied", "hint"],
        );
        assert!(!told.stderr.contains("XX000"), "{}", told.stderr);
        assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
        assert!(!story.path("secrets/app").exists(), "a password of nobody stayed");
    }
}

#[test]
fn an_owner_with_createrole_applies_a_contract_for_its_own() {
    let Some(installation) = of_major(16) else { return };
    let story = Story::on(&installation, "shop");
    story.sql(
        "CREATE ROLE admin LOGIN CREATEROLE PASSWORD 'admin'; ALTER DATABASE shop OWNER TO admin; \
         CREATE SCHEMA app AUTHORIZATION admin; SET ROLE admin; CREATE TABLE app.t (id int)",
    );
    let contract = "\
contract: 1
cluster: own
scope: {roles: [\"b_*\"], mode: authoritative}
roles:
  b_app: {kind: login, secret: {store: file, path: secrets/app}}
  b_group: {kind: group}
databases:
  shop:
    connect: [b_app]
    grants:
      - {to: b_app, allow: usage, on: {schemas: app}}
      - {to: b_app, allow: [select, insert], on: {tables: app.*}}
";
    story.write("contract.yaml", contract);
    let as_admin = [("PGUSER", "admin"), ("PGPASSWORD", "admin")];
    says(story.pgward_with(&APPLY, &as_admin), 0, &["Applied"]);
    says(story.pgward_with(&["plan", "contract.yaml"], &as_admin), 0, &["No changes"]);
    let password = fs::read_to_string(story.path("secrets/app")).unwrap().trim().to_owned();
    let count = story.cluster.psql_as("b_app", &Secret::new(password), "shop", "SELECT count(*) FROM app.t");
    assert_eq!(count.unwrap().trim(), "0");
}

#[test]
fn a_standby_is_looked_at_and_not_applied_to() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    story.sql("CREATE ROLE b_other");
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    let mut story = story;
    // A server that finds this file recovers for ever, as a standby without a primary does.
    fs::write(story.cluster.data_dir().join("standby.signal"), "").unwrap();
    story.cluster.restart().unwrap();
    says(story.pgward(&["plan", "contract.yaml"]), 0, &["b_app"]);
    says(story.pgward(&APPLY), 1, &["standby", "primary"]);
    says(story.pgward(&["inspect"]), 0, &["b_other"]);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    assert!(!story.path("secrets/app").exists());
}

#[test]
fn names_of_every_kind_are_planned_applied_and_taken_back() {
    let story = Story::begin("shop");
    let long = "ü".repeat(31);
    let names = [
        "with space",
        "quo\"te",
        "apo'strophe",
        "back\\slash",
        "per%cent %s %I",
        "new\nline",
        "tab\tbed",
        "🦀 emoji",
        "<<",
        "select",
        "dollar$1",
        "semi;colon--",
        "a/*b*/",
        "UPPER",
        "{brace}",
        "#hash: colon",
        "$$",
        "*",
        "?",
        "[x]",
        ".",
        "a.b",
        " ",
        &long,
    ];
    let yaml = |name: &str| serde_json::to_string(name).unwrap();
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut roles = String::new();
    for name in names {
        let q = quoted(name);
        story.sql(&format!(
            "CREATE SCHEMA {q}; CREATE TABLE {q}.{q} ({q} int, who text); CREATE VIEW {q}.v AS SELECT 1 AS {q}; \
             CREATE SEQUENCE {q}.s; CREATE TYPE {q}.mood AS ENUM ('x'); CREATE DOMAIN {q}.d AS int; \
             CREATE FUNCTION {q}.{q}(\"{}\" int, x {q}.mood) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
             ALTER TABLE {q}.{q} ENABLE ROW LEVEL SECURITY; CREATE POLICY {q} ON {q}.{q} USING ({q} > 0)",
            name.replace('"', "\"\"")
        ));
        let role = yaml(name);
        roles.push_str(&format!("  {role}: {{kind: login, settings: {{search_path: [{role}]}}}}\n"));
    }
    // Two hundred bytes of signature, and as many arguments as there can be.
    let many = vec!["pg_catalog.timestamptz"; 100].join(", ");
    story.sql(&format!("CREATE FUNCTION public.many({many}) RETURNS int LANGUAGE sql AS 'SELECT 1'"));
    story.cluster.psql("postgres", "CREATE DATABASE \"da\"\"ta 'base %s 🦀\"").unwrap();

    let all: Vec<String> = names.iter().map(|name| yaml(name)).collect();
    let all = all.join(", ");
    let contract = format!(
        "contract: 1\ncluster: names\nscope: {{roles: [{all}], mode: additive}}\nroles:\n{roles}databases:\n  shop:\n    \
         connect: [{all}]\n    grants:\n      - {{to: [{all}], allow: execute, on: {{routines: public.*}}}}\n  \
         \"da\\\"ta 'base %s 🦀\":\n    connect: [{all}]\n"
    );
    story.write("contract.yaml", &contract);
    let told = story.pgward(&["check", "contract.yaml"]);
    says(told, 0, &[]);
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    says(story.pgward(&APPLY), 0, &["Applied"]);
    says(story.pgward(&["plan", "contract.yaml"]), 0, &["No changes"]);
    // What random names and many objects lead to is taken over, and nothing is left to do.
    says(story.pgward(&["adopt", "--out", "adopted.yaml"]), 0, &[]);
    says(story.pgward(&["plan", "adopted.yaml", "--expect-none"]), 0, &["No changes"]);
    for format in ["sql", "json", "markdown", "html"] {
        says(story.pgward(&["plan", "contract.yaml", "--format", format]), 0, &[]);
    }
    for name in names {
        let table = format!("{q}.{q}", q = quoted(name));
        says(story.pgward(&["why", name, "select", &table]), 3, &["may not SELECT"]);
        says(story.pgward(&["who-can", "select", &table]), 0, &["postgres"]);
    }
    let signature = format!("public.many({})", vec!["timestamptz"; 100].join(", "));
    says(story.pgward(&["why", names[0], "execute", &signature]), 0, &["PUBLIC holds EXECUTE"]);
    says(story.pgward(&["who-can", "execute", "public.many", "--format", "json"]), 0, &["emoji"]);
    says(story.pgward(&["what-can", names[7]]), 0, &["public.many"]);
    says(story.pgward(&["prove", "contract.yaml"]), 0, &[]);
    says(story.pgward(&["apply", "--undo", "--yes", "--allow", "all"]), 0, &["Applied"]);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}

#[test]
fn saved_plans_run_only_as_they_were_approved() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    says(story.pgward(&["plan", "contract.yaml", "--out", "plan.json", "--quiet"]), 0, &[]);
    let saved = fs::read_to_string(story.path("plan.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&saved).unwrap();
    let digest = value["digest"].as_str().unwrap().to_owned();
    let wrong = "0".repeat(digest.len());
    refuses(
        &story,
        &["apply", "plan.json", "--approve", &wrong, "--allow", "all"],
        3,
        &["approval", &digest],
    );
    refuses(&story, &["apply", "plan.json", "--approve", "", "--allow", "all"], 3, &["approval"]);
    refuses(&story, &["apply", "plan.json", "--approve", &digest[..4], "--allow", "all"], 3, &["approval"]);
    refuses(&story, &["apply", "plan.json", "--approve", &digest], 3, &["--allow"]);
    refuses(&story, &["apply", "plan.json", "--allow", "all"], 2, &["--yes", "--approve"]);
    refuses(&story, &["apply", "contract.yaml", "--allow", "all"], 2, &["--yes"]);
    refuses(&story, &["apply", "contract.yaml", "--allow", "everything"], 2, &["everything", "lockout"]);

    // Tampered with: any byte.
    for (old, new) in [("b_app", "b_apq"), ("LOGIN", "SUPERUSER"), ("CONNECT", "CREATE")] {
        assert!(saved.contains(old), "{old} is not in the plan");
        story.write("tampered.json", &saved.replacen(old, new, 1));
        refuses(&story, &["apply", "tampered.json", "--approve", &digest, "--allow", "all"], 2, &["digest"]);
    }
    for text in ["{", "{}", "{\"digest\": 1}", &saved[..saved.len() / 2]] {
        story.write("broken.json", text);
        refuses(&story, &["apply", "broken.json", "--yes", "--allow", "all"], 2, &["broken.json"]);
    }

    // For another cluster, with the same name and database.
    let other = Story::with(
        &Search::from_environment().find(15).unwrap(),
        &pgward_cluster::Options::new().identity(pgward_cluster::Identity::Own),
        "shop",
    );
    let path = story.path("plan.json").display().to_string();
    refuses(&other, &["apply", &path, "--approve", &digest, "--allow", "all"], 1, &["cluster"]);

    // Its state has moved.
    story.sql("CREATE ROLE somebody");
    refuses(
        &story,
        &["apply", "plan.json", "--approve", &digest, "--allow", "all"],
        1,
        &["changed since planned", "hint"],
    );
    story.sql("DROP ROLE somebody");
    says(story.pgward(&["apply", "plan.json", "--approve", &digest, "--allow", "all"]), 0, &["Applied"]);
    refuses(&story, &["apply", "--undo", "0123456789abcdef", "--yes"], 1, &["0123456789abcdef"]);
}

/// Whoever forges a plan can give it a digest that fits, and have somebody approve that. It still does nothing but what its list of changes
/// says, in one transaction: what it says besides is not sent, or is taken back when the result is held against the list.
#[test]
fn a_forged_plan_with_a_digest_that_fits_does_nothing() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    says(story.pgward(&["plan", "contract.yaml", "--out", "plan.json", "--quiet"]), 0, &[]);
    let saved = fs::read_to_string(story.path("plan.json")).unwrap();
    let genuine = "GRANT CONNECT ON DATABASE shop TO b_app";
    assert!(saved.contains(genuine), "{saved}");
    for forged in [
        "GRANT CONNECT ON DATABASE shop TO b_app; CREATE ROLE evil SUPERUSER",
        "GRANT CONNECT ON DATABASE shop TO b_app; COMMIT; CREATE ROLE evil SUPERUSER; BEGIN",
        "COMMIT",
        "COMMIT AND CHAIN",
        "ROLLBACK",
        "PREPARE TRANSACTION 'evil'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "CREATE ROLE evil SUPERUSER",
        "ALTER ROLE b_app SUPERUSER",
        "DO $$ BEGIN CREATE ROLE evil SUPERUSER; GRANT CONNECT ON DATABASE shop TO b_app; END $$",
    ] {
        story.write("forged.json", &saved.replace(genuine, forged));
        // The error says which digest it would have to say.
        let told = story.pgward(&["apply", "forged.json", "--approve", "0", "--allow", "all"]).ended(2);
        let said = told.stderr.split("its digest is ").nth(1).and_then(|rest| rest.get(..64)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&saved).unwrap();
        let digest = value["digest"].as_str().unwrap();
        story.write("forged.json", &saved.replace(genuine, forged).replace(digest, said));
        let before = story.pgward(&["fingerprint"]).ended(0).stdout;
        let told = story.pgward(&["apply", "forged.json", "--approve", said, "--allow", "all"]);
        assert!(told.code != 0 && !told.all().contains("panicked"), "{forged}: {}", told.all());
        assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before, "{forged}: {}", told.all());
        let there = story.sql("SELECT count(*) FROM pg_roles WHERE rolname IN ('evil', 'b_app')");
        assert_eq!(there.trim(), "0", "{forged}: {}", told.all());
    }
}

#[test]
fn disks_that_refuse_stop_everything_before_it_begins() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    let full = "/dev/null/state";
    let before = story.pgward(&["fingerprint"]).ended(0).stdout;
    says(story.pgward_with(&APPLY, &[("PGWARD_STATE_DIR", full)]), 1, &[full, "PGWARD_STATE_DIR"]);
    says(story.pgward_with(&["plan", "contract.yaml"], &[("PGWARD_STATE_DIR", full)]), 0, &["b_app"]);
    says(
        story.pgward_with(&APPLY, &[("PGWARD_SECRETS", "/dev/null/secrets")]),
        1,
        &["nothing was changed", "/dev/null"],
    );
    let mut homeless = story.command(&APPLY);
    homeless.env_remove("PGWARD_STATE_DIR").env_remove("HOME");
    says(Told::of(homeless.output().unwrap()), 2, &["PGWARD_STATE_DIR"]);
    says(story.pgward(&["plan", "contract.yaml", "--out", "/dev/null/plan"]), 1, &["/dev/null/plan"]);

    story.write("secrets/app", "known to all\n");
    fs::set_permissions(story.path("secrets/app"), fs::Permissions::from_mode(0o644)).unwrap();
    let told = says(story.pgward(&APPLY), 1, &["nothing was changed", "chmod 600"]);
    assert!(!told.all().contains("known to all"));
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
    // A damaged journal is named, with its line.
    let journals: Vec<_> =
        fs::read_dir(story.path("state")).unwrap().map(|entry| entry.unwrap().path()).collect();
    for journal in &journals {
        fs::write(journal.join("journal.jsonl"), "nonsense\n").unwrap();
    }
    fs::remove_file(story.path("secrets/app")).unwrap();
    says(story.pgward(&APPLY), 1, &["line 1", "journal.jsonl"]);
    assert_eq!(story.pgward(&["fingerprint"]).ended(0).stdout, before);
}

#[test]
fn a_closed_pipe_is_no_reason_to_complain() {
    let story = Story::begin("shop");
    story.write("contract.yaml", GOOD);
    for arguments in
        [&["plan", "contract.yaml"][..], &["inspect"], &["--help"], &["man"], &["completions", "bash"]]
    {
        let mut command: Command = story.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("panicked") && !said.contains("Broken pipe"), "{arguments:?}: {said}");
    }
}

/// The installation of this major version; which ones must be there, the matrix of versions decides.
fn of_major(major: u32) -> Option<pgward_cluster::Installation> {
    pgward_cluster::matrix::installations().unwrap().into_iter().find(|one| one.major() == major)
}
