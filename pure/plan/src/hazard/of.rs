//! The hazards of a list of changes.

use pgward_catalog::acl::Grantee;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::object::{CheckOption, GeneratedColumns};
use pgward_catalog::policy::PolicyKind;
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::{Attribute, PasswordKind, Role};

use crate::change::{Change, RunsAs, Target};
use crate::hazard::fired::fired;
use crate::hazard::kept::{Kept, POWERS};
use crate::hazard::setting::{hazard_of_reset, hazard_of_setting};
use crate::hazard::{Hazard, HazardKind};

/// What could go wrong with these changes, which lead from one state to the other; worst first.
pub fn hazards(
    observed: &Catalog,
    after: &Catalog,
    changes: &[Change],
    executor: Option<&RoleName>,
) -> Vec<Hazard> {
    let mut found = Vec::new();
    let kept = Kept::in_state(after);
    for (index, change) in changes.iter().enumerate() {
        let mut noted = Noted { change: index, kept: &kept, found: &mut found };
        noted.of(observed, change, executor);
    }
    found.extend(fired(observed, changes, executor));
    found.sort_by_key(|hazard: &Hazard| {
        (HazardKind::ALL.iter().position(|kind| *kind == hazard.kind), hazard.change)
    });
    found
}

struct Noted<'a> {
    change: usize,
    kept: &'a Kept<'a>,
    found: &'a mut Vec<Hazard>,
}

