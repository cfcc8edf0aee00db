//! Blast radius: what a stolen login reads, changes and destroys, at three depths (requirements A3, C10).
//!
//! A cell is a table and a verb. What counts is what would work: the privilege, USAGE on the schema, CONNECT on the database.
//! Rows are the planner's estimate, and those that row security narrows are counted apart: how many of them a policy lets
//! through is not known from the catalog.

pub mod change;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pgward_catalog::catalog::Contents;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, RoleName, SchemaName};
use pgward_catalog::object::{Object, ObjectKey, ObjectRef};
use pgward_catalog::privilege::{Privilege, Privileges};
use pgward_catalog::role::Attribute;
use serde::Serialize;

use crate::paths::graph::{Graph, Node, Sink};
use crate::study::Study;
use pgward_survey::anatomy::Anatomy;

/// How far somebody goes who has a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// With what the login has.
    Direct,
    /// After SET ROLE to whatever it may become.
    SetRole,
    /// After every escalation that is known to work.
    Escalated,
}

/// What there is, and what of it is reached. Each number is a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// Tables, partitions' parents, materialized views and foreign tables that can be read, at least in part.
    pub tables_readable: u64,
    /// Tables into which rows can be put, or in which they can be changed or deleted.
    pub tables_changeable: u64,
    /// Tables that can be emptied or dropped.
    pub tables_destroyable: u64,
    /// Columns that can be read.
    pub columns_readable: u64,
    /// Cells of (table, SELECT | INSERT | UPDATE | DELETE | TRUNCATE).
    pub cells: u64,
    /// Readable rows, as the planner estimates, of tables whose rows no policy narrows.
    pub rows_readable: u64,
    /// Readable tables whose rows a policy narrows.
    pub tables_narrowed: u64,
    /// Routines that can be called.
    pub routines: u64,
}

/// One login's blast radius.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlastRadius {
    /// The login.
    pub login: RoleName,
    /// What it reaches with what it has.
    pub direct: Reached,
    /// After SET ROLE.
    pub set_role: Reached,
    /// After escalation.
    pub escalated: Reached,
}

/// Everybody's, with what there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlastRadii {
    /// What there is: the denominators.
    pub universe: Reached,
    /// Every login that is not administrative, the widest first.
    pub logins: Vec<BlastRadius>,
}

impl BlastRadii {
    /// Measures them.
    pub fn of(study: &Study<'_>, graph: &Graph) -> BlastRadii {
        let mut universe = Reached::default();
        let mut logins: Vec<Attacker<'_>> =
            study.logins().map(|(login, _)| Attacker::of(study, graph, login)).collect();
        for (database, contents, anatomy) in study.databases() {
            let mut here = Here::of(study, database, contents);
            for (key, object) in &contents.objects {
                if study.is_providers(key, object) || object.origin != pgward_catalog::object::Origin::User {
                    continue;
                }
                if holds_rows(key.class) {
                    let table = Table::of(database, key, object, anatomy);
                    universe.add(&table, Privileges::of(&CELLS), table.columns, false);
                    here.add_table(&table, &mut logins);
                } else if key.class.is_routine() {
                    universe.routines += 1;
                    here.add_routine(key, object, &mut logins);
                }
            }
        }
        let mut logins: Vec<BlastRadius> = logins.into_iter().map(|attacker| attacker.radius).collect();
        logins.sort_by(|a, b| {
            let width =
                |radius: &BlastRadius| (radius.escalated.cells, radius.set_role.cells, radius.direct.cells);
            width(b).cmp(&width(a)).then_with(|| a.login.cmp(&b.login))
        });
        BlastRadii { universe, logins }
    }
}

impl BlastRadius {
    /// What is reached at this depth.
    pub fn at(&self, depth: Depth) -> Reached {
        match depth {
            Depth::Direct => self.direct,
            Depth::SetRole => self.set_role,
            Depth::Escalated => self.escalated,
        }
    }
}

impl Reached {
    fn add(&mut self, table: &Table<'_>, cells: Privileges, columns: u64, narrowed: bool) {
        let readable = columns > 0 || cells.contains(Privilege::Select);
        self.cells += cells.len() as u64;
        self.columns_readable += columns;
        self.tables_readable += u64::from(readable);
        self.tables_changeable += u64::from(CHANGES.iter().any(|verb| cells.contains(*verb)));
        self.tables_destroyable += u64::from(cells.contains(Privilege::Truncate));
        if readable && narrowed {
            self.tables_narrowed += 1;
        } else if readable {
            self.rows_readable += table.rows;
        }
    }
}

/// A login, with whom it can be at each depth.
struct Attacker<'a> {
    /// The roles it can be after SET ROLE, and after escalation; itself first.
    by_set_role: Vec<&'a RoleName>,
    by_escalation: Vec<&'a RoleName>,
    sinks: BTreeSet<Sink>,
    is_superuser: bool,
    radius: BlastRadius,
}

