//! Predefined roles that are keys to the server or to all data.

use pgward_catalog::name::RoleName;

use crate::paths::edges::found::Edges;
use crate::paths::graph::{Node, Sink};
use crate::paths::mechanism::Mechanism;

pub(super) fn add(edges: &mut Edges<'_, '_>) {
    for (role, sink, mechanism) in KEYS {
        if edges.study.catalog.roles.contains_key(*role) {
            edges.always(&RoleName::from(*role), Node::Sink(*sink), *mechanism);
        }
    }
}

const KEYS: &[(&str, Sink, Mechanism)] = &[
    ("pg_execute_server_program", Sink::OsCommand, Mechanism::ExecuteServerProgram),
    // A written `pg_hba.conf` or `postgresql.auto.conf` is the server's at its next reload.
    ("pg_write_server_files", Sink::OsCommand, Mechanism::WriteServerFiles),
    // COPY takes text; the files of tables are none. They are read by functions that give bytes.
    ("pg_read_server_files", Sink::ServerFiles, Mechanism::ReadServerFiles),
    ("pg_read_all_data", Sink::AllRead, Mechanism::ReadAllData),
    ("pg_write_all_data", Sink::AllWrite, Mechanism::WriteAllData),
];
