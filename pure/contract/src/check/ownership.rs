//! Who may create objects in a schema can also alter those that are there (A11).

use crate::check::class;
use crate::check::memberships::Memberships;
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::model::contract::Contract;
use crate::model::database::{Database, Schema};
use crate::model::role::RoleKind;
use crate::name::{RoleName, SchemaName};
use crate::pattern::glob::{Glob, Piece};
use crate::pattern::overlap::{Meeting, SEPARATOR, meet};
use crate::source::span::Spanned;

/// Reports every role that may create in a schema, and is not and cannot become the owner of what is there.
pub(crate) fn check<'c>(
    contract: &'c Contract,
    database: &Database,
    memberships: &Memberships<'c>,
    report: &mut Report,
) {
    for (name, schema) in &database.schemas {
        for (owner, is_explained) in owners(database, name, schema) {
            for grantee in schema.create.iter().flatten() {
                let Some(migrator) = grantee.role.role() else { continue };
                let Some((known, declared)) = contract.roles.entry(migrator) else { continue };
                let is_free = declared.superuser() || declared.kind().is_foreign();
                if !is_free && !memberships.is_or_becomes(&known.value, &owner.value) {
                    let found = cannot_alter(contract, name, &grantee.with(migrator.clone()), owner);
                    // With a reason it is a decision.
                    let severity = if is_explained { Severity::Warning } else { Severity::Error };
                    report.add(Diagnostic { severity, ..found });
                }
            }
        }
    }
}

/// The roles that own tables of the schema, as far as the contract says, and whether it gives a reason.
fn owners<'d>(
    database: &'d Database,
    name: &Spanned<SchemaName>,
    schema: &'d Schema,
) -> impl Iterator<Item = (&'d Spanned<RoleName>, bool)> {
    let mut inside = Glob::exactly(name.as_str()).pieces().to_vec();
    inside.extend([Piece::Char(SEPARATOR), Piece::Many]);
    let covers = move |on: &crate::model::grant::Selection| {
        on.tables
            .iter()
            .flatten()
            .any(|pattern| meet(&[&class::object(pattern), &inside], &[]) != Meeting::Nowhere)
    };
    let extra = database
        .owners
        .iter()
        .filter(move |ownership| covers(&ownership.on))
        .map(|ownership| (&ownership.owner, ownership.because.is_some()));
    schema.objects_owner.iter().map(|owner| (owner, false)).chain(extra)
}

fn cannot_alter(
    contract: &Contract,
    schema: &Spanned<SchemaName>,
    migrator: &Spanned<RoleName>,
    owner: &Spanned<RoleName>,
) -> Diagnostic {
    let (migrator_name, owner_name, schema_name) = (&migrator.value, &owner.value, &schema.value);
    let message = format!(
        "role \"{migrator_name}\" may create in schema \"{schema_name}\" and could not alter what is there"
    );
    let owner_kind = contract.roles.get(owner_name).map(|role| role.kind());
    let hint = match owner_kind {
        Some(RoleKind::Owner | RoleKind::Group) => format!(
            "let it become the owner: `{migrator_name}: {{may_become: [{owner_name}]}}`; or make it the owner itself: \
             `objects_owner: {migrator_name}`"
        ),
        _ => format!(
            "give the objects to a role that nobody logs in as (`kind: owner`) and write \
             `{migrator_name}: {{may_become: [that role]}}`; or make it the owner itself: `objects_owner: {migrator_name}`"
        ),
    };
    Diagnostic::error(Code::MigratorCannotAlter, migrator.span, message)
        .label(owner.span, format!("\"{owner_name}\" owns the objects"))
        .detail(format!(
            "ALTER and DROP belong to the owner; no GRANT gives them, ALL PRIVILEGES neither, and \"{migrator_name}\" is not and \
             may not become \"{owner_name}\""
        ))
        .hint(hint)
}
