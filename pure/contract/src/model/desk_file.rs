//! How a desk is set up: the file that `pgward serve` starts with.

use crate::diagnostic::{Diagnostic, Report};
use crate::form::Form as _;
use crate::form::collection::Map;
use crate::form::record::record;
use crate::form::scalar::Whole;
use crate::form::word::words;
use crate::name::Name;
use crate::source::span::{FileId, Spanned};
use crate::source::{Source, yaml};
use crate::text::Words;
use crate::time::Length;

record! {
    /// A desk.
    pub struct DeskFile is "a desk" {
        /// Where it listens. Without a certificate, only a loopback address will do.
        /// Example: `127.0.0.1:6432`
        listen: Spanned<Words>,
        /// What borrowers connect to, a name or address with a port. Without it, what it listens on.
        /// Example: `desk.example.com:6432`
        address: Option<Spanned<Words>>,
        /// The file of its certificate, with the chain behind it, in PEM.
        /// Example: `desk.pem`
        certificate: Option<Spanned<Words>>,
        /// The file of the certificate's key, in PEM.
        /// Example: `desk.key`
        key: Option<Spanned<Words>>,
        /// The file of the certificate of who signed the desk's, in PEM: what borrowers check it with. Without it, what their systems trust.
        /// Example: `authority.pem`
        authority: Option<Spanned<Words>>,
        /// The contract whose `access` says what is lent: a file or a folder of files.
        /// Example: `contract.yaml`
        contract: Spanned<Words>,
        /// Where leases and accounts are kept.
        /// Example: `{file: desk.sqlite}`
        store: Spanned<Store>,
        /// The file of the desk's own secret, which the passwords of roles are made from; made where there is none. Desks that
        /// share a store share it.
        /// Example: `desk.secret`
        secret: Spanned<Words>,
        /// The folder of the ledger.
        /// Example: `ledger`
        ledger: Spanned<Words>,
        /// Witnesses: each is given the ledger's head with every write, and without it nothing is allowed. Where this machine cannot rewrite
        /// them, they show what was cut off or written anew.
        /// Example: `[/mnt/elsewhere/pgward, {url: "https://witness.example.org/pgward"}]`
        witnesses: Vec<Spanned<Witness>>,
        /// What a record of the ledger promises when its statement is sent on.
        durability: Durability = Durability::Strict,
        /// How people are told of emergencies, of what waits for them, and of what became of theirs. Without it they are not told, and
        /// emergencies are said by the desk itself.
        /// Example: `{file: news.jsonl}`
        announce: Option<Spanned<Announce>>,
        /// Single sign-on, for `pgward login --oidc`. Without it people show a password.
        sign_on: Option<Spanned<SignOn>>,
        /// The vault (HashiCorp Vault or OpenBao) that `targets` and `replicas` have their logins from, where they say so.
        /// Example: `{address: "https://vault.example.com:8200", app_role: {role_id: pgward, secret_id_file: vault.secret}}`
        vault: Option<Spanned<Vault>>,
        /// How the server of each of the contract's targets is reached, by the login that makes roles.
        targets: Map<Name, Spanned<Server>>,
        /// How the replicas are reached that the contract's `read_only_via` names, by a login that may connect: it looks at how far they are.
        /// Example: `{reports: {conninfo_file: reports.conninfo}}`
        replicas: Map<Name, Spanned<Server>>,
    }
}

record! {
    /// Where leases and accounts are kept: one of the three.
    pub struct Store is "a store" {
        /// In this file, by SQLite.
        /// Example: `desk.sqlite`
        file: Option<Spanned<Words>>,
        /// On the server whose connection string is in this file.
        /// Example: `store.conninfo`
        conninfo_file: Option<Spanned<Words>>,
        /// On the server whose connection string is in this variable of the environment.
        /// Example: `PGWARD_STORE`
        conninfo_env: Option<Spanned<Words>>,
    }
}

record! {
    /// Who keeps the ledger's head: a folder, a service, or a table of another PostgreSQL server.
    pub struct Witness is "a witness" or just folder {
        /// A folder, best on a disk that this machine cannot rewrite.
        /// Example: `/mnt/elsewhere/pgward`
        folder: Option<Spanned<Words>>,
        /// A service, which takes a head by `POST URL/NAME.head` and shows the last one at the same address.
        /// Example: `"https://witness.example.org/pgward"`
        url: Option<Spanned<Words>>,
        /// The file of the certificate of who signed the service's, in PEM. Without it, what the system trusts.
        /// Example: `witness.pem`
        authority: Option<Spanned<Words>>,
        /// The file of what the service is shown (`Authorization: Bearer`), of mode 600.
        /// Example: `witness.token`
        token_file: Option<Spanned<Words>>,
        /// The variable of the environment that has what the service is shown.
        /// Example: `PGWARD_WITNESS_TOKEN`
        token_env: Option<Spanned<Words>>,
        /// The file of the connection string of the server that has the table `pgward_witness`.
        /// Example: `witness.conninfo`
        conninfo_file: Option<Spanned<Words>>,
        /// The variable of the environment that has that connection string.
        /// Example: `PGWARD_WITNESS`
        conninfo_env: Option<Spanned<Words>>,
    }
}

