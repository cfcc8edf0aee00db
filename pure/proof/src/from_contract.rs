//! From a contract and what it makes of a cluster to what it promises.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::privilege::Privilege;
use pgward_contract::expand::choice::{Choice, takes};
use pgward_contract::expand::drift::{Drift, DriftKind};
use pgward_contract::expand::expansion::Expansion;
use pgward_contract::model::contract::Contract;
use pgward_contract::model::database::{Database, RowSecurity as RowRule};
use pgward_contract::model::interface::Security;
use pgward_contract::model::never as written;
use pgward_contract::model::scope::Mode;
use pgward_contract::pattern::object::ObjectName;
use pgward_contract::pattern::routine::{Arguments, RoutineName};
use pgward_contract::source::Source as File;
use pgward_contract::source::span::Span;

use crate::action::{Action, Power};
use crate::claim::Source;
use crate::promises::{
    Creator, DatabasePromises, Ground, Interface, Migrator, Missing, Never, Promises, TenantRule, TriedRole,
};

/// What the contract promises. Its presets are spelled out, and `expansion` is what it makes of the cluster.
/// `files` are the files it was read from, in their order; `secrets` names the roles whose passwords are at hand.
pub fn promises(
    contract: &Contract,
    expansion: &Expansion,
    files: &[File],
    secrets: &BTreeSet<RoleName>,
) -> Promises {
    let places = Places { files };
    let roles: Vec<TriedRole> = contract
        .roles
        .iter()
        .filter(|(_, role)| !role.kind().is_foreign())
        .map(|(name, role)| TriedRole {
            name: RoleName::from(name.as_str()),
            secret_known: secrets.contains(name.as_str()),
            may_become: role.may_become.iter().map(|other| RoleName::from(other.as_str())).collect(),
            source: places.at(name.span, role.because.as_ref().map(|because| because.as_str())),
        })
        .filter(|role| expansion.desired.roles.contains_key(&role.name))
        .collect();
    let databases = contract
        .databases
        .iter()
        .filter_map(|(name, said)| {
            let name = DatabaseName::from(name.as_str());
            let contents = expansion.desired.databases.get(&name)?;
            Some(Described { expansion, places: &places, roles: &roles, name, said, contents }.promises())
        })
        .collect();
    let as_found = contract.scope.mode() == Mode::Adopt;
    Promises { desired: expansion.desired.clone(), roles, databases, as_found }
}

/// The files of the contract, to name places in.
struct Places<'c> {
    files: &'c [File],
}

impl Places<'_> {
    fn at(&self, span: Span, because: Option<&str>) -> Option<Arc<Source>> {
        let file = usize::try_from(span.file.0).ok().and_then(|at| self.files.get(at))?;
        Some(Arc::new(Source {
            because: because.map(str::to_owned),
            file: file.name.clone(),
            line: span.start.line,
            column: span.start.column,
        }))
    }
}

/// One database of the contract, with what is in it.
struct Described<'c> {
    expansion: &'c Expansion,
    places: &'c Places<'c>,
    roles: &'c [TriedRole],
    name: DatabaseName,
    said: &'c Database,
    contents: &'c Contents,
}

