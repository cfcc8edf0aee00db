//! A real OpenBao, on this machine, for as long as a test wants it.
#![allow(dead_code, unreachable_pub, reason = "each test uses the part it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a stage that cannot be set up has failed"
)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgward_cluster::Cluster;
use pgward_credential::Secret;
use pgward_vault::vault::{Given, Vault, WayIn};
use pgward_web::address::Address;
use pgward_web::client::{Answer, Method, Question, Web};
use serde_json::{Value, json};

/// A vault that keeps what it has in a folder, until it is dropped. It speaks TLS.
pub struct RealVault {
    child: Child,
    folder: tempfile::TempDir,
    web: Web,
    /// Its address.
    pub address: String,
    /// Who signed its certificate, in PEM.
    pub authority: String,
    /// The token that may do everything there.
    pub root: String,
    unsealing: String,
}

impl RealVault {
    /// Starts one, with a key-value engine at `secret` and a database engine at `database`.
    pub fn start() -> RealVault {
        let folder = tempfile::tempdir().unwrap();
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let authority = made.cert.pem();
        fs::write(folder.path().join("cert.pem"), &authority).unwrap();
        fs::write(folder.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        fs::create_dir(folder.path().join("kept")).unwrap();
        let web = Web::trusting(Some(&authority)).unwrap();
        let (child, address) = begin(folder.path(), &web);
        let mut vault = RealVault {
            child,
            folder,
            web,
            address,
            authority,
            root: String::new(),
            unsealing: String::new(),
        };
        let made = vault.ask("sys/init", Some(&json!({"secret_shares": 1, "secret_threshold": 1})));
        let made: Value = serde_json::from_str(&made.text).unwrap();
        vault.root = made["root_token"].as_str().unwrap().to_owned();
        vault.unsealing = made["keys"][0].as_str().unwrap().to_owned();
        vault.unseal();
        vault.put("sys/mounts/secret", &json!({"type": "kv", "options": {"version": "2"}}));
        vault.put("sys/mounts/database", &json!({"type": "database"}));
        vault.until("the key-value engine", |vault| vault.ask("secret/config", None).is_success());
        vault
    }

    /// Ends it as a crash would.
    pub fn go_down(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }

    /// Starts it again at the same address, with what it had. It is sealed.
    pub fn come_back(&mut self) {
        let port = self.address.rsplit(':').next().unwrap().parse().unwrap();
        self.child = run(self.folder.path(), port);
        let deadline = Instant::now() + PATIENCE;
        while ask(&self.web, &self.address, "sys/seal-status", None, "").is_none() {
            assert!(Instant::now() < deadline, "{}", said(self.folder.path()));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Nobody gets anything until it is unsealed.
    pub fn seal(&self) {
        self.put("sys/seal", &json!({}));
    }

    /// Opens it.
    pub fn unseal(&self) {
        self.put("sys/unseal", &json!({"key": self.unsealing}));
        self.until("the vault to be ready", |vault| vault.ask("sys/health", None).status == 200);
    }

    /// Puts something somewhere, as who may do everything; it has to succeed.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Value {
        let answer = self.ask(path, Some(body));
        assert!(answer.is_success(), "{path}: {} {}", answer.status, answer.text);
        serde_json::from_str(&answer.text).unwrap_or(Value::Null)
    }

    /// Reads something, as who may do everything; it has to be there.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        let answer = self.ask(path, None);
        assert!(answer.is_success(), "{path}: {} {}", answer.status, answer.text);
        serde_json::from_str(&answer.text).unwrap()
    }

    /// Puts a login into the key-value engine.
    pub fn keep(&self, path: &str, login: &Value) {
        self.put(&format!("secret/data/{path}"), &json!({"data": login}));
    }

    /// An application with these rights: what it shows, its role and its secret.
    pub fn application(&self, name: &str, policy: &str, more: &Value) -> (String, String) {
        self.put(&format!("sys/policies/acl/{name}"), &json!({"policy": policy}));
        // Mounted by whoever comes first.
        let _ = self.ask("sys/auth/approle", Some(&json!({"type": "approle"})));
        let mut role = json!({"token_policies": [name]});
        for (key, value) in more.as_object().into_iter().flatten() {
            role[key] = value.clone();
        }
        let at = format!("auth/approle/role/{name}");
        self.put(&at, &role);
        let id = self.read(&format!("{at}/role-id"));
        let secret = self.put(&format!("{at}/secret-id"), &json!({}));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&id["data"]["role_id"]), text(&secret["data"]["secret_id"]))
    }

    /// A token with these rights.
    pub fn token(&self, name: &str, policy: &str, ttl: &str) -> String {
        self.put(&format!("sys/policies/acl/{name}"), &json!({"policy": policy}));
        let made = self.put("auth/token/create", &json!({"policies": [name], "ttl": ttl}));
        made["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    /// Lets it log in at a database as its superuser.
    pub fn manages(&self, cluster: &Cluster, database: &str) {
        let at = format!("127.0.0.1:{}/{database}?sslmode=disable", cluster.port());
        let connection = json!({
            "plugin_name": "postgresql-database-plugin",
            "allowed_roles": "*",
            "connection_url": format!("postgresql://{{{{username}}}}:{{{{password}}}}@{at}"),
            "username": cluster.superuser(),
            "password": cluster.password().expose(),
            "password_authentication": "scram-sha-256",
        });
        self.put("database/config/server", &connection);
    }

    /// A role whose password it rotates.
    pub fn rotates(&self, role: &str, username: &str, period: &str) {
        let role_of = json!({"db_name": "server", "username": username, "rotation_period": period});
        self.put(&format!("database/static-roles/{role}"), &role_of);
    }

    /// Rotates it now.
    pub fn rotate_now(&self, role: &str) {
        // It may be rotating by itself at this moment, and then refuses.
        self.until("a rotation", |vault| {
            vault.ask(&format!("database/rotate-role/{role}"), Some(&json!({}))).is_success()
        });
    }

    /// Makes logins by these statements.
    pub fn lends(&self, role: &str, statements: &[&str], length: &str, longest: &str) {
        let lent = json!({
            "db_name": "server",
            "creation_statements": statements,
            "default_ttl": length,
            "max_ttl": longest,
        });
        self.put(&format!("database/roles/{role}"), &lent);
    }

    /// It, as we come in with this token.
    pub fn by_token(&self, token: &str) -> Vault {
        self.by(WayIn::Token(given(token)))
    }

    /// It, as this application comes in.
    pub fn by_app_role(&self, (role, secret): &(String, String)) -> Vault {
        let mount = "approle".to_owned();
        self.by(WayIn::AppRole { mount, role: role.clone(), secret: given(secret) })
    }

    fn by(&self, way_in: WayIn) -> Vault {
        let web = Web::trusting(Some(&self.authority)).unwrap();
        Vault::at(web, Address::parse(&self.address).unwrap(), None, way_in)
    }

    fn ask(&self, path: &str, body: Option<&Value>) -> Answer {
        ask(&self.web, &self.address, path, body, &self.root).expect("the vault answers")
    }

    fn until(&self, what: &str, is_it: impl Fn(&RealVault) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_it(self) {
            assert!(Instant::now() < deadline, "{what} did not come about: {}", said(self.folder.path()));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for RealVault {
    fn drop(&mut self) {
        self.go_down();
    }
}

/// A secret that is always the same.
pub fn given(text: &str) -> Given {
    let text = text.to_owned();
    Box::new(move || Ok(Secret::new(text.clone())))
}

fn ask(web: &Web, address: &str, path: &str, body: Option<&Value>, token: &str) -> Option<Answer> {
    let to = Address::parse(address).unwrap().below(&format!("v1/{path}"));
    let text = body.map(Value::to_string);
    let method = text.as_deref().map_or(Method::Get, Method::Json);
    let token = (!token.is_empty()).then(|| ("x-vault-token", Secret::new(token.to_owned())));
    web.ask(&Question { to: &to, method, headers: token.into_iter().collect() }).ok()
}

/// Starts it on a port that is free; another one is tried where somebody was faster.
fn begin(folder: &Path, web: &Web) -> (Child, String) {
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("https://127.0.0.1:{port}");
        let mut child = run(folder, port);
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait().unwrap().is_none() {
            // Only ours shows the certificate that was just made.
            if ask(web, &address, "sys/seal-status", None, "").is_some() {
                return (child, address);
            }
            assert!(Instant::now() < deadline, "{}", said(folder));
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    unreachable!("no port was to be had: {}", said(folder));
}

fn run(folder: &Path, port: u16) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    let configuration = json!({
        "storage": {"raft": {"path": at("kept"), "node_id": "one"}},
        "listener": {"tcp": {
            "address": format!("127.0.0.1:{port}"),
            "tls_cert_file": at("cert.pem"),
            "tls_key_file": at("key.pem"),
        }},
        "api_addr": format!("https://127.0.0.1:{port}"),
        // Nobody else is in its cluster: a port of its own choice, which nobody needs.
        "cluster_addr": "https://127.0.0.1:0",
        "log_level": "warn",
    });
    fs::write(folder.join("bao.json"), configuration.to_string()).unwrap();
    let log = fs::File::create(folder.join("log")).unwrap();
    // The shell ends it when this process ends, however it does: then nobody holds the other end of its input.
    Command::new("sh")
        .args(["-c", SHELL])
        .args([program().as_os_str(), folder.join("bao.json").as_os_str()])
        .stdin(Stdio::piped())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .expect("a shell is there")
}

/// Fetched into the folder of this project, or of the system.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let fetched = root.join(".cache/openbao/bao");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&paths).map(|folder| folder.join("bao"));
    let found = std::iter::once(fetched).chain(installed).find(|path| path.is_file());
    found.expect("OpenBao was not fetched: run `cargo xtask openbao`")
}

fn said(folder: &Path) -> String {
    fs::read_to_string(folder.join("log")).unwrap_or_default()
}

/// Ends the vault once the other end of the input is closed, and ends when the vault does.
const SHELL: &str = "exec 3<&0; \"$0\" server -config \"$1\" 3<&- & vault=$!; \
    (cat <&3 >/dev/null; kill -9 $vault) & wait $vault; kill $! 2>/dev/null";

/// A slow machine is given its time.
const PATIENCE: Duration = Duration::from_secs(120);
