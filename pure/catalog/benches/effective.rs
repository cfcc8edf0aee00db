//! Effective privileges of all pairs of 10 000 tables and 200 roles, all verbs, both columns.
//!
//! `cargo bench -p pgward-catalog`: prints the CPU time of making the index and of walking the whole matrix.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a benchmark takes the time and says it"
)]

use std::hint::black_box;
use std::time::Instant;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, RoleName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Role;
use pgward_catalog::version::Version;

const TABLES: usize = 10_000;
const ROLES: usize = 200;

fn main() {
    for entries in [2, 20, 200] {
        let catalog = catalog(entries);
        let started = Instant::now();
        let effective = Effective::of(&catalog);
        let index = started.elapsed();
        let started = Instant::now();
        let (mut pairs, mut yes) = (0usize, 0usize);
        for (_, _, row) in effective.rows() {
            pairs += row.len();
            yes += row.iter().map(|held| held.now.privileges.len()).sum::<usize>();
        }
        let walk = started.elapsed();
        println!(
            "{entries:>3} entries for each table: closures {index:?}, {pairs} pairs in {walk:?} ({} granted)",
            black_box(yes)
        );
    }
}

/// Every fifth role is a group; the others are members of three groups each, groups of one another now and then.
fn catalog(entries: usize) -> Catalog {
    let owner = RoleName::from("owner");
    let mut catalog = Catalog::empty(Version(170_000), RoleName::from("postgres"));
    let names: Vec<RoleName> = (0..ROLES).map(|n| RoleName::from(format!("role_{n:03}").as_str())).collect();
    catalog.roles.insert(owner.clone(), Role::plain());
    for (n, name) in names.iter().enumerate() {
        catalog.roles.insert(name.clone(), Role::plain());
        for k in 1..=3 {
            let group = (n * 7 + k * 35) / 5 * 5 % ROLES;
            if group != n && (n % 5 != 0 || group > n) {
                let key = MembershipKey {
                    role: names.get(group).cloned().unwrap_or_else(|| owner.clone()),
                    member: name.clone(),
                    grantor: owner.clone(),
                };
                let options = MembershipOptions { admin: false, inherit: Inheritance::Inherited, set: true };
                catalog.memberships.insert(key, options);
            }
        }
    }
    let contents = catalog.databases.entry(DatabaseName::from("shop")).or_default();
    for table in 0..TABLES {
        let acl: Acl = (0..entries)
            .map(|n| (table * 13 + n * 7) % ROLES)
            .filter_map(|n| names.get(n))
            .map(|role| Entry {
                grantee: Grantee::Role(role.clone()),
                grantor: owner.clone(),
                privileges: Privileges::of(&[Privilege::Select, Privilege::Insert]),
                grantable: Privileges::NONE,
            })
            .collect();
        let key = ObjectKey::in_schema(Class::Table, "public", format!("table_{table:05}").as_str());
        contents.objects.insert(key, Object::new(owner.clone(), acl));
    }
    catalog
}
