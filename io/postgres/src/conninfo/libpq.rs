//! The same settings for PostgreSQL's own programs: variables of libpq's, so that nothing is in their arguments.

use std::ffi::OsString;
use std::path::Path;

use crate::conninfo::choice::{HostOrder, TargetSession};
use crate::conninfo::host::{Host, Place, default_folder};
use crate::conninfo::settings::{ConnectionSettings, Roots};

impl ConnectionSettings {
    /// Variables of libpq's for a program that only reads: its transactions are read-only. The password is among them.
    #[must_use]
    pub fn reading_program(&self) -> Vec<(&'static str, OsString)> {
        let every = |part: &dyn Fn(&Host) -> String| -> OsString {
            self.hosts.iter().map(part).collect::<Vec<_>>().join(",").into()
        };
        let mut options = self.options.clone().unwrap_or_default();
        options.push_str(&format!(
            " -c default_transaction_read_only=on -c lock_timeout={}",
            self.lock_timeout.as_millis()
        ));
        // A session whose transactions are read-only is none for libpq's read-write.
        let target = match self.target {
            TargetSession::ReadWrite => TargetSession::Primary,
            other => other,
        };
        let mut variables: Vec<(&'static str, OsString)> = vec![
            ("PGHOST", every(&|host| name(host))),
            ("PGHOSTADDR", every(&|host| address(host))),
            ("PGPORT", every(&|host| host.port.to_string())),
            ("PGUSER", self.user.as_str().into()),
            ("PGDATABASE", self.dbname.as_str().into()),
            ("PGSSLMODE", self.tls.mode.word().into()),
            ("PGCHANNELBINDING", self.channel_binding.word().into()),
            ("PGTARGETSESSIONATTRS", target.word().into()),
            ("PGGSSENCMODE", "disable".into()),
            ("PGAPPNAME", self.application_name.as_str().into()),
            ("PGOPTIONS", options.trim_start().into()),
        ];
        if self.hosts.len() > 1 && self.order != HostOrder::AsGiven {
            variables.push(("PGLOADBALANCEHOSTS", self.order.word().into()));
        }
        match &self.tls.roots {
            Roots::File(file) => variables.push(("PGSSLROOTCERT", file.into())),
            Roots::System => variables.push(("PGSSLROOTCERT", "system".into())),
            Roots::None { .. } => {}
        }
        if let Some(identity) = &self.tls.identity {
            variables.push(("PGSSLCERT", identity.certificate.as_os_str().to_owned()));
            variables.push(("PGSSLKEY", identity.key.as_os_str().to_owned()));
        }
        if let Some(limit) = self.connect_timeout {
            variables.push(("PGCONNECT_TIMEOUT", limit.as_secs().to_string().into()));
        }
        if let Some(password) = self.hosts.first().and_then(|host| self.password_for(host)) {
            variables.push(("PGPASSWORD", password.expose().into()));
        }
        variables
    }
}

fn name(host: &Host) -> String {
    let folder = |folder: &Path| folder.display().to_string();
    match &host.place {
        Place::Socket(socket) => folder(socket),
        Place::DefaultSocket => folder(default_folder()),
        Place::Name(name) | Place::Address { name: Some(name), .. } => name.clone(),
        Place::Address { address, name: None } => address.to_string(),
    }
}

fn address(host: &Host) -> String {
    match &host.place {
        Place::Address { address, .. } => address.to_string(),
        _ => String::new(),
    }
}
