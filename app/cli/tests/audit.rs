//! Audits through the real binary: every format, every framework, what is kept, and what ends with 3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod story;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use story::Story;

const CONTRACT: &str = r#"
contract: 1
cluster: shop
scope: {roles: ["a_*"]}
roles:
  a_owner: {kind: owner}
  a_app: {kind: login}
databases:
  shop:
    connect: [a_app]
    temporary: []
    schemas: {app: {owner: a_owner, objects_owner: a_owner, use: [a_app]}}
    grants:
      - {to: a_app, allow: select, on: {tables: app.*}}
"#;

fn story() -> Story {
    let story = Story::begin("shop");
    story.sql(
        "CREATE ROLE a_owner; CREATE ROLE a_app LOGIN; CREATE ROLE \"<script>alert(1)</script>\" LOGIN;
         CREATE SCHEMA app; CREATE TABLE app.orders (id int, note text);
         ALTER SCHEMA app OWNER TO a_owner; ALTER TABLE app.orders OWNER TO a_owner;
         GRANT USAGE ON SCHEMA app TO a_app; GRANT ALL ON app.orders TO a_app;
         GRANT pg_write_server_files TO \"<script>alert(1)</script>\"",
    );
    story.write("contract.yaml", CONTRACT);
    story
}

fn json(story: &Story, arguments: &[&str], code: i32) -> Value {
    let told = story.pgward(&[arguments, &["--format", "json"]].concat()).ended(code);
    serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{error}: {}", told.all()))
}