impl Noted<'_> {
    fn note(&mut self, kind: HazardKind, message: String, hint: &str) {
        self.found.push(Hazard { kind, change: self.change, message, hint: hint.to_owned() });
    }

    fn lost(&mut self, message: String) {
        self.note(
            HazardKind::DataAccessLost,
            message,
            "make sure that nobody needs it, or grant it in the contract",
        );
    }

    fn widens(&mut self, message: String) {
        self.note(HazardKind::Widening, message, "make sure that this much power is meant");
    }

    fn locks(&mut self, object: &ObjectRef) {
        if object.key.class.is_table_like() {
            self.note(
                HazardKind::TableLock,
                format!("ACCESS EXCLUSIVE lock on {object} until the apply commits"),
                "every table counts as in use, since a plan has to come out the same twice: pg_stat_user_tables says how busy it is; apply when \
                 it is quiet, --lock-timeout bounds the wait",
            );
        }
    }

    fn of(&mut self, observed: &Catalog, change: &Change, executor: Option<&RoleName>) {
        match change {
            Change::CreateRole { role, after } => self.power_gained(role, &Role::plain(), after),
            Change::AlterRole { role, before, after } => {
                self.power_gained(role, before, after);
                self.power_lost(observed, role, before, after, executor);
            }
            Change::DropRole { role, .. } => self.note(
                HazardKind::RoleDrop,
                format!("role {} is dropped; its password cannot be brought back", role.quoted()),
                "make sure that nothing logs in as it any more",
            ),
            Change::DropOwned { database, role } => self.note(
                HazardKind::RoleDrop,
                format!(
                    "everything that role {} owns in database {} is dropped",
                    role.quoted(),
                    database.quoted()
                ),
                "take a backup first: this cannot be undone",
            ),
            Change::DropUserMapping { database, role, server } => self.note(
                HazardKind::RoleDrop,
                format!(
                    "the user mapping of role {} on server {} in database {} is dropped, with the options (a password, \
                     mostly) that pgward does not read",
                    role.quoted(),
                    server.quoted(),
                    database.quoted()
                ),
                "write down its options first if they may be needed again: this cannot be undone",
            ),
            Change::TerminateSessions { role } => {
                self.lost(format!("sessions of role {} are ended", role.quoted()));
            }
            Change::SetPassword { role, .. } => {
                let had = observed.roles.get(role).map(|role| role.password);
                if matches!(had, Some(PasswordKind::Scram | PasswordKind::Md5 | PasswordKind::NotVisible)) {
                    self.note(
                        HazardKind::PasswordChange,
                        format!(
                            "role {} gets another password; whoever uses the one it has is locked out",
                            role.quoted()
                        ),
                        "if its clients use the one it has, write that one into the file instead (mode 600)",
                    );
                }
            }
            Change::RemovePassword { role } => self.note(
                HazardKind::PasswordChange,
                format!("role {} has no password any more; whoever uses the one it has is locked out", role.quoted()),
                "make sure that nobody logs in with it, or say in the contract who keeps it",
            ),
            Change::GrantMembership { membership, after } => {
                let into = membership.role.quoted();
                let member = membership.member.quoted();
                if membership.role.as_str().starts_with("pg_") {
                    self.widens(format!("{member} becomes a member of the predefined role {into}"));
                } else if after.admin {
                    self.widens(format!("{member} may grant {into} to others"));
                } else if let Some(power) = self.kept.power_of(&membership.role) {
                    self.widens(format!("{member} may become {into}, which has {}", power.keyword()));
                }
            }
            Change::AlterMembership { membership, before, after } => {
                let (into, member) = (membership.role.quoted(), membership.member.quoted());
                if after.admin && !before.admin {
                    self.widens(format!("{member} may grant {into} to others"));
                } else {
                    self.lost(format!("{member} holds {into} with other options"));
                }
            }
            Change::RevokeMembership { membership, .. }
                if !self.kept.is_gone_or_member(&membership.member, &membership.role) =>
            {
                self.lost(format!(
                    "{} is no longer a member of {}",
                    membership.member.quoted(),
                    membership.role.quoted()
                ));
            }
            Change::SetSetting { scope, name, before, after } => {
                if let Some((kind, message, hint)) = hazard_of_setting(scope, name, before.as_deref(), after) {
                    self.note(kind, message, hint);
                }
            }
            Change::ResetSetting { scope, name, before } => {
                if let Some((kind, message, hint)) = hazard_of_reset(scope, name, before) {
                    self.note(kind, message, hint);
                }
            }
            Change::ChangeOwner { object, before, after } => {
                self.note(
                    HazardKind::OwnerChange,
                    format!("{object} belongs to {} instead of {}", after.quoted(), before.quoted()),
                    "whoever altered it as the old owner has to become the new one",
                );
                self.locks(object);
            }
            Change::Grant { target, entry } => {
                if entry.grantee == Grantee::Public {
                    self.everybody_gains(format!("everybody gains {} on {target}", entry.privileges));
                }
                if let Some(parent) = self.kept.guarded_parent(target).filter(|_| touches_rows(entry.privileges)) {
                    self.note(
                        HazardKind::Widening,
                        format!("{} gets at rows of {parent} past its policies, by the name of {target}", entry.grantee),
                        "take partitions out of the grant (`except`): who names their table needs no grant on them; or give them its policies",
                    );
                }
                if !entry.grantable.is_empty() {
                    self.widens(format!(
                        "{} may grant {} on {target} to others",
                        entry.grantee, entry.grantable
                    ));
                } else if target.object.key.class == Class::Parameter {
                    self.widens(format!("{} may change {target}, which only superusers may", entry.grantee));
                }
            }
            Change::GrantDefault { default, entry, .. } if entry.grantee == Grantee::Public => self
                .everybody_gains(format!(
                    "everybody gains {} on what {} makes from now on",
                    entry.privileges,
                    default.creator.quoted()
                )),
            Change::Revoke { target, entry } => {
                let lost = self.kept.lost(target, &entry.grantee, entry.privileges);
                if let Some(executor) = executor.filter(|executor| self.shuts_out(target, &lost, executor)) {
                    self.note(
                        HazardKind::Lockout,
                        format!("{}, who carries out this plan, can no longer connect to {target}", executor.quoted()),
                        "grant CONNECT to that role in the contract, or have somebody else carry out what follows",
                    );
                } else if !lost.is_empty() {
                    self.lost(format!("{} loses {lost} on {target}", entry.grantee));
                }
            }
            Change::SetRowSecurity { table, before, after } => {
                if before.enabled && !after.enabled || before.forced && !after.forced {
                    self.widens(format!(
                        "row security of {table} no longer keeps rows from roles that it kept them from"
                    ));
                } else {
                    self.lost(format!("row security of {table} keeps rows from roles that see them now"));
                }
                self.locks(table);
            }
            Change::CreatePolicy { table, name, after } => {
                if after.kind == PolicyKind::Restrictive {
                    self.lost(format!(
                        "the restrictive policy {} keeps rows of {table} from roles",
                        name.quoted()
                    ));
                }
                self.locks(table);
            }
            Change::AlterPolicy { table, name, .. } => {
                self.lost(format!("the policy {} lets other rows of {table} through", name.quoted()));
                self.locks(table);
            }
            Change::DropPolicy { table, name, before } => {
                match before.kind {
                    PolicyKind::Permissive => {
                        self.lost(format!(
                            "rows of {table} that only policy {} let through are hidden",
                            name.quoted()
                        ));
                    }
                    PolicyKind::Restrictive => {
                        self.widens(format!(
                            "rows of {table} that policy {} kept back are let through",
                            name.quoted()
                        ));
                    }
                }
                self.locks(table);
            }
            Change::SetRoutineSecurity { routine, after, .. } => match after {
                RunsAs::Definer => {
                    self.widens(format!("{routine} runs with its owner's privileges, whoever calls it"))
                }
                RunsAs::Invoker => self.lost(format!("{routine} can do only what its caller may")),
            },
            Change::SetLeakproof { routine, .. } => {
                self.widens(format!("{routine} may be run on rows that row security hides"));
            }
            Change::SetViewOptions { view, before, after } => {
                if before.security_invoker && !after.security_invoker {
                    self.widens(format!("{view} reads with its owner's privileges, whoever asks"));
                } else if before.security_invoker != after.security_invoker
                    || before.security_barrier != after.security_barrier
                {
                    self.lost(format!("{view} reads with other privileges than before"));
                }
                match (before.check_option, after.check_option) {
                    (CheckOption::Local, CheckOption::None) | (CheckOption::Cascaded, _)
                        if before.check_option != after.check_option =>
                    {
                        self.widens(format!("rows that {view} does not show can be written through it"));
                    }
                    (before, after) if before != after => {
                        self.lost(format!("rows that {view} does not show can no longer be written through it"));
                    }
                    _ => {}
                }
            }
            Change::SetPublicationOptions { publication, before, after } => {
                let sends_more = [
                    (before.insert, after.insert),
                    (before.update, after.update),
                    (before.delete, after.delete),
                    (before.truncate, after.truncate),
                    (
                        before.generated_columns == GeneratedColumns::Stored,
                        after.generated_columns == GeneratedColumns::Stored,
                    ),
                ];
                // Through the root another row filter and column list count: nobody can tell which way that goes.
                let root = before.via_partition_root != after.via_partition_root;
                if root || sends_more.iter().any(|(was, is)| !was & is) {
                    self.widens(format!("{publication} sends out more than before, or otherwise"));
                }
                if root || sends_more.iter().any(|(was, is)| was & !is) {
                    self.lost(format!("subscribers of {publication} no longer get all that they get now"));
                }
            }
            Change::SetDatabaseOptions { database, before, after }
                if before.allow_connections && !after.allow_connections =>
            {
                self.note(
                    HazardKind::Lockout,
                    format!("nobody can connect to database {} any more", database.quoted()),
                    "make sure that it is not needed",
                );
            }
            _ => {}
        }
    }

    /// Whether what is lost is what the executor connects by.
    fn shuts_out(&self, target: &Target, lost: &Privileges, executor: &RoleName) -> bool {
        let connect = Privileges::from(Privilege::Connect);
        let as_itself = Grantee::Role(executor.clone());
        target.object.key.class == Class::Database
            && lost.contains(Privilege::Connect)
            && !self.kept.lost(target, &as_itself, connect).is_empty()
    }

    fn everybody_gains(&mut self, message: String) {
        self.note(HazardKind::GrantToPublic, message, "grant it to the roles that need it");
    }

    fn power_gained(&mut self, role: &RoleName, before: &Role, after: &Role) {
        for attribute in POWERS {
            if after.has(attribute) && !before.has(attribute) {
                self.widens(format!("role {} gets {}", role.quoted(), attribute.keyword()));
            }
        }
    }

    fn power_lost(
        &mut self,
        observed: &Catalog,
        role: &RoleName,
        before: &Role,
        after: &Role,
        executor: Option<&RoleName>,
    ) {
        for attribute in Attribute::ALL {
            if !before.has(attribute) || after.has(attribute) {
                continue;
            }
            let last_superuser = attribute == Attribute::Superuser
                && !observed.roles.iter().any(|(other, held)| {
                    other != role && held.has(Attribute::Superuser) && held.has(Attribute::Login)
                });
            if last_superuser || (executor == Some(role) && attribute == Attribute::Login) {
                self.note(
                    HazardKind::Lockout,
                    format!(
                        "role {} loses {}, and nobody else is left who could give it back",
                        role.quoted(),
                        attribute.keyword()
                    ),
                    "make sure of another way in first",
                );
            } else {
                self.lost(format!("role {} loses {}", role.quoted(), attribute.keyword()));
            }
        }
        if before.connection_limit != after.connection_limit
            && let Some(limit) = after.connection_limit
        {
            self.lost(format!("role {} may have {limit} connections at most", role.quoted()));
        }
        if before.valid_until != after.valid_until
            && let Some(until) = &after.valid_until
        {
            self.lost(format!("the password of role {} is valid until {until}", role.quoted()));
        }
    }
}

