//! What is granted on columns.

use std::collections::{BTreeMap, BTreeSet};

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::name::{Name, RoleName};
use pgward_catalog::object::ObjectKey;
use pgward_catalog::privilege::Privileges;

use crate::adopt::granting::Granting;
use crate::adopt::place::{Target, selection};
use crate::adopt::residual::{Deed, residues};
use crate::adopt::saying::{Future, Saying};
use crate::adopt::words::new;
use crate::expand::acl::with_owner;
use crate::form::collection::OneOrMany;
use crate::model::grant::Grant;
use crate::model::kind::Kind;
use crate::name::ColumnName;
use crate::source::span::Spanned;

/// What is said alike of one table: of which columns.
type Alike = (ObjectKey, Deed, Option<RoleName>, Privileges, Vec<Name>);

/// Grants on columns: an entry for each table, roles, and privileges.
pub fn adopted(granting: &Granting<'_>) -> Vec<Spanned<Grant>> {
    type Holding = (ObjectKey, Deed, Option<RoleName>, Privileges, Grantee);
    let mut columns: BTreeMap<Holding, Vec<Name>> = BTreeMap::new();
    for (key, object) in &granting.contents.objects {
        let names = object.columns.keys().chain(object.initial_columns.keys());
        let names: BTreeSet<&Name> = names.collect();
        for name in names {
            let nothing = Acl::EMPTY;
            let initial = object.initial_columns.get(name);
            let born = initial.map_or(Acl::EMPTY, |initial| with_owner(initial, &object.owner));
            let found = object.columns.get(name).unwrap_or(&nothing);
            for residue in residues(&born, found, &object.owner) {
                if (granting.accounts_for)(&residue.grantee, key.schema.as_ref()) {
                    let holding =
                        (key.clone(), residue.deed, residue.grantor, residue.privileges, residue.grantee);
                    columns.entry(holding).or_default().push(name.clone());
                }
            }
        }
    }
    let mut alike: BTreeMap<Alike, Vec<Grantee>> = BTreeMap::new();
    for ((key, deed, grantor, privileges, grantee), names) in columns {
        alike.entry((key, deed, grantor, privileges, names)).or_default().push(grantee);
    }
    let mut grants = Vec::new();
    for ((key, deed, grantor, privileges, names), grantees) in alike {
        let kind = Kind::Tables;
        let saying = Saying { kind, deed, grantor, privileges, future: Future::AsPatternsDo };
        for mut on in selection(kind, vec![Target::names(vec![key.clone()])]) {
            let names = names.iter().map(|name| new(ColumnName(name.as_str().to_owned())));
            on.columns = Some(OneOrMany(names.collect()));
            // Columns have fewer privileges than tables, so theirs are never all a table has.
            grants.push(new(saying.grant(granting.version, &grantees, on)));
        }
    }
    grants
}
