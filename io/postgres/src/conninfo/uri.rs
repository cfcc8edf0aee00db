//! Connection strings of the form `postgresql://user@host:5432/dbname?sslmode=require`.

use crate::conninfo::parameters::Parameters;
use crate::conninfo::refusal::{Origin, SettingsError};
use pgward_credential::Secret;

/// Whether a connection string is a URI.
#[must_use]
pub fn is_uri(text: &str) -> bool {
    after_scheme(text).is_some()
}

/// Reads a URI into settings.
pub(crate) fn parse(text: &str) -> Result<Parameters, SettingsError> {
    let rest = after_scheme(text).ok_or_else(|| syntax("the URI does not start with postgresql://"))?;
    let mut parameters = Parameters::default();
    // The first "@" before any "/" ends the user and password, whatever they hold; a "@" in them is written %40.
    let (credentials, rest) = match rest.find(['@', '/']) {
        Some(end) if rest.as_bytes().get(end) == Some(&b'@') => rest.split_once('@').unwrap_or(("", rest)),
        _ => ("", rest),
    };
    let (rest, query) = split_at(rest, '?');
    let (hosts, dbname) = split_at(rest, '/');
    read_credentials(credentials, &mut parameters)?;
    read_hosts(hosts, &mut parameters)?;
    set(&mut parameters, "dbname", dbname.unwrap_or_default())?;
    for pair in query.unwrap_or_default().split_terminator('&') {
        read_pair(pair, &mut parameters)?;
    }
    Ok(parameters)
}

fn after_scheme(text: &str) -> Option<&str> {
    text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://"))
}

fn read_credentials(text: &str, parameters: &mut Parameters) -> Result<(), SettingsError> {
    let (user, password) = split_at(text, ':');
    set(parameters, "user", user)?;
    set(parameters, "password", password.unwrap_or_default())
}

/// `host[:port],host[:port]`: the hosts and the ports become one list each.
fn read_hosts(text: &str, parameters: &mut Parameters) -> Result<(), SettingsError> {
    let (mut hosts, mut ports) = (String::new(), String::new());
    let mut rest = text;
    loop {
        let (host, after) = read_host(rest)?;
        let (port, next) = match after.strip_prefix(':') {
            Some(after) => split_at(after, ','),
            None => ("", after.strip_prefix(',')),
        };
        hosts.push_str(host);
        ports.push_str(port);
        let Some(next) = next else { break };
        hosts.push(',');
        ports.push(',');
        rest = next;
    }
    set(parameters, "host", &hosts)?;
    set(parameters, "port", &ports)
}

/// One host, IPv6 without its brackets, and what follows it: nothing, `:` or `,`.
fn read_host(text: &str) -> Result<(&str, &str), SettingsError> {
    let Some(bracketed) = text.strip_prefix('[') else {
        let end = text.find([':', ',']).unwrap_or(text.len());
        return Ok(text.split_at_checked(end).unwrap_or((text, "")));
    };
    let (host, after) = bracketed
        .split_once(']')
        .ok_or_else(|| syntax("no matching \"]\" after an IPv6 host address in the URI"))?;
    if host.is_empty() {
        return Err(syntax("the IPv6 host address in the URI is empty"));
    }
    if !(after.is_empty() || after.starts_with([':', ','])) {
        return Err(syntax("expected \":\", \",\" or \"/\" after the IPv6 host address in the URI"));
    }
    Ok((host, after))
}

fn read_pair(pair: &str, parameters: &mut Parameters) -> Result<(), SettingsError> {
    // The name can be repeated in a message, the value cannot: it may be a password.
    let (name, value) =
        pair.split_once('=').ok_or_else(|| syntax("a query parameter of the URI has no \"=\""))?;
    if value.contains('=') {
        return Err(syntax(&format!(
            "query parameter {name:?} of the URI has a second \"=\" (write it %3D)"
        )));
    }
    let (name, value) = (decode(name)?, decode(value)?);
    if name == "ssl" && value == "true" {
        return parameters.set("sslmode", Secret::new("require".to_owned()), Origin::ConnectionString);
    }
    parameters.set(&name, Secret::new(value), Origin::ConnectionString)
}

fn set(parameters: &mut Parameters, name: &str, encoded: &str) -> Result<(), SettingsError> {
    if encoded.is_empty() {
        return Ok(());
    }
    parameters.set(name, Secret::new(decode(encoded)?), Origin::ConnectionString)
}

/// Percent-decoding. A `+` stays a `+`.
fn decode(encoded: &str) -> Result<String, SettingsError> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => hexadecimal(rest.next(), rest.next())
                .ok_or_else(|| syntax("a \"%\" in the URI is not followed by two hexadecimal digits"))?,
            b' ' => return Err(syntax("a blank in the URI (write it %20)")),
            plain => plain,
        };
        if decoded == 0 {
            return Err(syntax("%00 in the URI"));
        }
        bytes.push(decoded);
    }
    String::from_utf8(bytes).map_err(|_| syntax("the URI is not UTF-8 once it is decoded"))
}

fn hexadecimal(high: Option<u8>, low: Option<u8>) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high?)? * 16 + digit(low?)?).ok()
}

fn split_at(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn syntax(what: &str) -> SettingsError {
    SettingsError::Syntax { what: what.to_owned() }
}

#[cfg(test)]
mod tests;