#[test]
fn an_audit_is_reported_to_everybody_who_asks() {
    let story = story();
    let text = story.pgward(&["audit"]).ended(0).stdout;
    assert!(text.contains("RISK CRITICAL") && text.contains("role.reach_os"), "{text}");
    story
        .sql("SELECT format('CREATE ROLE a_%s LOGIN', number) FROM generate_series(1, 30) AS number \\gexec");
    let first = story.pgward(&["audit"]).ended(0).stdout;
    let all = story.pgward(&["audit", "--all"]).ended(0).stdout;
    assert!(first.contains("more: --all") && !all.contains("more: --all"), "{first}");
    assert!(all.lines().count() > first.lines().count(), "{all}");

    let page = story.pgward(&["audit", "contract.yaml", "--after", "--format", "html"]).ended(0).stdout;
    assert!(page.contains("with the contract applied") && !page.contains("<script"), "{page}");
    story.pgward(&["audit", "--format", "html", "--out", "audit.html"]).ended(0);
    assert!(std::fs::read_to_string(story.path("audit.html")).unwrap().starts_with("<!doctype html>"));
    let markdown = story.pgward(&["audit", "--format", "markdown"]).ended(0).stdout;
    let outside = markdown.lines().filter(|line| !line.starts_with("REVOKE ") && !line.starts_with("ALTER "));
    let outside = outside.map(|line| line.replace("\\<", "")).collect::<Vec<_>>().join("\n");
    assert!(markdown.starts_with("# Audit\n") && !outside.contains("<script"), "{markdown}");
    let junit = story.pgward(&["audit", "--format", "junit"]).ended(0).stdout;
    assert!(junit.contains("role.reach_os"), "{junit}");
    let sarif = json_of(&story.pgward(&["audit", "--format", "sarif"]).ended(0).stdout);
    assert_eq!(sarif["version"], "2.1.0");

    for framework in ["cis", "stig", "owasp-llm", "soc2", "iso27001", "nist-800-53"] {
        let report = json(&story, &["audit", "--framework", framework], 0);
        assert_eq!(report["framework"], framework);
        assert!(!report["controls"].as_array().unwrap().is_empty(), "{report:#}");
    }
    let cis = story.pgward(&["audit", "--framework", "cis"]).ended(0).stdout;
    assert!(cis.contains("FAIL") && cis.contains("MANUAL"), "{cis}");
    story.pgward(&["audit", "--framework", "cis", "--format", "sarif"]).ended(2);
    story.pgward(&["audit", "--after"]).ended(2);
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn what_is_asked_of_an_audit_decides_how_it_ends() {
    let story = story();
    story.pgward(&["audit", "--fail-on", "critical"]).ended(3);
    story.pgward(&["audit", "--fail-under", "26"]).ended(3);
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    let value = json(&story, &["audit"], 0);
    let rules = value["findings"].as_array().unwrap().iter().filter(|one| one["severity"] == "critical");
    let rules: Vec<_> = rules.map(|one| one["rule"].clone()).collect();
    // A server whose minor version has known holes has one all the same.
    assert!(rules.iter().all(|rule| rule == "ver.known_cve" || rule == "ver.eol"), "{rules:?}");
}

#[test]
fn blast_radius_shrinks_with_the_contract_applied() {
    let story = story();
    let value = json(&story, &["audit", "contract.yaml", "--after"], 0);
    let cells = |radii: &Value| {
        let logins = radii["logins"].as_array().unwrap().clone();
        logins.iter().find(|one| one["login"] == "a_app").unwrap()["direct"]["cells"].as_u64().unwrap()
    };
    let (now, then) = (cells(&value["blast_radius"]), cells(&value["after"]["blast_radius"]));
    assert_eq!((now, then), (5, 1), "SELECT alone is left of five verbs");
    // What was predicted is what is there once it was applied.
    story.pgward(&["apply", "contract.yaml", "--yes", "--allow", "all"]).ended(0);
    let applied = json(&story, &["audit", "contract.yaml"], 0);
    assert_eq!(applied["blast_radius"], value["after"]["blast_radius"]);
    assert_eq!(applied["risk"], value["after"]["risk"]);
}

#[test]
fn a_plan_to_review_says_what_it_takes_from_a_stolen_login() {
    let story = story();
    let page = story.pgward(&["plan", "contract.yaml", "--format", "html"]).ended(0).stdout;
    let row = page.lines().find(|line| line.contains("a_app") && line.contains("rowgroup")).unwrap();
    for shown in ["100 %", "20 %", "<svg", "width=\"20\"", ">1<", "1 → 0"] {
        assert!(row.contains(shown), "{shown}: {row}");
    }
    assert!(page.contains("after the plan") && !page.contains("<script"), "{page}");
    let markdown = story.pgward(&["plan", "contract.yaml", "--format", "markdown"]).ended(0).stdout;
    let row = markdown.lines().find(|line| line.contains("a\\_app") && line.contains("what it has")).unwrap();
    assert!(row.contains("| 100 % | 20 % | 1 | 1 → 0 | 1 → 0 | 2 |"), "{row}");

    // What was not looked into is said: a login that may not enter a database sees nothing of it.
    for sql in [
        "CREATE ROLE watcher LOGIN PASSWORD 'watcher'",
        "CREATE DATABASE closed",
        "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
    ] {
        story.sql(sql);
    }
    let watcher = [("PGUSER", "watcher"), ("PGPASSWORD", "watcher")];
    let watched = story.pgward_with(&["plan", "contract.yaml", "--format", "html"], &watcher);
    let page = watched.ended(0).stdout;
    assert!(page.contains("Not assessed, so that more may be reached"), "{page}");
    assert!(page.contains("database closed: it was not looked into"), "{page}");
}

#[test]
fn a_contract_that_is_not_met_leaves_the_score_of_the_server_alone_as_it_was() {
    let story = story();
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    story.sql(
        "SELECT format('CREATE TABLE app.more_%s (v text); GRANT ALL ON app.more_%s TO a_app', n, n) FROM generate_series(1, 20) AS n \\gexec",
    );
    let alone = json(&story, &["audit", "--record"], 0)["score"].clone();
    let held = json(&story, &["audit", "contract.yaml", "--record"], 0)["score"].clone();
    assert_eq!(
        (&alone["measures"], &held["measures"]),
        (&"server_alone".into(), &"server_and_contract".into())
    );
    let points = |score: &Value, name: &str| score[name].as_u64().unwrap();
    assert_eq!(points(&alone, "points"), points(&alone, "server_alone"));
    assert!(points(&held, "points") < points(&held, "server_alone"), "the contract is not met: {held}");
    assert!(points(&alone, "server_alone") <= points(&held, "server_alone"), "{alone} {held}");
    let trend = json_of(&story.pgward(&["history", "--trend", "--format", "json"]).ended(0).stdout);
    assert_eq!(trend["score_change"], Value::Null, "like is compared with like: {trend}");
    for format in ["text", "markdown", "html"] {
        let told = |arguments: &[&str]| story.pgward(arguments).ended(0).stdout;
        let text = told(&["audit", "--format", format]);
        assert!(text.contains("no contract was named, so what roles should hold is not measured"), "{text}");
        let text = told(&["audit", "contract.yaml", "--format", format]);
        assert!(text.contains("Of the server alone it would be"), "{text}");
    }
}

#[test]
fn a_password_that_is_the_name_is_found_and_never_shown() {
    let story = story();
    story.sql("CREATE ROLE a_named LOGIN PASSWORD 'a_named123'");
    story.sql("CREATE ROLE a_drawn LOGIN PASSWORD 'kX9_wq-Tz'");
    let value = json(&story, &["audit"], 0);
    let of = |value: &Value| -> Vec<Value> {
        let findings = value["findings"].as_array().unwrap().iter();
        findings.filter(|one| one["rule"] == "role.password_obvious").cloned().collect()
    };
    let found = of(&value);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["severity"], "critical", "pg_hba.conf takes its password: {found:#?}");
    for format in ["text", "json", "html", "sarif"] {
        let told = story.pgward(&["audit", "--format", format]).ended(0).all();
        assert!(!told.contains("a_named123") && !told.contains("SCRAM-SHA-256$"), "{format}");
    }
    let bare = [("PGUSER", "a_drawn"), ("PGPASSWORD", "kX9_wq-Tz")];
    let value = json_of(&story.pgward_with(&["audit", "--format", "json"], &bare).ended(0).stdout);
    let rules = value["rules"].as_array().unwrap();
    let rule = rules.iter().find(|one| one["id"] == "role.password_obvious").unwrap();
    assert_eq!((&rule["outcome"], &rule["blind_to"]), (&"not_assessed".into(), &"obvious_passwords".into()));
    assert!(of(&value).is_empty());
}

