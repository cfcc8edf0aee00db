//! Every `never` against what should be: what a role would hold in effect, by whatever chain.
//!
//! The contract alone was checked before (`check::never`). Here the server's part is known: the objects that patterns
//! cover, what PUBLIC has by itself, what initdb gave, who owns what. A chain of which the contract says every link makes it
//! contradict itself. One that rests on what somebody did on the server, and of which the contract says nothing, is drift.

use std::collections::BTreeSet;

use pgward_catalog::action::Action;
use pgward_catalog::catalog::{Catalog, Contents};
use pgward_catalog::chain::Chain;
use pgward_catalog::class::Class;
use pgward_catalog::effective::Effective;
use pgward_catalog::name::{DatabaseName, Name, RoleName};
use pgward_catalog::object::{ObjectKey, ObjectRef, Origin};
use pgward_catalog::predefined::DATABASE_OWNER;
use pgward_catalog::privilege::Privilege;
use pgward_catalog::question::Question;
use pgward_catalog::role::Attribute;
use pgward_catalog::verdict::Outcome;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::code::Code;
use crate::expand::choice::Choice;
use crate::expand::described::is_system;
use crate::expand::drift::{Drift, DriftKind};
use crate::expand::expanding::Expanding;
use crate::expand::inventory::Inventory;
use crate::expand::sayings::Sayings;
use crate::model::contract::Contract;
use crate::model::never::{Action as Written, Never, Power};
use crate::source::span::Span;

/// Reports what should never be and would be.
pub fn check(expanding: &mut Expanding<'_>, desired: &Catalog) {
    let contract = expanding.contract;
    if contract.databases.iter().all(|(_, said)| said.never.is_empty()) {
        return;
    }
    let effective = Effective::of(desired);
    let mut found = Vec::new();
    let mut drift = Vec::new();
    for (name, said) in &contract.databases {
        let database = DatabaseName::from(name.as_str());
        let Some(contents) = desired.databases.get(&database).filter(|_| !expanding.ignores(&database))
        else {
            continue;
        };
        let sayings = Sayings { contract, said, reasons: &expanding.reasons, contents };
        let court = Court { desired, effective: &effective, database: &database, contents, sayings };
        let mut take = |broken: Option<Broken>| match broken {
            Some(Broken::ByContract(diagnostic)) => found.push(diagnostic),
            Some(Broken::ByServer(found)) => drift.push(found),
            None => {}
        };
        for never in &said.never {
            let roles = accused(expanding, never);
            for action in never.may.iter().flatten() {
                if action.value == Written::SetRole {
                    take(court.judge_becoming(contract, &roles, action.span));
                    continue;
                }
                let questions = court.questions(never, action.value);
                take(court.judge(&roles, &questions, action.span));
            }
            for power in never.reach.iter().flatten() {
                take(court.judge(&roles, &court.powers(power.value), power.span));
            }
        }
    }
    expanding.report.extend(found);
    expanding.drift.append(&mut drift);
}

/// A `never` that would not hold.
enum Broken {
    /// The contract itself gives what it forbids.
    ByContract(Diagnostic),
    /// Something on the server gives it, of which the contract says nothing.
    ByServer(Drift),
}

/// The roles that a `never` is about; not those that are kept elsewhere, about whom the contract decides nothing.
fn accused(expanding: &Expanding<'_>, never: &Never) -> Vec<RoleName> {
    let roles = expanding.contract.roles.iter().filter(|(_, role)| !role.kind().is_foreign());
    let roles = roles.filter(|(name, _)| never.roles.iter().any(|pattern| pattern.matches(name.as_str())));
    roles.map(|(name, _)| RoleName::from(name.as_str())).collect()
}

/// The role itself and those that the contract lets it become, by the lists of the roles that it declares.
fn meant_to_become(contract: &Contract, role: &RoleName) -> BTreeSet<RoleName> {
    let mut meant = BTreeSet::from([role.clone()]);
    let mut waiting = vec![role.clone()];
    while let Some(member) = waiting.pop() {
        let said = contract.roles.iter().find(|(name, _)| name.as_str() == member.as_str());
        let Some((_, said)) = said else { continue };
        let groups = said.member_of.iter().filter(|group| group.set.as_ref().is_none_or(|set| set.value));
        let listed =
            groups.map(|group| group.role.as_str()).chain(said.may_become.iter().map(|role| role.as_str()));
        for role in listed.map(RoleName::from) {
            if meant.insert(role.clone()) {
                waiting.push(role);
            }
        }
    }
    meant
}

/// One database in which nothing forbidden may be possible.
struct Court<'c> {
    desired: &'c Catalog,
    effective: &'c Effective<'c>,
    database: &'c DatabaseName,
    contents: &'c Contents,
    sayings: Sayings<'c>,
}

