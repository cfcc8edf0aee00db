//! What is granted on the objects of a database, said with as few patterns as it takes.

use std::collections::{BTreeMap, HashMap};

use pgward_catalog::acl::{Acl, Entry, Grantee};
use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::default_privileges::{DefaultKey, DefaultKind};
use pgward_catalog::name::{Name, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey};
use pgward_catalog::privilege::Privileges;
use pgward_catalog::version::Version;

use crate::adopt::factor::{Extent, Gathering, extent};
use crate::adopt::place::{Kind, Place, Target, selection};
use crate::adopt::residual::{Deed, Residue, residues};
use crate::adopt::words::{self, new};
use crate::expand::acl::{born_with, with_owner};
use crate::expand::creators::Creators;
use crate::form::collection::OneOrMany;
use crate::model::grant::{Grant, Selection};
use crate::name::ColumnName;
use crate::source::span::Spanned;

/// What adoption of grants needs to know about a database.
pub struct Granting<'a> {
    /// The server's version.
    pub version: Version,
    /// What is in the database.
    pub contents: &'a Contents,
    /// Who creates in which schema.
    pub creators: &'a Creators,
    /// Whether the contract has to account for what this grantee holds there.
    pub accounts_for: &'a dyn Fn(&Grantee, Option<&SchemaName>) -> bool,
    /// Whether who may call a routine is said elsewhere.
    pub is_interface: &'a dyn Fn(&ObjectKey) -> bool,
    /// The kind that routines are spoken of as.
    pub routines: Kind,
}

/// The grants of a database, and the default privileges that follow from them.
pub struct Granted {
    /// The entries.
    pub grants: Vec<Spanned<Grant>>,
    /// What their patterns imply.
    pub implied: BTreeMap<DefaultKey, Acl>,
}

/// What one entry says, before it is known to whom and on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Saying {
    kind: Kind,
    deed: Deed,
    grantor: Option<RoleName>,
    privileges: Privileges,
    future: Future,
}

/// Whether an entry holds for objects to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Future {
    AsPatternsDo,
    No,
}

type Said = BTreeMap<(Saying, Vec<Grantee>), Vec<Target>>;

/// All grants of the database.
pub fn adopted(granting: &Granting<'_>) -> Granted {
    let mut said = Said::new();
    let mut implied = BTreeMap::new();
    for place in Place::all(granting.contents, granting.routines) {
        in_place(granting, &place, &mut said, &mut implied);
    }
    let mut grants = written(granting, said);
    grants.extend(on_columns(granting));
    Granted { grants, implied }
}

/// What an object carries beyond what it is born with, as far as the contract speaks of it.
fn residues_of(granting: &Granting<'_>, key: &ObjectKey, object: &Object) -> Vec<Residue> {
    let born = born_with(key.class, object, &object.owner, granting.version);
    let mut all = residues(&born, &object.acl, &object.owner);
    let schema = crate::expand::inventory::schema_of(key);
    all.retain(|residue| (granting.accounts_for)(&residue.grantee, schema.as_ref()));
    all
}

