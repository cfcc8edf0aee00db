//! A real OpenID provider, and a browser that logs in there.
#![allow(dead_code, unreachable_pub, reason = "each test uses the part it needs")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a stage that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The provider, until it is dropped.
pub struct RealProvider {
    child: Child,
    folder: tempfile::TempDir,
    /// Its own name, and its address.
    pub issuer: String,
}

/// What the provider knows the desk by.
pub const CLIENT: &str = "pgward";
/// The desk's secret there.
pub const SECRET: &str = "the secret of the desk at the provider";

impl RealProvider {
    /// Starts it, with these people: what it says of each, by the name they log in with.
    pub fn start(people: &Value) -> RealProvider {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let home = root.join(".cache/oidc");
        let missing = "the provider was not fetched: run `cargo xtask sign-on`";
        assert!(home.join("node_modules/oidc-provider").is_dir(), "{missing}");
        let folder = tempfile::tempdir().unwrap();
        let (known, told) = (folder.path().join("known.json"), folder.path().join("address"));
        std::fs::write(&known, json!({"people": people}).to_string()).unwrap();
        let child = Command::new("node")
            .arg(root.join("tools/oidc/provider.mjs"))
            .args([&home, &known, &told])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is there");
        let mut provider = RealProvider { child, folder, issuer: String::new() };
        let deadline = Instant::now() + Duration::from_secs(120);
        while !told.exists() {
            assert!(provider.child.try_wait().unwrap().is_none(), "the provider has ended");
            assert!(Instant::now() < deadline, "the provider does not begin");
            std::thread::sleep(Duration::from_millis(20));
        }
        provider.issuer = std::fs::read_to_string(told).unwrap();
        provider
    }

    /// From now on it knows these people.
    pub fn knows(&self, people: &Value) {
        let known: PathBuf = self.folder.path().join("known.json");
        let new = self.folder.path().join("known.new");
        std::fs::write(&new, json!({"people": people}).to_string()).unwrap();
        std::fs::rename(new, known).unwrap();
    }
}

impl Drop for RealProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A browser of somebody: it keeps cookies, follows redirects and fills forms in.
#[derive(Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
}

/// A page.
pub struct Page {
    /// Where it was found.
    pub address: String,
    /// Its text.
    pub text: String,
}

impl Browser {
    /// Goes somewhere and fills in whatever is asked, as this person and with this code, until nothing is asked any more.
    pub fn log_in(&mut self, address: &str, person: &str, code: &str) -> Page {
        let mut page = self.go(address);
        for _ in 0..10 {
            let Some((_, form)) = page.text.split_once("<form") else { return page };
            let form = form.split("</form>").next().unwrap();
            let action = attribute(form, "action").unwrap().replace("&amp;", "&");
            let inputs = form.split("<input").skip(1).map(|input| input.split('>').next().unwrap());
            let fields: Vec<String> = inputs
                .map(|input| {
                    let name = attribute(input, "name").unwrap();
                    let value = match &*name {
                        "login" => person.to_owned(),
                        "password" => "-".to_owned(),
                        "user_code" if !code.is_empty() => code.to_owned(),
                        _ => attribute(input, "value").unwrap_or_default(),
                    };
                    format!("{name}={value}")
                })
                .collect();
            let to =
                if action.starts_with('/') { format!("{}{action}", origin(&page.address)) } else { action };
            page = self.ask(&to, Some(&fields.join("&")));
        }
        page
    }

    /// Goes somewhere, and wherever it is sent from there.
    pub fn go(&mut self, address: &str) -> Page {
        self.ask(address, None)
    }

    fn ask(&mut self, address: &str, form: Option<&str>) -> Page {
        let (mut address, mut form) = (address.to_owned(), form.map(str::to_owned));
        for _ in 0..20 {
            let (head, text) = self.exchange(&address, form.as_deref());
            let header = |wanted: &str| {
                head.lines().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case(wanted).then(|| value.to_owned())
                })
            };
            let Some(next) = header("location") else { return Page { address, text } };
            address = if next.starts_with('/') { format!("{}{next}", origin(&address)) } else { next };
            form = None;
        }
        Page { address, text: "it goes on and on".to_owned() }
    }

    /// One question and its answer. HTTP 1.0 answers in one piece.
    fn exchange(&mut self, address: &str, form: Option<&str>) -> (String, String) {
        let rest = address.strip_prefix("http://").expect(address);
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (method, body) = form.map_or(("GET", ""), |form| ("POST", form));
        let asked = format!(
            "{method} /{path} HTTP/1.0\r\nhost: {host}\r\ncookie: {}\r\naccept: text/html\r\n\
            content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(asked.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let answer = String::from_utf8_lossy(&bytes).into_owned();
        let (head, text) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                let (name, value) = value.split(';').next().unwrap().split_once('=').unwrap();
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        (head.to_owned(), text.to_owned())
    }
}

fn origin(address: &str) -> String {
    address.split('/').take(3).collect::<Vec<_>>().join("/")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}
