//! Who logs in at the servers of a desk, and by what: a password in the connection string, in a file or a variable, or a vault.

use std::sync::Arc;
use std::time::Duration;

use pgward_contract::form::scalar::Scalar as _;
use pgward_contract::model::access::Target;
use pgward_contract::model::desk_file::{Server, VaultLogin as Written};
use pgward_contract::source::span::Spanned;
use pgward_contract::text::Words;
use pgward_credential::Secret;
use pgward_vault::kept::Shelf;
use pgward_vault::vault::{Given, Vault, WayIn};
use pgward_web::address::Address;
use pgward_web::client::Web;

use crate::desk_setup::own_file::secret_in;
use crate::desk_setup::{DeskSetup, SetupError, one_of, text_of};
use crate::server_login::ServerLogin;
use crate::server_login::password_file::PasswordFile;
use crate::server_login::source::{Source, VaultLogin};

impl DeskSetup {
    /// How a server is reached, and who logs in there.
    pub(super) fn login(
        &self,
        key: &str,
        server: &Server,
        target: &Target,
        vault: Option<&Arc<Vault>>,
    ) -> Result<Arc<ServerLogin>, SetupError> {
        let settings = self.settings(key, server.conninfo_file.as_ref(), server.conninfo_env.as_ref())?;
        let settings = settings.with_database(&target.database.value.text().as_str().into());
        let source = match (&server.vault, &server.password_file, &server.password_env) {
            (None, None, None) => Source::Written,
            (Some(login), None, None) => {
                let key = format!("{key}.vault");
                let Some(vault) = vault else {
                    let why = "the desk's file names no `vault`".to_owned();
                    return Err(SetupError::Value { key, why });
                };
                let acting_as = login.value.acting_as.as_ref().map(|role| role.value.as_str().into());
                Source::Vault { vault: Arc::clone(vault), login: vault_login(&key, &login.value)?, acting_as }
            }
            (None, Some(written), None) => {
                let rotated = server.rotated.as_ref();
                let rotated = rotated.map(|length| Duration::from_secs(length.value.seconds()));
                let file = PasswordFile::at(self.path(written), rotated);
                file.read().map_err(|why| SetupError::Value { key: format!("{key}.password_file"), why })?;
                Source::File(file)
            }
            (None, None, variable) => {
                Source::Given(Arc::new(self.given(key, "password", None, variable.as_ref())?))
            }
            _ => return Err(one_of(key, "`vault`, `password_file` and `password_env`")),
        };
        if server.rotated.is_some() && !matches!(source, Source::File(_)) {
            let why = "the desk changes a password that is in a file of its own (`password_file`)".to_owned();
            return Err(SetupError::Value { key: format!("{key}.rotated"), why });
        }
        Ok(Arc::new(ServerLogin::from(settings, source)))
    }

    /// The vault, if the desk has one. Nothing is asked there yet.
    pub(super) fn vault(&self) -> Result<Option<Arc<Vault>>, SetupError> {
        let Some(written) = &self.file.vault else { return Ok(None) };
        let written = &written.value;
        let wrong = |why: String| SetupError::Value { key: "vault".to_owned(), why };
        let address =
            Address::parse(written.address.value.as_str()).map_err(|flaw| wrong(flaw.to_string()))?;
        let authority = written.authority.as_ref().map(|path| text_of(&self.path(path))).transpose()?;
        let web = Web::trusting(authority.as_deref()).map_err(|error| wrong(error.to_string()))?;
        let way_in = match (&written.token_file, &written.token_env, &written.app_role) {
            (None, None, Some(role)) => {
                let (role, key) = (&role.value, "vault.app_role");
                let (file, variable) = (role.secret_id_file.as_ref(), role.secret_id_env.as_ref());
                WayIn::AppRole {
                    mount: role.mount.as_ref().map_or("approle", |mount| mount.value.as_str()).to_owned(),
                    role: role.role_id.value.as_str().to_owned(),
                    secret: self.given(key, "secret_id", file, variable)?,
                }
            }
            (file, variable, None) => {
                WayIn::Token(self.given("vault", "token", file.as_ref(), variable.as_ref())?)
            }
            _ => return Err(one_of("vault", "`token_file`, `token_env` and `app_role`")),
        };
        let namespace = written.namespace.as_ref().map(|name| name.value.as_str().to_owned());
        Ok(Some(Arc::new(Vault::at(web, address, namespace, way_in))))
    }

    /// A secret in a file that nobody else can read, or in a variable: looked at each time it is needed, and once now.
    pub(super) fn given(
        &self,
        key: &str,
        what: &str,
        file: Option<&Spanned<Words>>,
        variable: Option<&Spanned<Words>>,
    ) -> Result<Given, SetupError> {
        let (key, given): (String, Given) = match (file, variable) {
            (Some(file), None) => {
                let path = self.path(file);
                (format!("{key}.{what}_file"), Box::new(move || secret_in(&path)))
            }
            (None, Some(variable)) => {
                let name = variable.value.as_str().to_owned();
                let read = move || {
                    let value = std::env::var(&name).ok().filter(|value| !value.is_empty());
                    value.map(Secret::new).ok_or_else(|| format!("the environment has no variable {name}"))
                };
                (format!("{key}.{what}_env"), Box::new(read))
            }
            _ => return Err(one_of(key, &format!("`{what}_file` and `{what}_env`"))),
        };
        given().map_err(|why| SetupError::Value { key, why })?;
        Ok(given)
    }
}

/// Which login of the vault's is written.
fn vault_login(key: &str, written: &Written) -> Result<VaultLogin, SetupError> {
    let mount = |usual: &str| written.mount.as_ref().map_or(usual, |mount| mount.value.as_str()).to_owned();
    let word = |words: &Spanned<Words>| words.value.as_str().to_owned();
    match (&written.kv, &written.static_role, &written.dynamic_role) {
        (Some(path), None, None) => Ok(VaultLogin::Kept(Shelf { mount: mount("secret"), path: word(path) })),
        (None, Some(role), None) => Ok(VaultLogin::Rotated { mount: mount("database"), role: word(role) }),
        (None, None, Some(role)) => Ok(VaultLogin::Lent { mount: mount("database"), role: word(role) }),
        _ => Err(one_of(key, "`kv`, `static_role` and `dynamic_role`")),
    }
}
