//! The entries of a contract as a preset makes them, all pointing at the preset.

use crate::diagnostic::Report;
use crate::form::collection::OneOrMany;
use crate::form::scalar::Scalar;
use crate::model::contract::Contract;
use crate::model::database::{Database, Schema};
use crate::model::grant::{Grant, Grantee, Privilege, Selection};
use crate::model::never::{Action, Never, Power};
use crate::model::role::{Membership, Role, RoleKind, Secret};
use crate::name::{DatabaseName, Principal, RoleName, SchemaName};
use crate::pattern::glob::{Glob, NamePattern, Piece};
use crate::pattern::object::{Exception, ObjectPattern};
use crate::pattern::routine::{Arguments, RoutinePattern};
use crate::source::span::{Span, Spanned};
use crate::text::{SecretPath, Words};

/// A contract in the making.
pub(crate) struct Making<'r> {
    span: Span,
    report: &'r mut Report,
    made: Contract,
}

impl<'r> Making<'r> {
    /// Nothing made yet, for the preset at `span`.
    pub(crate) fn new(span: Span, report: &'r mut Report) -> Self {
        Self { span, report, made: Contract::default() }
    }

    /// What was made.
    pub(crate) fn finish(self) -> Contract {
        self.made
    }

    /// `value`, written where the preset is.
    pub(crate) fn at<T>(&self, value: T) -> Spanned<T> {
        Spanned::new(value, self.span)
    }

    /// A role called `name`; says so when it cannot be.
    pub(crate) fn name(&mut self, name: &str) -> RoleName {
        match RoleName::understand(name) {
            Ok(name) => name,
            Err(complaint) => {
                let diagnostic = complaint.at(self.span);
                self.report.add(diagnostic);
                RoleName(name.to_owned())
            }
        }
    }

    /// Declares a role.
    pub(crate) fn role(&mut self, name: &RoleName, kind: RoleKind, more: Role) {
        let role = Role { kind: Some(self.at(kind)), ..more };
        let name = self.at(name.clone());
        self.made.roles.insert(name, role);
    }

    /// Memberships in `groups`.
    pub(crate) fn member_of(&self, groups: &[&RoleName]) -> Vec<Spanned<Membership>> {
        let membership = |group: &&RoleName| Membership {
            role: self.at((*group).clone()),
            admin: None,
            inherit: None,
            set: None,
            granted_by: None,
        };
        groups.iter().map(|group| self.at(membership(group))).collect()
    }

    /// The database, as it is so far.
    pub(crate) fn database(&mut self, name: &Spanned<DatabaseName>, database: Database) {
        self.made.databases.insert(name.clone(), database);
    }

    /// Roles as the grantees of a list.
    pub(crate) fn list(&self, roles: &[&RoleName]) -> Vec<Spanned<Grantee>> {
        roles.iter().map(|role| self.grantee(role)).collect()
    }

    fn grantee(&self, role: &RoleName) -> Spanned<Grantee> {
        let role = self.at(Principal::Role(role.clone()));
        self.at(Grantee { role, grant_option: None, granted_by: None })
    }

    /// A grant.
    pub(crate) fn grant(
        &self,
        to: &RoleName,
        allow: &[Privilege],
        on: Selection,
        because: &str,
    ) -> Spanned<Grant> {
        self.at(Grant {
            to: OneOrMany(vec![self.grantee(to)]),
            allow: OneOrMany(allow.iter().map(|privilege| self.at(*privilege)).collect()),
            on: self.at(on),
            future: None,
            revoke: None,
            grant_option: None,
            granted_by: None,
            because: Some(self.at(Words(because.to_owned()))),
        })
    }

    /// All tables of `schemas`, without `except`.
    pub(crate) fn tables(
        &self,
        schemas: &[Spanned<SchemaName>],
        except: &[Spanned<ObjectPattern>],
    ) -> Selection {
        let all = schemas.iter().map(|schema| schema.with(everything_in(schema)));
        Selection {
            tables: Some(OneOrMany(all.collect())),
            except: exceptions(except),
            ..Selection::default()
        }
    }

    /// These tables.
    pub(crate) fn only_tables(&self, tables: &[Spanned<ObjectPattern>]) -> Selection {
        Selection { tables: Some(OneOrMany(tables.to_vec())), ..Selection::default() }
    }

    /// All sequences of `schemas`.
    pub(crate) fn sequences(&self, schemas: &[Spanned<SchemaName>]) -> Selection {
        let all = schemas.iter().map(|schema| schema.with(everything_in(schema)));
        Selection { sequences: Some(OneOrMany(all.collect())), ..Selection::default() }
    }