#[test]
fn a_worse_audit_is_told_to_a_web_hook_and_a_better_one_is_not() {
    let story = story();
    let hook = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/services/never-shown", hook.local_addr().unwrap());
    story.write("hook", &address);
    let open = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(1).all();
    assert!(open.contains("open to others") && !open.contains("never-shown"), "{open}");
    std::fs::set_permissions(story.path("hook"), std::fs::Permissions::from_mode(0o600)).unwrap();
    story.pgward(&["audit", "--alert", "hook"]).ended(2);
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    let first = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(0).all();
    assert!(first.contains("nothing is known to be worse"), "{first}");

    // The service takes one message, and refuses the next.
    let service = std::thread::spawn(move || {
        ["200 OK", "404 Not Found"].map(|status| {
            let (mut stream, _) = hook.accept().unwrap();
            let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
            while !bytes.ends_with(b"}") {
                let read = stream.read(&mut piece).unwrap();
                assert_ne!(read, 0, "{}", String::from_utf8_lossy(&bytes));
                bytes.extend(&piece[..read]);
            }
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(bytes).unwrap()
        })
    });
    story.sql("GRANT pg_write_server_files TO \"<script>alert(1)</script>\"");
    let worse = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(0).all();
    assert!(worse.contains("an alert was sent"), "{worse}");
    let same = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(0).all();
    assert!(!same.contains("an alert was sent"), "{same}");
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    let better = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(0).all();
    assert!(!better.contains("an alert was sent"), "{better}");
    story.sql("GRANT pg_write_server_files TO \"<script>alert(1)</script>\"");
    let refused = story.pgward(&["audit", "--record", "--alert", "hook"]).ended(1).all();
    assert!(refused.contains("the service answered 404") && refused.contains("kept as"), "{refused}");
    assert!(!refused.contains("never-shown"), "{refused}");
    let [message, _] = service.join().unwrap();
    assert!(message.starts_with("POST /services/never-shown "), "{message}");
    assert!(message.contains("the risk rose from ") && message.contains(" to CRITICAL"), "{message}");
    assert!(!message.contains("script"), "no names leave: {message}");
}

