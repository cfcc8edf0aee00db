//! Parameters whose values are run, and languages that are not what they say.

use pgward_catalog::acl::Grantee;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, quote_literal};
use pgward_catalog::object::{Facts, ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;

use crate::finding::Fix;
use crate::paths::edges::found::{Edges, Step};
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;
use crate::severity::Precondition;
use crate::study::Study;
use crate::study::mending::revoke;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    let study = edges.study;
    for (key, object) in study.catalog.cluster_objects.iter().filter(|(key, _)| runs_code(key)) {
        for entry in study.given_with(object, Privilege::AlterSystem) {
            let step = Step {
                mechanism: Mechanism::ParameterRunsCode,
                // It takes a reload or a restart.
                precondition: Precondition::Configuration,
                database: None,
                cause: format!("ALTER SYSTEM on {key} for {}", entry.grantee.quoted()),
                fix: revoke(key, object, entry, Privilege::AlterSystem.into()),
                object: Some(ObjectRef::of_cluster(key.clone())),
            };
            edges.add(&entry.grantee, Node::Sink(Sink::OsCommand), step);
        }
    }
    for (database, contents) in &study.catalog.databases {
        for (key, object) in contents.objects.iter().filter(|(key, _)| key.class == Class::Language) {
            if object.facts != (Facts::Language { trusted: true }) || !is_untrusted(key.name.as_str()) {
                continue;
            }
            for entry in study.given_with(object, Privilege::Usage) {
                let step = Step {
                    mechanism: Mechanism::TrustedLanguage,
                    precondition: Precondition::Create,
                    database: Some(database),
                    cause: format!("{key} in database {} is marked trusted", database.quoted()),
                    fix: Fix::sql(format!(
                        "UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = {}",
                        quote_literal(key.name.as_str())
                    )),
                    object: Some(ObjectRef::within(database, key.clone())),
                };
                for writer in writers(study, database, &entry.grantee) {
                    edges.add(writer, Node::Sink(Sink::OsCommand), step.clone());
                }
            }
        }
    }
}

/// Who of those to whom a language is granted may write a function in it: it takes a place for one.
fn writers(study: &Study<'_>, database: &DatabaseName, grantee: &Grantee) -> Vec<Node> {
    match grantee {
        Grantee::Public if study.may_everybody_make_code(database) => vec![Node::Public],
        Grantee::Public => study.makers_of_code(database).into_iter().map(Node::from).collect(),
        Grantee::Role(role) if study.may_make_code(database, role) => vec![Node::from(role)],
        Grantee::Role(role) => {
            let makers = study.makers_of_code(database).into_iter();
            makers.filter(|maker| study.acts_as(maker, role)).map(Node::from).collect()
        }
    }
}

/// Parameters that hold a command, a library or the name of a file that decides who gets in.
fn runs_code(key: &ObjectKey) -> bool {
    key.class == Class::Parameter && RUNS_CODE.contains(&key.name.as_str())
}

/// `plperlu` marked trusted is run as `plperl`, restricted: harmless.
fn is_untrusted(language: &str) -> bool {
    matches!(
        language,
        "plpython3u" | "plpython2u" | "plpythonu" | "pltclu" | "plsh" | "c" | "internal" | "plr" | "pljavau"
    )
}

/// Parameters whose value the server runs, loads or believes.
const RUNS_CODE: &[&str] = &[
    "archive_cleanup_command",
    "archive_command",
    "archive_library",
    "dynamic_library_path",
    "extension_control_path",
    "hba_file",
    "ident_file",
    "jit_provider",
    "local_preload_libraries",
    "oauth_validator_libraries",
    "recovery_end_command",
    "restore_command",
    "session_preload_libraries",
    "shared_preload_libraries",
    "ssl_passphrase_command",
];
