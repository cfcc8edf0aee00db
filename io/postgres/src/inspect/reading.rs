//! A database while it is being read: what has been taken in so far, by oid.

use std::collections::{BTreeMap, HashMap, HashSet};

use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::{Contents, Unseen};
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::default_privileges::DefaultKey;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{Facts, Object, ObjectKey, Origin};
use pgward_catalog::version::Version;

use crate::inspect::acls::Acls;
use crate::inspect::cluster::ClusterPart;
use crate::inspect::database::Database;
use crate::inspect::failure::InspectError;
use crate::inspect::information_schema;
use crate::inspect::moment::Moment;
use crate::inspect::numbered::{self, Numbered};
use crate::inspect::place::{FIRST_NORMAL_OID, LARGE_OBJECTS, Place, Places, RELATIONS};
use crate::inspect::row::Row;
use crate::inspect::server::Server;

/// What has been read of a database so far.
pub(super) struct Reading<'a> {
    cluster: &'a ClusterPart,
    database: DatabaseName,
    pub(super) version: Version,
    acls: Acls,
    /// Schemas by oid; none for the temporary ones, whose objects belong to single sessions.
    pub(super) schemas: HashMap<u32, Option<SchemaName>>,
    pub(super) languages: HashMap<u32, Name>,
    pub(super) extensions: HashMap<u32, Name>,
    /// Members of extensions: catalog and oid, and the oid of the extension.
    pub(super) members: HashMap<Place, u32>,
    /// `pg_init_privs`, of objects and of columns.
    pub(super) initial: HashMap<Place, String>,
    pub(super) initial_columns: HashMap<u32, Vec<(Name, String)>>,
    objects: Vec<(ObjectKey, Object)>,
    positions: HashMap<Place, usize>,
    /// Column privileges of relations that did not qualify by themselves.
    left_behind: Vec<(u32, Name, String)>,
    /// Whether a row was written that does not belong into the catalog.
    pub(super) passed_over: bool,
    /// What the last query saw, where it was asked.
    pub(super) last_moment: Option<Moment>,
    pub(super) default_privileges: BTreeMap<DefaultKey, Acl>,
    pub(super) rules: Vec<Numbered>,
    /// Relations that rules name and that are not taken in.
    pub(super) named: HashMap<u32, ObjectKey>,
    /// User mappings whose options the server does not show to this role.
    pub(super) hidden_mappings: Vec<String>,
    /// Subscriptions whose connection it does not show.
    pub(super) hidden_connections: Vec<String>,
}

/// The columns that describe an object, as they came.
pub(super) struct Found<'t> {
    pub(super) place: Place,
    pub(super) key: ObjectKey,
    pub(super) owner: u32,
    pub(super) acl: Option<&'t str>,
    pub(super) facts: Facts,
}

