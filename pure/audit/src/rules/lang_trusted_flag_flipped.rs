use pgward_catalog::class::Class;
use pgward_catalog::language::is_known_untrusted;
use pgward_catalog::name::DatabaseName;
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;
use pgward_survey::anatomy::User;

pub(super) const RULE: Rule = Rule {
    id: "lang.trusted_flag_flipped",
    title: "an untrusted language is marked as trusted",
    capability: Capability::OperatingSystem,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-createlanguage", "CREATE LANGUAGE"),
        Reference::page("catalog-pg-language", "pg_language"),
        Reference::stig("V-233593", "access to external executables is restricted"),
        Reference::nist("CM-7", "Least Functionality"),
        Reference::iso("A.8.2", "Privileged access rights"),
        Reference::soc2("CC6.3", "Access is authorised, modified and removed by role and least privilege"),
    ],
    explanation: "`pg_language.lanpltrusted` says that a language keeps its functions inside the database, so that PostgreSQL lets \
everybody with USAGE (PUBLIC, by default) write in it. C, `plpython3u` and their like do not, whatever the mark says: anybody \
can then write a function that runs commands as the server's account. Languages are known by their names and by the \
handlers that they call.",
    check,
    cases: &[Case {
        shows: "C and another untrusted language, marked as trusted",
        versions: Versions::ALL,
        flawed: "UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'c';
CREATE FUNCTION public.handler() RETURNS language_handler LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE plsh HANDLER public.handler;",
        finds: &[("language c in database audited", "PUBLIC"), ("language plsh in database audited", "PUBLIC")],
        sound: "CREATE FUNCTION public.handler() RETURNS language_handler LANGUAGE c AS 'plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE plsh HANDLER public.handler;
CREATE TRUSTED LANGUAGE plpgsql_ok HANDLER public.handler;",
        fix: FixWorks::Runs,
        needs: Needs::Server { flawed: ServerSetup::PLAIN, sound: ServerSetup::PLAIN },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, _) in study.databases() {
        for (key, object) in &contents.objects {
            let Facts::Language { trusted: true } = object.facts else { continue };
            let Some(why) = untrusted(study, database, key) else { continue };
            let message = format!("{key} is marked as trusted, and is not");
            let fix = Fix::sql(format!(
                "UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = {}",
                pgward_catalog::name::quote_literal(key.name.as_str())
            ));
            let subject = Subject::object(ObjectRef::within(database, key.clone()));
            let finding =
                findings.add(subject, Some(pgward_catalog::acl::Grantee::Public), message, fix).shown_by(why);
            let users = crate::study::code::in_words(study.given(object));
            if users.is_empty() {
                finding.reaching(Capability::OperatingSystem, Precondition::Configuration);
            } else {
                finding.shown_by(format!("USAGE is granted to {users}"));
            }
        }
    }
}

/// Why it cannot be trusted; none: nothing is known against it.
fn untrusted(study: &Study<'_>, database: &DatabaseName, key: &ObjectKey) -> Option<String> {
    if is_known_untrusted(key.name.as_str()) {
        return Some(format!("language {} is untrusted by its making", key.name.quoted()));
    }
    let anatomy = study.survey.databases.get(database)?;
    anatomy
        .uses
        .iter()
        .filter(|used| used.by == User::Language && used.on == *key && used.target.class == Class::Function)
        .filter_map(|used| anatomy.routines.get(&used.target))
        .map(|handler| handler.source.as_str())
        .find(|symbol| UNTRUSTED_HANDLERS.contains(symbol))
        .map(|symbol| format!("its handler is {symbol}"))
}

const UNTRUSTED_HANDLERS: [&str; 8] = [
    "plpython_call_handler",
    "plpython2_call_handler",
    "plpython3_call_handler",
    "plperlu_call_handler",
    "pltclu_call_handler",
    "plsh_handler",
    "plr_call_handler",
    "javau_call_handler",
];
