//! `never` forbids nothing that the rest of the contract gives.

use std::collections::HashMap;

use crate::check::class::{self, Selected};
use crate::check::memberships::{Memberships, Reached};
use crate::check::references::undeclared;
use crate::diagnostic::code::Code;
use crate::diagnostic::{Diagnostic, Report};
use crate::model::contract::Contract;
use crate::model::database::{Database, PublicDefaults};
use crate::model::grant::{Grantee, Privilege, Selection};
use crate::model::interface::Interface;
use crate::model::kind::Kind;
use crate::model::never::{Action, Never, Power};
use crate::model::role::Role;
use crate::name::{DatabaseName, Principal, RoleName};
use crate::pattern::glob::{Glob, Piece};
use crate::pattern::overlap::SEPARATOR;
use crate::source::span::{Span, Spanned};

/// Reports every entry of the contract that gives what a `never` of the database forbids.
pub(crate) fn check<'c>(
    contract: &'c Contract,
    name: &'c Spanned<DatabaseName>,
    database: &'c Database,
    memberships: &Memberships<'c>,
    report: &mut Report,
) {
    for never in &database.never {
        let roles = forbidden(contract, never, report);
        if never.may.is_none() && never.reach.is_none() {
            report.add(
                Diagnostic::error(Code::MissingKey, never.span, "a `never` needs `may` or `reach`")
                    .hint("write what the roles may never do (`may`), or become (`reach`)"),
            );
        }
        columns(never, report);
        let court = Court::new(contract, database, never, &roles, memberships);
        let mut found = Vec::new();
        court.grants(&mut found);
        court.lists(name, &mut found);
        court.ownership(&mut found);
        court.attributes(&mut found);
        // One entry that gives it to ten roles is one mistake.
        found.sort_by_key(|one: &Diagnostic| (one.span, one.labels.first().map(|label| label.span)));
        found.dedup_by_key(|one| (one.span, one.labels.first().map(|label| label.span)));
        report.extend(found);
    }
}

/// On columns nothing can be forbidden but what can be given there.
fn columns(never: &Never, report: &mut Report) {
    let Some(columns) = never.on.as_ref().and_then(|on| on.columns.as_ref()) else { return };
    let named = columns.iter().map(|column| column.value.to_string()).collect::<Vec<_>>().join(", ");
    for action in never.may.iter().flatten().filter(|action| !is_on_columns(action.value)) {
        let message = format!("there is no privilege `{}` on columns", action.word());
        let hint = format!(
            "write what is meant of the columns ({named}) with `select`, `insert`, `update` or `references`, and `{}` in an entry without `columns`",
            action.word()
        );
        report.add(Diagnostic::error(Code::PrivilegeOfOtherClass, action.span, message).hint(hint));
    }
}

fn is_on_columns(action: Action) -> bool {
    matches!(action, Action::Select | Action::Insert | Action::Update | Action::References)
}

/// The declared roles a `never` is about.
fn forbidden<'c>(
    contract: &'c Contract,
    never: &Spanned<Never>,
    report: &mut Report,
) -> Vec<&'c Spanned<RoleName>> {
    let mut roles: Vec<&Spanned<RoleName>> = Vec::new();
    for pattern in &never.roles {
        let matched: Vec<_> = contract.roles.keys().filter(|role| pattern.matches(role.as_str())).collect();
        match (matched.is_empty(), pattern.0.plain()) {
            (true, Some(role)) => report.add(undeclared(contract, &role, pattern.span)),
            (true, None) => report.add(
                Diagnostic::warning(
                    Code::NothingLeft,
                    pattern.span,
                    "the pattern matches no role of this contract",
                )
                .hint("it will hold for roles that are declared later"),
            ),
            (false, _) => roles.extend(matched),
        }
    }
    roles
}

/// All roles a `never` is about, before it.
struct Court<'c> {
    contract: &'c Contract,
    database: &'c Database,
    never: &'c Spanned<Never>,
    /// Each role, with every role it is or may become.
    roles: Vec<(&'c Spanned<RoleName>, Vec<Reached<'c>>)>,
    /// Where in `roles` a role is reached from, the role itself before others.
    holders: HashMap<&'c RoleName, (usize, usize)>,
}

/// Why a role has what somebody is given.
struct Holding<'h, 'c> {
    role: &'c Spanned<RoleName>,
    steps: &'h [(&'c RoleName, Span)],
}

