use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::Entry;
use pgward_catalog::name::{DatabaseName, Name, SchemaName};
use pgward_catalog::object::{Facts, ObjectKey};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, Versions};
use crate::severity::{Capability, Precondition};
use crate::source_text::{Token, tokens};
use crate::study::Study;
use crate::study::rows::row_privileges;
use pgward_survey::anatomy::ConstraintKind;

pub(super) const RULE: Rule = Rule {
    id: "rls.disabled_granted",
    title: "a table beside others with row security has none, and others are let at it",
    capability: Capability::SomeData,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
Reference::page("ddl-rowsecurity", "Row Security Policies"),
        Reference::nist("AC-3", "Access Enforcement"),
        Reference::cis("4.7", "row security is configured"),
        Reference::iso("A.8.3", "Information access restriction"),
        Reference::soc2("CC6.1", "Logical access is restricted"),
        Reference::owasp("LLM02", "Sensitive Information Disclosure"),
    ],
    explanation: "In a schema where tables keep rows apart, or for a table that refers to what the others are kept apart by, one without row security shows \
every tenant's rows to whoever holds a privilege on it. It is usually the newest table. Enable row security, force it, and write a policy. \
A table that policies look into has to be readable by whom they hold; it is mentioned, and no more, while it is only read.",
    check,
    cases: &[Case {
            shows: "one table of a schema is open, and one anywhere has a tenant's column",
            versions: Versions::ALL,
            flawed: "CREATE ROLE rls_disabled_granted_app LOGIN;
                     CREATE SCHEMA rls_disabled_granted;
                     CREATE TABLE rls_disabled_granted.whose (key int PRIMARY KEY);
                     CREATE TABLE rls_disabled_granted.guarded (tenant_key int REFERENCES rls_disabled_granted.whose, a int);
                     ALTER TABLE rls_disabled_granted.guarded ENABLE ROW LEVEL SECURITY;
                     ALTER TABLE rls_disabled_granted.guarded FORCE ROW LEVEL SECURITY;
                     CREATE POLICY p ON rls_disabled_granted.guarded TO rls_disabled_granted_app USING (tenant_key = 1);
                     CREATE TABLE rls_disabled_granted.open (a int);
                     GRANT SELECT ON rls_disabled_granted.open TO rls_disabled_granted_app;
                     CREATE SCHEMA rls_disabled_granted_far;
                     CREATE TABLE rls_disabled_granted_far.by_column (owned_by int REFERENCES rls_disabled_granted.whose);
                     GRANT SELECT (owned_by) ON rls_disabled_granted_far.by_column TO PUBLIC;",
            finds: &[
                ("table rls_disabled_granted.open in database audited", "rls_disabled_granted_app"),
                ("table rls_disabled_granted_far.by_column in database audited", "PUBLIC"),
            ],
            sound: "CREATE ROLE rls_disabled_granted_app_ok LOGIN;
                    CREATE SCHEMA rls_disabled_granted_ok;
                    CREATE TABLE rls_disabled_granted_ok.countries (code text);
                    GRANT SELECT ON rls_disabled_granted_ok.countries TO rls_disabled_granted_app_ok;
                    CREATE SCHEMA rls_disabled_granted_far_ok;
                    CREATE TABLE rls_disabled_granted_far_ok.ungranted (tenant_key int);
                    CREATE SCHEMA rls_disabled_granted_names_ok;
                    CREATE TABLE rls_disabled_granted_names_ok.guarded (kind text, label text);
                    ALTER TABLE rls_disabled_granted_names_ok.guarded ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE rls_disabled_granted_names_ok.guarded FORCE ROW LEVEL SECURITY;
                    CREATE POLICY p ON rls_disabled_granted_names_ok.guarded TO rls_disabled_granted_app_ok USING (kind = 'open');
                    CREATE TABLE rls_disabled_granted_far_ok.kinds (kind text, label text);
                    GRANT SELECT ON rls_disabled_granted_far_ok.kinds TO rls_disabled_granted_app_ok;",
            fix: FixWorks::CannotRun("which rows are whose is for a person to say: row security without a policy shows nobody a row"),
            needs: Needs::Nothing,
        }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    let mut guarded: BTreeSet<(&DatabaseName, Option<&SchemaName>)> = BTreeSet::new();
    let mut keys: BTreeSet<Column<'_>> = BTreeSet::new();
    let mut consulted: BTreeSet<(&DatabaseName, &ObjectKey)> = BTreeSet::new();
    for (placed, security) in study.tables().filter(|(_, security)| security.enabled) {
        guarded.insert((placed.database, placed.key.schema.as_ref()));
        for name in security.policies.keys() {
            let sources = study.sources_behind(&placed, name).into_iter();
            consulted.extend(sources.map(|(source, _)| (placed.database, source)));
        }
        let texts = security.policies.values().flat_map(|policy| [&policy.using, &policy.check]).flatten();
        let used: BTreeSet<String> = texts.flat_map(|text| own_names(text, placed.key)).collect();
        let columns = study.relation(&placed).into_iter().flat_map(|relation| &relation.columns);
        let used = columns.map(|column| &column.name).filter(|column| used.contains(column.as_str()));
        keys.extend(used.map(|column| (placed.database, placed.key, column)));
    }
    // What holds the same as a key: what the key refers to, and what refers to either.
    let references = references(study);
    let of_key = |key| references.get(key).into_iter().flatten().chain([key]);
    let held: BTreeSet<Column<'_>> = keys.iter().flat_map(of_key).copied().collect();
    let open = study.tables().filter(|(_, security)| !security.enabled && security.policies.is_empty());
    for (placed, _) in open {
        let Facts::Table(facts) = &placed.object.facts else { continue };
        // A partition is reached through its parent, and has a rule of its own.
        if facts.partition_of.is_some() {
            continue;
        }
        let column =
            study.relation(&placed).into_iter().flat_map(|relation| &relation.columns).find(|column| {
                let column = (placed.database, placed.key, &column.name);
                let refers = |to: &Vec<Column<'_>>| to.iter().any(|other| held.contains(other));
                held.contains(&column)
                    || references.get(&column).is_some_and(refers)
                    || TENANT_COLUMNS.contains(&column.2.as_str())
            });
        let beside = guarded.contains(&(placed.database, placed.key.schema.as_ref()));
        if column.is_none() && !beside {
            continue;
        }
        for (_, entry) in study.let_at(placed.object, row_privileges()) {
            let why = match column {
                Some(column) => format!("column {} says whose rows they are", column.name.quoted()),
                None => "tables beside it have it".to_owned(),
            };
            let message = format!(
                "{} is let at {}, which has no row security though {why}",
                entry.grantee.quoted(),
                placed.key.quoted()
            );
            let table = placed.key.quoted();
            // Only tables without a policy come here: switched on, row security would show nobody a row.
            let fix = Fix::words(format!(
                "write a policy that says which rows are whose (CREATE POLICY ... ON {table}), and in the same transaction \
                 ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
            ));
            let finding =
                findings.add(Subject::object(placed.at()), Some(entry.grantee.clone()), message, fix);
            finding
                .shown_by(format!("{} granted by {}", entry.privileges, entry.grantor.quoted()))
                .shown_by("without a policy nobody sees a row once row security is forced: write one first");
            if consulted.contains(&(placed.database, placed.key)) && is_only_read(entry) {
                // Policies look into it as whoever reads: that takes SELECT.
                finding.reaching(Capability::Hygiene, Precondition::Victim);
            }
            if column.is_none() {
                // It may be a list of countries: worth a look, and nobody's rows as far as anybody can tell.
                finding.reaching(Capability::Hygiene, Precondition::Victim);
            }
        }
    }
}

