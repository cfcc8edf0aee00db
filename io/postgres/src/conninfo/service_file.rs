//! Named bundles of settings: `service=shop`, from `~/.pg_service.conf` or the system's file.

use crate::conninfo::environment::Environment;
use crate::conninfo::parameters::Parameters;
use crate::conninfo::refusal::{Origin, SettingsError};
use pgward_credential::Secret;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Adds what the service says to settings the connection string did not give.
pub(crate) fn complete(parameters: &mut Parameters, environment: &Environment) -> Result<(), SettingsError> {
    let named =
        parameters.get("service").map(|given| given.text).or_else(|| environment.variable("PGSERVICE"));
    let Some(name) = named.filter(|name| !name.is_empty()).map(str::to_owned) else { return Ok(()) };
    let searched = files(environment);
    for file in &searched {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(source) => return Err(SettingsError::File { file: file.clone(), source }),
        };
        if read_service(&text, &name, file, parameters)? == Search::Found {
            return Ok(());
        }
    }
    Err(SettingsError::NoService { name, searched })
}

/// The user's file, then the system's: libpq's order. Where the system's is depends on how libpq was built.
fn files(environment: &Environment) -> Vec<PathBuf> {
    let users = environment.path("PGSERVICEFILE").or_else(|| environment.at_home(".pg_service.conf"));
    let systems = match environment.path("PGSYSCONFDIR") {
        Some(folder) => vec![folder.join("pg_service.conf")],
        None => SYSTEM_FILES.iter().map(PathBuf::from).collect(),
    };
    users.into_iter().chain(systems).collect()
}

/// Debian's packages, Red Hat's, and a build from source.
const SYSTEM_FILES: &[&str] = &[
    "/etc/postgresql-common/pg_service.conf",
    "/etc/pg_service.conf",
    "/usr/local/pgsql/etc/pg_service.conf",
];

#[derive(PartialEq, Eq)]
enum Search {
    Found,
    NotHere,
}

/// `[name]`, then `keyword=value` lines taken to the letter: no quotes, no blanks around the `=`.
fn read_service(
    text: &str,
    name: &str,
    file: &Path,
    parameters: &mut Parameters,
) -> Result<Search, SettingsError> {
    let mut search = Search::NotHere;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_ascii();
        let refused = |what| SettingsError::ServiceFile { file: file.to_owned(), line: index + 1, what };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            if search == Search::Found {
                break;
            }
            if header.strip_prefix(name).is_some_and(|rest| rest.starts_with(']')) {
                search = Search::Found;
            }
        } else if search == Search::Found {
            let (keyword, value) = line.split_once('=').ok_or_else(|| refused("a line without \"=\""))?;
            match keyword {
                "service" => return Err(refused("a service cannot name another service")),
                _ if line.starts_with("ldap") => {
                    return Err(refused("looking services up in LDAP is not supported"));
                }
                _ => {}
            }
            let origin = Origin::Service { name: name.to_owned(), file: file.to_owned() };
            parameters.set_default(keyword, Secret::new(value.to_owned()), origin)?;
        }
    }
    Ok(search)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::complete;
    use crate::conninfo::environment::Environment;
    use crate::conninfo::key_value;
    use std::path::Path;

    const FILE: &str = "# ours\n[shopping]\nhost=wrong\n\n[shop]\n  host=db.example\nport=6000 \npassword=it's a = b\n[other]\nhost=no\n";

    /// What `service=shop` makes of the home file, after the string's own settings.
    fn read(home_file: &str, conninfo: &str) -> Result<String, String> {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".pg_service.conf"), home_file).unwrap();
        let environment =
            Environment::of([("PGSYSCONFDIR".into(), "/nowhere".into())]).with_home(home.path());
        let mut parameters = key_value::parse(conninfo).map_err(|error| error.to_string())?;
        complete(&mut parameters, &environment)
            .map_err(|error| error.to_string().replace(home.path().to_str().unwrap(), "~"))?;
        let shown = ["host", "port", "password"].into_iter().filter_map(|name| parameters.get(name));
        Ok(shown.map(|given| format!("{}={}", given.name, given.text)).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn a_service_fills_in_what_the_string_leaves_open() {
        assert_eq!(read(FILE, "service=shop").unwrap(), "host=db.example|port=6000|password=it's a = b");
        assert_eq!(read(FILE, "service=shop host=mine").unwrap(), "host=mine|port=6000|password=it's a = b");
        assert_eq!(read(FILE, "host=mine").unwrap(), "host=mine");
        assert_eq!(read("[shop]\nhost=a\nhost=b", "service=shop").unwrap(), "host=a");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let refused = |file, conninfo| read(file, conninfo).unwrap_err();
        assert_eq!(refused(FILE, "service=sho"), "definition of service \"sho\" not found");
        assert_eq!(
            refused("[shop]\nhost", "service=shop"),
            "syntax error in service file ~/.pg_service.conf, line 2: a line without \"=\""
        );
        assert_eq!(
            refused("[shop]\n\nservice=other", "service=shop"),
            "syntax error in service file ~/.pg_service.conf, line 3: a service cannot name another service"
        );
        assert_eq!(
            refused("[shop]\nhots=x", "service=shop"),
            "invalid connection option \"hots\" in service \"shop\" in ~/.pg_service.conf"
        );
    }

    #[test]
    fn variables_name_the_service_its_file_and_the_systems_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pg_service.conf"), "[shop]\nhost=system").unwrap();
        std::fs::write(folder.path().join("own"), "[shop]\nhost=own").unwrap();
        std::fs::write(folder.path().join("empty"), "").unwrap();
        let host = |file: &Path| {
            let environment = Environment::of([
                ("PGSERVICE".to_owned(), "shop".to_owned()),
                ("PGSYSCONFDIR".to_owned(), folder.path().to_str().unwrap().to_owned()),
                ("PGSERVICEFILE".to_owned(), file.to_str().unwrap().to_owned()),
            ]);
            let mut parameters = key_value::parse("").map_err(|error| error.to_string()).unwrap();
            complete(&mut parameters, &environment).unwrap();
            parameters.get("host").unwrap().text.to_owned()
        };
        assert_eq!(host(&folder.path().join("own")), "own");
        assert_eq!(host(&folder.path().join("empty")), "system");
        assert_eq!(host(&folder.path().join("missing")), "system");
    }
}
