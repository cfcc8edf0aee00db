//! Every report of one audit, in which everything is called as somebody would call it who wants to break a report.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use pgward_audit::audit::Audit;
use pgward_audit::blast::change::BlastChange;
use pgward_audit::check_set::{check_set, version_of};
use pgward_audit::framework::{ControlResult, FrameworkReport};
use pgward_audit::reference::Framework;
use pgward_audit::report::about::About;
use pgward_audit::report::{blast_change, framework, html, json, junit, markdown, sarif, text};
use pgward_audit::rules::RULES;
use pgward_audit::study::Study;
use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::{Facts, Object, ObjectKey, TableFacts};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::{Attribute, Role};
use pgward_catalog::version::Version;
use pgward_survey::Survey;
use pgward_survey::anatomy::Anatomy;
use pgward_survey::server::Setting;
use pgward_survey::sight::Sight;

/// Names that are markup, quotes, line ends, another direction of reading, a control sequence.
const NAMES: [&str; 6] = [
    "<script>alert(1)</script>",
    "a\" onload='x' `b` | c ]]> -->",
    "line\nCRITICAL  forged: all is well",
    "\u{202e}nimda",
    "\u{1b}[2Jclear",
    "crab 🦀 ${7*7} {{7*7}}",
];

fn survey() -> Survey {
    let mut catalog = Catalog::empty(Version(150_020), "postgres".into());
    catalog.roles.insert("postgres".into(), superuser());
    let mut contents = Contents::default();
    for name in NAMES {
        catalog.roles.insert(name.into(), superuser());
        let mut object = Object::new(RoleName::from(name), Acl::EMPTY);
        object.facts = Facts::Table(TableFacts::default());
        object.acl.grant(Entry {
            grantee: Grantee::Public,
            grantor: name.into(),
            privileges: Privilege::Select.into(),
            grantable: Privileges::NONE,
        });
        contents.objects.insert(ObjectKey::in_schema(Class::Table, "public", name), object);
    }
    catalog
        .cluster_objects
        .insert(ObjectKey::bare(Class::Database, "shop"), Object::new("postgres".into(), Acl::EMPTY));
    catalog.databases.insert("shop".into(), contents);
    let blind = Sight::ALL.into_iter().filter(|sight| *sight != Sight::Contract);
    Survey {
        catalog,
        databases: BTreeMap::from([("shop".into(), Anatomy::default())]),
        server: Default::default(),
        sessions: Vec::new(),
        kept: Default::default(),
        lent: None,
        passwords: Default::default(),
        asked_for: None,
        blind: blind.map(|sight| (sight, "<b>blind</b>".to_owned())).collect(),
    }
}

fn superuser() -> Role {
    let mut role = Role::plain();
    role.attributes = [Attribute::Login, Attribute::Superuser].into_iter().collect();
    role
}

fn audit() -> Audit {
    let survey = survey();
    Audit::of(&Study::of(&survey, None, "2026-11-22"), RULES)
}

fn about() -> About {
    About {
        tool_version: "0.1.0".to_owned(),
        cluster: Some("<i>shop</i>".to_owned()),
        contract: Some("contracts/a b#c.yaml".to_owned()),
        contract_digest: Some("ab".repeat(32)),
        commit: Some("0123abc+changed".to_owned()),
        server_version: Version(150_020),
        system_identifier: Some("7".to_owned()),
        fingerprint: "cd".repeat(32),
        check_set: check_set(RULES),
        time: "2026-11-22T08:00:00Z".to_owned(),
    }
}

/// What no name may bring into a text that people read.
#[track_caller]
fn is_visible(text: &str) {
    let hidden: Vec<char> = text
        .chars()
        .filter(|letter| *letter != '\n' && (letter.is_control() || *letter == '\u{202e}'))
        .collect();
    assert_eq!(hidden, Vec::<char>::new());
    assert!(!text.contains("\nCRITICAL  forged"), "a name wrote a line of its own");
}

#[test]
fn the_flaws_are_found_so_that_the_reports_have_something_to_say() {
    let audit = audit();
    let found = audit.open().filter(|finding| finding.rule == "role.superuser_login").count();
    assert_eq!(found, NAMES.len());
    assert!(audit.tally().not_assessed > 10);
}