impl Described<'_> {
    fn promises(&self) -> DatabasePromises {
        let schemas = self.schemas();
        DatabasePromises {
            grounds: self.grounds(&schemas),
            nevers: self.nevers(),
            interfaces: self.interfaces(),
            tenants: self.tenants(),
            row_decisions: self.row_decisions(),
            row_decision_required: self.said.row_security() == RowRule::Required,
            missing: self.missing(),
            creators: self.creators(&schemas),
            migrators: self.migrators(&schemas),
            database: Some(self.name.clone()),
            schemas,
        }
    }

    /// The schemas the contract lists or reaches into, as far as they are there.
    fn schemas(&self) -> BTreeSet<SchemaName> {
        let reached = self.expansion.reach.schemas.iter().filter(|(database, _)| *database == self.name);
        let listed = self.said.schemas.iter().map(|(name, _)| SchemaName::from(name.as_str()));
        let there = |schema: &SchemaName| {
            self.contents.objects.contains_key(&ObjectKey::bare(Class::Schema, schema.as_str()))
        };
        reached.map(|(_, schema)| schema.clone()).chain(listed).filter(there).collect()
    }

    fn grounds(&self, schemas: &BTreeSet<SchemaName>) -> BTreeMap<ObjectRef, Vec<Ground>> {
        let described = |key: &ObjectKey| key.schema.as_ref().is_none_or(|schema| schemas.contains(schema));
        let inside = self.contents.objects.iter().filter(|(key, _)| described(key));
        let inside = inside.map(|(key, object)| (ObjectRef::within(&self.name, key.clone()), object));
        let others =
            |key: &ObjectKey| key.class == Class::Database && key.name.as_str() != self.name.as_str();
        let of_cluster = self.expansion.desired.cluster_objects.iter().filter(|(key, _)| !others(key));
        let of_cluster = of_cluster.map(|(key, object)| (ObjectRef::of_cluster(key.clone()), object));
        let interfaces = self.interfaces();
        let called =
            interfaces.iter().filter(|interface| !described(&interface.routine)).filter_map(|interface| {
                let object = self.contents.objects.get(&interface.routine)?;
                Some((ObjectRef::within(&self.name, interface.routine.clone()), object))
            });
        let mut grounds: BTreeMap<ObjectRef, Vec<Ground>> = BTreeMap::new();
        for (name, object) in inside.chain(of_cluster).chain(called) {
            let columns = object.columns.values().flat_map(|acl| acl.entries());
            for entry in object.acl.entries().iter().chain(columns) {
                for privilege in entry.privileges.iter() {
                    self.ground(&mut grounds, &name, entry.grantee.clone(), privilege);
                }
            }
        }
        grounds
    }

    fn ground(
        &self,
        grounds: &mut BTreeMap<ObjectRef, Vec<Ground>>,
        object: &ObjectRef,
        grantee: pgward_catalog::acl::Grantee,
        privilege: Privilege,
    ) {
        let Some(reason) = self.expansion.reasons.of_grant(object, &grantee, privilege) else { return };
        if let Some(source) = self.places.at(reason.span, reason.because.as_deref()) {
            let ground = Ground { grantee, privileges: privilege.into(), source };
            grounds.entry(object.clone()).or_default().push(ground);
        }
    }

    fn nevers(&self) -> Vec<Never> {
        let never = |never: &pgward_contract::source::span::Spanned<written::Never>| {
            let matching =
                |role: &&TriedRole| never.roles.iter().any(|glob| glob.matches(role.name.as_str()));
            let may = never.may.iter().flatten().flat_map(|action| actions(action.value));
            let reach = never.reach.iter().flatten().map(|power| Action::Reach(self::power(power.value)));
            Never {
                roles: self.roles.iter().filter(matching).map(|role| role.name.clone()).collect(),
                may: may.chain(reach).collect(),
                objects: never.on.as_ref().map(|on| {
                    let choice = Choice::of(on);
                    let covered =
                        self.contents.objects.iter().filter(|(key, object)| choice.covers(key, object));
                    covered.map(|(key, _)| ObjectRef::within(&self.name, key.clone())).collect()
                }),
                columns: never
                    .on
                    .iter()
                    .flat_map(|on| on.columns.iter().flatten())
                    .map(|column| Name::from(column.as_str()))
                    .collect(),
                source: self.places.at(never.span, never.because.as_ref().map(|because| because.as_str())),
            }
        };
        self.said.never.iter().map(never).collect()
    }

    fn interfaces(&self) -> Vec<Interface> {
        let found = self.said.interfaces.iter().filter_map(|(name, interface)| {
            let because = interface.because.as_ref().map(|because| because.as_str());
            Some(Interface {
                routine: self.routine(&name.value)?,
                definer: interface.security() == Security::Definer,
                source: self.places.at(name.span, because),
            })
        });
        found.collect()
    }

    fn routine(&self, name: &RoutineName) -> Option<ObjectKey> {
        let arguments = Arguments::Exactly(name.arguments.clone());
        let fits = |key: &&ObjectKey| {
            key.class.is_routine()
                && key.schema.as_ref().is_some_and(|schema| schema.as_str() == name.schema)
                && key.name.as_str() == name.name
                && takes(&arguments, key)
        };
        self.contents.objects.keys().find(fits).cloned()
    }

    fn table(&self, name: &ObjectName) -> Option<ObjectKey> {
        [Class::Table, Class::PartitionedTable]
            .map(|class| ObjectKey::in_schema(class, name.schema.as_str(), name.name.as_str()))
            .into_iter()
            .find(|key| self.contents.objects.contains_key(key))
    }

    fn tenants(&self) -> Vec<TenantRule> {
        let found = self.said.rows.iter().filter_map(|(name, rows)| {
            let tenant = rows.tenant.as_ref()?;
            let sample = tenant.sample.iter();
            Some(TenantRule {
                table: self.table(&name.value)?,
                setting: tenant.setting.as_str().to_owned(),
                column: Name::from(tenant.column.as_str()),
                sample: sample
                    .map(|(column, value)| (Name::from(column.as_str()), value.as_str().to_owned()))
                    .collect(),
                source: self.places.at(tenant.span, rows.because.as_ref().map(|because| because.as_str())),
            })
        });
        found.collect()
    }

    fn row_decisions(&self) -> BTreeMap<ObjectKey, Option<Arc<Source>>> {
        let decided = self.said.rows.iter().filter_map(|(name, rows)| {
            let because = rows.because.as_ref().map(|because| because.as_str());
            Some((self.table(&name.value)?, self.places.at(name.span, because)))
        });
        decided.collect()
    }

    /// What the contract counts on here and expansion did not find. What concerns no database is told with each.
    fn missing(&self) -> Vec<Missing> {
        let here = |drift: &&Drift| {
            drift.kind == DriftKind::Missing && drift.database.as_ref().is_none_or(|name| *name == self.name)
        };
        let missing = |drift: &Drift| Missing {
            message: drift.message.clone(),
            source: drift.span.and_then(|span| self.places.at(span, None)),
        };
        self.expansion.drift.iter().filter(here).map(missing).collect()
    }

    /// The roles default privileges are made for: who owns a schema or what is in it, or may create there.
    fn creators(&self, schemas: &BTreeSet<SchemaName>) -> Vec<Creator> {
        let mut creators = BTreeSet::new();
        let mut add = |schema: &SchemaName, role: &str| {
            if schemas.contains(schema) && self.roles.iter().any(|tried| tried.name.as_str() == role) {
                creators.insert(Creator { schema: schema.clone(), role: RoleName::from(role) });
            }
        };
        for (name, schema) in self.said.schemas.iter() {
            let place = SchemaName::from(name.as_str());
            let listed = schema.create.iter().flatten().filter_map(|to| to.role.role());
            for role in schema.owner.iter().chain(&schema.objects_owner).map(|role| &role.value).chain(listed)
            {
                add(&place, role.as_str());
            }
        }
        for (schema, owner) in self.owners() {
            add(schema, owner.as_str());
        }
        creators.into_iter().collect()
    }

    /// Roles that may become an owner of what is in a schema, to migrate it.
    fn migrators(&self, schemas: &BTreeSet<SchemaName>) -> Vec<Migrator> {
        let owners = self.owners();
        let mut migrators = Vec::new();
        for schema in schemas {
            for role in self.roles {
                for owner in role.may_become.iter().filter(|owner| owners.contains(&(schema, *owner))) {
                    migrators.push(Migrator {
                        role: role.name.clone(),
                        becomes: Some(owner.clone()),
                        schema: schema.clone(),
                        source: role.source.clone(),
                    });
                }
            }
        }
        migrators
    }

    /// Who owns something in which schema, extensions' objects aside.
    fn owners(&self) -> BTreeSet<(&SchemaName, &RoleName)> {
        let own = self.contents.objects.iter().filter(|(_, object)| object.origin == Origin::User);
        own.filter_map(|(key, object)| Some((key.schema.as_ref()?, &object.owner))).collect()
    }
}

