use pgward_catalog::class::Class;
use pgward_catalog::language::is_known_untrusted;
use pgward_catalog::name::Name;
use pgward_catalog::object::{Facts, ObjectKey};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::code::in_words;
use crate::study::mending::revoke;
use crate::study::{Placed, Study};
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "func.untrusted_language",
    title: "a function in an untrusted language may be called by roles without superuser",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Configuration,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("plperl-trusted", "Trusted and Untrusted PL/Perl"),
        Reference::page("sql-createlanguage", "CREATE LANGUAGE"),
        Reference::stig("V-233593", "access to external executables is restricted"),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "Code in C or in an untrusted language (`plpython3u`, `plperlu`) runs as the server's operating system account \
and past every privilege check of PostgreSQL. Its own checks are the only ones, and a mistake in one is the machine. Take \
EXECUTE from PUBLIC, give it to the roles that need it, or rewrite the function in a trusted language. Functions of \
extensions are left out.",
    check,
    cases: &[Case {
        shows: "C functions that everybody may call, and that a login may",
        versions: Versions::ALL,
        flawed: r#"
CREATE ROLE func_untrusted_language_app LOGIN;
CREATE SCHEMA func_untrusted_language;
GRANT USAGE ON SCHEMA func_untrusted_language TO PUBLIC;
CREATE FUNCTION func_untrusted_language.everybody() RETURNS void LANGUAGE internal AS 'pg_stat_clear_snapshot';
CREATE FUNCTION func_untrusted_language.one(text) RETURNS text LANGUAGE internal AS 'pg_read_file_all';
REVOKE EXECUTE ON FUNCTION func_untrusted_language.one(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION func_untrusted_language.one(text) TO func_untrusted_language_app;"#,
        finds: &[
            ("function func_untrusted_language.everybody() in database audited", "PUBLIC"),
            ("function func_untrusted_language.one(text) in database audited", "func_untrusted_language_app"),
        ],
        sound: r#"
CREATE SCHEMA func_untrusted_language_ok;
GRANT USAGE ON SCHEMA func_untrusted_language_ok TO PUBLIC;
CREATE FUNCTION func_untrusted_language_ok.kept_ok() RETURNS void LANGUAGE internal AS 'pg_stat_clear_snapshot';
REVOKE EXECUTE ON FUNCTION func_untrusted_language_ok.kept_ok() FROM PUBLIC;
CREATE AGGREGATE func_untrusted_language_ok.total_ok(int) (SFUNC = int4pl, STYPE = int);
CREATE FUNCTION func_untrusted_language_ok.trusted_ok() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for placed in study.made() {
        // Every aggregate says `internal`; its functions are looked at one by one.
        let Some(facts) = placed.object.routine().filter(|_| placed.key.class != Class::Aggregate) else {
            continue;
        };
        if !is_untrusted(study, &placed, &facts.language) || is_support(study, &placed) {
            continue;
        }
        for entry in study.callers(&placed) {
            let message = format!(
                "{} may run {}, which is written in {}",
                entry.grantee.quoted(),
                placed.key,
                facts.language.quoted()
            );
            findings
                .add(
                    Subject::object(placed.at()),
                    Some(entry.grantee.clone()),
                    message,
                    revoke(placed.key, placed.object, entry, entry.privileges),
                )
                .shown_by(format!("EXECUTE is granted to {}", in_words([entry])));
        }
        if let [trigger, ..] = study.triggers(&placed).as_slice() {
            let message = format!(
                "{}, written in {}, runs for writers of {}",
                placed.key,
                facts.language.quoted(),
                trigger.on
            );
            let fix = Fix::words("write the trigger's function in a trusted language");
            findings
                .add(Subject::object(placed.at()), None, message, fix)
                .shown_by(format!("a trigger of {} runs it", trigger.on));
        }
    }
}

/// Untrusted by what the catalog says, or by its name: the mark of a language can be flipped.
fn is_untrusted(study: &Study<'_>, placed: &Placed<'_>, language: &Name) -> bool {
    let key = ObjectKey::bare(Class::Language, language.clone());
    let found = study.catalog.databases.get(placed.database).and_then(|contents| contents.objects.get(&key));
    matches!(found.map(|found| &found.facts), Some(Facts::Language { trusted: false }))
        || is_known_untrusted(language.as_str())
}

/// What a type, an operator class or a language is made of takes `internal` or cannot be called by name.
fn is_support(study: &Study<'_>, placed: &Placed<'_>) -> bool {
    let signature = placed.key.signature.as_deref().unwrap_or_default();
    signature.split(',').any(|argument| matches!(argument.trim(), "internal" | "cstring"))
        || study.survey.databases.get(placed.database).is_some_and(|anatomy| {
            anatomy.uses.iter().any(|used| {
                used.target == *placed.key
                    && matches!(used.by, User::Language | User::Type | User::OperatorClass)
            })
        })
}
