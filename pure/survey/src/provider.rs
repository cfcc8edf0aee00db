//! Providers: whose server it is, and what is theirs in it. What a provider made, nobody here can mend.

use pgward_catalog::catalog::Catalog;
use pgward_catalog::name::RoleName;
use pgward_catalog::role::Attribute;
use serde::Serialize;

/// Who runs the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Nobody that is known: the bootstrap superuser is its owner's.
    Own,
    /// Amazon RDS and Aurora.
    AmazonRds,
    /// Google Cloud SQL and AlloyDB.
    CloudSql,
    /// Azure Database for PostgreSQL.
    Azure,
    /// Supabase.
    Supabase,
    /// CloudNativePG.
    CloudNativePg,
}

/// What is known of a provider.
struct Profile {
    provider: Provider,
    /// A role whose presence gives it away.
    sign: &'static str,
    /// What only the provider could give: who makes roles could make one of any name.
    seal: Seal,
    /// Roles that are the provider's, and administer.
    roles: &'static [&'static str],
    /// Schemas that are the provider's.
    schemas: &'static [&'static str],
}

/// What a role has that nobody gets from a login with CREATEROLE.
struct Seal {
    role: &'static str,
    has: Attribute,
}

const fn superuser(role: &'static str) -> Seal {
    Seal { role, has: Attribute::Superuser }
}

impl Provider {
    /// The provider of the cluster, by the roles that only it makes.
    pub fn of(catalog: &Catalog) -> Provider {
        let is_sealed = |seal: &Seal| catalog.roles.get(seal.role).is_some_and(|role| role.has(seal.has));
        PROFILES
            .iter()
            .find(|profile| catalog.roles.contains_key(profile.sign) && is_sealed(&profile.seal))
            .map_or(Provider::Own, |profile| profile.provider)
    }

    /// Whether the role is one the provider administers with.
    pub fn is_administrative(self, role: &RoleName) -> bool {
        self.profile().is_some_and(|profile| profile.roles.contains(&role.as_str()))
    }

    /// Whether what this role owns is the provider's.
    pub fn owns_as(self, role: &RoleName) -> bool {
        self.is_administrative(role)
    }

    /// Whether the schema is the provider's.
    pub fn owns_schema(self, schema: &str) -> bool {
        self.profile().is_some_and(|profile| profile.schemas.contains(&schema))
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Provider::Own => "own server",
            Provider::AmazonRds => "Amazon RDS",
            Provider::CloudSql => "Google Cloud SQL",
            Provider::Azure => "Azure Database for PostgreSQL",
            Provider::Supabase => "Supabase",
            Provider::CloudNativePg => "CloudNativePG",
        }
    }

    fn profile(self) -> Option<&'static Profile> {
        PROFILES.iter().find(|profile| profile.provider == self)
    }
}

const PROFILES: &[Profile] = &[
    Profile {
        provider: Provider::AmazonRds,
        sign: "rds_superuser",
        seal: superuser("rdsadmin"),
        roles: &[
            "rdsadmin",
            "rds_superuser",
            "rds_replication",
            "rds_password",
            "rds_iam",
            "rds_ad",
            "rds_extension",
            "rds_reserved",
            "rdsproxyadmin",
            "rdsrepladmin",
            "rdstopmgr",
        ],
        schemas: &["rds_tools"],
    },
    Profile {
        provider: Provider::CloudSql,
        sign: "cloudsqlsuperuser",
        seal: superuser("cloudsqladmin"),
        roles: &[
            "cloudsqladmin",
            "cloudsqlsuperuser",
            "cloudsqlagent",
            "cloudsqliamserviceaccount",
            "cloudsqliamuser",
            "cloudsqlimportexport",
            "cloudsqlreplica",
            "cloudsqlconnpooladmin",
            "cloudsqlinactiveuser",
        ],
        schemas: &["google_vacuum_mgmt"],
    },
    Profile {
        provider: Provider::Azure,
        sign: "azure_pg_admin",
        seal: superuser("azuresu"),
        roles: &["azuresu", "azure_pg_admin", "azure_superuser", "replication"],
        schemas: &["azure", "azure_sys"],
    },
    Profile {
        provider: Provider::Supabase,
        sign: "supabase_admin",
        seal: superuser("supabase_admin"),
        roles: &[
            "supabase_admin",
            "supabase_auth_admin",
            "supabase_storage_admin",
            "supabase_replication_admin",
            "supabase_read_only_user",
            "supabase_realtime_admin",
            "supabase_functions_admin",
            "supabase_etl_admin",
            "dashboard_user",
            "pgbouncer",
            "pgsodium_keyiduser",
            "pgsodium_keyholder",
            "pgsodium_keymaker",
        ],
        schemas: &[
            "auth",
            "storage",
            "realtime",
            "_realtime",
            "extensions",
            "graphql",
            "graphql_public",
            "pgbouncer",
            "pgsodium",
            "pgsodium_masks",
            "supabase_functions",
            "supabase_migrations",
            "vault",
        ],
    },
    Profile {
        provider: Provider::CloudNativePg,
        sign: "streaming_replica",
        seal: Seal { role: "streaming_replica", has: Attribute::Replication },
        roles: &["streaming_replica", "cnpg_pooler_pgbouncer"],
        schemas: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use pgward_catalog::role::Role;
    use pgward_catalog::version::Version;

    #[test]
    fn a_role_of_a_providers_name_alone_makes_no_provider() {
        let mut catalog = Catalog::empty(Version(180_000), RoleName::from("postgres"));
        for name in ["rds_superuser", "rdsadmin", "supabase_admin", "streaming_replica"] {
            catalog.roles.insert(RoleName::from(name), Role::plain());
        }
        assert_eq!(Provider::of(&catalog), Provider::Own);
        let mut superuser = Role::plain();
        superuser.attributes = superuser.attributes.with(Attribute::Superuser);
        catalog.roles.insert(RoleName::from("rdsadmin"), superuser);
        assert_eq!(Provider::of(&catalog), Provider::AmazonRds);
    }
}
