//! The cluster-wide part: roles, memberships, settings, databases, tablespaces, parameters.

use std::collections::{HashMap, HashSet};

use pgward_catalog::acl::Acl;
use pgward_catalog::catalog::{Catalog, Unseen};
use pgward_catalog::class::Class;
use pgward_catalog::default_acl::default_acl;
use pgward_catalog::membership::{Inheritance, MembershipKey, MembershipOptions};
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{DatabaseFacts, Facts, Object, ObjectKey, Origin};
use pgward_catalog::role::{Attribute, Attributes, PasswordKind, Role};
use pgward_catalog::setting::{SettingScope, Settings, sealed, server_setting_holds_a_secret};
use tokio_postgres::Client;

use crate::inspect::acls::Acls;
use crate::inspect::array_text;
use crate::inspect::encoding;
use crate::inspect::failure::InspectError;
use crate::inspect::place::FIRST_NORMAL_OID;
use crate::inspect::row::Row;
use crate::inspect::server::{Server, Sight};
use crate::inspect::statement::{Statement, run};

/// What the databases of a cluster share, and what it takes to read what is in them.
pub struct ClusterPart {
    /// The catalog so far: all but the contents of databases.
    pub catalog: Catalog,
    pub(super) roles: HashMap<u32, RoleName>,
    pub(super) role_names: HashSet<RoleName>,
    databases: HashMap<u32, DatabaseName>,
    acls: Acls,
    pub(super) server: Server,
}

/// Reads what the databases of a cluster share. Has to be called inside a transaction, REPEATABLE READ unless
/// nothing else can change the cluster; sets `search_path` and what else decides how things are printed until its end.
pub async fn read_cluster(client: &Client) -> Result<ClusterPart, InspectError> {
    let server = Server::look(client).await?;
    encoding::check_shared_names(client, &server).await?;
    let mut part = ClusterPart {
        catalog: Catalog::empty(server.version, RoleName::from("")),
        roles: HashMap::new(),
        role_names: HashSet::new(),
        databases: HashMap::new(),
        acls: Acls::default(),
        server,
    };
    if part.server.system_settings == Sight::Seen {
        part.catalog.system_settings = Some(Settings::new());
    }
    let statements = statements(&part.server);
    let database = part.server.database.clone();
    run(client, &database, &statements, &mut part).await?;
    if part.catalog.bootstrap.as_str().is_empty() {
        return Err(part.moved("the bootstrap superuser (oid 10)"));
    }
    part.note_what_is_unseen();
    Ok(part)
}

impl ClusterPart {
    fn moved(&self, what: impl Into<String>) -> InspectError {
        InspectError::Moved { what: what.into(), database: self.server.database.quoted() }
    }

    fn role(&self, oid: u32, of: impl Fn() -> String) -> Result<RoleName, InspectError> {
        self.roles
            .get(&oid)
            .cloned()
            .ok_or_else(|| self.moved(format!("role {oid}, which belongs to {},", of())))
    }

    fn database(&self, oid: u32) -> Result<DatabaseName, InspectError> {
        self.databases.get(&oid).cloned().ok_or_else(|| self.moved(format!("database {oid}")))
    }

    fn acl(&mut self, text: &str, key: &ObjectKey) -> Result<Acl, InspectError> {
        self.acls.read(text, &self.role_names, &self.server.database, || key.to_string())
    }

    fn unseen(&mut self, what: &str, why: String) {
        self.catalog.unseen.push(Unseen { database: None, what: what.to_owned(), why });
    }

    fn note_what_is_unseen(&mut self) {
        if !self.server.passwords_visible {
            let why = format!(
                "role \"{}\" may not read pg_authid; a superuser may, or grant SELECT (oid, rolpassword) on it",
                self.server.user
            );
            self.unseen("passwords", why);
        }
        if self.server.system_settings == Sight::Unseen {
            let why = format!(
                "role \"{}\" may not read pg_file_settings; a superuser may, or grant SELECT on it and EXECUTE on \
                 pg_show_all_file_settings()",
                self.server.user
            );
            self.unseen("what ALTER SYSTEM has set", why);
        }
        let dangling: Vec<String> = self.acls.dangling().map(ToString::to_string).collect();
        for oid in dangling {
            self.unseen(
                "a dropped role",
                format!("the privileges of a cluster object still mention its oid {oid}"),
            );
        }
    }