#[test]
fn the_page_runs_nothing_fetches_nothing_and_shows_names_as_text() {
    let page = html::html(&audit(), &about(), None).unwrap();
    is_visible(&page);
    for mark in ["<script", "<img", "<i>", "<b>blind", "http://", "https://", "url(", "@import", "<link"] {
        assert!(!page.contains(mark), "{mark}");
    }
    assert!(page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"), "shown");
    assert!(page.contains("crab 🦀 ${7*7} {{7*7}}"));
    assert!(page.contains("Risk <strong>CRITICAL</strong>"));
    assert!(page.contains("not assessed"));
    let tags =
        |name: &str| (page.matches(&format!("<{name}")).count(), page.matches(&format!("</{name}>")).count());
    for name in ["table", "section", "svg", "tr", "td", "tbody", "article", "ul", "pre"] {
        let (opened, closed) = tags(name);
        assert_eq!(opened, closed, "{name}");
        assert!(name == "pre" || name == "article" || opened > 0, "{name}");
    }
    // Colour never says anything alone: every column of a table has a head, every drawing a name or numbers beside it.
    assert_eq!(page.matches("<th>").count(), 0, "every head says of what it is one");
    assert_eq!(
        page.matches("<svg").count(),
        page.matches("aria-hidden").count() + page.matches("role=\"img\"").count()
    );
}

#[test]
fn blast_radii_beside_a_plan_show_names_as_text_and_what_was_not_assessed() {
    let survey = survey();
    let mut after = survey.catalog.clone();
    let mut plain = Role::plain();
    plain.attributes = [Attribute::Login].into_iter().collect();
    after.roles.insert(NAMES[0].into(), plain);
    after.roles.remove(&RoleName::from(NAMES[5]));
    let change = BlastChange::of(&survey, &after, None, "2026-11-22");
    let unseen = ["<b>blind</b>\nforged".to_owned()];
    let page = blast_change::html(&change, &unseen).unwrap();
    let text = blast_change::markdown(&change, &unseen);
    for told in [&page, &text] {
        is_visible(told);
        for words in ["after the plan", "gone", "100 %", "Not assessed", "6 → "] {
            assert!(told.contains(words), "{words}: {told}");
        }
        let bare = told.replace("\\<", "");
        assert!(!bare.contains("<script") && !bare.contains("<b>blind"), "{told}");
    }
    assert_eq!(page.matches("<svg").count(), 3 * NAMES.len(), "a drawing for each depth of each login");
    let (page, text) = blast_change::unknown("<b>why</b>").unwrap();
    assert!(page.contains("Not assessed: ") && text.contains("Not assessed: "));
    assert!(!page.contains("<b>") && !text.replace("\\<", "").contains("<b>"), "{page}{text}");
}

#[test]
fn markdown_shows_names_as_text() {
    let text = markdown::markdown(&audit(), &about(), None);
    is_visible(&text);
    // Between fences nothing is markup: what is there is SQL as it has to be run.
    let mut is_fenced = false;
    let outside = text.lines().filter(|line| {
        is_fenced ^= line.starts_with("```");
        !is_fenced
    });
    assert!(outside.count() > 50 && !is_fenced);
    let mut is_fenced = false;
    for line in text.lines() {
        is_fenced ^= line.starts_with("```");
        assert!(is_fenced || !line.contains("<script>alert"), "{line}");
    }
    assert!(text.contains("\\<script\\>alert(1)"));
    for line in text.lines().filter(|line| line.starts_with('|')) {
        assert!(line.ends_with('|'), "{line}");
    }
    // A table has the same number of cells in each of its lines.
    let cells = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
    let mut above: Option<usize> = None;
    for line in text.lines() {
        let here = line.starts_with('|').then(|| cells(line));
        if let (Some(above), Some(here)) = (above, here) {
            assert_eq!(above, here, "{line}");
        }
        above = here;
    }
}

#[test]
fn the_text_is_one_that_no_name_can_forge() {
    for length in [text::Length::Page, text::Length::Whole] {
        let page = text::text(&audit(), &about(), None, length);
        is_visible(&page);
        assert!(page.contains("RISK CRITICAL"), "{page}");
        assert!(page.contains("NOT ASSESSED"), "{page}");
    }
}

#[test]
fn junit_can_be_read_and_counts_what_was_found() {
    let audit = audit();
    let xml = junit::junit(&audit).unwrap();
    let read = quick_junit::Report::deserialize_from_str(&xml).expect("it is JUnit");
    let tally = audit.tally();
    let cases = read.test_suites.iter().map(|suite| suite.test_cases.len()).sum::<usize>();
    assert_eq!(cases, RULES.len());
    let count =
        |wanted: fn(&quick_junit::TestSuite) -> usize| read.test_suites.iter().map(wanted).sum::<usize>();
    assert_eq!(count(|suite| suite.errors), tally.not_assessed);
    assert_eq!(count(|suite| suite.failures), tally.failed);
    let skipped = read.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let skipped = skipped.filter(|case| matches!(case.status, quick_junit::TestCaseStatus::Skipped { .. }));
    assert_eq!(skipped.count(), tally.not_applicable, "nothing is accepted");
}

#[test]
fn sarif_is_as_2_1_0_says() {
    let audit = audit();
    let log = sarif::sarif(&audit, &about());
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), RULES.len());
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), audit.findings.len());
    let mut fingerprints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, "contracts/a%20b%23c.yaml");
        assert!(fingerprints.insert(result["partialFingerprints"]["finding/v1"].to_string()), "{result:#}");
    }
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    let told = invocation["toolConfigurationNotifications"].as_array().unwrap().len();
    assert_eq!(told, audit.tally().not_assessed, "what was not assessed is told");
}