/// Whether rows are read or written by any of these.
fn touches_rows(privileges: Privileges) -> bool {
    [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete]
        .into_iter()
        .any(|privilege| privileges.contains(privilege))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_catalog::acl::Entry;
    use pgward_catalog::name::DatabaseName;
    use pgward_catalog::object::ObjectKey;
    use pgward_catalog::version::Version;

    fn check(change: Change, expected: &[(&str, &str)]) {
        let observed = Catalog::empty(Version(150_000), RoleName::from("postgres"));
        let mut after = observed.clone();
        after.roles.insert(RoleName::from("app"), Role::plain());
        let found: Vec<(String, String)> = hazards(&observed, &after, &[change], None)
            .into_iter()
            .map(|hazard| (hazard.kind.to_string(), hazard.message))
            .collect();
        let expected: Vec<(String, String)> =
            expected.iter().map(|(kind, words)| ((*kind).to_owned(), (*words).to_owned())).collect();
        assert_eq!(found, expected);
    }

    fn orders() -> ObjectRef {
        ObjectRef::within(&DatabaseName::from("shop"), ObjectKey::in_schema(Class::Table, "public", "orders"))
    }

    fn entry(grantee: &str, grantable: Privileges) -> Entry {
        Entry {
            grantee: Grantee::from(grantee.to_owned()),
            grantor: RoleName::from("o"),
            privileges: Privilege::Select.into(),
            grantable,
        }
    }

    #[test]
    fn what_everybody_gains_and_what_somebody_loses_is_named() {
        let target = Target::whole(orders());
        let public = entry("PUBLIC", Privileges::NONE);
        check(
            Change::Grant { target: target.clone(), entry: public },
            &[("grant_to_public", "everybody gains SELECT on table public.orders in database shop")],
        );
        let app = entry("app", Privileges::NONE);
        check(Change::Grant { target: target.clone(), entry: app.clone() }, &[]);
        check(
            Change::Revoke { target, entry: app },
            &[("data_access_lost", "app loses SELECT on table public.orders in database shop")],
        );
    }

    #[test]
    fn what_is_held_in_another_way_as_well_is_not_lost() {
        let mut observed = Catalog::empty(Version(150_000), RoleName::from("postgres"));
        observed.roles.insert(RoleName::from("app"), Role::plain());
        let mut table = pgward_catalog::object::Object::new(RoleName::from("o"), Default::default());
        table.acl.grant(entry("PUBLIC", Privileges::NONE));
        let contents = observed.databases.entry(DatabaseName::from("shop")).or_default();
        contents.objects.insert(orders().key, table);
        let target = Target::whole(orders());
        let revoke = Change::Revoke { target, entry: entry("app", Privileges::NONE) };
        assert_eq!(hazards(&observed, &observed, &[revoke], None), []);
    }

    #[test]
    fn whoever_carries_out_the_plan_is_told_before_it_shuts_itself_out() {
        let mut observed = Catalog::empty(Version(150_000), RoleName::from("postgres"));
        observed.roles.insert(RoleName::from("app"), Role::plain());
        let database = ObjectRef::database(&DatabaseName::from("shop"));
        let everybody = Entry { privileges: Privilege::Connect.into(), ..entry("PUBLIC", Privileges::NONE) };
        let revoke = Change::Revoke { target: Target::whole(database), entry: everybody };
        let kind = |executor: &str| {
            let found =
                hazards(&observed, &observed, std::slice::from_ref(&revoke), Some(&RoleName::from(executor)));
            found.into_iter().map(|hazard| format!("{}: {}", hazard.kind, hazard.message)).collect::<Vec<_>>()
        };
        assert_eq!(
            kind("app"),
            ["lockout: app, who carries out this plan, can no longer connect to database shop"]
        );
        assert_eq!(kind("postgres"), ["data_access_lost: PUBLIC loses CONNECT on database shop"]);
    }

    #[test]
    fn a_new_owner_is_a_hazard_of_its_own_and_locks_the_table() {
        check(
            Change::ChangeOwner { object: orders(), before: RoleName::from("a"), after: RoleName::from("b") },
            &[
                ("owner_change", "table public.orders in database shop belongs to b instead of a"),
                (
                    "table_lock",
                    "ACCESS EXCLUSIVE lock on table public.orders in database shop until the apply commits",
                ),
            ],
        );
    }

    #[test]
    fn taking_superuser_from_the_last_one_may_lock_everybody_out() {
        let before = Role {
            attributes: [Attribute::Superuser, Attribute::Login, Attribute::Inherit].into_iter().collect(),
            ..Role::plain()
        };
        let after = Role { attributes: before.attributes.without(Attribute::Superuser), ..before.clone() };
        check(
            Change::AlterRole { role: RoleName::from("root"), before, after },
            &[("lockout", "role root loses SUPERUSER, and nobody else is left who could give it back")],
        );
    }
}