impl<'c> Court<'c> {
    fn new(
        contract: &'c Contract,
        database: &'c Database,
        never: &'c Spanned<Never>,
        roles: &[&'c Spanned<RoleName>],
        memberships: &Memberships<'c>,
    ) -> Self {
        let roles: Vec<_> = roles.iter().map(|role| (*role, memberships.reached_from(&role.value))).collect();
        let mut holders = HashMap::new();
        for (index, (role, _)) in roles.iter().enumerate() {
            holders.insert(&role.value, (index, 0));
        }
        for (index, (_, reached)) in roles.iter().enumerate() {
            for (step, one) in reached.iter().enumerate() {
                holders.entry(one.role).or_insert((index, step));
            }
        }
        Self { contract, database, never, roles, holders }
    }

    fn may(&self) -> impl Iterator<Item = &'c Spanned<Action>> + use<'c> {
        self.never.may.iter().flatten()
    }

    /// How one of the roles comes to hold what `grantee` is given, if one does.
    fn holds(&self, grantee: &Principal) -> Option<Holding<'_, 'c>> {
        match grantee {
            Principal::Public => self.roles.first().map(|(role, _)| Holding { role, steps: &[] }),
            Principal::Role(name) => {
                let (index, step) = self.holders.get(name)?;
                let (role, reached) = self.roles.get(*index)?;
                Some(Holding { role, steps: &reached.get(*step)?.steps })
            }
        }
    }

    fn grants(&self, found: &mut Vec<Diagnostic>) {
        for grant in self.database.grants.iter().filter(|grant| !grant.revoke()) {
            let held = grant.to.iter().find_map(|one| self.holds(&one.role).map(|holding| (one, holding)));
            let Some((grantee, holding)) = held else { continue };
            let selected = class::selected(&grant.on);
            for action in self.may() {
                for one in &selected {
                    let Some(privilege) =
                        grant.allow.iter().find(|privilege| gives(privilege.value, one.class, action.value))
                    else {
                        continue;
                    };
                    if let Some(object) = self.touches(one, &grant.on, action.value) {
                        let what = format!("{} on {object}", action.word().replace('_', " "));
                        found.push(self.contradiction(
                            &what,
                            action.span,
                            privilege.span,
                            &grantee.role,
                            &holding,
                        ));
                    }
                }
            }
        }
    }

    /// An object that is granted, forbidden, and taken away by no exception.
    fn touches(&self, granted: &Selected, on: &Selection, action: Action) -> Option<String> {
        let mut taken = class::exceptions(on, granted.class);
        let Some(forbidden) = &self.never.on else {
            return class::shared(granted, granted, &taken);
        };
        taken.extend(class::exceptions(forbidden, granted.class));
        if let (Some(one), Some(other)) = (&on.columns, &forbidden.columns)
            && !one.iter().any(|column| other.iter().any(|same| same.value == column.value))
        {
            return None;
        }
        class::selected(forbidden).iter().find_map(|one| {
            // Creating is granted on a schema, and forbidden for the objects that would be in it.
            let inside =
                (granted.class == Kind::Schemas && is_creation(action)).then(|| schema_of(one)).flatten();
            class::shared(granted, inside.as_ref().unwrap_or(one), &taken)
        })
    }

    /// The lists of a database and its schemas: `connect`, `use`, `create`, `execute`.
    fn lists(&self, name: &Spanned<DatabaseName>, found: &mut Vec<Diagnostic>) {
        for action in self.may() {
            let database = format!("database \"{}\"", name.value);
            let list = match action.value {
                Action::Connect => &self.database.connect,
                Action::Temporary => &self.database.temporary,
                Action::CreateSchema | Action::CreateExtension => &self.database.create,
                _ => &None,
            };
            self.list(list.as_deref().unwrap_or_default(), action, &database, found);
            if matches!(action.value, Action::Connect | Action::Temporary) && list.is_none() {
                self.left_to_postgresql(name, action, found);
            }
            for (schema_name, schema) in &self.database.schemas {
                let list = match action.value {
                    Action::Usage => &schema.r#use,
                    action if is_creation(action) => &schema.create,
                    _ => continue,
                };
                let here = plain(Kind::Schemas, schema_name.as_str(), schema_name.span);
                if self.touches(&here, &Selection::default(), action.value).is_some() {
                    let what = format!("schema \"{}\"", schema_name.value);
                    self.list(list.as_deref().unwrap_or_default(), action, &what, found);
                }
            }
            if action.value == Action::Execute {
                let held =
                    |one: &Spanned<Interface>| one.execute.iter().any(|to| self.holds(&to.role).is_some());
                for (function, interface) in self.database.interfaces.iter().filter(|(_, one)| held(one)) {
                    let here = Selected {
                        class: Kind::Routines,
                        pieces: class::routine(&function.pattern()),
                        text: function.to_string(),
                        span: function.span,
                    };
                    if self.touches(&here, &Selection::default(), action.value).is_some() {
                        self.list(&interface.execute, action, &format!("function {}", function.value), found);
                    }
                }
            }
        }
    }

    /// PostgreSQL lets everybody connect and make temporary tables, unless somebody says otherwise.
    fn left_to_postgresql(
        &self,
        name: &Spanned<DatabaseName>,
        action: &Spanned<Action>,
        found: &mut Vec<Diagnostic>,
    ) {
        let Some((role, _)) =
            self.roles.first().filter(|_| self.database.public() == PublicDefaults::Default)
        else {
            return;
        };
        let word = action.word();
        let message = format!(
            "role \"{}\" is given what it may never have: {word} on database \"{}\"",
            role.value, name.value
        );
        found.push(
            Diagnostic::error(Code::Contradiction, action.span, message)
                .label(name.span, format!("`{word}` is not written here"))
                .detail("PostgreSQL gives it to PUBLIC where nobody says who has it, and every role is part of that")
                .hint(format!("list who has it: `{word}: [...]`; or write `public: none`")),
        );
    }

    fn list(
        &self,
        list: &[Spanned<Grantee>],
        action: &Spanned<Action>,
        what: &str,
        found: &mut Vec<Diagnostic>,
    ) {
        for grantee in list {
            if let Some(holding) = self.holds(&grantee.role) {
                let what = format!("{} on {what}", action.word().replace('_', " "));
                found.push(self.contradiction(&what, action.span, grantee.span, &grantee.role, &holding));
            }
        }
    }

    /// An owner may do everything with what it owns.
    fn ownership(&self, found: &mut Vec<Diagnostic>) {
        let Some(action) = self.may().find(|action| is_for_owners(action.value)) else { return };
        for (name, schema) in &self.database.schemas {
            let Some(owner) = &schema.objects_owner else { continue };
            let mut pieces = Glob::exactly(name.as_str()).pieces().to_vec();
            pieces.extend([Piece::Char(SEPARATOR), Piece::Many]);
            let all =
                Selected { class: Kind::Tables, pieces, text: format!("{}.*", name.value), span: owner.span };
            self.owned(&all, &Selection::default(), owner, action, found);
        }
        for ownership in &self.database.owners {
            for one in class::selected(&ownership.on) {
                self.owned(&one, &ownership.on, &ownership.owner, action, found);
            }
        }
    }

    fn owned(
        &self,
        all: &Selected,
        on: &Selection,
        owner: &Spanned<RoleName>,
        action: &Spanned<Action>,
        found: &mut Vec<Diagnostic>,
    ) {
        let principal = owner.with(Principal::Role(owner.value.clone()));
        let Some(holding) = self.holds(&principal) else { return };
        if !matches!(all.class, Kind::Tables | Kind::Views) {
            return;
        }
        if let Some(object) = self.touches(all, on, action.value) {
            let what = format!("{} on {object}, as its owner", action.word().replace('_', " "));
            found.push(self.contradiction(&what, action.span, owner.span, &principal, &holding));
        }
    }

    /// What roles are by their attributes, and by membership in predefined roles.
    fn attributes(&self, found: &mut Vec<Diagnostic>) {
        for (role, reached) in &self.roles {
            reached.iter().for_each(|one| self.attributes_of(role, one, found));
        }
    }

    fn attributes_of(&self, role: &'c Spanned<RoleName>, reached: &Reached<'c>, found: &mut Vec<Diagnostic>) {
        let declared = self.contract.roles.get(reached.role);
        let principal = Principal::Role(reached.role.clone());
        let holding = Holding { role, steps: &reached.steps };
        let mut tell = |word: &str, forbidden: Span, span: Option<Span>| {
            let Some(span) = span else { return };
            let given = Spanned::new(principal.clone(), span);
            found.push(self.contradiction(&word.replace('_', " "), forbidden, span, &given, &holding));
        };
        for power in self.never.reach.iter().flatten() {
            tell(power.word(), power.span, has_power(power.value, reached, declared));
        }
        for action in self.may() {
            tell(action.word(), action.span, has_attribute(action.value, reached, declared));
        }
    }

    fn contradiction(
        &self,
        what: &str,
        forbidden: Span,
        given: Span,
        to: &Spanned<Principal>,
        holding: &Holding<'_, 'c>,
    ) -> Diagnostic {
        let role = &holding.role.value;
        let mut diagnostic = Diagnostic::error(
            Code::Contradiction,
            given,
            format!("role \"{role}\" is given what it may never have: {what}"),
        )
        .label(forbidden, "forbidden here");
        for (group, span) in holding.steps.iter().filter(|(_, span)| *span != given) {
            diagnostic = diagnostic.label(*span, format!("through \"{group}\""));
        }
        let detail = match &to.value {
            Principal::Public => format!("it is given to PUBLIC, and \"{role}\" is part of that"),
            Principal::Role(holder) if holder != role => {
                format!("\"{role}\" has, or can become, what \"{holder}\" has")
            }
            Principal::Role(_) => "`never` would win, so one of the two is a mistake".to_owned(),
        };
        diagnostic
            .detail(detail)
            .hint("narrow what is given, with `except` for objects, or remove it from `never`")
    }
}

/// Whether the privilege on an object of the class lets somebody do it.
fn gives(privilege: Privilege, class: Kind, action: Action) -> bool {
    let same = match action {
        Action::Select => Privilege::Select,
        Action::Insert => Privilege::Insert,
        Action::Update => Privilege::Update,
        Action::Delete => Privilege::Delete,
        Action::Truncate => Privilege::Truncate,
        Action::References => Privilege::References,
        Action::Trigger => Privilege::Trigger,
        Action::Maintain => Privilege::Maintain,
        Action::Execute => Privilege::Execute,
        Action::Usage => Privilege::Usage,
        Action::CreateTable | Action::CreateFunction => Privilege::Create,
        _ => return false,
    };
    let possible = class.privileges();
    possible.contains(&same) && (privilege == same || privilege == Privilege::All)
}

fn is_creation(action: Action) -> bool {
    matches!(action, Action::CreateTable | Action::CreateFunction)
}

fn is_for_owners(action: Action) -> bool {
    matches!(
        action,
        Action::AlterTable
            | Action::DropTable
            | Action::Select
            | Action::Insert
            | Action::Update
            | Action::Delete
            | Action::Truncate
            | Action::References
            | Action::Trigger
            | Action::Maintain
    )
}

/// The schema part of a pattern over objects in schemas.
fn schema_of(selected: &Selected) -> Option<Selected> {
    let end = selected.pieces.iter().position(|piece| *piece == Piece::Char(SEPARATOR))?;
    let pieces = selected.pieces.get(..end)?.to_vec();
    Some(Selected { class: Kind::Schemas, pieces, text: selected.text.clone(), span: selected.span })
}

fn plain(class: Kind, name: &str, span: Span) -> Selected {
    Selected { class, pieces: Glob::exactly(name).pieces().to_vec(), text: name.to_owned(), span }
}

/// Where a role is given a power, by an attribute or by the last membership on the way to a predefined role.
fn has_power(power: Power, reached: &Reached<'_>, declared: Option<&Role>) -> Option<Span> {
    let attribute =
        |flag: &Option<Spanned<bool>>| flag.as_ref().filter(|flag| flag.value).map(|flag| flag.span);
    let membership = |roles: &[&str]| {
        let last = reached.steps.last().map(|(_, span)| *span);
        roles.contains(&reached.role.as_str()).then_some(last).flatten()
    };
    let superuser = || declared.and_then(|role| attribute(&role.superuser));
    match power {
        Power::Superuser => superuser(),
        Power::BypassRls => declared.and_then(|role| attribute(&role.bypass_rls)).or_else(superuser),
        Power::CreateRole => declared.and_then(|role| attribute(&role.createrole)).or_else(superuser),
        Power::CreateDatabase => declared.and_then(|role| attribute(&role.createdb)).or_else(superuser),
        Power::Replication => declared.and_then(|role| attribute(&role.replication)).or_else(superuser),
        Power::ServerFiles => {
            membership(&["pg_read_server_files", "pg_write_server_files", "pg_execute_server_program"])
                .or_else(superuser)
        }
        Power::ServerProgram => {
            membership(&["pg_execute_server_program", "pg_write_server_files"]).or_else(superuser)
        }
        Power::ReadAllData => membership(&["pg_read_all_data"]).or_else(superuser),
        Power::WriteAllData => membership(&["pg_write_all_data"]).or_else(superuser),
        Power::UntrustedLanguage => superuser(),
    }
}

/// Where a role is given an action that needs no grant.
fn has_attribute(action: Action, reached: &Reached<'_>, declared: Option<&Role>) -> Option<Span> {
    match action {
        Action::CreateRole => has_power(Power::CreateRole, reached, declared),
        Action::CreateDatabase => has_power(Power::CreateDatabase, reached, declared),
        Action::CopyProgram => has_power(Power::ServerProgram, reached, declared),
        Action::CopyServerFile => has_power(Power::ServerFiles, reached, declared),
        Action::Select => has_power(Power::ReadAllData, reached, declared),
        Action::Insert | Action::Update | Action::Delete => has_power(Power::WriteAllData, reached, declared),
        _ => has_power(Power::Superuser, reached, declared),
    }
}