#[test]
fn json_holds_every_finding_and_every_rule() {
    let audit = audit();
    let value = json::json(&audit, &about(), None);
    assert_eq!(value["findings"].as_array().unwrap().len(), audit.findings.len());
    assert_eq!(value["rules"].as_array().unwrap().len(), RULES.len());
    assert_eq!(value["risk"], "critical");
    assert!(value["after"].is_null());
}

#[test]
fn a_frameworks_report_never_says_that_somebody_complies() {
    let audit = audit();
    for named in Framework::REPORTED {
        let report = FrameworkReport::of(named, &audit, &survey());
        assert!(!report.controls.is_empty(), "{named:?}");
        let all = [
            framework::text(&report, &about()),
            framework::json(&report, &about()).to_string(),
            framework::markdown(&report, &audit, &about()),
            html::framework_html(&report, &audit, &about()).unwrap(),
        ];
        for text in &all {
            assert!(!text.to_lowercase().contains("complian"), "{named:?}");
            assert!(
                !text.contains("<script>alert") || text.starts_with('{') || !text.starts_with('<'),
                "{named:?}"
            );
        }
        is_visible(&all[0]);
        is_visible(&all[2]);
        is_visible(&all[3]);
        assert!(!all[2].replace("\\<", "").contains("<script") && !all[3].contains("<script"));
        for control in &report.controls {
            let has_failed = control.evidence.iter().any(|row| row.outcome == "failed");
            assert_eq!(control.result == ControlResult::Fail, has_failed, "{}", control.id);
            if control.result == ControlResult::Manual {
                assert!(control.ask.is_some(), "{}", control.id);
            }
            let passed = control.evidence.iter().filter(|row| row.outcome == "passed").count();
            let is_of_a_benchmark = matches!(named, Framework::CisPostgresql | Framework::DisaStig);
            if control.result == ControlResult::Pass {
                assert!(passed >= if is_of_a_benchmark { 1 } else { 3 }, "{} passes on {passed}", control.id);
            }
        }
    }
    let stig = FrameworkReport::of(Framework::DisaStig, &audit, &survey());
    let listed = (233_511..=233_623).filter(|number| {
        stig.controls.iter().any(|control| control.id.strip_prefix("V-") == Some(number.to_string().as_str()))
    });
    assert_eq!(listed.count(), 113, "V-233511 to V-233623");
    let nist = FrameworkReport::of(Framework::Nist80053, &audit, &survey());
    let of = |id: &str| nist.controls.iter().find(|control| control.id == id).unwrap().result;
    assert_eq!(of("CP-9"), ControlResult::Manual);
    assert_eq!(of("AC-2(3)"), ControlResult::NotAssessed, "nobody knows who was connected");
}