impl<'a> Reading<'a> {
    pub(super) fn new(cluster: &'a ClusterPart, server: &Server) -> Reading<'a> {
        Reading {
            cluster,
            database: server.database.clone(),
            version: server.version,
            acls: Acls::default(),
            schemas: HashMap::new(),
            languages: HashMap::new(),
            extensions: HashMap::new(),
            members: HashMap::new(),
            initial: HashMap::new(),
            initial_columns: HashMap::new(),
            objects: Vec::new(),
            positions: HashMap::new(),
            left_behind: Vec::new(),
            passed_over: false,
            last_moment: None,
            default_privileges: BTreeMap::new(),
            rules: Vec::new(),
            named: HashMap::new(),
            hidden_mappings: Vec::new(),
            hidden_connections: Vec::new(),
        }
    }

    /// Takes in an object.
    pub(super) fn add(&mut self, found: Found<'_>) -> Result<(), InspectError> {
        let Found { place, key, owner, acl, facts } = found;
        let owner = self.role(owner, || key.to_string())?;
        let acl = match acl {
            Some(text) => self.acl(text, || key.to_string())?,
            None if key.class.has_acl() => default_acl(key.class, &owner, self.version),
            None => Acl::EMPTY,
        };
        let mut object = Object { facts, origin: self.origin(place), ..Object::new(owner, acl) };
        if let Some(text) = self.initial.get(&place) {
            object.initial_acl = Some(self.acls.read_initial(text, || key.to_string())?);
        } else if object.origin == Origin::System {
            object.initial_acl =
                information_schema::born_with(&key, &self.cluster.catalog.bootstrap, self.version);
        }
        if place.0 == RELATIONS
            && let Some(columns) = self.initial_columns.get(&place.1)
        {
            for (column, text) in columns {
                let acl = self.acls.read_initial(text, || format!("column {} of {key}", column.quoted()))?;
                object.initial_columns.insert(column.clone(), acl);
            }
        }
        self.positions.insert(place, self.objects.len());
        self.objects.push((key, object));
        Ok(())
    }

    /// Takes in a row that was read because it was written, if it belongs into the catalog.
    pub(super) fn renew(
        &mut self,
        belongs: bool,
        row: &Row<'_>,
        take: fn(&mut Self, &Row<'_>) -> Result<(), InspectError>,
    ) -> Result<(), InspectError> {
        if belongs {
            return take(self, row);
        }
        self.passed_over = true;
        Ok(())
    }

    /// The access control list that this text stands for.
    pub(super) fn acl(&mut self, text: &str, object: impl Fn() -> String) -> Result<Acl, InspectError> {
        self.acls.read(text, &self.cluster.role_names, &self.database, object)
    }

    /// The role with this oid, which belongs to something.
    pub(super) fn role(&self, oid: u32, of: impl Fn() -> String) -> Result<RoleName, InspectError> {
        let role = self.cluster.roles.get(&oid).cloned();
        role.ok_or_else(|| self.moved(format!("role {oid}, which belongs to {},", of())))
    }

    /// The roles of the cluster by their oids.
    pub(super) fn roles(&self) -> &'a HashMap<u32, RoleName> {
        &self.cluster.roles
    }

    /// The schema with this oid; none if it is a session's own for temporary objects.
    pub(super) fn schema(&self, oid: u32) -> Result<Option<SchemaName>, InspectError> {
        self.schemas.get(&oid).cloned().ok_or_else(|| self.moved(format!("schema {oid}")))
    }

    /// The key of an object that has been taken in.
    pub(super) fn key(&self, place: Place) -> Option<&ObjectKey> {
        self.positions.get(&place).and_then(|at| self.objects.get(*at)).map(|(key, _)| key)
    }

    /// An object that has been taken in, to be completed.
    pub(super) fn object(&mut self, place: Place) -> Option<&mut Object> {
        self.positions.get(&place).and_then(|at| self.objects.get_mut(*at)).map(|(_, object)| object)
    }

    /// The error for something that another query should have returned.
    pub(super) fn moved(&self, what: impl Into<String>) -> InspectError {
        InspectError::Moved { what: what.into(), database: self.database.quoted() }
    }

    /// Takes in the privileges on a column.
    pub(super) fn add_column(&mut self, relation: u32, column: Name, text: &str) -> Result<(), InspectError> {
        let place = (RELATIONS, relation);
        if self.object(place).is_none() {
            self.left_behind.push((relation, column, text.to_owned()));
            return Ok(());
        }
        let acl = self.acl(text, || format!("column {} of relation {relation}", column.quoted()))?;
        if let Some(object) = self.object(place)
            && !acl.is_empty()
        {
            object.columns.insert(column, acl);
        }
        Ok(())
    }

    /// The relations that qualify only by the privileges on their columns.
    pub(super) fn left_behind(&self) -> HashSet<u32> {
        self.left_behind.iter().map(|(relation, ..)| *relation).collect()
    }

    /// Attaches the column privileges that waited for their relations; those of temporary tables go.
    pub(super) fn attach_left_behind(&mut self) -> Result<(), InspectError> {
        for (relation, column, text) in std::mem::take(&mut self.left_behind) {
            self.add_column(relation, column, &text)?;
        }
        Ok(())
    }

    /// Where everything is that has been taken in.
    pub(super) fn places(&self) -> Places {
        let named = |(place, at): (&Place, &usize)| Some((*place, self.objects.get(*at)?.0.clone()));
        self.positions.iter().filter_map(named).collect()
    }

    /// The database as it was read.
    pub(super) fn finish(mut self) -> Result<Database, InspectError> {
        let rules = numbered::named(std::mem::take(&mut self.rules), |oid| {
            self.key((RELATIONS, oid)).or_else(|| self.named.get(&oid)).cloned()
        });
        let mut objects = BTreeMap::new();
        for (key, object) in self.objects {
            if let Some(twin) = objects.insert(key.clone(), object) {
                drop(twin);
                return Err(InspectError::Twice { key: key.to_string(), database: self.database.quoted() });
            }
        }
        let hidden = self.hidden_mappings.into_iter().map(|mapping| Unseen {
            database: Some(self.database.clone()),
            what: "options of a user mapping".to_owned(),
            why: format!(
                "the options of user mapping {mapping} are shown to superusers, to whom it is for, and if it is for everybody to \
                 the owner of its server"
            ),
        });
        let connections = self.hidden_connections.into_iter().map(|subscription| Unseen {
            database: Some(self.database.clone()),
            what: "the connection of a subscription".to_owned(),
            why: format!("where {subscription} connects to is shown to superusers; or grant SELECT (subconninfo) on pg_subscription"),
        });
        let hidden: Vec<Unseen> = hidden.chain(connections).collect();
        let unseen = self
            .acls
            .dangling()
            .map(|oid| Unseen {
                database: Some(self.database.clone()),
                what: "a dropped role".to_owned(),
                why: format!("the privileges of an object still mention its oid {oid}"),
            })
            .chain(hidden)
            .collect();
        let contents = Contents { objects, default_privileges: self.default_privileges, rules };
        Ok(Database { name: self.database, contents, unseen })
    }

    fn origin(&self, place: Place) -> Origin {
        match self.members.get(&place).and_then(|extension| self.extensions.get(extension)) {
            Some(extension) => Origin::Extension(extension.clone()),
            // The number of a large object may be chosen by whoever makes it.
            None if place.1 < FIRST_NORMAL_OID && place.0 != LARGE_OBJECTS => Origin::System,
            None => Origin::User,
        }
    }
}

/// The SQL condition for objects that are in a catalog: all that somebody made, and of those that initdb made, the
/// ones that carry privileges or have another owner than the bootstrap superuser.
pub(super) fn worth_reading(catalog: u32, oid: &str, owner: &str, acl: &str) -> String {
    format!(
        "({oid} >= {FIRST_NORMAL_OID} or {owner} <> 10 or {acl} is not null
          or {oid} in (select objoid from pg_catalog.pg_init_privs where classoid = {catalog} and objsubid = 0))"
    )
}
