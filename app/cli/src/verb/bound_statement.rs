//! A statement as people see it who are to agree to it.

use pgward_lease::request::{BoundStatement, Parameter};

/// A statement with its values, indented. What would move the terminal's cursor is spelled out.
pub(crate) fn statement_shown(statement: &BoundStatement) -> String {
    let lines = statement.text.lines().map(|line| format!("    {}\n", printable(line)));
    let values = statement.parameters.iter().zip(1..).map(|(value, number)| {
        let value = match value {
            Parameter::Null => "NULL".to_owned(),
            Parameter::Text(text) => format!("'{}'", printable(text)),
            Parameter::Binary(bytes) => {
                let oid =
                    usize::try_from(number - 1).ok().and_then(|place| statement.types.get(place)).copied();
                let read = oid.and_then(|oid| pgward_wire::binary::as_text(oid, bytes));
                let digits =
                    || bytes.iter().take(BYTES_SHOWN).map(|byte| format!("{byte:02x}")).collect::<String>();
                read.map_or_else(|| format!("\\x{}", digits()), |text| format!("'{}'", printable(&text)))
            }
        };
        format!("    ${number} = {value}\n")
    });
    lines.chain(values).collect()
}

fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            let spelled = (c.is_control() && c != '\t').then(|| c.escape_default());
            let plain = spelled.is_none().then_some(c);
            spelled.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// How much of a long value is shown.
const BYTES_SHOWN: usize = 64;
