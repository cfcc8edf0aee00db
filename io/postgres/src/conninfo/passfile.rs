//! Passwords from `~/.pgpass`.

use pgward_credential::Secret;
use rustix::fs::FileType;
use std::path::Path;
use zeroize::Zeroizing;

/// A password file's lines, in order: the first that fits counts.
#[derive(Default)]
pub struct Passfile {
    lines: Vec<Line>,
}

struct Line {
    /// Host, port, database and user.
    pattern: [Field; 4],
    password: Secret,
}

enum Field {
    Any,
    Only(String),
}

/// Who wants a password, as the file names them.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The host as it was given; `localhost` for the default socket folder.
    pub host: &'a str,
    /// The port.
    pub port: u16,
    /// The database.
    pub dbname: &'a str,
    /// The user.
    pub user: &'a str,
}

impl Passfile {
    /// Reads the file. As with libpq a file that is missing is no file, and one that others may read is left alone
    /// with a warning, which is the second thing given back.
    #[must_use]
    pub fn read(path: &Path) -> (Passfile, Option<String>) {
        let Ok(stat) = rustix::fs::stat(path) else { return (Passfile::default(), None) };
        let ignored =
            |why| (Passfile::default(), Some(format!("password file {} is not used: {why}", path.display())));
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return ignored("it is not a plain file");
        }
        if stat.st_mode & 0o077 != 0 {
            return ignored("it has group or world access; permissions should be u=rw (0600) or less");
        }
        match std::fs::read_to_string(path) {
            Ok(text) => (Passfile::parse(&Zeroizing::new(text)), None),
            Err(_) => ignored("it cannot be read as UTF-8 text"),
        }
    }

    fn parse(text: &str) -> Passfile {
        Passfile { lines: text.lines().filter_map(Line::parse).collect() }
    }

    /// The password for this host, port, database and user.
    #[must_use]
    pub fn find(&self, wanted: Wanted<'_>) -> Option<&Secret> {
        let port = wanted.port.to_string();
        let wanted = [wanted.host, &port, wanted.dbname, wanted.user];
        let fits = |line: &&Line| line.pattern.iter().zip(wanted).all(|(field, value)| field.fits(value));
        self.lines.iter().find(fits).map(|line| &line.password)
    }
}

impl Line {
    /// Five fields between colons; a backslash takes the special meaning of the colon or backslash after it.
    fn parse(line: &str) -> Option<Line> {
        if line.starts_with('#') {
            return None;
        }
        let mut rest = line;
        let mut next = || {
            let (field, after) = split_field(rest);
            rest = after.unwrap_or_default();
            after.map(|_| if field == "*" { Field::Any } else { Field::Only(unescape(field)) })
        };
        let pattern = [next()?, next()?, next()?, next()?];
        Some(Line { pattern, password: Secret::new(unescape(split_field(rest).0)) })
    }
}

impl Field {
    fn fits(&self, value: &str) -> bool {
        match self {
            Field::Any => true,
            Field::Only(text) => text == value,
        }
    }
}

/// A field, escapes and all, and what follows its colon.
fn split_field(text: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b':' => return (text.get(..index).unwrap_or(text), text.get(index + 1..)),
            _ => {}
        }
    }
    (text, None)
}

fn unescape(field: &str) -> String {
    let mut text = String::with_capacity(field.len());
    let mut rest = field.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => text.extend(rest.next()),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Passfile, Wanted};
    use std::os::unix::fs::PermissionsExt as _;

    fn find(file: &str, wanted: (&str, u16, &str, &str)) -> Option<String> {
        let (host, port, dbname, user) = wanted;
        let passfile = Passfile::parse(file);
        passfile.find(Wanted { host, port, dbname, user }).map(|password| password.expose().to_owned())
    }

    #[track_caller]
    fn check(file: &str, expected: &str) {
        assert_eq!(find(file, ("h", 5432, "d", "u")).unwrap_or_default(), expected, "{file:?}");
    }

    #[test]
    fn the_first_line_that_fits_counts() {
        check("h:5432:d:u:secret", "secret");
        check("*:*:*:*:any\nh:5432:d:u:exact", "any");
        check("h:5432:d:x:no\nh:5433:d:u:no\n# c\n\nh:*:d:u:yes\n", "yes");
        check("h:5432:d:u:secret\r\n", "secret");
        check("#h:5432:d:u:secret", "");
        check("h:5432:d:u", "");
        check("h*:5432:d:u:no", "");
        check("", "");
    }

    #[test]
    fn backslashes_take_the_meaning_of_colons() {
        check("h:5432:d:u:pa\\:ss\\\\word", "pa:ss\\word");
        check("h:5432:d:u:pass:word", "pass"); // as libpq: an unescaped colon ends the password
        assert_eq!(find("\\:\\:1:1:d\\\\b:u:ipv6", ("::1", 1, "d\\b", "u")).unwrap(), "ipv6");
        assert_eq!(find("\\*:1:d:u:literal", ("*", 1, "d", "u")).unwrap(), "literal");
        assert_eq!(find("\\*:1:d:u:literal", ("h", 1, "d", "u")), None);
    }

    #[test]
    fn a_file_open_to_others_is_left_alone_with_a_warning() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pgpass");
        let read = |mode| {
            std::fs::write(&path, "*:*:*:*:secret").unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let (passfile, warning) = Passfile::read(&path);
            (passfile.lines.len(), warning.is_some())
        };
        assert_eq!(read(0o600), (1, false));
        assert_eq!(read(0o400), (1, false));
        assert_eq!(read(0o640), (0, true));
        assert_eq!(read(0o604), (0, true));
        assert_eq!(Passfile::read(&folder.path().join("missing")).1, None);
        assert!(Passfile::read(folder.path()).1.unwrap().contains("not a plain file"));
    }
}
