use std::collections::BTreeSet;

use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::{Token, tokens};
use crate::study::Study;
use crate::study::calling::Routines;
use crate::study::mending::target;
use pgward_survey::anatomy::{Anatomy, User, Volatility};

pub(super) const RULE: Rule = Rule {
    id: "func.immutable_session_state",
    title: "a policy asks an IMMUTABLE function that reads the session's state",
    capability: Capability::AllWrite,
    precondition: Precondition::Victim,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("xfunc-volatility", "Function Volatility Categories"),
        Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
    ],
    explanation: "IMMUTABLE promises that the result depends on the arguments alone, so the planner computes it once and keeps it \
in the plan. If the function reads a setting or who is connected, a plan that was made for one tenant is used for the next one \
on the same connection, and the policy lets it see the first one's rows. Declare it STABLE.\n\nThe words of the body are \
read, and those of the functions that it names.",
    check,
    cases: &[Case {
        shows: "a policy's own function, and one that it calls",
        versions: Versions::ALL,
        flawed: r#"
CREATE SCHEMA func_immutable_session_state;
CREATE FUNCTION func_immutable_session_state.tenant() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT current_setting('app.tenant', true)$$;
CREATE FUNCTION func_immutable_session_state.inner_one() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN session_user; END$$;
CREATE FUNCTION func_immutable_session_state.outer_one() RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN func_immutable_session_state.inner_one(); END$$;
CREATE TABLE func_immutable_session_state.t (tenant text);
ALTER TABLE func_immutable_session_state.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY one ON func_immutable_session_state.t USING (tenant = func_immutable_session_state.tenant());
CREATE POLICY two ON func_immutable_session_state.t USING (tenant = func_immutable_session_state.outer_one());"#,
        finds: &[
            ("function func_immutable_session_state.tenant() in database audited", ""),
            ("function func_immutable_session_state.inner_one() in database audited", ""),
        ],
        sound: r#"
CREATE SCHEMA func_immutable_session_state_ok;
CREATE FUNCTION func_immutable_session_state_ok.tenant_ok() RETURNS text LANGUAGE sql STABLE AS $$SELECT current_setting('app.tenant', true)$$;
CREATE FUNCTION func_immutable_session_state_ok.pure_ok(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT lower($1) || 'current_setting(1)'$$;
CREATE FUNCTION func_immutable_session_state_ok.unused_ok() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT current_setting('app.tenant', true)$$;
CREATE TABLE func_immutable_session_state_ok.t_ok (tenant text);
ALTER TABLE func_immutable_session_state_ok.t_ok ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_ok ON func_immutable_session_state_ok.t_ok USING (tenant = func_immutable_session_state_ok.pure_ok(func_immutable_session_state_ok.tenant_ok()));"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        let Some(routines) = study.routines(database) else { continue };
        let mut known: BTreeSet<&ObjectKey> = BTreeSet::new();
        for used in anatomy.uses.iter().filter(|used| used.is_code()) {
            let User::Policy(policy) = &used.by else { continue };
            for key in reached(&used.target, anatomy, routines) {
                let Some(object) = contents.objects.get(key) else { continue };
                let Some(body) = anatomy.routines.get(key) else { continue };
                if object.origin != Origin::User
                    || study.is_providers(key, object)
                    || body.volatility != Volatility::Immutable
                {
                    continue;
                }
                let Some(word) = session_word(key, anatomy, routines) else { continue };
                if !known.insert(key) {
                    continue;
                }
                let message =
                    format!("{key} is IMMUTABLE, reads {word}, and decides in a policy which rows are seen");
                let fix = Fix::sql(format!("ALTER {} STABLE", target(key)));
                findings
                    .add(Subject::object(ObjectRef::within(database, key.clone())), None, message, fix)
                    .shown_by(format!("policy {} of {} asks it", policy.quoted(), used.on));
            }
        }
    }
}

/// A routine and everything that it names, and that names.
fn reached<'a>(
    from: &'a ObjectKey,
    anatomy: &'a Anatomy,
    routines: &Routines<'a>,
) -> BTreeSet<&'a ObjectKey> {
    let mut found = BTreeSet::from([from]);
    let mut waiting = vec![from];
    while let Some(key) = waiting.pop() {
        let Some(body) = anatomy.routines.get(key) else { continue };
        for (called, _) in routines.called(&body.source, None) {
            if found.insert(called) {
                waiting.push(called);
            }
        }
    }
    found
}

/// What it reads of the session, itself or through what it calls.
fn session_word<'a>(key: &'a ObjectKey, anatomy: &'a Anatomy, routines: &Routines<'a>) -> Option<String> {
    reached(key, anatomy, routines).into_iter().find_map(|key| {
        let body = anatomy.routines.get(key)?;
        tokens(&body.source).into_iter().find_map(|word| match word {
            Token::Word(word) if SESSION_WORDS.contains(&word.as_str()) => Some(word),
            _ => None,
        })
    })
}

const SESSION_WORDS: [&str; 20] = [
    "current_setting",
    "current_user",
    "session_user",
    "current_role",
    "user",
    "now",
    "current_timestamp",
    "current_date",
    "localtimestamp",
    "transaction_timestamp",
    "statement_timestamp",
    "clock_timestamp",
    "inet_client_addr",
    "pg_backend_pid",
    "txid_current",
    "pg_current_xact_id",
    "current_schema",
    "current_schemas",
    "pg_has_role",
    "getpgusername",
];