#[test]
fn what_is_accepted_takes_neither_the_risk_away_nor_the_rule_out_of_the_score() {
    let story = story();
    let open = json(&story, &["audit", "contract.yaml"], 0);
    let critical = |value: &Value| -> Vec<Value> {
        let findings = value["findings"].as_array().unwrap().iter();
        findings.filter(|one| one["severity"] == "critical").cloned().collect()
    };
    let rules: BTreeSet<String> =
        critical(&open).iter().map(|one| one["rule"].as_str().unwrap().to_owned()).collect();
    assert!(rules.contains("role.reach_os"), "{rules:?}");
    let accepted = rules
        .iter()
        .map(|rule| format!("    - {{rule: {rule}, owner: dba, reason: known, until: 2999-12-31}}\n"));
    story.write("accepted.yaml", &format!("{CONTRACT}audit:\n  suppress:\n{}", accepted.collect::<String>()));
    let value = json(&story, &["audit", "accepted.yaml"], 0);
    let all = critical(&value);
    assert_eq!(all.len(), critical(&open).len());
    assert!(all.iter().all(|one| one["standing"]["accepted"]["owner"] == "dba"), "{all:#?}");
    let controls = |value: &Value| value["score"]["ratios"][0].clone();
    assert_eq!(controls(&value), controls(&open), "an accepted finding is a finding in the score");

    // No open finding is critical, and what a login reaches is all the same.
    assert_eq!(value["risk"], "critical");
    story.pgward(&["audit", "accepted.yaml", "--fail-on", "critical"]).ended(3);
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    let value = json(&story, &["audit", "accepted.yaml"], 0);
    assert_ne!(value["risk"], "critical");
    story.pgward(&["audit", "accepted.yaml", "--fail-on", "critical"]).ended(0);
}

