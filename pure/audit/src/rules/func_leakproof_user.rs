use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::tokens;
use crate::study::Study;
use crate::study::mending::target;

pub(super) const RULE: Rule = Rule {
    id: "func.leakproof_user",
    title: "a function that somebody made is marked LEAKPROOF",
    capability: Capability::AllRead,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("rules-privileges", "Rules and Privileges"),
        Reference::page("sql-createfunction", "CREATE FUNCTION"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "PostgreSQL evaluates a LEAKPROOF function on rows before it has asked the policies and the security barrier \
views which of them the caller may see. If the function shows what it is given, by a message, an error or a side effect, it \
shows rows of others. Only functions that provably show nothing may carry the mark; a procedural language offers too many \
ways. Functions whose body has RAISE in it are the worst.",
    check,
    cases: &[Case {
        shows: "a function that raises a notice and one that does not",
        versions: Versions::ALL,
        flawed: r#"
CREATE SCHEMA func_leakproof_user;
GRANT USAGE ON SCHEMA func_leakproof_user TO PUBLIC;
CREATE FUNCTION func_leakproof_user.loud(text) RETURNS bool LANGUAGE plpgsql LEAKPROOF AS $$BEGIN RAISE NOTICE '%', $1; RETURN true; END$$;
CREATE FUNCTION func_leakproof_user.quiet(int) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT 10 / $1 > 1';"#,
        finds: &[
            ("function func_leakproof_user.loud(text) in database audited", ""),
            ("function func_leakproof_user.quiet(integer) in database audited", ""),
        ],
        sound: r#"
CREATE SCHEMA func_leakproof_user_ok;
GRANT USAGE ON SCHEMA func_leakproof_user_ok TO PUBLIC;
CREATE FUNCTION func_leakproof_user_ok.plain_ok(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION func_leakproof_user_ok.kept_ok(int) RETURNS bool LANGUAGE sql LEAKPROOF AS 'SELECT true';
REVOKE EXECUTE ON FUNCTION func_leakproof_user_ok.kept_ok(int) FROM PUBLIC;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        let Some(facts) = placed.object.routine().filter(|facts| facts.leakproof) else { continue };
        let owned = study.gainer(&placed.object.owner, &study.catalog.bootstrap).is_some();
        if !owned && study.callers(&placed).is_empty() {
            continue;
        }
        let message = format!("{} sees rows before row security has hidden them", placed.key);
        let fix = Fix::sql(format!("ALTER {} NOT LEAKPROOF", target(placed.key)));
        let finding = findings.add(Subject::object(placed.at()), None, message, fix);
        finding.shown_by(format!("LEAKPROOF, language {}", facts.language.quoted()));
        let raises =
            study.body(&placed).is_some_and(|body| tokens(&body.source).iter().any(|word| word.is("raise")));
        if raises {
            finding.shown_by("its body raises messages");
        } else {
            finding.reaching(Capability::AllRead, Precondition::Configuration);
        }
        if owned {
            finding.shown_by(format!("it belongs to {}", placed.object.owner.quoted()));
        } else {
            finding.shown_by(study.runners_in_words(&placed));
        }
    }
}
