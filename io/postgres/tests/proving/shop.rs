//! A shop with everything in it, and what is promised about it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use pgward_catalog::catalog::Catalog;
use pgward_catalog::class::Class;
use pgward_catalog::name::{DatabaseName, Name, RoleName, SchemaName};
use pgward_catalog::object::{ObjectKey, ObjectRef};
use pgward_catalog::privilege::Privilege;
use pgward_cluster::{Cluster, Installation, Options};
use pgward_postgres::inspect::inspect;
use pgward_postgres::prove::options::Options as ProveOptions;
use pgward_postgres::prove::prove;
use pgward_postgres::shapes::read_shapes;
use pgward_proof::action::{Action, Power};
use pgward_proof::claim::Source;
use pgward_proof::derive::cases;
use pgward_proof::promises::{
    Creator, DatabasePromises, Interface, Migrator, Never, Promises, TenantRule, TriedRole,
};
use pgward_proof::proof::{About, Proof};
use pgward_proof::shape::Shapes;
use tokio_postgres::{Client, Config, NoTls};

pub(crate) struct Shop {
    pub(crate) cluster: Cluster,
}

impl Shop {
    pub(crate) fn open(installation: &Installation) -> Shop {
        let shop = Shop { cluster: Cluster::start(installation, &Options::new()).unwrap() };
        shop.cluster.psql("postgres", "CREATE DATABASE shop").unwrap();
        shop.sql(include_str!("shop.sql"));
        shop
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        match self.cluster.psql("shop", sql) {
            Ok(answer) => answer,
            Err(error) => panic!("PostgreSQL {}: {error}", self.cluster.version()),
        }
    }

    pub(crate) async fn client(&self) -> Client {
        self.client_as(self.cluster.superuser(), self.cluster.password().expose()).await
    }

    pub(crate) async fn client_as(&self, role: &str, password: &str) -> Client {
        let mut config = Config::new();
        config
            .host(self.cluster.host())
            .port(self.cluster.port())
            .user(role)
            .password(password)
            .dbname("shop");
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn inspect(&self) -> Catalog {
        inspect(&self.client().await, &[]).await.unwrap()
    }

    /// Proves that the shop is as `desired` says.
    pub(crate) async fn prove(&self, desired: &Catalog) -> Proof {
        self.prove_with(desired, &ProveOptions::default()).await
    }

    pub(crate) async fn prove_with(&self, desired: &Catalog, options: &ProveOptions) -> Proof {
        let client = self.client().await;
        let shapes = self.shapes(&client, desired).await;
        let secrets = options.logins.is_some();
        let promises = promises(desired.clone(), secrets);
        let made = cases(&promises, promises.databases.first().unwrap(), &shapes);
        Proof::new(About::default(), prove(&client, made, options).await.unwrap())
    }

    /// The same over a connection that is there.
    pub(crate) async fn prove_over(&self, client: &Client, desired: &Catalog) -> Proof {
        let shapes = self.shapes(&self.client().await, desired).await;
        let promises = promises(desired.clone(), false);
        let made = cases(&promises, promises.databases.first().unwrap(), &shapes);
        Proof::new(About::default(), prove(client, made, &ProveOptions::default()).await.unwrap())
    }

    pub(crate) async fn shapes(&self, client: &Client, desired: &Catalog) -> Shapes {
        let contents = desired.databases.get("shop").unwrap();
        let wanted: BTreeSet<ObjectKey> = contents
            .objects
            .keys()
            .filter(|key| {
                key.schema.as_ref().is_some_and(|schema| ["shop", "security"].contains(&schema.as_str()))
            })
            .filter(|key| key.class.is_table_like() || key.class.is_routine())
            .cloned()
            .collect();
        read_shapes(client, &wanted).await.unwrap()
    }
}

/// What is promised about the shop, over a catalog of it.
pub(crate) fn promises(desired: Catalog, secret_known: bool) -> Promises {
    let source = Some(Arc::new(Source {
        because: Some("src/orders.php".to_owned()),
        file: "contract.yaml".to_owned(),
        line: 12,
        column: 7,
    }));
    let role = |name: &str, may_become: &[&str], secret: bool| TriedRole {
        name: RoleName::from(name),
        secret_known: secret && secret_known,
        may_become: may_become.iter().map(|role| RoleName::from(*role)).collect(),
        source: source.clone(),
    };
    let database = DatabaseName::from("shop");
    let shop = SchemaName::from("shop");
    let table = |name: &str| ObjectKey::in_schema(Class::Table, "shop", name);
    let nevers = vec![
        Never {
            roles: vec![RoleName::from("shop_app")],
            may: [Privilege::Select, Privilege::Insert, Privilege::Update, Privilege::Delete]
                .map(Action::Use)
                .to_vec(),
            objects: Some(vec![ObjectRef::within(&database, table("tenants"))]),
            columns: Vec::new(),
            source: source.clone(),
        },
        Never {
            roles: vec![RoleName::from("shop_app"), RoleName::from("shop_report")],
            may: vec![
                Action::CreateTable,
                Action::CreateFunction,
                Action::Alter,
                Action::Drop,
                Action::Use(Privilege::Truncate),
                Action::CreateRole,
                Action::CreateDatabase,
                Action::AlterSystem,
                Action::CopyProgram,
                Action::ReadServerFile,
                Action::CreateExtension,
                Action::BecomeAnother,
                Action::Reach(Power::Superuser),
                Action::Reach(Power::ServerFiles),
                Action::Reach(Power::ServerProgram),
                Action::Reach(Power::BypassRls),
            ],
            objects: None,
            columns: Vec::new(),
            source: source.clone(),
        },
    ];
    let promises = DatabasePromises {
        database: Some(database),
        schemas: [shop.clone()].into(),
        nevers,
        interfaces: vec![Interface {
            routine: ObjectKey::routine(Class::Function, "security", "list_tenant_ids", ""),
            definer: true,
            source: source.clone(),
        }],
        tenants: vec![TenantRule {
            table: table("orders"),
            setting: "app.tenant".to_owned(),
            column: Name::from("tenant_id"),
            sample: [].into(),
            source: source.clone(),
        }],
        row_decisions: [(table("orders"), source.clone())].into(),
        creators: vec![Creator { schema: shop.clone(), role: RoleName::from("shop_owner") }],
        migrators: vec![Migrator {
            role: RoleName::from("shop_migrator"),
            becomes: Some(RoleName::from("shop_owner")),
            schema: shop,
            source: source.clone(),
        }],
        ..DatabasePromises::default()
    };
    Promises {
        desired,
        roles: vec![
            role("shop_owner", &[], false),
            role("shop_migrator", &["shop_owner"], true),
            role("shop_app", &[], true),
            role("shop_report", &[], false),
            role("app_security", &[], false),
        ],
        as_found: false,
        databases: vec![promises],
    }
}
