//! The privilege truth table: object, access, what requires it, who has it, by which way, and what row security is
//! expected to do; the contract and the live server side by side.

use pgward_catalog::acl::Grantee;
use pgward_catalog::action::Action;
use pgward_catalog::catalog::Catalog;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::RoleName;
use pgward_catalog::object::ObjectRef;
use pgward_catalog::privilege::Privilege;
use pgward_catalog::question::Question;
use pgward_catalog::verdict::{Outcome, Verdict};

use crate::promises::{DatabasePromises, Promises};
use crate::report::cell::cell;

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The object.
    pub object: ObjectRef,
    /// The access.
    pub access: Privilege,
    /// Who.
    pub role: RoleName,
    /// What requires it: the contract's `because`, or where the contract says so.
    pub required_by: Option<String>,
    /// By which way the contract gives it; none if it does not.
    pub contract: Option<String>,
    /// By which way the server gives it; none if it does not.
    pub live: Option<String>,
    /// What row security does.
    pub rows: Option<String>,
}

/// The table of one database: every access on its described objects that the contract or the server gives a tried role,
/// line by line.
///
/// # Errors
/// What `take` says; no further line is made then.
pub fn truth_table<E>(
    promises: &Promises,
    database: &DatabasePromises,
    live: &Catalog,
    mut take: impl FnMut(&Line) -> Result<(), E>,
) -> Result<(), E> {
    let Some(name) = &database.database else { return Ok(()) };
    let (desired, observed) = (Effective::of(&promises.desired), Effective::of(live));
    let Some(contents) = promises.desired.databases.get(name) else { return Ok(()) };
    for key in contents.objects.keys() {
        let described = key.schema.as_ref().is_some_and(|schema| database.schemas.contains(schema));
        let interface = database.interfaces.iter().any(|interface| interface.routine == *key);
        if !described && !interface {
            continue;
        }
        let object = ObjectRef::within(name, key.clone());
        for tried in &promises.roles {
            // Who holds nothing has no line, and asking why is not cheap.
            let held = |effective: &Effective<'_>| {
                let whole = effective.privileges(&tried.name, &object).after_set_role.privileges;
                whole | effective.any_column(&tried.name, &object).after_set_role.privileges
            };
            for access in (held(&desired) | held(&observed)).iter() {
                let asked = Question::ask(Action::Use(access), Some(object.clone()), live.version);
                let Ok(question) = asked else { continue };
                let by_contract = desired.why(&tried.name, &question);
                let by_server = observed.why(&tried.name, &question);
                let (contract, live) = (way(&by_contract), way(&by_server));
                if contract.is_none() && live.is_none() {
                    continue;
                }
                let reaches = |grantee: &Grantee| {
                    let acting = |group| desired.membership(&tried.name, group, name);
                    grantee.role().is_none_or(|group| {
                        *group == tried.name || acting(group).inherits || acting(group).may_set
                    })
                };
                let source = database.ground(&object, access.into(), reaches);
                take(&Line {
                    object: object.clone(),
                    access,
                    role: tried.name.clone(),
                    required_by: source
                        .map(|source| source.because.clone().unwrap_or_else(|| source.place())),
                    contract,
                    live,
                    rows: by_contract.rows.or(by_server.rows).map(|rows| rows.to_string()),
                })?;
            }
        }
    }
    Ok(())
}

/// The head of the table as Markdown.
pub const HEAD: &str = "| object | access | required by | role | contract | live | row security |\n|---|---|---|---|---|---|---|\n";

impl Line {
    /// The line as Markdown. Where the contract and the server differ, it says so.
    pub fn markdown(&self) -> String {
        let no = |way: &Option<String>| way.as_deref().map_or_else(|| "**no**".to_owned(), cell);
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            cell(&self.object.key.to_string()),
            self.access,
            self.required_by.as_deref().map_or_else(String::new, cell),
            cell(self.role.as_str()),
            no(&self.contract),
            no(&self.live),
            self.rows.as_deref().map_or_else(String::new, cell),
        )
    }
}

fn way(verdict: &Verdict) -> Option<String> {
    match &verdict.outcome {
        Outcome::Allowed { chains, .. } => Some(chains.first().map(ToString::to_string).unwrap_or_default()),
        Outcome::Refused { .. } => None,
    }
}
