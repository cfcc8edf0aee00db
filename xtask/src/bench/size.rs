//! How large a cluster is: the variables of benches/sql/large.sql.

use std::fmt;

/// The variables, and a name to ask for them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) schemas: usize,
    pub(crate) tables: usize,
    pub(crate) functions: usize,
    pub(crate) readers: usize,
    pub(crate) writers: usize,
    pub(crate) logins: usize,
}

/// About 35 000 ACL items.
pub(crate) const SMALL: Size =
    Size { name: "small", schemas: 10, tables: 200, functions: 20, readers: 1, writers: 1, logins: 20 };

/// What an audit has to be done with in seconds: 500 functions.
pub(crate) const MEDIUM: Size =
    Size { name: "medium", schemas: 20, tables: 250, functions: 25, readers: 4, writers: 3, logins: 40 };

/// About 430 000 ACL items in 230 000 aclitems.
pub(crate) const LARGE: Size =
    Size { name: "large", schemas: 20, tables: 500, functions: 20, readers: 4, writers: 3, logins: 40 };

impl Size {
    /// Those that are measured unless one is asked for.
    pub(crate) const ALL: [&'static Size; 2] = [&SMALL, &LARGE];

    /// Those that can be asked for.
    pub(crate) const NAMED: [&'static Size; 3] = [&SMALL, &MEDIUM, &LARGE];

    /// The arguments of psql that set the variables.
    pub(crate) fn variables(&self) -> Vec<String> {
        let set = |name: &str, value: usize| format!("--set={name}={value}");
        vec![
            set("schemas", self.schemas),
            set("tables", self.tables),
            set("functions", self.functions),
            set("readers", self.readers),
            set("writers", self.writers),
            set("logins", self.logins),
        ]
    }

    /// The names of the schemas.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = String> {
        (1..=self.schemas).map(|schema| format!("large_{schema}"))
    }

    /// The roles that read the tables of a schema.
    pub(crate) fn readers(&self, schema: &str) -> Vec<String> {
        (1..=self.readers).map(|number| format!("{schema}_reader_{number}")).collect()
    }

    /// The roles that write the tables of a schema.
    pub(crate) fn writers(&self, schema: &str) -> Vec<String> {
        (1..=self.writers).map(|number| format!("{schema}_writer_{number}")).collect()
    }

    /// The logins, each with the role it is a member of.
    pub(crate) fn logins(&self) -> impl Iterator<Item = (String, String)> {
        (1..=self.logins).map(|login| {
            let kind = if login % 2 == 0 { "reader" } else { "writer" };
            (format!("large_login_{login}"), format!("large_{}_{kind}_1", 1 + login % self.schemas))
        })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles = self.schemas * (1 + self.readers + self.writers) + self.logins;
        write!(f, "{} tables x {roles} roles", self.schemas * self.tables)
    }
}
