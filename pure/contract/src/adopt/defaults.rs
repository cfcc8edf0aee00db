//! Default privileges that do not follow from patterns, as a contract.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Grantee};
use pgward_catalog::catalog::Contents;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

use crate::adopt::residual::{Deed, residues};
use crate::adopt::words::{self, new, role};
use crate::form::collection::OneOrMany;
use crate::model::grant::{DefaultClass, DefaultPrivilege};
use crate::name;
use crate::source::span::Spanned;

/// What remains to be said about default privileges when patterns have said theirs.
pub fn adopted(
    version: Version,
    contents: &Contents,
    implied: &BTreeMap<DefaultKey, Acl>,
    accounts_for: &dyn Fn(&DefaultKey, &Grantee) -> bool,
) -> Vec<Spanned<DefaultPrivilege>> {
    type Saying = (Option<SchemaName>, DefaultKind, Deed, Privileges);
    let mut said: BTreeMap<(Saying, RoleName), Vec<Grantee>> = BTreeMap::new();
    for (key, found) in &contents.default_privileges {
        let nothing = Acl::EMPTY;
        let implied = implied.get(key).unwrap_or(&nothing);
        let mut born = key.absent(version);
        for entry in implied.entries() {
            born.grant(entry.clone());
        }
        for residue in residues(&born, found, &key.creator) {
            if accounts_for(key, &residue.grantee) {
                let saying = (key.schema.clone(), key.kind, residue.deed, residue.privileges);
                said.entry((saying, key.creator.clone())).or_default().push(residue.grantee);
            }
        }
    }
    let mut together: BTreeMap<(Saying, Vec<Grantee>), Vec<RoleName>> = BTreeMap::new();
    for ((saying, creator), grantees) in said {
        together.entry((saying, grantees)).or_default().push(creator);
    }
    let written = together.into_iter().map(|(((schema, kind, deed, privileges), grantees), creators)| {
        new(DefaultPrivilege {
            creator: OneOrMany(creators.iter().map(|creator| new(role(creator))).collect()),
            schema: schema.map(|schema| new(name::SchemaName(schema.as_str().to_owned()))),
            on: new(class_of(kind)),
            to: OneOrMany(grantees.iter().map(|grantee| new(words::grantee(grantee))).collect()),
            allow: words::privileges(privileges, kind.class(), version),
            grant_option: deed.is_about_option().then(|| new(true)),
            revoke: deed.takes().then(|| new(true)),
            because: None,
        })
    });
    written.collect()
}

fn class_of(kind: DefaultKind) -> DefaultClass {
    match kind {
        DefaultKind::Tables => DefaultClass::Tables,
        DefaultKind::Sequences => DefaultClass::Sequences,
        DefaultKind::Functions => DefaultClass::Functions,
        DefaultKind::Types => DefaultClass::Types,
        DefaultKind::Schemas => DefaultClass::Schemas,
        DefaultKind::LargeObjects => DefaultClass::LargeObjects,
    }
}