    fn add(&mut self, row: &Row<'_>, class: Class, facts: Facts, origin: Origin) -> Result<(), InspectError> {
        let key = ObjectKey::bare(class, row.text(1)?);
        let owner = self.role(row.number(2)?, || key.to_string())?;
        let acl = match row.optional(3)? {
            Some(text) => self.acl(text, &key)?,
            None => default_acl(class, &owner, self.server.version),
        };
        let object = Object { facts, origin, ..Object::new(owner, acl) };
        self.catalog.cluster_objects.insert(key, object);
        Ok(())
    }
}

fn statements(server: &Server) -> Vec<Statement<ClusterPart>> {
    let mut statements = vec![
        Statement::new("roles", roles_sql(server), take_role),
        Statement::new("memberships", memberships_sql(server), take_membership),
        Statement::new("databases", DATABASES, take_database),
        Statement::new("settings", SETTINGS, take_settings),
        Statement::new("tablespaces", TABLESPACES, |part, row| {
            let origin = if row.number::<u32>(0)? < FIRST_NORMAL_OID { Origin::System } else { Origin::User };
            part.add(row, Class::Tablespace, Facts::None, origin)
        }),
    ];
    if server.system_settings == Sight::Seen {
        statements.push(Statement::new("what ALTER SYSTEM has set", SYSTEM_SETTINGS, take_system_setting));
    }
    if server.version.has_parameter_privileges() {
        statements.push(Statement::new("privileges on parameters", PARAMETERS, |part, row| {
            part.add(row, Class::Parameter, Facts::None, Origin::User)
        }));
    }
    statements
}

/// Only the kind of a password leaves the server.
fn roles_sql(server: &Server) -> String {
    let (kind, authid) = if server.passwords_visible {
        (
            "case when a.rolpassword is null then 'absent'
                  when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram'
                  when a.rolpassword like 'md5%' then 'md5' end",
            "join pg_catalog.pg_authid a on a.oid = r.oid",
        )
    } else {
        ("'not visible'", "")
    };
    format!(
        "select r.oid, r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin,
                r.rolreplication, r.rolbypassrls, r.rolconnlimit,
                case when pg_catalog.isfinite(r.rolvaliduntil)
                     then pg_catalog.to_char(r.rolvaliduntil at time zone 'UTC',
                       case when pg_catalog.date_trunc('second', r.rolvaliduntil) = r.rolvaliduntil
                            then 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"' else 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"' end)
                     else r.rolvaliduntil::text end,
                {kind}, (select d.description from pg_catalog.pg_shdescription d
                          where d.objoid = r.oid and d.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass)
         from pg_catalog.pg_roles r {authid}"
    )
}

fn take_role(part: &mut ClusterPart, row: &Row<'_>) -> Result<(), InspectError> {
    let oid: u32 = row.number(0)?;
    let name = RoleName::from(row.text(1)?);
    let mut attributes = Attributes::NONE;
    for (attribute, column) in [
        (Attribute::Superuser, 2),
        (Attribute::Inherit, 3),
        (Attribute::CreateRole, 4),
        (Attribute::CreateDb, 5),
        (Attribute::Login, 6),
        (Attribute::Replication, 7),
        (Attribute::BypassRls, 8),
    ] {
        if row.flag(column)? {
            attributes = attributes.with(attribute);
        }
    }
    let role = Role {
        attributes,
        connection_limit: limit(row.number(9)?),
        valid_until: row.optional(10)?.map(str::to_owned),
        password: match row.optional(11)? {
            Some("absent") => PasswordKind::Absent,
            Some("scram") => PasswordKind::Scram,
            Some("md5") => PasswordKind::Md5,
            Some("not visible") => PasswordKind::NotVisible,
            other => {
                return Err(InspectError::UnknownKind {
                    column: "pg_authid.rolpassword",
                    letter: other.unwrap_or("neither SCRAM-SHA-256 nor MD5").to_owned(),
                    object: format!("the password of role {}", name.quoted()),
                });
            }
        },
        comment: row.optional(12)?.map(str::to_owned),
    };
    if oid == BOOTSTRAP_OID {
        part.catalog.bootstrap = name.clone();
    }
    part.roles.insert(oid, name.clone());
    part.role_names.insert(name.clone());
    part.catalog.roles.insert(name, role);
    Ok(())
}

fn memberships_sql(server: &Server) -> &'static str {
    if server.version.has_membership_options() {
        "select roleid, member, grantor, admin_option, inherit_option, set_option from pg_catalog.pg_auth_members"
    } else {
        "select roleid, member, 10, admin_option, null, true from pg_catalog.pg_auth_members"
    }
}

