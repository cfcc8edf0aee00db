//! The judge of a tier: what `pure/statement` says about a text, as the desk needs it.

use crate::judge::{Judge, Naming, Verdict};
use crate::later::Later;
use crate::looks::Looks;
use crate::suspect::Rules;
use pgward_contract::model::tier::Tier;
use pgward_statement::Judge as Known;
use pgward_statement::effects::{Effects, SessionName};
use pgward_statement::judgement::{Denial, Judgement};
use pgward_statement::made::{Made, Own};
use pgward_statement::settings::{TIMEOUTS, class_of, milliseconds};
use pgward_statement::view::{Resets, ServerMajor};
use pgward_wire::report::Report;
use pgward_wire::turn::Change;
use pgward_wire::watch::is_utf8;
use std::sync::Arc;

/// Decides for one tier, with what is known about one database; the leases of a database share that.
pub struct TierJudge {
    tier: Tier,
    /// What the target is called, for saying how more is asked for.
    target: Option<String>,
    /// The rules that hold statements there.
    rules: Option<Rules>,
    known: Arc<Known>,
    /// How the catalog is read again.
    looks: Option<Arc<Looks>>,
    /// The limits of time that a session may set for itself, as its lease has them.
    limits: Vec<(&'static str, u64)>,
}

impl TierJudge {
    /// A judge for this tier.
    #[must_use]
    pub fn new(tier: Tier, known: Arc<Known>) -> TierJudge {
        TierJudge { tier, target: None, rules: None, known, looks: None, limits: Vec::new() }
    }

    /// The same, saying how to ask for more on this target.
    #[must_use]
    pub fn on(self, target: &str) -> TierJudge {
        TierJudge { target: Some(target.to_owned()), ..self }
    }

    /// The same, with rules that hold statements.
    #[must_use]
    pub fn holding(self, rules: Option<Rules>) -> TierJudge {
        TierJudge { rules, ..self }
    }

    /// What the client is told about a text that was denied. One that cannot be read is refused in the server's own words, unless
    /// the server may read it.
    fn report_on(&self, denial: &Denial, text: &str) -> Report {
        let may_be_newer = || self.known.view().server_major > ServerMajor::default();
        let report = if denial.is_syntax() && !may_be_newer() {
            Report::error(denial.sqlstate, denial.message())
        } else {
            self.report(denial)
        };
        match denial.position(text) {
            Some(position) => report.position(position),
            None => report,
        }
    }

    /// The same, where the catalog can be read again.
    pub(crate) fn looking(self, looks: &Arc<Looks>) -> TierJudge {
        TierJudge { looks: Some(Arc::clone(looks)), ..self }
    }

    /// The same, where sessions begin with these settings: of limits of time a session may set stricter ones.
    #[must_use]
    pub fn beginning_with(self, pins: &[(String, String)]) -> TierJudge {
        let most = |name: &'static str| {
            let pin = pins.iter().find(|(pinned, _)| pinned == name);
            // A limit of 0 is none.
            (name, pin.and_then(|(_, value)| milliseconds(value)).unwrap_or(u64::MAX))
        };
        TierJudge { limits: TIMEOUTS.map(most).to_vec(), ..self }
    }

    fn verdict(&self, judgement: &Judgement, text: &str) -> Verdict {
        match judgement {
            Judgement::Allow(effects) => {
                let mut naming = naming(effects, text);
                let suspect = self
                    .rules
                    .as_ref()
                    .and_then(|rules| rules.suspect(text, effects, self.tier, &self.known.view()));
                naming.suspect = suspect.map(Arc::new);
                Verdict::Allow(naming)
            }
            Judgement::Deny(denial) if self.looks.is_some() && denial.is_of_unknown() => {
                Verdict::Unknown(self.report_on(denial, text))
            }
            Judgement::Deny(denial) => Verdict::Deny(self.report_on(denial, text)),
        }
    }

