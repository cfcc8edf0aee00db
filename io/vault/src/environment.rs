//! The vault that the environment names, as the vaults' own programs read it.

use std::fs;
use std::path::PathBuf;

use pgward_credential::Secret;
use pgward_web::address::{Address, AddressFlaw};
use pgward_web::client::{Web, WebError};

use crate::vault::{Given, Vault, WayIn};

/// Why the environment names no vault that can be asked.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// It names none.
    #[error("the environment names no vault: VAULT_ADDR (or BAO_ADDR) is its address")]
    NoAddress,
    /// The address will not do.
    #[error("the address of the vault: {0}")]
    Address(#[from] AddressFlaw),
    /// The authority's certificate cannot be read.
    #[error("cannot read {}, the certificate of who signed the vault's", path.display())]
    Authority {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The authority's certificate will not do.
    #[error(transparent)]
    Web(#[from] WebError),
}

impl Vault {
    /// The vault that these variables name: `BAO_ADDR`, `BAO_CACERT`, `BAO_NAMESPACE` and `BAO_TOKEN`, or the same with `VAULT_`. Without a
    /// token among them it is the one that logging in has left in `~/.vault-token`.
    ///
    /// # Errors
    /// They name none, or none that can be asked.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Vault, EnvironmentError> {
        let named = |name: &str| {
            let found = ["BAO_", "VAULT_"].iter().filter_map(|prefix| variable(&format!("{prefix}{name}")));
            found.into_iter().find(|value| !value.is_empty())
        };
        let address = Address::parse(&named("ADDR").ok_or(EnvironmentError::NoAddress)?)?;
        let authority = named("CACERT").map(PathBuf::from).map(|path| {
            fs::read_to_string(&path).map_err(|source| EnvironmentError::Authority { path, source })
        });
        let web = Web::trusting(authority.transpose()?.as_deref())?;
        let (token, home) = (named("TOKEN").map(Secret::new), variable("HOME").map(PathBuf::from));
        let given: Given = Box::new(move || match (&token, &home) {
            (Some(token), _) => Ok(token.duplicate()),
            (None, Some(home)) => left_in(&home.join(".vault-token")),
            (None, None) => Err(NO_TOKEN.to_owned()),
        });
        Ok(Vault::at(web, address, named("NAMESPACE"), WayIn::Token(given)))
    }
}

fn left_in(path: &PathBuf) -> Result<Secret, String> {
    let token = fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    token.filter(|token| !token.is_empty()).map(Secret::new).ok_or_else(|| NO_TOKEN.to_owned())
}

const NO_TOKEN: &str = "there is no token: VAULT_TOKEN (or BAO_TOKEN) is one, and so is what logging in leaves in ~/.vault-token";

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<Vault, EnvironmentError> {
        Vault::of_environment(|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_names_the_vault_as_its_own_programs_have_it() {
        let refused = |pairs| match of(pairs) {
            Ok(_) => panic!("that is no vault"),
            Err(error) => error.to_string(),
        };
        assert_eq!(refused(&[]), "the environment names no vault: VAULT_ADDR (or BAO_ADDR) is its address");
        assert!(refused(&[("VAULT_ADDR", "http://vault.example.org:8200")]).contains("is not encrypted"));
        assert!(
            refused(&[("VAULT_ADDR", "https://127.0.0.1:1"), ("VAULT_CACERT", "/nowhere.pem")])
                .starts_with("cannot read /nowhere.pem")
        );
        let both =
            [("VAULT_ADDR", "https://vault.example.org:8200"), ("BAO_ADDR", "https://bao.example.org:8200")];
        assert_eq!(
            of(&both).map(|vault| vault.name().to_owned()).unwrap_or_default(),
            "bao.example.org:8200"
        );
        let Ok(vault) = of(&both) else { panic!("it names one") };
        let Err(error) = vault.prolong_token() else { panic!("there is no token") };
        assert!(error.to_string().contains("VAULT_TOKEN"), "{error}");
    }
}