fn take_membership(part: &mut ClusterPart, row: &Row<'_>) -> Result<(), InspectError> {
    let of = || "a membership".to_owned();
    let key = MembershipKey {
        role: part.role(row.number(0)?, of)?,
        member: part.role(row.number(1)?, of)?,
        grantor: part.role(row.number(2)?, of)?,
    };
    let inherit = match row.optional(4)? {
        None => Inheritance::ByAttribute,
        Some(_) if row.flag(4)? => Inheritance::Inherited,
        Some(_) => Inheritance::NotInherited,
    };
    let options = MembershipOptions { admin: row.flag(3)?, inherit, set: row.flag(5)? };
    part.catalog.memberships.insert(key, options);
    Ok(())
}

fn take_database(part: &mut ClusterPart, row: &Row<'_>) -> Result<(), InspectError> {
    let name = DatabaseName::from(row.text(1)?);
    let connection_limit: i32 = row.number(4)?;
    if connection_limit == INVALID_DATABASE {
        let why = "its DROP DATABASE was interrupted; drop it again".to_owned();
        part.catalog.unseen.push(Unseen { database: Some(name.clone()), what: "objects".to_owned(), why });
    }
    part.databases.insert(row.number(0)?, name);
    let facts = DatabaseFacts {
        connection_limit: limit(connection_limit),
        allow_connections: row.flag(5)?,
        template: row.flag(6)?,
    };
    part.add(row, Class::Database, Facts::Database(facts), Origin::User)
}

fn take_settings(part: &mut ClusterPart, row: &Row<'_>) -> Result<(), InspectError> {
    let scope = SettingScope {
        role: match row.number(0)? {
            0 => None,
            oid => Some(part.role(oid, || "a setting".to_owned())?),
        },
        database: match row.number(1)? {
            0 => None,
            oid => Some(part.database(oid)?),
        },
    };
    let settings = array_text::settings(row.text(2)?).ok_or_else(|| row.form(2, "not a list of settings"))?;
    if !settings.is_empty() {
        part.catalog.settings.insert(scope, settings);
    }
    Ok(())
}

fn take_system_setting(part: &mut ClusterPart, row: &Row<'_>) -> Result<(), InspectError> {
    let (name, value) = (row.text(0)?.to_ascii_lowercase(), row.text(1)?);
    let value = match server_setting_holds_a_secret(&name, value) {
        true => sealed(&name, value),
        false => value.to_owned(),
    };
    let settings = part.catalog.system_settings.get_or_insert_default();
    settings.insert(Name::from(name.as_str()), value);
    Ok(())
}

/// -1 is no limit.
fn limit(stored: i32) -> Option<i32> {
    (stored >= 0).then_some(stored)
}

const DATABASES: &str = "select oid, datname, datdba, datacl::text, datconnlimit, datallowconn, datistemplate
    from pg_catalog.pg_database";

const SETTINGS: &str = "select setrole, setdatabase, setconfig::text from pg_catalog.pg_db_role_setting";

/// The file that ALTER SYSTEM writes, in the order of its lines: the last one of a name counts. Whom a standby follows is written there,
/// too, by `pg_basebackup` and `pg_rewind`, and is no decision about what anybody may do.
const SYSTEM_SETTINGS: &str = "select name, coalesce(setting, '') from pg_catalog.pg_file_settings
    where name is not null and sourcefile like '%/postgresql.auto.conf'
    and name not in ('primary_conninfo', 'primary_slot_name') order by seqno";

const TABLESPACES: &str = "select oid, spcname, spcowner, spcacl::text from pg_catalog.pg_tablespace";

/// A parameter has no owner; the bootstrap superuser stands for it.
const PARAMETERS: &str = "select oid, parname, 10, paracl::text from pg_catalog.pg_parameter_acl";

/// The oid of the superuser that initdb makes.
const BOOTSTRAP_OID: u32 = 10;

/// `datconnlimit` of a database whose DROP was interrupted.
const INVALID_DATABASE: i32 = -2;