    fn report(&self, denial: &Denial) -> Report {
        Report::error(denial.sqlstate, denial.message()).detail(denial.detail()).hint(self.hint(denial))
    }

    fn hint(&self, denial: &Denial) -> String {
        match (&self.target, denial.least) {
            (Some(target), Some(least)) => {
                let ask = format!("Ask for it: pgward request {target} {} --reason ...", least.word());
                format!("{} {ask}", denial.hint())
            }
            _ => denial.hint(),
        }
    }
}

impl Judge for TierJudge {
    fn statements(&self, text: &str) -> Verdict {
        let judgement = self.known.judge(text, self.tier);
        // Most sessions set no limits, and what is allowed already needs no second look.
        if !judgement.is_allowed() && !self.limits.is_empty() && text.contains("_timeout") {
            return self.statements_of(text, &[]);
        }
        self.verdict(&judgement, text)
    }

    fn statements_of(&self, text: &str, own: &[Made]) -> Verdict {
        let own = Own { tables: own, limits: &self.limits };
        self.verdict(&self.known.judge_for(text, self.tier, own), text)
    }

    fn look(&self) -> Later<'_, ()> {
        Box::pin(async move {
            if let Some(looks) = &self.looks {
                looks.next().await;
            }
        })
    }

    fn look_soon(&self) {
        if let Some(looks) = &self.looks {
            looks.soon();
        }
    }

    fn parameters(&self, types: &[u32]) -> Result<(), Report> {
        self.known.parameters(types, self.tier).map_or(Ok(()), |denial| Err(self.report(&denial)))
    }

    fn setting(&self, name: &str, value: &str) -> Result<(), Report> {
        // The desk's pins are in the StartupMessage, behind everything that the client wants: a reset leads back to them.
        let class = class_of(name, Some(value), Resets::BackToPins);
        if class.least().is_some_and(|least| least <= self.tier) {
            return Ok(());
        }
        let words =
            format!("tier {} does not allow to set parameter \"{name}\" at start-up", self.tier.word());
        let report = Report::error("42501", words).detail(class.meaning());
        Err(match class.least() {
            Some(least) => report.hint(format!("The least tier that may set it is {}.", least.word())),
            None => report.hint("No tier may set it."),
        })
    }
}

