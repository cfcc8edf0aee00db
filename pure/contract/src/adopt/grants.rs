//! What is granted on the objects of a database, said with as few patterns as it takes.

use std::collections::BTreeMap;

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::{RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::{Privilege, Privileges};

use crate::adopt::columns;
use crate::adopt::factor::{Extent, Gathering, extent};
use crate::adopt::granting::Granting;
use crate::adopt::listed::Listed;
use crate::adopt::place::{Place, Target, selection};
use crate::adopt::residual::{Deed, Residue, residues};
use crate::adopt::saying::{Future, Saying};
use crate::adopt::words::new;
use crate::expand::acl::born_with;
use crate::expand::inventory::schema_of;
use crate::model::grant::Grant;
use crate::source::span::Spanned;

/// The grants of a database, and the default privileges that follow from them.
pub struct Granted {
    /// The entries.
    pub grants: Vec<Spanned<Grant>>,
    /// What their patterns imply.
    pub implied: BTreeMap<DefaultKey, Acl>,
}

/// What is said to whom, about what.
type Said = BTreeMap<(Saying, Vec<Grantee>), Vec<Target>>;

/// What is said about a grantee, and of which objects.
type Together = BTreeMap<(Deed, Option<RoleName>, Grantee), Vec<(Vec<u32>, Privileges)>>;

/// All grants of the database.
pub fn adopted(granting: &Granting<'_>) -> Granted {
    let mut said = Said::new();
    let mut implied = BTreeMap::new();
    for place in Place::all(granting.contents, granting.routines) {
        in_place(granting, &place, &mut said, &mut implied);
    }
    let mut grants = written(granting, said);
    grants.extend(columns::adopted(granting));
    Granted { grants, implied }
}

/// What an object carries beyond what it is born with, as far as the contract speaks of it.
fn residues_of(granting: &Granting<'_>, key: &ObjectKey, object: &Object) -> Vec<Residue> {
    let born = born_with(key.class, object, &object.owner, granting.version);
    let mut all = residues(&born, &object.acl, &object.owner);
    let schema = schema_of(key);
    all.retain(|residue| (granting.accounts_for)(&residue.grantee, schema.as_ref()));
    all
}

fn in_place(
    granting: &Granting<'_>,
    place: &Place<'_>,
    said: &mut Said,
    implied: &mut BTreeMap<DefaultKey, Acl>,
) {
    type What = (Deed, Grantee, Option<RoleName>, Privilege);
    let mut gathering: Gathering<What> = Gathering::default();
    let mut objects = Vec::new();
    for (key, object) in &place.objects {
        if key.class.is_routine() && (granting.is_interface)(key) {
            // Its callers are listed with it; only what its owner lacks is said here.
            let taken = residues_of(granting, key, object)
                .into_iter()
                .filter(|residue| residue.deed.takes() && residue.grantee != Grantee::Public);
            by_name(place, key, taken, said);
            continue;
        }
        if !place.is_for_wildcards(key, object) {
            by_name(place, key, residues_of(granting, key, object).into_iter(), said);
            continue;
        }
        let position = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        for residue in residues_of(granting, key, object) {
            for privilege in residue.privileges.iter() {
                let what = (residue.deed, residue.grantee.clone(), residue.grantor.clone(), privilege);
                gathering.say(what, position);
            }
        }
        objects.push((*key, *object));
    }
    // What is said of the same objects is said together, whoever it is about.
    let mut together = Together::new();
    for ((deed, grantee, grantor, privilege), set) in gathering.into_sets() {
        let sets = together.entry((deed, grantor, grantee)).or_default();
        match sets.iter_mut().find(|(known, _)| *known == set) {
            Some((_, privileges)) => *privileges |= privilege.into(),
            None => sets.push((set, privilege.into())),
        }
    }
    let mut listed = Listed::default();
    let mut alike: BTreeMap<(Saying, Target), Vec<Grantee>> = BTreeMap::new();
    for ((deed, grantor, grantee), sets) in together {
        for (set, privileges) in sets {
            let born = Born { granting, objects: &objects, deed, grantee: &grantee, grantor: &grantor };
            let futures = future_of(granting, place, deed, &grantor, &grantee, privileges);
            let count = u32::try_from(objects.len()).unwrap_or(u32::MAX);
            let reach = extent(&set, count, |position| born.has(position, privileges));
            for (future, privileges) in futures {
                let single = count == 1 && set.len() == 1;
                let reach = match (&reach, future) {
                    (Extent::Only(_), Future::AsPatternsDo) if single => Extent::All,
                    _ => reach.clone(),
                };
                let saying = Saying { kind: place.kind, deed, grantor: grantor.clone(), privileges, future };
                match reach {
                    Extent::Only(set) => {
                        let saying = Saying { future: Future::AsPatternsDo, ..saying };
                        listed.add(saying, grantee.clone(), set);
                    }
                    reach => {
                        if future == Future::AsPatternsDo {
                            imply(granting, place, &saying, &grantee, implied);
                        }
                        let target = place.target(&reach, &objects);
                        alike.entry((saying, target)).or_default().push(grantee.clone());
                    }
                }
            }
        }
    }
    for ((saying, target), mut grantees) in alike {
        grantees.sort();
        said.entry((saying, grantees)).or_default().push(target);
    }
    for (saying, grantees, set) in listed.shortest() {
        let target = place.target(&Extent::Only(set), &objects);
        said.entry((saying, grantees)).or_default().push(target);
    }
}

fn by_name(place: &Place<'_>, key: &ObjectKey, residues: impl Iterator<Item = Residue>, said: &mut Said) {
    let mut sayings: BTreeMap<Saying, Vec<Grantee>> = BTreeMap::new();
    for residue in residues {
        let saying = Saying {
            kind: place.kind,
            deed: residue.deed,
            grantor: residue.grantor,
            privileges: residue.privileges,
            future: Future::AsPatternsDo,
        };
        sayings.entry(saying).or_default().push(residue.grantee);
    }
    for (saying, grantees) in sayings {
        said.entry((saying, grantees)).or_default().push(Target::names(vec![key.clone()]));
    }
}

/// Whether saying something of an object anyway changes nothing about it.
struct Born<'a> {
    granting: &'a Granting<'a>,
    objects: &'a [(&'a ObjectKey, &'a Object)],
    deed: Deed,
    grantee: &'a Grantee,
    grantor: &'a Option<RoleName>,
}

