use pgward_catalog::name::Name;
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::relations::relations;
use crate::source_text::tokens;
use crate::study::Study;
use pgward_survey::anatomy::{Anatomy, DisabledTrigger};

pub(super) const RULE: Rule = Rule {
    id: "trigger.disabled",
    title: "a trigger is switched off",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-altertable", "ALTER TABLE"),
        Reference::stig("V-233580", "audit records are produced"),
        Reference::nist("AU-12", "Audit Record Generation"),
        Reference::iso("A.8.15", "Logging"),
        Reference::soc2("CC7.2", "System components are monitored for anomalies"),
    ],
    explanation: "A disabled trigger is still in every dump and every review, and does nothing: changes leave no trace where it wrote \
one, and what it forbade goes through. `ALTER TABLE ... DISABLE TRIGGER ALL`, as some loading scripts have it, switches foreign keys off as \
well. Switch it on again, or drop it.\n\nWhat a trigger was for is read from the words of its function: one that raises an exception or \
writes to another table counts for more than one that does neither. Triggers that fire on a replica only (`ENABLE REPLICA`) are left alone.",
    check,
    cases: &[Case {
        shows: "a trigger that records changes, one that forbids them, and a foreign key that is not kept",
        versions: Versions::ALL,
        flawed: r#"
CREATE SCHEMA trigger_disabled;
CREATE TABLE trigger_disabled.log (what text);
CREATE TABLE trigger_disabled.t (a int PRIMARY KEY);
CREATE TABLE trigger_disabled.child (a int CONSTRAINT parent REFERENCES trigger_disabled.t);
CREATE FUNCTION trigger_disabled.records() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO trigger_disabled.log VALUES ('x'); RETURN NEW; END$$;
CREATE FUNCTION trigger_disabled.forbids() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
CREATE TRIGGER records AFTER UPDATE ON trigger_disabled.t FOR EACH ROW EXECUTE FUNCTION trigger_disabled.records();
CREATE TRIGGER forbids BEFORE DELETE ON trigger_disabled.t FOR EACH ROW EXECUTE FUNCTION trigger_disabled.forbids();
ALTER TABLE trigger_disabled.t DISABLE TRIGGER USER;
ALTER TABLE trigger_disabled.child DISABLE TRIGGER ALL;"#,
        finds: &[
            ("trigger records of table trigger_disabled.t in database audited", ""),
            ("trigger forbids of table trigger_disabled.t in database audited", ""),
            ("foreign key parent of table trigger_disabled.child in database audited", ""),
        ],
        sound: r#"
CREATE SCHEMA trigger_disabled_ok;
CREATE TABLE trigger_disabled_ok.t_ok (a int PRIMARY KEY);
CREATE TABLE trigger_disabled_ok.child_ok (a int REFERENCES trigger_disabled_ok.t_ok);
CREATE FUNCTION trigger_disabled_ok.f_ok() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
CREATE TRIGGER on_ok BEFORE DELETE ON trigger_disabled_ok.t_ok FOR EACH ROW EXECUTE FUNCTION trigger_disabled_ok.f_ok();
CREATE TRIGGER replica_ok BEFORE DELETE ON trigger_disabled_ok.t_ok FOR EACH ROW EXECUTE FUNCTION trigger_disabled_ok.f_ok();
ALTER TABLE trigger_disabled_ok.t_ok ENABLE REPLICA TRIGGER replica_ok;"#,
        fix: FixWorks::Runs,
        needs: Needs::Nothing,
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for disabled in &anatomy.disabled {
            let Some(table) = contents.objects.get(&disabled.table) else { continue };
            if table.origin != Origin::User || study.is_providers(&disabled.table, table) {
                continue;
            }
            let at = ObjectRef::within(database, disabled.table.clone());
            let (part, what, capability) = match &disabled.constraint {
                Some(constraint) => (
                    format!("foreign key {}", constraint.quoted()),
                    "rows may point nowhere",
                    Capability::SomeData,
                ),
                None => {
                    let (what, capability) = purpose(anatomy, disabled);
                    (format!("trigger {}", disabled.name.quoted()), what, capability)
                }
            };
            let message = format!("{part} of {} is switched off: {what}", disabled.table);
            findings
                .add(Subject::part(at, part), None, message, enable(&disabled.table, &disabled.name))
                .reaching(capability, Precondition::Login)
                .shown_by("tgenabled is D");
        }
    }
}

fn enable(table: &ObjectKey, trigger: &Name) -> Fix {
    Fix::sql(format!(
        "ALTER {} {} ENABLE TRIGGER {}",
        table.class.alter_keyword(),
        table.quoted(),
        trigger.quoted()
    ))
}

/// What is missing without it, as far as the words of its function tell.
fn purpose(anatomy: &Anatomy, disabled: &DisabledTrigger) -> (&'static str, Capability) {
    let Some(body) = disabled.routine.as_ref().and_then(|routine| anatomy.routines.get(routine)) else {
        return ("what it did is not done", Capability::Hygiene);
    };
    let words = tokens(&body.source);
    let raises = words.windows(2).any(|pair| {
        matches!(pair, [raise, level] if raise.is("raise")
            && !["notice", "info", "log", "debug", "warning"].iter().any(|mild| level.is(mild)))
    });
    let own = disabled.table.name.as_str();
    let writes = relations(&body.source).iter().any(|named| named.written && named.name != own);
    match (raises, writes) {
        (true, _) => ("what it forbade is let through", Capability::SomeData),
        (false, true) => ("what it wrote down is not written", Capability::SomeData),
        (false, false) => ("what it did is not done", Capability::Hygiene),
    }
}
