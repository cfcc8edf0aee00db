//! Everything that runs code: functions in every syntax, operators, types that values become, sample methods.

use pg_raw_parse::list::NodeList;
use pg_raw_parse::{Node, nodes, raw};

use crate::built_in::{self, BuiltIn};
use crate::class::Class;
use crate::constant::constant;
use crate::effects::{Form, Setting};
use crate::findings::Findings;
use crate::judgement::NOT_KNOWN;
use crate::settings;
use crate::view::{Code, Resets, ServerMajor};

/// `f(x)`.
pub(crate) fn function(found: &mut Findings<'_>, call: &nodes::FuncCall, at: usize) {
    let (schema, name) = last_two(call.funcname());
    // From 16 on the grammar itself says that JSON_OBJECT(...) is PostgreSQL's; before, the name is looked up as any other.
    let is_looked_up = name == "json_object" && found.view.server_major < ServerMajor(16);
    let schema = if is_looked_up { None } else { schema };
    found.calls(schema, name, Form::Function);
    if matches!(schema, None | Some("pg_catalog")) {
        match name {
            "set_config" => return set_config(found, call, at),
            "pg_advisory_unlock_all" if found.view.resets == Resets::BackToPins => {
                return found.does(
                    Class::SessionReset,
                    at,
                    || "function pg_advisory_unlock_all".to_owned(),
                    None,
                );
            }
            // Of its two forms, this one has no SQL in a text.
            "ts_rewrite" if call.args().len() == 3 => {
                return by_name(found, schema, name, BuiltIn::Reads, at);
            }
            _ => {}
        }
    }
    let built_in = built_in_of(schema, name);
    by_name(found, schema, name, built_in, at);
}

/// What is syntax since a major of PostgreSQL: a server before it looks for a function of that name.
pub(crate) fn syntax_since(found: &mut Findings<'_>, major: u32, name: &str, at: usize) {
    if found.view.server_major < ServerMajor(major) {
        found.calls(None, name, Form::Function);
        by_name(found, None, name, built_in_of(None, name), at);
    }
}

/// What the function of this name is among the built-ins.
fn built_in_of(schema: Option<&str>, name: &str) -> BuiltIn {
    match schema {
        None | Some("pg_catalog") => built_in::function(name),
        Some("information_schema") if built_in::is_information_schema_function(name) => BuiltIn::Reads,
        Some(_) => BuiltIn::Missing,
    }
}

/// A function that is called by this name, which is this among the built-ins.
fn by_name(found: &mut Findings<'_>, schema: Option<&str>, name: &str, built_in: BuiltIn, at: usize) {
    let user = found.view.code(&found.view.functions, schema, name);
    let named = found.view.names_function(schema, name);
    // What is not PostgreSQL's own may do what json_populate_record does (hstore's populate_record).
    if user.is_some() || named || MAKING_ROWS.contains(&name) {
        found.makes_rows();
    }
    let what = || format!("function {}", written(schema, name));
    match (built_in, user) {
        // A function of the same name, in a schema of the path, may be the better match for the arguments.
        (BuiltIn::Reads, Some(Code::NotShownHarmless)) if schema.is_none() && !named => {
            found.does(Class::CallUnreviewed, at, what, Some(NOT_HARMLESS.to_owned()));
        }
        (BuiltIn::Reads, _) => found.does(Class::CallReading, at, what, None),
        (BuiltIn::Does(class, why), _) => found.does(class, at, what, Some(why.to_owned())),
        (BuiltIn::Missing, Some(Code::Harmless)) => found.does(Class::CallReading, at, what, None),
        (BuiltIn::Missing, _) if named => found.does(Class::CallReading, at, what, None),
        (BuiltIn::Missing, Some(Code::NotShownHarmless)) => {
            found.does(Class::CallUnreviewed, at, what, Some(NOT_HARMLESS.to_owned()));
        }
        // `t(x)` is a cast where `t` is a type and no function.
        (BuiltIn::Missing, None) if type_code(found, schema, name) == Some(Code::Harmless) => {
            found.does(Class::CallReading, at, what, None);
        }
        (BuiltIn::Missing, None) => found.does(Class::CallUnreviewed, at, what, Some(NOT_KNOWN.to_owned())),
    }
}