#[test]
fn audits_are_kept_and_what_is_new_or_no_longer_seen_is_told() {
    let story = story();
    let first = story.pgward(&["audit", "--record", "--fail-on-new", "info"]).ended(0);
    assert!(
        first.stderr.contains("nothing is known to be new") && first.stderr.contains("kept as"),
        "{}",
        first.all()
    );
    story.pgward(&["audit", "--record", "--fail-on-new", "info"]).ended(0);
    story.sql("GRANT pg_read_all_data TO a_app");
    let worse = story.pgward(&["audit", "--record", "--fail-on-new", "high"]).ended(3);
    assert!(
        worse.stderr.contains("new since") && worse.stderr.contains("role.read_all_data"),
        "{}",
        worse.all()
    );
    let trend = json(&story, &["history", "--kind", "audit", "--trend"], 0);
    assert!(trend["counts"]["new"].as_u64().unwrap() >= 1, "{trend:#}");
    story.sql("REVOKE pg_read_all_data FROM a_app");
    story.pgward(&["audit", "--record", "--fail-on-new", "high"]).ended(0);
    let trend = json(&story, &["history", "--kind", "audit", "--trend"], 0);
    assert!(trend["counts"]["fixed"].as_u64().unwrap() >= 1, "{trend:#}");

    let runs = json(&story, &["history", "--kind", "audit"], 0);
    let runs = runs["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    assert_eq!(runs[0]["fingerprint"], runs[3]["fingerprint"]);
    assert_eq!(runs[0]["risk"], "CRITICAL");
    assert!(runs[0]["check_set"].as_str().unwrap().contains("rules/"), "{:#}", runs[0]);

    // Dormancy takes months, and an audit says so.
    let value = json(&story, &["audit", "--record"], 0);
    let rule =
        |id: &str| value["rules"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert_eq!(rule("usage.dormant_login")["outcome"], "not_assessed");
    assert!(rule("usage.dormant_login")["why"].as_str().unwrap().contains("of 10 parts"), "{value:#}");
    assert_eq!(rule("audit.assessed_fewer")["outcome"], "passed");

    // An auditor who may see less than the last one.
    story.sql("CREATE ROLE a_auditor LOGIN PASSWORD 'drawn'; GRANT EXECUTE ON FUNCTION pg_control_system() TO a_auditor");
    let mut command = story.command(&[
        "audit",
        "--history",
        story.path("state/history.sqlite").to_str().unwrap(),
        "--format",
        "json",
    ]);
    let output = command.env("PGUSER", "a_auditor").env("PGPASSWORD", "drawn").output().unwrap();
    let value = json_of(&String::from_utf8_lossy(&output.stdout));
    let fewer =
        value["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "audit.assessed_fewer");
    let fewer: Vec<_> = fewer.map(|one| one["subject"].as_str().unwrap().to_owned()).collect();
    assert!(fewer.iter().any(|subject| subject.contains("passwords")), "{fewer:?}");
    assert!(fewer.iter().any(|subject| subject.contains("pg_hba.conf")), "{fewer:?}");
}

#[test]
fn a_rule_with_nothing_to_look_at_does_not_count_as_passed() {
    let story = story();
    let rule = |report: &Value, id: &str| {
        let rules = report["rules"].as_array().unwrap();
        let found = rules.iter().find(|rule| rule["id"] == id).unwrap();
        (found["outcome"].as_str().unwrap().to_owned(), found["why"].as_str().unwrap_or_default().to_owned())
    };
    let controls = |report: &Value| {
        let ratio = &report["score"]["ratios"][0];
        assert_eq!(ratio["name"], "controls passed");
        (ratio["numerator"].as_u64().unwrap(), ratio["denominator"].as_u64().unwrap())
    };
    let before = json(&story, &["audit"], 0);
    let absent =
        ("not_applicable".to_owned(), "no subject: no foreign-data wrapper, server or table".to_owned());
    assert_eq!(rule(&before, "fdw.server_usage"), absent);
    assert_eq!(rule(&before, "lo.exposed").0, "not_applicable");
    assert_eq!(rule(&before, "table.public_privilege").0, "passed");
    let pages = story.pgward(&["audit", "--framework", "iso27001"]).ended(0).stdout;
    assert!(pages.contains("fdw.server_usage: no subject"), "{pages}");

    story.sql("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w");
    let there = json(&story, &["audit"], 0);
    assert_eq!(rule(&there, "fdw.server_usage").0, "passed");
    let ((passed, looked), (passed_then, looked_then)) = (controls(&before), controls(&there));
    assert_eq!(looked_then - looked, passed_then - passed, "each rule that looks now found nothing");
    assert!(looked_then > looked);
    story.sql("GRANT USAGE ON FOREIGN SERVER s TO a_app");
    let found = json(&story, &["audit"], 0);
    assert_eq!(rule(&found, "fdw.server_usage").0, "failed");
    assert_eq!(controls(&found), (passed_then - 1, looked_then));
}

#[test]
fn who_sees_less_scores_no_better() {
    let story = story();
    story.sql("REVOKE pg_write_server_files FROM \"<script>alert(1)</script>\"");
    story.sql("CREATE ROLE a_auditor LOGIN PASSWORD 'drawn'; CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
    let auditor = [("PGUSER", "a_auditor"), ("PGPASSWORD", "drawn")];
    let seen = |story: &Story| -> (u64, u64, u64, String, Value) {
        let told = story.pgward_with(&["audit", "--format", "json"], &auditor).ended(0);
        let value = json_of(&told.stdout);
        let ratio = &value["score"]["ratios"][0];
        let of = |name: &str| ratio[name].as_u64().unwrap();
        let words = value["score"]["decided_by"].as_str().unwrap().to_owned();
        (
            of("numerator"),
            of("denominator"),
            value["score"]["points"].as_u64().unwrap(),
            words,
            value["unseen"].clone(),
        )
    };
    let bare = seen(&story);
    assert!(bare.2 <= 25, "{bare:?}");
    assert!(bare.3.starts_with("what was not seen, which may be CRITICAL: "), "{bare:?}");
    assert!(bare.3.contains("database closed") && bare.3.contains("hba.trust"), "{bare:?}");
    let text = story.pgward_with(&["audit"], &auditor).ended(0).stdout;
    assert!(text.contains("decided by what was not seen"), "{text}");
    // Each step sees more: nothing becomes worse by being looked at from further off.
    let mut last = bare;
    for sql in [
        "GRANT CONNECT ON DATABASE closed TO a_auditor",
        "GRANT pg_read_all_settings, pg_read_all_stats TO a_auditor",
        "GRANT SELECT ON pg_hba_file_rules TO a_auditor; GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO a_auditor",
        "ALTER ROLE a_auditor SUPERUSER",
    ] {
        // What is given to the auditor is no finding of the audited.
        story.sql(sql);
        let more = seen(&story);
        let is_itself = sql.contains("SUPERUSER");
        assert!(is_itself || more.2 >= last.2, "{sql}: {last:?} {more:?}");
        last = more;
    }
}

#[test]
fn a_named_database_narrows_the_audit_and_the_report_says_so() {
    let story = story();
    story.sql("CREATE DATABASE other");
    story.cluster.psql("other", "CREATE SCHEMA wide; GRANT CREATE, USAGE ON SCHEMA wide TO PUBLIC").unwrap();
    let subjects = |value: &Value| -> Vec<String> {
        let findings = value["findings"].as_array().unwrap().iter();
        findings.map(|one| one["subject"].as_str().unwrap().to_owned()).collect()
    };
    let whole = json(&story, &["audit"], 0);
    assert!(subjects(&whole).contains(&"schema wide in database other".to_owned()), "{whole:#}");
    assert_eq!(whole["asked_for"], Value::Null);
    let narrow = json(&story, &["audit", "-d", "shop"], 0);
    assert!(subjects(&narrow).iter().all(|subject| !subject.contains("in database other")), "{narrow:#}");
    // The cluster's own objects are looked at all the same.
    assert!(subjects(&narrow).iter().any(|subject| subject == "database other"), "{narrow:#}");
    assert_eq!(narrow["asked_for"], serde_json::json!(["shop"]));
    assert!(narrow["not_looked_into"].as_array().unwrap().contains(&Value::from("other")), "{narrow:#}");
    assert!(
        !narrow["unseen"]["because"].to_string().contains("database"),
        "left out on purpose: {:#}",
        narrow["unseen"]
    );
    let text = story.pgward(&["audit", "-d", "shop"]).ended(0).stdout;
    assert!(text.contains("Only of what is in database shop, as asked for, and of the cluster"), "{text}");
    assert!(text.contains("NOT LOOKED INTO database other"), "{text}");
    // A connection string says where to connect to.
    let string = json(&story, &["audit", "-d", "dbname=shop"], 0);
    assert_eq!(subjects(&string), subjects(&whole));
    let page = story.pgward(&["audit", "-d", "shop", "--format", "html"]).ended(0).stdout;
    assert!(page.contains("Only databases"), "{page}");
}

#[test]
fn remarks_about_many_logins_are_one_line_for_people_and_each_by_itself_for_machines() {
    let story = story();
    story
        .sql("SELECT format('CREATE ROLE m_%s LOGIN', number) FROM generate_series(1, 30) AS number \\gexec");
    let value = json(&story, &["audit"], 0);
    let remarks = value["findings"].as_array().unwrap().iter().filter(|one| one["rule"] == "role.conn_limit");
    let remarks = remarks.count();
    assert!(remarks >= 32, "{remarks}");
    for arguments in
        [&["audit", "--all"][..], &["audit", "--format", "markdown"], &["audit", "--format", "html"]]
    {
        let told = story.pgward(arguments).ended(0).stdout;
        let words = format!("a login may open as many connections as the server has: {remarks} times");
        assert_eq!(told.matches(&words).count(), 1, "{told}");
        assert!(told.contains("role m_30") || told.contains("role m\\_30"), "{told}");
    }
}

#[test]
fn a_database_that_lets_nobody_in_is_not_forgotten() {
    let story = story();
    story.sql("CREATE DATABASE shut");
    story.cluster.psql("shut", "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; GRANT USAGE ON FOREIGN SERVER far TO PUBLIC").unwrap();
    let rule = |value: &Value| {
        let rules = value["rules"].as_array().unwrap().clone();
        rules.into_iter().find(|one| one["id"] == "fdw.server_usage").unwrap()
    };
    let points = |value: &Value| value["score"]["points"].as_u64().unwrap();
    let open = json(&story, &["audit"], 0);
    assert_eq!(rule(&open)["outcome"], "failed");
    for (shut, again) in [
        ("ALTER DATABASE shut ALLOW_CONNECTIONS false", "ALTER DATABASE shut ALLOW_CONNECTIONS true"),
        ("ALTER DATABASE shut IS_TEMPLATE true", "ALTER DATABASE shut IS_TEMPLATE false"),
    ] {
        story.sql(shut);
        let hidden = json(&story, &["audit"], 0);
        assert_eq!(hidden["not_looked_into"], serde_json::json!(["shut"]), "{shut}");
        assert_eq!(rule(&hidden)["outcome"], "not_assessed", "{shut}: {:#}", rule(&hidden));
        assert!(rule(&hidden)["why"].as_str().unwrap().contains("database shut was not looked into"));
        assert!(points(&hidden) <= points(&open), "{shut}");
        story.sql(again);
        assert_eq!(points(&json(&story, &["audit"], 0)), points(&open));
    }
}