    /// The sequences PostgreSQL makes for `serial` columns of these tables: `table_column_seq`.
    pub(crate) fn sequences_of(&self, tables: &[Spanned<ObjectPattern>]) -> Selection {
        let of_table = |table: &Spanned<ObjectPattern>| {
            let mut name = table.name.pieces().to_vec();
            name.push(Piece::Char('_'));
            name.push(Piece::Many);
            name.extend("_seq".chars().map(Piece::Char));
            table.with(ObjectPattern { schema: table.schema.clone(), name: Glob::of(name) })
        };
        Selection {
            sequences: Some(OneOrMany(tables.iter().map(of_table).collect())),
            ..Selection::default()
        }
    }

    /// All functions of `schemas`.
    pub(crate) fn functions(&self, schemas: &[Spanned<SchemaName>]) -> Selection {
        let all = schemas.iter().map(|schema| {
            let schema_name = Glob::exactly(schema.as_str());
            schema.with(RoutinePattern { schema: schema_name, name: Glob::any(), arguments: Arguments::Any })
        });
        Selection { functions: Some(OneOrMany(all.collect())), ..Selection::default() }
    }

    /// The schemas themselves.
    pub(crate) fn schemas(&self, schemas: &[Spanned<SchemaName>]) -> Selection {
        let all = schemas.iter().map(|schema| schema.with(NamePattern::exactly(schema.as_str())));
        Selection { schemas: Some(OneOrMany(all.collect())), ..Selection::default() }
    }

    /// Something that must never be: actions.
    pub(crate) fn may_never(
        &self,
        roles: &[&RoleName],
        actions: &[Action],
        on: Option<Selection>,
        because: &str,
    ) -> Spanned<Never> {
        self.at(Never {
            roles: self.patterns(roles),
            may: Some(OneOrMany(actions.iter().map(|action| self.at(*action)).collect())),
            reach: None,
            on: on.map(|on| self.at(on)),
            because: Some(self.at(Words(because.to_owned()))),
        })
    }

    /// Something that must never be: becoming more than an application is.
    pub(crate) fn stays_small(&self, roles: &[&RoleName]) -> Spanned<Never> {
        let powers =
            [Power::Superuser, Power::ServerFiles, Power::ServerProgram, Power::BypassRls, Power::CreateRole];
        self.at(Never {
            roles: self.patterns(roles),
            may: None,
            reach: Some(OneOrMany(powers.into_iter().map(|power| self.at(power)).collect())),
            on: None,
            because: Some(
                self.at(Words("whoever takes over a client has what its role has, and no more".to_owned())),
            ),
        })
    }

    fn patterns(&self, roles: &[&RoleName]) -> OneOrMany<Spanned<NamePattern>> {
        OneOrMany(roles.iter().map(|role| self.at(NamePattern::exactly(role.as_str()))).collect())
    }

    /// A schema used by `users`, in which nobody else makes anything: up to 14 PUBLIC may in `public`.
    pub(crate) fn used_schema(&self, users: &[&RoleName]) -> Schema {
        Schema { r#use: Some(self.list(users)), create: Some(Vec::new()), ..Schema::default() }
    }

    /// The secret of `role` in the folder of `secrets`.
    pub(crate) fn secret(
        &self,
        secrets: &Option<Spanned<Secret>>,
        role: &RoleName,
    ) -> Option<Spanned<Secret>> {
        let folder = secrets.as_ref()?;
        let inner = role.as_str().replace(['/', '\\', ':'], "_");
        let path = format!("{}/{inner}", folder.path.as_str());
        Some(folder.with(Secret { path: folder.path.with(SecretPath(path)), ..folder.value.clone() }))
    }
}

/// The schemas of a preset; `public` where it names none.
pub(crate) fn schemas_of(
    written: &Option<Vec<Spanned<SchemaName>>>,
    making: &Making<'_>,
) -> Vec<Spanned<SchemaName>> {
    written.clone().unwrap_or_else(|| vec![making.at(SchemaName("public".to_owned()))])
}

fn everything_in(schema: &Spanned<SchemaName>) -> ObjectPattern {
    ObjectPattern { schema: Glob::exactly(schema.as_str()), name: Glob::any() }
}

fn exceptions(patterns: &[Spanned<ObjectPattern>]) -> Vec<Spanned<Exception>> {
    patterns.iter().map(|pattern| pattern.with(Exception::Object(pattern.value.clone()))).collect()
}

/// What an application does to the rows of tables.
pub(crate) const ROWS: &[Privilege] =
    &[Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete];

/// What no role of an application does.
pub(crate) const DDL: &[Action] = &[
    Action::CreateTable,
    Action::AlterTable,
    Action::DropTable,
    Action::Truncate,
    Action::CreateRole,
    Action::CreateDatabase,
    Action::AlterSystem,
    Action::CopyProgram,
    Action::CopyServerFile,
];
