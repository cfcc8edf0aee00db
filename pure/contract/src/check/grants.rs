//! Grants and other selections say something PostgreSQL can do.

use crate::check::class;
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::model::database::Database;
use crate::model::grant::{DefaultClass, DefaultPrivilege, Grant, Grantee, Privilege, Selection};
use crate::model::kind::{Kind, Naming};
use crate::name::Principal;
use crate::pattern::object::Exception;
use crate::source::span::Spanned;

/// Checks every selection and list of grantees of a database.
pub(crate) fn check(database: &Database, report: &mut Report) {
    for list in [&database.connect, &database.temporary, &database.create].into_iter().flatten() {
        grantees(list, report);
    }
    for (_, schema) in &database.schemas {
        [&schema.r#use, &schema.create].into_iter().flatten().for_each(|list| grantees(list, report));
    }
    for (_, interface) in &database.interfaces {
        grantees(&interface.execute, report);
    }
    for grant in &database.grants {
        grantees(&grant.to.0, report);
        selection(&grant.on, report);
        privileges(grant, report);
    }
    for ownership in &database.owners {
        selection(&ownership.on, report);
        no_columns(&ownership.on, "ownership", report);
    }
    for never in &database.never {
        if let Some(on) = &never.on {
            selection(on, report);
        }
    }
    database.defaults.iter().for_each(|default| defaults(default, report));
}

fn grantees(list: &[Spanned<Grantee>], report: &mut Report) {
    let mut seen: Vec<&Spanned<Principal>> = Vec::new();
    for grantee in list {
        match seen.iter().find(|other| other.value == grantee.role.value) {
            Some(first) => report.add(
                Diagnostic::warning(
                    Code::Repeated,
                    grantee.span,
                    format!("{} is listed twice", grantee.role.value),
                )
                .label(first.span, "first listed here"),
            ),
            None => seen.push(&grantee.role),
        }
    }
}

fn selection(on: &Spanned<Selection>, report: &mut Report) {
    let selected = class::selected(on);
    if selected.is_empty() {
        report.add(
            Diagnostic::error(Code::BadSelection, on.span, "this selects nothing")
                .hint("name at least one class with a pattern, such as `tables: public.*`"),
        );
        return;
    }
    if let Some(columns) = on.columns.iter().flatten().next() {
        let has_others = selected.iter().any(|one| !matches!(one.class, Kind::Tables | Kind::Views));
        if has_others {
            report.add(
                Diagnostic::error(Code::BadSelection, columns.span, "only tables and views have columns")
                    .hint("write the grant on columns as an entry of its own"),
            );
        }
    }
    for one in &selected {
        if class::is_emptied(one, &class::exceptions(on, one.class)) {
            report.add(
                Diagnostic::error(
                    Code::NothingLeft,
                    one.span,
                    format!("`except` takes away all that `{}` selects", one.text),
                )
                .hint("remove the pattern, or make the exception narrower"),
            );
        }
    }
    for exception in &on.except {
        if !selected.iter().any(|one| fits(&exception.value, one.class)) {
            let hint = match &exception.value {
                Exception::Name(_) => "write it like what it takes from: `schema.name`",
                _ => {
                    "write it like what it takes from: functions with `(argument types)`, schemas as bare names"
                }
            };
            report.add(
                Diagnostic::error(
                    Code::BadSelection,
                    exception.span,
                    "this exception takes from nothing that is selected",
                )
                .hint(hint),
            );
        }
    }
}

fn fits(exception: &Exception, class: Kind) -> bool {
    match exception {
        Exception::Name(_) => class.naming() == Naming::Alone,
        Exception::Routine(_) => class.naming() == Naming::Signature,
        Exception::Object(_) => class.naming() != Naming::Alone,
    }
}

fn privileges(grant: &Spanned<Grant>, report: &mut Report) {
    let mut classes: Vec<Kind> = Vec::new();
    for one in class::selected(&grant.on) {
        if !classes.contains(&one.class) {
            classes.push(one.class);
        }
    }
    for privilege in &grant.allow {
        for class in &classes {
            let possible = match (&grant.on.columns, class) {
                (Some(_), Kind::Tables | Kind::Views) => class::COLUMN_PRIVILEGES,
                _ => class.privileges(),
            };
            if !suits(privilege.value, possible) {
                report.add(other_class(privilege, class.key(), grant.on.columns.is_some(), possible));
            }
        }
    }
    if let (Some(future), Some(_)) = (grant.future.as_ref().filter(|future| future.value), &grant.on.columns)
    {
        report.add(
            Diagnostic::error(Code::KeysExclude, future.span, "columns have no default privileges")
                .hint("remove `future: true`; a table that is made later needs a grant of its own"),
        );
    }
}

fn suits(privilege: Privilege, possible: &[Privilege]) -> bool {
    possible.contains(&privilege) || privilege == Privilege::All && !possible.is_empty()
}

fn other_class(
    privilege: &Spanned<Privilege>,
    key: &str,
    on_columns: bool,
    possible: &[Privilege],
) -> Diagnostic {
    let what = if on_columns { "columns" } else { key };
    let message = format!("there is no privilege `{}` on {}", privilege.word(), what.replace('_', " "));
    let list = possible.iter().map(|one| format!("`{}`", one.word())).collect::<Vec<_>>().join(", ");
    let hint = match possible {
        [] => "they have an owner, and no privileges".to_owned(),
        _ => format!("on {} there are: {list}", what.replace('_', " ")),
    };
    Diagnostic::error(Code::PrivilegeOfOtherClass, privilege.span, message).hint(hint)
}

fn no_columns(on: &Spanned<Selection>, what: &str, report: &mut Report) {
    if let Some(column) = on.columns.iter().flatten().next() {
        report.add(Diagnostic::error(
            Code::BadSelection,
            column.span,
            format!("columns have no {what} of their own"),
        ));
    }
}

fn defaults(default: &Spanned<DefaultPrivilege>, report: &mut Report) {
    grantees(&default.to.0, report);
    let possible = match default.on.value {
        DefaultClass::Tables => Kind::Tables.privileges(),
        DefaultClass::Sequences => Kind::Sequences.privileges(),
        DefaultClass::Functions => Kind::Functions.privileges(),
        DefaultClass::Types => Kind::Types.privileges(),
        DefaultClass::Schemas => Kind::Schemas.privileges(),
        DefaultClass::LargeObjects => Kind::LargeObjects.privileges(),
    };
    for privilege in default.allow.iter().filter(|privilege| !suits(privilege.value, possible)) {
        report.add(other_class(privilege, default.on.word(), false, possible));
    }
    if let (Some(schema), DefaultClass::Schemas | DefaultClass::LargeObjects) =
        (&default.schema, default.on.value)
    {
        let message = format!("{} do not live in a schema", default.on.word().replace('_', " "));
        report.add(
            Diagnostic::error(Code::KeysExclude, schema.span, message)
                .label(default.on.span, "default privileges of these are for the whole database")
                .hint("remove `schema`"),
        );
    }
}