impl Court<'_> {
    /// Whether one of the roles may do one of these: by the contract if there is such a case, or else the first one.
    fn judge(&self, roles: &[RoleName], questions: &[Question], forbidden: Span) -> Option<Broken> {
        let guilty = roles.iter().flat_map(|role| {
            let may = questions.iter().filter(|question| self.may(role, question));
            may.map(move |question| (role, question))
        });
        let guilty: Vec<(&RoleName, &Question)> = guilty.collect();
        let by_contract = guilty.iter().find_map(|(role, question)| {
            let mut chains = self.chains(role, question);
            chains.retain(|chain| self.sayings.say(chain, question));
            (!chains.is_empty()).then_some((*role, *question, chains))
        });
        let more = match guilty.len().saturating_sub(1) {
            0 => String::new(),
            1 => "; the same entry is broken in 1 more case".to_owned(),
            more => format!("; the same entry is broken in {more} more cases"),
        };
        let words = |chains: &[Chain]| {
            let words: Vec<String> = chains.iter().take(CHAINS_MAX).map(ToString::to_string).collect();
            words.join("; or by ")
        };
        if let Some((role, question, chains)) = by_contract {
            let message = format!("role \"{role}\" would have what it may never have: to {question}");
            let diagnostic = Diagnostic::error(Code::Contradiction, forbidden, message)
                .detail(format!("as the contract would have it, by: {}{more}", words(&chains)))
                .hint("take away what gives it, or remove it from `never`");
            return Some(Broken::ByContract(diagnostic));
        }
        let (role, question) = *guilty.first()?;
        let chains = words(&self.chains(role, question));
        let message = format!(
            "role \"{role}\" has what it may never have: to {question}, by: {chains}, which the contract does not say{more}"
        );
        let hint = "take away what gives it, or say in the contract what should not be left to the server: who owns it, what PUBLIC has";
        let drift = Drift::new(DriftKind::NeverBroken, message, hint).within(self.database).of_role(role);
        Some(Broken::ByServer(drift.at(forbidden)))
    }

    fn chains(&self, role: &RoleName, question: &Question) -> Vec<Chain> {
        match self.effective.why(role, question).outcome {
            Outcome::Allowed { chains, .. } => chains,
            Outcome::Refused { .. } => Vec::new(),
        }
    }

    /// The first of the roles that may become one which the contract does not mean it to become.
    fn judge_becoming(&self, contract: &Contract, roles: &[RoleName], forbidden: Span) -> Option<Broken> {
        roles.iter().find_map(|role| {
            let meant = meant_to_become(contract, role);
            let others = self.desired.roles.keys().filter(|other| !meant.contains(*other));
            let questions: Vec<Question> = others
                .filter(|other| other.as_str() != DATABASE_OWNER)
                .filter_map(|other| {
                    Question::ask(Action::SetRole(other.clone()), None, self.desired.version).ok()
                })
                .collect();
            self.judge(std::slice::from_ref(role), &questions, forbidden)
        })
    }

    /// Whether the role may, as it is or after SET ROLE. Privileges are looked up rather than reasoned about, since
    /// there may be many objects.
    fn may(&self, role: &RoleName, question: &Question) -> bool {
        match (question.action(), question.on(), question.column()) {
            (Action::Use(privilege), Some(object), None) => {
                self.effective.privileges(role, object).after_set_role.privileges.contains(*privilege)
            }
            _ => self.effective.may(role, question).is_some(),
        }
    }

    fn questions(&self, never: &Never, action: Written) -> Vec<Question> {
        let database = Some(ObjectRef::database(self.database));
        let of_cluster = |action, on| Question::ask(action, on, self.desired.version).into_iter().collect();
        let on_schemas =
            |privilege| self.over(never, Action::Use(privilege), |key| key.class == Class::Schema);
        let on_tables = |action| self.over(never, action, |key: &ObjectKey| key.class.is_table_like());
        let using = |privilege| {
            self.over(never, Action::Use(privilege), |key: &ObjectKey| {
                key.class.privileges(self.desired.version).contains(privilege)
            })
        };
        match action {
            Written::Select => using(Privilege::Select),
            Written::Insert => using(Privilege::Insert),
            Written::Update => using(Privilege::Update),
            Written::Delete => using(Privilege::Delete),
            Written::Truncate => using(Privilege::Truncate),
            Written::References => using(Privilege::References),
            Written::Trigger => using(Privilege::Trigger),
            Written::Maintain => using(Privilege::Maintain),
            Written::Execute => using(Privilege::Execute),
            Written::Usage => using(Privilege::Usage),
            Written::Connect => of_cluster(Action::Use(Privilege::Connect), database),
            Written::Temporary => of_cluster(Action::Use(Privilege::Temporary), database),
            Written::CreateTable | Written::CreateFunction => on_schemas(Privilege::Create),
            Written::CreateSchema | Written::CreateExtension => {
                of_cluster(Action::Use(Privilege::Create), database)
            }
            Written::AlterTable => on_tables(Action::Alter),
            Written::DropTable => on_tables(Action::Drop),
            Written::CreateRole => of_cluster(Action::Attribute(Attribute::CreateRole), None),
            Written::CreateDatabase => of_cluster(Action::Attribute(Attribute::CreateDb), None),
            Written::AlterSystem => of_cluster(Action::Use(Privilege::AlterSystem), None),
            Written::CopyProgram => of_cluster(Action::CopyProgram, None),
            Written::CopyServerFile => of_cluster(Action::CopyServerFile, None),
            // Other questions for each role: `judge_becoming`.
            Written::SetRole => Vec::new(),
        }
    }

    fn powers(&self, power: Power) -> Vec<Question> {
        let attribute = Action::Attribute;
        // Before 16, CREATEROLE hands out every role that is no superuser.
        let maker =
            (!self.desired.version.has_membership_options()).then_some(attribute(Attribute::CreateRole));
        let or_maker = |action: Action| std::iter::once(action).chain(maker).collect::<Vec<_>>();
        let actions = match power {
            Power::Superuser | Power::UntrustedLanguage => vec![attribute(Attribute::Superuser)],
            // Whoever takes a base backup has every row.
            Power::BypassRls => vec![attribute(Attribute::BypassRls), attribute(Attribute::Replication)],
            Power::CreateRole => vec![attribute(Attribute::CreateRole)],
            Power::CreateDatabase => vec![attribute(Attribute::CreateDb)],
            Power::Replication => vec![attribute(Attribute::Replication)],
            Power::ServerFiles => or_maker(Action::CopyServerFile),
            Power::ServerProgram => or_maker(Action::CopyProgram),
            Power::ReadAllData => {
                let mut ways = or_maker(Action::Inherit(RoleName::from("pg_read_all_data")));
                ways.push(attribute(Attribute::Replication));
                ways
            }
            Power::WriteAllData => or_maker(Action::Inherit(RoleName::from("pg_write_all_data"))),
        };
        actions
            .into_iter()
            .filter_map(|action| Question::ask(action, None, self.desired.version).ok())
            .collect()
    }

    /// The question about every object that the entry covers, and about its columns where they can be given alone.
    fn over(&self, never: &Never, action: Action, fits: impl Fn(&ObjectKey) -> bool) -> Vec<Question> {
        let mut questions = Vec::new();
        for key in self.objects(never, &action).into_iter().filter(|key| fits(key)) {
            let object = ObjectRef::within(self.database, key.clone());
            let Ok(question) = Question::ask(action.clone(), Some(object), self.desired.version) else {
                continue;
            };
            let columns = never.on.as_ref().and_then(|on| on.columns.as_ref());
            let granted = self.contents.objects.get(key).into_iter().flat_map(|object| object.columns.keys());
            let columns: Vec<Name> = match columns {
                Some(named) => named.iter().map(|column| Name::from(column.as_str())).collect(),
                None => {
                    questions.push(question.clone());
                    granted.cloned().collect()
                }
            };
            questions
                .extend(columns.into_iter().filter_map(|column| question.clone().of_column(column).ok()));
        }
        questions
    }

    /// The objects an entry names, or all that somebody made, and every schema that is not PostgreSQL's own.
    fn objects(&self, never: &Never, action: &Action) -> Vec<&ObjectKey> {
        let inventory = Inventory::of(&self.contents.objects);
        let Some(on) = &never.on else {
            let is_meant = |key: &ObjectKey, origin: &Origin| match key.class {
                Class::Schema => !is_system(key.name.as_str()),
                _ => *origin == Origin::User,
            };
            let all = self.contents.objects.iter().filter(|(key, object)| is_meant(key, &object.origin));
            return all.map(|(key, _)| key).collect();
        };
        let choice = Choice::of(on);
        let mut keys = Vec::new();
        for member in &choice.members {
            keys.extend(choice.objects(member, inventory).into_iter().map(|(key, _)| key));
            // Creating is held on a schema, and forbidden for what would be in it.
            if let (Action::Use(Privilege::Create), Some(schemas)) = (action, member.pattern.schemas()) {
                let all = inventory.schemas().filter(|(key, _)| schemas.matches(key.name.as_str()));
                keys.extend(all.map(|(key, _)| key));
            }
        }
        keys.sort();
        keys.dedup();
        keys
    }
}

/// More ways to the same thing are not told.
const CHAINS_MAX: usize = 3;

#[cfg(test)]
mod tests;