record! {
    /// How people are told: a line of JSON for each piece of news, to either or both.
    pub struct Announce is "announcements" {
        /// The file that lines are appended to.
        /// Example: `news.jsonl`
        file: Option<Spanned<Words>>,
        /// The program that is started for each line, which it reads, and its arguments. It has ten seconds.
        /// Example: `[/usr/local/bin/tell, "#on-call"]`
        command: Vec<Spanned<Words>>,
    }
}

record! {
    /// How the server of a target is reached: by one of two connection strings, neither of which is ever an argument of a process. The password
    /// is in it, in a file or a variable of its own, or in the vault.
    pub struct Server is "a target's server" {
        /// The file of the connection string.
        /// Example: `shop.conninfo`
        conninfo_file: Option<Spanned<Words>>,
        /// The variable of the environment that has the connection string.
        /// Example: `PGWARD_SHOP`
        conninfo_env: Option<Spanned<Words>>,
        /// The file of the login's password, of mode 600 and one line. What is written there later counts from then on.
        /// Example: `shop.password`
        password_file: Option<Spanned<Words>>,
        /// How old the password in the file may become: then the desk changes it, there and on the server. Without it, whenever somebody runs
        /// `pgward rotate`.
        /// Example: `30d`
        rotated: Option<Spanned<Length>>,
        /// The variable of the environment that has the password.
        /// Example: `PGWARD_SHOP_PASSWORD`
        password_env: Option<Spanned<Words>>,
        /// The login is the vault's.
        /// Example: `{static_role: desk}`
        vault: Option<Spanned<VaultLogin>>,
        /// The schemas where names without one are looked up in sessions. Without it, `public`.
        /// Example: `[app, public]`
        search_path: Vec<Spanned<Name>>,
    }
}

record! {
    /// A vault, and how the desk gets in there: by a token, or as an application. Tokens are prolonged while they can be.
    pub struct Vault is "a vault" {
        /// Its address. Only a loopback address may do without TLS.
        /// Example: `"https://vault.example.com:8200"`
        address: Spanned<Words>,
        /// The file of the certificate of who signed the vault's, in PEM. Without it, what the system trusts.
        /// Example: `vault.pem`
        authority: Option<Spanned<Words>>,
        /// The namespace there. Without it, the root's.
        /// Example: `databases`
        namespace: Option<Spanned<Words>>,
        /// The file of the token, of mode 600. What is written there later counts from then on.
        /// Example: `vault.token`
        token_file: Option<Spanned<Words>>,
        /// The variable of the environment that has the token.
        /// Example: `VAULT_TOKEN`
        token_env: Option<Spanned<Words>>,
        /// Which application the desk is there.
        /// Example: `{role_id: pgward, secret_id_file: vault.secret}`
        app_role: Option<Spanned<AppRole>>,
    }
}

record! {
    /// An application of the vault's.
    pub struct AppRole is "an application of the vault's" {
        /// Its name (role id).
        role_id: Spanned<Words>,
        /// The file of what it shows (secret id), of mode 600.
        /// Example: `vault.secret`
        secret_id_file: Option<Spanned<Words>>,
        /// The variable of the environment that has what it shows.
        /// Example: `PGWARD_VAULT_SECRET`
        secret_id_env: Option<Spanned<Words>>,
        /// Where this way of logging in is mounted. Without it, `approle`.
        mount: Option<Spanned<Words>>,
    }
}

record! {
    /// A login that the vault has: one of the three.
    pub struct VaultLogin is "a login from the vault" {
        /// Where somebody keeps it (KV version 2): `password`, and `username` where it is not the one of the connection string. It is looked at every ten seconds.
        /// Example: `shop/desk`
        kv: Option<Spanned<Words>>,
        /// The role of the database engine whose password the vault rotates.
        /// Example: `desk`
        static_role: Option<Spanned<Words>>,
        /// The role of the database engine by which the vault makes logins for a while. The desk prolongs its login, takes another one when that ends, and
        /// gives it back when it ends itself.
        /// Example: `desk`
        dynamic_role: Option<Spanned<Words>>,
        /// Where the engine is mounted. Without it, `secret` for `kv`, else `database`.
        /// Example: `kv/databases`
        mount: Option<Spanned<Words>>,
        /// The role that does what the desk does, whoever logs in: each login of `dynamic_role` is a member of it. What one login has made, the next one could not
        /// remove.
        /// Example: `desk`
        acting_as: Option<Spanned<Name>>,
    }
}

