//! Functions that run with their owner's rights are safe to call.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::model::database::Database;
use crate::model::interface::{Interface, Security};
use crate::pattern::routine::RoutineName;
use crate::source::span::{Span, Spanned};

/// Checks the interfaces of a database.
pub(crate) fn check(database: &Database, report: &mut Report) {
    for (name, interface) in &database.interfaces {
        search_path(name, interface, report);
        if let Some((setting, _)) =
            interface.settings.iter().find(|(setting, _)| setting.as_str() == "search_path")
        {
            report.add(
                Diagnostic::error(Code::KeysExclude, setting.span, "`search_path` is a key of its own")
                    .hint("write `search_path: [pg_catalog, pg_temp]` beside `settings`"),
            );
        }
    }
}

fn search_path(name: &Spanned<RoutineName>, interface: &Spanned<Interface>, report: &mut Report) {
    if interface.security() != Security::Definer {
        return;
    }
    let Some(path) = &interface.search_path else {
        let message =
            format!("function {} runs with its owner's rights and the caller's search_path", name.value);
        report.add(
            flaw(interface, name.span, message)
            .detail("a caller can put objects of its own in front of those the function means")
            .hint("write `search_path: [pg_catalog, pg_temp]`, and qualify what the function uses with its schema"),
        );
        return;
    };
    if let Some(own) = path.iter().find(|schema| schema.as_str() == "$user") {
        report.add(
            flaw(interface, own.span, "`$user` is a schema of the caller's choice".to_owned())
                .hint("name the schemas the function needs"),
        );
    }
    if path.last().is_none_or(|last| last.as_str() != "pg_temp") {
        let span = path.last().map_or(name.span, |last| last.span);
        report.add(
            Diagnostic::warning(Code::DefinerSearchPath, span, "the search_path does not end with `pg_temp`")
                .detail("a schema that is not named is searched first when it holds temporary tables")
                .hint("add `pg_temp` as the last schema"),
        );
    }
}

/// An error, unless the contract says why it is so: then it is a decision, and a warning.
fn flaw(interface: &Interface, span: Span, message: String) -> Diagnostic {
    match interface.because {
        Some(_) => Diagnostic::warning(Code::DefinerSearchPath, span, message),
        None => Diagnostic::error(Code::DefinerSearchPath, span, message),
    }
}
