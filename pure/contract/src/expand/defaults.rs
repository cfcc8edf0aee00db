//! Default privileges as they should be.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::privilege::Privileges;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::acl::{Complete, Wanted, composed, composed_outside, entry, grantee};
use crate::expand::creators::Creators;
use crate::expand::described::Described;
use crate::expand::expanding::Expanding;
use crate::expand::grants::{Future, privilege};
use crate::expand::standing::Standing;
use crate::expand::withheld::Withheld;
use crate::model::database::{Database, PublicDefaults};
use crate::model::grant::{DefaultClass, DefaultPrivilege};
use crate::source::span::Spanned;

type Defaults = BTreeMap<DefaultKey, Acl>;

/// The database whose default privileges are asked for.
pub struct Placed<'a> {
    /// What the contract says about it.
    pub said: &'a Database,
    /// Its name.
    pub database: &'a DatabaseName,
    /// The schemas that the contract describes.
    pub described: &'a Described,
    /// Who creates in which of them.
    pub creators: &'a Creators,
}

/// Those that follow from patterns, those that are written, and none besides.
pub fn desired(
    expanding: &mut Expanding<'_>,
    placed: &Placed<'_>,
    futures: Vec<Future>,
    found: &Defaults,
    withheld: &mut Withheld,
) -> Defaults {
    let Placed { said, database, described, creators } = placed;
    let mut wanted: BTreeMap<DefaultKey, Wanted> = BTreeMap::new();
    for future in &futures {
        imply(expanding, database, creators, future, &mut wanted);
    }
    for default in &said.defaults {
        write_out(expanding, database, default, &mut wanted);
    }
    if said.public() == PublicDefaults::None {
        withhold_from_public(creators, &mut wanted);
    }
    let mut made = Defaults::new();
    let keys: std::collections::BTreeSet<&DefaultKey> = found.keys().chain(wanted.keys()).collect();
    for key in keys {
        if expanding.standings.is_leaving(&key.creator) {
            continue;
        }
        let absent = key.absent(expanding.observed.version);
        let there = found.get(key).unwrap_or(&absent);
        let is_left_alone = expanding.standings.standing(&key.creator) == Standing::Ignored
            || key.schema.as_ref().is_some_and(|schema| described.ignored.contains(schema));
        let acl = if is_left_alone {
            there.clone()
        } else {
            let nothing = Wanted::default();
            let wanted = wanted.get(key).unwrap_or(&nothing);
            withheld.note_default(key, there, &absent, wanted);
            composed(&expanding.standings, there, absent.clone(), wanted, complete(expanding, described, key))
        };
        if acl != absent {
            made.insert(key.clone(), acl);
        }
    }
    made
}

/// In the schemas it describes, and for the roles it makes, the contract says everything.
fn complete(expanding: &Expanding<'_>, described: &Described, key: &DefaultKey) -> Complete {
    let is_described = key.schema.as_ref().is_some_and(|schema| described.schemas.contains(schema));
    if is_described || expanding.standings.standing(&key.creator) == Standing::Declared {
        Complete::for_all()
    } else {
        Complete::for_none()
    }
}

fn imply(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    creators: &Creators,
    future: &Future,
    wanted: &mut BTreeMap<DefaultKey, Wanted>,
) {
    for schema in &future.schemas {
        for creator in creators.get(schema).into_iter().flatten() {
            let key =
                DefaultKey { creator: creator.clone(), schema: Some(schema.clone()), kind: future.kind };
            for recipient in &future.recipients {
                // Who creates an object owns it, and needs no grant on it; and only creators give by default.
                let is_own = recipient.grantee.role() == Some(creator);
                if is_own || recipient.grantor.as_ref().is_some_and(|grantor| grantor != creator) {
                    continue;
                }
                expanding.reasons.give_default(database, &key, future.reason);
                let entry = recipient.entry(future.privileges, creator);
                wanted.entry(key.clone()).or_default().given.push(entry);
            }
        }
    }
}