/// `set_config(name, value, is_local)` is SET in a place where nobody looks for one, which drivers use: it is let through where the name
/// is a constant and any value of that setting is harmless. asyncpg turns off `jit` so, and back on with a parameter.
fn set_config(found: &mut Findings<'_>, call: &nodes::FuncCall, at: usize) {
    let mut arguments = call.args().iter();
    let Some(name) = arguments.next().and_then(constant) else {
        let why = "it changes a setting that is not written down as a constant".to_owned();
        return found.does(Class::OtherSetting, at, || "function set_config".to_owned(), Some(why));
    };
    let name = name.to_ascii_lowercase();
    let value = arguments.next().and_then(constant);
    let local = arguments.next().and_then(constant).is_some_and(|third| settings::is_true(&third));
    let is_harmless = match &value {
        Some(value) if found.own.may_limit(&name, Some(value), found.view.resets) => true,
        Some(value) => settings::class_of(&name, Some(value), found.view.resets) == Class::HarmlessSetting,
        None => settings::harmless().contains(&name.as_str()),
    };
    if !is_harmless {
        found.does(Class::OtherSetting, at, || format!("set_config of {name}"), None);
    }
    found.sets(Setting { name, value, local }, at, "set_config of");
}

/// `x op y`, and the operators behind BETWEEN.
pub(crate) fn expression(found: &mut Findings<'_>, expression: &nodes::A_Expr, at: usize) {
    use raw::A_Expr_Kind as K;
    match expression.kind {
        K::AEXPR_BETWEEN | K::AEXPR_NOT_BETWEEN | K::AEXPR_BETWEEN_SYM | K::AEXPR_NOT_BETWEEN_SYM => {
            for name in ["<", "<=", ">", ">="] {
                operator_by_name(found, None, name, at);
            }
        }
        _ => operator(found, expression.name(), at),
    }
}

/// The `=` that nobody writes, of IN, CASE, USING and NATURAL: it is looked up as one that is written.
pub(crate) fn equality(found: &mut Findings<'_>, at: usize) {
    operator_by_name(found, None, "=", at);
}

/// An operator by its name in the tree; an empty one is `=` or none at all.
pub(crate) fn operator(found: &mut Findings<'_>, name: &NodeList, at: usize) {
    if name.is_empty() {
        return;
    }
    let (schema, name) = last_two(name);
    operator_by_name(found, schema, name, at);
}

fn operator_by_name(found: &mut Findings<'_>, schema: Option<&str>, name: &str, at: usize) {
    let built_in = matches!(schema, None | Some("pg_catalog")) && built_in::is_operator(name);
    let user = found.view.code(&found.view.operators, schema, name);
    let why = match (built_in, user) {
        (true, Some(Code::Harmless)) => return found.makes_rows(),
        (true, None) => return, // too many to list; CallReading goes without saying
        (false, Some(Code::Harmless)) => {
            found.makes_rows();
            found.calls(schema, name, Form::Operator);
            return found.does(Class::CallReading, at, String::new, None);
        }
        (_, Some(Code::NotShownHarmless)) => NOT_HARMLESS,
        (false, None) => NOT_KNOWN,
    };
    found.calls(schema, name, Form::Operator);
    found.does(
        Class::CallUnreviewed,
        at,
        || format!("operator {}", written(schema, name)),
        Some(why.to_owned()),
    );
}

/// A type that a value becomes: its input function, its domain's checks and the casts to it run.
pub(crate) fn type_name(found: &mut Findings<'_>, named: &nodes::TypeName, at: usize) {
    if named.names().is_empty() || named.pct_type {
        return;
    }
    let mut names = named.names().iter().rev().filter_map(nodes::String::sval);
    let name = names.next().unwrap_or_default();
    let schema = names.next();
    match type_code(found, schema, name) {
        Some(Code::Harmless) => {
            if !(matches!(schema, None | Some("pg_catalog")) && built_in::is_type(name)) {
                found.calls(schema, name, Form::Type);
            }
        }
        code => {
            found.calls(schema, name, Form::Type);
            let why = if code.is_some() { NOT_HARMLESS } else { NOT_KNOWN };
            found.does(
                Class::CallUnreviewed,
                at,
                || format!("type {}", written(schema, name)),
                Some(why.to_owned()),
            );
        }
    }
}