/// What the statements do with names, in their order.
fn naming(effects: &Effects, text: &str) -> Naming {
    let kind = effects.statements.last().map_or("", |last| last.kind);
    let makes = effects.statements.iter().filter_map(|statement| statement.makes.clone()).collect();
    let mut settings = effects.statements.iter().flat_map(|statement| &statement.settings);
    let changes_encoding = settings.any(|setting| {
        matches!(setting.name.as_str(), "client_encoding" | "names")
            && !setting.value.as_deref().is_some_and(|value| is_utf8(value.as_bytes()))
    });
    let mut naming = Naming { kind, makes, changes_encoding, ..Naming::default() };
    for (place, statement) in effects.statements.iter().enumerate() {
        let Some(used) = &statement.session_name else { continue };
        let change = match used.clone() {
            SessionName::Execute(name) => {
                naming.executes.push(name);
                continue;
            }
            // What a cursor runs was judged when it was declared, what a portal runs when it was parsed.
            SessionName::Fetch(_) => continue,
            SessionName::Prepare(name) => Change::Prepare(name, text.to_owned()),
            SessionName::Deallocate(Some(name)) => Change::Deallocate(name),
            SessionName::Deallocate(None) => Change::DeallocateAll,
            SessionName::Declare(name) => Change::Declare(name, text.to_owned()),
            SessionName::DeclareWithHold(name) => Change::DeclareWithHold(name, text.to_owned()),
            SessionName::Close(Some(name)) => Change::Close(name),
            SessionName::Close(None) => Change::CloseAll,
            SessionName::DiscardAll => Change::DiscardAll,
        };
        naming.changes.push((place, change));
    }
    naming
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::TierJudge;
    use crate::judge::{Judge as _, Verdict};
    use expect_test::{Expect, expect};
    use pgward_contract::model::tier::Tier;
    use pgward_statement::Judge;
    use pgward_statement::judge::Bounds;
    use pgward_statement::view::View;
    use std::sync::Arc;

    fn judge(tier: Tier) -> TierJudge {
        TierJudge::new(tier, Arc::new(Judge::new(View::built_in(), Bounds::default(), 1)))
    }

    #[track_caller]
    fn check(text: &str, told: Expect) {
        told.assert_eq(&match judge(Tier::ReadOnly).statements(text) {
            Verdict::Allow(naming) => format!("{:?} {:?}", naming.executes, naming.changes),
            Verdict::Deny(report) | Verdict::Unknown(report) => {
                [b'C', b'M', b'D', b'H'].map(|letter| report.field(letter).to_owned()).join("\n")
            }
        });
    }

    #[test]
    fn names_are_found_with_their_statements() {
        check("SELECT 1", expect!["[] []"]);
        check(
            "SELECT 1; PREPARE a AS SELECT 2; EXECUTE b; DEALLOCATE ALL",
            expect![[
                r#"["b"] [(1, Prepare("a", "SELECT 1; PREPARE a AS SELECT 2; EXECUTE b; DEALLOCATE ALL")), (3, DeallocateAll)]"#
            ]],
        );
    }

    #[test]
    fn a_cursor_that_outlives_its_transaction_is_told_from_others() {
        check(
            "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1",
            expect![[
                r#"[] [(0, Declare("a", "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1")), (1, DeclareWithHold("b", "DECLARE a CURSOR FOR SELECT 1; DECLARE b CURSOR WITH HOLD FOR SELECT 1"))]"#
            ]],
        );
    }

    #[test]
    fn a_denial_says_what_where_and_what_to_do() {
        check(
            "DELETE FROM t",
            expect![[r#"
            42501
            tier read_only does not allow DELETE
            At byte 0: DELETE: Removes rows.
            The least tier that may run it is read_limited_write."#]],
        );
    }

    #[test]
    fn a_session_may_be_stricter_with_itself_than_its_lease_is() {
        let pins = [("statement_timeout".to_owned(), "60000".to_owned())];
        let judge = judge(Tier::ReadOnly).beginning_with(&pins);
        let may = |text: &str| matches!(judge.statements(text), Verdict::Allow(_));
        for text in [
            "SET statement_timeout = '5s'",
            "SET LOCAL statement_timeout TO 60000",
            "SET SESSION lock_timeout = '1s'; SELECT 1",
            "SELECT set_config('statement_timeout', '10s', true)",
        ] {
            assert!(may(text), "{text}");
        }
        for text in [
            "SET statement_timeout = 0",
            "SET statement_timeout = '2min'",
            "SET statement_timeout = 60001",
            "SET statement_timeout = DEFAULT",
            "SET statement_timeout = '5s'; DELETE FROM t",
            "SELECT set_config('statement_timeout', $1, true)",
            "SET lock_timeout = '0'",
        ] {
            assert!(!may(text), "{text}");
        }
        assert!(matches!(
            super::tests::judge(Tier::ReadOnly).statements("SET statement_timeout = '5s'"),
            Verdict::Deny(_)
        ));
    }

    #[test]
    fn settings_are_judged_by_their_class() {
        let words =
            |tier, name, value| judge(tier).setting(name, value).err().map(|r| r.message().to_owned());
        assert_eq!(words(Tier::ReadOnly, "application_name", "psql"), None);
        assert_eq!(
            words(Tier::ReadOnly, "default_transaction_read_only", "off").unwrap(),
            "tier read_only does not allow to set parameter \"default_transaction_read_only\" at start-up"
        );
        assert_eq!(words(Tier::ReadLimitedWrite, "default_transaction_read_only", "off"), None);
        assert!(words(Tier::ReadOnly, "role", "postgres").is_some());
        assert!(words(Tier::ReadOnly, "client_encoding", "SJIS").is_some());
    }
}