impl Born<'_> {
    fn has(&self, position: u32, privileges: Privileges) -> bool {
        let Some((key, object)) = usize::try_from(position).ok().and_then(|at| self.objects.get(at)) else {
            return false;
        };
        let grantor = self.grantor.as_ref().unwrap_or(&object.owner);
        let found = object.acl.entry(self.grantee, grantor);
        match self.deed {
            Deed::Grant => found.is_some_and(|entry| entry.privileges.covers(privileges)),
            Deed::GrantWithOption => found.is_some_and(|entry| entry.grantable.covers(privileges)),
            Deed::Take | Deed::TakeOption => {
                let born = born_with(key.class, object, &object.owner, self.granting.version);
                let entry = born.entry(self.grantee, grantor);
                entry.is_none_or(|entry| (entry.privileges & privileges).is_empty())
            }
        }
    }
}

/// Which of the privileges the default privileges of all creators give as well, and which they do not.
fn future_of(
    granting: &Granting<'_>,
    place: &Place<'_>,
    deed: Deed,
    grantor: &Option<RoleName>,
    grantee: &Grantee,
    privileges: Privileges,
) -> Vec<(Future, Privileges)> {
    if deed.takes() || grantor.is_some() {
        return vec![(Future::AsPatternsDo, privileges)];
    }
    let Some((kind, schema, creators)) = creators_of(granting, place, grantee) else {
        return vec![(Future::AsPatternsDo, privileges)];
    };
    if creators.is_empty() {
        return vec![(Future::AsPatternsDo, privileges)];
    }
    let mut given = privileges;
    for creator in creators {
        let key = DefaultKey { creator: creator.clone(), schema: Some(schema.clone()), kind };
        let entry =
            granting.contents.default_privileges.get(&key).and_then(|acl| acl.entry(grantee, creator));
        given = match (entry, deed) {
            (None, _) => Privileges::NONE,
            (Some(entry), Deed::GrantWithOption) => given & entry.grantable,
            (Some(entry), _) => given & (entry.privileges - entry.grantable),
        };
    }
    let parts = [(Future::AsPatternsDo, given), (Future::No, privileges - given)];
    parts.into_iter().filter(|(_, privileges)| !privileges.is_empty()).collect()
}

fn creators_of<'a>(
    granting: &'a Granting<'_>,
    place: &'a Place<'_>,
    grantee: &Grantee,
) -> Option<(DefaultKind, &'a SchemaName, Vec<&'a RoleName>)> {
    let kind = place.kind.group().default?;
    let schema = place.schema.as_ref()?;
    let creators = granting.creators.get(schema)?;
    Some((kind, schema, creators.iter().filter(|creator| grantee.role() != Some(creator)).collect()))
}

fn imply(
    granting: &Granting<'_>,
    place: &Place<'_>,
    saying: &Saying,
    grantee: &Grantee,
    implied: &mut BTreeMap<DefaultKey, Acl>,
) {
    if saying.deed.takes() || saying.grantor.is_some() {
        return;
    }
    let Some((kind, schema, creators)) = creators_of(granting, place, grantee) else { return };
    for creator in creators {
        let key = DefaultKey { creator: creator.clone(), schema: Some(schema.clone()), kind };
        let with_option = saying.deed == Deed::GrantWithOption;
        implied.entry(key).or_insert(Acl::EMPTY).grant(Entry {
            grantee: grantee.clone(),
            grantor: creator.clone(),
            privileges: saying.privileges,
            grantable: if with_option { saying.privileges } else { Privileges::NONE },
        });
    }
}

/// The entries: what is said alike of several places is said once.
fn written(granting: &Granting<'_>, said: Said) -> Vec<Spanned<Grant>> {
    let mut grants = Vec::new();
    for ((saying, grantees), targets) in said {
        for on in selection(saying.kind, targets) {
            grants.push(new(saying.grant(granting.version, &grantees, on)));
        }
    }
    grants
}