fn in_place(
    granting: &Granting<'_>,
    place: &Place<'_>,
    said: &mut Said,
    implied: &mut BTreeMap<DefaultKey, Acl>,
) {
    type What = (Deed, Grantee, Option<RoleName>, pgward_catalog::privilege::Privilege);
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
    let mut together: BTreeMap<(Deed, Option<RoleName>, Grantee), Vec<(Vec<u32>, Privileges)>> =
        BTreeMap::new();
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

/// What is said of lists of objects, to be written the shorter way: role by role, or object by object.
#[derive(Default)]
struct Listed {
    by_grantee: Vec<(Saying, Grantee, Vec<u32>)>,
}

impl Listed {
    fn add(&mut self, saying: Saying, grantee: Grantee, set: Vec<u32>) {
        if !set.is_empty() {
            self.by_grantee.push((saying, grantee, set));
        }
    }

    fn shortest(self) -> Vec<(Saying, Vec<Grantee>, Vec<u32>)> {
        let mut by_set: BTreeMap<(Saying, &[u32]), Vec<Grantee>> = BTreeMap::new();
        let mut by_object: HashMap<(u32, &Saying), Vec<Grantee>> = HashMap::new();
        // What a role holds on one object may come from several sets; object by object it is one privilege list.
        let mut per_object: BTreeMap<(Saying, u32, &Grantee), Privileges> = BTreeMap::new();
        for (saying, grantee, set) in &self.by_grantee {
            by_set.entry((saying.clone(), set)).or_default().push(grantee.clone());
            let base = Saying { privileges: Privileges::NONE, ..saying.clone() };
            for position in set {
                let held = per_object.entry((base.clone(), *position, grantee)).or_insert(Privileges::NONE);
                *held |= saying.privileges;
            }
        }
        let sayings: Vec<(Saying, u32, &Grantee)> = per_object
            .iter()
            .map(|((base, position, grantee), held)| {
                (Saying { privileges: *held, ..base.clone() }, *position, *grantee)
            })
            .collect();
        for (saying, position, grantee) in &sayings {
            by_object.entry((*position, saying)).or_default().push((*grantee).clone());
        }
        let mut grouped: BTreeMap<(Saying, Vec<Grantee>), Vec<u32>> = BTreeMap::new();
        for ((position, saying), mut grantees) in by_object {
            grantees.sort();
            grouped.entry((saying.clone(), grantees)).or_default().push(position);
        }
        let cost_by_set: usize =
            by_set.iter().map(|((_, set), grantees)| set.len() + grantees.len() + 4).sum();
        let cost_by_object: usize =
            grouped.iter().map(|((_, grantees), set)| set.len() + grantees.len() + 4).sum();
        if cost_by_set <= cost_by_object {
            by_set.into_iter().map(|((saying, set), grantees)| (saying, grantees, set.to_vec())).collect()
        } else {
            grouped
                .into_iter()
                .map(|((saying, grantees), mut set)| {
                    set.sort_unstable();
                    (saying, grantees, set)
                })
                .collect()
        }
    }
}

/// The entries: what is said alike of several places is said once.
fn written(granting: &Granting<'_>, said: Said) -> Vec<Spanned<Grant>> {
    let mut grants = Vec::new();
    for ((saying, grantees), targets) in said {
        for on in selection(saying.kind, targets) {
            grants.push(new(grant(granting, &saying, &grantees, on)));
        }
    }
    grants
}

fn grant(granting: &Granting<'_>, saying: &Saying, grantees: &[Grantee], on: Selection) -> Grant {
    let class = saying.kind.group().classes.first().copied().unwrap_or(Class::Table);
    Grant {
        to: OneOrMany(grantees.iter().map(|grantee| new(words::grantee(grantee))).collect()),
        allow: words::privileges(saying.privileges, class, granting.version),
        on: new(on),
        future: (saying.future == Future::No).then(|| new(false)),
        revoke: saying.deed.takes().then(|| new(true)),
        grant_option: saying.deed.is_about_option().then(|| new(true)),
        granted_by: saying.grantor.as_ref().map(|role| new(words::role(role))),
        because: None,
    }
}

/// Grants on columns: an entry for each table, roles, and privileges.
fn on_columns(granting: &Granting<'_>) -> Vec<Spanned<Grant>> {
    type Holding = (ObjectKey, Deed, Option<RoleName>, Privileges, Grantee);
    let mut columns: BTreeMap<Holding, Vec<Name>> = BTreeMap::new();
    for (key, object) in &granting.contents.objects {
        let names = object.columns.keys().chain(object.initial_columns.keys());
        let names: std::collections::BTreeSet<&Name> = names.collect();
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
    let mut alike: BTreeMap<(ObjectKey, Deed, Option<RoleName>, Privileges, Vec<Name>), Vec<Grantee>> =
        BTreeMap::new();
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
            grants.push(new(grant(granting, &saying, &grantees, on)));
        }
    }
    grants
}