/// The contract's word for what is tried; some stand for more than one.
fn actions(action: written::Action) -> Vec<Action> {
    use written::Action as W;
    let one = match action {
        W::Select => Action::Use(Privilege::Select),
        W::Insert => Action::Use(Privilege::Insert),
        W::Update => Action::Use(Privilege::Update),
        W::Delete => Action::Use(Privilege::Delete),
        W::Truncate => Action::Use(Privilege::Truncate),
        W::References => Action::Use(Privilege::References),
        W::Trigger => Action::Use(Privilege::Trigger),
        W::Maintain => Action::Use(Privilege::Maintain),
        W::Execute => Action::Use(Privilege::Execute),
        W::Usage => Action::Use(Privilege::Usage),
        W::Connect => Action::Use(Privilege::Connect),
        W::Temporary => Action::Use(Privilege::Temporary),
        W::CreateTable => Action::CreateTable,
        W::AlterTable => Action::Alter,
        W::DropTable => Action::Drop,
        W::CreateFunction => Action::CreateFunction,
        W::CreateSchema => Action::CreateSchema,
        W::CreateExtension => Action::CreateExtension,
        W::CreateRole => Action::CreateRole,
        W::CreateDatabase => Action::CreateDatabase,
        W::AlterSystem => Action::AlterSystem,
        W::CopyProgram => Action::CopyProgram,
        W::CopyServerFile => return vec![Action::ReadServerFile, Action::WriteServerFile],
        W::SetRole => Action::BecomeAnother,
    };
    vec![one]
}

fn power(power: written::Power) -> Power {
    use written::Power as W;
    match power {
        W::Superuser => Power::Superuser,
        W::ServerFiles => Power::ServerFiles,
        W::ServerProgram => Power::ServerProgram,
        W::BypassRls => Power::BypassRls,
        W::CreateRole => Power::CreateRole,
        W::CreateDatabase => Power::CreateDatabase,
        W::Replication => Power::Replication,
        W::ReadAllData => Power::ReadAllData,
        W::WriteAllData => Power::WriteAllData,
        W::UntrustedLanguage => Power::UntrustedLanguage,
    }
}