/// A port of this machine; 0 is any that is free.
pub type Port = Whole<0, 65_535>;

record! {
    /// Single sign-on by OpenID Connect: who somebody is, and their groups, the provider says.
    pub struct SignOn is "single sign-on" {
        /// The provider, by its own name, which is its address.
        /// Example: `https://id.example.com/realms/staff`
        issuer: Spanned<Words>,
        /// The desk's name at the provider (client id). It is a native client whose page to come back to is
        /// `http://127.0.0.1:PORT/callback`, whatever the port.
        /// Example: `pgward`
        client: Spanned<Words>,
        /// The file of the desk's secret there, of mode 600. A client without a secret is a public one.
        /// Example: `sign_on.secret`
        secret_file: Option<Spanned<Words>>,
        /// The variable of the environment that has the secret.
        /// Example: `PGWARD_SIGN_ON`
        secret_env: Option<Spanned<Words>>,
        /// The file of the certificate of who signed the provider's, in PEM. Without it, what the system trusts.
        /// Example: `provider.pem`
        authority: Option<Spanned<Words>>,
        /// What is asked for besides `openid`. `offline_access` lets a login be renewed by itself. Without it, `email` and `offline_access`.
        scopes: Vec<Spanned<Words>>,
        /// The claim that says who it is: one of the names of somebody in the contract's `people`. Without it, `email`, which counts only
        /// where the provider has verified it.
        /// Example: `preferred_username`
        person: Option<Spanned<Words>>,
        /// The claim that lists their groups. Without it, `groups`.
        groups_claim: Option<Spanned<Words>>,
        /// What the provider's groups are in the contract. One that is not here gives nothing.
        /// Example: `{database-admins: [dba], on-call: [oncall]}`
        groups: Map<Name, Vec<Spanned<Name>>>,
        /// How long a login is good for before the provider is asked again: who has lost a group there has lost it here then.
        renewed: Length = Length::of_seconds(900),
        /// The port of this machine that the browser comes back to, where the provider wants to know it. Without it, any that is free.
        port: Port = Whole(0),
    }
}

words! {
    /// What a record of the ledger promises.
    pub enum Durability is "a durability" {
        /// It is on disk: no crash loses it.
        Strict = "strict",
        /// The operating system has it, and brings it to the disk some 20 ms later: a desk that is killed loses none, a machine that crashes may lose the last
        /// ones. If the disk does not take it, nothing more is allowed.
        Batched = "batched",
    }
}

/// Reads a desk's file. It is worth using only if no diagnostic is an error.
#[must_use]
pub fn read(source: &Source) -> (Option<DeskFile>, Vec<Diagnostic>) {
    let mut report = Report::default();
    let tree = yaml::read(source, FileId(0), &mut report);
    let desk = tree.and_then(|root| DeskFile::read(&root, &mut report));
    (desk, report.into_sorted())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::diagnostic::render::{Colour, render};
    use expect_test::{Expect, expect};

    #[track_caller]
    fn check(text: &str, told: Expect) {
        let sources = [Source::new("desk.yaml", text)];
        let (_, found) = read(&sources[0]);
        let lines: Vec<String> = found.iter().map(|one| render(one, &sources, Colour::Plain)).collect();
        told.assert_eq(&lines.join("\n"));
    }

    const WHOLE: &str = "listen: 127.0.0.1:6432\ncontract: contract.yaml\nstore: {file: desk.sqlite}\n\
        secret: desk.secret\nledger: ledger\ntargets:\n  shop: {conninfo_env: PGWARD_SHOP}\n";

    #[test]
    fn a_desk_needs_little() {
        check(WHOLE, expect![""]);
        let (desk, _) = read(&Source::new("desk.yaml", WHOLE));
        let desk = desk.unwrap();
        assert_eq!(desk.durability(), Durability::Strict);
        assert_eq!(desk.targets.len(), 1);
    }

    #[test]
    fn an_unknown_key_is_shown_with_the_one_that_was_meant() {
        check(
            &WHOLE.replace("ledger: ledger", "ledgre: ledger"),
            expect![[r#"
                error[C0003 unknown-key]: a desk has no key `ledgre`
                 --> desk.yaml:5:1
                  |
                5 | ledgre: ledger
                  | ^^^^^^
                  |
                  = help: did you mean `ledger`? its keys are `listen`, `address`, `certificate`, `key`, `authority`, `contract`, `store`, `secret`, `ledger`, `witnesses`, `durability`, `announce`, `sign_on`, `vault`, `targets`, `replicas`"#]],
        );
    }
}