fn write_out(
    expanding: &mut Expanding<'_>,
    database: &DatabaseName,
    written: &Spanned<DefaultPrivilege>,
    wanted: &mut BTreeMap<DefaultKey, Wanted>,
) {
    let kind = kind_of(written.on.value);
    let version = expanding.observed.version;
    if kind == DefaultKind::LargeObjects && !version.has_large_object_defaults() {
        let message = format!("PostgreSQL {} has no default privileges for large objects", version.major());
        let diagnostic = Diagnostic::error(Code::NotInThisVersion, written.on.span, message);
        expanding.report.add(diagnostic.detail("they exist since PostgreSQL 18").hint("remove the entry"));
        return;
    }
    let all = kind.class().privileges(version);
    let mut privileges = Privileges::NONE;
    for word in &written.allow {
        match privilege(word.value) {
            None => privileges |= all,
            Some(privilege) if all.contains(privilege) => privileges |= privilege.into(),
            Some(privilege) => {
                let what = kind.keyword();
                let message =
                    format!("PostgreSQL {} has no {privilege} privilege on {what}", version.major());
                expanding.report.add(
                    Diagnostic::error(Code::NotInThisVersion, word.span, message)
                        .hint("remove the privilege"),
                );
            }
        }
    }
    let because = written.because.as_ref().map(|words| words.as_str().to_owned());
    let to = written.to.iter().map(|to| grantee(&to.role)).collect();
    let reason = expanding.reasons.add(written.span, because, to, privileges);
    for creator in &written.creator {
        let creator = RoleName::from(creator.as_str());
        let schema = written.schema.as_ref().map(|schema| SchemaName::from(schema.as_str()));
        let key = DefaultKey { creator: creator.clone(), schema, kind };
        for to in &written.to {
            let mut entry = entry(to, privileges, &creator);
            if written.grant_option() {
                entry.grantable = privileges;
            }
            let place = wanted.entry(key.clone()).or_default();
            if written.revoke() {
                place.taken.push(entry);
            } else {
                expanding.reasons.give_default(database, &key, reason);
                place.given.push(entry);
            }
        }
    }
}

/// `public: none` for what is made later: the built-in default goes, which only a default for all schemas can say.
fn withhold_from_public(creators: &Creators, wanted: &mut BTreeMap<DefaultKey, Wanted>) {
    for creator in creators.values().flatten() {
        for kind in [DefaultKind::Functions, DefaultKind::Types] {
            let key = DefaultKey { creator: creator.clone(), schema: None, kind };
            let entry = Entry {
                grantee: Grantee::Public,
                grantor: creator.clone(),
                privileges: pgward_catalog::default_acl::public_privileges(kind.class()),
                grantable: Privileges::NONE,
            };
            wanted.entry(key).or_default().taken.push(entry);
        }
    }
}

/// Those of a database that the contract does not describe: nothing for declared roles.
pub fn unmentioned(expanding: &Expanding<'_>, found: &Defaults, withheld: &mut Withheld) -> Defaults {
    let mut made = Defaults::new();
    for (key, there) in found {
        let absent = key.absent(expanding.observed.version);
        withheld.note_default(key, there, &absent, &Wanted::default());
        let born = absent.clone();
        let acl = composed_outside(&expanding.standings, there, born);
        if !expanding.standings.is_leaving(&key.creator) && acl != absent {
            made.insert(key.clone(), acl);
        }
    }
    made
}

/// The default privileges without the roles that leave.
pub fn without_leaving(expanding: &Expanding<'_>, found: &Defaults) -> Defaults {
    let stays = |entry: &&Entry| {
        let grantee = entry.grantee.role();
        !grantee.is_some_and(|role| expanding.standings.is_leaving(role))
            && !expanding.standings.is_leaving(&entry.grantor)
    };
    found
        .iter()
        .filter(|(key, _)| !expanding.standings.is_leaving(&key.creator))
        .map(|(key, acl)| (key.clone(), acl.entries().iter().filter(stays).cloned().collect::<Acl>()))
        .filter(|(key, acl)| *acl != key.absent(expanding.observed.version))
        .collect()
}

/// The catalog's kind.
pub fn kind_of(class: DefaultClass) -> DefaultKind {
    match class {
        DefaultClass::Tables => DefaultKind::Tables,
        DefaultClass::Sequences => DefaultKind::Sequences,
        DefaultClass::Functions => DefaultKind::Functions,
        DefaultClass::Types => DefaultKind::Types,
        DefaultClass::Schemas => DefaultKind::Schemas,
        DefaultClass::LargeObjects => DefaultKind::LargeObjects,
    }
}