impl<'a> Attacker<'a> {
    fn of(study: &Study<'a>, graph: &Graph, login: &'a RoleName) -> Attacker<'a> {
        let by_set_role: Vec<&RoleName> = std::iter::once(login).chain(study.becomes(login)).collect();
        let (roles, sinks) = reached(graph, login);
        let by_escalation = study
            .catalog
            .roles
            .keys()
            .filter(|role| roles.contains(*role) || by_set_role.contains(role))
            .collect();
        Attacker {
            by_set_role,
            by_escalation,
            sinks,
            is_superuser: study.is_superuser(login),
            radius: BlastRadius {
                login: login.clone(),
                direct: Reached::default(),
                set_role: Reached::default(),
                escalated: Reached::default(),
            },
        }
    }

    fn is_everybody(&self) -> bool {
        self.sinks.contains(&Sink::Superuser) || self.sinks.contains(&Sink::OsCommand)
    }
}

/// What the login reaches in the graph: roles and sinks.
fn reached(graph: &Graph, login: &RoleName) -> (BTreeSet<RoleName>, BTreeSet<Sink>) {
    let start = Node::from(login);
    let mut seen = BTreeSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for (_, edge) in graph.leaving(&node) {
            if seen.insert(edge.to.clone()) {
                queue.push_back(edge.to.clone());
            }
        }
    }
    let roles = seen.iter().filter_map(|node| match node {
        Node::Role(role) | Node::Privileges(role) => Some(role.clone()),
        _ => None,
    });
    let sinks = seen.iter().filter_map(|node| match node {
        Node::Sink(sink) => Some(*sink),
        _ => None,
    });
    (roles.collect(), sinks.collect())
}

/// A table, as far as it is counted.
struct Table<'a> {
    at: ObjectRef,
    key: &'a ObjectKey,
    object: &'a Object,
    columns: u64,
    rows: u64,
}

impl<'a> Table<'a> {
    fn of(database: &DatabaseName, key: &'a ObjectKey, object: &'a Object, anatomy: &Anatomy) -> Table<'a> {
        let relation = anatomy.relations.get(key);
        Table {
            at: ObjectRef::within(database, key.clone()),
            key,
            object,
            columns: relation.map_or(0, |relation| relation.columns.len() as u64),
            rows: relation.map_or(0, |relation| u64::try_from(relation.rows_estimated).unwrap_or(0)),
        }
    }
}

/// One database while it is measured: who gets in, and into which schema.
struct Here<'s, 'a> {
    study: &'s Study<'a>,
    database: &'a DatabaseName,
    contents: &'a Contents,
    enters: BTreeMap<&'a RoleName, bool>,
    uses: BTreeMap<(SchemaName, &'a RoleName), bool>,
}

impl<'s, 'a> Here<'s, 'a> {
    fn of(study: &'s Study<'a>, database: &'a DatabaseName, contents: &'a Contents) -> Self {
        Here { study, database, contents, enters: BTreeMap::new(), uses: BTreeMap::new() }
    }

    fn add_table(&mut self, table: &Table<'_>, logins: &mut [Attacker<'a>]) {
        let mut cells_of: BTreeMap<&'a RoleName, (Privileges, u64, bool)> = BTreeMap::new();
        for attacker in logins {
            let login = attacker.by_set_role.first().copied();
            let enters = login.is_some_and(|login| self.may_enter(login));
            let mut sum = |roles: &[&'a RoleName]| {
                let mut all = (Privileges::NONE, 0, true);
                for role in roles {
                    let one = match cells_of.get(role) {
                        Some(known) => *known,
                        None => {
                            let fresh = self.of_role(table, role);
                            cells_of.insert(role, fresh);
                            fresh
                        }
                    };
                    if one.1 > 0 || one.0.contains(Privilege::Select) {
                        all.2 &= one.2;
                    }
                    all = (all.0 | one.0, all.1.max(one.1), all.2);
                }
                all
            };
            let everything = (Privileges::of(&CELLS), table.columns, false);
            let nothing = (Privileges::NONE, 0, true);
            let direct =
                if !enters { nothing } else { sum(attacker.by_set_role.get(..1).unwrap_or_default()) };
            let set_role = if !enters { nothing } else { sum(&attacker.by_set_role) };
            let mut escalated =
                if attacker.is_everybody() { everything } else { sum(&attacker.by_escalation) };
            if !enters && !attacker.is_everybody() {
                escalated = nothing;
            }
            if attacker.sinks.contains(&Sink::AllRead) {
                escalated = (escalated.0 | Privilege::Select.into(), table.columns, false);
            }
            if attacker.sinks.contains(&Sink::AllWrite) {
                escalated.0 |= Privileges::of(&CHANGES);
            }
            if attacker.sinks.contains(&Sink::BypassRls) {
                escalated.2 = false;
            }
            let of_superuser = attacker.is_superuser;
            let add = |reached: &mut Reached, (cells, columns, narrowed): (Privileges, u64, bool)| {
                let (cells, columns, narrowed) =
                    if of_superuser { everything } else { (cells, columns, narrowed) };
                reached.add(table, cells, columns, narrowed);
            };
            add(&mut attacker.radius.direct, direct);
            add(&mut attacker.radius.set_role, set_role);
            add(&mut attacker.radius.escalated, escalated);
        }
    }