/// Names in a policy's expression that are of its own table, as the server prints them: alone, or after the table's name. In a subquery
/// the columns of its relations stand after theirs.
fn own_names(text: &str, table: &ObjectKey) -> Vec<String> {
    let tokens = tokens(text);
    let named = tokens.iter().enumerate().filter_map(|(at, token)| {
        let name = token.name()?;
        let before = |steps: usize| at.checked_sub(steps).and_then(|at| tokens.get(at));
        let is_own = match before(1) {
            Some(dot) if dot.is_symbol(".") => before(2).and_then(Token::name) == Some(table.name.as_str()),
            _ => true,
        };
        is_own.then(|| name.to_owned())
    });
    named.collect()
}

/// A column, in its table, in its database.
type Column<'a> = (&'a DatabaseName, &'a ObjectKey, &'a Name);

/// What each column refers to by a foreign key.
fn references<'a>(study: &Study<'a>) -> BTreeMap<Column<'a>, Vec<Column<'a>>> {
    let mut referred: BTreeMap<Column<'_>, Vec<Column<'_>>> = BTreeMap::new();
    for (database, anatomy) in &study.survey.databases {
        for constraint in &anatomy.constraints {
            let ConstraintKind::ForeignKey { references, columns } = &constraint.kind else { continue };
            for (own, other) in constraint.columns.iter().zip(columns) {
                let to = (database, references, other);
                referred.entry((database, &constraint.table, own)).or_default().push(to);
            }
        }
    }
    referred
}

fn is_only_read(entry: &Entry) -> bool {
    (entry.privileges & row_privileges()) == Privileges::from(Privilege::Select)
}

/// Columns that say whose a row is, by the names people give them.
const TENANT_COLUMNS: &[&str] = &[
    "tenant_id",
    "tenant",
    "tenant_uuid",
    "org_id",
    "organization_id",
    "organisation_id",
    "account_id",
    "customer_id",
    "company_id",
    "workspace_id",
    "team_id",
    "user_id",
    "owner_id",
];
