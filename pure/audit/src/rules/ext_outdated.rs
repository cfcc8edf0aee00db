use pgward_catalog::class::Class;
use pgward_catalog::object::{ObjectKey, ObjectRef};

use crate::finding::{Findings, Fix, Subject};
use crate::reference::Reference;
use crate::rule::{Case, FixWorks, Needs, Rule, ServerSetup, Versions};
use crate::severity::{Capability, Precondition};
use crate::study::Study;

pub(super) const RULE: Rule = Rule {
    id: "ext.outdated",
    title: "an extension is older in a database than its files are",
    capability: Capability::Hygiene,
    precondition: Precondition::Login,
    versions: Versions::ALL,
    sees: &[],
    references: &[
        Reference::page("sql-alterextension", "ALTER EXTENSION"),
        Reference::nist("SI-2", "Flaw Remediation"),
        Reference::iso("A.8.8", "Management of technical vulnerabilities"),
        Reference::soc2("CC7.1", "Vulnerabilities are detected and monitored"),
    ],
    explanation: "The server's packages were updated, but the objects in the database are still those of the older script: what the \
newer one mends, privileges of its functions among it, is not mended here. Run `ALTER EXTENSION ... UPDATE`.",
    check,
    cases: &[Case {
        shows: "an extension installed in an old version",
        versions: Versions::ALL,
        flawed: "CREATE EXTENSION hstore VERSION '1.4';",
        finds: &[("extension hstore in database audited", "")],
        sound: "CREATE EXTENSION hstore;",
        fix: FixWorks::Runs,
        needs: Needs::Server { flawed: ServerSetup::PLAIN, sound: ServerSetup::PLAIN },
    }],
};

fn check(study: &Study<'_>, findings: &mut Findings) {
    for (database, contents, anatomy) in study.databases() {
        for (name, extension) in &anatomy.extensions {
            let Some(available) = &extension.available else { continue };
            if !is_older(&extension.version, available) {
                continue;
            }
            let key = ObjectKey::bare(Class::Extension, name.clone());
            if contents.objects.get(&key).is_some_and(|object| study.is_providers(&key, object)) {
                continue;
            }
            let message = format!("{key} is of version {}, and {available} is there", extension.version);
            let fix = Fix::sql(format!("ALTER EXTENSION {} UPDATE", name.quoted()));
            findings
                .add(Subject::object(ObjectRef::within(database, key)), None, message, fix)
                .shown_by(format!("installed {}, default_version {available}", extension.version));
        }
    }
}

/// Compares number by number; what is no number, letter by letter.
fn is_older(installed: &str, available: &str) -> bool {
    let parts = |version: &str| -> Vec<(u64, String)> {
        version
            .split(['.', '-'])
            .map(|part| {
                let digits = part.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(part.len());
                let (number, rest) = part.split_at(digits);
                (number.parse().unwrap_or_default(), rest.to_owned())
            })
            .collect()
    };
    parts(installed) < parts(available)
}

#[cfg(test)]
mod tests {
    use super::is_older;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(is_older("1.9", "1.10") && is_older("1.4", "2.0") && is_older("3.4.0", "3.4.2"));
        assert!(!is_older("1.10", "1.9") && !is_older("1.8", "1.8") && !is_older("2", "1.9"));
    }
}