/// What making a value of a type runs; nothing known of an unknown type.
fn type_code(found: &Findings<'_>, schema: Option<&str>, name: &str) -> Option<Code> {
    let built_in = matches!(schema, None | Some("pg_catalog")) && built_in::is_type(name);
    let user = found.view.code(&found.view.types, schema, name);
    // The built-in type is found first, whatever the path.
    if built_in { Some(Code::Harmless) } else { user }
}

/// `t.f`, which calls `f(t)` where the table has no such column.
pub(crate) fn column(found: &mut Findings<'_>, column: &nodes::ColumnRef, at: usize) {
    if column.fields().len() < 2 {
        return;
    }
    let last = column.fields().iter().next_back().and_then(Node::as_str);
    if last.is_some_and(|name| found.view.code(&found.view.functions, None, name).is_some()) {
        found.makes_rows();
    }
    if let Some(name) = last
        && found.view.code(&found.view.functions, None, name) == Some(Code::NotShownHarmless)
        && !found.view.names_function(None, name)
    {
        found.calls(None, name, Form::Attribute);
        let why = format!("where no column has the name, this calls the function {name}: {NOT_HARMLESS}");
        found.does(Class::CallUnreviewed, at, || format!("attribute {name}"), Some(why));
    }
}

/// `(x).f`, which calls `f(x)` where the value has no such field.
pub(crate) fn indirection(found: &mut Findings<'_>, path: &nodes::A_Indirection, at: usize) {
    for name in path.indirection().iter().filter_map(Node::as_str) {
        let user = found.view.code(&found.view.functions, None, name);
        let named = found.view.names_function(None, name);
        if user.is_some() {
            found.makes_rows();
        }
        let (class, why) = match (built_in::function(name), user) {
            (BuiltIn::Does(class, why), _) => (class, why),
            (_, Some(Code::NotShownHarmless)) if !named => (Class::CallUnreviewed, NOT_HARMLESS),
            _ => continue,
        };
        found.calls(None, name, Form::Attribute);
        let why = format!("where the value has no such field, this calls the function {name}: {why}");
        found.does(class, at, || format!("attribute {name}"), Some(why));
    }
}

/// `TABLESAMPLE f (x)`.
pub(crate) fn sample_method(found: &mut Findings<'_>, sample: &nodes::RangeTableSample, at: usize) {
    let (schema, name) = last_two(sample.method());
    found.calls(schema, name, Form::SampleMethod);
    if matches!(schema, None | Some("pg_catalog")) && matches!(name, "system" | "bernoulli") {
        return;
    }
    match found.view.code(&found.view.functions, schema, name) {
        Some(Code::Harmless) => {}
        code => {
            let why = if code.is_some() { NOT_HARMLESS } else { NOT_KNOWN };
            let what = || format!("sample method {}", written(schema, name));
            found.does(Class::CallUnreviewed, at, what, Some(why.to_owned()));
        }
    }
}

/// The schema, if there is one, and the name at the end of a dotted name.
pub(crate) fn last_two(names: &NodeList) -> (Option<&str>, &str) {
    let mut parts = names.iter().rev().filter_map(Node::as_str);
    let name = parts.next().unwrap_or_default();
    (parts.next(), name)
}

fn written(schema: Option<&str>, name: &str) -> String {
    schema.map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
}

/// The built-ins that make a row, with the checks of its domains, of a type that they take from their first argument.
const MAKING_ROWS: &[&str] = &[
    "json_populate_record",
    "json_populate_recordset",
    "jsonb_populate_record",
    "jsonb_populate_record_valid",
    "jsonb_populate_recordset",
];

const NOT_HARMLESS: &str = "the catalog does not show that it only reads, and the contract does not name it";