#[test]
fn every_control_of_the_cis_benchmark_is_in_its_report_and_those_that_need_the_host_are_asked_for() {
    let report = FrameworkReport::of(Framework::CisPostgresql, &audit(), &survey());
    let sections: [(&str, usize); 9] = [
        ("1.", 7),
        ("2.", 4),
        ("3.1.", 26),
        ("3.", 2),
        ("4.", 10),
        ("5.", 6),
        ("6.", 11),
        ("7.", 5),
        ("8.", 3),
    ];
    let ids: BTreeSet<&str> = report.controls.iter().map(|control| control.id).collect();
    let mut expected = BTreeSet::new();
    for (section, last) in sections {
        expected.extend((1..=last).map(|number| format!("{section}{number}")));
    }
    // Not recommendations but headings and explanations: a section, why one logs, what runtime parameters are.
    for explanation in ["3.1", "3.1.1", "6.1"] {
        expected.remove(explanation);
    }
    assert_eq!(ids, expected.iter().map(String::as_str).collect::<BTreeSet<&str>>());
    let of = |id: &str| report.controls.iter().find(|control| control.id == id).unwrap();
    assert_eq!(of("2.1").result, ControlResult::Manual);
    assert_eq!(of("3.1.20").result, ControlResult::NotAssessed, "no setting was visible");
    assert_eq!(of("5.3").result, ControlResult::NotAssessed);
    assert_eq!(of("4.3").result, ControlResult::Fail);

    let mut survey = survey();
    let value = |value: &str| Setting { value: value.into(), default: None, context: "sighup".into() };
    survey.server.settings.insert("log_connections".into(), value("on"));
    survey.server.settings.insert("log_disconnections".into(), value("off"));
    survey.server.settings.insert("shared_preload_libraries".into(), value("pgaudit"));
    let report = FrameworkReport::of(Framework::CisPostgresql, &audit(), &survey);
    let of = |id: &str| report.controls.iter().find(|control| control.id == id).unwrap();
    assert_eq!(of("3.1.20").result, ControlResult::Pass);
    assert_eq!(of("3.1.21").result, ControlResult::Fail);
    assert_eq!(of("3.1.21").evidence[0].lines, ["log_disconnections is 'off'; wanted: on"]);
    assert_eq!(of("3.2").result, ControlResult::Partial, "what pgaudit is to log is for a person to say");
}

#[test]
fn a_control_has_one_title_and_a_number_of_its_framework() {
    let mut titles: BTreeMap<(Framework, &str), (&str, &str)> = BTreeMap::new();
    for rule in RULES {
        // A page is named with the part of it that matters to the rule.
        for reference in rule.references.iter().filter(|one| one.framework != Framework::Postgresql) {
            let said = (reference.version, reference.title);
            let known = titles.entry((reference.framework, reference.id)).or_insert(said);
            assert_eq!(*known, said, "{}: {}", rule.id, reference.id);
        }
    }
    let mut numbers = BTreeSet::new();
    for row in pgward_audit::framework::control_rows::rows() {
        assert!(numbers.insert((row.framework, row.id)), "{} is there twice", row.id);
        let said = (row.version, row.title);
        let known = titles.entry((row.framework, row.id)).or_insert(said);
        assert_eq!(*known, said, "{}", row.id);
    }
    for ((framework, id), (_, title)) in titles {
        assert!(is_well_formed(framework, id), "{framework:?} {id}");
        assert!(!title.is_empty() && !title.ends_with('.'), "{id}");
    }
}

fn is_well_formed(framework: Framework, id: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_digit());
    let dotted = |text: &str| text.split('.').all(digits);
    match framework {
        Framework::CisPostgresql => id.contains('.') && dotted(id),
        Framework::DisaStig => id.strip_prefix("V-").is_some_and(|rest| rest.len() == 6 && digits(rest)),
        Framework::OwaspLlm => id
            .strip_prefix("LLM")
            .is_some_and(|rest| rest.len() == 2 && digits(rest) && rest != "00" && rest <= "10"),
        Framework::Soc2 => {
            let rest = id.strip_prefix("CC").or_else(|| id.strip_prefix('A'));
            rest.is_some_and(|rest| rest.split('.').count() == 2 && dotted(rest))
        }
        Framework::Iso27001 => {
            let rest = id.strip_prefix("A.");
            rest.is_some_and(|rest| {
                ["5", "6", "7", "8"].contains(&rest.split('.').next().unwrap()) && dotted(rest)
            })
        }
        Framework::Nist80053 => {
            let (control, enhancement) = id.split_once('(').map_or((id, None), |(id, rest)| (id, Some(rest)));
            let family = control.split_once('-');
            let is_control = family.is_some_and(|(family, number)| {
                family.len() == 2
                    && family.chars().all(|letter| letter.is_ascii_uppercase())
                    && digits(number)
            });
            is_control && enhancement.is_none_or(|rest| rest.strip_suffix(')').is_some_and(digits))
        }
        Framework::Cve => id.starts_with("CVE-"),
        Framework::Postgresql => {
            id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.#".contains(letter))
        }
    }
}

#[test]
fn another_judgement_is_another_version_of_the_set() {
    let versions: BTreeSet<String> = RULES.iter().map(|rule| version_of(rule)).collect();
    assert_eq!(versions.len(), RULES.len());
    assert_ne!(check_set(RULES), check_set(&RULES[1..]));
}
