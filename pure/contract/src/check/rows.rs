//! Decisions about rows can be true, and are there where they must be.

use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::model::database::{Database, RowSecurity};
use crate::model::rows::{Policy, PolicyCommand, Rows};
use crate::pattern::object::ObjectName;
use crate::source::span::Spanned;

/// Checks the rows of a database.
pub(crate) fn check(database: &Database, report: &mut Report) {
    for (table, rows) in &database.rows {
        exclusions(table, rows, report);
        tenant(table, rows, report);
        rows.policies.iter().for_each(|(_, one)| policy(one, report));
    }
    if database.row_security() == RowSecurity::Required {
        undecided(database, report);
    }
}

fn exclusions(table: &Spanned<ObjectName>, rows: &Spanned<Rows>, report: &mut Report) {
    let none = rows.none.as_ref().filter(|none| none.value);
    let decided =
        rows.policies.keys().next().map(|name| name.span).or(rows.tenant.as_ref().map(|tenant| tenant.span));
    if let (Some(none), Some(other)) = (none, decided) {
        report.add(
            Diagnostic::error(
                Code::KeysExclude,
                none.span,
                format!("table {} cannot have row security and none", table.value),
            )
            .label(other, "this needs row security")
            .hint("remove `none: true`, or the policies"),
        );
    }
    if let (Some(none), None) = (none, &rows.because) {
        report.add(
            Diagnostic::warning(
                Code::RowsUndecided,
                none.span,
                "a table without row security has no reason for it",
            )
            .hint("say why with `because`"),
        );
    }
    if let (Some(enable), false) =
        (rows.enable.as_ref().filter(|enable| !enable.value), rows.policies.is_empty())
    {
        report.add(
            Diagnostic::warning(
                Code::KeysExclude,
                enable.span,
                format!("the policies of table {} have no effect", table.value),
            )
            .detail("row security is off, so everybody with a grant sees all rows")
            .hint("remove `enable: false`"),
        );
    }
}

fn tenant(table: &Spanned<ObjectName>, rows: &Spanned<Rows>, report: &mut Report) {
    let Some(tenant) = &rows.tenant else { return };
    let setting = tenant.setting.as_str();
    let expressions = rows.policies.iter().flat_map(|(_, policy)| policy.using.iter().chain(&policy.check));
    let mut expressions = expressions.peekable();
    let hint =
        format!("for example `using: \"{} = current_setting('{setting}')::uuid\"`", tenant.column.value);
    if expressions.peek().is_none() {
        report.add(
            Diagnostic::error(
                Code::TenantUnused,
                tenant.span,
                format!("table {} has no policy to keep tenants apart", table.value),
            )
            .hint(hint),
        );
    } else if !expressions.any(|expression| expression.as_str().contains(setting)) {
        report.add(
            Diagnostic::error(
                Code::TenantUnused,
                tenant.setting.span,
                format!("no policy of table {} looks at `{setting}`", table.value),
            )
            .hint(hint),
        );
    }
}

fn policy(policy: &Spanned<Policy>, report: &mut Report) {
    if policy.using.is_none() && policy.check.is_none() {
        report.add(
            Diagnostic::warning(
                Code::MissingKey,
                policy.span,
                "a policy without `using` and `check` lets no row through",
            )
            .hint("write `using: \"true\"` to let every row through"),
        );
    }
    match (policy.r#for(), &policy.using, &policy.check) {
        (PolicyCommand::Insert, Some(using), _) => report.add(
            Diagnostic::error(Code::KeysExclude, using.span, "a policy for `insert` has no `using`")
                .detail("there is no row to look at before it is written")
                .hint("write the condition as `check`"),
        ),
        (command @ (PolicyCommand::Select | PolicyCommand::Delete), _, Some(check)) => report.add(
            Diagnostic::error(
                Code::KeysExclude,
                check.span,
                format!("a policy for `{}` has no `check`", command.word()),
            )
            .detail("no row is written")
            .hint("write the condition as `using`"),
        ),
        _ => {}
    }
}

fn undecided(database: &Database, report: &mut Report) {
    let mut told: Vec<ObjectName> = Vec::new();
    for grant in &database.grants {
        for pattern in grant.on.tables.iter().flatten() {
            let Some(table) = pattern.plain() else { continue };
            if database.rows.get(&table).is_some() || told.contains(&table) {
                continue;
            }
            let mut diagnostic = Diagnostic::error(
                Code::RowsUndecided,
                pattern.span,
                format!("nothing is decided about the rows of {table}"),
            )
            .hint(format!(
                "add it under `rows` with its policies, or `{table}: {{none: true, because: ...}}`; a view has no rows of \
                 its own: grant on it under `views`, not under `tables`"
            ));
            if let Some(required) = &database.row_security {
                diagnostic = diagnostic.label(required.span, "every table needs a decision");
            }
            report.add(diagnostic);
            told.push(table);
        }
    }
}