    fn add_routine(&mut self, key: &'a ObjectKey, object: &'a Object, logins: &mut [Attacker<'a>]) {
        let at = ObjectRef::within(self.database, key.clone());
        let _ = object;
        let mut callable: BTreeMap<&'a RoleName, bool> = BTreeMap::new();
        for attacker in logins {
            let login = attacker.by_set_role.first().copied();
            let enters = login.is_some_and(|login| self.may_enter(login));
            let mut any = |roles: &[&'a RoleName]| {
                enters
                    && roles.iter().any(|role| match callable.get(role) {
                        Some(known) => *known,
                        None => {
                            let held = self.study.effective.privileges(role, &at).now.privileges;
                            let yes =
                                held.contains(Privilege::Execute) && self.may_use(key.schema.as_ref(), role);
                            callable.insert(role, yes);
                            yes
                        }
                    })
            };
            let (direct, set_role) =
                (any(attacker.by_set_role.get(..1).unwrap_or_default()), any(&attacker.by_set_role));
            let escalated = attacker.is_everybody() || any(&attacker.by_escalation);
            attacker.radius.direct.routines += u64::from(direct);
            attacker.radius.set_role.routines += u64::from(set_role);
            attacker.radius.escalated.routines += u64::from(escalated);
        }
    }

    /// The cells a role reaches as it is, how many columns it reads, and whether a policy narrows its rows.
    fn of_role(&mut self, table: &Table<'_>, role: &'a RoleName) -> (Privileges, u64, bool) {
        if !self.may_use(table.key.schema.as_ref(), role) {
            return (Privileges::NONE, 0, true);
        }
        let effective = &self.study.effective;
        let mut cells = effective.privileges(role, &table.at).now.privileges & Privileges::of(&CELLS);
        if self.study.acts_as(role, &table.object.owner) {
            cells |= Privilege::Truncate.into();
        }
        let columns = if cells.contains(Privilege::Select) {
            table.columns
        } else {
            let granted = table.object.columns.keys().filter(|column| {
                let held = effective.column(role, &table.at, column.as_str());
                held.now.privileges.contains(Privilege::Select)
            });
            granted.count() as u64
        };
        if !table.object.columns.is_empty() {
            // A privilege on some column is a cell too: some of the rows' values are read or changed.
            cells |= effective.any_column(role, &table.at).now.privileges & Privileges::of(&CELLS);
        }
        let narrowed = table.object.row_security().is_some_and(|security| {
            let bypasses = self
                .study
                .catalog
                .roles
                .get(role)
                .is_some_and(|role| role.has(Attribute::BypassRls) || role.has(Attribute::Superuser));
            let owns = !security.forced && self.study.acts_as(role, &table.object.owner);
            security.enabled && !bypasses && !owns
        });
        (cells, columns, narrowed)
    }

    fn may_enter(&mut self, role: &'a RoleName) -> bool {
        let (study, database) = (self.study, self.database);
        *self.enters.entry(role).or_insert_with(|| {
            let held = study.effective.privileges(role, &ObjectRef::database(database));
            held.now.privileges.contains(Privilege::Connect)
        })
    }

    fn may_use(&mut self, schema: Option<&SchemaName>, role: &'a RoleName) -> bool {
        let Some(schema) = schema else { return true };
        let (study, database, contents) = (self.study, self.database, self.contents);
        *self.uses.entry((schema.clone(), role)).or_insert_with(|| {
            let key = ObjectKey::bare(Class::Schema, schema.as_str());
            if !contents.objects.contains_key(&key) {
                return false;
            }
            let held = study.effective.privileges(role, &ObjectRef::within(database, key));
            held.now.privileges.contains(Privilege::Usage)
        })
    }
}

fn holds_rows(class: Class) -> bool {
    matches!(class, Class::Table | Class::PartitionedTable | Class::MaterializedView | Class::ForeignTable)
}

const CELLS: [Privilege; 5] =
    [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete, Privilege::Truncate];
const CHANGES: [Privilege; 3] = [Privilege::Insert, Privilege::Update, Privilege::Delete];
